"""Running the snippets of `MIGRATION.md` in Lua, in Python and in PyTorch, and comparing what they give."""

from __future__ import annotations

import ast
import importlib
import io
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua
from lua_compat import Runtime
from lua_compat.guide.functions import LUA_SETUP, PYTHON_SETUP
from pytorch_from_lua.tensor import Storage, Tensor
from tests.module_cases import doubles

#: The modules that Python's snippets use without importing them.
MODULES = (
    *("PIL.Image", "argparse", "cProfile", "concurrent.futures", "contextlib", "glob", "importlib.util", "io"),
    *("itertools", "logging", "lua_compat", "math", "os", "pickle", "platform", "pprint", "runpy", "scipy", "shutil"),
    *("struct", "subprocess", "sys", "tempfile", "threading", "time", "unittest"),
)

#: The packages that Lua's snippets use without requiring them.
PACKAGES = ("paths", "sys", "xlua", "image", "tds", "threads")

#: The tensors that are compared after a snippet as well: both sides must have changed the same.
NAMES = ("x", "y", "v", "w")


def value_and_names(code: str, names: dict[str, Any]) -> Any:
    """The value of the last expression of the code, run with the names, which it may change."""
    body = ast.parse(code).body
    assert isinstance(body[-1], ast.Expr), code
    try:
        exec(compile(ast.Module(body[:-1], []), "<row>", "exec"), names)
        return eval(compile(ast.Expression(body[-1].value), "<row>", "eval"), names)
    finally:
        for value in names.values():
            if isinstance(value, io.IOBase):
                value.close()  # as at the end of a program


def _names(torch: Any) -> dict[str, Any]:
    """What the snippets name without saying where it is from."""
    for name in MODULES:
        importlib.import_module(name)
    names = {name.split(".")[0]: sys.modules[name.split(".")[0]] for name in MODULES}
    if torch is pytorch_from_lua:
        names |= {"kernels": pytorch_from_lua.kernels, "T": pytorch_from_lua.data.transforms.functional}
    return {"torch": torch, **names}


def python_result(code: str) -> tuple[Any, dict[str, Any]]:
    """The value of a snippet in Python, and the tensors afterwards."""
    with doubles():
        names = _names(pytorch_from_lua)
        exec(PYTHON_SETUP, names)
        value = value_and_names(code, names)
    return value, {name: names[name] for name in NAMES}


def pytorch_result(code: str) -> tuple[Any, dict[str, Any]]:
    """The same in PyTorch, on tensors of the same numbers."""
    torch = pytest.importorskip("torch")
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        names: dict[str, Any] = _names(torch)
        exec(PYTHON_SETUP, names)
        with doubles():
            given: dict[str, Any] = {"torch": pytorch_from_lua}
            exec(PYTHON_SETUP, given)
        names |= {k: torch.tensor(t.tolist()) for k, t in given.items() if isinstance(t, Tensor)}
        value = value_and_names(code, names)
    finally:
        torch.set_default_dtype(default)
    return value, {name: names[name] for name in NAMES}


def returning(lua: str) -> str:
    """The snippet as a chunk that returns the value of its last expression."""
    *statements, expression = re.split(r"; |\n", lua)
    return "\n".join([*statements, f"return {expression}"])


def lua_result(lua: Runtime, code: str) -> tuple[Any, dict[str, Any]]:
    """The value of a snippet in Lua, several as a tuple, and the tensors afterwards."""
    needed = "".join(f"local {name} = require '{name}'\n" for name in PACKAGES)
    after = f"function AFTER() return {', '.join(NAMES)} end\n"
    value = lua.execute(needed + LUA_SETUP + after + returning(code))
    return plain(lua, value), dict(zip(NAMES, lua.execute("return AFTER()"), strict=True))


def plain(lua: Runtime, value: Any) -> Any:
    """The value with lists and dicts for Lua's tables."""
    if isinstance(value, tuple):
        return tuple([plain(lua, part) for part in value])
    if lua.lua_type(value) != "table":
        return value
    keys = list(value.keys())
    if keys == list(range(1, len(keys) + 1)):
        return [plain(lua, part) for part in value.values()]
    return {key: plain(lua, part) for key, part in value.items()}


def type_name(dtype: Any) -> str:
    """The name of an element type; bits are bytes in Lua."""
    return str(dtype).split(".")[-1].replace("bool", "uint8")


@dataclass(frozen=True)
class Elements:
    """A tensor of either library."""

    kind: str
    array: np.ndarray


def comparable(value: Any) -> Any:
    """Tensors of either library as `Elements`, sequences and storages as lists, other values as they are."""
    if isinstance(value, Tensor):
        return Elements(type_name(value.dtype.name), np.asarray(value.array))
    if isinstance(value, Storage):
        return value.tolist()
    name = type(value).__name__
    if name in ("Tensor", "Parameter"):
        return Elements(type_name(value.dtype), np.asarray(value.detach().numpy()))
    if name in ("TypedStorage", "UntypedStorage"):
        return value.tolist()
    if isinstance(value, np.ndarray):
        return Elements(type_name(value.dtype), value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (tuple, list)):
        return [comparable(part) for part in value]
    if isinstance(value, Mapping):
        return {key: comparable(part) for key, part in value.items()}
    return value


def equal(one: Any, other: Any, *, same_type: bool = True, numbers: bool = True, tolerance: float = 1e-12) -> None:
    """Fails where the values differ.

    Args:
        one: a value of any of the three.
        other: a value of another of them.
        same_type: whether tensors must have one element type.
        numbers: whether numbers are compared; where not, types and shapes are.
        tolerance: of numbers, relative and absolute.
    """
    one, other = comparable(one), comparable(other)
    if isinstance(one, Elements) != isinstance(other, Elements):  # a full reduction gives a number in Lua
        one, other = [v.array.item() if isinstance(v, Elements) and not v.array.shape else v for v in (one, other)]
    how: dict[str, Any] = {"same_type": same_type, "numbers": numbers, "tolerance": tolerance}
    if isinstance(one, Elements):
        assert isinstance(other, Elements), (one, other)
        assert one.array.shape == other.array.shape
        assert not same_type or one.kind == other.kind
        if numbers:
            np.testing.assert_allclose(one.array, other.array, rtol=tolerance, atol=tolerance)
    elif isinstance(one, list):
        assert isinstance(other, list), (one, other)
        assert len(one) == len(other), (one, other)
        for a, b in zip(one, other, strict=True):
            equal(a, b, **how)
    elif isinstance(one, dict):
        assert isinstance(other, dict), (one, other)
        assert set(one) == set(other)
        for key in one:
            equal(one[key], other[key], **how)
    elif isinstance(one, (bool, str, bytes, type(None))):
        assert type(one) is type(other), (one, other)
        if numbers:
            assert one == other
    else:
        assert isinstance(one, (int, float)), one
        assert isinstance(other, (int, float)), other
        assert not isinstance(other, bool)
        if numbers:
            assert one == pytest.approx(other, rel=tolerance, abs=tolerance, nan_ok=True)
