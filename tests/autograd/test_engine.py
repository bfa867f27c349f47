"""The graph: accumulation, freeing, hooks, in-place operations, errors, modes."""

from __future__ import annotations

import gc
import threading
import traceback
import weakref
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.autograd import enable_grad, grad, is_grad_enabled, no_grad, set_grad_enabled
from pytorch_from_lua.autograd.engine import apply, apply_, backward, register_hook, retain_grad
from pytorch_from_lua.errors import AutogradError, DTypeError, ShapeError


def leaf(values: Any, dtype: Any = np.float64) -> Any:
    t = torch.Tensor.from_array(np.array(values, dtype))
    t.requires_grad = True
    return t


def line_of(marker: str) -> int:
    with open(__file__, encoding="utf-8") as file:
        return next(i for i, text in enumerate(file, 1) if text.rstrip().endswith("# " + marker))


# -- gradients ------------------------------------------------------------------------------------------------


def test_gradients_accumulate_in_place() -> None:
    x = leaf([1.0, 2.0])
    (x * x).sum().backward()
    first = x.grad
    (x * 3).sum().backward()
    assert x.grad is first
    assert x.grad.tolist() == [5.0, 7.0]


def test_a_gradient_shares_no_memory_with_what_came_in() -> None:
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    weight = torch.Tensor.from_array(np.ones(2))
    (x + y).backward(weight)
    x.grad.array[0] = 7
    assert y.grad.tolist() == [1.0, 1.0]
    assert weight.tolist() == [1.0, 1.0]


def test_an_expanded_gradient_is_stored_densely() -> None:
    x = leaf(np.ones((2, 3)))
    x.sum().backward()
    assert x.grad.is_contiguous()
    assert x.grad.tolist() == [[1.0] * 3] * 2


def test_one_tensor_used_many_times() -> None:
    x = leaf([2.0])
    y = x * x
    z = y * y + y + x
    z.sum().backward()
    assert x.grad.tolist() == [4 * 8 + 2 * 2 + 1]


def test_broadcasting_is_undone() -> None:
    x, b = leaf(np.ones((4, 3))), leaf(np.ones((1,)))
    (x * b).sum().backward()
    assert b.grad.tolist() == [12.0]
    assert x.grad.shape == (4, 3)


def test_mixed_types_give_each_leaf_its_own() -> None:
    x, y = leaf([1.5], np.float32), leaf([2.5], np.float64)
    (x * y).sum().backward()
    assert (x.grad.dtype.name, y.grad.dtype.name) == ("float32", "float64")
    assert x.grad.tolist() == [2.5]


def test_grad_gives_gradients_of_inner_tensors_and_touches_no_leaf() -> None:
    x = leaf([2.0])
    y = x * x
    z = y * 3
    gy, gx = grad(z.sum(), [y, x])
    assert (gy.tolist(), gx.tolist(), x.grad) == ([3.0], [12.0], None)


def test_grad_of_an_unused_input() -> None:
    x, y = leaf([2.0]), leaf([1.0])
    with pytest.raises(AutogradError, match="number 1 was not used"):
        grad((x * 2).sum(), [x, y])
    assert grad((x * 2).sum(), [x, y], allow_unused=True)[1] is None


def test_backward_into_chosen_inputs_only() -> None:
    x, y = leaf([2.0]), leaf([1.0])
    backward((x * y).sum(), inputs=[x])
    assert x.grad.tolist() == [1.0]
    assert y.grad is None


def test_third_derivative() -> None:
    x = leaf([2.0])
    y = (x * x * x * x).sum()
    for expected in (32.0, 48.0, 48.0):
        (g,) = grad(y, x, create_graph=True)
        assert g.tolist() == [expected]
        y = g.sum()


def test_create_graph_through_backward() -> None:
    x = leaf([2.0])
    (x**3).sum().backward(create_graph=True)
    first = x.grad
    assert first.requires_grad
    x.grad = None
    first.sum().backward()
    assert x.grad.tolist() == [12.0]


