"""What losses share: how the losses of all elements become one, and checks of shapes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.tensor import Tensor

REDUCTIONS = ("mean", "sum", "none")


def reduction_of(
    reduction: str, size_average: bool | None = None, reduce: bool | None = None, more: Sequence[str] = ()
) -> str:
    """The reduction that the arguments ask for; ``size_average`` and ``reduce``, PyTorch's first names, go before.

    Args:
        reduction: "mean", "sum" or "none".
        size_average: whether a mean is taken, else a sum; True where only ``reduce`` is given.
        reduce: whether there is one number for all; True where only ``size_average`` is given.
        more: further reductions that the loss has.

    Raises:
        RangeError: for any other ``reduction``.
    """
    if size_average is not None or reduce is not None:
        warnings.warn(
            "size_average and reduce: say reduction='mean', 'sum' or 'none' in their place", UserWarning, stacklevel=4
        )
        if reduce is not None and not reduce:
            return "none"
        return "sum" if size_average is not None and not size_average else "mean"
    allowed = (*REDUCTIONS, *more)
    if reduction not in allowed:
        raise RangeError(f"reduction: got {reduction!r}; allowed are {', '.join(map(repr, allowed))}")
    return reduction


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """The losses themselves, their sum or their mean."""
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()


def over_rows(losses: Tensor, reduction: str) -> Tensor:
    """`reduced`, which also knows "batchmean": the sum divided by the first dimension's size."""
    if reduction == "batchmean":
        return losses.sum() / losses.shape[0] if losses.ndim > 0 else losses
    return reduced(losses, reduction)


def check_same(name: str, **tensors: Tensor) -> None:
    """Raises ShapeError where the tensors do not all have the first one's shape."""
    (first, one), *others = tensors.items()
    for other, tensor in others:
        if tensor.shape != one.shape:
            raise ShapeError(f"{name}: {other} needs the shape of {first}, {one.shape}, got {tensor.shape}")


def broadcast(name: str, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in one shape; a warning where they had two.

    Raises:
        ShapeError: where one does not broadcast to the other.
    """
    if input.shape == target.shape:
        return input, target
    from pytorch_from_lua.tensor.joining import broadcast_tensors

    try:
        one, other = broadcast_tensors(input, target)
    except ShapeError:
        raise ShapeError(f"{name}: target needs the shape of input, {input.shape}, got {target.shape}") from None
    warnings.warn(
        f"{name}: target has shape {target.shape} and input {input.shape}; they are broadcast to {one.shape}, which is "
        "seldom what was meant",
        UserWarning,
        stacklevel=3,
    )
    return one, other
