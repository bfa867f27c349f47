"""Every case: what comes out, gradients of order one and two, element types, memory that stays as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytorch_from_lua import nn
from pytorch_from_lua.autograd import grad, gradcheck, gradgradcheck
from pytorch_from_lua.errors import AutogradError
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor
from tests.module_cases import CASES, FIRST_ORDER, NO_MODULES, WITH_MODES, Case

#: Keeps its type on purpose.
UNCHANGED = "nn.DontCast(nn.Linear(4, 2))"
IN_EACH_MODE = [pytest.param(c, t, id=f"{c}-{'training' if t else 'evaluation'}") for c in CASES for t in c.modes]


def function_of(case: Case, module: Any) -> tuple[Any, list[Tensor]]:
    """The case as a function of its inputs and parameters, and tensors to call it with."""
    count = len(case.example.inputs)
    places = [(m, name) for m in module.modules() for name, p in m._parameters.items() if p is not None]
    wanted = [Tensor.from_array(a) for a in case.arrays()]
    wanted += [Tensor.from_array(getattr(m, name).array.copy()) for m, name in places]
    for tensor in wanted:
        tensor.requires_grad = tensor.dtype.is_floating_point

    def function(*given: Tensor) -> list[Tensor]:
        for (owner, name), value in zip(places, given[count:], strict=True):
            owner._parameters[name] = value
        inputs = [x.clone() for x in given[:count]] if case.works_in_place else list(given[:count])
        return list(tree_leaves(case.run(module, case.nested(inputs))))

    return function, wanted


def test_every_public_class_has_a_case() -> None:
    covered = {c.class_name for c in CASES}
    assert set(nn.__all__) - NO_MODULES == covered
    assert covered >= FIRST_ORDER | WITH_MODES
    assert len({str(c) for c in CASES}) == len(CASES)


@pytest.mark.parametrize(("case", "training"), IN_EACH_MODE)
def test_gradients(case: Case, training: bool) -> None:
    module = case.build().train(training)
    function, wanted = function_of(case, module)
    assert gradcheck(function, wanted, raise_exception=not case.has_own_gradient) != case.has_own_gradient


@pytest.mark.parametrize(("case", "training"), IN_EACH_MODE)
def test_gradients_of_gradients(case: Case, training: bool) -> None:
    module = case.build().train(training)
    function, wanted = function_of(case, module)
    if case.class_name not in FIRST_ORDER:
        assert gradgradcheck(function, wanted, atol=1e-4)
        return
    total = sum(out.sum() for out in function(*wanted))
    with pytest.raises(AutogradError, match=r"second|again|twice|once|first"):
        grad(total, [x for x in wanted if x.requires_grad], create_graph=True)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_forward_leaves_input_and_parameters_alone_and_repeats_itself(case: Case) -> None:
    module = case.build()
    given = case.input()
    before = [x.array.copy() for x in tree_leaves(given)]
    weights = [p.array.copy() for p in module.parameters()]
    first = [t.array.copy() for t in tree_leaves(case.run(module, given))]
    assert first
    assert all(np.isfinite(a).all() for a in first)
    if not case.works_in_place:
        for x, old in zip(tree_leaves(given), before, strict=True):
            np.testing.assert_array_equal(x.array, old)
    for p, old in zip(module.parameters(), weights, strict=True):
        np.testing.assert_array_equal(p.array, old)
    again = case.run(module, case.input())
    for a, b in zip(tree_leaves(again), first, strict=True):
        np.testing.assert_array_equal(a.array, b)


@pytest.mark.parametrize("case", [c for c in CASES if "float64" not in c.python and c.python != UNCHANGED], ids=str)
def test_single_precision_stays_single(case: Case) -> None:
    doubles = case.build()
    wide = list(tree_leaves(case.run(doubles, case.input())))
    module = case.build().float()

    def narrow(t: Tensor) -> Tensor:
        return t.to("float32") if t.dtype.is_floating_point else t

    got = list(tree_leaves(case.run(module, tree_map(narrow, case.input()))))
    for g, w in zip(got, wide, strict=True):
        assert g.shape == w.shape
        assert g.dtype.name == ("float32" if w.dtype.is_floating_point else w.dtype.name)
        np.testing.assert_allclose(g.array, w.array, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_strided_inputs_count_as_their_values(case: Case) -> None:
    module = case.build()
    wanted = [t.array.copy() for t in tree_leaves(case.run(module, case.input()))]

    def strided(t: Tensor) -> Tensor:
        holder = np.zeros((*t.shape[:-1], 2 * t.shape[-1]), t.dtype.numpy)
        holder[..., ::2] = t.array
        return Tensor.from_array(holder[..., ::2])

    got = case.run(module, tree_map(strided, case.input()))
    for g, w in zip(tree_leaves(got), wanted, strict=True):
        np.testing.assert_allclose(g.array, w, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_repr_names_the_class(case: Case) -> None:
    assert f"{case.class_name}(" in repr(case.build())


def test_the_row_for_padding_gets_no_gradient() -> None:
    module = nn.Embedding(4, 2, padding_idx=1)
    module(Tensor.from_array(np.array([[0, 1], [1, 3]]))).sum().backward()
    np.testing.assert_array_equal(module.weight.grad.array, [[1, 1], [0, 0], [0, 0], [1, 1]])


def test_gradients_scaled_by_frequency_are_means() -> None:
    module = nn.Embedding(3, 2, scale_grad_by_freq=True)
    out = module(Tensor.from_array(np.array([0, 2, 0])))
    (out * Tensor.from_array(np.array([[1.0], [5.0], [3.0]], np.float32))).sum().backward()
    np.testing.assert_allclose(module.weight.grad.array, [[2, 2], [0, 0], [5, 5]])
