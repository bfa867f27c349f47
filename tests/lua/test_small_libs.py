"""md5, class and env."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from lua_compat import Runtime


@pytest.fixture
def lua(runtime: Any) -> Any:
    runtime.execute("package.loaded.class = nil")
    return runtime


@pytest.fixture(scope="module")
def runtime() -> Any:
    return Runtime()


def test_digests(lua: Any) -> None:
    assert lua.execute("""
        local md5 = require 'md5'
        return md5.sumhexa('hello'), md5.sumhexa(''), md5.sumhexa('\\255\\0'), md5.sum('a'):byte(1), #md5.sum('a'),
           md5.exor('abc', 'ABC')
    """) == (
        hashlib.md5(b"hello").hexdigest(),
        "d41d8cd98f00b204e9800998ecf8427e",
        hashlib.md5(b"\xff\0").hexdigest(),
        hashlib.md5(b"a").digest()[0],
        16,
        "   ",
    )


def cipher(message: bytes, key: bytes, seed: bytes) -> bytes:
    block, result = seed.ljust(16, b"\0"), b""
    for i in range(0, len(message), 16):
        stream = hashlib.md5(block + key).digest()
        piece = bytes(a ^ b for a, b in zip(message[i : i + 16], stream, strict=False))
        block, result = piece + block[len(piece) :], result + piece
    return bytes([len(seed)]) + seed + result


@pytest.mark.parametrize("length", [0, 5, 16, 40])
def test_what_was_enciphered_comes_back(lua: Any, length: int) -> None:
    lua.globals["message"] = "x" * length
    hexadecimal, again, other = lua.execute("""
        local md5 = require 'md5'
        local text = md5.crypt(message, 'key', 'seed')
        local digits = text:gsub('.', function(c) return ('%02x'):format(c:byte()) end)
        return digits, md5.decrypt(text, 'key'), md5.decrypt(md5.crypt(message, 'key'), 'key')
    """)
    assert hexadecimal == cipher(b"x" * length, b"key", b"seed").hex()
    assert again == other == "x" * length


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("md5.sum()", "bad argument #1 to 'sum' (string expected, got no value)"),
        ("md5.exor('a', 'ab')", "bad argument #2 to 'exor' (lengths must be equal)"),
        ("md5.crypt('a', ('k'):rep(257))", "key too long (> 256)"),
        ("md5.decrypt('', 'k')", "bad argument #1 to 'decrypt' (invalid cyphered string)"),
        ("class('A'); class('A')", "class <A> already exists"),
        ("class('B', 'None')", "parent class <None> does not exist"),
        ("class.factory('None')", "unknown class <None>"),
        ("class()", "class: the name must be a string, got nil"),
    ],
)
def test_errors(lua: Any, call: str, why: str) -> None:
    lua.execute("md5, class = require 'md5', require 'class'")
    told = lua.execute(f"local ok, why = pcall(function() {call} end); assert(not ok); return why")
    assert told.endswith(why)


def test_classes(lua: Any) -> None:
    assert lua.execute("""
        local class = require 'class'
        local A = class('A')
        function A:__init(stuff) self.stuff = stuff end
        function A:run() return 'A ' .. self.stuff end
        local B = class.new('B', 'A')
        function B:__init(stuff) A.__init(self, stuff .. '!') end
        local C = class('C', 'B')
        function C:run() return 'C, ' .. A.run(self) end
        local a, b, c, bare = A('x'), B('y'), C.new('z'), class.factory('C')
        return a:run(), b:run(), c:run(), bare.stuff, class.metatable('B') == getmetatable(b), class.metatable('nope')
    """) == ("A x", "A y!", "C, A z!", None, True, None)


def test_types_of_classes(lua: Any) -> None:
    assert lua.execute("""
        local class = require 'class'
        local A, B = class('A'), class('B', 'A')
        local a, b = A(), B()
        return class.type(b), class.istype(b, 'A'), class.istype(b, 'B'), class.istype(a, 'B'),
           class.istype(b, 'table'), class.type(3),
           class.istype('s', 'string'), class.istype(3, 'A'), class.type({}), class.type(torch.ones(1))
    """) == ("B", True, True, False, False, "number", True, False, "table", "torch.DoubleTensor")


def test_metamethods_of_classes(lua: Any) -> None:
    assert (
        lua.execute("""
        local A = require('class')('Vector')
        function A:__init(x) self.x = x end
        function A.__add(a, b) return A(a.x + b.x) end
        function A:__tostring() return 'vector ' .. self.x end
        return tostring(A(1) + A(2))
    """)
        == "vector 3"
    )


def test_env_sets_print(lua: Any, capfd: pytest.CaptureFixture[str]) -> None:
    assert lua.execute("""
        print = print_old
        local env = require 'env'
        env.print({1})
        io.flush()
        return print_new == env.print, type(print_old), setprintlevel == env.setprintlevel
    """) == (True, "function", True)
    assert capfd.readouterr().out == "{\n  1 : 1\n}\n"
