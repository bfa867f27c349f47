"""One layer of a recurrent net over a whole sequence, in one direction: Elman's, LSTM's and GRU's.

The samples of a sequence may differ in length: ``x`` holds the rows of all steps one below the other, and ``sizes``
says how many each step has. They belong to the first samples of the batch, the longest of which come first. The product
of all inputs with the weights is taken at once; each step then adds that of the state. Forward gives what backward
needs.

Weights and the order of gates are PyTorch's: input, forget, cell, output of an LSTM, reset, update, new of a GRU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytorch_from_lua.errors import RangeError
from pytorch_from_lua.kernels.elementary import sigmoid, tanh
from pytorch_from_lua.kernels.namespace import Array, namespace

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
"""How many rows of weights there are for each element of the state, by the kind of layer."""


@dataclass
class Weights:
    """What a layer has learned: ``(G H, F)``, ``(G H, P)``, ``(G H,)`` twice or not at all, and ``(P, H)`` where an
    LSTM's output is projected to P numbers (else P is H).
    """

    ih: Array
    hh: Array
    bias_ih: Array | None = None
    bias_hh: Array | None = None
    hr: Array | None = None


@dataclass
class Pass:
    """What a forward pass leaves for backward: arrays with a row for each row of ``x``."""

    mode: str
    x: Array
    sizes: Sequence[int]
    reverse: bool
    weights: Weights
    gates: Array  # after their nonlinearities
    before: Array  # the state that each step came with
    cells_before: Array | None = None
    more: Array | None = None  # an LSTM's tanh(c); what a GRU's reset gate multiplies
    raw: Array | None = None  # an LSTM's output before its projection
    at: list[slice] = field(default_factory=list)


Step = Callable[[Pass, slice, Array, Array, Array | None], Array]


def _rnn_step(nonlinearity: Callable[[Any, Array], Array]) -> Step:
    def step(run: Pass, rows: slice, state: Array, product: Array, cells: Array | None) -> Array:
        product += run.gates[rows]
        run.gates[rows] = made = nonlinearity(namespace(product), product)
        return made

    return step


def _lstm_step(run: Pass, rows: slice, state: Array, product: Array, cells: Array | None) -> Array:
    assert cells is not None
    assert run.more is not None
    xp, n = namespace(product), cells.shape[1]
    product += run.gates[rows]
    gates = sigmoid(product)
    # tanh(v) = 2 sigmoid(2 v) - 1: what comes in is twice the cell's gate, so that one loop does all four.
    new = gates[:, 2 * n : 3 * n]
    new *= 2
    new -= 1
    run.gates[rows] = gates
    cells *= gates[:, n : 2 * n]
    cells += gates[:, :n] * new
    run.more[rows] = size = tanh(xp, cells)
    return gates[:, 3 * n :] * size


def _gru_step(run: Pass, rows: slice, state: Array, product: Array, cells: Array | None) -> Array:
    assert run.more is not None
    n = state.shape[1]
    xp, gates = namespace(product), run.gates[rows]
    product[:, : 2 * n] += gates[:, : 2 * n]
    both = sigmoid(product[:, : 2 * n])
    run.more[rows] = product[:, 2 * n :]
    new = tanh(xp, gates[:, 2 * n :] + both[:, :n] * product[:, 2 * n :])
    gates[:, : 2 * n], gates[:, 2 * n :] = both, new
    return new + both[:, n:] * (state - new)


def _rnn_back(slope: Callable[[Array], Array]) -> Any:
    def back(run: Pass, rows: slice, grad: Array, cells: Array | None, ih: Array, hh: Array) -> Array | None:
        ih[rows] = slope(run.gates[rows]) * grad
        return None

    return back


def _lstm_back(run: Pass, rows: slice, grad: Array, cells: Array | None, ih: Array, hh: Array) -> Array | None:
    assert cells is not None
    assert run.more is not None
    assert run.cells_before is not None
    n = cells.shape[1]
    gates, size, out = run.gates[rows], run.more[rows], ih[rows]
    new, output = gates[:, 2 * n : 3 * n], gates[:, 3 * n :]
    cells += grad * output * (1 - size * size)
    # y (1 - y) for the three logistic gates, 1 - y^2 for the cell's, times what each multiplies.
    out[...] = gates - gates * gates
    out[:, :n] *= cells * new
    out[:, n : 2 * n] *= cells * run.cells_before[rows]
    out[:, 2 * n : 3 * n] = (1 - new * new) * (cells * gates[:, :n])
    out[:, 3 * n :] *= grad * size
    cells *= gates[:, n : 2 * n]
    return None


def _gru_back(run: Pass, rows: slice, grad: Array, cells: Array | None, ih: Array, hh: Array) -> Array | None:
    assert run.more is not None
    n = run.more.shape[1]
    gates, state = run.gates[rows], run.before[rows]
    reset, update, new = gates[:, :n], gates[:, n : 2 * n], gates[:, 2 * n :]
    out = ih[rows]
    out[:, 2 * n :] = grad * (1 - update) * (1 - new * new)
    out[:, :n] = out[:, 2 * n :] * run.more[rows] * (reset * (1 - reset))
    out[:, n : 2 * n] = grad * (state - new) * (update * (1 - update))
    hh[rows, : 2 * n] = out[:, : 2 * n]
    hh[rows, 2 * n :] = out[:, 2 * n :] * reset
    return grad * update


_STEPS: dict[str, tuple[Step, Any]] = {
    "RNN_TANH": (_rnn_step(tanh), _rnn_back(lambda y: 1 - y * y)),
    "RNN_RELU": (_rnn_step(lambda xp, x: xp.maximum(x, 0)), _rnn_back(lambda y: y > 0)),
    "LSTM": (_lstm_step, _lstm_back),
    "GRU": (_gru_step, _gru_back),
}


def _places(sizes: Sequence[int], reverse: bool) -> list[slice]:
    """The rows of each step, in the order in which they are gone through."""
    found, start = [], 0
    for size in sizes:
        found.append(slice(start, start + size))
        start += size
    return found[::-1] if reverse else found


def _doubled(weights: Array, mode: str, axis: int = 0) -> Array:
    """Return weights of an LSTM with twice the cell's gate; others as they are."""
    if mode != "LSTM":
        return weights
    n = weights.shape[0] // 4
    made = weights.copy()
    made[2 * n : 3 * n] *= 2
    return made