def test_roots_must_fit() -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(AutogradError, match="one element"):
        (x * 2).backward()
    with pytest.raises(ShapeError, match="needs shape"):
        (x * 2).backward(torch.Tensor.from_array(np.ones(3)))
    with pytest.raises(AutogradError, match="does not require"):
        torch.Tensor.from_array(np.ones(1)).backward()


def test_integers_never_require_a_gradient() -> None:
    t = torch.Tensor.from_array(np.arange(3))
    with pytest.raises(DTypeError, match="int64"):
        t.requires_grad_()


def test_a_chain_of_100_000_nodes() -> None:
    x = leaf([1.0])
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert x.grad.tolist() == [1.0]
    (g,) = grad(y, x)
    assert g.tolist() == [1.0]
    del y  # freeing the chain must not recurse either


# -- freeing ---------------------------------------------------------------------------------------------------


def test_a_graph_is_used_once() -> None:
    x = leaf([2.0])
    y = (x * x).sum()
    y.backward()
    with pytest.raises(AutogradError, match="retain_graph"):
        y.backward()


def test_a_retained_graph_is_used_again() -> None:
    x = leaf([2.0])
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [8.0]


def test_a_graph_that_saved_nothing_can_be_used_again() -> None:
    x = leaf([2.0])
    y = (x + 1).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [2.0]


def test_no_cycles_are_left_behind() -> None:
    gc.collect()
    gc.disable()
    try:
        x = leaf(np.ones((3, 3)))
        y = ((x.exp() @ x).t()[0] * x.tanh()).sum()
        (g,) = grad(y, x, create_graph=True)
        held = weakref.ref(y.grad_fn)
        inner = weakref.ref(g.grad_fn)
        g.sum().backward()
        del y, g
        assert held() is None
        assert inner() is None
        assert gc.collect() == 0
    finally:
        gc.enable()


# -- modes -----------------------------------------------------------------------------------------------------


def test_no_grad_as_context_and_decorator() -> None:
    x = leaf([1.0])
    with no_grad():
        assert not is_grad_enabled()
        assert (x * 2).grad_fn is None
        with enable_grad():
            assert (x * 2).requires_grad

    @no_grad()
    def double(t: Any) -> Any:
        return t * 2

    assert not double(x).requires_grad
    assert is_grad_enabled()


def test_modes_decorate_without_parentheses() -> None:
    x = leaf([1.0])

    @no_grad
    def double(t: Any) -> Any:
        """Twice as much."""
        return t * 2

    @enable_grad
    def triple(t: Any) -> Any:
        return t * 3

    assert not double(x).requires_grad
    assert double.__doc__ == "Twice as much."
    with no_grad():
        assert triple(x).requires_grad


def test_a_decorated_generator_keeps_its_mode_to_itself() -> None:
    seen = []

    @no_grad()
    def numbers() -> Any:
        try:
            seen.append(is_grad_enabled())
            try:
                seen.append((yield 1))
            except ValueError:
                seen.append(is_grad_enabled())
            yield 2
            return "end"
        finally:
            seen.append(is_grad_enabled())

    steps = numbers()
    assert next(steps) == 1
    assert is_grad_enabled()
    assert steps.send("sent") == 2
    with pytest.raises(StopIteration, match="end"):
        next(steps)
    assert seen == [False, "sent", False]

    seen.clear()
    thrown = numbers()
    next(thrown)
    assert thrown.throw(ValueError("told")) == 2
    thrown.close()
    assert seen == [False, False, False]
    assert is_grad_enabled()


def test_set_grad_enabled_works_at_once_and_as_context() -> None:
    with set_grad_enabled(False):
        assert not is_grad_enabled()
    assert is_grad_enabled()
    set_grad_enabled(False)
    try:
        assert not is_grad_enabled()
    finally:
        set_grad_enabled(True)


def test_the_mode_is_a_threads_own() -> None:
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


