"""Dropout: noise drawn in the order of Torch7."""

from __future__ import annotations

from pytorch_from_lua.autograd.engine import apply, apply_
from pytorch_from_lua.errors import DTypeError, ShapeError
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
    noise = Tensor.from_array(dropout_noise(kept, p, input.dtype.numpy))
    return apply_("mul", input, noise) if inplace else apply("mul", input, noise)  # type: ignore[no-any-return]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each element is 0 with probability ``p``, else divided by ``1 - p``; drawn in Torch7's order."""
    return _dropped(input, p, training, inplace, input.shape)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As `dropout` for whole planes: one draw for each of the first two dimensions (one where there are three)."""
    lead = 1 if input.ndim == 3 else 2
    shape = input.shape[:lead] + (1,) * (input.ndim - lead)
    return _dropped(input, p, training, inplace, shape)
