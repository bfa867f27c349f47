"""The objects of a file by their numbers: a dictionary for what reads one by one, an array of marks for what scans."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import Any

import numpy as np

#: The mark of an object that no scan met; scans mark what they meet with higher numbers.
_KNOWN = 1


class Memo:
    """What has been read, by the number that the file gives it.

    What a scan met is put into the dictionary only when somebody asks for it: at the end of a file nobody does.
    """

    def __init__(self) -> None:
        self._values: dict[int, Any] = {}
        self._pending: list[tuple[np.ndarray[Any, Any], Collection[Any]]] = []
        self._marks = np.zeros(0, np.int32)
        self._beyond = np.zeros(0, np.int64)  # numbers in the dictionary that the array has no room for
        self._marked = 0  # how many entries of the dictionary have their marks
        self._met = 0

    @property
    def values(self) -> dict[int, Any]:
        """The values by number; new ones may be put in."""
        for indices, values in self._pending:
            self._mark()
            self._values.update(zip(indices.tolist(), values, strict=True))
            self._marked = len(self._values)
        self._pending.clear()
        return self._values

    @property
    def settled(self) -> dict[int, Any]:
        """What was read one by one, and some of what scans met."""
        return self._values

    def remember(self, indices: np.ndarray[Any, Any], values: Collection[Any]) -> None:
        """Puts in what a scan met, and has marked already."""
        self._pending.append((indices, values))
        self._met += len(values)

    def marks(self, room: int) -> tuple[np.ndarray[Any, Any], int]:
        """For each number 0 or a mark, with ``room`` for new ones; and the first mark that is free."""
        needed = len(self._values) + self._met + room
        if needed > len(self._marks):
            grown = np.zeros(2 * needed, np.int32)
            grown[: len(self._marks)] = self._marks
            self._marks = grown
            self._set_marks(self._beyond)
        self._mark()
        return self._marks, _KNOWN + 1 + self._met

    def _mark(self) -> None:
        """Marks what was put into the dictionary since."""
        new = len(self._values) - self._marked
        if new:
            found = np.fromiter(islice(reversed(self._values), new), np.int64, new)
            self._set_marks(np.append(self._beyond, found))
            self._marked = len(self._values)

    def _set_marks(self, indices: np.ndarray[Any, Any]) -> None:
        there = indices < len(self._marks)
        self._marks[indices[there]] = _KNOWN
        self._beyond = indices[~there]
