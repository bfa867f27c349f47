"""Elements chosen and written by indices and masks: errors name the argument, and leave the tensor as it was."""

from __future__ import annotations

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import DimensionError, DTypeError, RangeError, ShapeError

J, L, M = torch.tensor([2, 0]), torch.zeros(2, 2).long(), torch.tensor([True, False])

ERRORS = [
    (lambda x: x.gather(0, J), ShapeError, r"index: needs 2 dimensions, got shape \(2,\)"),
    (lambda x: x.gather(1, L + 4), DimensionError, "index: 4 is outside of dimension 1, which has size 4"),
    (lambda x: x.gather(1, L.float()), DTypeError, "index: needs integers, got float32"),
    (lambda x: x.gather(0, torch.zeros(1, 5).long()), ShapeError, r"shape \(1, 5\) does not lie within \(3, 4\)"),
    (lambda x: x.take_along_dim(J, 0), ShapeError, r"indices: needs 2 dimensions, got shape \(2,\)"),
    (lambda x: x.scatter_(0, L, x.double()), DTypeError, "src: needs float32, got float64"),
    (lambda x: x.scatter_(0, L, x[:1]), ShapeError, r"src: shape \(1, 4\) does not hold the index's shape, \(2, 2\)"),
    (lambda x: x.scatter_(0, L), DTypeError, "src: needs a tensor or a number, got None"),
    (lambda x: x.scatter_(0, L, x, reduce="max"), RangeError, "reduce: got 'max'; allowed are 'add', 'multiply'"),
    (lambda x: x.scatter_add_(0, L, 3), DTypeError, "src: needs a tensor, got int"),
    (lambda x: x.scatter_reduce_(0, L, x, "max"), RangeError, "reduce: got 'max'; allowed are 'sum', 'prod', 'mean'"),
    (lambda x: x.index_select(0, L), ShapeError, r"index: needs at most 1 dimension, got shape \(2, 2\)"),
    (lambda x: x.index_add_(0, J, x), ShapeError, r"source: needs shape \(2, 4\), got \(3, 4\)"),
    (lambda x: x.index_copy_(0, J, x.long()), DTypeError, "source: needs float32, got int64"),
    (lambda x: x.index_fill_(0, J + 1, 1), DimensionError, "index: 3 is outside of dimension 0"),
    (lambda x: x.index_reduce_(0, J, x[:2], "sum"), RangeError, "reduce: got 'sum'; allowed are 'prod', 'mean'"),
    (lambda x: x.index_put_((0,), x), DTypeError, "indices: needs a tuple of tensors"),
    (lambda x: x.index_put_((J,), x.long()), DTypeError, "values: needs float32, got int64"),
    (lambda x: x.index_put_((J,), torch.zeros(3)), ShapeError, r"\(3,\)"),
    (lambda x: x.put_(J, torch.zeros(3)), ShapeError, r"source: needs 2 elements, one an index, got shape \(3,\)"),
    (lambda x: x.put_(J + 10, torch.zeros(2)), DimensionError, r"index: 10\.\.12 does not lie within 12 elements"),
    (lambda x: x.masked_fill_(x, 1), DTypeError, "mask: needs booleans .* got float32"),
    (lambda x: x.masked_fill_(M, 1), ShapeError, r"\(2,\), \(3, 4\) do not broadcast"),
    (lambda x: x[0].masked_fill_(torch.ones(2, 4).bool(), 1), ShapeError, r"shape \(2, 4\) does not broadcast to"),
    (lambda x: x.masked_fill_(x > 0, torch.zeros(2)), ShapeError, "value: needs a number or a tensor of 0 dimensions"),
    (lambda x: x.masked_scatter_(x == 0, torch.zeros(2)), ShapeError, r"source: needs at least 12 elements, got shape"),
    (lambda x: x.fill_diagonal_(x), DTypeError, "fill_value: needs a number, got Tensor"),
    (lambda x: x[0].fill_diagonal_(1), DimensionError, "at least 2 dimensions"),
    (lambda x: x[None].fill_diagonal_(1), ShapeError, "dimensions of one size"),
    (lambda x: x[J, torch.tensor([0, 1, 2])], DimensionError, r"index: shapes \(2,\), \(3,\) do not broadcast"),
    (lambda x: torch.where(L, 1, 2), DTypeError, "condition: needs bool .* got int64"),
    (lambda x: torch.where(M, 1), DTypeError, "input, other: need both, or neither"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "says"), ERRORS)
def test_errors_name_the_argument_and_leave_the_tensor_alone(call, error, says):
    x = torch.zeros(3, 4)
    with pytest.raises(error, match=says):
        call(x)
    assert x.tolist() == torch.zeros(3, 4).tolist()


def test_the_mean_of_integers_is_rounded_down():
    x = torch.tensor([1, 5])
    assert x.scatter_reduce(0, torch.tensor([0, 0]), torch.tensor([4, 6]), "mean").tolist() == [3, 5]


def test_writing_a_recorded_number_into_integers_loses_its_history():
    x = torch.zeros(2).long()
    x[0] = torch.tensor(2.7, requires_grad=True)
    assert (x.tolist(), x.requires_grad) == ([2, 0], False)
