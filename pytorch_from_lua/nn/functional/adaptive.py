"""Pooling to a given size: over windows that share out the image, and over random ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.adaptive import average_taps, max_windows
from pytorch_from_lua.kernels.convolution_nd import each
from pytorch_from_lua.kernels.pooling_nd import fractional_windows
from pytorch_from_lua.nn.functional.pooling import max_pool2d
from pytorch_from_lua.nn.functional.shapes import image_size, real
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.generator import default_generator

#: One number for all dimensions, or one for each; None keeps the input's.
OutputSize = int | None | Sequence[int | None]


def _pairs(name: str, input: Tensor, output_size: OutputSize, dimensions: int) -> list[tuple[int, int]]:
    """(size, new size) of each dimension."""
    size = image_size(name, input, dimensions)
    given = list(output_size) if isinstance(output_size, Sequence) else [output_size]
    given = given * dimensions if len(given) == 1 else given
    if len(given) != dimensions:
        raise ShapeError(f"output_size: {name} needs a number or {dimensions}, got {output_size}")
    return [(n, n if new is None else new) for n, new in zip(size, given, strict=True)]


def _adaptive_average(name: str, input: Tensor, output_size: OutputSize, dimensions: int) -> Tensor:
    pairs = _pairs(name, input, output_size, dimensions)
    real(name, input)
    axes = tuple([(d - dimensions, average_taps(*pair)) for d, pair in enumerate(pairs)])
    return apply("resample", input, axes=axes)  # type: ignore[no-any-return]


def adaptive_avg_pool1d(input: Tensor, output_size: OutputSize) -> Tensor:
    """The means of ``output_size`` windows that share out ``(N, C, L)``.

    >>> import pytorch_from_lua as torch
    >>> adaptive_avg_pool1d(torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]]), 2).tolist()
    [[2.0, 4.0]]
    """
    return _adaptive_average("adaptive_avg_pool1d", input, output_size, 1)


def adaptive_avg_pool2d(input: Tensor, output_size: OutputSize) -> Tensor:
    """The means of windows that share out ``(N, C, H, W)``; (height, width), or None for the input's own."""
    return _adaptive_average("adaptive_avg_pool2d", input, output_size, 2)


def adaptive_avg_pool3d(input: Tensor, output_size: OutputSize) -> Tensor:
    """The means of windows that share out ``(N, C, D, H, W)``; (depth, height, width)."""
    return _adaptive_average("adaptive_avg_pool3d", input, output_size, 3)


def _adaptive_max(name: str, input: Tensor, output_size: OutputSize, return_indices: bool, dimensions: int) -> Any:
    pairs = _pairs(name, input, output_size, dimensions)
    if dimensions == 2 and all(new > 0 and size >= new and size % new == 0 for size, new in pairs):
        (high, rows), (wide, columns) = pairs
        return max_pool2d(input, (high // rows, wide // columns), return_indices=return_indices)
    values, places = apply("window_max", input, windows=tuple([max_windows(*pair) for pair in pairs]))
    return (values, places) if return_indices else values


def adaptive_max_pool1d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Any:
    """The largest elements of ``output_size`` windows that share out ``(N, C, L)``, and where they lie."""
    return _adaptive_max("adaptive_max_pool1d", input, output_size, return_indices, 1)


def adaptive_max_pool2d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Any:
    """The largest elements of windows that share out ``(N, C, H, W)``, and where they lie, as ``h W + w``."""
    return _adaptive_max("adaptive_max_pool2d", input, output_size, return_indices, 2)


def adaptive_max_pool3d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Any:
    """The largest elements of windows that share out ``(N, C, D, H, W)``, as ``(d H + h) W + w``."""
    return _adaptive_max("adaptive_max_pool3d", input, output_size, return_indices, 3)


# -- random windows ----------------------------------------------------------------------------------------------------


def fractional(
    name: str,
    input: Tensor,
    kernel_size: Any,
    output_size: Any,
    output_ratio: Any,
    samples: Tensor | None,
    dimensions: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """The values, the places, and the random numbers that the windows were made of."""
    size = image_size(name, input, dimensions)
    real(name, input)
    kernel = each(kernel_size, dimensions, "kernel_size", 1)
    if (output_size is None) == (output_ratio is None):
        raise RangeError(f"output_size, output_ratio: {name} needs one of them, got {output_size} and {output_ratio}")
    if output_size is not None:
        wanted = each(output_size, dimensions, "output_size", 1)
    else:
        ratio = (output_ratio,) * dimensions if isinstance(output_ratio, (int, float)) else tuple(output_ratio)
        if len(ratio) != dimensions or not all(0 < r < 1 for r in ratio):
            raise RangeError(f"output_ratio: needs a number or {dimensions} between 0 and 1, got {output_ratio}")
        wanted = tuple([int(n * r) for n, r in zip(size, ratio, strict=True)])
    for n, k, new in zip(size, kernel, wanted, strict=True):
        if new < 1 or new + k - 1 >= n:
            raise ShapeError(f"input: shape {input.shape} is too small for {wanted} windows of {kernel}")
    shape = (input.shape[0] if input.ndim == dimensions + 2 else 1, input.shape[-dimensions - 1], dimensions)
    if samples is None:
        samples = Tensor.from_array(default_generator.uniform(shape=shape).astype(input.dtype.numpy), input)
    elif samples.shape != shape:
        raise ShapeError(f"_random_samples: need shape {shape}, got {samples.shape}")
    drawn = np.asarray(samples.cpu().array, input.dtype.numpy)
    columns = [drawn.reshape(-1, dimensions)[:, d] for d in range(dimensions)]
    if dimensions == 2:  # the width's comes first there
        columns.reverse()
    rows = zip(columns, size, wanted, kernel, strict=True)
    values, places = apply("window_max", input, windows=tuple([fractional_windows(*row) for row in rows]))
    return values, places, samples


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest elements of windows at random distances (Graham, "Fractional Max-Pooling", 2014).

    Args:
        input: ``(N, C, H, W)``, or without the N.
        kernel_size: the windows' size, one number or (height, width).
        output_size: how many windows there are, one number or (height, width).
        output_ratio: the same as a part of the input's size, between 0 and 1; one of the two is given.
        return_indices: whether to return where they lie too, as ``h W + w``.
        _random_samples: the random numbers, ``(N, C, 2)``, for the width and the height of each plane; where None
            they are drawn as Torch7 draws them.

    Raises:
        ShapeError: the windows do not fit.
        RangeError: both or none of size and ratio are given, or a ratio is not between 0 and 1.
    """
    given = kernel_size, output_size, output_ratio, _random_samples
    values, places, _ = fractional("fractional_max_pool2d", input, *given, 2)
    return (values, places) if return_indices else values


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """As `fractional_max_pool2d` over ``(N, C, D, H, W)``; the random numbers are for depth, height and width."""
    given = kernel_size, output_size, output_ratio, _random_samples
    values, places, _ = fractional("fractional_max_pool3d", input, *given, 3)
    return (values, places) if return_indices else values
