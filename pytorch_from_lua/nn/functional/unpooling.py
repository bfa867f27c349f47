"""What undoes max pooling: each element goes back to where it was found, all else is 0."""

from __future__ import annotations

from collections.abc import Sequence

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DTypeError, ShapeError
from pytorch_from_lua.kernels.convolution_nd import each
from pytorch_from_lua.nn.functional.shapes import image_size
from pytorch_from_lua.tensor import Tensor

Sizes = int | tuple[int, ...]


def _unpool(
    dimensions: int,
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    output_size: Sequence[int] | None,
) -> Tensor:
    name = f"max_unpool{dimensions}d"
    size = image_size(name, input, dimensions)
    if not isinstance(indices, Tensor) or indices.dtype.name != "int64":
        given = indices.dtype.name if isinstance(indices, Tensor) else type(indices).__name__
        raise DTypeError(f"indices: {name} needs places of type int64, got {given}")
    kernel = each(kernel_size, dimensions, "kernel_size", 1)
    step = kernel if stride is None else each(stride, dimensions, "stride", 1)
    around = each(padding, dimensions, "padding")
    usual = [(n - 1) * s - 2 * p + k for n, s, p, k in zip(size, step, around, kernel, strict=True)]
    wanted = usual if output_size is None else [int(n) for n in output_size][-dimensions:]
    if len(wanted) != dimensions:
        raise ShapeError(f"output_size: {name} needs {dimensions} sizes, got {output_size}")
    for n, u, s in zip(wanted, usual, step, strict=True):
        if n < 1 or (output_size is not None and not u - s < n < u + s):
            raise ShapeError(f"output_size: {wanted} is not what could have been pooled; it is {usual} by default")
    return _placed(input, indices, tuple(wanted))


def _placed(input: Tensor, indices: Tensor, size: tuple[int, ...]) -> Tensor:
    shape = (*input.shape[: input.ndim - len(size)], *size)
    return apply("place_planes", input, index=indices.array, shape=shape, dims=len(size))  # type: ignore[no-any-return]


def place_elements(input: Tensor, indices: Tensor, size: tuple[int, ...]) -> Tensor:
    """Zeros with images of ``size``, with each element of the input at its place.

    Raises:
        ShapeError: the places have another shape than the input.
        RangeError: a place lies outside.
    """
    image_size("place_elements", input, len(size))
    return _placed(input, indices, size)


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """What undoes `max_pool1d`: see `max_unpool2d`.

    Shapes: input and indices ``(N, C, L)`` or ``(C, L)``.

    >>> import pytorch_from_lua as torch
    >>> y, places = torch.nn.functional.max_pool1d(torch.tensor([[1.0, 4.0, 3.0, 2.0]]), 2, return_indices=True)
    >>> max_unpool1d(y, places, 2).tolist()
    [[0.0, 4.0, 3.0, 0.0]]
    """
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """What undoes `max_pool2d`: zeros, with each element at its place.

    Args:
        input: ``(N, C, H, W)``, or without the N.
        indices: the places that the pooling returned, int64, same shape.
        kernel_size: the windows of the pooling.
        stride: its step; None is the windows' size.
        padding: its padding.
        output_size: the size of what was pooled; None is ``(H - 1) stride - 2 padding + kernel_size``.

    Raises:
        ShapeError: the sizes do not fit together.
        RangeError: a place lies outside.
    """
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """What undoes `max_pool3d`: see `max_unpool2d`.

    Shapes: input and indices ``(N, C, D, H, W)`` or ``(C, D, H, W)``.
    """
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)
