"""A graph of ONNX operations as plain Python: nodes, constants, names; ``library.py`` makes ONNX's objects of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from lua_compat.export.onnx.values import Shape, Value
from pytorch_from_lua.tensor import Tensor

Array = np.ndarray[Any, Any]
#: A constant of up to so many elements is shared by all who need the same.
_SMALL = 64


class Node(NamedTuple):
    """One operation."""

    op: str
    inputs: list[str]
    outputs: list[str]
    name: str
    attributes: dict[str, Any]


class Port(NamedTuple):
    """An input or output of the graph: its name, its element type as numpy calls it, and its shape."""

    name: str
    dtype: Any
    shape: Shape


@dataclass
class Graph:
    """What is to be written.

    Attributes:
        nodes: the operations, each after those that it takes something from.
        constants: the weights and other fixed tensors by name.
        inputs: what the graph takes.
        outputs: what it gives.
        indices: the numbers of the inputs that are looked up.
        notes: what a reader of the file should know.
    """

    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    inputs: list[Port] = field(default_factory=list)
    outputs: list[Port] = field(default_factory=list)
    indices: frozenset[int] = frozenset()
    notes: list[str] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    _known: dict[Any, str] = field(default_factory=dict)
    _owners: list[Any] = field(default_factory=list)

    def fresh(self, wanted: str) -> str:
        """A name that nothing has yet: the one wanted, or that with a number."""
        name, count = wanted, 1
        while name in self._names:
            count += 1
            name = f"{wanted}_{count}"
        self._names.add(name)
        return name

    def add(self, place: str, op: str, inputs: Sequence[str], outputs: int, attributes: dict[str, Any]) -> list[str]:
        """Adds an operation that belongs to the module at a place; returns the names of what it gives."""
        name = self.fresh(f"{place}/{op}" if place else op)
        made = [name if i == 0 else self.fresh(f"{name}.{i}") for i in range(outputs)]
        self.nodes.append(Node(op, list(inputs), made, name, attributes))
        return made

    def constant(self, array: Array, label: str, key: Any = None, owner: Any = None) -> str:
        """The name of a constant of the values; equal small ones, and those of one key, are in the graph once.

        Args:
            array: the values; floating-point ones become float32.
            label: what it is called, if that is free.
            key: what is the same for constants that are one.
            owner: the object whose identity is part of the key: it is kept, so that no other has that identity.
        """
        values = np.asarray(array)
        if values.dtype.kind == "f":
            values = values.astype(np.float32, copy=False)
        if key is None and values.size <= _SMALL:
            key = (values.dtype.str, values.shape, values.tobytes())
            label = "constant"
        found = self._known.get(key) if key is not None else None
        if found is None:
            found = self.fresh(label)
            self.constants[found] = np.ascontiguousarray(values).reshape(values.shape)
            if key is not None:
                self._known[key] = found
                self._owners.append(owner)
        return found

    def give(self, values: Sequence[Value], names: Sequence[str]) -> None:
        """Makes values the outputs of the graph, under these names."""
        made = {name for node in self.nodes for name in node.outputs}
        renamed: dict[str, str] = {}
        for value, name in zip(values, names, strict=True):
            if value.name in made and value.name not in renamed:
                self._rename(value.name, name)
                renamed[value.name] = name
            else:
                source = renamed.get(value.name, value.name)
                self.nodes.append(Node("Identity", [source], [name], self.fresh(f"{name}/Identity"), {}))
            self.outputs.append(Port(name, element_type(value), value.shape))

    def _rename(self, old: str, new: str) -> None:
        for node in self.nodes:
            for names in (node.inputs, node.outputs):
                names[:] = [new if name == old else name for name in names]

    def without_unused(self) -> None:
        """Drops operations and constants that no output needs."""
        needed = {port.name for port in self.outputs}
        kept = []
        for node in reversed(self.nodes):
            if needed & set(node.outputs):
                kept.append(node)
                needed |= set(node.inputs)
        self.nodes[:] = kept[::-1]
        self.constants = {name: array for name, array in self.constants.items() if name in needed}


def memory_of(tensor: Tensor) -> tuple[Any, ...]:
    """What is the same for tensors that are the same view of one storage."""
    return (id(tensor.storage()), tensor.storage_offset(), tuple(tensor.shape), tuple(tensor.stride()))


def element_type(value: Value) -> Any:
    """The type of a value's elements in the graph."""
    dtype = np.dtype(value.dtype.numpy)
    return np.dtype(np.float32) if dtype.kind == "f" else dtype
