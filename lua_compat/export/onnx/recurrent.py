"""Recurrent layers and their cells, as ONNX's own operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.export.onnx.row import Row, Table
from lua_compat.export.onnx.trace import Call, Operand, Trace
from lua_compat.export.onnx.values import Value
from pytorch_from_lua import nn
from pytorch_from_lua.nn.recurrent import NONLINEARITIES

#: Which of our gates each of ONNX's is: theirs stand in the order i, o, f, c and z, r, h.
_GATES = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN_TANH": (0,), "RNN_RELU": (0,)}
_OPERATION = {"LSTM": "LSTM", "GRU": "GRU", "RNN_TANH": "RNN", "RNN_RELU": "RNN"}


def _ordered(tensor: Any, mode: str, hidden: int) -> Any:
    gates = tensor.array.reshape(-1, hidden, *tensor.shape[1:])
    return gates[list(_GATES[mode])].reshape(tensor.shape)


def _weights(c: Call, mode: str, hidden: int, parts: list[list[Any]], label: str) -> list[str | None]:
    """W, R and B of one layer, of one or two directions."""
    made: list[str | None] = []
    for i, name in enumerate(("W", "R")):
        stacked = np.stack([_ordered(part[i], mode, hidden) for part in parts])
        made.append(c.constant(stacked, f"{label}.{name}"))
    if parts[0][2] is None:
        return [*made, None]
    biases = [np.concatenate([_ordered(b, mode, hidden) for b in part[2:4]]) for part in parts]
    return [*made, c.constant(np.stack(biases), f"{label}.B")]


def _run(c: Call, mode: str, hidden: int, x: Operand, weights: list[str | None], states: list[Operand]) -> list[str]:
    """The outputs of all steps (T, D, N, H) and the last states, each (D, N, H)."""
    both = c.trace.graph.constants[weights[0] or ""].shape[0] == 2
    outputs = 3 if mode == "LSTM" else 2
    return c.ops(
        _OPERATION[mode],
        outputs,
        x,
        *weights,
        None,
        *states,
        hidden_size=hidden,
        direction="bidirectional" if both else None,
        activations=["Relu"] * (2 if both else 1) if mode == "RNN_RELU" else None,
        # Ours multiplies what the state gives, with its bias, by the gate.
        linear_before_reset=1 if mode == "GRU" else None,
    )


def _layers(c: Call) -> Any:
    m = c.module
    x, hx = (c.x[0], c.x[1]) if isinstance(c.x, list) else (c.x, None)
    states = [] if hx is None else leaves_of(hx)
    alone = x.ndim == 2
    given: Operand = c.unsqueeze(x, 1) if alone else x
    if m.batch_first and not alone:
        given = c.transpose(given, (1, 0, 2))
    if alone:
        states = [c.unsqueeze(s, 1) for s in states]
    directions = 2 if m.bidirectional else 1
    suffixes = [suffix for _, suffix in m._layers()]
    ends: list[list[str]] = []
    for layer in range(m.num_layers):
        own = suffixes[layer * directions : (layer + 1) * directions]
        weights = _weights(c, m.mode, m.hidden_size, [m._weights(s) for s in own], f"layer{layer}")
        first = [c.slice(s, 0, layer * directions, (layer + 1) * directions) for s in states]
        outputs, *last = _run(c, m.mode, m.hidden_size, given, weights, first)
        ends.append(last)
        together = c.transpose(outputs, (0, 2, 1, 3))
        given = c.op("Reshape", together, [0, 0, directions * m.hidden_size])
    finals = [c.op("Concat", *each, axis=0) if len(each) > 1 else each[0] for each in zip(*ends, strict=True)]
    if alone:
        given, finals = c.squeeze(given, 1), [c.squeeze(final, 1) for final in finals]
    elif m.batch_first:
        given = c.transpose(given, (1, 0, 2))
    return [c.name(given), finals if m.mode == "LSTM" else finals[0]]


def leaves_of(state: Any) -> list[Operand]:
    """A state, or the state and the cells, as a list."""
    return [state] if isinstance(state, Value) else list(state)


def _cell(c: Call) -> Any:
    """One step of a layer of one step."""
    m = c.module
    mode = NONLINEARITIES[m.nonlinearity] if isinstance(m, nn.RNNCell) else m.mode
    x, hx = (c.x[0], c.x[1]) if isinstance(c.x, list) else (c.x, None)
    alone = x.ndim == 1
    axes = (0, 1) if alone else (0,)
    states = [] if hx is None else [c.unsqueeze(s, *axes) for s in leaves_of(hx)]
    part = [m.weight_ih, m.weight_hh, m.bias_ih, m.bias_hh]
    weights = _weights(c, mode, m.hidden_size, [part], "step")
    _, *last = _run(c, mode, m.hidden_size, c.unsqueeze(x, *axes), weights, states)
    given = [c.squeeze(each, *axes) for each in last]
    return given if mode == "LSTM" else given[0]


def _called(trace: Trace, module: Any, x: Any, probe: int) -> Any:
    """The module with its state, where the input is a list of both."""
    return module(*x) if isinstance(x, list) else module(x)


def _projected(module: Any) -> str | None:
    return "proj_size: ONNX's LSTM has no projection" if module.proj_size else None


ROWS: Table = {
    **dict.fromkeys((nn.GRU, nn.LSTM, nn.RNN), Row(_layers, run=_called, refuse=_projected)),
    **dict.fromkeys((nn.GRUCell, nn.LSTMCell, nn.RNNCell), Row(_cell, run=_called)),
}
