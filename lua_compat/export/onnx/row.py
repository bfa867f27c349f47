"""What is known about a module class for ONNX: one `Row` each, in tables that stand with their family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lua_compat.export.onnx.trace import Call, Trace

#: Writes what a module computes; gives the name of the result, or a nesting of names.
Emit = Callable[["Call"], Any]


@dataclass(frozen=True)
class Row:
    """How a module class is written.

    Attributes:
        emit: writes its operations.
        passes: takes what ``emit`` is for away: the module hands its input, or parts of it, on to others or gives them
            back, as this function of the trace, the module, its place and the input says.
        refuse: why a module of the class cannot be written, or None where it can.
        indices: what it looks up in its input: pairs of a tensor and what its values need to be under.
        run: what is run to see what the module gives, where that is not the module itself: a function of the trace,
            the module, the input and the number of the run.
        free: what the sizes of its output are called where they depend on the values of its input.
    """

    emit: Emit | None = None
    passes: Callable[[Trace, Any, str, Any], Any] | None = None
    refuse: Callable[[Any], str | None] = lambda module: None
    indices: Callable[[Any, Any], list[tuple[Any, int]]] = lambda module, x: []
    run: Callable[[Trace, Any, Any, int], Any] | None = None
    free: str | None = None


Table = dict[type, "Row"]


def rows(emits: dict[Any, Emit]) -> Table:
    """A table of classes that need no more than how they are written."""
    return {kind: Row(emit) for kind, emit in emits.items()}
