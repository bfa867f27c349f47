"""Borders around planes."""

from __future__ import annotations

from lua_compat.bridge.kernels.common import exported, plane, result, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor import Tensor


def _borders(size: int, before: int, after: int) -> tuple[slice, slice]:
    """Where the kept part lies in the padded row, and in the row itself; negative borders crop."""
    length = size - max(0, -before) - max(0, -after)
    start, source = max(0, before), max(0, -before)
    return slice(start, start + length), slice(source, source + length)


def _padding(input: Tensor, left: int, right: int, top: int, bottom: int) -> tuple[tuple[int, ...], object, object]:
    plane("nn.SpatialZeroPadding", input)
    shape = input._shape
    high, wide = shape[-2] + top + bottom, shape[-1] + left + right
    if high < 1 or wide < 1:
        raise ShapeError(f"nn.SpatialZeroPadding: input has sizes {sizes(input)}, too small: output is {high}x{wide}")
    rows, columns = _borders(shape[-2], top, bottom), _borders(shape[-1], left, right)
    return (*shape[:-2], high, wide), (..., rows[0], columns[0]), (..., rows[1], columns[1])


@exported
def zero_padding_forward(output: Tensor, input: Tensor, left: int, right: int, top: int, bottom: int) -> None:
    """Planes with a border of zeros; a negative one is cut off."""
    shape, inner, source = _padding(input, left, right, top, bottom)
    out = result(output, shape)
    out[...] = 0
    out[inner] = input.array[source]


@exported
def zero_padding_backward(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, left: int, right: int, top: int, bottom: int
) -> None:
    """The gradient of that."""
    _, inner, source = _padding(input, left, right, top, bottom)
    out = result(grad_input, input._shape)
    out[...] = 0
    out[source] = grad_output.array[inner]
