"""Lua's patterns as regular expressions."""

from __future__ import annotations

import functools
import re

_CLASSES = {
    "a": "A-Za-z",
    "d": "0-9",
    "l": "a-z",
    "u": "A-Z",
    "w": "A-Za-z0-9",
    "x": "A-Fa-f0-9",
    "s": r" \t\n\r\f\v",
    "p": r"!-/:-@\[-`{-~",
    "c": r"\x00-\x1f\x7f",
}
_MAGIC = set("^$()%.[]*+-?")


def is_plain(pattern: str) -> bool:
    """Whether a pattern is a text without anything special in it."""
    return not _MAGIC & set(pattern)


def captures(pattern: str) -> int:
    """How many captures a pattern has."""
    count, i = 0, 0
    while i < len(pattern):
        if pattern[i] == "%":
            i += 2
            continue
        if pattern[i] == "[":
            i = _set_end(pattern, i)
            continue
        count += pattern[i] == "("
        i += 1
    return count


def _set_end(pattern: str, i: int) -> int:
    """Behind the set that begins at a place."""
    i += 1
    if i < len(pattern) and pattern[i] == "^":
        i += 1
    start = i
    while i < len(pattern) and (pattern[i] != "]" or i == start):
        i += 2 if pattern[i] == "%" else 1
    return i + 1


def _class(letter: str) -> str:
    """A character class such as ``%a``, outside of a set."""
    if letter.lower() in _CLASSES and letter.isalpha():
        inner = _CLASSES[letter.lower()]
        return f"[{inner}]" if letter.islower() else f"[^{inner}]"
    return re.escape(letter)


def _set(text: str) -> str | None:
    """A set in brackets."""
    body = text[1:-1]
    out = "["
    if body.startswith("^"):
        out += "^"
        body = body[1:]
    i = 0
    while i < len(body):
        if body[i] == "%" and i + 1 < len(body):
            letter = body[i + 1]
            if letter.lower() in _CLASSES:
                if letter.isupper():
                    return None
                out += _CLASSES[letter]
            else:
                out += "\\" + letter if not letter.isalnum() else letter
            i += 2
            continue
        out += "\\" + body[i] if body[i] in "[]\\^" else body[i]
        i += 1
    return out + "]"


@functools.lru_cache(256)
def to_regex(pattern: str) -> str | None:
    """The regular expression that finds what a pattern finds, or None where there is none.

    >>> to_regex("^(%w+)=(.*)$")
    '^([A-Za-z0-9]+)=(.*)$'
    """
    out, i, depth = [], 0, 0
    while i < len(pattern):
        ch = pattern[i]
        if ch == "^" and i == 0:
            out.append("^")
            i += 1
            continue
        if ch == "$" and i == len(pattern) - 1:
            out.append("$")
            i += 1
            continue
        if ch in "()":
            if pattern[i : i + 2] == "()":
                return None
            depth += 1 if ch == "(" else -1
            out.append(ch)
            i += 1
            continue
        if ch == "%":
            if i + 1 >= len(pattern) or pattern[i + 1] in "bf0123456789":
                return None
            one = _class(pattern[i + 1])
            i += 2
        elif ch == "[":
            end = _set_end(pattern, i)
            made = _set(pattern[i:end])
            if made is None:
                return None
            one, i = made, end
        elif ch == ".":
            one, i = ".", i + 1
        else:
            one, i = re.escape(ch) if ch in r"\{}|" + "".join(_MAGIC) else ch, i + 1
        if i < len(pattern) and pattern[i] in "*+-?":
            one += "*?" if pattern[i] == "-" else pattern[i]
            i += 1
        out.append(one)
    return "".join(out) if depth == 0 else None
