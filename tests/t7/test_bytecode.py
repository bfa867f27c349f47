"""What a dumped function says of itself, and which dumps a LuaJIT is given."""

from __future__ import annotations

import importlib

import pytest

from lua_compat import t7
from lua_compat.t7.bytecode import examine
from tests.t7.encode import CORPUS

SOURCE = """
local a, big = ...
return function(x, ...)
   local list, inner = {1, 2.5, 'three', nil, true, name = 'x', [1.5] = false}, function() return a + x end
   return x * 1e300 + #list, inner, 'text', 123456789
end"""


def dump(version: str, name: str = "@train.lua", strip: bool = False) -> bytes:
    """What that Lua dumps the function as."""
    lua = importlib.import_module(f"lupa.{version}").LuaRuntime(encoding=None)
    code = f"return string.dump(assert((loadstring or load)([[\n\n{SOURCE}]], '{name}'))(1), {str(strip).lower()})"
    found: bytes = lua.execute(code.encode())
    return found


JIT = dump("luajit21")


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("luajit21", "of train.lua:4, compiled by LuaJIT 2.1"),
        ("luajit20", "of train.lua:4, compiled by LuaJIT 2.0"),
        ("lua51", "of train.lua:4, compiled by Lua 5.1"),
        ("lua52", "compiled by Lua 5.2"),
        ("lua53", "of train.lua:4, compiled by Lua 5.3"),
        ("lua54", "of train.lua:4, compiled by Lua 5.4"),
        ("lua55", "compiled by Lua 5.5"),
    ],
)
def test_who_compiled_what(version: str, told: str) -> None:
    found = examine(dump(version), JIT[:5])
    assert str(found) == told
    other = told.split("compiled by ")[1]
    problem = None if version == "luajit21" else f"it is bytecode of {other}, and LuaJIT 2.1 runs here"
    assert found.problem == problem


@pytest.mark.parametrize("version", ["luajit21", "luajit20", "lua53", "lua54"])
def test_without_debug_information(version: str) -> None:
    found = examine(dump(version, strip=True), JIT[:5])
    assert found.source is None
    assert (found.problem is None) == (version == "luajit21")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("@dir/x.lua", "dir/x.lua"),
        ("=stdin", "stdin"),
        ("local x = 1\\nreturn x", '[string "local x = 1"]'),
        ("@" + "x" * 300, "x" * 200),
        ("=a\\27c", "a?c"),
    ],
)
def test_names_of_chunks(name: str, told: str) -> None:
    assert examine(dump("luajit21", name)).source == told


def test_another_word_size_and_another_byte_order() -> None:
    other = bytearray(JIT)
    other[4] ^= 8
    assert examine(bytes(other), JIT[:5]).problem == (
        "it is bytecode of a LuaJIT 2.1 with 32-bit references, and one with 64-bit references runs here"
    )
    assert examine(JIT, bytes(other[:5])).problem == (
        "it is bytecode of a LuaJIT 2.1 with 64-bit references, and one with 32-bit references runs here"
    )
    other[4] = JIT[4] ^ 1
    assert examine(bytes(other), JIT[:5]).problem == "it is bytecode of the other byte order, of LuaJIT 2.1"
    other[4] = JIT[4] | 32
    assert examine(bytes(other), JIT[:5]).problem == "it has flags that LuaJIT 2.1 does not know: 0x28"
    other[3] = 7
    assert (
        examine(bytes(other), JIT[:5]).problem == "it is bytecode of LuaJIT with bytecode 7, and LuaJIT 2.1 runs here"
    )


def test_a_dump_that_was_cut_anywhere_is_damaged() -> None:
    for size in range(4, len(JIT)):
        assert examine(JIT[:size]).problem is not None
    assert examine(JIT).problem is None
    assert examine(JIT + b"\0").problem == "its bytecode is damaged: 1 bytes are left over"


def test_changed_sizes_are_found() -> None:
    """Bytes of instructions and numbers may be anything; those that say how long something is may not."""
    found = 0
    for place in range(5, len(JIT)):
        for change in (1, 128):
            changed = bytearray(JIT)
            changed[place] ^= change
            found += examine(bytes(changed)).problem is not None
    assert found > len(JIT) // 4


@pytest.mark.parametrize("code", [b"", b"\x1b", b"\x1bLX\x02\x08", b"\x1bLua"])
def test_what_is_no_bytecode(code: bytes) -> None:
    assert examine(code).problem == "its code is no bytecode"


def test_numbers_without_an_end() -> None:
    assert examine(JIT[:5] + b"\xff" * 20).problem == "its bytecode is damaged: a number in it has too many digits"


def test_functions_in_the_corpus_are_for_this_luajit() -> None:
    functions = [t7.read_file(CORPUS / "t7" / "function.t7")]
    functions += [
        v for v in t7.read_file(CORPUS / "t7" / "functions_in_tables.t7").values() if isinstance(v, t7.T7Function)
    ]
    assert [(str(examine(f.code)), examine(f.code, JIT[:5]).problem) for f in functions] == [
        ("of t7_files.lua:60, compiled by LuaJIT 2.1", None),
        ("of t7_files.lua:60, compiled by LuaJIT 2.1", None),
    ]
