"""Generated files, encoded by hand: values of all kinds, what is malformed, and large files as people have them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.t7 import encode as e


class Graph:
    """Encodes nested descriptions and numbers their objects; a reference is to one that was begun before."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, int]] = []

    def encode(self, value: Any) -> bytes:
        if value is None:
            return e.NIL
        if isinstance(value, bool):
            return e.TRUE if value else e.FALSE
        if isinstance(value, float):
            return e.number(value)
        if isinstance(value, (str, bytes)):
            return e.string(value)
        kind, held = value
        if kind == "raw":
            return held
        if kind == "again":
            if not self.begun:
                return e.TRUE
            return e.again(*self.begun[held % len(self.begun)])
        index = len(self.begun) + 1
        self.begun.append((index, {"table": 3, "function": 8}.get(kind, 4)))
        parts = [self.encode(v) for v in held]
        if kind == "table":
            return e.table(index, *parts)
        if kind == "hash":
            return e.obj(index, "tds.Hash", e.long(len(parts) // 2), *parts, version="V 0")
        if kind == "vec":
            return e.obj(index, "tds.Vec", e.long(len(parts)), *parts, version="V 0")
        if kind == "function":
            return e.integer(8) + e.integer(index) + e.chars(b"code") + parts[0]
        if kind == "storage":
            return e.storage(index, "torch.DoubleStorage", np.arange(3.0))
        return e.obj(index, "a.Class", *parts)


class TextGraph(Graph):
    """The same in the ASCII encoding."""

    def encode(self, value: Any) -> bytes:
        if value is None:
            return b"0\n"
        if isinstance(value, bool):
            return b"5\n%d\n" % value
        if isinstance(value, float):
            return b"1\n%s\n" % f"{value:.17g}".encode()
        if isinstance(value, (str, bytes)):
            return b"2\n" + self._chars(value)
        kind, held = value
        if kind == "raw":
            return held
        if kind == "again":
            return b"%d\n%d\n" % self.begun[held % len(self.begun)][::-1] if self.begun else b"5\n1\n"
        index = len(self.begun) + 1
        tag = {"table": 3, "function": 8}.get(kind, 4)
        self.begun.append((index, tag))
        head = b"%d\n%d\n" % (tag, index)
        parts = [self.encode(v) for v in held]
        if kind == "storage":
            return head + self._class("torch.DoubleStorage") + b"3\n0 1.5 2\n"
        if kind == "function":
            return head + self._chars("code") + parts[0]
        if kind == "object":
            return head + self._class("a.Class") + parts[0]
        if kind == "table":
            return head + b"%d\n" % (len(parts) // 2) + b"".join(parts)
        count = len(parts) // 2 if kind == "hash" else len(parts)
        return head + self._class(f"tds.{kind.title()}", "V 0") + b"%d\n" % count + b"".join(parts)

    def _chars(self, text: str | bytes) -> bytes:
        raw = text.encode() if isinstance(text, str) else text
        return b"%d\n" % len(raw) + (raw + b"\n" if raw else b"")

    def _class(self, name: str, version: str = "V 1") -> bytes:
        return self._chars(version) + self._chars(name)


def text_of(values: list[Any]) -> bytes:
    graph = TextGraph()
    return b"".join(graph.encode(value) for value in values)


def file_of(values: list[Any]) -> bytes:
    graph = Graph()
    return b"".join(graph.encode(value) for value in values)


NUMBERS = st.floats() | st.integers(-3, 1030).map(float) | st.sampled_from([0.0, -0.0, float("nan"), 1e300])
STRINGS = st.text(max_size=4) | st.binary(max_size=3) | st.sampled_from(["x", "label", "y" * 64, "z" * 65, "a\0b", "ä"])
REFERENCES = st.tuples(st.just("again"), st.integers(0, 99))
LEAVES = st.none() | st.booleans() | NUMBERS | STRINGS | REFERENCES | st.just(("storage", ()))
KEYS = st.floats(allow_nan=False) | st.integers(1, 5).map(float) | STRINGS | st.booleans()


# What must be refused, and at the right place, wherever it stands.
MALFORMED = {
    "unknown type code": e.integer(9),
    "negative type code": e.integer(-1),
    "key nil": e.table(90, e.NIL, e.TRUE),
    "key nan": e.table(90, e.number(float("nan")), e.TRUE),
    "second key nan": e.table(90, e.number(5000), e.TRUE, e.number(float("nan")), e.TRUE),
    "boolean of 2": e.integer(5) + e.integer(2),
    "boolean of -1": e.integer(5) + e.integer(-1),
    "string of negative length": e.integer(2) + e.integer(-1),
    "string beyond the end": e.integer(2) + e.integer(1000) + b"abc",
    "table number 0": e.integer(3) + e.integer(0) + e.integer(0),
    "object number -1": e.integer(4) + e.integer(-1),
    "function number 0": e.integer(8) + e.integer(0),
    "table of negative size": e.integer(3) + e.integer(90) + e.integer(-1),
    "table of one more than fits": e.integer(3) + e.integer(90) + e.integer(3) + bytes(24),
    "table of far too much": e.integer(3) + e.integer(90) + e.integer(2**31 - 1),
    "hash of negative size": e.obj(90, "tds.Hash", e.long(-1), version="V 0"),
    "hash of one more than fits": e.obj(90, "tds.Hash", e.long(3), bytes(24), version="V 0"),
    "vector of negative size": e.obj(90, "tds.Vec", e.long(-1), version="V 0"),
    "vector of one more than fits": e.obj(90, "tds.Vec", e.long(7), bytes(24), version="V 0"),
    "vector of far too much": e.obj(90, "tds.Vec", e.long(2**62), version="V 0"),
    "class without a name": e.obj(90, "", version="V 0"),
    "unknown tensor class": e.obj(90, "torch.FancyTensor"),
}


def annotations(count: int, chance: random.Random) -> Iterator[Any]:
    """Records as people have them: names, boxes, flags, and some that differ."""
    for i in range(count):
        label = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randrange(3, 80)))
        record: list[Any] = ["x", chance.random(), "y", float(i), "label", label]
        record += ["box", ("table", [1.0, 0.5, 2.0, float(i), 3.0, -1.0, 4.0, 1e9])]
        if i % 7 == 0:
            record += ["difficult", i % 2 == 0, "same", ("again", chance.randrange(2**30))]
        if i % 1000 == 999:
            record += ["mask", ("storage", ())]
        yield ("table", record)


def listed(items: list[Any]) -> Any:
    return ("table", [x for i, item in enumerate(items, 1) for x in (float(i), item)])


def large_files() -> dict[str, bytes]:
    chance = random.Random(7)
    words = [f"word{i}" for i in range(12_000)]
    return {
        "annotations": file_of([listed(list(annotations(4000, chance)))]),
        "vocabulary": file_of([("table", [x for i, w in enumerate(words, 1) for x in (w, float(i))]), listed(words)]),
        "hashes in a vector": file_of([("vec", [("hash", ["n", float(i), "s", f"{i:070}"]) for i in range(6_000)])]),
        "vectors of nothing": file_of([listed([("vec", []) for _ in range(12_000)])]),
        "strings that are no text": file_of([listed([b"\xff%d" % i for i in range(12_000)])]),
        "large tables in tables": file_of([listed([listed([float(i)] * 3000) for i in range(10)])]),
    }
