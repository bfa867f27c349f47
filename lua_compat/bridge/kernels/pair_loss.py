"""Criteria of pairs of inputs, which were checked in Lua: two tensors of one type and of the same sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.kernels.common import exported, result, sizes
from lua_compat.bridge.ops.random import own_or_default
from pytorch_from_lua.errors import DTypeError, ShapeError
from pytorch_from_lua.kernels import pair_loss
from pytorch_from_lua.kernels.reduction import reduce_sum
from pytorch_from_lua.tensor import Tensor


def _rows(target: Any, size_average: bool) -> float:
    """What a sum is divided by: Torch7's mean is over the first dimension alone."""
    return float(target.shape[0]) if size_average and target.ndim else 1.0


def _write(grads: tuple[Tensor, Tensor], first: Any, second: Any, shape: tuple[int, ...]) -> None:
    for tensor, found in zip(grads, (first, second), strict=True):
        result(tensor, shape)[...] = found.reshape(shape)


def _needed(name: str, target: Any) -> None:
    if not isinstance(target, (Tensor, int, float)):
        raise DTypeError(f"nn.{name}: target needs to be a tensor or a number, is missing")


# -- MarginRankingCriterion ------------------------------------------------------------------------------------------


def _ranked(x: Tensor, y: Tensor, target: Tensor | float) -> tuple[Any, Any, Any]:
    """Both and the targets; a number is the target of one pair of numbers."""
    name = "MarginRankingCriterion"
    _needed(name, target)
    if not isinstance(target, Tensor):
        if x.numel() < 1:
            raise ShapeError(f"nn.{name}: input[1] has no elements, one is needed for a target that is a number")
        first, second = x.array.reshape(-1)[:1], y.array.reshape(-1)[:1]
        return first, second, np.full(1, target, first.dtype)
    if target.numel() != x.numel():
        raise ShapeError(f"nn.{name}: target has sizes {sizes(target)}, the inputs have {sizes(x)}")
    return x.array, y.array, target.array.astype(x.dtype.numpy, copy=False).reshape(x._shape)


@exported
def margin_ranking_loss(x: Tensor, y: Tensor, target: Tensor | float, margin: float, size_average: bool) -> float:
    """The loss of nn.MarginRankingCriterion."""
    one, other, t = _ranked(x, y, target)
    divisor = _rows(target.array, size_average) if isinstance(target, Tensor) else 1.0
    return float(reduce_sum(pair_loss.margin_ranking_forward(one, other, t, margin))) / divisor


@exported
def margin_ranking_loss_backward(
    first: Tensor, second: Tensor, x: Tensor, y: Tensor, target: Tensor | float, margin: float, size_average: bool
) -> None:
    """The gradients of that loss."""
    one, other, t = _ranked(x, y, target)
    grad = 1.0 / _rows(target.array, size_average) if isinstance(target, Tensor) else 1.0
    found, _ = pair_loss.margin_ranking_backward(grad, one, other, t, margin)
    _write((first, second), found, -found, one.shape)


# -- CosineEmbeddingCriterion ----------------------------------------------------------------------------------------


def _cosine_rows(x: Tensor, y: Tensor, target: Tensor | float) -> tuple[Any, Any, Any]:
    """Rows of both, and a target for each."""
    name = "CosineEmbeddingCriterion"
    _needed(name, target)
    if x.ndim not in (1, 2):
        raise ShapeError(f"nn.{name}: input[1] has sizes {sizes(x)}, 1 or 2 dimensions are needed")
    one, other = (v.array.reshape(-1, v._shape[-1]) for v in (x, y))
    count = target.numel() if isinstance(target, Tensor) else 1
    if count != one.shape[0]:
        raise ShapeError(f"nn.{name}: target has {count} elements, the inputs {one.shape[0]} rows")
    return one, other, target.array.reshape(-1) if isinstance(target, Tensor) else np.full(1, target)


@exported
def cosine_embedding_loss(x: Tensor, y: Tensor, target: Tensor | float, margin: float, size_average: bool) -> float:
    """The loss of nn.CosineEmbeddingCriterion."""
    one, other, t = _cosine_rows(x, y, target)
    losses = pair_loss.cosine_embedding_forward(one, other, t, margin, torch7=True)
    return float(reduce_sum(losses)) / _rows(t, size_average)


@exported
def cosine_embedding_loss_backward(
    first: Tensor, second: Tensor, x: Tensor, y: Tensor, target: Tensor | float, margin: float, size_average: bool
) -> None:
    """The gradients of that loss."""
    one, other, t = _cosine_rows(x, y, target)
    grad = 1.0 / _rows(t, size_average)
    found = pair_loss.cosine_embedding_backward(grad, one, other, t, margin, torch7=True)
    _write((first, second), *found, x._shape)


# -- L1HingeEmbeddingCriterion ---------------------------------------------------------------------------------------


def _alike(target: Tensor | float) -> bool:
    """Whether the pair is to be alike; of a tensor its first element says so."""
    _needed("L1HingeEmbeddingCriterion", target)
    if not isinstance(target, Tensor):
        return target != -1
    if target.numel() < 1:
        raise ShapeError("nn.L1HingeEmbeddingCriterion: target has no elements, one is needed")
    return bool(target.array.reshape(-1)[0] != -1)


@exported
def l1_hinge_loss(x: Tensor, y: Tensor, target: Tensor | float, margin: float) -> float:
    """The loss of nn.L1HingeEmbeddingCriterion."""
    return float(pair_loss.l1_hinge_forward(x.array, y.array, _alike(target), margin))


@exported
def l1_hinge_loss_backward(
    first: Tensor, second: Tensor, x: Tensor, y: Tensor, target: Tensor | float, margin: float
) -> None:
    """The gradients of that loss. Where the two are equal either slope is as good: one is drawn, as in Torch7."""
    alike = _alike(target)
    equal = int((x.array == y.array).sum())
    ties = own_or_default().random(1, 3, shape=(equal,)) * 2 - 3 if equal else None
    found = pair_loss.l1_hinge_backward(1.0, x.array, y.array, alike, margin, ties)
    _write((first, second), found, -found, x._shape)


# -- DistanceRatioCriterion ------------------------------------------------------------------------------------------


@exported
def distance_ratio_loss(x: Tensor, y: Tensor, size_average: bool) -> float:
    """The loss of nn.DistanceRatioCriterion."""
    losses = pair_loss.distance_ratio_forward(x.array, y.array.reshape(x._shape))
    return float(reduce_sum(losses)) / _rows(losses, size_average)


@exported
def distance_ratio_loss_backward(first: Tensor, second: Tensor, x: Tensor, y: Tensor, size_average: bool) -> None:
    """The gradients of that loss."""
    grad = 1.0 / _rows(x.array, size_average)
    found = pair_loss.distance_ratio_backward(grad, x.array, y.array.reshape(x._shape))
    result(first, x._shape)[...] = found
    result(second, y._shape)[...] = (-found).reshape(y._shape)
