"""What takes the place of a stack frame: a container whose contents are being read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Frame:
    """A container and the values read for it so far.

    Attributes:
        items: the values; keys and values alternate in a table.
        remaining: how many are still to come.
        keyed: whether every other value is a key.
        fill: what gives the values to the container, ``fill(target, items)``, when all are there.
        target: the container.
        class_name: the class of an object; None for all else.
    """

    __slots__ = ("class_name", "fill", "items", "keyed", "remaining", "target")

    def __init__(
        self,
        remaining: int,
        keyed: bool,
        fill: Callable[[Any, list[Any]], None],
        target: Any,
        items: list[Any] | None = None,
        class_name: str | None = None,
    ) -> None:
        self.items: list[Any] = [] if items is None else items
        self.remaining = remaining
        self.keyed = keyed
        self.fill = fill
        self.target = target
        self.class_name = class_name
