"""`.safetensors` files: ours and the other package's read alike; broken ones are refused before anything is made."""

from __future__ import annotations

import json
import os
import struct

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn, safetensors
from pytorch_from_lua.errors import SerializationError

DTYPES = ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "bool"]
SHAPES = [(), (0,), (3,), (2, 3)]
BITS = {shape: (np.arange(int(np.prod(shape))) % 2).reshape(shape) for shape in SHAPES}
TENSORS = {
    f"{dtype}{'x'.join(map(str, s))}": torch.from_numpy(BITS[s].astype(dtype)) for dtype in DTYPES for s in SHAPES
}  # fmt: skip


def packed(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def same(found, wanted):
    assert set(found) == set(wanted)
    for name, t in wanted.items():
        assert (found[name].dtype, found[name].shape, found[name].tolist()) == (t.dtype, t.shape, t.tolist())


@pytest.mark.parametrize("mapped", [True, False])
def test_every_type_and_shape_comes_back(tmp_path, mapped):
    path = tmp_path / "x.safetensors"
    safetensors.save_file(TENSORS, path, metadata={"made": "here"})
    same(safetensors.load_file(path, mapped=mapped), TENSORS)
    same(safetensors.load(path.read_bytes()), TENSORS)
    same(safetensors.load(safetensors.save({})), {})


def test_views_are_written_as_they_look():
    x = torch.arange(6.0).view(2, 3)
    assert safetensors.load(safetensors.save({"t": x.t()}))["t"].tolist() == x.t().tolist()
    halves = {"a": x[:1], "b": x[1:]}
    same(safetensors.load(safetensors.save(halves)), halves)


def test_mapped_memory_stays_in_this_process(tmp_path):
    path = tmp_path / "x.safetensors"
    safetensors.save_file({"x": torch.ones(1000)}, path)
    x = safetensors.load_file(path)["x"]
    x.fill_(5)
    assert safetensors.load_file(path)["x"].sum().item() == 1000
    safetensors.save_file({"x": torch.zeros(1000)}, path)  # the name is another file's now
    assert x.sum().item() == 5000
    assert os.listdir(tmp_path) == ["x.safetensors"]


def test_tensors_are_made_when_asked_for(tmp_path):
    path = tmp_path / "x.safetensors"
    safetensors.save_file({"a": torch.ones(2), "b": torch.zeros(3)}, path, {"k": "v"})
    with safetensors.safe_open(path, framework="pt") as file:
        assert sorted(file.keys()) == ["a", "b"]
        assert file.metadata() == {"k": "v"}
        assert file.get_tensor("b").tolist() == [0, 0, 0]
        with pytest.raises(SerializationError, match="has no tensor 'c'"):
            file.get_tensor("c")
    with pytest.raises(SerializationError, match="is closed"):
        file.get_tensor("a")


def test_a_state_dict_goes_through(tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    safetensors.save_file(model.state_dict(), tmp_path / "m.safetensors")
    other = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    other.load_state_dict(safetensors.load_file(tmp_path / "m.safetensors"))
    same(other.state_dict(), model.state_dict())


def test_types_that_are_not_here_are_widened():
    data = packed(
        {
            "bf": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]},
            "u16": {"dtype": "U16", "shape": [1], "data_offsets": [4, 6]},
            "u32": {"dtype": "U32", "shape": [1], "data_offsets": [6, 10]},
        },
        struct.pack("<4HI", 0x3F80, 0xC020, 65535, 0, 0)[:6] + struct.pack("<I", 2**32 - 1),
    )
    found = safetensors.load(data)
    assert {name: (t.dtype.name, t.tolist()) for name, t in found.items()} == {
        "bf": ("float32", [1.0, -2.5]), "u16": ("int32", [65535]), "u32": ("int64", [2**32 - 1]),
    }  # fmt: skip


ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
BROKEN = [
    (b"", "needs 8 bytes at least, has 0"),
    (b"\0" * 7, "needs 8 bytes at least, has 7"),
    (packed({}, length=2**63), "its header should have 9223372036854775808 bytes"),
    (packed({}, length=99), "its header should have 99 bytes, the file has 10"),
    (packed(b"{"), "its header is no JSON"),
    (packed(b"\xff\xfe"), "its header is no JSON"),
    (packed(b"[" * 100000), "its header is no JSON"),
    (packed(b"[]"), "its header is no object"),
    (packed(b'{"x": 1, "x": 2}'), "a name stands twice"),
    (packed({"__metadata__": {"a": 1}}), "__metadata__ needs strings"),
    (packed({"x": 1}), "'x' needs dtype, shape and data_offsets"),
    (packed({"x": {**ONE, "more": 1}}, b"1234"), "'x' needs dtype, shape and data_offsets"),
    (packed({"x": {**ONE, "dtype": "F8_E4M3"}}, b"1234"), "'x' has elements of 'F8_E4M3'; known are BOOL, U8"),
    (packed({"x": {**ONE, "dtype": ["F32"]}}, b"1234"), "'x' has elements of"),
    (packed({"x": {**ONE, "shape": [-1]}}, b"1234"), "shape needs a list of whole numbers"),
    (packed({"x": {**ONE, "shape": [1.0]}}, b"1234"), "shape needs a list of whole numbers"),
    (packed({"x": {**ONE, "shape": [True]}}, b"1234"), "shape needs a list of whole numbers"),
    (packed({"x": {**ONE, "shape": [2**62, 0]}}, b"1234"), "shape needs a list of whole numbers"),
    (packed({"x": {**ONE, "shape": [1] * 65}}, b"1234"), "'x' has 65 dimensions"),
    (packed({"x": {**ONE, "shape": [2]}}, b"1234"), r"F32 of shape \[2\] does not fill the bytes \[0, 4\]"),
    (packed({"x": {**ONE, "data_offsets": [4, 0]}}, b"1234"), "does not fill the bytes"),
    (packed({"x": {**ONE, "data_offsets": [0]}}, b"1234"), "does not fill the bytes"),
    (packed({"x": {**ONE, "data_offsets": [4, 8]}}, b"12345678"), "begin at 4, those before end at 0"),
    (packed({"x": ONE}, b""), "its tensors have 4 bytes, the file has 0"),
    (packed({"x": ONE}, b"12345"), "its tensors have 4 bytes, the file has 5"),
    (packed({"x": ONE, "y": ONE}, b"1234"), "begin at 0, those before end at 4"),
]


