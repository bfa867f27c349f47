"""The Lua files that we ship make no global by accident: every variable is local.

LuaJIT's own view of its bytecode tells, so that code which no test runs is looked at too. A file that means to set a
global says so, with `_G.name = ...` or `rawset(_G, ...)`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lupa import luajit21

LUA = Path(__file__).parents[2] / "lua_compat"
FILES = sorted(LUA.rglob("*.lua"))

# What Lua code may read without having made it: the language, and what `th` puts in scope before a script runs.
LANGUAGE = {
    *("_G", "_VERSION", "arg", "assert", "collectgarbage", "dofile", "error", "gcinfo", "getfenv", "getmetatable"),
    *("ipairs", "load", "loadfile", "loadstring", "module", "newproxy", "next", "pairs", "pcall", "print", "rawequal"),
    *("rawget", "rawlen", "rawset", "require", "select", "setfenv", "setmetatable", "tonumber", "tostring", "type"),
    *("unpack", "xpcall", "bit", "coroutine", "debug", "io", "jit", "math", "os", "package", "string", "table"),
}
IN_SCOPE = {"torch", "paths", "sys", "xlua"}
# Globals that are made on purpose: LuaJIT's own, replaced, and what the real `th` and packages set.
MEANT = {
    "lua/torch/errors.lua": {"pcall", "xpcall"},
    "lua/th/env.lua": {"paths", "sys", "xlua"},
}
# `require 'nn'` makes the global of that name, in Torch7 and here.
PACKAGES = {"torch", "nn", "optim", "nngraph", "image", "tds", "cutorch", "cunn", "cudnn", "gnuplot", "csvigo"}

_GLOBALS_OF = """
local util = require 'jit.util'
local GGET, GSET = ...
local function name_and_code(chunk, pc)
   local instruction = util.funcbc(chunk, pc)
   return instruction and bit.band(instruction, 0xff), instruction and -bit.rshift(instruction, 16) - 1
end
-- The numbers of the two instructions, from chunks that are known to hold them.
GGET, GSET = name_and_code(loadstring 'return x', 1), name_and_code(loadstring 'x = 1', 2)
local function scan(proto, reads, writes)
   local info = util.funcinfo(proto)
   for pc = 1, info.bytecodes - 1 do
      local code, constant = name_and_code(proto, pc)
      if code == GGET then reads[util.funck(proto, constant)] = util.funcinfo(proto, pc).currentline
      elseif code == GSET then writes[util.funck(proto, constant)] = util.funcinfo(proto, pc).currentline end
   end
   for i = 1, info.children and info.gcconsts or 0 do
      local constant = util.funck(proto, -i)
      if type(constant) == 'proto' then scan(constant, reads, writes) end
   end
end
return function(source, name)
   local reads, writes = {}, {}
   scan(assert(loadstring(source, name)), reads, writes)
   return reads, writes
end
"""


@pytest.fixture(scope="module")
def globals_of() -> Any:
    """A function that returns the globals that a chunk reads and writes, each with a line."""
    scan = luajit21.LuaRuntime(unpack_returned_tuples=True, encoding="latin-1").execute(_GLOBALS_OF)

    def of(source: str, name: str = "=chunk") -> tuple[dict[str, int], dict[str, int]]:
        reads, writes = scan(source, name)
        return dict(reads), dict(writes)

    return of


def test_there_are_lua_files() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(LUA).as_posix())
def test_no_accidental_global(path: Path, globals_of: Any) -> None:
    reads, writes = globals_of(path.read_bytes().decode("latin-1"), f"@{path.name}")
    package = path.relative_to(LUA / "lua").with_suffix("").parts[0] if (LUA / "lua") in path.parents else ""
    meant = MEANT.get(path.relative_to(LUA).as_posix(), {package} & PACKAGES)
    accidental = {name: line for name, line in writes.items() if name not in meant}
    assert accidental == {}, f"{path} sets globals (name: line); make them local, or write _G.name where it is meant"
    unknown = {name: line for name, line in reads.items() if name not in LANGUAGE | IN_SCOPE | PACKAGES}
    assert unknown == {}, f"{path} reads globals that nobody makes (name: line)"


def test_the_scan_sees_into_every_function(globals_of: Any) -> None:
    reads, writes = globals_of("local a = 1\nlocal function f()\n return function() b = a + c end\nend\nreturn f")
    assert (reads, writes) == ({"c": 3}, {"b": 3})
    assert globals_of("local t = {}\nt.x = 1\n_G.y = t") == ({"_G": 3}, {})
