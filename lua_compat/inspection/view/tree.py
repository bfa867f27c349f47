"""Everything in a file as a tree of short texts, flat: the page draws what is opened of it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from lua_compat.inspection.places import OBJECTS, TOP, Place, children, step_text
from lua_compat.inspection.report import scalar_text, value_text
from lua_compat.inspection.statistics import array_of, count_of, held_by
from lua_compat.t7.bytecode import examine
from lua_compat.t7.raw import RawStorage, RawTensor
from lua_compat.t7.values import T7Function, T7Object, T7Opaque, T7Table, TdsVec

#: What a table shows of its entries, and of those that are objects; and all nodes, unless all are asked for.
ENTRIES, OBJECTS_SHOWN, NODES = 500, 5000, 100_000
#: Letters of a string, and of all texts together before strings are cut to the second number of letters.
_LONGEST_TEXT, _ALL_TEXTS, _SHORT_TEXT = 2000, 8_000_000, 80
_FEW = 8  # elements that are written out, where looking at them costs little
_SMALL_STORAGE = 4096


class Node:
    """A node of the tree.

    Attributes:
        parent: the number of the node above, -1 at the top.
        step: how it is reached from there, as places are written: ``.weight``, ``[1]``.
        kind: ``table``, ``object``, ``tensor``, ``storage``, ``function``, ``string``, ``number``, ``boolean``,
            ``nil``, ``bytes``, ``shared`` for what is shown at another node, ``more`` for what is left out.
        text: a few words.
        target: the node that shows a ``shared`` one, else -1.
        first: the number of the first node below, which follow each other; -1 where there are none.
        count: how many nodes are below.
    """

    __slots__ = ("count", "first", "kind", "parent", "step", "target", "text")

    def __init__(self, parent: int, step: str, kind: str, text: str, target: int = -1) -> None:
        self.parent, self.step, self.kind, self.text, self.target = parent, step, kind, text, target
        self.first, self.count = -1, 0


@dataclass
class Tree:
    """The tree of a file.

    Attributes:
        nodes: every object once, at its shortest place, breadth first.
        numbers: the number of the node of each object, by its ``id``.
        places: the place of each object, by its ``id``.
        left_out: how many entries of tables are not shown.
    """

    nodes: list[Node] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    left_out: int = 0

    def to_list(self) -> list[Any]:
        """The nodes as lists for JSON: step, kind, text, parent, first, count, target."""
        return [[n.step, n.kind, n.text, n.parent, n.first, n.count, n.target] for n in self.nodes]


def tree_of(value: Any, *, everything: bool = False) -> Tree:
    """The tree of a value that `RawBuilder` built, however deep: nothing here calls itself.

    Args:
        value: the value.
        everything: whether long tables show all of their entries.
    """
    return _Planter(everything).planted(value)


class _Planter:
    def __init__(self, everything: bool) -> None:
        self.everything = everything
        self.room = _ALL_TEXTS
        self.tree = Tree()
        self.queue: deque[tuple[int, Any, Place]] = deque()
        self.storages: dict[int, int] = {}  # by the id of a storage's elements, the node that shows them first

    def planted(self, value: Any) -> Tree:
        self.add(-1, "", value, TOP)
        nodes = self.tree.nodes
        while self.queue:
            number, item, place = self.queue.popleft()
            first = len(nodes)
            self.below(number, item, place)
            if len(nodes) > first:
                nodes[number].first, nodes[number].count = first, len(nodes) - first
        return self.tree

    def add(self, parent: int, step: str, item: Any, place: Place) -> None:
        """A node for a value, or one that says which node has shown it."""
        tree = self.tree
        if isinstance(item, OBJECTS):
            known = tree.numbers.get(id(item))
            if known is not None:
                tree.nodes.append(Node(parent, step, "shared", value_text(item), known))
                return
            tree.numbers[id(item)] = len(tree.nodes)
            tree.places[id(item)] = place
            self.queue.append((len(tree.nodes), item, place))
        text = _text(item, _LONGEST_TEXT if self.room > 0 else _SHORT_TEXT)
        self.room -= len(text)
        tree.nodes.append(Node(parent, step, _kind(item), text))

    def below(self, number: int, item: Any, place: Place) -> None:
        """The nodes of what a value holds, and of the memory that a tensor shares."""
        nodes = self.tree.nodes
        left = 0
        for i, (key, child) in enumerate(children(item)):
            most = OBJECTS_SHOWN if isinstance(child, OBJECTS) else ENTRIES
            if self.everything or (i < most and len(nodes) < NODES):
                self.add(number, step_text(key), child, Place(place, key))
            else:
                left += 1
        if left:
            self.tree.left_out += left
            nodes.append(Node(number, "", "more", f"{left:,} more entries"))
        data = item.data if isinstance(item, RawStorage) else getattr(getattr(item, "storage", None), "data", None)
        if data is not None:
            first = self.storages.setdefault(id(data), number)
            if first != number:
                nodes.append(Node(number, " (memory)", "shared", "shared with", first))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, T7Function):
        return "function"
    if isinstance(value, RawTensor):
        return "tensor"
    if isinstance(value, RawStorage):
        return "storage"
    if isinstance(value, (T7Object, T7Opaque)):
        return "object"
    if isinstance(value, (T7Table, TdsVec)):
        return "table"
    return "nil" if value is None else "string" if isinstance(value, (str, bytes)) else "number"


def _text(value: Any, longest: int) -> str:
    """A value in a few words; a string as a whole, unless it is very long."""
    if isinstance(value, (RawTensor, RawStorage)):
        return value_text(value) + _elements(value)
    if isinstance(value, T7Function):
        about = str(examine(value.code))
        return f"function of {len(value.code):,} bytes" + (f" ({about})" if about else "")
    if isinstance(value, T7Opaque):
        return f"{value.class_name} of {len(value.payload):,} bytes"
    if isinstance(value, T7Object):
        return value.class_name + ("" if value.version in (1, None) else f" (version {value.version})")
    if isinstance(value, OBJECTS):
        return value_text(value)
    return scalar_text(value, longest)


def _elements(value: RawTensor | RawStorage) -> str:
    if not 0 < count_of(value) <= _FEW or held_by(value) > _SMALL_STORAGE:
        return ""
    return " = " + " ".join(f"{v:.6g}" for v in array_of(value).reshape(-1).tolist())
