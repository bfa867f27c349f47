"""Autograd hears of elements that Lua wrote."""

from __future__ import annotations

import numpy as np
import pytest

import pytorch_from_lua as torch
from lua_compat.bridge.runtime import Runtime
from lua_compat.bridge.written import WrittenStorage
from pytorch_from_lua.errors import AutogradError
from pytorch_from_lua.tensor import Storage, Tensor


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _tensor(*shape: int) -> Tensor:
    return Tensor.from_array(np.arange(float(np.prod(shape))).reshape(shape))


WRITES = [
    "x[1] = 5",
    "x[-1] = 5",
    "x[2][3] = 5",
    "x[{2, 3}] = 5",
    "x[{1, {1, 2}}] = 5",
    "x[1] = x[2]",
    "local row = x[2]; row[1] = 5",
    "x:storage()[3] = 5",
    "x:t()[1][2] = 5",
    "x:select(2, 1)[2] = 5",
    "for i = 1, 2 do for j = 1, 3 do x[i][j] = i end end",
    "local v = x:view(6); for k = 1, 50 do for i = 1, 6 do v[i] = k end end",
    "x:apply(function(v) return 1 end)",
]


@pytest.mark.parametrize("code", WRITES)
def test_a_write_raises_the_version_each_time_it_was_asked_for(lua, code):
    x = _tensor(2, 3)
    storage = x.storage()
    for _ in range(3):
        before = storage.noted_version
        assert storage.noted_version == before
        lua.execute(f"local x = ...; {code}", x)
        assert storage.noted_version > before


def test_one_that_was_kept_in_lua_is_told_of_again(lua):
    x = _tensor(4)
    lua.set_global("kept", x)
    write = lua.eval("function(v) for i = 1, 100 do kept[3] = v end end")
    versions = [x._version]
    for value in range(5):
        lua.call(write, value)
        versions.append(x._version)
    assert versions == sorted(set(versions))


def test_reading_changes_no_version(lua):
    x = _tensor(2, 3)
    before = x._version
    read = "x[1][2], x[{1, 2}], x:storage()[1], x[2]:sum(), #x:storage(), x:data()[0]"
    lua.execute(f"local x = ...; return {read}", x)
    assert x._version == before
    lua.execute("(...)[1][1] = 7", x)
    after = x._version
    assert lua.execute(f"local x = ...; return {read}", x)[0] == 1
    assert x._version == after


def test_two_tensors_on_one_storage_and_two_storages(lua):
    x, other = _tensor(6), _tensor(6)
    lua.execute("a, b, other = ...; a[1], b[1], other[1] = 1, 2, 3", x, x.view(2, 3)[1], other)
    before = x._version, other._version
    lua.execute("b[2] = 4")
    assert x._version > before[0]
    assert other._version == before[1]
    middle = x._version
    lua.execute("a[2] = 4; b[1] = 5; a[1] = 6")
    assert x._version > middle


def test_the_storage_stays_the_same_object_of_the_same_class_to_lua(lua):
    x = _tensor(3)
    storage = x.storage()
    names = lua.execute(
        "local x = ...; x[1] = 5; return torch.type(x:storage()), #x:storage(), torch.isStorage(x:storage())", x
    )
    assert names == ("torch.DoubleStorage", 3, True)
    assert isinstance(storage, WrittenStorage)
    assert isinstance(storage, Storage)
    assert storage is x.storage()
    storage.version += 1
    assert isinstance(storage, WrittenStorage)
    assert storage.noted_version == storage.version
    assert type(storage) is Storage
    assert x.tolist() == [5, 1, 2]


def test_autograd_refuses_what_lua_changed_and_takes_what_it_only_read(lua):
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    middle = x * 2
    result = (middle * middle).sum()
    assert lua.execute("local m = ...; return m[1], m:storage()[2]", middle.detach()) == (2, 4)
    result.backward()
    assert x.grad.tolist() == [8, 16, 24]
    middle = x * 2
    lua.execute("(...)[3] = 6", middle.detach())  # before it is saved
    result = (middle * middle).sum()
    lua.execute("(...)[1] = 7", middle.detach())  # and after
    with pytest.raises(AutogradError, match="modified in place"):
        result.backward()
