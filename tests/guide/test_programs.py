"""The programs that `t7 explain` prints and `MIGRATION.md` stands for: the same numbers in Lua, Python and PyTorch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from lua_compat import Runtime
from lua_compat.guide.programs import own_classes, programs, pytorch_form
from lua_compat.mapping.registry import REGISTRY
from tests.mapping.lua_side import flat, runtime
from tests.module_cases import FROM_REGISTRY, Case, doubles

#: Draw in evaluation too: from one stream in Lua and Python, from another one in PyTorch, where shapes are compared.
DRAWN = ("FractionalMaxPool",)
#: Places in single precision, distances with a small number: near, not the same.
NEAR = ("single_places=True", "grad_eps=", "Euclidean", "Cosine")


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return runtime()


@pytest.fixture(scope="module")
def in_lua(lua: Runtime) -> Any:
    kept: dict[str, list[Any]] = {}

    def run(case: Case) -> list[Any]:
        if str(case) not in kept:
            program = programs(REGISTRY[case.torch7 or ""], case.example).lua
            answer = flat(lua.execute(f"torch.manualSeed(11)\n{program}\nreturn H.flat(y)"))
            kept[str(case)] = [np.asarray(getattr(value, "array", value), np.float64) for value in answer]
        return kept[str(case)]

    return run


def leaves(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for part in value for leaf in leaves(part)]
    if isinstance(value, (int, float)):
        return [np.asarray(float(value))]
    return [np.asarray(value.array if hasattr(value, "array") else value.detach().numpy())]


def result(program: str) -> list[Any]:
    names: dict[str, Any] = {}
    exec(program, names)
    return leaves(names["y"])


def agree(got: list[Any], want: list[Any], near: bool, numbers: bool = True) -> None:
    assert len(got) == len(want) > 0
    for g, w in zip(got, want, strict=True):
        assert g.size == w.size
        assert g.shape == w.shape or g.size == 1
        if numbers:
            np.testing.assert_allclose(g.reshape(w.shape), w, rtol=1e-5 if near else 1e-9, atol=1e-6 if near else 1e-11)


@pytest.mark.parametrize("case", FROM_REGISTRY, ids=str)
def test_python_gives_what_lua_gives(case: Case, in_lua: Any) -> None:
    program = programs(REGISTRY[case.torch7 or ""], case.example).python
    with doubles():
        torch.manual_seed(11)
        mine = [case.in_lua(value) for value in result(program)]
    agree(mine, in_lua(case), any(word in case.python for word in NEAR))


@pytest.mark.peer
@pytest.mark.parametrize("case", FROM_REGISTRY, ids=str)
def test_pytorch_gives_what_lua_gives(case: Case, in_lua: Any) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    program = programs(REGISTRY[case.torch7 or ""], case.example).pytorch
    before = peer.get_default_dtype()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what its next version will do
            theirs = [case.in_lua(value) for value in result(program)]
    finally:
        peer.set_default_dtype(before)
    near, drawn = (any(word in case.python for word in words) for words in (NEAR, DRAWN))
    agree(theirs, in_lua(case), near, numbers=not drawn)


def test_classes_that_pytorch_lacks_come_with_the_program() -> None:
    spec = REGISTRY["nn.CAddTable"]
    assert own_classes(pytorch_form(spec, spec.examples[0])) == ["CAddTable"]
    assert "class CAddTable(nn.Module):" in programs(spec, spec.examples[0]).pytorch
    spec = REGISTRY["nn.Linear"]
    assert own_classes(pytorch_form(spec, spec.examples[0])) == []
    assert "class " not in programs(spec, spec.examples[0]).pytorch
