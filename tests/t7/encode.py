"""Pieces of binary .t7 files, spelled out by hand: what the reader is tested with must not come from our writer."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

CORPUS = Path(__file__).parents[1] / "conformance"


def integer(value: int) -> bytes:
    return struct.pack("<i", value)


def long(*values: int, size: int = 8) -> bytes:
    return np.array(values, f"<i{size}").tobytes()


def chars(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return integer(len(raw)) + raw


NIL = integer(0)
TRUE, FALSE = integer(5) + integer(1), integer(5) + integer(0)


def number(value: float) -> bytes:
    return integer(1) + struct.pack("<d", value)


def string(text: str | bytes) -> bytes:
    return integer(2) + chars(text)


def table(index: int, *items: bytes) -> bytes:
    return integer(3) + integer(index) + integer(len(items) // 2) + b"".join(items)


def again(index: int, tag: int = 3) -> bytes:
    return integer(tag) + integer(index)


def obj(index: int, class_name: str, *contents: bytes, version: str | None = "V 1") -> bytes:
    head = b"" if version is None else chars(version)
    return integer(4) + integer(index) + head + chars(class_name) + b"".join(contents)


def storage(index: int, class_name: str, array: np.ndarray, long_size: int = 8) -> bytes:
    return obj(index, class_name, long(len(array), size=long_size), array.tobytes())


def tensor(
    index: int, class_name: str, shape: tuple[int, ...], held: bytes, long_size: int = 8, offset: int = 1
) -> bytes:
    stride = [int(np.prod(shape[i + 1 :])) for i in range(len(shape))]
    geometry = long(*shape, size=long_size) + long(*stride, size=long_size) + long(offset, size=long_size)
    return obj(index, class_name, integer(len(shape)), geometry, held)
