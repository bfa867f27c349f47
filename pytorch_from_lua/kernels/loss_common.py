"""What the kernels of losses share: reductions, and checks of shapes."""

from __future__ import annotations

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, check_option, namespace
from pytorch_from_lua.kernels.reduction import reduce_mean, reduce_sum

REDUCTIONS = ("mean", "sum", "none")


def reduced(losses: Array, reduction: str) -> Array:
    """Return the losses themselves, their sum or their mean."""
    check_option("reduction", reduction, REDUCTIONS)
    if reduction == "none":
        return losses
    return reduce_mean(losses) if reduction == "mean" else reduce_sum(losses)


def spread(slope: Array, grad: Array | float, reduction: str, out: Array | None) -> Array:
    """Return ``slope * grad``, divided by the number of elements for a mean."""
    check_option("reduction", reduction, REDUCTIONS)
    factor = grad / slope.size if reduction == "mean" else grad
    return namespace(slope).multiply(slope, factor, out=slope if out is None else out, casting="same_kind")


def check_same(x: Array, target: Array) -> None:
    """Raise ShapeError where the target has another shape than ``x``."""
    if x.shape != target.shape:
        raise ShapeError(f"target: needs the shape of x, {x.shape}, got {target.shape}")


def weighted_(values: Array, weight: Array | None) -> Array:
    """Multiply values by weights that broadcast to them, in place."""
    if weight is not None:
        try:
            values *= weight
        except ValueError:
            raise ShapeError(f"weight: needs to broadcast to {values.shape}, got {weight.shape}") from None
    return values
