"""Lua tables made by the thousand are those that are made one by one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lua_compat.bridge.runtime import Runtime
from lua_compat.t7 import bulk, scanner
from lua_compat.t7 import reader as reader_module
from tests.t7 import encode as e
from tests.t7.graphs import KEYS, LEAVES, MALFORMED, NUMBERS, STRINGS, file_of, large_files, listed
from tests.t7.test_bulk import SCANNERS

# All of a value as text: each table once, with a number; numbers to the last bit; entries in the order of their keys'
# text, for Lua's own order depends on which strings it has seen before.
DUMP = r"""
require 'tds'
local ffi = require 'ffi'
local function bits(x)
   if x ~= x then return 'nan' end
   return tostring(ffi.cast('uint64_t *', ffi.new('double[1]', x))[0])
end
local function dump(value, out, numbered)
   local kind = torch.typename(value) or type(value)
   if kind == 'number' then out[#out + 1] = bits(value)
   elseif kind == 'string' then out[#out + 1] = ('%q'):format(value)
   elseif kind == 'table' or kind == 'tds.Hash' or kind == 'tds.Vec' then
      local name = kind == 'table' and value or ('%p'):format(value)
      if numbered[name] then
         out[#out + 1] = 'again ' .. numbered[name]
         return
      end
      numbered.count = numbered.count + 1
      numbered[name] = numbered.count
      out[#out + 1] = kind .. '{'
      local keys, at = {}, {}
      for key in pairs(value) do
         local text = {}
         dump(key, text, {count = 0}) -- a key may be a table: its number is not to depend on Lua's order
         keys[#keys + 1] = key
         at[key] = table.concat(text, ' ')
      end
      table.sort(keys, function(a, b) return at[a] < at[b] end)
      for _, key in ipairs(keys) do
         dump(key, out, numbered)
         dump(value[key], out, numbered)
      end
      out[#out + 1] = '}'
   elseif kind == 'torch.DoubleStorage' then out[#out + 1] = kind .. value:size() .. value[2]
   else out[#out + 1] = tostring(value) end
end
local function dumped(value)
   local out = {}
   dump(value, out, {count = 0})
   return table.concat(out, ' ')
end
local function load(text)
   local ok, value = pcall(torch.deserialize, text)
   return ok and dumped(value) or 'error: ' .. value
end
local function load_file(path)
   local ok, value = pcall(torch.load, path)
   return ok and dumped(value) or 'error: ' .. value
end
local function load_all(path)
   local file, found = torch.DiskFile(path, 'r'):binary(), {}
   repeat
      local ok, value = pcall(file.readObject, file)
      found[#found + 1] = ok and value or nil
   until not ok
   return dumped(found)
end
return load, load_file, load_all
"""

LUA = Runtime()
LOAD, LOAD_FILE, LOAD_ALL = LUA.execute(DUMP)


def one_by_one(load: Any, given: Any) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "read_simple_values", lambda *args: False)
        return LUA.call(load, given)


def in_bulk(load: Any, given: Any, scan: scanner.Scanner, after: int) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk.s, "scanner", lambda: scan)
        patch.setattr(bulk, "WORTH_IT_BYTES", 0)
        patch.setattr(bulk, "WORTH_IT_VALUES", after)
        return LUA.call(load, given)


def check(data: bytes) -> str:
    expected = one_by_one(LOAD, data)
    for scan in SCANNERS:
        for after in (1, 5):
            assert in_bulk(LOAD, data, scan, after) == expected
    return expected


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    entries = st.lists(st.tuples(KEYS, inner), max_size=6).map(lambda some: [x for entry in some for x in entry])
    return st.tuples(st.just("table"), entries)


# A tds container copies the tables that are put into it, so that a cycle through it has no end: it holds no references.
PLAIN = st.booleans() | NUMBERS | STRINGS
HASHES = st.lists(st.tuples(PLAIN.filter(lambda v: v == v), PLAIN), max_size=5).map(
    lambda some: ("hash", [x for entry in some for x in entry])
)
VECS = st.lists(PLAIN | HASHES | st.just(("vec", [1.0])) | st.just(("table", [1.0, "a", 2.0, "b"])), max_size=6)
TDS = HASHES | VECS.map(lambda some: ("vec", some))
RAW = st.sampled_from([("raw", data) for data in MALFORMED.values()])
MANY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(st.recursive(LEAVES | TDS, containers, max_leaves=30))
def test_any_values(value: Any) -> None:
    assert not check(file_of([value])).startswith("error")


@MANY
@given(st.recursive(LEAVES | TDS | RAW, containers, max_leaves=20), st.data())
def test_files_with_something_malformed(value: Any, data: Any) -> None:
    whole = file_of([value])
    check(whole)
    check(whole[: data.draw(st.integers(1, len(whole)))])


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_what_is_malformed_is_refused(name: str) -> None:
    at_the_end = e.table(1, e.number(1), e.TRUE, e.number(2), MALFORMED[name])
    eight_byte_longs = e.storage(3, "torch.DoubleStorage", np.arange(3.0))
    assert "at byte" in check(e.table(2, e.string("a"), eight_byte_longs, e.FALSE, at_the_end))


@pytest.mark.parametrize("name", sorted(large_files()))
def test_large_files(name: str, tmp_path: Path) -> None:
    path = tmp_path / "large.t7"
    data = large_files()[name]
    path.write_bytes(data)
    expected = one_by_one(LOAD_FILE, os.fspath(path))
    assert not expected.startswith("error")
    assert LUA.call(LOAD_FILE, os.fspath(path)) == expected
    assert in_bulk(LOAD, data, SCANNERS[2], 5) == expected


def test_values_one_after_another_share_their_tables(tmp_path: Path) -> None:
    path = tmp_path / "several.t7"
    shared = listed([("table", ["n", float(i)]) for i in range(2000)])
    path.write_bytes(file_of([shared, listed([("again", i) for i in range(1500)]), ("again", 7), -0.0, "end"]))
    expected = one_by_one(LOAD_ALL, os.fspath(path))
    assert LUA.call(LOAD_ALL, os.fspath(path)) == expected
    for scan in SCANNERS:
        assert in_bulk(LOAD_ALL, os.fspath(path), scan, 5) == expected


def test_a_table_of_many_numbers() -> None:
    entries = [x for i in range(5000) for x in (float(i * 7919 % 5003), i * 0.5)]
    assert LUA.call(LOAD, file_of([("table", entries)])) == one_by_one(LOAD, file_of([("table", entries)]))
