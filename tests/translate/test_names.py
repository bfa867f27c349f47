"""Every public name of Torch7's packages: what its translation speaks of exists, or the line is marked."""

from __future__ import annotations

import ast
import math
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import pytorch_from_lua as torch
from lua_compat.mapping.registry import REGISTRY
from lua_compat.translate import runtime, translate
from pytorch_from_lua import nn, optim

API = Path(__file__).parents[1] / "conformance" / "api"
KNOWN = {"torch": torch, "nn": nn, "optim": optim, "lua": runtime}
KNOWN |= {"math": math, "os": os, "re": re, "sys": sys, "time": time}
PARAMETERS = "abcd"
#: A value of each class of the packages; other classes are made without arguments.
MADE = {
    "torch.CmdLine": "torch.CmdLine()",
    "torch.Generator": "torch.Generator()",
    "torch.Timer": "torch.Timer()",
    "optim.ConfusionMatrix": "optim.ConfusionMatrix(10)",
    "optim.Logger": "optim.Logger('x')",
}


def names(package: str) -> list[str]:
    """The names of a package; those of the object system itself are no calls of scripts."""
    found = (API / f"{package}.txt").read_text(encoding="utf-8").split()
    return [name for name in found if not re.search(r"[:.]_", name)]


def chain(node: ast.AST) -> list[str] | None:
    """``["torch", "linalg", "norm"]`` of ``torch.linalg.norm``."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        inner = chain(node.value)
        return None if inner is None else [*inner, node.attr]
    return None


def missing(text: str) -> list[str]:
    """The names of libraries in a text that do not exist, and variables that nobody sets."""
    tree = ast.parse(text)
    lost = []
    for node in ast.walk(tree):
        parts = chain(node)
        if parts is None or parts[0] not in KNOWN or len(parts) == 1:
            continue
        value: Any = KNOWN[parts[0]]
        for part in parts[1:]:
            if not hasattr(value, part):
                lost.append(".".join(parts))
                break
            value = getattr(value, part)
    return sorted(set(lost))


def methods_missing(text: str, owner: type) -> list[str]:
    """The methods of the variable ``x`` in a text that its class does not have."""
    return sorted(
        {
            node.attr
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "x"
            and not hasattr(owner, node.attr)
        }
    )


def calls(expression: str, most: int = 4) -> list[str]:
    """Calls with none to four arguments of which nothing is known."""
    counts = range(most + 1)
    return [f"local function f(a, b, c, d) return {expression}({', '.join(PARAMETERS[:k])}) end" for k in counts]


def problem(source: str, owner: type | None = None) -> str:
    made = translate(source)
    if made.unsure:
        return ""
    lost = missing(made.text) + (methods_missing(made.text, owner) if owner is not None else [])
    return f"{source}: {lost}" if lost else ""


@pytest.mark.parametrize("package", ["torch", "nn", "optim", "image", "paths", "xlua", "sys"])
def test_functions_exist_or_are_marked(package: str) -> None:
    functions = [name for name in names(package) if ":" not in name]
    assert len(functions) > 5
    most = 1 if package == "nn" else 4
    found = [problem(code) for name in functions for code in [*calls(name, most), f"local v = {name}"]]
    assert [p for p in found if p] == []


def test_methods_of_tensors_exist_or_are_marked() -> None:
    methods = [name.partition(":")[2] for name in names("torch") if name.startswith("torch.DoubleTensor:")]
    assert len(methods) > 150
    found = []
    for name in methods:
        for code in calls(f"x:{name}"):
            found.append(problem(f"local x = torch.DoubleTensor(2, 2)\n{code}", torch.Tensor))
    assert [p for p in found if p] == []


def test_methods_of_modules_exist_or_are_marked() -> None:
    found = []
    for full in names("nn"):
        cls, _, name = full.partition(":")
        spec = REGISTRY.get(cls)
        if not name or spec is None or not spec.examples:
            continue
        for code in calls(f"x:{name}", 1):
            owner = runtime.Criterion if cls.endswith("Criterion") else spec.python
            found.append(problem(f"local x = {spec.examples[0].lua}\n{code}", owner))
    assert len(found) > 500
    assert [p for p in found if p] == []


@pytest.mark.parametrize("cls", MADE)
def test_methods_of_other_objects_exist_or_are_marked(cls: str) -> None:
    package = cls.partition(".")[0]
    owner = getattr(runtime, cls.partition(".")[2], None)
    methods = [full.partition(":")[2] for full in names(package) if full.startswith(f"{cls}:")]
    assert methods
    found = [problem(f"local x = {MADE[cls]}\n{code}", owner) for name in methods for code in calls(f"x:{name}")]
    assert [p for p in found if p] == []