def recurrent_forward(
    mode: str,
    x: Array,
    sizes: Sequence[int],
    state: Array,
    cells: Array | None,
    weights: Weights,
    reverse: bool = False,
) -> tuple[Array, Array, Array | None, Pass]:
    """Return the output of every step, the last state, the last cells of an LSTM, and what backward needs.

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        x: ``(sum of sizes, F)``.
        sizes: how many rows each step has, none more than the step before.
        state: ``(N, P)``, before the first step.
        cells: ``(N, H)`` for an LSTM, else None.
        weights: of the layer.
        reverse: whether it goes through the sequence from its end.

    Raises:
        RangeError: for another ``mode``.
    """
    if mode not in GATES:
        raise RangeError(f"mode: got {mode!r}; allowed are {', '.join(map(repr, GATES))}")
    xp, step = namespace(x), _STEPS[mode][0]
    gates = x @ _doubled(weights.ih, mode).T
    for bias in (weights.bias_ih, weights.bias_hh if mode != "GRU" else None):
        if bias is not None:
            gates += _doubled(bias, mode)
    rows, width = x.shape[0], weights.hh.shape[0] // GATES[mode]
    run = Pass(mode, x, sizes, reverse, weights, gates, xp.empty((rows, state.shape[1]), x.dtype))
    run.at = _places(sizes, reverse)
    state = state.copy()
    if mode == "LSTM":
        assert cells is not None
        cells = cells.copy()
        run.cells_before = xp.empty((rows, width), x.dtype)
    if mode in ("LSTM", "GRU"):
        run.more = xp.empty((rows, width), x.dtype)
    if weights.hr is not None:
        run.raw = xp.empty((rows, width), x.dtype)
    out = xp.empty_like(run.before)
    across = xp.ascontiguousarray(_doubled(weights.hh, mode).T)
    for at in run.at:
        count = at.stop - at.start
        own = state[:count]
        product = own @ across
        if mode == "GRU" and weights.bias_hh is not None:
            product += weights.bias_hh
        run.before[at] = own
        if cells is not None and run.cells_before is not None:
            run.cells_before[at] = cells[:count]
        made = step(run, at, own, product, None if cells is None else cells[:count])
        if weights.hr is not None and run.raw is not None:
            run.raw[at] = made
            made = made @ weights.hr.T
        out[at] = made
        own[...] = made
    return out, state, cells, run


def recurrent_backward(
    grad: Array | None, grad_state: Array | None, grad_cells: Array | None, run: Pass, count: int
) -> tuple[Array, Array, Array | None, Weights]:
    """Return the gradients of ``x``, of the first state, of the first cells, and of the weights.

    Args:
        grad: that of the outputs; None where there is none.
        grad_state: that of the last state; None where there is none.
        grad_cells: that of the last cells; None where there is none.
        run: what forward gave.
        count: N, how many samples there are.
    """
    xp, back, weights = namespace(run.x), _STEPS[run.mode][1], run.weights
    dtype = run.x.dtype
    state = xp.zeros((count, run.before.shape[1]), dtype) if grad_state is None else grad_state.copy()
    cells = None
    if run.cells_before is not None:
        cells = xp.zeros((count, run.cells_before.shape[1]), dtype) if grad_cells is None else grad_cells.copy()
    ih = xp.empty_like(run.gates)
    hh = xp.empty_like(run.gates) if run.mode == "GRU" else ih
    projected = None if run.raw is None else xp.empty((run.x.shape[0], state.shape[1]), dtype)
    for at in reversed(run.at):
        size = at.stop - at.start
        own = state[:size]
        if grad is not None:
            own += grad[at]
        through = own
        if weights.hr is not None:
            assert projected is not None
            projected[at] = own
            through = own @ weights.hr
        kept = back(run, at, through, None if cells is None else cells[:size], ih, hh)
        xp.matmul(hh[at], weights.hh, out=own)
        if kept is not None:
            own += kept
    found = Weights(
        ih.T @ run.x,
        hh.T @ run.before,
        None if weights.bias_ih is None else ih.sum(0),
        None if weights.bias_hh is None else hh.sum(0),
        None if projected is None or run.raw is None else projected.T @ run.raw,
    )
    return ih @ weights.ih, state, cells, found
