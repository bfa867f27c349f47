"""Walks through a model with an input, runs each module on it, and has its operations written to the graph."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lua_compat.export.onnx.graph import Graph, memory_of
from lua_compat.export.onnx.row import Row, Table
from lua_compat.export.onnx.values import (
    Dim,
    FixedBatchError,
    Free,
    Shape,
    Size,
    UnsupportedError,
    Value,
    WantsIndicesError,
    leaves,
    mapped,
)
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.dtype import int32, int64

#: What an operation takes: a value, the name of one, or a constant; None where an optional input is left out.
Operand = Any
_END = np.iinfo(np.int64).max


class Trace:
    """One walk.

    Attributes:
        graph: what was written so far.
        refused: the modules that cannot be written, each with its place and the reason.
        indices: the numbers of the inputs that are looked up.
        places_of: for pooling modules that keep their places, by ``id``: the name of those, and the input.
        kept: the same for what was run: the places and the size of the input, by ``id`` and number of the run.
    """

    def __init__(self, table: Table, graph: Graph) -> None:
        self.table, self.graph = table, graph
        self.refused: dict[str, str] = {}
        self.indices: frozenset[int] = frozenset()
        self.places_of: dict[int, tuple[str, Value]] = {}
        self.kept: dict[tuple[int, int], Any] = {}
        self._alive: weakref.WeakSet[Value] = weakref.WeakSet()

    def value(self, name: str, runs: Sequence[Tensor], origins: frozenset[int], shape: Shape | None = None) -> Value:
        """A value that is told when a module writes over its memory."""
        made = Value(name, runs, origins, shape)
        self._alive.add(made)
        return made

    def call(self, module: Module, place: str, x: Any) -> Any:
        """What the module gives for ``x``, a value or a nesting of them."""
        row = self.table[type(module)]
        if row.passes is not None:
            return row.passes(self, module, place, x)
        for value, bound in row.indices(module, x):
            if value.dtype.is_floating_point or any(run.array.size and run.array.max() >= bound for run in value.runs):
                raise WantsIndicesError(value.origins, bound)
            self.indices |= value.origins
        return self.record(module, place, x, row)

    def record(self, module: Module, place: str, x: Any, row: Row) -> Any:
        """Runs the module, writes the row's operations, and gives the values of both."""
        taken = leaves(x)
        for item in taken:
            if not isinstance(item, Value):
                self._refuse(place, module, f"takes a {type(item).__name__}, needs tensors")
                raise UnsupportedError(self.refused[place])
        versions = [run._version for value in taken for run in value.runs]
        results = []
        for i in range(len(taken[0].runs)):
            given = mapped(lambda value, i=i: value.runs[i], x)
            results.append(module(given) if row.run is None else row.run(self, module, given, i))
        origins = frozenset().union(*[value.origins for value in taken])
        for run in leaves(results):
            if not isinstance(run, Tensor):
                self._refuse(place, module, f"gives a {type(run).__name__}, needs to give tensors")
                raise UnsupportedError(self.refused[place])
        planned = mapped(lambda *runs: self._planned(runs, origins, row), *results)
        call = Call(self, module, place, x, planned)
        assert row.emit is not None
        try:
            for value in taken:
                if value.stale is not None:
                    raise UnsupportedError(f"takes {value.stale}")
            names = row.emit(call)
        except UnsupportedError as error:
            self._refuse(place, module, str(error))
            names = mapped(lambda _: "?", planned)
        for name, value in zip(leaves(names), leaves(planned), strict=True):
            value.name = name if isinstance(name, str) else name.name
            self._alive.add(value)
        if versions != [run._version for value in taken for run in value.runs]:
            self._written_over(taken, leaves(planned), place)
        return planned

    def _planned(self, runs: Sequence[Tensor], origins: frozenset[int], row: Row) -> Value:
        shape = None if row.free is None else tuple([Free(row.free)] * runs[0].ndim)
        return Value("", runs, origins, shape)

    def _refuse(self, place: str, module: Module, reason: str) -> None:
        self.refused.setdefault(place, f"{type(module).__name__}: {reason}")

    def _written_over(self, taken: list[Value], given: list[Value], place: str) -> None:
        """Every value on the memory that a module wrote to is from now on what the module gave."""
        results = {memory_of(value.runs[0]): value for value in given}
        written = [value.runs[0].storage() for value in taken if memory_of(value.runs[0]) in results]
        for value in list(self._alive):
            run = value.runs[0]
            if not any(run.storage() is storage for storage in written) or value in given:
                continue
            result = results.get(memory_of(run))
            if result is not None:
                value.name = result.name
                continue
            whole = next((r for r in given if _covers(r.runs[0], run)), None)
            if whole is not None:
                call = Call(self, None, place, whole, value)
                value.name = call.reshape(whole, value.shape)
            elif any(np.may_share_memory(run.array, r.runs[0].array) for r in given):
                value.stale = f"another view of what the module at {place} wrote over in place"


def _covers(whole: Tensor, other: Tensor) -> bool:
    """Whether the tensors are the same elements in the same order, under two shapes."""
    return (
        whole.storage() is other.storage()
        and whole.is_contiguous()
        and other.is_contiguous()
        and whole.storage_offset() == other.storage_offset()
        and whole.numel() == other.numel()
    )


