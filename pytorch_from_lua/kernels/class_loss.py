"""Losses of class scores and labels; labels count from 0. See ``loss.py`` for what all losses share."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.namespace import Array, at, check_option, check_shape, namespace
from pytorch_from_lua.kernels.softmax import log_softmax_forward

REDUCTIONS = ("mean", "sum", "none")


def _rows(x: Array, target: Array) -> tuple[Array, Array]:
    """Return ``x`` as (samples, classes) and ``target`` as (samples,), from (C,), (N, C) or (N, C, d1, ...)."""
    if x.ndim == 0:
        raise ShapeError("x: needs shape (classes,) or (batch, classes, ...), got ()")
    if x.ndim == 1:
        if target.size != 1:
            raise ShapeError(f"target: needs one label for an x of {x.shape}, got {target.shape}")
        return x[None], target.reshape(1)
    expected = (x.shape[0], *x.shape[2:])
    check_shape("target", target, expected)
    if x.ndim == 2:
        return x, target
    xp = namespace(x)
    return xp.moveaxis(x, 1, -1).reshape(-1, x.shape[1]), target.reshape(-1)


def _unrows(rows: Array, shape: tuple[int, ...], out: Array | None) -> Array:
    """Return (samples, classes) in the shape of ``x`` again."""
    if len(shape) > 2:
        rows = namespace(rows).moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1)
    rows = rows.reshape(shape)
    if out is None:
        return rows
    check_shape("out", out, shape)
    out[...] = rows
    return out


def _check_labels(labels: Array, classes: int, ignored: Array | None) -> Array:
    """Return labels that can be used as indices: 0 in place of an ignored one."""
    if labels.dtype.kind not in "iu":
        raise RangeError(f"target: needs integers, got {labels.dtype}")
    if ignored is not None:
        labels = namespace(labels).where(ignored, 0, labels)
    if labels.size > 0 and (int(labels.min()) < 0 or int(labels.max()) >= classes):
        bad = int(labels.min()) if int(labels.min()) < 0 else int(labels.max())
        raise RangeError(f"target: needs labels from 0 to {classes - 1}, got {bad}")
    return labels


def all_classes(labels: Array, classes: int) -> bool:
    """Return whether every label is a class: as an unsigned number, a negative one is larger than any."""
    return labels.dtype == "int64" and labels.size > 0 and int(labels.view("uint64").max()) < classes


def _nll_terms(
    rows: Array, labels: Array, weight: Array | None, ignore_index: int | None
) -> tuple[Array, Array | None, Array]:
    """Return usable labels, a weight for each sample (None is 1 for all) and the sum of the weights."""
    xp = namespace(rows)
    if weight is None and (ignore_index is None or ignore_index < 0) and all_classes(labels, rows.shape[1]):
        return labels, None, xp.asarray(labels.size, dtype=rows.dtype)
    ignored = None if ignore_index is None else labels == ignore_index
    labels = _check_labels(labels, rows.shape[1], ignored)
    weights: Array | None = None
    if weight is not None:
        check_shape("weight", weight, rows.shape[1:])
        weights = weight[labels].astype(rows.dtype, copy=False)
    if ignored is not None and bool(ignored.any()):
        zero = rows.dtype.type(0)
        weights = xp.where(ignored, zero, xp.ones(labels.shape, rows.dtype) if weights is None else weights)
    total = xp.asarray(labels.size if weights is None else weights.sum(), dtype=rows.dtype)
    return labels, weights, total


def nll_forward(
    x: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> tuple[Array, Array]:
    """Return ``-w[y] x[y]`` for log-probabilities ``x``, and the sum of the weights (``nn.ClassNLLCriterion``).

    Args:
        x: shape (C,), (N, C) or (N, C, d1, ...).
        target: integer labels, one, (N,) or (N, d1, ...).
        weight: a weight for each class, shape (C,); the mean is weighted.
        ignore_index: a label that counts for nothing.
        reduction: "mean" (over the weights, 0 where there is none), "sum" or "none".

    Raises:
        RangeError: a label outside of 0..C - 1.
        ShapeError: the sizes do not fit together.
    """
    check_option("reduction", reduction, REDUCTIONS)
    xp = namespace(x)
    rows, labels = _rows(x, target)
    labels, weights, total = _nll_terms(rows, labels, weight, ignore_index)
    losses = -rows[xp.arange(rows.shape[0]), labels]
    if weights is not None:
        # A sample that does not count may have any score, infinity too.
        losses = xp.where(weights == 0, x.dtype.type(0), losses) * weights
    if reduction == "none":
        return losses.reshape(target.shape), total
    loss = xp.asarray(losses.sum(dtype="float64"))
    if reduction == "mean":
        loss = loss / _divisor(xp, weights, total, labels)
    return xp.asarray(loss, dtype=x.dtype), total


def _divisor(xp: Any, weights: Array | None, total: Array, labels: Array) -> Array | int:
    """Return what a mean divides by: the weights' sum, and 1 where there is none."""
    return max(1, labels.size) if weights is None else xp.where(total == 0, 1, total)