# -- in place --------------------------------------------------------------------------------------------------


def test_a_saved_value_changed_in_place_is_an_error_that_names_the_line() -> None:
    x = leaf([2.0])
    y = x * 1
    z = y.exp() * y  # saved here
    apply_("add", y, 1)
    with pytest.raises(AutogradError, match=f"test_engine.py:{line_of('saved here')}.*modified in place"):
        z.sum().backward()


def test_a_value_that_nobody_saved_may_change() -> None:
    x = leaf([2.0])
    y = x * 1
    z = y * 3
    y.add_(1)
    (z + y).sum().backward()
    assert x.grad.tolist() == [4.0]


def test_in_place_history() -> None:
    x, w = leaf([2.0, 3.0]), leaf([5.0, 7.0])
    y = x * 1
    y.mul_(w)
    y.exp_()
    y.sum().backward()
    np.testing.assert_allclose(x.grad.array, w.array * np.exp(x.array * w.array))
    np.testing.assert_allclose(w.grad.array, x.array * np.exp(x.array * w.array))


def test_a_tensor_multiplied_by_itself_in_place() -> None:
    x = leaf([2.0, 3.0])
    y = x * 1
    y.mul_(y)
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 6.0]


def test_scalars_without_dimensions() -> None:
    x = leaf(2.0)
    y = (x * 3 + x).exp()
    assert y.shape == ()
    assert y.dtype.name == "float64"
    y.backward()
    np.testing.assert_allclose(x.grad.array, 4 * np.exp(8.0))


def test_a_leaf_cannot_be_changed_while_recording() -> None:
    x = leaf([2.0, 1.0])
    with pytest.raises(AutogradError, match="a leaf that requires"):
        x.add_(1)
    with pytest.raises(AutogradError, match="a view of a leaf"):
        x[0].add_(1)
    with no_grad():
        x.add_(1)
    assert x.tolist() == [3.0, 2.0]


def test_writing_through_a_view_reaches_the_base() -> None:
    x = leaf([2.0, 3.0])
    base = torch.Tensor.from_array(np.zeros((2, 2)))
    row = base[1]
    row.copy_(x * 2)
    assert base.requires_grad
    (base * torch.Tensor.from_array(np.array([[1.0, 2.0], [3.0, 4.0]]))).sum().backward()
    assert x.grad.tolist() == [6.0, 8.0]


def test_a_view_made_before_sees_what_its_base_became() -> None:
    x = leaf([2.0, 3.0])
    base = torch.Tensor.from_array(np.zeros(2))
    early = base[0:1]
    base.copy_(x)
    (early * 5).sum().backward()
    assert x.grad.tolist() == [5.0, 0.0]


def test_assignment_by_index() -> None:
    x, v = leaf([1.0, 2.0, 3.0]), leaf([9.0])
    y = x * 2
    y[1] = v[0]
    (y * y).sum().backward()
    assert x.grad.tolist() == [8.0, 0.0, 24.0]
    assert v.grad.tolist() == [18.0]


def test_a_tensor_of_one_element_is_assigned_to_an_element() -> None:
    x, v = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([5.0])
    y = x * 1
    y[0, 1] = v
    assert y.tolist() == [[1.0, 5.0], [3.0, 4.0]]
    (y * 3).sum().backward()
    assert v.grad.tolist() == [3.0]
    assert x.grad.tolist() == [[3.0, 0.0], [3.0, 3.0]]


def test_integer_targets_refuse_floats() -> None:
    t = torch.Tensor.from_array(np.arange(3))
    with pytest.raises(DTypeError):
        t.add_(1.5)


# -- hooks -----------------------------------------------------------------------------------------------------


def test_hooks_see_and_replace_gradients() -> None:
    x = leaf([1.0])
    seen = []
    y = x * 2
    handle = register_hook(y, lambda g: g * 10)
    register_hook(x, lambda g: seen.append(g.tolist()))
    (y + y).sum().backward(retain_graph=True)
    assert seen == [[40.0]]
    assert x.grad.tolist() == [40.0]
    handle.remove()
    (y + y).sum().backward()
    assert seen[1:] == [[4.0]]