@pytest.mark.parametrize(("data", "says"), BROKEN)
def test_broken_files_are_refused(tmp_path, data, says):
    with pytest.raises(SerializationError, match=says):
        safetensors.load(data)
    path = tmp_path / "broken.safetensors"
    path.write_bytes(data)
    with pytest.raises(SerializationError, match=f"broken.safetensors: .*{says}"):
        safetensors.load_file(path)


X = torch.arange(4.0)


@pytest.mark.parametrize(
    ("tensors", "metadata", "says"),
    [
        ([X], None, "tensors: needs a dict of names and tensors, got list"),
        ({"x": 1}, None, "tensors: 'x' needs a tensor, got int"),
        ({1: X}, None, "tensors: 1 cannot be the name of a tensor"),
        ({"__metadata__": X}, None, "'__metadata__' cannot be the name"),
        ({"a": X, "b": X[3:]}, None, "'a' and 'b' share memory, which a file does not keep"),
        ({"a": X}, {"k": 1}, "metadata: needs a dict of strings"),
    ],
)
def test_what_cannot_be_written(tensors, metadata, says):
    with pytest.raises(SerializationError, match=says):
        safetensors.save(tensors, metadata)


@pytest.mark.peer
def test_the_other_package_reads_and_writes_the_same(tmp_path):
    peer = pytest.importorskip("torch", reason="PyTorch is not installed")
    other = pytest.importorskip("safetensors.torch", reason="the package safetensors is not installed")
    ours, theirs = tmp_path / "ours.safetensors", tmp_path / "theirs.safetensors"
    safetensors.save_file(TENSORS, ours, {"a": "b"})
    read = other.load_file(ours)
    assert set(read) == set(TENSORS)
    for name, t in TENSORS.items():
        assert str(read[name].dtype) == f"torch.{t.dtype.name}"
        np.testing.assert_array_equal(read[name].numpy(), t.numpy())
    more = {**read, "bf": peer.tensor([1.5, -3.0], dtype=peer.bfloat16)}
    other.save_file(more, theirs, {"a": "b"})
    back = safetensors.load_file(theirs)
    assert back.pop("bf").tolist() == [1.5, -3.0]
    same(back, TENSORS)
    with safetensors.safe_open(theirs) as file:
        assert file.metadata() == {"a": "b"}
