"""The loss of connectionist temporal classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError
from pytorch_from_lua.nn.functional.reduction import reduced, reduction_of
from pytorch_from_lua.tensor import Tensor, backend


def _whole(name: str, given: Any) -> np.ndarray[Any, Any]:
    found = np.asarray(given.cpu().array if isinstance(given, Tensor) else given)
    if found.dtype.kind not in "iu":
        raise DTypeError(f"ctc_loss: {name} needs whole numbers, got {found.dtype}")
    return found.astype(np.int64)


def _lengths(name: str, given: Any, count: int, least: int, most: int) -> np.ndarray[Any, Any]:
    found = _whole(name, given).reshape(-1)
    if len(found) != count:
        raise ShapeError(f"ctc_loss: {name} needs one for each of {count} samples, got {len(found)}")
    if found.size and (found.min() < least or found.max() > most):
        raise RangeError(f"ctc_loss: {name} lie between {least} and {most}, got {found.tolist()}")
    return found


def _rows(targets: np.ndarray[Any, Any], lengths: Any, count: int) -> tuple[Any, Any]:
    """The targets, a row each, and their lengths; targets one after the other are cut."""
    if targets.ndim == 2:
        if targets.shape[0] != count:
            raise ShapeError(f"ctc_loss: targets need {count} rows, got shape {targets.shape}")
        return targets, _lengths("target_lengths", lengths, count, 0, targets.shape[1])
    sizes = _lengths("target_lengths", lengths, count, 0, len(targets))
    if targets.ndim != 1 or sizes.sum() != len(targets):
        raise ShapeError(f"ctc_loss: target_lengths sum up to {sizes.sum()}, targets have shape {targets.shape}")
    rows = np.zeros((count, int(sizes.max(initial=0))), np.int64)
    rows[np.arange(rows.shape[1]) < sizes[:, None]] = targets
    return rows, sizes


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Minus the logarithm of the probability that a sequence of outputs, with repetitions and blanks taken away, is
    the target (Graves et al., 2006).

    Args:
        log_probs: ``(T, N, C)``, or ``(T, C)`` without a batch: logarithms of probabilities at each step.
        targets: ``(N, S)``, or all one after the other, ``(sum of target_lengths,)``; labels other than ``blank``.
        input_lengths: how many steps each sample has: a tensor or a list of whole numbers.
        target_lengths: how many labels each has.
        blank: the class that stands for no label.
        reduction: "mean" (each loss divided by its target's length), "sum" or "none".
        zero_infinity: whether a target that is too long for its input counts as 0.

    Raises:
        DTypeError: for labels or lengths that are not whole numbers.
        RangeError: for labels or lengths outside of what there is.
        ShapeError: for sizes that do not fit together.
    """
    how = reduction_of(reduction)
    if log_probs.ndim not in (2, 3):
        raise ShapeError(f"ctc_loss: log_probs needs shape (T, N, C) or (T, C), got {log_probs.shape}")
    batched = log_probs.ndim == 3
    x = log_probs if batched else log_probs.unsqueeze(1)
    steps, count, classes = x.shape
    if not 0 <= blank < classes:
        raise RangeError(f"ctc_loss: blank lies between 0 and {classes - 1}, got {blank}")
    rows, sizes = _rows(_whole("targets", targets), target_lengths, count)
    lengths = _lengths("input_lengths", input_lengths, count, 1, steps)
    there = np.arange(rows.shape[1]) < sizes[:, None]
    used = rows[there]
    if used.size and (used.min() < 0 or used.max() >= classes or (used == blank).any()):
        raise RangeError(f"ctc_loss: targets are labels from 0 to {classes - 1} other than the blank {blank}")
    losses = apply(
        "ctc_loss",
        x,
        targets=backend.beside(np.where(there, rows, 0), x.array),
        input_lengths=backend.beside(lengths, x.array),
        target_lengths=backend.beside(sizes, x.array),
        blank=blank,
    )
    if zero_infinity:
        losses = apply("where", losses.detach().isinf(), 0, losses)
    if how == "mean":
        losses = losses / Tensor.from_array(np.maximum(sizes, 1).astype(losses.dtype.numpy), losses)
    return reduced(losses if batched else losses.squeeze(0), how)
