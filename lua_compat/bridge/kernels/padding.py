"""Borders around planes."""

from __future__ import annotations

from lua_compat.bridge.kernels.common import exported, image, plane, result, sizes
from lua_compat.bridge.kernels.volumetric_pooling import resampled_back
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import padding, resampling
from pytorch_from_lua.kernels.resampling import Axes
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


def _border(name: str, mode: str, input: Tensor, pads: tuple[int, ...]) -> Axes:
    """What puts (before, after) around each of the last dimensions, the last one's first."""
    dims = len(pads) // 2
    image(name, input, dims)
    axes = []
    for d in range(dims):
        size, before, after = input._shape[-1 - d], pads[2 * d], pads[2 * d + 1]
        try:
            axes.append((-1 - d, padding.border_taps(mode, size, before, after)))
        except ShapeError as error:
            raise ShapeError(f"{name}: input has sizes {sizes(input)}; {error.message}") from None
    return tuple(axes)


@exported
def border_forward(output: Tensor, input: Tensor, name: str, mode: str, *pads: int) -> None:
    """A border that repeats the image; ``mode`` is ``reflect`` or ``replicate``. Negative ones are cut off."""
    axes = _border(name, mode, input, pads)
    shape = list(input._shape)
    for axis, taps in axes:
        shape[axis] = taps.outputs
    resampling.resample(input.array, axes, result(output, tuple(shape)))


@exported
def border_backward(grad_input: Tensor, grad_output: Tensor, input: Tensor, name: str, mode: str, *pads: int) -> None:
    """The gradient of that."""
    resampled_back(name, grad_input, grad_output, input, _border(name, mode, input, pads))
