"""Lua values in files: what comes back, what is shared, what is refused, what becomes of a file that fails half way."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import numpy as np
import pytest

from lua_compat import t7
from lua_compat.bridge.ops_files import MemoryFile
from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _path(tmp_path, name="x.t7"):
    return os.fspath(tmp_path / name)


def test_what_lua_saves_python_reads(lua, tmp_path):
    path = _path(tmp_path)
    lua.execute("""
        local x = torch.range(1, 6):resize(2, 3)
        torch.save(..., {1, 'two', x = x, row = x[2], list = {true, false}, [2.5] = 'half'})
    """, path)  # fmt: skip
    table = t7.read_file(path)
    assert (table[1], table[2], table[2.5]) == (1.0, "two", "half")
    np.testing.assert_array_equal(table["row"].array, [4, 5, 6])
    assert table["row"].storage() is table["x"].storage()
    assert table["list"].to_list() == [True, False]


def test_what_python_writes_lua_loads(lua, tmp_path):
    path = _path(tmp_path)
    t7.write_file(path, t7.T7Table.of({"a": 1.5, "text": "ä", "inner": t7.T7Table.of([1.0, 2.0])}))
    assert lua.execute("local t = torch.load(...); return t.a, t.text, #t.inner, t.inner[2]", path) == (1.5, "ä", 2, 2)


@pytest.mark.parametrize("mode", ["binary", "ascii", "b32", "b64"])
def test_tables_longer_than_luas_stack(lua, tmp_path, mode):
    assert lua.execute("""
        local path, mode = ...
        local t = {}
        for i = 1, 20001 do t[i] = i % 2 == 0 and i or 's' .. i end
        torch.save(path, t, mode)
        local r = torch.load(path, mode)
        for i = 1, #t do assert(t[i] == r[i]) end
        return #r
    """, _path(tmp_path), mode) == 20001  # fmt: skip


def test_binary_strings_and_functions_survive(lua):
    assert lua.execute(r"""
        local every = {}
        for i = 0, 255 do every[#every + 1] = string.char(i) end
        local text = table.concat(every)
        local k = 3
        local function f(x) return x * k end
        local r = torch.deserialize(torch.serialize{text, f})
        return r[1] == text, #r[1], r[2](5)
    """) == (True, 256, 15)


def test_long_chains_need_no_recursion(lua):
    assert (
        lua.execute("""
        local t = {}
        local x = t
        for i = 1, 100000 do x.n = {}; x = x.n end
        local r, depth = torch.deserialize(torch.serialize(t)), 0
        while r.n do r = r.n; depth = depth + 1 end
        return depth
    """)
        == 100000
    )


def test_loaded_storages_are_mapped(lua, tmp_path):
    path = _path(tmp_path)
    lua.execute("torch.save(..., torch.zeros(1000))", path)
    before = Path(path).read_bytes()
    assert lua.execute("local x = torch.load(...); x:fill(7); return x:sum()", path) == 7000
    assert Path(path).read_bytes() == before


def test_objects_within_objects_with_read_and_write_of_their_own(lua):
    assert lua.execute("""
        local Outer = torch.class('serialize_test.Outer', nil, {})
        local Inner = torch.class('serialize_test.Inner', nil, {})
        function Outer:write(file) file:writeString('head'); file:writeObject(self.inner); file:writeDouble(self.x) end
        function Outer:read(file, version)
            self.head = file:readChar(4):string()
            self.inner = file:readObject()
            self.x = file:readDouble()
        end
        local inner = torch.factory('serialize_test.Inner')()
        inner.v = torch.ones(3)
        local outer = torch.factory('serialize_test.Outer')()
        outer.inner, outer.x = inner, 2.5
        local r = torch.deserialize(torch.serialize{outer, inner, outer})
        return r[1].head, r[1].x, r[1].inner == r[2], r[1] == r[3], r[2].v:sum(), torch.type(r[2])
    """) == ("head", 2.5, True, True, 3, "serialize_test.Inner")


def test_values_that_went_through_a_file_are_given_back_to_memory(lua):
    """Without the help of Python's own garbage collector, which is off here."""

    def files() -> int:
        return sum(type(value) is MemoryFile for value in gc.get_objects())

    lua.execute("collectgarbage(); collectgarbage()")
    gc.collect()
    gc.disable()
    try:
        before = files()
        lua.execute("""
            for i = 1, 20 do
                local f = torch.MemoryFile()
                f:writeObject{torch.ones(5), {i}}
                f:seek(1)
                assert(f:readObject()[2][1] == i)
                assert(torch.deserialize(torch.serialize{i})[1] == i)
            end
            collectgarbage(); collectgarbage()
        """)
        assert files() <= before  # fewer where another test left some that are gone by now
    finally:
        gc.enable()


def test_an_unknown_class_is_named(lua, tmp_path):
    path = _path(tmp_path)
    t7.write_file(path, t7.T7Object("no.Such", 1, t7.T7Table.of({})))
    with pytest.raises(LuaError, match=r"unknown Torch class <no\.Such>"):
        lua.execute("torch.load(...)", path)


@pytest.mark.parametrize("value", ["coroutine.create(print)", "print", "{a = {b = io.stdout}}"])
def test_what_cannot_be_written_is_refused(lua, value):
    with pytest.raises(LuaError, match="cannot be written"):
        lua.execute(f"torch.serialize({value})")


def test_a_save_that_fails_leaves_the_old_file_alone(lua, tmp_path):
    path = _path(tmp_path)
    lua.execute("torch.save(..., 5)", path)
    with pytest.raises(LuaError):
        lua.execute("torch.save(..., {1, coroutine.create(print)})", path)
    assert lua.execute("return torch.load(...)", path) == 5
    assert os.listdir(tmp_path) == ["x.t7"]


def test_a_malformed_file_is_refused_by_name(lua, tmp_path):
    path = _path(tmp_path, "bad.t7")
    Path(path).write_bytes(b"\x03\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\x7f")
    with pytest.raises(LuaError, match=r"bad\.t7"):
        lua.execute("torch.load(...)", path)


def test_generators_and_their_streams(lua):
    assert lua.execute("""
        local g = torch.Generator()
        torch.manualSeed(g, 5)
        torch.normal(g)
        local h = torch.deserialize(torch.serialize(g))
        return torch.normal(g) == torch.normal(h), torch.type(h)
    """) == (True, "torch.Generator")


# -- torch.File --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["bigEndianEncoding", "littleEndianEncoding"])
def test_numbers_in_both_byte_orders(lua, tmp_path, order):
    path = _path(tmp_path, "n.bin")
    lua.execute(
        f"local f = torch.DiskFile(..., 'w'); f:binary(); f:{order}(); f:writeInt(-2); f:writeDouble(0.5); f:close()",
        path,
    )
    sign = ">" if order.startswith("big") else "<"
    data = Path(path).read_bytes()
    assert np.frombuffer(data[:4], f"{sign}i4")[0] == -2
    assert np.frombuffer(data[4:], f"{sign}f8")[0] == 0.5


def test_values_mixed_with_objects_in_one_file(lua, tmp_path):
    assert lua.execute("""
        local f = torch.DiskFile(..., 'rw'):binary()
        f:writeInt(1); f:writeObject({5}); f:writeInt(2); f:writeObject('x')
        f:seek(1)
        local a, b, c, d = f:readInt(), f:readObject(), f:readInt(), f:readObject()
        f:close()
        return a, b[1], c, d
    """, _path(tmp_path)) == (1, 5, 2, "x")  # fmt: skip


@pytest.mark.parametrize("use", ["f:readInt()", "f:position()", "f:writeInt(1)", "f:close()", "f:readObject()"])
def test_a_closed_file_is_refused(lua, use):
    with pytest.raises(LuaError, match="closed"):
        lua.execute(f"local f = torch.MemoryFile(); f:close(); {use}")


def test_a_pipe_takes_what_is_written(lua, tmp_path):
    path = _path(tmp_path, "out.txt")
    lua.execute("local f = torch.PipeFile('cat > ' .. ..., 'w'); f:writeInt(4); f:writeString('x'); f:close()", path)
    assert Path(path).read_text() == "4\nx"


def test_a_storage_given_for_a_memory_file_gets_what_is_written(lua):
    assert lua.execute("""
        local s = torch.CharStorage()
        local f = torch.MemoryFile(s, 'rw')
        f:writeString('abc')
        local same = f:storage() == s
        f:writeString('d')
        f:close()
        return same, s:string(), torch.MemoryFile(s, 'r'):readString('*a')
    """) == (True, "abcd\0", "abcd")


def test_text_that_is_no_number_ends_reading(lua):
    with pytest.raises(LuaError, match="read 1 blocks instead of 3"):
        lua.execute("local f = torch.MemoryFile(); f:writeString('12 abc 3'); f:seek(1); f:readInt(3)")
