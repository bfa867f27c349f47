"""Models as files of tensors: what is written is read again, here and by the programs that they are for."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as ours
from lua_compat.errors import ExportError
from lua_compat.export.files import read_state, write_model
from lua_compat.export.pytorch import archive
from lua_compat.export.records import read_record
from lua_compat.export.state import state_of
from pytorch_from_lua import nn
from tests.corpus_models import MODELS

STATES = [".safetensors", ".npz", ".pt", ".pth"]


@pytest.fixture
def model() -> Any:
    return read_record(MODELS / "net_resnet.t7").module


@pytest.mark.parametrize("ending", STATES)
def test_state_is_read_again(model: Any, ending: str, tmp_path: Path) -> None:
    assert write_model(model, tmp_path / f"state{ending}") == []
    read = read_state(tmp_path / f"state{ending}")
    state = state_of(model)
    assert set(read) == set(state)
    for name, tensor in state.items():
        np.testing.assert_array_equal(read[name].array, tensor.array, strict=True)
    assert [path.name for path in tmp_path.iterdir()] == [f"state{ending}"]


def test_tensors_that_share_memory(tmp_path: Path) -> None:
    shared = nn.Linear(2, 2)
    model = nn.Sequential(shared, nn.Tanh(), shared)
    for ending in STATES:
        write_model(model, tmp_path / f"state{ending}")
        read = read_state(tmp_path / f"state{ending}")
        np.testing.assert_array_equal(read["0.weight"].array, read["2.weight"].array)
    assert read["0.weight"].storage() is read["2.weight"].storage()


def test_torch7_file_is_the_loaded_model_saved(model: Any, tmp_path: Path) -> None:
    write_model(model, tmp_path / "saved.t7")
    assert repr(lua_compat.load(tmp_path / "saved.t7")) == repr(model)


def test_other_endings_and_things(model: Any, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"the ending says the form; it needs to be one of \.safetensors, \.npz"):
        write_model(model, tmp_path / "state.h5")
    with pytest.raises(ExportError, match="model: needs a module, got dict"):
        write_model({}, tmp_path / "state.npz")
    with pytest.raises(ExportError, match=r"\.py has no names to choose"):
        write_model(model, tmp_path / "model.py", names="torchvision")
    with pytest.raises(ExportError, match="names: needs to be 'torchvision', got 'mine'"):
        write_model(model, tmp_path / "state.npz", names="mine")
    with pytest.raises(ExportError, match="holds no named tensors"):
        read_state(tmp_path / "model.onnx")
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(ExportError, match=r"is no \.npz file"):
        read_state(tmp_path / "bad.npz")
    with pytest.raises(FileNotFoundError):
        read_state(tmp_path / "none.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.npz"]


# -- PyTorch's archives ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch, the other reader and writer, is not installed")


@pytest.mark.peer
@pytest.mark.parametrize("options", [{"weights_only": True}, {"weights_only": True, "mmap": True}], ids=str)
def test_pytorch_reads_what_is_written(model: Any, options: Any, torch: Any, tmp_path: Path) -> None:
    write_model(model, tmp_path / "state.pt")
    read = torch.load(tmp_path / "state.pt", **options)
    assert list(read) == list(model.state_dict())
    for name, tensor in model.state_dict().items():
        np.testing.assert_array_equal(read[name].numpy(), tensor.array)


@pytest.mark.peer
def test_every_type_goes_to_pytorch_and_back(torch: Any, tmp_path: Path) -> None:
    names = ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"]
    tensors = {name: ours.tensor([[1, 0], [1, 1]], dtype=name) for name in names}
    tensors["none"] = ours.zeros(0, 3)
    tensors["number"] = ours.tensor(2.5)
    archive.save(tensors, tmp_path / "all.pt")
    read = torch.load(tmp_path / "all.pt", weights_only=True)
    for name, tensor in tensors.items():
        assert str(read[name].dtype) == f"torch.{tensor.dtype.name}"
        np.testing.assert_array_equal(read[name].numpy(), tensor.array, strict=True)
    torch.save(read, tmp_path / "again.pt")
    for name, tensor in archive.load(tmp_path / "again.pt").items():
        assert tensor.dtype is tensors[name].dtype
        np.testing.assert_array_equal(tensor.array, tensors[name].array, strict=True)


@pytest.mark.peer
def test_checkpoints_views_parameters_and_halves_of_pytorch(torch: Any, tmp_path: Path) -> None:
    whole = torch.arange(12.0).reshape(3, 4)
    state = {"turned": whole.t(), "part": whole[1:, 2], "kept": torch.nn.Parameter(whole), "half": whole.bfloat16()}
    torch.save({"epoch": 3, "state_dict": state, "lr": [0.1, None, True]}, tmp_path / "checkpoint.pth")
    read = read_state(tmp_path / "checkpoint.pth")
    assert list(read) == list(state)
    for name, tensor in state.items():
        np.testing.assert_array_equal(read[name].array, tensor.detach().float().numpy())
    assert read["turned"].storage() is read["part"].storage()
    assert archive.load(tmp_path / "checkpoint.pth")["epoch"] == 3


@pytest.mark.peer
def test_models_and_old_files_of_pytorch_are_refused(torch: Any, tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pt")
    with pytest.raises(ExportError, match=r"module\.pt: holds a torch\.nn\.modules\.linear\.Linear, which is no data"):
        read_state(tmp_path / "module.pt")
    torch.save({"a": torch.zeros(2)}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(ExportError, match=r"is no archive as PyTorch writes them since version 1\.6"):
        read_state(tmp_path / "old.pt")
    torch.save({"epoch": 1}, tmp_path / "epoch.pt")
    with pytest.raises(ExportError, match=r"holds no named tensors, nor under state_dict, .*; it has 'epoch'"):
        read_state(tmp_path / "epoch.pt")


def archived(tmp_path: Path, data: bytes, **more: bytes) -> Path:
    path = tmp_path / "made.pt"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", data)
        for name, content in more.items():
            file.writestr(f"archive/{name.replace('_', '/')}", content)
    return path


def tensor_pickle(
    *, storage: str = "FloatStorage", count: int = 4, offset: int = 0, size: Any = (4,), stride: Any = (1,)
) -> bytes:
    """The pickle of a dictionary with one tensor that says so of itself."""
    parts = [b"\x80\x02}", archive._text("a"), archive._name("torch._utils", "_rebuild_tensor_v2"), b"(("]
    parts += [archive._text("storage"), archive._name("torch", storage), archive._text("0"), archive._text("cpu")]
    parts += [archive._whole(count), b"tQ", archive._whole(offset), archive._wholes(size), archive._wholes(stride)]
    return b"".join([*parts, b"\x89", archive._name("collections", "OrderedDict"), b")RtRs."])


def test_a_file_put_together_by_hand(tmp_path: Path) -> None:
    path = archived(tmp_path, tensor_pickle(), data_0=np.arange(4, dtype=np.float32).tobytes())
    assert archive.load(path)["a"].tolist() == [0, 1, 2, 3]


class Bomb:
    def __reduce__(self) -> Any:
        return print, ("boom",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (tensor_pickle(size=(5,)), "reaches beyond its storage of 4"),
        (tensor_pickle(size=(2, 2), stride=(3, 1)), "reaches beyond its storage of 4"),
        (tensor_pickle(offset=1), "reaches beyond its storage of 4"),
        (tensor_pickle(count=2**40), "should have 1099511627776 elements of FloatStorage, it has 16 bytes"),
        (tensor_pickle(storage="DoubleStorage"), "should have 4 elements of DoubleStorage"),
        (tensor_pickle(storage="QInt8Storage"), r"holds a torch\.QInt8Storage, which is no data"),
        (tensor_pickle(size=(-1,)), "needs a storage, a place, sizes and strides"),
        (tensor_pickle(size=(2, 2)), "needs a storage, a place, sizes and strides"),
        (pickle.dumps({"a": Bomb()}, 2), r"holds a (builtins|__builtin__)\.print, which is no data"),
        (pickle.dumps(print, 2), "which is no data"),
        (b"\x80\x02}", "is no whole file of torch.save"),
        (b"cos\nsystem\n(S'true'\ntR.", r"holds a os\.system"),
        (b"(S'x'\nios\nsystem\n.", "holds an instruction that no file of tensors has"),
        (b"", "is no whole file of torch.save"),
    ],
    ids=range(14),
)
def test_hostile_archives_are_refused(
    data: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = archived(tmp_path, data, data_0=np.arange(4, dtype=np.float32).tobytes())
    with pytest.raises(ExportError, match=message):
        archive.load(path)
    assert capsys.readouterr().out == ""


def test_other_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("word/document.xml", "")
    with pytest.raises(ExportError, match=r"has no data\.pkl"):
        archive.load(path)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ExportError, match=r"is no whole file of torch\.save"):
        archive.load(path)
    big = archived(tmp_path, tensor_pickle(), byteorder=b"big")
    with pytest.raises(ExportError, match="big-endian"):
        archive.load(big)
    squeezed = io.BytesIO()
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", tensor_pickle(count=2**20, size=(2**20,)))
        file.writestr("archive/data/0", b"\0" * 2**22)
    path.write_bytes(squeezed.getvalue())
    with pytest.raises(ExportError, match="should have 1048576 elements"):
        archive.load(path)
