"""Pooling over windows."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor import Tensor

Pair = int | tuple[int, int]


def max_pool2d(
    input: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window; with ``return_indices`` also where it lies, as ``h * W + w`` in its plane."""
    both = apply(
        "max_pool2d",
        input,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        ceil_mode=ceil_mode,
    )
    return both if return_indices else both[0]


def avg_pool2d(
    input: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window; ``divisor_override`` divides the window's sum by another number.

    Raises:
        ShapeError: for ``divisor_override`` together with ``ceil_mode``.
    """
    pooled = apply(
        "avg_pool2d",
        input,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad or divisor_override is not None,
    )
    if divisor_override is None:
        return pooled  # type: ignore[no-any-return]
    if ceil_mode:
        raise ShapeError("divisor_override: cannot be given together with ceil_mode, whose last windows are smaller")
    height, width = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    return pooled * (height * width / divisor_override)  # type: ignore[no-any-return]
