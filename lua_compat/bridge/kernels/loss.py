"""Criteria. Labels count from 1 in Lua and are translated here; a loss goes back as a number."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lua_compat.bridge.kernels.common import exported, result, sizes
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError
from pytorch_from_lua.kernels import loss
from pytorch_from_lua.kernels.class_loss import all_classes
from pytorch_from_lua.tensor import Tensor

#: Losses of an input and a target with the same number of elements: forward, backward, and whether they take a margin.
_ELEMENTWISE: dict[str, tuple[Callable[..., Any], Callable[..., Any], bool]] = {
    "MSECriterion": (loss.mse_forward, loss.mse_backward, False),
    "AbsCriterion": (loss.l1_forward, partial(loss.l1_backward, torch7=True), False),
    "SmoothL1Criterion": (loss.smooth_l1_forward, loss.smooth_l1_backward, False),
    "DistKLDivCriterion": (loss.kl_div_forward, loss.kl_div_backward, False),
    "SoftMarginCriterion": (loss.soft_margin_forward, loss.soft_margin_backward, False),
    "MarginCriterion": (loss.margin_forward, loss.margin_backward, True),
    "HingeEmbeddingCriterion": (loss.hinge_embedding_forward, loss.hinge_embedding_backward, True),
}


def _reduction(size_average: bool) -> str:
    return "mean" if size_average else "sum"


def _check_given(name: str, input: Any, target: Any) -> None:
    """Raises where there is no tensor, or no target at all: Lua passes nil for what a call left out."""
    if not isinstance(input, Tensor):
        raise DTypeError(f"nn.{name}: input needs to be a tensor")
    if not isinstance(target, (Tensor, int, float)):
        raise DTypeError(f"nn.{name}: target needs to be a tensor or a number, is missing")


def _check_weights(name: str, input: Tensor, weights: Tensor | None) -> None:
    classes = input._shape[1 if len(input._shape) > 1 else 0]
    if weights is not None and weights._shape != (classes,):
        raise ShapeError(f"nn.{name}: input has {classes} classes, weights have sizes {sizes(weights)}")


def _pair(name: str, input: Tensor, target: Tensor | float) -> tuple[Any, Any]:
    """Both arrays in the input's shape; a number is a target of one element."""
    _check_given(name, input, target)
    x = input.array
    if not isinstance(target, Tensor):
        return x, np.full(x.shape, target, x.dtype)
    if input._shape != target._shape and input.numel() != target.numel():
        raise ShapeError(f"nn.{name}: input has sizes {sizes(input)}, target {sizes(target)}")
    if input.dtype is not target.dtype:
        raise DTypeError(
            f"nn.{name}: input is a torch.{input.dtype.torch7}Tensor, target a torch.{target.dtype.torch7}Tensor"
        )
    return x, target.array.reshape(x.shape)


@exported
def elementwise_loss(
    name: str, input: Tensor, target: Tensor | float, size_average: bool, margin: float | None
) -> float:
    """The loss of the criterion ``nn.<name>``."""
    forward, _, has_margin = _ELEMENTWISE[name]
    x, y = _pair(name, input, target)
    given = (margin,) if has_margin else ()
    return float(forward(x, y, *given, reduction=_reduction(size_average)))


@exported
def elementwise_loss_backward(
    grad_input: Tensor, name: str, input: Tensor, target: Tensor | float, size_average: bool, margin: float | None
) -> None:
    """The gradient of that loss with respect to the input."""
    _, backward, has_margin = _ELEMENTWISE[name]
    x, y = _pair(name, input, target)
    given = (margin,) if has_margin else ()
    backward(1.0, x, y, *given, reduction=_reduction(size_average), out=result(grad_input, input._shape))


def _soft_margin(input: Tensor, target: Tensor, weights: Tensor | None) -> tuple[Any, Any, Any]:
    name = "MultiLabelSoftMarginCriterion"
    x, y = _pair(name, input, target)
    if weights is not None and (not x.ndim or weights._shape != x.shape[-1:]):
        raise ShapeError(
            f"nn.{name}: input has sizes {sizes(input)}, weights have {sizes(weights)}, one for each class"
        )
    return x, y, None if weights is None else weights.array


