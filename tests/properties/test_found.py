"""What the drawn inputs found, each as a plain example."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import DTypeError, ShapeError, StorageError


@pytest.mark.parametrize(("dtype", "step"), [("float32", 4), ("int32", 4), ("float64", 8), ("int64", 8)])
def test_neg_in_place_with_steps(dtype: str, step: int) -> None:
    """numpy 2.4.6's negative() with ``out`` reads its neighbours there."""
    base = torch.arange(1, 4 * step + 1, dtype=dtype)
    base[::step].neg_()
    want = np.arange(1, 4 * step + 1)
    want[::step] *= -1
    assert base.tolist() == want.tolist()


@pytest.mark.parametrize(
    "write",
    [
        lambda t: t.add_(1),
        lambda t: t.exp_(),
        lambda t: t.zero_(),
        lambda t: t.copy_(torch.ones(2, 3)),
        lambda t: t.uniform_(),
        lambda t: t.__setitem__(0, 1.0),
        lambda t: t.masked_fill_(torch.ones(2, 3).bool(), 1),
    ],
)
def test_an_expanded_tensor_is_not_written(write: Any) -> None:
    base = torch.tensor([[5.0], [6.0]])
    with pytest.raises(StorageError, match=r"dimension \d of shape .* is expanded"):
        write(base.expand(2, 3))
    assert base.tolist() == [[5.0], [6.0]]
    assert base._version == 0


def test_one_element_of_an_expanded_tensor_is_written() -> None:
    base = torch.zeros(2, 1)
    base.expand(2, 3)[1, 2] = 7
    assert base.tolist() == [[0.0], [7.0]]


@pytest.mark.parametrize("name", ["addcmul_", "addcdiv_", "lerp_"])
def test_a_larger_result_is_not_stored_in_a_smaller_tensor(name: str) -> None:
    x = torch.tensor(1.0)
    with pytest.raises(ShapeError, match=r"shape \(1,\) does not fit shape \(\)"):
        getattr(x, name)(torch.ones(1), torch.ones(1))
    assert x.item() == 1
    assert x._version == 0


def test_a_view_of_windows_that_overlap_has_its_gradient_once() -> None:
    x = torch.zeros(5, requires_grad=True)
    windows = x.as_strided((2, 2), (2, 2), 0)  # the elements 0, 2 and 2, 4
    windows.t().backward(torch.tensor([[1.0, 10.0], [100.0, 1000.0]]))
    assert x.grad.tolist() == [1.0, 0.0, 110.0, 0.0, 1000.0]


def test_the_gradient_of_a_gradient_through_windows_that_overlap() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    windows = x.as_strided((2, 2), (1, 1), 0)
    (first,) = torch.autograd.grad((windows.t() ** 3).sum(), x, create_graph=True)
    assert first.tolist() == [3.0, 24.0, 27.0]
    first.sum().backward()
    assert x.grad.tolist() == [6.0, 24.0, 18.0]


def test_windows_that_overlap_changed_in_place_through_a_view() -> None:
    x = torch.ones(3, requires_grad=True)
    windows = (x * 1).as_strided((2, 2), (1, 1), 0)  # the elements 0, 1 and 1, 2
    windows[0].mul_(5)
    windows.backward(torch.tensor([[1.0, 10.0], [100.0, 1000.0]]))
    assert x.grad.tolist() == [5.0, 550.0, 1000.0]


def test_take_with_one_index_copies() -> None:
    x = torch.tensor([1.0, 2.0])
    x.take(torch.tensor(1)).fill_(9)
    assert x.tolist() == [1.0, 2.0]


def test_nonzero_without_dimensions() -> None:
    assert torch.tensor(3.0).nonzero().shape == (1, 0)
    assert torch.tensor(0.0).nonzero().shape == (0, 0)


def test_addbmm_keeps_the_element_type() -> None:
    ones = torch.ones(2, 2, 2, dtype="int32")
    assert ones[0].addbmm(ones, ones).dtype is torch.int32


def test_sums_are_not_stored_in_booleans() -> None:
    x = torch.tensor([True, True])
    with pytest.raises(DTypeError, match="int64 cannot be stored as bool"):
        x.cumsum_(0)
    assert x.tolist() == [True, True]


def test_the_variance_of_one_element_is_nan_without_a_warning() -> None:
    x = torch.tensor([[3.0], [4.0]])
    assert np.isnan(x.var(1).numpy()).all()
    assert np.isnan(x.std(1, keepdim=True).numpy()).all()
    assert torch.tensor([1.0, 2.0]).var(correction=2).item() == np.inf


def test_softmax_of_no_dimensions_and_of_no_elements() -> None:
    assert torch.tensor(3.0).softmax(0).item() == 1
    assert torch.tensor(3.0).log_softmax(-1).item() == 0
    assert torch.zeros(2, 0).softmax(1).shape == (2, 0)


def test_a_wider_operand_is_not_narrowed_before_it_is_used() -> None:
    x = torch.zeros(1)
    x *= torch.tensor([1e300], dtype="float64")
    assert x.tolist() == [0.0]
    assert x.dtype is torch.float32


def test_a_diagonal_does_not_spread_infinity() -> None:
    assert torch.tensor([float("inf"), 1.0]).diag().tolist() == [[float("inf"), 0.0], [0.0, 1.0]]
