"""Borders around the last dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor import Tensor


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float = 0.0) -> Tensor:
    """Longer dimensions, filled with ``value``: (before, after) of the last dimension, then of the one before, ...

    Negative numbers cut. Raises ShapeError for more pairs than dimensions, and for a mode other than ``"constant"``.
    """
    if mode != "constant":
        raise ShapeError(f"mode: got {mode!r}; allowed is 'constant'")
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise ShapeError(f"pad: needs pairs for at most {input.ndim} dimensions, got {tuple(pad)}")
    pairs = [(0, 0)] * input.ndim
    for i in range(len(pad) // 2):
        pairs[input.ndim - 1 - i] = (pad[2 * i], pad[2 * i + 1])
    return apply("pad", input, pad=tuple(pairs), value=value)  # type: ignore[no-any-return]
