"""What a row is, and what the names in its snippets stand for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One snippet in both languages and in PyTorch, and what differs.

    A snippet is statements separated by ``; ``, the last of which is an expression: its value. Where the Lua one has
    several values, the Python one is a tuple.

    Attributes:
        lua: the snippet in Lua.
        python: the snippet in Python.
        note: what differs, for the documents.
        pytorch: the snippet in PyTorch; empty where the Python one is right there as it stands, `NO_PYTORCH` where
            PyTorch has nothing for it.
    """

    lua: str
    python: str
    note: str = ""
    pytorch: str = ""

    @property
    def in_pytorch(self) -> str | None:
        """The snippet in PyTorch; None where there is none."""
        return None if self.pytorch == NO_PYTORCH else self.pytorch or self.python


#: What stands for the PyTorch form of a row that PyTorch has nothing for.
NO_PYTORCH = "none"


#: What the names stand for, in Lua and in Python; drawn from the same random stream.
LUA_SETUP = """
torch.manualSeed(7)
local x, y = torch.randn(3, 4), torch.randn(3, 4)
local v, w = torch.randn(4), torch.randn(4)
local a = x:t() * x + torch.eye(4)
local b = torch.gt(x, 0)
local i = torch.LongTensor{3, 1}
local n = torch.LongTensor{12, 7, 5, 10}
local k = y:sub(1, 2, 1, 2)
local img = torch.rand(3, 8, 6)
"""
PYTHON_SETUP = """
import numpy as np
from pathlib import Path

torch.manual_seed(7)
x, y = torch.randn(3, 4), torch.randn(3, 4)
v, w = torch.randn(4), torch.randn(4)
a = x.t() @ x + torch.eye(4)
b = x > 0
i = torch.tensor([2, 0])
n = torch.tensor([12, 7, 5, 10])
k = y[:2, :2]
img = torch.rand(3, 8, 6)
F = torch.nn.functional
"""
