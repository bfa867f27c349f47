"""Recurrent layers under PyTorch's names, arguments and names of parameters: RNN, LSTM, GRU and their cells."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.functional.recurrent import recurrent_layer
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.parameter import Parameter
from pytorch_from_lua.nn.utils.rnn import PackedSequence
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.creation import zeros

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
NONLINEARITIES = {"tanh": "RNN_TANH", "relu": "RNN_RELU"}


def _mode_of(nonlinearity: str) -> str:
    if nonlinearity not in NONLINEARITIES:
        raise ModuleError(f"nonlinearity: got {nonlinearity!r}; allowed are 'tanh' and 'relu'")
    return NONLINEARITIES[nonlinearity]


def _check_sizes(input_size: int, hidden_size: int) -> None:
    for name, value in (("input_size", input_size), ("hidden_size", hidden_size)):
        if value < 1:
            raise ModuleError(f"{name}: needs to be 1 or more, got {value}")


class RNNBase(Module):
    """What the three have in common.

    Shapes: input ``(T, N, F)``, ``(N, T, F)`` with ``batch_first``, ``(T, F)`` without a batch, or a `PackedSequence`;
    output the same with ``D * P`` in place of F, where D is 2 for both directions and P the size of the output; state
    ``(L * D, N, P)``, or ``(L * D, P)`` without a batch, for L layers.

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        input_size: F.
        hidden_size: H, the size of the state.
        num_layers: L, how many layers stand one on the other.
        bias: whether there are ``bias_ih`` and ``bias_hh``.
        batch_first: see the shapes; the state is not affected.
        dropout: the probability with which an output is 0 on its way to the next layer in training.
        bidirectional: whether a second net goes through the sequence from its end.
        proj_size: P where the output of an LSTM is projected to fewer numbers; 0 for P = H.
        dtype: the parameters' element type.

    Attributes:
        weight_ih_l0: ``(G H, F)`` with the rows of G gates, and so on for each layer, ``_reverse`` for the second
            direction; ``weight_hh_l0`` is ``(G H, P)``, ``bias_ih_l0`` and ``bias_hh_l0`` are ``(G H,)``.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if mode not in GATES:
            raise ModuleError(f"mode: got {mode!r}; allowed are {', '.join(map(repr, GATES))}")
        _check_sizes(input_size, hidden_size)
        if num_layers < 1:
            raise ModuleError(f"num_layers: needs to be 1 or more, got {num_layers}")
        if not 0.0 <= dropout <= 1.0:
            raise ModuleError(f"dropout: a probability lies between 0 and 1, got {dropout}")
        if proj_size and not (mode == "LSTM" and 0 < proj_size < hidden_size):
            raise ModuleError(f"proj_size: an LSTM's lies between 0 and hidden_size {hidden_size}, got {proj_size}")
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                f"dropout: stands between layers, and there is one only; got {dropout}", UserWarning, stacklevel=3
            )
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout, self.bidirectional = bias, batch_first, float(dropout), bidirectional
        self.proj_size = proj_size
        self._add_parameters(dtype)
        self.reset_parameters()

    @property
    def _out_size(self) -> int:
        return self.proj_size or self.hidden_size

    def _layers(self) -> Iterator[tuple[int, str]]:
        """The number of each layer and direction, and what its parameters have behind their names."""
        for layer in range(self.num_layers):
            for direction in range(2 if self.bidirectional else 1):
                yield layer, f"_l{layer}" + "_reverse" * direction

    def _add_parameters(self, dtype: Any) -> None:
        rows = GATES[self.mode] * self.hidden_size
        directions = 2 if self.bidirectional else 1
        for layer, suffix in self._layers():
            width = self.input_size if layer == 0 else self._out_size * directions
            setattr(self, f"weight_ih{suffix}", new_parameter(rows, width, dtype=dtype))
            setattr(self, f"weight_hh{suffix}", new_parameter(rows, self._out_size, dtype=dtype))
            if self.bias:
                setattr(self, f"bias_ih{suffix}", new_parameter(rows, dtype=dtype))
                setattr(self, f"bias_hh{suffix}", new_parameter(rows, dtype=dtype))
            if self.proj_size:
                setattr(self, f"weight_hr{suffix}", new_parameter(self.proj_size, self.hidden_size, dtype=dtype))

    def reset_parameters(self) -> None:
        """Draws every parameter, in order, from U(-1/sqrt(hidden_size), 1/sqrt(hidden_size))."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def _weights(self, suffix: str) -> list[Parameter | None]:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        return [self._parameters.get(name + suffix) for name in names]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[w for w in self._weights(suffix) if w is not None] for _, suffix in self._layers()]

    def flatten_parameters(self) -> None:
        """Does nothing: PyTorch's way to put parameters on a GPU into one memory."""

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The output of the last layer at every step, and the last state of every layer and direction.

        Args:
            input: see the class.
            hx: the first state; zeros where None. For an LSTM a pair of state and cells.

        Raises:
            ModuleError: for other shapes.
        """
        if isinstance(input, PackedSequence):
            return self._packed(input, hx)
        name = type(self).__name__
        if input.ndim not in (2, 3):
            raise ModuleError(f"{name}: input needs 2 dimensions, or 3 with a batch, got {input.shape}")
        batched = input.ndim == 3
        x = input if batched else input.unsqueeze(1)
        if self.batch_first and batched:
            x = x.transpose(0, 1)
        steps, count, width = x.shape
        if width != self.input_size:
            raise ModuleError(f"{name}: input needs a last size of {self.input_size}, got {input.shape}")
        if steps == 0:
            raise ModuleError(f"{name}: input needs one step or more, got {input.shape}")
        state = self._state(hx, count, batched, x)
        output, last = self._run(x.reshape(steps * count, width), [count] * steps, state)
        output = output.reshape(steps, count, output.shape[1])
        if not batched:
            return output.squeeze(1), self._given([t.squeeze(1) for t in last])
        return output.transpose(0, 1) if self.batch_first else output, self._given(last)

    def _packed(self, input: PackedSequence, hx: Any) -> tuple[Any, Any]:
        sizes = [int(n) for n in input.batch_sizes.tolist()]
        if input.data.ndim != 2 or input.data.shape[1] != self.input_size:
            raise ModuleError(
                f"{type(self).__name__}: input needs a last size of {self.input_size}, got {input.data.shape}"
            )
        state = self._state(hx, sizes[0], True, input.data)
        if input.sorted_indices is not None and hx is not None:
            state = [apply("index_select", t, dim=1, index=input.sorted_indices.array) for t in state]
        output, last = self._run(input.data, sizes, state)
        if input.unsorted_indices is not None:
            last = [apply("index_select", t, dim=1, index=input.unsorted_indices.array) for t in last]
        packed = PackedSequence(output, input.batch_sizes, input.sorted_indices, input.unsorted_indices)
        return packed, self._given(last)

    def _given(self, state: list[Tensor]) -> Any:
        return tuple(state) if self.mode == "LSTM" else state[0]

    def _state(self, hx: Any, count: int, batched: bool, like: Tensor) -> list[Tensor]:
        """The first state, and an LSTM's cells, with a batch."""
        name, lstm = type(self).__name__, self.mode == "LSTM"
        rows = self.num_layers * (2 if self.bidirectional else 1)
        shapes = [(rows, count, self._out_size)] + [(rows, count, self.hidden_size)] * lstm
        if hx is None:
            return [zeros(*shape, dtype=like.dtype, device=like.device) for shape in shapes]
        if lstm and not (isinstance(hx, (tuple, list)) and len(hx) == 2):
            raise ModuleError(f"{name}: hx needs to be a pair of the state and the cells")
        if not lstm and not isinstance(hx, Tensor):
            raise ModuleError(f"{name}: hx needs to be a tensor, got {type(hx).__name__}")
        given = list(hx) if lstm else [hx]
        for what, t, shape in zip(("state", "cells"), given, shapes):  # noqa: B905 - cells for an LSTM only
            wanted = shape if batched else (shape[0], shape[2])
            if t.shape != wanted:
                raise ModuleError(f"{name}: hx needs a {what} of shape {wanted}, got {t.shape}")
        return given if batched else [t.unsqueeze(1) for t in given]

    def _run(self, x: Tensor, sizes: list[int], state: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """All layers over rows of steps; the last states of all, stacked."""
        last: list[tuple[Tensor, ...]] = []
        directions = 2 if self.bidirectional else 1
        parts: list[Tensor] = []
        for i, (layer, suffix) in enumerate(self._layers()):
            cells = state[1][i] if len(state) > 1 else None
            out, *ends = recurrent_layer(
                self.mode, x, sizes, state[0][i], cells, self._weights(suffix), suffix.endswith("_reverse")
            )
            parts.append(out)
            last.append(tuple(ends))
            if len(parts) == directions:
                x = parts[0] if directions == 1 else apply("cat", *parts, dim=1)
                parts = []
                if self.dropout > 0 and layer < self.num_layers - 1:
                    x = F.dropout(x, self.dropout, self.training)
        return x, [apply("stack", *each, dim=0) for each in zip(*last, strict=True)]

    def extra_repr(self) -> str:
        usual = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False}
        usual["proj_size"] = 0
        given = [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        relu = ["nonlinearity='relu'"] * (self.mode == "RNN_RELU")
        return ", ".join([str(self.input_size), str(self.hidden_size), *relu, *given])


class RNN(RNNBase):
    """``h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)`` (Elman, 1990).

    Shapes, and arguments not told here: see `RNNBase`.

    Args:
        input_size: F.
        hidden_size: H.
        num_layers: L.
        nonlinearity: "tanh" or "relu".
        bias: whether there are biases.
        batch_first: whether the batch is the first dimension.
        dropout: between layers.
        bidirectional: whether there are two directions.
        dtype: the parameters' element type.

    >>> from pytorch_from_lua import nn, zeros
    >>> output, state = nn.RNN(3, 5)(zeros(7, 2, 3))
    >>> output.shape, state.shape
    ((7, 2, 5), (1, 2, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = None,
    ) -> None:
        mode = _mode_of(nonlinearity)
        super().__init__(
            mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype=dtype
        )
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Gates ``i, f, g, o`` of ``W_ih x_t + b_ih + W_hh h_{t-1} + b_hh``; ``c_t = s(f) c_{t-1} + s(i) tanh(g)`` and
    ``h_t = s(o) tanh(c_t)`` for the logistic ``s`` (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).

    The state is a pair ``(h, c)``. Shapes and arguments: see `RNNBase`; with ``proj_size`` P, ``h_t`` is
    ``W_hr s(o) tanh(c_t)`` (Sak et al., 2014).

    >>> from pytorch_from_lua import nn, zeros
    >>> output, (h, c) = nn.LSTM(3, 5, num_layers=2, batch_first=True)(zeros(2, 7, 3))
    >>> output.shape, h.shape, c.shape
    ((2, 7, 5), (2, 2, 5), (2, 2, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, dtype
        )


class GRU(RNNBase):
    """Gates ``r, z, n``; ``n = tanh(W_in x_t + b_in + s(r) (W_hn h_{t-1} + b_hn))`` and
    ``h_t = (1 - s(z)) n + s(z) h_{t-1}`` for the logistic ``s`` (Cho et al., 2014).

    Shapes and arguments: see `RNNBase`.

    >>> from pytorch_from_lua import nn, zeros
    >>> output, state = nn.GRU(3, 5, bidirectional=True)(zeros(7, 2, 3))
    >>> output.shape, state.shape
    ((7, 2, 10), (2, 2, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype=dtype
        )


class _Cell(Module):
    """One step of a recurrent layer.

    Shapes: input ``(N, F)`` or ``(F,)``; state, and an LSTM's cells, ``(N, H)`` or ``(H,)``.

    Args:
        input_size: F.
        hidden_size: H.
        bias: whether there are biases.
        dtype: the parameters' element type.
    """

    mode: ClassVar[str] = "RNN_TANH"

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, dtype: Any = None) -> None:
        super().__init__()
        _check_sizes(input_size, hidden_size)
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = GATES[self.mode] * hidden_size
        self.weight_ih = new_parameter(rows, input_size, dtype=dtype)
        self.weight_hh = new_parameter(rows, hidden_size, dtype=dtype)
        self.register_parameter("bias_ih", new_parameter(rows, dtype=dtype) if bias else None)
        self.register_parameter("bias_hh", new_parameter(rows, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws every parameter, in order, from U(-1/sqrt(hidden_size), 1/sqrt(hidden_size))."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def _step(self, mode: str, input: Tensor, given: list[Tensor | None]) -> list[Tensor]:
        name = type(self).__name__
        if input.ndim not in (1, 2) or input.shape[-1] != self.input_size:
            wanted = f"(N, {self.input_size}) or ({self.input_size},)"
            raise ModuleError(f"{name}: input needs shape {wanted}, got {input.shape}")
        shape = (*input.shape[:-1], self.hidden_size)
        for t in given:
            if t is not None and t.shape != shape:
                raise ModuleError(f"{name}: hx needs shape {shape}, got {t.shape}")
        rows = input if input.ndim == 2 else input.unsqueeze(0)
        count = rows.shape[0]
        state = [
            zeros(count, self.hidden_size, dtype=input.dtype, device=input.device)
            if t is None
            else t.reshape(count, -1)
            for t in given
        ]
        cells = state[1] if len(state) > 1 else None
        weights = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh, None)
        _, *ends = recurrent_layer(mode, rows, [count], state[0], cells, weights)
        return [t.reshape(*shape) for t in ends]

    def extra_repr(self) -> str:
        return ", ".join([str(self.input_size), str(self.hidden_size)] + ["bias=False"] * (not self.bias))


class RNNCell(_Cell):
    """One step of `RNN`: ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``, or ``relu`` in its place.

    Shapes: input ``(N, F)`` or ``(F,)``, state and output ``(N, H)`` or ``(H,)``.

    Args:
        input_size: F.
        hidden_size: H.
        bias: whether there are biases.
        nonlinearity: "tanh" or "relu".
        dtype: the parameters' element type.
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", dtype: Any = None
    ) -> None:
        _mode_of(nonlinearity)
        super().__init__(input_size, hidden_size, bias, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state, from the input and the state (zeros where None)."""
        return self._step(_mode_of(self.nonlinearity), input, [hx])[0]

    def extra_repr(self) -> str:
        return super().extra_repr() + ", nonlinearity='relu'" * (self.nonlinearity == "relu")


class LSTMCell(_Cell):
    """One step of `LSTM`: the next state and cells, from the input and a pair of them (zeros where None).

    Shapes: input ``(N, F)`` or ``(F,)``, state, cells and both outputs ``(N, H)`` or ``(H,)``.
    """

    mode = "LSTM"

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """The next state and cells."""
        if hx is not None and len(hx) != 2:
            raise ModuleError("LSTMCell: hx needs to be a pair of the state and the cells")
        state, cells = self._step("LSTM", input, [None, None] if hx is None else list(hx))
        return state, cells


class GRUCell(_Cell):
    """One step of `GRU`: the next state, from the input and the state (zeros where None).

    Shapes: input ``(N, F)`` or ``(F,)``, state and output ``(N, H)`` or ``(H,)``.
    """

    mode = "GRU"

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        return self._step("GRU", input, [hx])[0]