@exported
def multilabel_soft_margin_loss(input: Tensor, target: Tensor, weights: Tensor | None, size_average: bool) -> float:
    """The loss of nn.MultiLabelSoftMarginCriterion: a mean over every element, or a sum."""
    x, y, w = _soft_margin(input, target, weights)
    return float(loss.bce_with_logits_forward(x, y, w, reduction=_reduction(size_average)))


@exported
def multilabel_soft_margin_loss_backward(
    grad_input: Tensor, input: Tensor, target: Tensor, weights: Tensor | None, size_average: bool
) -> None:
    """The gradient of that loss."""
    x, y, w = _soft_margin(input, target, weights)
    out = result(grad_input, input._shape)
    loss.bce_with_logits_backward(1.0, x, y, w, reduction=_reduction(size_average), out=out)


def _bce(input: Tensor, target: Tensor, weights: Tensor | None) -> tuple[Any, Any, Any]:
    x, y = _pair("BCECriterion", input, target)
    if weights is None:
        return x, y, None
    w = weights.array
    if w.ndim != 1 or w.shape[0] != (x.shape[-1] if x.ndim else 1):
        if w.ndim > x.ndim or any(a not in (1, b) for a, b in zip(w.shape[::-1], x.shape[::-1], strict=False)):
            raise ShapeError(f"nn.BCECriterion: weights have sizes {sizes(weights)}, input has {sizes(input)}")
        w = np.broadcast_to(w, x.shape)
    return x, y, w


@exported
def bce_loss(input: Tensor, target: Tensor, weights: Tensor | None, size_average: bool) -> float:
    """The loss of nn.BCECriterion; the weights are those of one sample."""
    x, y, w = _bce(input, target, weights)
    if x.min(initial=0.0) < 0.0 or x.max(initial=0.0) > 1.0:
        raise ValueError("nn.BCECriterion: input needs to lie between 0 and 1")
    return float(loss.bce_forward(x, y, w, _reduction(size_average), torch7=True))


@exported
def bce_loss_backward(
    grad_input: Tensor, input: Tensor, target: Tensor, weights: Tensor | None, size_average: bool
) -> None:
    """The gradient of that loss."""
    x, y, w = _bce(input, target, weights)
    loss.bce_backward(1.0, x, y, w, _reduction(size_average), result(grad_input, input._shape), torch7=True)


def _labels(target: Tensor | float, shape: tuple[int, ...]) -> Any:
    """Labels from 0, in the shape given."""
    if not isinstance(target, Tensor):
        return np.full(shape, int(target) - 1, np.int64)
    return target.array.astype(np.int64).reshape(shape) - 1


def _class_labels(name: str, input: Tensor, target: Tensor | float, ignored: int | None = None) -> Any:
    """Labels from 0, of an input's samples; an error names them as Lua counts, from 1."""
    _check_given(name, input, target)
    labels = _labels(target, _sample_shape(name, input, target))
    classes = input._shape[1 if len(input._shape) > 1 else 0]
    if all_classes(labels, classes):
        return labels
    outside = (labels < 0) | (labels >= classes)
    if ignored is not None:
        outside &= labels != ignored
    if outside.any():
        raise RangeError(f"nn.{name}: target has label {labels[outside][0] + 1}, labels go from 1 to {classes}")
    return labels


def _sample_shape(name: str, input: Tensor, target: Tensor | float) -> tuple[int, ...]:
    """The shape of the labels of an input of (C,), (N, C), (N, C, ...)."""
    shape = input._shape
    wanted = shape[:1] + shape[2:] if len(shape) > 1 else ()
    count = target.numel() if isinstance(target, Tensor) else 1
    if len(shape) < 1 or count != math.prod(wanted):
        told = sizes(target) if isinstance(target, Tensor) else "1"
        raise ShapeError(f"nn.{name}: input has sizes {sizes(input)}, target {told}")
    return wanted


