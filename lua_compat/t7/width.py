"""How wide a C ``long`` was on the machine that wrote a binary file: 4 or 8 bytes. The file does not say.

The first value that holds a long is read both ways, and then the values after it: with the wrong width the reader
falls out of step with the file and soon meets something that is no value. Values are looked at as one flat sequence,
so that neither a stack nor any object is needed.
"""

from __future__ import annotations

from collections.abc import Collection
from struct import Struct, error
from typing import Any

from lua_compat.t7.elements import STORAGES, TENSORS, storage_class_of
from lua_compat.t7.layout import GENERATOR_SIZE, MAX_DIMENSIONS, class_name_of

_INT = Struct("<i").unpack_from
_LONG = {4: Struct("<i").unpack_from, 8: Struct("<q").unpack_from}
_ENOUGH = 64  # values that agree


class _OutOfStepError(Exception):
    """What is found at a position is no value."""


def find_long_size(data: Any, position: int, class_name: str, seen: Collection[int], expected: int | None) -> int:
    """4 or 8, judged by what follows.

    Args:
        data: the file.
        position: where the contents of the first object with a long begin, right after its class name.
        class_name: the class of that object.
        seen: the identities that values before had, and this object's.
        expected: how many values must follow this object in the containers around it, or None where that is unknown.
    """
    agreed = {}
    for width in (8, 4):
        scan = _Scan(data, position, width, set(seen), expected)
        if scan.run(class_name):
            return width
        agreed[width] = scan.agreed
    # Neither: the file is damaged, or a class in it writes in a way of its own. 8 is what nearly all machines had.
    return 4 if agreed[4] > agreed[8] + 2 else 8


class _Scan:
    def __init__(self, data: Any, position: int, width: int, seen: set[int], expected: int | None) -> None:
        self.data = data
        self.end = len(data)
        self.position = position
        self.width = width
        self.seen = seen
        self.expected = expected
        self.agreed = 0  # values

    def run(self, class_name: str) -> bool:
        """Whether the object and what follows it make sense; `agreed` is how far that went."""
        try:
            self.contents(class_name)
            for _ in range(_ENOUGH):
                if self.position == self.end:
                    return not self.expected
                self.value()
                self.agreed += 1
        except (_OutOfStepError, error):
            return False
        return True

    def value(self) -> None:
        tag = self.int_()
        over = self.expected == 0
        if self.expected:
            self.expected -= 1
        if tag == 0:
            if over:
                raise _OutOfStepError  # nobody writes nil after a complete value; it is a stray zero
        elif tag == 1:
            self.skip(8)
        elif tag == 2:
            self.skip(self.int_())
        elif tag == 5:
            if self.int_() not in (0, 1):
                raise _OutOfStepError
        elif tag == 6:
            self.skip(self.int_())
            self.expect(1)
        elif tag in (3, 4, 7, 8):
            self.identified(tag)
        else:
            raise _OutOfStepError

    def identified(self, tag: int) -> None:
        index = self.int_()
        if index < 1:
            raise _OutOfStepError
        if index in self.seen:
            return
        self.seen.add(index)
        if tag == 3:
            count = self.int_()
            if not 0 <= count <= self.end - self.position:
                raise _OutOfStepError
            self.expect(2 * count)
        elif tag == 4:
            self.contents(self.class_name())
        else:
            self.skip(self.int_())
            self.expect(1)

    def expect(self, more: int) -> None:
        """Counts values that a container just begun will hold."""
        if self.expected is not None:
            self.expected += more

    def contents(self, class_name: str) -> None:
        if class_name in TENSORS:
            self.tensor(class_name)
        elif class_name in STORAGES:
            self.skip(self.long_() * STORAGES[class_name].in_file(self.width).itemsize)
        elif class_name in ("tds.Hash", "tds.Vec"):
            count = self.long_() * (2 if class_name == "tds.Hash" else 1)
            if not 0 <= count * 4 <= self.end - self.position:
                raise _OutOfStepError
            self.expect(count)
        elif class_name == "torch.Generator":
            self.skip(GENERATOR_SIZE)
        else:
            self.expect(1)

    def tensor(self, class_name: str) -> None:
        ndim = self.int_()
        if not 0 <= ndim <= MAX_DIMENSIONS:
            raise _OutOfStepError
        sizes = [self.long_() for _ in range(ndim)]
        strides = [self.long_() for _ in range(ndim)]
        offset = self.long_()
        if offset < 1 or any(s < 1 for s in sizes) or any(s < 0 for s in strides):
            raise _OutOfStepError
        tag = self.int_()
        if tag == 0 and ndim == 0:
            return
        if tag != 4:
            raise _OutOfStepError
        index = self.int_()
        if index in self.seen:
            return
        self.seen.add(index)
        name = self.class_name()
        if name != storage_class_of(class_name):
            raise _OutOfStepError
        self.contents(name)

    def class_name(self) -> str:
        first = self.chars()
        if first.startswith(b"V "):
            first = self.chars()
        name = class_name_of(first)
        if name is None:
            raise _OutOfStepError
        return name

    def chars(self) -> bytes:
        size = self.int_()
        start = self.position
        self.skip(size)
        return bytes(self.data[start : min(self.position, start + 2048)])

    def int_(self) -> int:
        (value,) = _INT(self.data, self.position)
        self.position += 4
        return value

    def long_(self) -> int:
        (value,) = _LONG[self.width](self.data, self.position)
        self.position += self.width
        return value

    def skip(self, size: int) -> None:
        if not 0 <= size <= self.end - self.position:
            raise _OutOfStepError
        self.position += size
