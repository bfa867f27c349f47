"""Every derivative of the table, and its derivative, against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.autograd.gradcheck import gradcheck, gradgradcheck
from pytorch_from_lua.autograd.rule import RULES
from tests.autograd.cases import CASES, ENGINE_ONLY, Case

ALL = [pytest.param(name, case, id=f"{name}-{i}") for name, cases in CASES.items() for i, case in enumerate(cases)]
TWICE = [p for p in ALL if RULES[p.values[0]].order >= 2]


def runs(name: str, case: Case) -> Any:
    return lambda *inputs: apply(name, *inputs, **case.params)


def test_every_rule_with_a_derivative_has_a_case() -> None:
    differentiable = {name for name, rule in RULES.items() if rule.differentiable or rule.geometry is not None}
    assert differentiable - set(CASES) == ENGINE_ONLY
    assert set(CASES) - differentiable == set()


@pytest.mark.parametrize(("name", "case"), ALL)
def test_first_derivative(name: str, case: Case) -> None:
    tensors = case.tensors()
    assert any(getattr(t, "requires_grad", False) for t in tensors)
    assert gradcheck(runs(name, case), tensors)


@pytest.mark.parametrize(("name", "case"), TWICE)
def test_second_derivative(name: str, case: Case) -> None:
    assert gradgradcheck(runs(name, case), case.tensors(), atol=1e-4)


@pytest.mark.parametrize(("name", "case"), ALL)
def test_inputs_are_left_alone(name: str, case: Case) -> None:
    tensors = case.tensors()
    before = [t.array.copy() for t in tensors if hasattr(t, "array")]
    result = apply(name, *tensors, **case.params)
    result = result[0] if isinstance(result, tuple) else result
    if result.requires_grad:
        result.sum().backward()
    after = [t.array for t in tensors if hasattr(t, "array")]
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("name", "case"), ALL)
def test_float32_stays_float32(name: str, case: Case) -> None:
    tensors = [
        t.to("float32") if getattr(getattr(t, "dtype", None), "name", "") == "float64" else t for t in case.tensors()
    ]
    leaves = []
    for i, t in enumerate(tensors):
        if getattr(getattr(t, "dtype", None), "name", "") == "float32":
            tensors[i] = leaf = t.detach()
            leaf.requires_grad = True
            leaves.append(leaf)
    params = {
        k: v.astype("float32") if isinstance(v, np.ndarray) and v.dtype == np.float64 else v
        for k, v in case.params.items()
    }
    if name == "to":
        params = {"dtype": leaves[0].dtype}
    result = apply(name, *tensors, **params)
    result = result[0] if isinstance(result, tuple) else result
    assert result.dtype.name == "float32"
    result.sum().backward()
    for leaf in leaves:
        assert leaf.grad is None or leaf.grad.dtype.name == "float32"
