"""FFI pointers to elements, and the C structures that torch.cdata shows."""

from __future__ import annotations

import numpy as np
import pytest

from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError
from pytorch_from_lua.tensor import Storage, Tensor

TYPES = {
    "Byte": ("uint8", "unsigned char"), "Char": ("int8", "char"), "Short": ("int16", "short"), "Int": ("int32", "int"),
    "Long": ("int64", "long"), "Float": ("float32", "float"), "Double": ("float64", "double"),
}  # fmt: skip


@pytest.fixture(scope="module")
def lua() -> Runtime:
    runtime = Runtime()
    runtime.execute("ffi = require 'ffi'")
    return runtime


@pytest.mark.parametrize("word", TYPES)
def test_a_pointer_has_the_c_type_and_starts_at_the_offset(lua, word):
    dtype, ctype = TYPES[word]
    base = np.arange(12).astype(dtype)
    x = Tensor.from_storage(Storage(base), 3, (4,), (1,))
    found = lua.execute(
        f"""
        local x = ...
        local p, q, s = torch.data(x), x:data(), x:storage():data()
        local same = ffi.istype('{ctype}*', p) and ffi.typeof(p) == ffi.typeof(q) and ffi.typeof(s) == ffi.typeof(p)
        for i = 0, 3 do p[i] = p[i] * 2 end
        return same, p == q, p - s, tonumber(p[1]), tonumber(s[11]), x[2]
        """,
        x,
    )
    assert found == (True, True, 3, 8, 11, 8)
    assert base.tolist() == [0, 1, 2, 6, 8, 10, 12, 7, 8, 9, 10, 11]


def test_half_elements_are_structures_of_their_bits(lua):
    x = Tensor.from_array(np.array([1.0, -2.0], np.float16))
    found = lua.execute("local p = torch.data((...)); p[0].x = 0x4200; return p[1].x, ffi.sizeof(p[0])", x)
    assert found == (0xC000, 2)
    assert x.array.tolist() == [3.0, -2.0]


def test_the_loop_of_the_documentation(lua):
    found = lua.execute("""
        local t = torch.ones(300, 200)
        local data, sum = torch.data(t), 0
        for i = 0, t:nElement() - 1 do data[i] = data[i] + i end
        for i = 0, t:nElement() - 1 do sum = sum + data[i] end
        return sum, t:sum(), t[300][200]
    """)
    total = 60000 + 59999 * 60000 / 2
    assert found == (total, total, 60000)


def test_an_address_is_a_plain_number_of_c(lua):
    found = lua.execute("""
        local x = torch.range(1, 3)
        local address = torch.data(x, true)
        return ffi.istype('intptr_t', address), ffi.cast('double*', address)[2], x:data(true) == address,
           tonumber(address) == tonumber(ffi.cast('intptr_t', x:data())), x:storage():data(true) == address
    """)
    assert found == (True, 3, True, True, True)


def test_strings_and_blocks_are_copied_by_the_ffi(lua):
    found = lua.execute("""
        local s = torch.CharStorage(6):string('hello\\0')
        local t = torch.IntTensor(4):fill(7)
        local u = torch.IntTensor(4)
        ffi.copy(u:data(), t:data(), 4 * ffi.sizeof('int'))
        ffi.fill(t:data(), 8)
        return ffi.string(s:data()), u:sum(), t:sum()
    """)
    assert found == ("hello", 28, 14)


def test_what_has_no_pointer(lua):
    assert lua.execute("return torch.Tensor():data(), torch.data(nil), torch.cdata(nil)") == (None, None, None)
    for name in ("data", "cdata"):
        with pytest.raises(LuaError, match=rf"argument #1 to '{name}' \(a tensor or a storage expected, got table\)"):
            lua.execute(f"torch.{name}({{}})")
    array = np.arange(3.0)
    array.flags.writeable = False
    for call in ("x:data()", "torch.data(x)", "x:storage():data()", "x:cdata()"):
        with pytest.raises(LuaError, match="memory of 3 Double elements is read-only"):
            lua.execute(f"local x = ...; return {call}", Tensor.from_array(array))


def test_structures_show_sizes_strides_and_storage(lua):
    x = Tensor.from_storage(Storage(np.arange(24.0)), 5, (3, 2), (1, 4))
    found = lua.execute(
        """
        local c = torch.cdata((...))
        return ffi.istype('THDoubleTensor*', c), c.nDimension, tonumber(c.size[0]), tonumber(c.size[1]),
           tonumber(c.stride[0]), tonumber(c.stride[1]), tonumber(c.storageOffset), tonumber(c.storage.size),
           c.storage.data[6]
        """,
        x,
    )
    assert found == (True, 2, 3, 2, 1, 4, 5, 24, 6)


def test_a_structure_stays_in_place_and_follows_at_the_next_call(lua):
    found = lua.execute("""
        local x = torch.IntTensor(2)
        local first = x:cdata()
        x:resize(4, 5, 6):fill(3)
        local second = x:cdata()
        return first == second, first.nDimension, tonumber(first.size[2]), first.storage.data[119]
    """)
    assert found == (True, 3, 6, 3)
    empty = lua.execute("local c = torch.FloatTensor():cdata(); return c.nDimension, tonumber(c.storageOffset)")
    assert empty == (0, 0)


def test_objects_are_found_by_the_addresses_that_were_told(lua):
    found = lua.execute("""
        local x, s = torch.range(1, 3), torch.LongStorage{4, 5}
        return torch.pushudata(torch.pointer(x), 'torch.DoubleTensor') == x,
           torch.pushudata(tonumber(torch.cdata(x, true)), 'torch.DoubleTensor') == x,
           torch.pushudata(torch.cdata(x, true), 'torch.DoubleTensor') == x,
           rawequal(torch.pushudata(torch.pointer(s), 'torch.LongStorage'), s)
    """)
    assert found == (True, True, True, True)
    with pytest.raises(LuaError, match=r"that of a torch\.DoubleTensor, not of a torch\.FloatTensor"):
        lua.execute("return torch.pushudata(torch.pointer(torch.range(1, 3)), 'torch.FloatTensor')")
    with pytest.raises(LuaError, match="no pointer that cdata has given to a living object"):
        lua.execute("return torch.pushudata(4096, 'torch.DoubleTensor')")


@pytest.mark.parametrize("word", TYPES)
def test_a_storage_lies_over_memory_of_others(lua, word):
    found = lua.execute(f"""
        local owner = torch.{word}Tensor{{1, 2, 3, 4}}
        local s = torch.{word}Storage(3, tonumber(torch.data(owner, true)))
        local same = torch.{word}Storage(2, owner:data() + 2)
        local t = torch.{word}Tensor(s)
        t[2], same[2] = 20, 40
        return #s, owner[2], owner[4], t:sum(), torch.{word}Storage(3, 0):size()
    """)
    assert found == (3, 20, 40, 24, 3)


def test_a_storage_over_an_array_of_c(lua):
    found = lua.execute("""
        local array = ffi.new('float[4]', {1, 2, 3, 4})
        local t = torch.FloatTensor(torch.FloatStorage(4, array), 1, 2, 2)
        t:mul(2)
        return array[2], t:sum()
    """)
    assert found == (6, 8)
    with pytest.raises(LuaError, match="neither can be negative"):
        lua.execute("return torch.FloatStorage(4, -8)")
