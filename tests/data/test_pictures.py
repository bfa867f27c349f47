"""Pictures in files, in folders of classes, and side by side."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import data, pictures
from pytorch_from_lua.data import transforms
from pytorch_from_lua.errors import DataError, SerializationError, ShapeError

PICTURE = np.random.RandomState(1).randint(0, 256, (3, 6, 8)).astype(np.uint8)


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    for name, ending, count in (("dog", "png", 2), ("cat", "ppm", 3)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("no picture")
        for i in range(count):
            data.write_image(tmp_path / name / f"{i}.{ending}", torch.tensor(PICTURE // (i + 1)))
    folder = data.ImageFolder(tmp_path, transform=transforms.ToTensor())
    assert folder.classes == ["cat", "dog"]
    assert folder.targets == [0, 0, 0, 1, 1]
    assert folder.class_to_idx == {"cat": 0, "dog": 1}
    found, label = folder[1]
    assert label == 0
    assert np.abs(found.array - PICTURE // 2 / 255).max() < 1e-6
    batches = list(data.DataLoader(folder, batch_size=3, num_workers=2))
    assert [tuple(x.shape) for x, _ in batches] == [(3, 3, 6, 8), (2, 3, 6, 8)]
    (tmp_path / "dog" / "0.png").write_text("not a picture")
    with pytest.raises(DataError, match=r"index 3 of the data set: SerializationError: .*0\.png: is no picture"):
        list(data.DataLoader(folder))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"the folder .*empty has no pictures"):
        data.ImageFolder(tmp_path)


def test_pictures_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    data.write_image(path, torch.tensor(PICTURE / 255))
    assert (data.read_image(path).array == PICTURE).all()
    grey = np.floor(np.tensordot([0.299, 0.587, 0.114], PICTURE, 1) + 0.5)
    assert (data.read_image(path, "GRAY").array[0] == grey).all()
    four = np.concatenate([PICTURE, PICTURE[:1]])
    path.write_bytes(pictures.encode(four, "PNG"))
    assert data.read_image(path).shape == (4, 6, 8)
    assert (data.read_image(path, "RGB").array == PICTURE).all()
    with pytest.raises(SerializationError, match=r"the name has to end in one of \.png"):
        data.write_image(tmp_path / "a.tga", torch.tensor(PICTURE))
    with pytest.raises(ShapeError, match="a JPEG picture needs sizes"):
        data.write_image(tmp_path / "a.jpg", torch.tensor(four))
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_grids() -> None:
    stack = np.stack([PICTURE] * 3) / 255
    grid = data.make_grid(torch.tensor(stack), nrow=2, padding=1, pad_value=0.5).array
    assert grid.shape == (3, 15, 19)
    assert np.abs(grid[:, 8:14, 1:9] - stack[2]).max() < 1e-6
    assert (grid[:, 8:14, 9:] == 0.5).all()
    two = [torch.tensor(stack[0]), torch.tensor(stack[0] * 3)]
    spread = data.make_grid(two, normalize=True, scale_each=True).array
    assert np.abs(spread[:, 2:8, 2:10] - spread[:, 2:8, 12:20]).max() < 1e-6
    assert spread.max() == 1


def test_where_pictures_are_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from PIL import ImageShow

    shown: list[dict[str, Any]] = []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("IPython", "IPython.display"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: None, raising=False)
    monkeypatch.setattr(sys.modules["IPython.display"], "display", lambda d, raw: shown.append(d), raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(ImageShow, "show", lambda picture, title: False)
    path = pictures.show(PICTURE)  # a screen without a viewer
    assert path is not None
    assert (pictures.decode(Path(path).read_bytes(), path) == PICTURE).all()
    monkeypatch.setattr(ImageShow, "show", lambda picture, title: title == "legend")
    assert pictures.show(PICTURE, "legend") is None
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: types.SimpleNamespace())  # in a terminal
    assert pictures.show(PICTURE, "legend") is None
    assert shown == []
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: types.SimpleNamespace(kernel="a notebook's"))
    assert pictures.show(PICTURE) is None
    ((name, png),) = shown[0].items() - {"text/plain": "<picture>"}.items()
    assert (name, pictures.decode(png, "shown").tolist()) == ("image/png", PICTURE.tolist())
    assert len(list(tmp_path.iterdir())) == 1