class Call:
    """One module with its input and output, for the function that writes its operations.

    Attributes:
        module: the module.
        place: its dotted path.
        x: its input: a `Value`, or a nesting of them.
        y: its output, whose names are not known yet.
    """

    def __init__(self, trace: Trace, module: Any, place: str, x: Any, y: Any) -> None:
        self.trace, self.module, self.place, self.x, self.y = trace, module, place, x, y

    # -- writing --------------------------------------------------------------------------------------------------

    def op(self, op: str, *inputs: Operand, **attributes: Any) -> str:
        """Adds an operation; gives the name of its result. Attributes that are None are left out."""
        return self.ops(op, 1, *inputs, **attributes)[0]

    def ops(self, op: str, outputs: int, *inputs: Operand, **attributes: Any) -> list[str]:
        """Adds an operation of several results."""
        names = [self.name(operand) for operand in inputs]
        while names and not names[-1]:
            names.pop()
        said = {k: v for k, v in attributes.items() if v is not None}
        return self.trace.graph.add(self.place, op, names, outputs, said)

    def name(self, operand: Operand) -> str:
        """The name of what an operation takes; numbers become constants: lists of whole ones int64, others float32."""
        if operand is None:
            return ""
        if isinstance(operand, str):
            return operand
        if isinstance(operand, Value):
            return operand.name
        if isinstance(operand, (list, tuple)):
            return self.constant(np.array(operand, np.int64))
        if isinstance(operand, bool) or not isinstance(operand, (int, float, np.ndarray)):
            raise TypeError(f"no operand: {operand!r}")
        return self.constant(np.asarray(operand))

    def constant(self, values: Any, label: str | None = None) -> str:
        """A constant; one with a label is made once for the module, however often that is called."""
        where = f"{self.place}.{label or 'constant'}" if self.place else label or "constant"
        key = None if label is None else (id(self.module), label)
        return self.trace.graph.constant(np.asarray(values), where, key, self.module)

    def parameter(self, name: str) -> str | None:
        """A parameter or buffer of the module, which is in the graph once for all modules that share its memory."""
        tensor = getattr(self.module, name)
        if tensor is None:
            return None
        where = f"{self.place}.{name}" if self.place else name
        return self.trace.graph.constant(tensor.array, where, memory_of(tensor), tensor)

    def indices(self, x: Value) -> str:
        """Whole numbers of a type that ONNX takes for indices."""
        return x.name if x.dtype in (int32, int64) else self.op("CastLike", x, np.zeros(1, np.int64))

    # -- shapes ---------------------------------------------------------------------------------------------------

    def ints(self, dims: Sequence[Dim], what: str = "its sizes") -> list[int]:
        """Sizes as numbers.

        Raises:
            FixedBatchError: where one depends on the batch.
            UnsupportedError: where one depends on the values.
        """
        for dim in dims:
            if isinstance(dim, Size):
                told = f"{self.place or 'the model'}, {type(self.module).__name__}"
                raise FixedBatchError(f"{told}: {what} depend on the size of the batch")
            if isinstance(dim, Free):
                raise UnsupportedError(f"{what} depend on the values of its input")
        return [int(dim) for dim in dims]  # type: ignore[arg-type]

    def number(self, dim: Dim, what: str = "its sizes") -> int:
        """One size as a number; see `ints`."""
        return self.ints([dim], what)[0]

    def reshape(self, x: Operand, shape: Shape) -> str:
        """``x`` under a shape of which one size may depend on the batch."""
        if isinstance(x, Value) and x.shape == shape:
            return x.name
        loose = [i for i, dim in enumerate(shape) if not isinstance(dim, int)]
        if len(loose) > 1:
            self.ints(shape)
        return self.op("Reshape", x, [-1 if i in loose else dim for i, dim in enumerate(shape)])

    def sizes(self, x: Value, shape: Shape) -> str:
        """A shape as the graph works it out: its sizes that depend on the batch are looked up in ``x``."""
        if all(isinstance(dim, int) for dim in shape):
            return self.name(list(shape))
        parts = []
        for dim in shape:
            if isinstance(dim, int):
                parts.append(self.name([dim]))
                continue
            at = next((i for i, own in enumerate(x.shape) if own == dim), None)
            if at is None:
                raise FixedBatchError(f"{self.place}, {type(self.module).__name__}: its sizes depend on the batch's")
            parts.append(self.op("Shape", x, start=at, end=at + 1))
        return self.op("Concat", *parts, axis=0)

    # -- a few operations that many modules are made of -----------------------------------------------------------

    def transpose(self, x: Operand, order: Sequence[int]) -> str:
        """The dimensions in another order."""
        if list(order) == list(range(len(order))):
            return self.name(x)
        return self.op("Transpose", x, perm=[int(i) for i in order])

    def squeeze(self, x: Operand, *axes: int) -> str:
        """Without dimensions of size 1."""
        return self.op("Squeeze", x, list(axes))

    def unsqueeze(self, x: Operand, *axes: int) -> str:
        """With dimensions of size 1."""
        return self.op("Unsqueeze", x, list(axes))

    def select(self, x: Operand, axis: int, index: int) -> str:
        """One index of a dimension, which goes away."""
        return self.op("Gather", x, np.array(index, np.int64), axis=axis)

    def slice(self, x: Operand, axis: int, start: int, end: int | None) -> str:
        """Indices ``start`` to before ``end`` of a dimension; None is its end."""
        return self.op("Slice", x, [start], [_END if end is None else end], [axis])

    def reduce(self, op: str, x: Operand, *axes: int, keep: bool = True) -> str:
        """One of the ``Reduce`` operations over dimensions."""
        return self.op(f"Reduce{op}", x, list(axes), keepdims=int(keep))

    def batched(self, ndim: int, make: Callable[[Operand], str]) -> str:
        """``make`` of an input of so many dimensions; where the batch is missing, it is put there and taken away."""
        if self.x.ndim == ndim:
            return make(self.x)
        return self.squeeze(make(self.unsqueeze(self.x, 0)), 0)
