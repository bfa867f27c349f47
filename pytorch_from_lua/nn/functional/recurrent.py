"""One layer of a recurrent net as a recorded operation: by the kernel, and over tensors where it is differentiated
twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.autograd.engine import apply, enable_grad, grad
from pytorch_from_lua.autograd.function import Function
from pytorch_from_lua.autograd.mode import MODE
from pytorch_from_lua.autograd.quiet import hush, unhush
from pytorch_from_lua.errors import DTypeError
from pytorch_from_lua.tensor import Tensor


def _cut(x: Tensor, sizes: Sequence[int]) -> list[Any]:
    """A row of a table into parts of one width along the last dimension."""
    found, start = [], 0
    for size in sizes:
        found.append(apply("narrow", x, dim=1, start=start, length=size))
        start += size
    return found


def _stepped(mode: str, gates: Any, product: Any, state: Any, cells: Any, width: int) -> tuple[Any, Any]:
    """One step over tensors: the output before it is projected, and the cells."""
    if mode == "LSTM":
        i, f, g, o = _cut(gates + product, [width] * 4)
        cells = f.sigmoid() * cells + i.sigmoid() * g.tanh()
        return o.sigmoid() * cells.tanh(), cells
    if mode == "GRU":
        (r, z, n), (hr, hz, hn) = _cut(gates, [width] * 3), _cut(product, [width] * 3)
        update = (z + hz).sigmoid()
        new = (n + (r + hr).sigmoid() * hn).tanh()
        return new + update * (state - new), None
    total = gates + product
    return (total.tanh() if mode == "RNN_TANH" else apply("relu", total)), None


def recorded(
    mode: str, sizes: Sequence[int], reverse: bool, x: Any, state: Any, cells: Any, weights: Sequence[Any]
) -> list[Any]:
    """What the layer gives, one tensor operation after the other: output, last state, and an LSTM's last cells."""
    w_ih, w_hh, b_ih, b_hh, w_hr = weights
    width = w_hh.shape[0] // {"LSTM": 4, "GRU": 3}.get(mode, 1)
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    outputs: list[Any] = [None] * len(sizes)
    for i in reversed(range(len(sizes))) if reverse else range(len(sizes)):
        count = sizes[i]
        rows = apply("narrow", x, dim=0, start=starts[i], length=count)
        own, rest = state[:count], state[count:]
        own_cells = None if cells is None else cells[:count]
        gates, product = apply("linear", rows, w_ih, b_ih), apply("linear", own, w_hh, b_hh)
        made, new_cells = _stepped(mode, gates, product, own, own_cells, width)
        outputs[i] = made if w_hr is None else apply("linear", made, w_hr, None)
        state = apply("cat", outputs[i], rest, dim=0)
        if cells is not None:
            cells = apply("cat", new_cells, cells[count:], dim=0)
    together = [apply("cat", *outputs, dim=0), state]
    return together if cells is None else [*together, cells]


class _Layer(Function):
    """(x, state, cells, five weights) to output, last state and, for an LSTM, last cells."""

    @staticmethod
    def forward(ctx: Any, *tensors: Any, mode: str, sizes: Sequence[int], reverse: bool) -> Any:
        from pytorch_from_lua.kernels.recurrent import Weights, recurrent_forward

        arrays = [None if t is None else t.array for t in tensors]
        quiet = hush()
        try:
            out, state, cells, run = recurrent_forward(
                mode, arrays[0], sizes, arrays[1], arrays[2], Weights(*arrays[3:]), reverse
            )
        finally:
            unhush(quiet)
        ctx.how = mode, sizes, reverse
        ctx.run = run if any(ctx.needs_input_grad) else None
        ctx.save_for_backward(*tensors)
        ctx.set_materialize_grads(False)
        made = (out, state) if cells is None else (out, state, cells)
        return tuple([Tensor.from_array(a) for a in made])

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        saved = ctx.saved_tensors
        if MODE.enabled:
            return _Layer.again(ctx, saved, grads)
        from pytorch_from_lua.kernels.recurrent import recurrent_backward

        given = [None if g is None else g.array for g in grads]
        x, state, cells, found = recurrent_backward(
            given[0], given[1], given[2] if len(given) > 2 else None, ctx.run, saved[1].shape[0]
        )
        arrays = [x, state, cells, found.ih, found.hh, found.bias_ih, found.bias_hh, found.hr]
        return tuple([None if a is None else Tensor.from_array(a) for a in arrays])

    @staticmethod
    def again(ctx: Any, saved: Any, grads: Any) -> Any:
        """The gradients as functions of the inputs and of the gradients that came in."""
        mode, sizes, reverse = ctx.how
        with enable_grad():
            # Copies, so that the way back ends here and does not go on to what made the inputs.
            own = [t.clone() if t is not None and t.requires_grad else t for t in saved]
            outputs = recorded(mode, sizes, reverse, own[0], own[1], own[2], own[3:])
            pairs = [(o, g) for o, g in zip(outputs, grads, strict=True) if g is not None]
            wanted = [t for t in own if t is not None and t.requires_grad]
            found = iter(
                grad([o for o, _ in pairs], wanted, [g for _, g in pairs], create_graph=True, allow_unused=True)
            )
            return tuple([next(found) if t is not None and t.requires_grad else None for t in own])


def recurrent_layer(
    mode: str,
    input: Tensor,
    sizes: Sequence[int],
    state: Tensor,
    cells: Tensor | None,
    weights: Sequence[Tensor | None],
    reverse: bool = False,
) -> tuple[Tensor, ...]:
    """One layer in one direction: output of every step, last state, and an LSTM's last cells.

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        input: the rows of all steps one below the other, ``(sum of sizes, F)``.
        sizes: how many rows each step has, none more than the step before.
        state: ``(N, P)``.
        cells: ``(N, H)`` for an LSTM, else None.
        weights: ``(G H, F)``, ``(G H, P)``, two biases ``(G H,)`` or None, and an LSTM's projection ``(P, H)`` or None.
        reverse: whether it goes through the sequence from its end.

    Raises:
        DTypeError: where the element types differ.
    """
    dtype = input.dtype
    for what, tensor in (("state", state), ("cells", cells), ("weights", weights[0])):
        if tensor is not None and tensor.dtype is not dtype:
            raise DTypeError(f"{mode}: input is {dtype.name}, and {what} {tensor.dtype.name}")
    found: tuple[Tensor, ...] = _Layer.apply(input, state, cells, *weights, mode=mode, sizes=sizes, reverse=reverse)
    return found
