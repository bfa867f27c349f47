"""Storages: shared, resized, mapped from files; and what tensors over them see."""

import os
import pickle

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import DTypeError, StorageError
from pytorch_from_lua.tensor.dtype import ALL, BY_TORCH7, DType
from pytorch_from_lua.tensor.storage import EPOCH, Storage


def test_elements():
    s = Storage(np.arange(5))
    assert (len(s), s[1], s[1:3], list(s), s.tolist()) == (5, 1, [1, 2], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4])
    version = s.version
    s[0] = 9
    assert s.version == version + 1
    assert np.asarray(s).tolist() == [9, 1, 2, 3, 4]
    assert s.clone().fill_(1).tolist() == [1] * 5
    assert s.to("float32").dtype is torch.float32
    assert Storage.empty(5, "int8").copy_(s).tolist() == s.tolist()
    assert pickle.loads(pickle.dumps(s)).tolist() == s.tolist()
    assert repr(s) == "Storage([9, 1, 2, 3, 4], size=5, dtype=int64)"


def test_every_tensor_sees_a_resize():
    x = torch.arange(4)
    y = x[1:3]
    epoch, address = EPOCH[0], y.data_ptr()
    x.storage().resize_(10)
    assert EPOCH[0] > epoch
    assert y.data_ptr() != address
    y[0] = 7
    assert x.tolist() == [0, 7, 2, 3]


def test_replaced_memory_is_seen_by_every_tensor():
    x = torch.zeros(4)
    x.storage().replace_(np.arange(4, dtype=np.float32))
    assert x.tolist() == [0, 1, 2, 3]
    with pytest.raises(StorageError, match=r"needs one dimension of float32, got \(2,\) float64"):
        x.storage().replace_(np.zeros(2))


def test_lazy_storages_ask_for_their_array_once():
    calls = []

    def source():
        calls.append(1)
        return np.arange(3.0)

    s = Storage.lazy(3, "float64", source)
    x = torch.Tensor.from_storage(s, 1, (2,))
    assert (len(s), x.shape, s.device, calls) == (3, (2,), "cpu", [])
    assert (x.tolist(), s.tolist(), len(calls)) == ([1, 2], [0, 1, 2], 1)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "numbers.bin"
    np.arange(4, dtype="<f8").tofile(path)
    return path


def test_a_private_mapping_never_reaches_the_file(file):
    s = Storage.from_file(file, "float64")
    s[0] = 99
    assert s.tolist() == [99, 1, 2, 3]
    assert np.fromfile(file).tolist() == [0, 1, 2, 3]


def test_a_shared_mapping_does(file):
    a = Storage.from_file(file, "float64", 3, 8, shared=True)
    b = Storage.from_file(file, "float64", shared=True)
    a[0] = 99
    assert b.tolist() == [0, 99, 2, 3]
    del a, b
    assert np.fromfile(file).tolist() == [0, 99, 2, 3]


def test_a_shared_file_is_made_and_grows(tmp_path):
    path = tmp_path / "new.bin"
    s = Storage.from_file(path, "int32", 4, shared=True)
    s.fill_(7)
    assert os.path.getsize(path) == 16
    assert Storage.from_file(path, "int32", 6, shared=True).tolist() == [7, 7, 7, 7, 0, 0]
    assert len(Storage.from_file(path, "int32", 0)) == 0


def test_files_that_do_not_fit(file, tmp_path):
    with pytest.raises(StorageError, match="holds 32 bytes, 40 are needed"):
        Storage.from_file(file, "float64", 5)
    with pytest.raises(StorageError, match="31 bytes are no whole number of float64"):
        Storage.from_file(file, "float64", None, 1)
    for shared, size in ((False, 1), (False, None), (True, None)):
        with pytest.raises(FileNotFoundError):
            Storage.from_file(tmp_path / "missing", "float64", size, shared=shared)
    assert not (tmp_path / "missing").exists()


def test_errors():
    with pytest.raises(StorageError, match="at least 0 elements, got -1"):
        Storage.empty(-1, "int8")
    with pytest.raises(StorageError, match="needs 2 elements, got 3"):
        Storage.empty(2, "int8").copy_(Storage.empty(3, "int8"))
    with pytest.raises(StorageError, match="one dimension"):
        Storage(np.zeros((2, 2)))
    with pytest.raises(StorageError, match="at least 0"):
        Storage.empty(1, "int8").resize_(-1)


@pytest.mark.parametrize("dtype", ALL, ids=lambda t: t.name)
def test_types_are_one_object_each(dtype):
    forms = (dtype, dtype.name, dtype.numpy, dtype.numpy.type, dtype.numpy.newbyteorder(">"))
    assert all(DType.of(form) is dtype for form in forms)
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert repr(dtype) == f"pytorch_from_lua.{dtype.name}"
    assert getattr(torch, dtype.name) is dtype
    if dtype.name != "bool":
        assert BY_TORCH7[dtype.torch7] is dtype


def test_python_types_and_aliases():
    assert [DType.of(t).name for t in (bool, int, float)] == ["bool", "int64", "float32"]
    assert (torch.float, torch.double, torch.half, torch.int, torch.long, torch.short) == (
        torch.float32,
        torch.float64,
        torch.float16,
        torch.int32,
        torch.int64,
        torch.int16,
    )
    for wrong in ("complex64", object, None, []):
        with pytest.raises(DTypeError, match="allowed are uint8"):
            DType.of(wrong)
