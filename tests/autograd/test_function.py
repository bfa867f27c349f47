"""Functions with a derivative of their own, and the checks of derivatives."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.autograd.function import Function
from pytorch_from_lua.autograd.gradcheck import gradcheck, gradgradcheck
from pytorch_from_lua.errors import AutogradError, DTypeError, ShapeError


class Both(Function):
    """``(x * y, exp(x))``; saves an input and an output."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any, scale: float = 1.0) -> Any:
        grown = x.exp()
        ctx.save_for_backward(x, y, grown)
        ctx.scale = scale
        return x * y * scale, grown

    @staticmethod
    def backward(ctx: Any, g_product: Any, g_grown: Any) -> Any:
        x, y, grown = ctx.saved_tensors
        assert ctx.needs_input_grad[0]
        return g_product * y * ctx.scale + g_grown * grown, g_product * x * ctx.scale, None


class Wrong(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 2


def leaf(*values: float, dtype: Any = np.float64) -> Any:
    t = torch.Tensor.from_array(np.array(values, dtype))
    t.requires_grad = True
    return t


def test_derivatives_of_both_orders() -> None:
    x, y = leaf(0.3, -0.7), leaf(1.1, 0.4)
    assert gradcheck(lambda a, b: Both.apply(a, b, 2.0), (x, y))
    assert gradgradcheck(lambda a, b: Both.apply(a, b, 2.0), (x, y))


def test_an_unused_output_counts_as_zeros() -> None:
    x, y = leaf(0.3), leaf(2.0)
    Both.apply(x, y, 1.0)[0].sum().backward()
    assert x.grad.tolist() == [2.0]


def test_a_dropped_output_still_counts_in_second_derivatives() -> None:
    x, y = leaf(0.3, 0.2), leaf(2.0, 3.0)
    assert gradgradcheck(lambda a: Both.apply(a, y, 1.0)[1], x)


def test_marked_outputs_carry_no_gradient() -> None:
    class Sign(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            positive = x.sign()
            ctx.mark_non_differentiable(positive)
            return x * 2, positive

        @staticmethod
        def backward(ctx: Any, g: Any, ignored: Any) -> Any:
            return g * 2

    doubled, sign = Sign.apply(leaf(-1.5))
    assert doubled.requires_grad
    assert not sign.requires_grad


def test_missing_gradients_can_stay_none() -> None:
    seen = []

    class Two(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            seen.append(b)
            return a * 2

    Two.apply(leaf(1.0))[0].sum().backward()
    assert seen == [None]


def test_the_number_of_gradients_is_checked() -> None:
    class Short(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x + y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g

    with pytest.raises(ShapeError, match="must give 2 gradients, gave 1"):
        Short.apply(leaf(1.0), leaf(2.0)).sum().backward()


def test_saved_tensors_are_watched() -> None:
    x = leaf(1.0) * 1
    y = leaf(2.0)
    product, _ = Both.apply(x, y, 1.0)
    x.add_(1)
    with pytest.raises(AutogradError, match="modified in place"):
        product.sum().backward()


def test_an_argument_given_back_keeps_its_own_history() -> None:
    class Same(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 5

    x = leaf(1.0)
    y = Same.apply(x)
    y.sum().backward()
    assert x.grad_fn is None
    assert x.grad.tolist() == [5.0]


def test_no_cycle_through_a_saved_output() -> None:
    gc.collect()
    gc.disable()
    try:
        product, grown = Both.apply(leaf(1.0), leaf(2.0), 1.0)
        (product + grown).sum().backward()
        del product, grown
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_gradcheck_finds_a_wrong_derivative() -> None:
    with pytest.raises(
        AutogradError, match=r"element 0 of output 0 with respect to input 0\[0\] is 2 by the rules and 3"
    ):
        gradcheck(Wrong.apply, leaf(1.0, 2.0))
    assert gradcheck(Wrong.apply, leaf(1.0, 2.0), raise_exception=False) is False


def test_gradgradcheck_finds_a_wrong_second_derivative() -> None:
    class Cube(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * 3 * (x * x).detach()

    assert gradcheck(Cube.apply, leaf(1.5))
    assert gradgradcheck(Cube.apply, leaf(1.5), raise_exception=False) is False


def test_gradcheck_needs_float64() -> None:
    with pytest.raises(DTypeError, match="float64"):
        gradcheck(lambda x: x * 2, leaf(1.0, dtype=np.float32))


class Answers(Function):
    """The identity, whose backward gives what it was told to."""

    @staticmethod
    def forward(ctx: Any, x: Any, answer: Any) -> Any:
        ctx.answer = answer
        return x * 1

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return ctx.answer(g), None


@pytest.mark.parametrize("answer", [lambda g: g[:2], lambda g: g.sum(), lambda g: g[:, None], lambda g: g[:1]])
def test_a_gradient_of_another_shape_is_refused(answer: Any) -> None:
    x = torch.ones(3, requires_grad=True)
    with pytest.raises(
        ShapeError, match=r"Answers.backward: gradient 0 needs shape \(3,\), got .*made at .*test_function"
    ):
        Answers.apply(x, answer).sum().backward()
    assert x.grad is None


def test_a_gradient_that_is_no_tensor_is_refused() -> None:
    x = torch.ones(3, requires_grad=True)
    with pytest.raises(DTypeError, match="gradient 0 must be a tensor or None"):
        Answers.apply(x, lambda g: 1.0).sum().backward()


def test_a_gradient_of_a_broadcast_shape_is_summed() -> None:
    x = torch.ones(3, requires_grad=True)
    Answers.apply(x, lambda g: torch.stack([g, g])).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]
