"""nn.DotProduct, nn.CosineDistance, nn.PairwiseDistance, nn.MixtureTable. What they are given was checked in Lua."""

from __future__ import annotations

from typing import Any

from lua_compat.bridge.kernels.common import changed, exported, result
from lua_compat.bridge.kernels.comparison import rows
from pytorch_from_lua.kernels import row_pairs
from pytorch_from_lua.tensor import Tensor

_FORWARD: dict[str, Any] = {"dot": row_pairs.dot_forward, "cosine": row_pairs.cosine_forward}
_BACKWARD: dict[str, Any] = {"dot": row_pairs.dot_backward, "cosine": row_pairs.cosine_backward}


@exported
def pair_forward(output: Tensor, kind: str, first: Tensor, second: Tensor, p: float | None) -> None:
    """A number for each pair of rows: "dot", "cosine", or the "distance" in the p-norm."""
    x, y = rows(first.array), rows(second.array)
    found = row_pairs.distance_forward(x, y, p) if p is not None else _FORWARD[kind](x, y)
    result(output, (x.shape[0],))[...] = found


@exported
def pair_backward(
    grad_first: Tensor,
    grad_second: Tensor,
    kind: str,
    grad_output: Tensor,
    first: Tensor,
    second: Tensor,
    p: float | None,
) -> None:
    """The gradients of both."""
    x, y, grad = rows(first.array), rows(second.array), grad_output.array.reshape(-1)
    if p is not None:
        one = row_pairs.distance_backward(grad, x, y, p)
        other = -one
    else:
        one, other = _BACKWARD[kind](grad, x, y)
    result(grad_first, first._shape)[...] = one.reshape(first._shape)
    result(grad_second, second._shape)[...] = other.reshape(second._shape)


@exported
def mixture_forward(output: Tensor, gater: Tensor, *experts: Tensor) -> None:
    """The experts' weighted sum."""
    row_pairs.mixture_forward(gater.array, [e.array for e in experts], result(output, experts[0]._shape))


@exported
def mixture_backward_gater(grad_gater: Tensor, grad_output: Tensor, gater: Tensor, *experts: Tensor) -> None:
    """The gradient of the weights."""
    found = row_pairs.mixture_backward_weights(grad_output.array, gater.array, [e.array for e in experts])
    result(grad_gater, gater._shape)[...] = found


@exported
def mixture_backward_expert(grad_expert: Tensor, grad_output: Tensor, gater: Tensor, place: int) -> None:
    """The gradient of one expert, counted from 1, into a tensor of its shape."""
    changed(grad_expert)[...] = row_pairs.mixture_backward_expert(grad_output.array, gater.array, int(place) - 1)