def _nll_slope(
    grad: Array | float,
    rows: Array,
    labels: Array,
    weight: Array | None,
    ignore_index: int | None,
    reduction: str,
) -> tuple[Array, Array]:
    """Return usable labels and ``-w[y] grad`` for each sample, divided by the weights' sum for a mean."""
    check_option("reduction", reduction, REDUCTIONS)
    xp = namespace(rows)
    labels, weights, total = _nll_terms(rows, labels, weight, ignore_index)
    if weights is None and reduction != "none":
        count = _divisor(xp, None, total, labels) if reduction == "mean" else 1
        return labels, xp.full(labels.shape, -grad / count, rows.dtype)
    slope = -xp.ones(labels.shape, rows.dtype) if weights is None else -weights
    if reduction == "mean":
        slope = slope * grad / _divisor(xp, weights, total, labels)
    else:
        slope = slope * (grad if reduction == "sum" else xp.asarray(grad).reshape(labels.shape))
    return labels, slope


def nll_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
    out: Array | None = None,
) -> Array:
    """Return ``-w[y] grad`` at the labels, 0 elsewhere, of the shape of ``x``; divided by the weights for a mean."""
    xp = namespace(x)
    rows, labels = _rows(x, target)
    labels, slope = _nll_slope(grad, rows, labels, weight, ignore_index, reduction)
    if out is not None and out.shape == rows.shape:
        out[...] = 0
        out[xp.arange(rows.shape[0]), labels] = slope
        return out
    gradient = xp.zeros(rows.shape, x.dtype)
    gradient[xp.arange(rows.shape[0]), labels] = slope
    return _unrows(gradient, x.shape, out)


def cross_entropy_forward(
    x: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> tuple[Array, Array, Array]:
    """Return `nll_forward` of ``log_probs = log_softmax(x)``, then ``log_probs``, then the sum of the weights.

    The classes are dimension 1, or 0 where there is one only (Torch7's ``nn.CrossEntropyCriterion``).
    """
    log_probs = log_softmax_forward(x, axis=0 if x.ndim == 1 else 1)
    loss, total = nll_forward(log_probs, target, weight, ignore_index, reduction)
    return loss, log_probs, total


def cross_entropy_backward(
    grad: Array | float,
    log_probs: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
    out: Array | None = None,
) -> Array:
    """Return ``w[y] grad (softmax(x) - [i = y])`` from the ``log_probs`` that `cross_entropy_forward` gave."""
    xp = namespace(log_probs)
    rows, labels = _rows(log_probs, target)
    labels, slope = _nll_slope(grad, rows, labels, weight, ignore_index, reduction)
    gradient = xp.exp(rows)
    gradient *= -slope[:, None]
    gradient[xp.arange(rows.shape[0]), labels] += slope
    return _unrows(gradient, log_probs.shape, out)


def _check_p(p: int) -> None:
    check_option("p", p, (1, 2))


def _multi_margins(x: Array, target: Array, margin: float) -> tuple[Array, Array, Array]:
    """Return labels, ``max(0, margin - x[y] + x[i])`` for each other class i (0 for y itself), and sample numbers."""
    xp = namespace(x)
    if x.ndim > 2:
        raise ShapeError(f"x: needs shape (classes,) or (batch, classes), got {x.shape}")
    rows, labels = _rows(x, target)
    labels = _check_labels(labels, rows.shape[1], None)
    samples = xp.arange(rows.shape[0])
    margins = xp.maximum(margin - rows[samples, labels][:, None] + rows, 0)
    margins[samples, labels] = 0
    return labels, margins, samples


def multi_margin_forward(
    x: Array,
    target: Array,
    p: int = 1,
    margin: float = 1.0,
    weight: Array | None = None,
    reduction: str = "mean",
) -> Array:
    """Return ``sum_i w[y] max(0, margin - x[y] + x[i])^p / C`` over the classes i other than y.

    Args:
        x: shape (C,) or (N, C).
        target: integer labels, one or (N,).
        p: 1 or 2.
        margin: how much larger the score of the label should be.
        weight: a weight for each class, shape (C,).
        reduction: "mean" (over the samples), "sum" or "none" (Torch7's ``nn.MultiMarginCriterion``).
    """
    _check_p(p)
    labels, margins, _ = _multi_margins(x, target, margin)
    losses = (margins if p == 1 else margins * margins).sum(axis=1, dtype="float64") / margins.shape[1]
    if weight is not None:
        check_shape("weight", weight, margins.shape[1:])
        losses = losses * weight[labels]
    return _per_sample(losses, x, target.shape, reduction)


def multi_margin_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    p: int = 1,
    margin: float = 1.0,
    weight: Array | None = None,
    reduction: str = "mean",
    out: Array | None = None,
) -> Array:
    """Return the gradient of `multi_margin_forward` with respect to ``x``."""
    _check_p(p)
    labels, margins, samples = _multi_margins(x, target, margin)
    slope = (margins > 0).astype(x.dtype) if p == 1 else 2 * margins
    slope /= margins.shape[1]
    if weight is not None:
        check_shape("weight", weight, margins.shape[1:])
        slope *= weight[labels][:, None]
    slope[samples, labels] = -slope.sum(axis=1)
    slope *= _sample_grad(grad, x, reduction, len(labels))
    return _unrows(slope, x.shape, out)


