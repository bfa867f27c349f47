"""Dropout: noise drawn in the order of Torch7."""

from __future__ import annotations

import math

from pytorch_from_lua.autograd.engine import apply, apply_
from pytorch_from_lua.errors import DTypeError, ShapeError
from pytorch_from_lua.kernels.smooth_activation import SELU_ALPHA, SELU_SCALE
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.generator import default_generator


def _dropped(input: Tensor, p: float, training: bool, inplace: bool, shape: tuple[int, ...]) -> Tensor:
    if not 0 <= p <= 1:
        raise ShapeError(f"p: a probability lies between 0 and 1, got {p}")
    if not training or p == 0:
        return input
    if not input.dtype.is_floating_point:
        raise DTypeError(f"input: dropout needs a floating-point type, got {input.dtype.name}")
    from pytorch_from_lua.kernels.dropout import dropout_noise

    kept = default_generator.bernoulli(1 - p, shape)
    noise = Tensor.from_array(dropout_noise(kept, p, input.dtype.numpy), input)
    return apply_("mul", input, noise) if inplace else apply("mul", input, noise)  # type: ignore[no-any-return]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each element is 0 with probability ``p``, else divided by ``1 - p``; drawn in Torch7's order."""
    return _dropped(input, p, training, inplace, input.shape)


def _planes(input: Tensor, p: float, training: bool, inplace: bool, dims: int, name: str) -> Tensor:
    """One draw for each channel, of a batch or of one sample."""
    if input.ndim not in (dims + 1, dims + 2):
        raise ShapeError(f"{name}: input needs {dims + 1} or {dims + 2} dimensions, got shape {input.shape}")
    shape = input.shape[: input.ndim - dims] + (1,) * dims
    return _dropped(input, p, training, inplace, shape)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As `dropout` for whole channels of ``(N, C, L)`` or ``(C, L)``."""
    return _planes(input, p, training, inplace, 1, "dropout1d")


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As `dropout` for whole planes: one draw for each of the first two dimensions (one where there are three).

    Shapes: ``(N, C, H, W)`` or ``(C, H, W)``; the output has the input's.
    """
    lead = 1 if input.ndim == 3 else 2
    shape = input.shape[:lead] + (1,) * (input.ndim - lead)
    return _dropped(input, p, training, inplace, shape)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As `dropout` for whole volumes of ``(N, C, D, H, W)`` or ``(C, D, H, W)``."""
    return _planes(input, p, training, inplace, 3, "dropout3d")


def _alpha_dropped(input: Tensor, p: float, training: bool, inplace: bool, shape: tuple[int, ...]) -> Tensor:
    if not 0 <= p <= 1:
        raise ShapeError(f"p: a probability lies between 0 and 1, got {p}")
    if not training or p == 0:
        return input
    if not input.dtype.is_floating_point:
        raise DTypeError(f"input: alpha dropout needs a floating-point type, got {input.dtype.name}")
    lowest = -SELU_ALPHA * SELU_SCALE
    factor = 0.0 if p == 1 else 1 / math.sqrt((lowest * lowest * p + 1) * (1 - p))
    kept = default_generator.bernoulli(1 - p, shape).astype(input.dtype.numpy)
    scale = Tensor.from_array((kept * factor).astype(input.dtype.numpy), input)
    moved = ((1 - kept) * (lowest * factor) - lowest * factor * p).astype(input.dtype.numpy)
    shift = Tensor.from_array(moved, input)
    if inplace:
        return input.mul_(scale).add_(shift)
    return apply("add", apply("mul", input, scale), shift)  # type: ignore[no-any-return]


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean 0 and variance 1 behind `selu` (Klambauer et al., 2017): what is dropped becomes
    the lowest value of that function, and all is scaled and moved to make up for it.

    Shapes: any; the output has the input's.
    """
    return _alpha_dropped(input, p, training, inplace, input.shape)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """As `alpha_dropout` for whole channels of ``(N, C, ...)``."""
    if input.ndim < 2:
        raise ShapeError(f"feature_alpha_dropout: input needs shape (N, C, ...), got {input.shape}")
    shape = input.shape[:2] + (1,) * (input.ndim - 2)
    return _alpha_dropped(input, p, training, inplace, shape)
