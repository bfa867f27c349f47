"""The differences of what two files hold: ``t7 diff``.

Both graphs are walked together, breadth first, so that a difference is told once, at its shortest place. Files are
mapped and compared a piece at a time.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from lua_compat.inspection.align import align
from lua_compat.inspection.compare import Gap, Tolerance, gap_between
from lua_compat.inspection.places import OBJECTS, TOP, Part, Place, children
from lua_compat.inspection.report import scalar_text, size_text, value_text
from lua_compat.inspection.statistics import OVERLAPPING, array_of, held_by, kind_of, shape_of
from lua_compat.t7.bytecode import examine
from lua_compat.t7.raw import RawStorage, RawTensor
from lua_compat.t7.values import T7Function, T7Object, T7Opaque, T7Table, TdsHash, TdsVec

#: An object is compared with so many others at most: with more, two files could make work without end.
_PARTNERS = 64
#: Places that a line about shared memory names.
_NAMED = 4


class Difference(NamedTuple):
    """One difference.

    Attributes:
        kind: ``removed`` and ``added`` for what only the first or the second file has; ``class``, ``type``, ``size``,
            ``length``, ``value``, ``function``, ``elements`` for what differs; ``sharing`` for what is one object in
            one file and two in the other.
        place: where, in the first file; in the second for ``added``.
        other: where in the second file, if that is another place.
        a: what the first file has, in words.
        b: what the second has.
        gap: how far elements are apart, for ``elements``; ``a`` and ``b`` are those that are furthest apart.
        at: the indices of those.
        module: whether it is a module or another object that was added or removed.
    """

    kind: str
    place: Place
    other: Place | None = None
    a: str = ""
    b: str = ""
    gap: Gap | None = None
    at: str = ""
    module: bool = False


class _Pair(NamedTuple):
    a: Any
    b: Any
    place: Place
    other: Place
    moved: bool  # whether the two places differ
    apart: bool  # whether what holds them was shared in one file only, which has been told


@dataclass
class Comparison:
    """What was compared and what came of it.

    Attributes:
        differences: in the order of the first file.
        tensors: how many pairs of tensors were compared.
        differing: how many of those have other elements.
        skipped: places of tensors with too many overlapping elements to compare.
    """

    differences: list[Difference] = field(default_factory=list)
    tensors: int = 0
    differing: int = 0
    skipped: list[Place] = field(default_factory=list)


def compare(
    a: Any,
    b: Any,
    tolerance: Tolerance | None = None,
    *,
    ignore: frozenset[str] = frozenset(),
    types: bool = True,
    sharing: bool = True,
) -> Comparison:
    """Compares two values that `RawBuilder` built.

    Args:
        a: the first.
        b: the second.
        tolerance: which numbers are equal; only equal ones where None.
        ignore: keys of tables and fields of objects that are not looked at.
        types: whether a tensor of another type is a difference if its elements are equal.
        sharing: whether it is one if two places hold one object, or memory, in one file only.
    """
    return _Comparer(tolerance or Tolerance(), ignore, types, sharing).run(a, b)


class _Comparer:
    def __init__(self, tolerance: Tolerance, ignore: frozenset[str], types: bool, sharing: bool) -> None:
        self.tolerance = tolerance
        self.ignore = ignore
        self.types = types
        self.sharing = sharing
        self.made = Comparison()
        self.met: set[tuple[int, int]] = set()
        # By side: an object's partners, and where it was met first.
        self.partners: tuple[dict[int, set[int]], dict[int, set[int]]] = ({}, {})
        self.first: tuple[dict[int, Place], dict[int, Place]] = ({}, {})
        self.storages: list[tuple[int, int, Place]] = []
        self.queue: deque[_Pair] = deque()

    def run(self, a: Any, b: Any) -> Comparison:
        self.queue.append(_Pair(a, b, TOP, TOP, False, False))
        while self.queue:
            self.pair(self.queue.popleft())
        if self.sharing:
            self.made.differences.extend(self.shared_memory())
        self.made.differences = in_order(self.made.differences)
        return self.made

    def tell(self, kind: str, pair: _Pair, a: str, b: str, gap: Gap | None = None, at: str = "") -> None:
        self.made.differences.append(Difference(kind, pair.place, pair.other if pair.moved else None, a, b, gap, at))

    def pair(self, pair: _Pair) -> None:
        a, b = pair.a, pair.b
        if isinstance(a, OBJECTS) and isinstance(b, OBJECTS):
            if (id(a), id(b)) in self.met:
                return
            self.met.add((id(a), id(b)))
            if type(a) is type(b):
                pair = self.identity(pair)
                if len(self.partners[0][id(a)]) > _PARTNERS or len(self.partners[1][id(b)]) > _PARTNERS:
                    return
                _RULES[type(a)](self, pair)
            else:
                self.tell("class", pair, value_text(a), value_text(b))
        elif type(a) is not type(b):
            self.tell("value", pair, value_text(a), value_text(b))
        elif not (self.tolerance.equal(a, b) if type(a) is float else a == b):
            self.tell("value", pair, *_apart(a, b))

    def identity(self, pair: _Pair) -> _Pair:
        """Tells of an object that one file has here and elsewhere and the other file only here."""
        news = []
        for side, (one, two) in enumerate(((pair.a, pair.b), (pair.b, pair.a))):
            known = self.partners[side].setdefault(id(one), set())
            here = pair.other if side else pair.place
            if known and id(two) not in known:
                news.append((side, self.first[side][id(one)]))
            known.add(id(two))
            self.first[side].setdefault(id(one), here)
        if not news or pair.apart:
            return pair
        if self.sharing:
            what = [f"the same as {place}" for _, place in news]
            texts = {side: text for (side, _), text in zip(news, what, strict=True)}
            self.tell("sharing", pair, texts.get(0, "by itself"), texts.get(1, "by itself"))
        return pair._replace(apart=True)

    def below(self, pair: _Pair, a: Any, b: Any, key: Any, key_b: Any = None) -> None:
        key_b = key if key_b is None else key_b
        moved = pair.moved or key is not key_b
        place = Place(pair.place, key)
        self.queue.append(_Pair(a, b, place, Place(pair.other, key_b) if moved else place, moved, pair.apart))

    def only(self, kind: str, place: Place, value: Any) -> None:
        words = value_text(value)
        module = isinstance(value, T7Object)
        self.made.differences.append(
            Difference(kind, place, a=words if kind == "removed" else "", b=words if kind == "added" else "",
                       module=module)
        )  # fmt: skip

    def table(self, pair: _Pair) -> None:
        a, b = pair.a, pair.b
        if type(a) is not type(b):
            self.tell("class", pair, value_text(a), value_text(b))
            return
        if len(a) and len(b) and a.is_list() and b.is_list():
            self.lists(pair, a.to_list(), b.to_list())
            return
        in_a, in_b = self.entries(a), self.entries(b)
        for sign, (key, value) in in_a.items():
            if sign not in in_b:
                self.only("removed", Place(pair.place, key), value)
                continue
            key_b, value_b = in_b[sign]
            if isinstance(key, OBJECTS):
                self.below(pair, key, key_b, Part.KEY)
            self.below(pair, value, value_b, key)
        for sign, (key, value) in in_b.items():
            if sign not in in_a:
                self.only("added", Place(pair.other, key), value)

    def entries(self, table: T7Table) -> dict[Any, tuple[Any, Any]]:
        """The entries by what finds them in the other table; keys that are objects are found by class and order."""
        found, seen = {}, Counter[str]()
        for key, value in children(table):
            if key is Part.KEY or (isinstance(key, str) and key in self.ignore):
                continue
            sign: Any = (type(key), key)
            if isinstance(key, OBJECTS):
                words = value_text(key)
                seen[words] += 1
                sign = (OBJECTS, words, seen[words])
            found[sign] = (key, value)
        return found

    def lists(self, pair: _Pair, a: list[Any], b: list[Any]) -> None:
        if all(type(v) is float for v in (*a, *b)) and max(len(a), len(b)) > 1:
            both = min(len(a), len(b))
            if len(a) != len(b):
                self.tell("length", pair, f"{len(a):,} numbers", f"{len(b):,} numbers")
            self.arrays(pair, np.array(a[:both]), np.array(b[:both]))
            return
        for i, j in align(a, b):
            if i is None and j is not None:
                self.only("added", Place(pair.other, j + 1.0), b[j])
            elif j is None and i is not None:
                self.only("removed", Place(pair.place, i + 1.0), a[i])
            elif i is not None and j is not None:
                self.below(pair, a[i], b[j], i + 1.0, None if i == j else j + 1.0)

    def vec(self, pair: _Pair) -> None:
        self.lists(pair, pair.a.items, pair.b.items)

    def object(self, pair: _Pair) -> None:
        a, b = pair.a, pair.b
        if a.class_name != b.class_name:
            self.tell("class", pair, a.class_name, b.class_name)
            return
        if a.version != b.version:
            self.tell("value", pair, f"version {a.version}", f"version {b.version}")
        if isinstance(a.contents, T7Table) and isinstance(b.contents, T7Table):
            self.table(pair._replace(a=a.contents, b=b.contents))
        elif a.contents is not None or b.contents is not None:
            self.below(pair, a.contents, b.contents, Part.CONTENTS)

    def function(self, pair: _Pair) -> None:
        a, b = pair.a, pair.b
        if a.code != b.code:
            self.tell("function", pair, _function_text(a), _function_text(b))
        if a.upvalues is not None or b.upvalues is not None:
            self.below(pair, a.upvalues, b.upvalues, Part.CAPTURED)

    def opaque(self, pair: _Pair) -> None:
        a, b = pair.a, pair.b
        if (a.class_name, a.version, a.payload) != (b.class_name, b.version, b.payload):
            self.tell(
                "value", pair, f"{a.class_name}, {len(a.payload)} bytes", f"{b.class_name}, {len(b.payload)} bytes"
            )

    def tensor(self, pair: _Pair) -> None:
        a, b = pair.a, pair.b
        self.made.tensors += 1
        if self.types and kind_of(a) != kind_of(b):
            self.tell("type", pair, kind_of(a), kind_of(b))
        if isinstance(a, RawTensor) and a.storage is not None and b.storage is not None and not pair.apart:
            self.storages.append((id(a.storage), id(b.storage), pair.place))
        if shape_of(a) != shape_of(b):
            self.tell("size", pair, size_text(shape_of(a)), size_text(shape_of(b)))
        else:
            x, y = _trimmed(array_of(a), array_of(b))
            if x.size <= max(OVERLAPPING, held_by(a), held_by(b)):
                self.arrays(pair, x, y)
            else:
                self.made.skipped.append(pair.place)

    def arrays(self, pair: _Pair, a: Any, b: Any) -> None:
        gap = gap_between(a, b, self.tolerance)
        if gap.differing:
            self.made.differing += isinstance(pair.a, (RawTensor, RawStorage))
            at = np.unravel_index(gap.position, a.shape)
            where = "".join(f"[{i + 1}]" for i in at)
            self.tell("elements", pair, _element(a[at]), _element(b[at]), gap, where)

    def shared_memory(self) -> Iterator[Difference]:
        """Tensors that lie in one storage in one file, and in several in the other."""
        for side in (0, 1):
            groups: dict[int, dict[int, list[Place]]] = {}
            for *ids, place in self.storages:
                groups.setdefault(ids[side], {}).setdefault(ids[1 - side], []).append(place)
            for parts in groups.values():
                if len(parts) > 1:
                    places = [place for group in parts.values() for place in group]
                    named = ", ".join(map(str, places[1:_NAMED])) + (", ..." if len(places) > _NAMED else "")
                    words = [f"one storage, with {named}", f"{len(parts)} storages for the {len(places)} tensors"]
                    yield Difference("sharing", places[0], None, words[side], words[1 - side])


def in_order(differences: list[Difference]) -> list[Difference]:
    """The differences with those below one place side by side, elements of lists in order."""
    below: dict[int, dict[int, Place]] = {}
    at: dict[int, list[Difference]] = {}
    for d in differences:
        at.setdefault(id(d.place), []).append(d)
        place = d.place
        while place.up is not None and id(place) not in below.setdefault(id(place.up), {}):
            below[id(place.up)][id(place)] = place
            place = place.up
    found: list[Difference] = []
    waiting: list[Place] = [TOP]
    while waiting:
        place = waiting.pop()
        found += at.get(id(place), ())
        inner = list(below.get(id(place), {}).values())
        inner.sort(key=lambda p: (0, p.key) if isinstance(p.key, float) else (1, 0.0))
        waiting += inner[::-1]
    return found


def _element(value: Any) -> str:
    return scalar_text(float(value)) if value.dtype.kind == "f" else str(value)


def _trimmed(a: Any, b: Any) -> tuple[Any, Any]:
    """Two arrays without the dimensions along which both are only repeated."""
    once = [slice(0, 1) if x == 0 and y == 0 else slice(None) for x, y in zip(a.strides, b.strides, strict=True)]
    return a[tuple(once)], b[tuple(once)]


def _apart(a: Any, b: Any) -> tuple[str, str]:
    """Two values in words that differ where they do."""
    if isinstance(a, (str, bytes)) and scalar_text(a) == scalar_text(b):
        at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        return f"from {at + 1}: {scalar_text(a[at:])}", f"from {at + 1}: {scalar_text(b[at:])}"
    short = scalar_text(a), scalar_text(b)
    return short if short[0] != short[1] else (repr(a), repr(b))


def _function_text(function: T7Function) -> str:
    about = str(examine(function.code))
    return f"function of {len(function.code)} bytes" + (f" {about}" if about else "")


_RULES: dict[type, Any] = {
    T7Table: _Comparer.table,
    TdsHash: _Comparer.table,
    TdsVec: _Comparer.vec,
    T7Object: _Comparer.object,
    T7Function: _Comparer.function,
    T7Opaque: _Comparer.opaque,
    RawTensor: _Comparer.tensor,
    RawStorage: _Comparer.tensor,
}


def lines(found: Comparison) -> Iterator[str]:
    """Lines with ``-`` for what only the first file has, ``+`` for the second, and ``~`` for what differs."""
    for d in found.differences:
        place = str(d.place) if d.other is None else f"{d.place} ({d.other})"
        if d.kind in ("removed", "added"):
            yield f"{'-' if d.kind == 'removed' else '+'} {place}: {d.a or d.b}"
        elif d.gap is not None:
            yield f"~ {place}: {_gap_text(d.gap)}; {d.at}: {d.a} -> {d.b}"
        else:
            yield f"~ {place}: {d.a} -> {d.b}"


def _gap_text(gap: Gap) -> str:
    nans = f", {gap.nans:,} NaN in one only" if gap.nans else ""
    by = "" if np.isnan(gap.max_abs) else f" by {gap.max_abs:.3g} at most (relative {gap.max_relative:.3g})"
    what = f"{gap.differing:,} of {gap.count:,} elements differ" if gap.count > 1 else "its element differs"
    return f"{what}{by.replace(' at most', '') if gap.differing == 1 else by}{nans}"


_COUNTED = {
    "class": "of another class", "type": "of another type", "size": "of another size",
    "length": "of another length", "elements": "other lists of numbers", "value": "other values",
    "function": "other functions", "sharing": "shared otherwise",
}  # fmt: skip


def summary(found: Comparison) -> str:
    """All of it in a line."""
    counts = Counter(d.kind for d in found.differences)
    counts["elements"] -= found.differing
    parts = [f"{found.differing} of {found.tensors} tensors differ"] if found.tensors else []
    for kind in ("removed", "added"):
        objects = sum(d.kind == kind and d.module for d in found.differences)
        parts += [f"{objects} {'object' if objects == 1 else 'objects'} {kind}"] if objects else []
        parts += [f"{counts[kind] - objects} other {kind}"] if counts[kind] > objects else []
    return ", ".join([*parts, *(f"{counts[kind]} {text}" for kind, text in _COUNTED.items() if counts[kind])])


def to_dict(found: Comparison) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "equal": not found.differences,
        "tensors": found.tensors,
        "tensors_differing": found.differing,
        "not_compared": [str(place) for place in found.skipped],
        "differences": [
            {
                "kind": d.kind,
                "place": str(d.place),
                "other_place": None if d.other is None else str(d.other),
                "a": d.a,
                "b": d.b,
                **({} if d.gap is None else {"at": d.at, **_gap_dict(d.gap)}),
            }
            for d in found.differences
        ],
    }


def _gap_dict(gap: Gap) -> dict[str, Any]:
    return {
        k: v if isinstance(v, int) or np.isfinite(v) else str(v) for k, v in gap.to_dict().items() if k != "position"
    }
