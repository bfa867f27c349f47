"""Random small programs: what LuaJIT prints, the translation prints."""

from __future__ import annotations

import contextlib
import io
import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lua_compat import Runtime
from lua_compat.translate import translate
from tests.translate.test_constructs import lua, own_settings, printed_by_lua

__all__ = ["lua", "own_settings"]

NUMBERS = ("0", "1", "2", "3", "7", "10", "0.5", "2.5", "1e2", "-1", "-4", "-0.25")
POSITIVE = ("1", "2", "3", "4", "0.5", "8")
STRINGS = ("''", "'a'", "'abc'", "'x y'", '"it\'s"', "'10'", "'{z}'", "'%d'")


class Maker:
    """Makes programs.

    Args:
        chance: decides.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.names: list[str] = []

    def one(self, options: tuple[str, ...]) -> str:
        return options[self.chance.randint(0, len(options) - 1)]

    def leaf(self) -> str:
        return self.one((*NUMBERS, *self.names, *self.names))

    def number(self, depth: int = 2) -> str:
        """An expression that is a number; what it divides by is not 0, and bases of powers are positive."""
        kind = self.chance.randint(0, 13) if depth else 0
        if kind < 2:
            return self.leaf()
        inner = self.number(depth - 1)
        if kind == 2:
            return f"({inner} {self.one(('+', '-', '*'))} {self.number(depth - 1)})"
        if kind == 3:
            return f"{inner} {self.one(('+', '-', '*'))} {self.leaf()}"
        if kind == 4:
            return f"({inner}) {self.one(('/', '%'))} {self.one(POSITIVE)}"
        if kind == 5:
            return f"{self.one(POSITIVE)} ^ {self.one(('0', '2', '-1', '3'))}"
        if kind == 6:
            return f"-({inner})"
        if kind == 7:
            return f"({self.boolean()} and {inner} or {self.number(depth - 1)})"
        if kind == 8:
            return f"math.floor({inner})"
        if kind == 9:
            return f"math.max({inner}, {self.leaf()})"
        if kind == 10:
            return f"#{self.one(STRINGS)}"
        if kind == 11:
            return f"'{self.one(POSITIVE)}' {self.one(('+', '-', '*', '/', '%'))} {self.one(POSITIVE)}"
        if kind == 12:
            return f"({inner} + '{self.one(POSITIVE)}')"
        return f"tonumber('{self.one(POSITIVE)}')"

    def boolean(self, depth: int = 1) -> str:
        """A comparison, or several of them."""
        kind = self.chance.randint(0, 4) if depth else self.chance.randint(0, 1)
        if kind == 0:
            return self.one(("true", "false"))
        if kind < 3:
            return f"{self.leaf()} {self.one(('<', '<=', '>', '>=', '==', '~='))} {self.leaf()}"
        if kind == 3:
            return f"not ({self.boolean(depth - 1)})"
        return f"({self.boolean(depth - 1)} {self.one(('and', 'or'))} {self.boolean(depth - 1)})"

    def text(self) -> str:
        """An expression that is a string."""
        a, b = self.one(STRINGS), self.one(STRINGS)
        return self.one(
            (
                a,
                f"{a} .. {b}",
                f"{a} .. ({self.number()})",
                f"({a} .. {b}):upper()",
                f"({a}):sub({self.chance.randint(-3, 3)}, {self.chance.randint(-3, 3)})",
                f"({a}):rep({self.chance.randint(0, 3)})",
                f"tostring({self.boolean()})",
                f"tostring({self.number()})",
                f"string.format('%.3f|%5d', {self.number()}, {self.chance.randint(-20, 20)})",
            )
        )

    def with_name(self, name: str) -> str:
        self.names.append(name)
        made = self.number()
        self.names.remove(name)
        return made

    def loop(self) -> str:
        """A numeric loop that adds to a sum."""
        start, stop = self.chance.randint(-2, 3), self.chance.randint(-2, 5)
        step = self.one(("", ", 1", ", 2", ", -1", ", -2", ", 0.5"))
        leave = self.one(("", "if sum > 50 then break end"))
        inside = self.with_name("i")
        return f"do local sum = 0 for i = {start}, {stop}{step} do sum = sum + ({inside}) {leave} end print(sum) end"

    def tables(self) -> str:
        """A list that is filled, sorted and gone through; a table with fields."""
        items = ", ".join([self.number() for _ in range(self.chance.randint(0, 4))])
        word = self.one(("name", "class", "items", "x"))
        sort = ("table.sort(t)", "table.sort(t, function(a, b) return a > b end)", "", "table.remove(t)")
        return (
            f"do local t = {{{items}}} t[#t + 1] = {self.number()} table.insert(t, {self.number()}) {self.one(sort)} "
            f"for k, v in ipairs(t) do print(k, v) end print(#t, t[1], t[#t + 5]) "
            f"local r = {{{word} = {self.number()}, other = {self.text()}}} "
            f"r.{word} = r.{word} + 1 print(r.{word}, r.other, r.nothing) end"
        )

    def closures(self) -> str:
        """Functions that keep a variable, call themselves, give several values."""
        step = self.number()
        return (
            f"do local n = {self.one(NUMBERS)} "
            f"local function add(k) n = n + k return n, {self.boolean()} end "
            f"print(add({step})) local a = add(1) print(a, n, (add(2))) "
            f"local function fib(k) if k < 2 then return k end return fib(k - 1) + fib(k - 2) end print(fib(6)) "
            f"local made = {{}} for i = 1, 3 do made[i] = function(x) return x * i + ({step}) end end "
            f"print(made[1](2), made[3](5)) end"
        )

    def statement(self) -> str:
        kind = self.chance.randint(0, 6)
        if kind == 0:
            return f"print({self.number()}, {self.boolean()}, {self.text()})"
        if kind == 1:
            return f"if {self.boolean()} then print({self.text()}) else print({self.number()}) end"
        if kind == 2:
            name = self.one(tuple(self.names))
            return f"{name} = {self.number()} print({name})"
        if kind == 3:
            return self.loop()
        if kind == 4:
            return self.tables()
        if kind == 5:
            return self.closures()
        count = self.chance.randint(1, 4)
        return f"do local k = 0 while k < {count} do k = k + 1 print(k, {self.with_name('k')}) end end"

    def program(self) -> str:
        lines = []
        for k in range(self.chance.randint(1, 3)):
            lines.append(f"local v{k} = {self.number()}")
            self.names.append(f"v{k}")
        lines += [self.statement() for _ in range(self.chance.randint(1, 4))]
        return "\n".join([*lines, "print('end')"])


def unsigned(printed: str) -> str:
    """What is printed, with 0 for the -0 that Lua has of whole numbers too."""
    return re.sub(r"-(0(\.0+)?)(?![\w.])", r"\1", printed)


@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_random_programs_print_the_same(chance: random.Random, lua: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    code = Maker(chance).program()
    made = translate(code, "case.lua")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(made.text, "case.py", "exec"), {"__name__": "case", "__file__": "case.py"})
    wanted = printed_by_lua(code, lua, capfd)
    assert unsigned(out.getvalue()) == unsigned(wanted), f"{code}\n{made.text}"
    assert made.unsure == ()
