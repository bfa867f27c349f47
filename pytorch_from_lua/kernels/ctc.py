"""Connectionist temporal classification (Graves et al., 2006): labels of a sequence without their places.

A target of S labels is told with blanks around each, ``L = 2 S + 1`` places; at each step a path stays, goes on by one,
or by two over a blank between different labels. Sums over paths are taken in logarithms, for all samples at once.
"""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.kernels.namespace import Array, namespace


def _places(targets: Array, blank: int) -> tuple[Array, Array]:
    """Return the label of each place, ``(N, L)``, and whether it can be reached over the place before it."""
    xp = namespace(targets)
    count, longest = targets.shape
    labels = xp.full((count, 2 * longest + 1), blank, targets.dtype)
    labels[:, 1::2] = targets
    over = xp.zeros(labels.shape, bool)
    over[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    return labels, over


def _moved(xp: Any, x: Array, by: int) -> Array:
    """Return ``x`` moved along its last dimension, with a logarithm of 0 where nothing comes from."""
    made = xp.full_like(x, -xp.inf)
    if by > 0:
        made[:, by:] = x[:, :-by]
    else:
        made[:, :by] = x[:, -by:]
    return made


def ctc_forward(
    log_probs: Array, targets: Array, input_lengths: Array, target_lengths: Array, blank: int = 0
) -> tuple[Array, Array]:
    """Return the loss of each sample, ``(N,)``, and what backward needs: ``(T, N, L)``.

    Args:
        log_probs: ``(T, N, C)``.
        targets: labels, ``(N, S)``; what stands behind a target's length counts for nothing.
        input_lengths: how many steps each sample has, from 1 to T.
        target_lengths: how many labels each has, from 0 to S.
        blank: the class that stands for no label.
    """
    xp = namespace(log_probs)
    steps, count, _ = log_probs.shape
    labels, over = _places(targets, blank)
    samples = xp.arange(count)
    forward = xp.full((steps, *labels.shape), -xp.inf, log_probs.dtype)
    forward[0, :, :2] = log_probs[0][samples[:, None], labels[:, :2]]
    for t in range(1, steps):
        before = forward[t - 1]
        two = xp.where(over, _moved(xp, before, 2), -xp.inf)
        paths = xp.logaddexp(xp.logaddexp(before, _moved(xp, before, 1)), two)
        forward[t] = paths + log_probs[t][samples[:, None], labels]
    last = forward[input_lengths - 1, samples]
    ends = last[samples, 2 * target_lengths]
    labelled = last[samples, xp.maximum(2 * target_lengths - 1, 0)]
    return -xp.where(target_lengths > 0, xp.logaddexp(ends, labelled), ends), forward


def ctc_backward(
    grad: Array,
    log_probs: Array,
    forward: Array,
    losses: Array,
    targets: Array,
    input_lengths: Array,
    target_lengths: Array,
    blank: int = 0,
) -> Array:
    """Return the gradient of `ctc_forward`: minus how likely each class is at each step, given the target."""
    xp = namespace(log_probs)
    steps, count, _ = log_probs.shape
    labels, over = _places(targets, blank)
    samples, places = xp.arange(count), xp.arange(labels.shape[1])
    ahead = xp.zeros(labels.shape, bool)  # whether the place after next can be reached
    ahead[:, :-2] = over[:, 2:]
    final = 2 * target_lengths[:, None] - places
    ending = xp.where((final == 0) | (final == 1), 0.0, -xp.inf).astype(log_probs.dtype)
    shares = xp.zeros_like(forward)
    rest = xp.full(labels.shape, -xp.inf, log_probs.dtype)
    for t in range(steps - 1, -1, -1):
        if t < steps - 1:
            after = rest + log_probs[t + 1][samples[:, None], labels]
            two = xp.where(ahead, _moved(xp, after, -2), -xp.inf)
            rest = xp.logaddexp(xp.logaddexp(after, _moved(xp, after, -1)), two)
        rest = xp.where((input_lengths == t + 1)[:, None], ending, rest)
        shares[t] = xp.exp(forward[t] + rest + losses[:, None])
    shares[xp.arange(steps)[:, None] >= input_lengths] = 0
    gradient = xp.zeros_like(log_probs)
    for place in range(labels.shape[1]):
        gradient[:, samples, labels[:, place]] -= shares[:, :, place]
    # A target that its input is too short for has no gradient, and where it does not count none is wanted.
    return xp.where(grad[:, None] == 0, log_probs.dtype.type(0), gradient * grad[:, None])
