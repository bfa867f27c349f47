"""Every public name of a real Torch7's ``torch`` is here, and can be called: on the class and on an object of it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from lua_compat import Runtime
from tests.corpus import ROOT

LINES = (ROOT / "api" / "torch.txt").read_text().split()

OBJECTS = """
    local folder = ...
    local objects = {
       ['torch.Generator'] = torch.Generator(), ['torch.MemoryFile'] = torch.MemoryFile(),
       ['torch.DiskFile'] = torch.DiskFile(folder .. '/file', 'w'), ['torch.PipeFile'] = torch.PipeFile('true', 'r'),
       ['torch.Timer'] = torch.Timer(), ['torch.CmdLine'] = torch.CmdLine(), ['torch.Tester'] = torch.Tester(),
    }
    for _, word in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half'} do
       for _, kind in ipairs{'Tensor', 'Storage'} do
          local name = 'torch.' .. word .. kind
          objects[name] = torch.factory(name)()
          assert(torch.typename(objects[name]) == name)
       end
    end
    return function(owner, name)
       local class = torch.getmetatable(owner)
       local on_class, on_object = class and class[name], objects[owner] and objects[owner][name]
       return type(on_class), type(on_object), rawequal(on_class, on_object)
    end
"""


@pytest.fixture(scope="module")
def lua() -> Any:
    return Runtime()


def test_the_inventory_is_whole() -> None:
    assert len(LINES) == len(set(LINES)) == 2014


def test_every_method_is_a_function_of_its_class_and_of_its_objects(lua: Any, tmp_path: Any) -> None:
    kinds = lua.execute(OBJECTS, str(tmp_path))
    wrong = []
    for line in LINES:
        owner, _, name = line.partition(":")
        if name and lua.call(kinds, owner, name) != ("function", "function", True):
            wrong.append(line)
    assert wrong == []


def test_every_function_of_torch_is_one(lua: Any) -> None:
    kind = lua.eval("function(name) return type(torch[name]) end")
    wrong = [line for line in LINES if ":" not in line and lua.call(kind, line.removeprefix("torch.")) != "function"]
    assert wrong == []


def test_element_types_that_lack_an_operation_in_torch7_lack_it_here(lua: Any) -> None:
    """What the one tensor class has and the other has not is the same here and there."""
    listed = defaultdict(set)
    for line in LINES:
        owner, _, name = line.partition(":")
        if owner.endswith("Tensor") and name:
            listed[owner].add(name)
    everything = set().union(*listed.values())
    has = lua.eval("function(owner, name) return torch.getmetatable(owner)[name] ~= nil end")
    extra = {
        f"{owner}:{name}"
        for owner, names in listed.items()
        for name in everything - names
        if name != "isTensor" and lua.call(has, owner, name)
    }
    assert extra == set()


# -- what these names do ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["binary", "ascii"])
@pytest.mark.parametrize("word", ["Byte", "Char", "Short", "Int", "Long", "Float", "Double", "Half"])
def test_a_class_may_write_its_tensors_payload_and_read_it_again(lua: Any, word: str, mode: str) -> None:
    assert lua.execute("""
        local word, mode = ...
        local name = 'torch.' .. word .. 'Tensor'
        local x = torch.Tensor{{1, 2.5, 3}, {4, 5, 6}}:type(name):t()
        local file = torch.MemoryFile()
        file[mode](file)
        x:write(file)
        x:narrow(1, 2, 1):write(file)
        torch.factory(name)():write(file)
        x:storage():write(file)
        file:writeInt(77)
        file:seek(1)
        local y, z, e, s = torch.factory(name)(), torch.factory(name)(), x:clone(), x:storage().new()
        y:read(file) z:read(file) e:read(file) s:read(file)
        local last = file:readInt()
        local shared, same = y:storage() == z:storage(), y:double():equal(x:double()) and y:stride(1) == x:stride(1)
        return same, shared, z:double()[1][2], e:dim(), #s, s[6], last
    """, word, mode) == (True, True, 5, 0, 6, 6, 77)  # fmt: skip


@pytest.mark.parametrize("mode", ["binary", "ascii"])
def test_the_payload_is_what_stands_in_a_file_after_the_class(lua: Any, mode: str) -> None:
    assert lua.execute("""
        local mode = ...
        local x = torch.range(1, 6):resize(2, 3)
        local function written(f)
           local file = torch.MemoryFile()
           file[mode](file)
           f(file)
           file:seek(1)
           return file:readString('*a')
        end
        -- The storage is the second object in the one file, the first one in the other.
        local whole = written(function(file) file:writeObject(x) end)
        local alone = written(function(file) x:write(file) end)
        local head = #whole - #alone
        local first, last = mode == 'ascii' and 14 or 48, mode == 'ascii' and 43 or 48
        return whole:sub(head + 1, head + first) == alone:sub(1, first), whole:sub(-last) == alone:sub(-last)
    """, mode) == (True, True)  # fmt: skip


def test_classes_with_write_and_read_of_their_own_go_through_a_file(lua: Any) -> None:
    assert lua.execute("""
        local Pair = torch.class('inventory_Pair')
        function Pair:__init(a, g) self.a, self.g = a, g end
        function Pair:write(file) self.a:write(file) self.g:write(file) self.a:storage():write(file) end
        function Pair:read(file)
           self.a, self.g = torch.Tensor(), torch.Generator()
           self.a:read(file) self.g:read(file)
           self.s = torch.DoubleStorage()
           self.s:read(file)
        end
        local g = torch.Generator()
        torch.manualSeed(g, 9)
        for _, mode in ipairs{'binary', 'ascii'} do
           local t = torch.deserialize(torch.serialize({inventory_Pair(torch.range(1, 4), g), 'after'}, mode), mode)
           assert(t[1].a:equal(torch.range(1, 4)) and t[2] == 'after' and t[1].s[4] == 4)
           assert(torch.getRNGState(t[1].g):equal(torch.getRNGState(g)))
        end
        return true
    """)  # fmt: skip


@pytest.mark.parametrize("code", [
    "torch.Tensor(2):write('a')", "torch.Tensor(2):read(io.stdout)",
    # a LongStorage where a DoubleStorage should be; sizes beyond the storage
    "local f = torch.MemoryFile():binary(); torch.LongTensor(2):write(f); f:seek(1); torch.Tensor():read(f)",
    """local f = torch.MemoryFile():binary()
       f:writeInt(1) f:writeLong(9) f:writeLong(1) f:writeLong(1) f:writeObject(torch.DoubleStorage(3))
       f:seek(1) torch.Tensor():read(f)""",
])  # fmt: skip
def test_payloads_that_are_none_are_refused(lua: Any, code: str) -> None:
    from lua_compat.errors import LuaError

    with pytest.raises(LuaError, match=r"(read|write)"):
        lua.execute(code)


def test_pointers_lead_to_structures_like_th_s(lua: Any) -> None:
    assert lua.execute("""
        local x = torch.range(1, 12):resize(3, 4):narrow(1, 2, 2)
        local t = x:cdata()
        assert(tostring(t):find('THDoubleTensor'))
        assert(t.nDimension == 2 and t.size[0] == 2 and t.size[1] == 4 and t.stride[0] == 4 and t.storageOffset == 4)
        assert(t.storage.size == 12 and t.storage.data[4] == 5)
        t.storage.data[4] = 50
        assert(x[1][1] == 50)
        assert(torch.cdata(x) == t and x:cdata(true) == torch.cdata(x, true))
        assert(rawequal(torch.pushudata(t, 'torch.DoubleTensor'), x))
        assert(rawequal(torch.pushudata(x:cdata(true), 'torch.DoubleTensor'), x))
        assert(x:storage():cdata().data[4] == 50 and torch.isequal(x:storage(), x:storage()))
        assert(not torch.isequal(x, x:clone()) and torch.isequal(x, x) and torch.isequal(t, torch.cdata(x)))
        x:resize(4)
        assert(x:cdata().nDimension == 1 and x:cdata().size[0] == 4)
        assert(torch.Tensor():cdata().nDimension == 0 and torch.data(torch.Tensor()) == nil)
        assert(tonumber(require('ffi').cast('intptr_t', torch.data(x))) == torch.data(x, true))
        -- a pointer keeps its tensor
        local p = torch.IntTensor{7, 8}:cdata()
        for i = 1, 3 do collectgarbage() end
        assert(p.storage.data[1] == 8 and p.size[0] == 2)
        for _, word in ipairs{'Byte', 'Char', 'Short', 'Long', 'Float', 'Half'} do
           local c = torch.Tensor{1, 2}:type('torch.' .. word .. 'Tensor'):cdata()
           assert(c.storage.size == 2 and tostring(c):find('TH' .. word .. 'Tensor'))
        end
        return true
    """)  # fmt: skip


@pytest.mark.parametrize("call", ["torch.cdata({})", "torch.pushudata(12345, 'torch.DoubleTensor')", "torch.data(3)",
                                  "torch.pushudata(torch.Tensor():cdata(), 'torch.FloatTensor')"])  # fmt: skip
def test_pointers_of_nothing_are_refused(lua: Any, call: str) -> None:
    from lua_compat.errors import LuaError

    with pytest.raises(LuaError, match="bad argument"):
        lua.execute(f"return {call}")


@pytest.mark.parametrize("default", ["Double", "Float"])
def test_the_self_test_of_torch_passes_and_can_fail(lua: Any, default: str) -> None:
    text, ok, broken_text = lua.execute("""
        torch.setdefaulttensortype('torch.' .. ... .. 'Tensor')
        local function captured(f)
           local write, out = io.write, {}
           io.write = function(...) for _, v in ipairs{...} do out[#out + 1] = tostring(v) end return io.stdout end
           local ok = pcall(f)
           io.write = write
           return table.concat(out), ok
        end
        local text = captured(torch.test)
        local exp = torch.exp
        torch.exp = torch.log
        local broken, ok = captured(function() torch.test('pointwise') end)
        torch.exp = exp
        torch.setdefaulttensortype('torch.DoubleTensor')
        return text, ok, broken
    """, default)  # fmt: skip
    assert "in 14 tests with 0 failures and 0 errors" in text
    assert not ok
    assert "1 failure" in broken_text
