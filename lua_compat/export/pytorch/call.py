"""Calls as Python text: on one line where they fit, else an argument a line."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytorch_from_lua.tensor import Tensor

WIDTH = 110


@dataclass(frozen=True)
class Call:
    """A call in Python, whose arguments are text or calls.

    Attributes:
        name: what is called.
        arguments: each with the name that it is given by, or None.
        bound: the name that the result is given within the call around (``name := ...``), if any.
        called: False for a mere name: what was bound before.
    """

    name: str
    arguments: tuple[tuple[str | None, str | Call], ...] = ()
    bound: str | None = None
    called: bool = True

    def __str__(self) -> str:
        said = [f"{n}={a}" if n is not None else str(a) for n, a in self.arguments]
        text = f"{self.name}({', '.join(said)})" if self.called else self.name
        return text if self.bound is None else f"{self.bound} := {text}"

    def lines(self, room: int = WIDTH) -> Iterator[str]:
        """The lines of the call, none longer than ``room`` where that can be."""
        text = str(self)
        if len(text) <= room or not self.arguments:
            yield text
            return
        yield f"{'' if self.bound is None else self.bound + ' := '}{self.name}("
        for name, argument in self.arguments:
            first = "" if name is None else f"{name}="
            width = room - 5 - len(first)
            inner = list(argument.lines(width)) if isinstance(argument, Call) else _wrapped(argument, width)
            yield "    " + first + inner[0] + ("," if len(inner) == 1 else "")
            for k, line in enumerate(inner[1:], 1):
                yield "    " + line + ("," if k == len(inner) - 1 else "")
        yield ")"

    def renamed(self, said: Callable[[str], str]) -> Call:
        """The call with other names for what is called, here and in the arguments."""
        arguments = tuple([(n, a.renamed(said) if isinstance(a, Call) else a) for n, a in self.arguments])
        return Call(said(self.name), arguments, self.bound, self.called)

    def names(self) -> Iterator[str]:
        """What is called here and in the arguments."""
        if self.called:
            yield self.name
        for _, argument in self.arguments:
            if isinstance(argument, Call):
                yield from argument.names()
            else:
                yield from re.findall(r"\btorch\b", argument)


def _wrapped(text: str, width: int) -> list[str]:
    """The text on several lines where it is a list and too long for one."""
    if len(text) <= width or not text.startswith("["):
        return [text]
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def literal(value: Any) -> str:
    """A number, string, tensor, or tuple, list or dict of them, as Python text that gives it.

    >>> literal((2, 0.5, float("inf"), "a"))
    '(2, 0.5, math.inf, "a")'
    """
    if isinstance(value, Tensor):
        dtype = "" if value.dtype.name in ("float32", "int64", "bool") else f", dtype=torch.{value.dtype.name}"
        return f"torch.tensor({literal(value.tolist())}{dtype})"
    if isinstance(value, np.generic):
        return literal(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return "math.nan" if math.isnan(value) else "math.inf" if value > 0 else "-math.inf"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + (",)" if len(value) == 1 else ")")
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, str):
        return '"' + repr(value)[1:-1].replace('"', '\\"') + '"' if "'" not in value else repr(value)
    return repr(value)
