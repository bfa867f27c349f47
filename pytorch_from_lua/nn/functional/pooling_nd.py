"""Pooling over sequences and volumes, and by powers. Sizes are one number, or one for each dimension."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.convolution_nd import each
from pytorch_from_lua.kernels.pooling_nd import avg_pool_taps, max_pool_windows
from pytorch_from_lua.nn.functional.pooling import avg_pool2d, max_pool2d
from pytorch_from_lua.nn.functional.shapes import image_size, real
from pytorch_from_lua.tensor import Tensor

Sizes = int | tuple[int, ...]


def max_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of ``(N, C, L)``; with ``return_indices`` also where it lies.

    >>> import pytorch_from_lua as torch
    >>> max_pool1d(torch.tensor([[1.0, 4.0, 3.0, 2.0]]), 2).tolist()
    [[4.0, 3.0]]
    """
    image_size("max_pool1d", input, 1)
    (kernel,) = each(kernel_size, 1, "kernel_size", 1)
    (step,) = (kernel,) if stride is None else each(stride, 1, "stride", 1)
    (around,), (apart,) = each(padding, 1, "padding"), each(dilation, 1, "dilation", 1)
    found = max_pool2d(input.unsqueeze(-2), (1, kernel), (1, step), (0, around), (1, apart), ceil_mode, True)
    values, places = found[0].squeeze(-2), found[1].squeeze(-2)
    return (values, places) if return_indices else values


def max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of ``(N, C, D, H, W)``.

    With ``return_indices`` also where it lies in its volume, as ``(d H + h) W + w``.
    """
    size = image_size("max_pool3d", input, 3)
    kernel = each(kernel_size, 3, "kernel_size", 1)
    rows = zip(
        size,
        kernel,
        kernel if stride is None else each(stride, 3, "stride", 1),
        each(padding, 3, "padding"),
        each(dilation, 3, "dilation", 1),
        strict=True,
    )
    windows = tuple([max_pool_windows(*row, bool(ceil_mode)) for row in rows])
    values, places = apply("window_max", input, windows=windows)
    return (values, places) if return_indices else values


def _average(
    name: str,
    input: Tensor,
    dimensions: int,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    ceil_mode: bool,
    count_include_pad: bool,
    divide: bool = True,
) -> Tensor:
    size = image_size(name, input, dimensions)
    real(name, input)
    kernel = each(kernel_size, dimensions, "kernel_size", 1)
    step = kernel if stride is None else each(stride, dimensions, "stride", 1)
    rows = zip(size, kernel, step, each(padding, dimensions, "padding"), strict=True)
    taps = [avg_pool_taps(*row, bool(ceil_mode), bool(count_include_pad), divide) for row in rows]
    return apply("resample", input, axes=tuple([(d - dimensions, t) for d, t in enumerate(taps)]))  # type: ignore[no-any-return]


def avg_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of ``(N, C, L)``; see `avg_pool2d`."""
    return _average("avg_pool1d", input, 1, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of ``(N, C, D, H, W)``; ``divisor_override`` divides its sum by another number.

    Raises:
        RangeError: the divisor is 0.
    """
    if divisor_override == 0:
        raise RangeError("divisor_override: a sum cannot be divided by 0")
    divide = divisor_override is None
    found = _average("avg_pool3d", input, 3, kernel_size, stride, padding, ceil_mode, count_include_pad, divide)
    return found if divisor_override is None else found / divisor_override


# -- powers ------------------------------------------------------------------------------------------------------------


def root_of_sums(sums: Tensor, power: float) -> Tensor:
    """``sums ** (1 / power)``, whose gradient is 0 where the sum is, as in Torch7 (PyTorch has NaN there)."""
    nothing = sums == 0
    inner = sums.masked_fill(nothing, 1.0) ** (1.0 / power)
    return inner.masked_fill(nothing, 0.0)


def _lp_pool(
    dimensions: int,
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None,
    ceil_mode: bool,
) -> Tensor:
    name = f"lp_pool{dimensions}d"
    image_size(name, input, dimensions)
    real(name, input)
    if not 0 < norm_type < float("inf"):
        raise RangeError(f"norm_type: needs a number over 0, got {norm_type}")
    kernel = each(kernel_size, dimensions, "kernel_size", 1)
    count = 1
    for k in kernel:
        count *= k
    powers = input**norm_type
    if dimensions == 2:
        step = None if stride is None else each(stride, 2, "stride", 1)
        means = avg_pool2d(powers, (kernel[0], kernel[1]), None if step is None else (step[0], step[1]), 0, ceil_mode)
    else:
        means = _average(name, powers, dimensions, kernel, stride, 0, ceil_mode, True)
    return root_of_sums(means * count, norm_type)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """``(sum of x^p)^(1/p)`` over windows of ``(N, C, L)``.

    >>> import pytorch_from_lua as torch
    >>> lp_pool1d(torch.tensor([[3.0, 4.0, 0.0, 0.0]]), 2, 2).tolist()
    [[5.0, 0.0]]
    """
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """``(sum of x^p)^(1/p)`` over windows of ``(N, C, H, W)`` (Torch7's ``nn.SpatialLPPooling``)."""
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """``(sum of x^p)^(1/p)`` over windows of ``(N, C, D, H, W)``."""
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


def feature_lp_pool(input: Tensor, width: int, stride: int, power: float, dim: int = 0) -> Tensor:
    """``(sum of x^p)^(1/p)`` over windows of ``width`` features along ``dim`` (Torch7's ``nn.FeatureLPPooling``).

    >>> import pytorch_from_lua as torch
    >>> feature_lp_pool(torch.tensor([3.0, 4.0, 0.0]), 2, 1, 2).tolist()
    [5.0, 4.0]
    """
    real("feature_lp_pool", input)
    if not -input.ndim <= dim < input.ndim:
        raise ShapeError(f"dim: got {dim}, the input has shape {input.shape}")
    axis = dim if dim < 0 else dim - input.ndim
    axes = ((axis, avg_pool_taps(input.shape[axis], width, stride, divide=False)),)
    return root_of_sums(apply("resample", input**power, axes=axes), power)
