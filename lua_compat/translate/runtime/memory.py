"""Files of Torch7's in memory, as scripts use them to copy nets: what is written is copied, and copied when read."""

from __future__ import annotations

import copy
from typing import Any


class MemoryFile:
    """``torch.MemoryFile([storage, ]mode)``, of objects.

    Args:
        mode: ``"r"``, ``"w"`` or ``"rw"``.
        storage: what the method ``storage`` of another gave; its objects are read from the first on.
    """

    def __init__(self, mode: str = "rw", storage: MemoryFile | None = None) -> None:
        if mode not in ("r", "w", "rw"):
            raise ValueError(f"mode: needs 'r', 'w' or 'rw', got {mode!r}")
        self.mode = mode
        self._objects: list[Any] = [] if storage is None else storage._objects
        self._next = 0

    def binary(self) -> MemoryFile:
        """The same file: objects are never written as bytes."""
        return self

    def ascii(self) -> MemoryFile:
        """The same file: objects are never written as text."""
        return self

    def writeObject(self, value: Any) -> None:
        """Writes a copy of a value."""
        if "w" not in self.mode:
            raise OSError("writeObject: the file is open for reading only")
        self._objects.append(copy.deepcopy(value))

    def readObject(self) -> Any:
        """A copy of the next value.

        Raises:
            EOFError: where there is none.
        """
        if self._next >= len(self._objects):
            raise EOFError(f"readObject: {self._next} objects were read, and there are no more")
        self._next += 1
        return copy.deepcopy(self._objects[self._next - 1])

    def storage(self) -> MemoryFile:
        """What another file may be opened on."""
        return self

    def close(self) -> None:
        """Nothing to do."""
