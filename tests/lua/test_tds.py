"""tds: hashes, vectors and counters in Lua, and in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lua_compat import Runtime

FILES = Path(__file__).parent.parent / "conformance" / "t7"


@pytest.fixture
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("tds = require 'tds'")
    return runtime


def test_a_hash_counts_its_entries_and_gives_them_all(lua: Any) -> None:
    assert lua.execute("""
        local h = tds.Hash{a = 1, b = 2}
        h.c, h.a, h.b, h[false] = 3, nil, 7, 4
        local seen, n = {}, 0
        for k, v in pairs(h) do seen[k] = v; n = n + 1 end
        return #h, n, seen.b, seen.c, seen[false], h.a, h.read, torch.type(h), type(h)
    """) == (3, 3, 7, 3, 4, None, None, "tds.Hash", "cdata")


def test_plain_tables_become_containers_and_objects_stay_what_they_are(lua: Any) -> None:
    assert lua.execute("""
        local t = torch.ones(2)
        local h = tds.Hash{list = {5, 6}, keyed = {x = {1}}, tensor = t}
        return torch.type(h.list), h.list[2], torch.type(h.keyed), torch.type(h.keyed.x),
           h.tensor == t, h.list == h.list
    """) == ("tds.Vec", 6, "tds.Hash", "tds.Vec", True, True)


def test_a_vec_inserts_removes_and_resizes(lua: Any) -> None:
    assert lua.execute("""
        local v = tds.Vec(10, 20)
        v:insert(30); v:insert(1, 5)
        local joined = v:concat(',')
        local removed = v:remove(2)
        local last = v:remove()
        v[4] = 'end'
        local n = 0
        for i, x in ipairs(v) do n = n + i end
        v:resize(1)
        return joined, removed, last, v[1], #v, v[2], n
    """) == ("5,10,20,30", 10, 30, 5, 1, None, 10)


def test_a_vec_sorts(lua: Any) -> None:
    assert lua.execute("""
        local v = tds.Vec{3, 1, 2}
        v:sort()
        local up = v:concat(' ')
        v:sort(function(a, b) return a > b end)
        return up, v:concat(' ')
    """) == ("1 2 3", "3 2 1")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("tds.Vec()[0] = 1", "whole number from 1 expected, got 0"),
        ("tds.Vec(1):insert(3, 1)", "from 1 to 2 expected, got 3"),
        ("tds.Vec(1):remove(2)", "from 1 to 1 expected, got 2"),
        ("tds.Vec(1):resize(-1)", "from 0 expected, got -1"),
        ("tds.Vec(1, nil, 2):sort()", "element 2 is nil"),
        ("tds.Hash()[nil] = 1", "key cannot be nil"),
        ("tds.Hash(3)", "a table or nothing expected, got number"),
        ("tds.Hash().x = coroutine.create(print)", "coroutine"),
    ],
)
def test_errors_say_what_is_allowed(lua: Any, code: str, told: str) -> None:
    assert told in lua.execute(f"local ok, why = pcall(function() {code} end); assert(not ok); return why")


def test_text(lua: Any) -> None:
    assert lua.execute("return tostring(tds.Hash{v = tds.Vec(1, 'two')})") == (
        "tds.Hash[1]{\nv : tds.Vec[2]{\n    1 : 1\n    2 : two\n    }\n}"
    )


def test_files_keep_identity_cycles_and_holes(lua: Any) -> None:
    assert lua.execute("""
        local h = tds.Hash{read = 1, write = 2}
        h.me, h.vec = h, tds.Vec(nil, 4, nil)
        for _, mode in ipairs {'binary', 'ascii'} do
           local r = torch.deserialize(torch.serialize({h, h}, mode), mode)
           assert(r[1] == r[2] and r[1].me == r[1] and #r[1] == 4 and r[1].read == 1 and r[1].write == 2)
           assert(#r[1].vec == 3 and r[1].vec[1] == nil and r[1].vec[2] == 4)
        end
        local long = tds.Vec()
        for i = 1, 5001 do long:insert(i) end
        local r = torch.deserialize(torch.serialize(long))
        return #r, r[5001], torch.deserialize(torch.serialize(tds.AtomicCounter(7))):get()
    """) == (5001, 5001, 7)


def test_files_of_torch7(lua: Any) -> None:
    lua.globals["folder"] = str(FILES)
    assert lua.execute("""
        local hash = torch.load(folder .. '/tds_hash.t7')
        local vec = torch.load(folder .. '/tds_vec.t7')
        local nested = torch.load(folder .. '/tds_nested.t7')
        return #hash, hash.a, hash[2], hash.t:sum(), vec:concat(' '), nested.h.x, torch.type(nested.v), nested.v[2]
    """) == (3, 1, "two", 2, "5 six", 1, "tds.Vec", 2)


def test_a_file_with_a_container_loads_without_require() -> None:
    runtime = Runtime()
    runtime.globals["path"] = str(FILES / "tds_vec.t7")
    assert runtime.execute("local v = torch.load(path); return torch.type(v), #v") == ("tds.Vec", 2)


def test_a_counter_gives_what_it_was_before(lua: Any) -> None:
    assert lua.execute("local c = tds.AtomicCounter(); c:set(3); return c:inc(), c:inc(2), c:get()") == (3, 4, 6)


def test_containers_that_are_dropped_let_go_of_their_elements(lua: Any) -> None:
    assert lua.execute("""
        local kept = setmetatable({}, {__mode = 'v'})
        do local h = tds.Hash(); h.x = function() return kept end; kept[2] = h.x end
        for _ = 1, 4 do collectgarbage() end
        return kept[2] == nil
    """)
