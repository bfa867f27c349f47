"""Borders around the last dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.padding import border_taps
from pytorch_from_lua.tensor import Tensor

MODES = ("constant", "reflect", "replicate", "circular")


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Longer dimensions: (before, after) of the last dimension, then of the one before, ... Negative numbers cut.

    Args:
        input: any shape; for the modes other than ``"constant"``, what is padded comes after a dimension of channels.
        pad: how many elements, two numbers for each dimension.
        mode: what they are: ``"constant"`` for ``value``, ``"reflect"`` for the image mirrored at its last elements,
            ``"replicate"`` for its last elements again and again, ``"circular"`` for its other end.
        value: the constant; None is 0.

    Raises:
        ShapeError: more pairs than dimensions, a border longer than what it is made of, or nothing left.
        RangeError: another mode, or a value for one that takes none.

    >>> import pytorch_from_lua as torch
    >>> torch.nn.functional.pad(torch.tensor([[1.0, 2.0, 3.0]]), (2, 1), mode="reflect").tolist()
    [[3.0, 2.0, 1.0, 2.0, 3.0, 2.0]]
    """
    if mode not in MODES:
        raise RangeError(f"mode: got {mode!r}; allowed are {', '.join(map(repr, MODES))}")
    count = len(pad) // 2
    most = input.ndim if mode == "constant" else input.ndim - 1
    if len(pad) % 2 or count > most:
        raise ShapeError(f"pad: needs pairs for at most {max(0, most)} dimensions, got {tuple(pad)}")
    pairs = [(pad[2 * i], pad[2 * i + 1]) for i in range(count)]
    sizes = [input.shape[-1 - i] for i in range(count)]
    if any(n + before + after < 0 for n, (before, after) in zip(sizes, pairs, strict=True)):
        raise ShapeError(f"pad: {tuple(pad)} cuts more than there is, the input has shape {input.shape}")
    if mode == "constant":
        around = [(0, 0)] * (input.ndim - count) + pairs[::-1]
        return apply("pad", input, pad=tuple(around), value=0.0 if value is None else value)  # type: ignore[no-any-return]
    if value is not None:
        raise RangeError(f"value: goes with mode 'constant' only, not with {mode!r}")
    rows = zip(sizes, pairs, strict=True)
    taps = [border_taps(mode, size, before, after) for size, (before, after) in rows]
    return apply("resample", input, axes=tuple([(-1 - i, t) for i, t in enumerate(taps)]))  # type: ignore[no-any-return]