def _nll(
    input: Tensor, target: Tensor | float, weights: Tensor | None, ignored: float | None, name: str
) -> dict[str, Any]:
    ignore_index = None if ignored is None else int(ignored) - 1
    labels = _class_labels(name, input, target, ignore_index)
    _check_weights(name, input, weights)
    return {
        "x": input.array,
        "target": labels,
        "weight": None if weights is None else weights.array,
        "ignore_index": ignore_index,
    }


@exported
def nll_loss(
    input: Tensor,
    target: Tensor | float,
    weights: Tensor | None,
    ignored: float | None,
    size_average: bool,
    name: str = "ClassNLLCriterion",
) -> tuple[float, float]:
    """The loss of nn.ClassNLLCriterion and the sum of the weights of the labels."""
    given = _nll(input, target, weights, ignored, name)
    value, total = loss.nll_forward(**given, reduction=_reduction(size_average))
    return float(value), float(total)


@exported
def nll_loss_backward(
    grad_input: Tensor,
    input: Tensor,
    target: Tensor | float,
    weights: Tensor | None,
    ignored: float | None,
    size_average: bool,
    name: str = "ClassNLLCriterion",
) -> None:
    """The gradient of that loss."""
    loss.nll_backward(
        1.0,
        **_nll(input, target, weights, ignored, name),
        reduction=_reduction(size_average),
        out=result(grad_input, input._shape),
    )


@exported
def multi_margin_loss(
    input: Tensor, target: Tensor | float, p: float, margin: float, weights: Tensor | None, size_average: bool
) -> float:
    """The loss of nn.MultiMarginCriterion."""
    labels = _class_labels("MultiMarginCriterion", input, target)
    _check_weights("MultiMarginCriterion", input, weights)
    w = None if weights is None else weights.array
    return float(loss.multi_margin_forward(input.array, labels, int(p), margin, w, _reduction(size_average)))


@exported
def multi_margin_loss_backward(
    grad_input: Tensor,
    input: Tensor,
    target: Tensor | float,
    p: float,
    margin: float,
    weights: Tensor | None,
    size_average: bool,
) -> None:
    """The gradient of that loss."""
    labels = _class_labels("MultiMarginCriterion", input, target)
    _check_weights("MultiMarginCriterion", input, weights)
    w = None if weights is None else weights.array
    out = result(grad_input, input._shape)
    loss.multi_margin_backward(1.0, input.array, labels, int(p), margin, w, _reduction(size_average), out)


def _label_sets(input: Tensor, target: Tensor) -> Any:
    """Labels from 0, of the input's shape; what follows a 0 counts for nothing."""
    name = "MultiLabelMarginCriterion"
    _check_given(name, input, target)
    if not isinstance(target, Tensor) or target.numel() != input.numel():
        told = sizes(target) if isinstance(target, Tensor) else "1"
        raise ShapeError(f"nn.{name}: input has sizes {sizes(input)}, target {told}")
    labels, classes = _labels(target, input._shape), input._shape[-1]
    if labels.size and labels.max() >= classes:
        raise RangeError(f"nn.{name}: target has label {labels.max() + 1}, labels go from 1 to {classes}")
    return labels


@exported
def multilabel_margin_loss(input: Tensor, target: Tensor, size_average: bool) -> float:
    """The loss of nn.MultiLabelMarginCriterion; labels of a sample end at the first 0."""
    labels = _label_sets(input, target)
    return float(loss.multilabel_margin_forward(input.array, labels, _reduction(size_average)))


@exported
def multilabel_margin_loss_backward(grad_input: Tensor, input: Tensor, target: Tensor, size_average: bool) -> None:
    """The gradient of that loss."""
    labels = _label_sets(input, target)
    out = result(grad_input, input._shape)
    loss.multilabel_margin_backward(1.0, input.array, labels, _reduction(size_average), out)
