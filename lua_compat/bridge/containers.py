"""What tds containers hold once several threads have them: ``require '_containers'``.

Each operation takes the container's lock. A change that reads before it writes, such as an insertion, holds it all the
while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Boxed:
    """A value of Lua's that who asks gets a copy of: what torch.serialize made, and what is shared beside it."""

    text: str
    held: list[Any]


class Container:
    """The elements of a tds.Hash or a tds.Vec.

    Args:
        kind: ``"hash"`` or ``"vec"``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.lock = threading.RLock()
        self._elements: dict[Any, tuple[Any, Any]] = {}
        self._size = 0  # of a vector, whose elements may be nil

    def get(self, key: Any) -> Any:
        """The element, or None."""
        with self.lock:
            found = self._elements.get(_hashed(key))
        return None if found is None else found[1]

    def set(self, key: Any, value: Any) -> None:
        """Sets an element; None takes it away."""
        with self.lock:
            if value is None:
                self._elements.pop(_hashed(key), None)
            else:
                self._elements[_hashed(key)] = (key, value)
            if self.kind == "vec":
                self._size = max(self._size, int(key))

    def size(self) -> int:
        """How many elements there are."""
        with self.lock:
            return self._size if self.kind == "vec" else len(self._elements)

    def resize(self, size: float) -> None:
        """Sets the length of a vector; a hash counts for itself."""
        with self.lock:
            self._size = int(size)

    def items(self) -> list[tuple[Any, Any]]:
        """All keys and elements as they are now."""
        with self.lock:
            return list(self._elements.values())


class Counter:
    """A number that several threads count with."""

    kind = "counter"

    def __init__(self, value: float) -> None:
        self._lock = threading.Lock()
        self._value = value

    def get(self) -> float:
        """What it is now."""
        return self._value

    def set(self, value: float) -> None:
        """Gives it another value."""
        with self._lock:
            self._value = value

    def inc(self, step: float) -> float:
        """Adds to it; what it was before."""
        with self._lock:
            before = self._value
            self._value = before + step
            return before


#: What goes to other threads as it is.
SHARED = (Container, Counter)


def _hashed(key: Any) -> Any:
    """The key, with true and 1 told apart, which Python does not."""
    return ("boolean", key) if isinstance(key, bool) else key


def _kind(value: Any) -> str | None:
    """``"hash"``, ``"vec"``, ``"counter"`` or ``"boxed"``; None for a value that stands for itself."""
    if isinstance(value, SHARED):
        return value.kind
    return "boxed" if isinstance(value, Boxed) else None


def _entry(items: list[tuple[Any, Any]], number: float) -> tuple[Any, Any] | None:
    """The key and the element at a place of a list, from 0."""
    return items[int(number)] if number < len(items) else None


def _unboxed(value: Boxed) -> tuple[str, list[Any]]:
    return value.text, value.held


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "container": Container,
    "counter": Counter,
    "kind": _kind,
    "get": Container.get,
    "set": Container.set,
    "size": Container.size,
    "resize": Container.resize,
    "items": Container.items,
    "entry": _entry,
    "lock": lambda container: container.lock.acquire(),
    "unlock": lambda container: container.lock.release(),
    "counter_get": Counter.get,
    "counter_set": Counter.set,
    "counter_inc": Counter.inc,
    "boxed": Boxed,
    "unboxed": _unboxed,
}