def test_a_hook_must_keep_the_shape() -> None:
    x = leaf([1.0, 2.0])
    register_hook(x, lambda g: g.sum())
    with pytest.raises(ShapeError, match="shape"):
        (x * 2).sum().backward()


def test_an_exception_in_a_hook_names_the_forward_line() -> None:
    y = leaf([1.0]) * 2

    def fails(g: Any) -> None:
        raise ValueError("told by the hook")

    register_hook(y, fails)
    with pytest.raises(
        ValueError, match=r"told by the hook \(in the backward of 'mul', made at .*test_engine.py:\d+\)"
    ):
        y.sum().backward()


def test_retained_gradients_of_inner_tensors() -> None:
    x = leaf([1.0])
    y = x * 2
    retain_grad(y)
    (y * 3).sum().backward()
    assert y.grad.tolist() == [3.0]


# -- errors ----------------------------------------------------------------------------------------------------


def test_an_exception_in_backward_names_the_forward_line() -> None:
    class Failing(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            raise ZeroDivisionError("on purpose")

    x = leaf([1.0])
    y = Failing.apply(x)  # made here
    with pytest.raises(ZeroDivisionError) as caught:
        y.sum().backward()
    text = "".join(traceback.format_exception(caught.type, caught.value, caught.tb))
    assert f"test_engine.py:{line_of('made here')}" in text
    assert "on purpose" in text
    assert "Failing" in text


def test_a_node_names_its_operation_and_line() -> None:
    x = leaf([1.0])
    y = x.exp()  # named here
    assert y.grad_fn.name == "exp"
    assert repr(y.grad_fn).endswith(f"test_engine.py:{line_of('named here')}>")


def test_second_derivatives_that_do_not_exist_say_so() -> None:
    x, one = leaf([[[-1.0, -2.0]]]), np.ones(1, np.int64)
    loss = apply("ctc_loss", x, targets=one[None], input_lengths=one, target_lengths=one, blank=0).sum()
    with pytest.raises(AutogradError, match=r"'ctc_loss' .* once only"):
        grad(loss, x, create_graph=True)


# -- promotion -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("int64", "float32", "float32"),
        ("uint8", "int8", "int16"),
        ("bool", "int32", "int32"),
        ("float16", "float32", "float32"),
        ("int64", 2, "int64"),
        ("int64", 2.5, "float32"),
        ("float64", 2.5, "float64"),
        ("float16", 2.5, "float16"),
        ("bool", 2, "int64"),
        (2, "uint8", "uint8"),
    ],
)
def test_the_type_of_a_sum(a: Any, b: Any, expected: str) -> None:
    operands = [torch.Tensor.from_array(np.ones(2, v)) if isinstance(v, str) else v for v in (a, b)]
    assert apply("add", *operands).dtype.name == expected


def test_zero_dimensional_tensors_do_not_widen() -> None:
    x = torch.Tensor.from_array(np.ones(2, np.float32))
    s = torch.Tensor.from_array(np.ones((), np.float64))
    assert apply("add", x, s).dtype.name == "float32"
    assert apply("add", s, x).dtype.name == "float32"


def test_division_and_functions_of_integers_are_floats() -> None:
    x = torch.Tensor.from_array(np.array([1, 2]))
    assert apply("div", x, x).dtype.name == "float32"
    assert apply("exp", x).dtype.name == "float32"
    assert apply("neg", x).dtype.name == "int64"


def test_division_by_zero_is_silent() -> None:
    x = torch.Tensor.from_array(np.array([1.0, 0.0]))
    assert repr(apply("div", x, 0.0).tolist()) == "[inf, nan]"
    assert repr(apply("log", x).tolist()) == "[0.0, -inf]"
