"""Strings as Lua has them: what numbers look like, patterns, formats."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from lua_compat.translate.runtime.patterns import is_plain, to_regex
from lua_compat.translate.runtime.values import Error


def tostring(value: Any) -> str:
    """What Lua's ``tostring`` gives: numbers with 14 digits, whole ones without a point.

    >>> tostring(64.0), tostring(0.1), tostring(None), tostring(True)
    ('64', '0.1', 'nil', 'true')
    """
    if value is None:
        return "nil"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isinf(value) or math.isnan(value):
            return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        return f"{value:.14g}"
    return str(value)


def tonumber(value: Any, base: int = 10) -> Any:
    """The number that a string shows, or None."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        if base != 10:
            return int(text, base)
        if text.lower().startswith(("0x", "-0x")):
            return int(text, 16)
        if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(inf|nan)", text):
            return None
        found = float(text)
        return int(found) if found.is_integer() and "." not in text and "e" not in text.lower() else found
    except ValueError:
        return None


def log(value: float) -> float:
    """The natural logarithm, with -inf of 0 and nan below, as C has it."""
    if value > 0:
        return math.log(value)
    return -math.inf if value == 0 else math.nan


def round(value: float) -> int:
    """The nearest whole number; halves go away from 0, as C's ``round`` has them."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def sub(text: str, first: float, last: float = -1) -> str:
    """``text:sub(first, last)``: places count from 1, or from the end where they are negative."""
    count = len(text)
    i, j = int(first), int(last)
    if i < 0:
        i = max(count + i + 1, 1)
    elif i == 0:
        i = 1
    if j < 0:
        j = count + j + 1
    return text[i - 1 : max(j, 0)]


def _compiled(pattern: str) -> re.Pattern[str]:
    regex = to_regex(pattern)
    if regex is None:
        raise Error(
            f"the pattern {pattern!r} has something that regular expressions have not: %b, %f, () or a back reference"
        )
    return re.compile(regex, re.DOTALL)


def find(text: str, pattern: str, first: float = 1, plain: Any = False) -> tuple[Any, ...]:
    """Where a pattern is found, from 1, with its captures; Nones where it is not."""
    start = max(int(first) - 1, 0) if first > 0 else max(len(text) + int(first), 0)
    if plain or is_plain(pattern):
        place = text.find(pattern, start)
        return (None, None) if place < 0 else (place + 1, place + len(pattern))
    compiled = _compiled(pattern)
    found = compiled.search(text, start)
    if found is None:
        return (None,) * (2 + compiled.groups)
    return (found.start() + 1, found.end(), *found.groups())


def match(text: str, pattern: str, first: float = 1) -> Any:
    """What a pattern matches: the capture, or a tuple of several; None where it does not match."""
    compiled = _compiled(pattern)
    found = compiled.search(text, int(first) - 1)
    if compiled.groups > 1:
        return (None,) * compiled.groups if found is None else found.groups()
    if found is None:
        return None
    return found.group(1) if compiled.groups else found.group()


def gmatch(text: str, pattern: str) -> Iterator[Any]:
    """All matches of a pattern, as `match` gives one."""
    compiled = _compiled(pattern)
    for found in compiled.finditer(text):
        yield found.groups() if compiled.groups > 1 else found.group(1) if compiled.groups else found.group()


def gsub(text: str, pattern: str, given: Any, count: float | None = None) -> str:
    """The text with what a pattern matches replaced by a string, by what a function gives, or by a table's value."""
    compiled = _compiled(pattern)
    return compiled.sub(_replacement(given), text, 0 if count is None else int(count)) if count != 0 else text


def _replacement(given: Any) -> Callable[[re.Match[str]], str]:
    def replaced(found: re.Match[str]) -> str:
        if isinstance(given, str):
            return re.sub(r"%(.)", lambda m: _piece(found, m[1]), given)
        captured = found.groups() or (found.group(),)
        value = given(*captured) if callable(given) and not isinstance(given, dict) else given[captured[0]]
        return found.group() if value is None or value is False else tostring(value)

    return replaced


def _piece(found: re.Match[str], letter: str) -> str:
    if letter == "0" or (letter == "1" and not found.re.groups):
        return found.group()
    return found.group(int(letter)) if letter.isdigit() else letter


def format(form: str, *args: Any) -> str:
    """``string.format``."""
    given = iter(args)

    def piece(m: re.Match[str]) -> str:
        kind = m[0][-1]
        if kind == "%":
            return "%"
        value = next(given)
        if kind in "diouxXc":
            value = int(value)
        elif kind == "s":
            value = tostring(value)
        elif kind == "q":
            return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\\n") + '"'
        return str(m[0] % value)

    return re.sub(r"%[-+ #0]*\d*(?:\.\d+)?[diouxXcsqfFeEgG%]", piece, form)