def _per_sample(losses: Array, x: Array, shape: tuple[int, ...], reduction: str) -> Array:
    check_option("reduction", reduction, REDUCTIONS)
    xp = namespace(x)
    if reduction == "none":
        return losses.reshape(shape).astype(x.dtype)
    return xp.asarray(losses.mean() if reduction == "mean" else losses.sum(), dtype=x.dtype)


def _sample_grad(grad: Array | float, x: Array, reduction: str, samples: int) -> Array:
    """Return the gradient of the loss of each sample, so that it broadcasts over (samples, classes)."""
    check_option("reduction", reduction, REDUCTIONS)
    factor = namespace(x).asarray(grad, dtype=x.dtype)
    if reduction == "none":
        return factor.reshape(samples, 1)
    return factor / samples if reduction == "mean" else factor


def _multilabel(x: Array, target: Array) -> tuple[Array, Array, Array]:
    """Return ``1 - x[y_j] + x[i]`` where positive, for each sample, label j and class i that is no label; and labels.

    Shapes (samples, labels, classes), (samples, labels) and which of these labels count, (samples, labels).
    """
    xp = namespace(x)
    if x.ndim not in (1, 2):
        raise ShapeError(f"x: needs shape (classes,) or (batch, classes), got {x.shape}")
    check_shape("target", target, x.shape)
    rows, labels = x.reshape(-1, x.shape[-1]), target.reshape(-1, x.shape[-1])
    counts = (labels < 0).cumsum(axis=1) == 0  # those before the first -1
    labels = _check_labels(xp.where(counts, labels, 0), rows.shape[1], None)
    samples = xp.arange(rows.shape[0])[:, None]
    times = xp.zeros(rows.shape, "int32")
    at("add", times, (xp.broadcast_to(samples, labels.shape), labels), counts.astype("int32"))
    named = times > 0
    margins = xp.maximum(1 - rows[samples, labels][:, :, None] + rows[:, None, :], 0)
    margins *= counts[:, :, None] & ~named[:, None, :]
    return margins, labels, counts


def multilabel_margin_forward(x: Array, target: Array, reduction: str = "mean") -> Array:
    """Return ``sum_{j, i} max(0, 1 - x[y_j] + x[i]) / C`` over labels ``y_j`` and classes ``i`` that are no label.

    Args:
        x: shape (C,) or (N, C).
        target: integers of the same shape: the labels of a sample first, then -1.
        reduction: "mean" (over the samples), "sum" or "none" (Torch7's ``nn.MultiLabelMarginCriterion``).
    """
    margins, _, _ = _multilabel(x, target)
    losses = margins.sum(axis=(1, 2), dtype="float64") / x.shape[-1]
    return _per_sample(losses, x, x.shape[:-1], reduction)


def multilabel_margin_backward(
    grad: Array | float, x: Array, target: Array, reduction: str = "mean", out: Array | None = None
) -> Array:
    """Return the gradient of `multilabel_margin_forward` with respect to ``x``."""
    xp = namespace(x)
    margins, labels, _ = _multilabel(x, target)
    active = (margins > 0).astype(x.dtype)
    slope = active.sum(axis=1)
    samples = xp.broadcast_to(xp.arange(labels.shape[0])[:, None], labels.shape)
    at("add", slope, (samples, labels), -active.sum(axis=2))
    slope /= x.shape[-1]
    slope *= _sample_grad(grad, x, reduction, labels.shape[0])
    return _unrows(slope, x.shape, out)
