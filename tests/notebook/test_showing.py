"""`lua_compat.show` and `lua_compat.plot_losses` where there is no notebook: they write files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import lua_compat
import pytorch_from_lua as torch
from lua_compat.bridge import plot_axes, plots
from lua_compat.errors import ArgumentError


@pytest.fixture(autouse=True)
def _no_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def shown(images: Any, **options: Any) -> Any:
    """The picture in the file, as (H, W, 3)."""
    path = lua_compat.show(images, **options)
    assert path is not None
    return np.asarray(Image.open(path).convert("RGB"))


def test_values_are_spread_from_black_to_white() -> None:
    picture = shown(torch.tensor([[-1.0, 0.0], [1.0, 3.0]]), zoom=1)
    assert picture[:, :, 0].tolist() == [[0, 64], [128, 255]]
    assert (picture == picture[:, :, :1]).all()
    assert shown(torch.tensor([[0.0, 0.5]]), zoom=1, value_range=(0, 1))[0, :, 2].tolist() == [0, 128]


def test_bytes_are_shown_as_they_are() -> None:
    picture = torch.arange(3 * 2 * 4, dtype=torch.uint8).view(3, 2, 4)
    assert (shown(picture, zoom=1) == picture.numpy().transpose(1, 2, 0)).all()
    assert shown(picture, zoom=1, value_range=(0, 23)).max() == 255


def test_several_stand_in_rows_with_white_between() -> None:
    stack = torch.zeros(5, 1, 3, 4)
    stack[4] = 0.5
    picture = shown(stack, nrow=2, padding=1, zoom=1, value_range=(0, 1))[:, :, 0]
    assert picture.shape == (3 * 4 + 1, 2 * 5 + 1)
    assert (picture[9:12, 1:5] == 128).all()
    assert (picture[9:12, 6:] == 255).all()  # there is no sixth
    listed = shown([x[0] for x in stack], nrow=2, padding=1, zoom=1, value_range=(0, 1))
    assert (listed[:, :, 0] == picture).all()
    assert shown(torch.rand(32, 3, 3), padding=0, zoom=1).shape == (12, 24, 3)  # planes of a number of their own
    assert shown(torch.rand(2, 16, 3, 3), padding=0, zoom=1).shape == (12, 24, 3)
    pair = torch.stack([torch.eye(2), torch.eye(2) * 9])
    assert (shown(pair, padding=0, zoom=1, scale_each=True)[:, :2] == shown(pair[:1], zoom=1)).all()


def test_small_pictures_are_enlarged() -> None:
    assert shown(torch.eye(8)).shape == (240, 240, 3)
    assert shown(torch.zeros(2, 100)).shape == (12, 600, 3)
    assert shown(torch.eye(300)).shape == (300, 300, 3)


def test_what_requires_a_gradient_is_shown() -> None:
    assert shown(torch.eye(2, requires_grad=True), zoom=1)[0, 0, 0] == 255


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (torch.zeros(3), {}, r"images: needs a shape .* got \(3,\)"),
        (torch.zeros(2, 0, 3), {}, r"images: needs a shape .* got \(2, 0, 3\)"),
        ([torch.zeros(2, 2), torch.zeros(2, 3)], {}, "images: a list needs pictures of one shape"),
        ([], {}, "images: needs a tensor or a list of tensors, got list"),
        ("text", {}, "images: needs a tensor or a list of tensors, got str"),
        (torch.zeros(2, 2), {"zoom": 0}, "zoom: needs a whole number from 1, got 0"),
        (torch.zeros(2, 2), {"nrow": 0}, "nrow, padding"),
        (torch.zeros(2, 2), {"padding": -1}, "nrow, padding"),
    ],
)
def test_no_pictures(images: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        lua_compat.show(images, **options)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The axes of every plot."""
    found: list[Any] = []

    def draw(figure: Any, picture: Any) -> None:
        plot_axes.draw(figure, picture)
        found.extend(figure.axes)

    monkeypatch.setattr(plots, "draw", draw)
    return found


def curves(axes: Any) -> dict[str, list[list[float]]]:
    return {line.get_label(): np.asarray(line.get_xydata()).tolist() for line in axes.lines}


def test_losses_are_curves(drawn: list[Any], tmp_path: Path) -> None:
    losses = {"before": [3, 2.5], "after": torch.tensor([2.0, 1.0, 0.5])}
    path = lua_compat.plot_losses(losses, title="digits", logscale=True)
    assert path is not None
    assert Path(path).parent == tmp_path
    with Image.open(path) as picture:
        assert picture.size == (640, 480)
    (axes,) = drawn
    assert curves(axes) == {"before": [[1, 3], [2, 2.5]], "after": [[1, 2], [2, 1], [3, 0.5]]}
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == (
        "digits",
        "step",
        "loss",
        "log",
    )


def test_a_smooth_curve_is_the_mean_of_the_last_losses(drawn: list[Any], tmp_path: Path) -> None:
    path = tmp_path / "losses.svg"
    assert lua_compat.plot_losses([4.0, 2.0, 0.0, 1.0], smooth=2, path=path) == str(path)
    assert path.read_text(encoding="utf-8").startswith("<?xml")
    pale, bold = (np.asarray(line.get_xydata())[:, 1].tolist() for line in drawn[0].lines)
    assert (pale, bold) == ([4, 2, 0, 1], [4, 3, 1, 0.5])


@pytest.mark.parametrize(
    ("losses", "options", "message"),
    [
        ([], {}, "losses: they: needs numbers, one a step"),
        ({"a": [1], "b": ["x"]}, {}, "losses: b: needs numbers, one a step"),
        (torch.zeros(2, 2), {}, "losses: they"),
        (3, {}, "losses: they"),
        ([1], {"smooth": 0}, "smooth: needs a whole number from 1, got 0"),
        ([1], {"path": "a.txt"}, "path: the name must end in one of .png"),
    ],
)
def test_no_losses(losses: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        lua_compat.plot_losses(losses, **options)
