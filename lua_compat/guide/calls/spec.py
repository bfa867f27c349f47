"""Rows of `MIGRATION.md` that are calls, not classes: what stands in a row, and what a chapter of them shares."""

from __future__ import annotations

from dataclasses import dataclass

from lua_compat.guide.functions import NO_PYTORCH


@dataclass(frozen=True)
class Call:
    """One call in Lua, in Python and in PyTorch, and what differs.

    The tests run a row as it is shown: the chapter's setup, the call, and then ``value``, whose results are compared.

    Attributes:
        names: the names in Torch7 that the row is about, with a space between several: ``"nn.Module:forward"``.
        lua: an expression, or statements where ``value`` is given.
        python: the same in Python.
        pytorch: the same in PyTorch; empty where the Python one is right there as it stands, `NO_PYTORCH` where PyTorch
            has nothing for it.
        note: what differs, for the documents.
        value: the expressions whose values are compared after the call, in Lua, Python and PyTorch; the last may be
            left out where it is Python's. Without any, the call itself is compared.
    """

    names: str
    lua: str
    python: str
    pytorch: str = ""
    note: str = ""
    value: tuple[str, ...] = ()

    @property
    def in_pytorch(self) -> str | None:
        """The call in PyTorch; None where there is none."""
        return None if self.pytorch == NO_PYTORCH else self.pytorch or self.python

    @property
    def values(self) -> tuple[str, str, str]:
        """What is compared afterwards in Lua, Python and PyTorch; empty where that is the call itself."""
        if not self.value:
            return ("", "", "")
        lua, python, *rest = self.value
        return (lua, python, rest[0] if rest else python)


@dataclass(frozen=True)
class Chapter:
    """Calls that belong together, and what the names in them stand for.

    Attributes:
        title: the heading.
        about: a paragraph for the documents.
        lua: what is run before each call in Lua.
        python: the same in Python, without the imports.
        calls: the rows.
        pytorch: the same in PyTorch, where that is not what stands in Python.
    """

    title: str
    about: str
    lua: str
    python: str
    calls: tuple[Call, ...]
    pytorch: str = ""

    @property
    def in_pytorch(self) -> str:
        """What is run before each call in PyTorch, without the imports."""
        return self.pytorch or self.python


#: The imports before a chapter's setup.
PYTHON_IMPORTS = """\
import copy
import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim
"""
PYTORCH_IMPORTS = """\
import copy
import torch
from torch import nn, optim
"""
