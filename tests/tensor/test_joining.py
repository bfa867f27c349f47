"""Joins, splits and rearrangements: errors say which argument is wrong, and why."""

from __future__ import annotations

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import DimensionError, DTypeError, RangeError, ShapeError

A, V, S = torch.zeros(3, 4), torch.arange(4.0), torch.tensor(1.0)

ERRORS = [
    (lambda: torch.cat([]), ShapeError, "tensors: needs at least one"),
    (lambda: torch.cat(A), DTypeError, "tensors: needs a list or tuple of tensors, got one tensor"),
    (lambda: torch.cat([A, 3]), DTypeError, "tensors: needs tensors only, got int"),
    (lambda: torch.stack([A, V]), ShapeError, r"tensors: need one shape, got \(3, 4\), \(4,\)"),
    (lambda: torch.block_diag(torch.zeros(1, 2, 3)), ShapeError, r"at most 2 dimensions, got \(1, 2, 3\)"),
    (lambda: torch.meshgrid(V, V, indexing="yx"), RangeError, "indexing: needs 'ij' or 'xy', got 'yx'"),
    (lambda: torch.meshgrid(A), ShapeError, r"tensors: need at most 1 dimension, got \(3, 4\)"),
    (lambda: torch.meshgrid(V, V.long()), DTypeError, "one element type, got float32, int64"),
    (lambda: torch.cartesian_prod(V, S), ShapeError, r"need 1 dimension, got \(4,\), \(\)"),
    (lambda: torch.combinations(A), DimensionError, r"input: needs 1 dimension, got shape \(3, 4\)"),
    (lambda: torch.combinations(V, -1), RangeError, "r: needs at least 0, got -1"),
    (lambda: torch.vander(A), DimensionError, r"x: needs 1 dimension, got shape \(3, 4\)"),
    (lambda: torch.vander(V, -1), RangeError, "N: needs at least 0, got -1"),
    (lambda: torch.tril_indices(-1, 2), ShapeError, "row, col: must not be negative, got -1 and 2"),
    (lambda: torch.unravel_index(V, (2, 2)), DTypeError, "indices: needs integers, got float32"),
    (lambda: torch.unravel_index(torch.tensor([4]), (2, 2)), DimensionError, "indices: .*4"),
    (lambda: torch.broadcast_shapes((2,), (3,)), ShapeError, r"\(2,\), \(3,\) do not broadcast"),
    (lambda: A.tensor_split(0), ShapeError, "indices_or_sections: needs at least 1, got 0"),
    (lambda: A.tensor_split(V), DTypeError, "indices_or_sections: needs a tensor of at most 1 dimension of integers"),
    (lambda: A.hsplit(3), ShapeError, "indices_or_sections: 3 does not divide 4"),
    (lambda: A.dsplit(2), DimensionError, r"dsplit\(\) needs at least 3 dimensions, got shape \(3, 4\)"),
    (lambda: S.split(1), DimensionError, r"split\(\) needs at least 1 dimension"),
    (lambda: S.unbind(), DimensionError, r"unbind\(\) needs at least 1 dimension"),
    (lambda: V.repeat_interleave(-1), ShapeError, "repeats: .* got -1"),
    (lambda: V.repeat_interleave(torch.tensor([1, 2])), ShapeError, r"repeats: needs one number, or 4 .* got \[1, 2\]"),
    (lambda: V.repeat_interleave(V), DTypeError, "repeats: needs integers of 32 or 64 bits, got float32"),
    (lambda: V.repeat_interleave(2, output_size=7), ShapeError, "output_size: 7 is not the sum of the repeats, 8"),
    (lambda: A.flip(0, 0), DimensionError, r"dims: \(0, 0\) names a dimension twice"),
    (lambda: V.fliplr(), DimensionError, "at least 2 dimensions"),
    (lambda: S.flipud(), DimensionError, "at least 1 dimension"),
    (lambda: A.rot90(dims=(1, 1)), DimensionError, r"two different dimensions, got \(1, 1\)"),
    (lambda: V.rot90(), DimensionError, r"dims: needs two dimensions of shape \(4,\), got \(0, 1\)"),
    (lambda: A.roll((1, 2)), ShapeError, r"shifts: needs one number where dims is not given, got \(1, 2\)"),
    (lambda: A.roll((1, 2), 0), ShapeError, r"shifts, dims: need as many numbers each, got \(1, 2\) and \(0,\)"),
    (lambda: S.diag_embed(), DimensionError, "at least 1 dimension"),
    (lambda: V.diag_embed(0, 1, 1), DimensionError, "two different dimensions, got 1 and 1"),
    (lambda: A.diagonal_scatter(V), ShapeError, r"src: needs shape \(3,\), got \(4,\)"),
    (lambda: A.select_scatter(3, 0, 0), DTypeError, "src: needs a tensor, got int"),
    (lambda: A.movedim((0, 1), (1,)), DimensionError, r"source, destination: .* got \(0, 1\) and \(1,\)"),
    (lambda: V.mT, DimensionError, r"mT needs at least 2 dimensions, got shape \(4,\)"),
    (lambda: V.H, DimensionError, r"H needs 2 dimensions, got shape \(4,\)"),
    (lambda: A.squeeze((0, 0)), DimensionError, r"dim: \(0, 0\) names a dimension twice"),
    (lambda: torch.zeros(3, 3).view(torch.float64), ShapeError, "dtype: float32 as float64 needs sizes"),
    (lambda: A.t().view(torch.float64), ShapeError, "dtype: float32 as float64 needs neighbours"),
    (lambda: A.permute(0, 1, size=3), TypeError, "dims: needs sizes, or dims="),
]


@pytest.mark.parametrize(("call", "error", "says"), ERRORS)
def test_errors_name_the_argument(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_bytes_seen_as_another_type_are_the_same_memory():
    x = torch.tensor([1.0, 2.0])
    x.view(torch.int32)[1] = 0
    assert x.tolist() == [1, 0]
    assert x.view(torch.uint8).shape == (8,)
    assert torch.zeros(7, dtype=torch.uint8)[1:5].view(4).dtype is torch.uint8


@pytest.mark.parametrize("join", [torch.cat, torch.stack, torch.hstack, torch.vstack, torch.dstack, torch.concat])
def test_a_tensor_takes_the_result(join):
    out = torch.zeros(0, dtype=torch.float64)
    found = join([V, V], out=out)
    assert found is out
    assert (out.shape, out.tolist()) == (join([V, V]).shape, join([V, V]).tolist())
    with pytest.raises(DTypeError, match=f"out: {join.__name__} gives float32, which cannot be stored as int64"):
        join([V, V], out=torch.zeros(0).long())
