"""Convolutions."""

from __future__ import annotations

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.tensor import Tensor

Pair = int | tuple[int, int]


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation: ``(N, C, H, W)`` or ``(C, H, W)`` with ``(O, C / groups, kH, kW)``."""
    return apply(  # type: ignore[no-any-return]
        "conv2d", input, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
