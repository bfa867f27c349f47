"""Pieces of Python text, with what is needed to put them together: how tightly they bind, and their type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lua_compat.translate.kinds import T_ANY, T_NIL, Type

LAMBDA, IFELSE, OR, AND, NOT, COMPARE, BITS, ADD, MUL, UNARY, POWER, ATOM = range(12)


@dataclass(frozen=True)
class Py:
    """An expression in Python.

    Attributes:
        code: its text.
        level: how tightly its outermost operator binds.
        type: the type of its value, or of its first value.
        values: the types of its values where it is a tuple of several.
        parts: each of its values as an expression of its own, where they can be had so.
        star: whether it is an iterable of any number of values.
        atom: what has to be known about it beside the type.
    """

    code: str
    type: Type = T_ANY
    level: int = ATOM
    values: tuple[Type, ...] | None = None
    parts: tuple[Py, ...] | None = None
    star: bool = False
    note: Any = None

    def at(self, level: int) -> str:
        """The text, in parentheses where the place needs something that binds at least so tightly."""
        return self.code if self.level >= level else f"({self.code})"

    @property
    def simple(self) -> bool:
        """Whether it is a name or a chain of attributes, which can be said twice."""
        return all(part.isidentifier() for part in self.code.split("."))

    def typed(self, kind: Type) -> Py:
        return replace(self, type=kind)


NONE = Py("None", T_NIL)


def string(text: str) -> str:
    """A string literal with double quotes where that needs no escaping."""
    made = repr(text)
    if made[0] == "'" and '"' not in text:
        made = '"' + made[1:-1].replace("\\'", "'") + '"'
    return made


def minus_one(value: Py) -> Py:
    """The expression less 1, simplified where that is plain to see."""
    return shifted(value, -1)


def shifted(value: Py, by: int) -> Py:
    """The expression plus a whole number, simplified: ``i + 1`` less 1 is ``i``."""
    code = value.code
    if by == 0:
        return value
    if code.startswith("-") and code[1:].isdigit() and by == -1:
        return value  # it counts from the end in both
    if code.isdigit():
        return Py(str(int(code) + by), value.type, ATOM if int(code) + by >= 0 else UNARY)
    if value.level == ADD:
        for sign, factor in ((" + ", 1), (" - ", -1)):
            head, found, tail = code.rpartition(sign)
            if found and tail.isdigit() and _balanced(head):
                rest = factor * int(tail) + by
                if rest == 0:
                    level = ADD if any(s in _outer(head) for s in (" + ", " - ")) else MUL
                    return Py(head, value.type, level)
                return Py(f"{head} {'+' if rest > 0 else '-'} {abs(rest)}", value.type, ADD)
    return Py(f"{value.at(ADD)} {'+' if by > 0 else '-'} {abs(by)}", value.type, ADD)


def _balanced(code: str) -> bool:
    return code.count("(") == code.count(")") and code.count("[") == code.count("]")


def _outer(code: str) -> str:
    """The text outside of all brackets."""
    out, depth = [], 0
    for c in code:
        depth -= c in ")]}"
        if depth == 0:
            out.append(c)
        depth += c in "([{"
    return "".join(out)


def arguments(args: list[Py]) -> str:
    """A list of arguments; one that is an iterable has its star."""
    return ", ".join([f"*{a.at(ATOM)}" if a.star else a.code for a in args])
