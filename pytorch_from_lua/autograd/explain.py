"""Errors of the array library, told as ours: the operation, what it was given, and what it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pytorch_from_lua.autograd.rule import Rule
from pytorch_from_lua.errors import (
    AllocationError,
    DeviceError,
    DimensionError,
    DTypeError,
    RangeError,
    ShapeError,
    TensorError,
)

Shapes = list[tuple[int, ...]]


def explained(rule: Rule, error: Exception, inputs: Any) -> Exception:
    """An error of the array library as one of ours, with the operation and the shapes (or the element types)."""
    if isinstance(error, TensorError):
        return error
    devices = sorted({str(x.device) for x in inputs if hasattr(x, "device")})
    if len(devices) > 1:
        return DeviceError(f"{rule.name}: tensors are on {' and '.join(devices)}; move them together with to(device)")
    if isinstance(error, TypeError):
        dtypes = ", ".join(x.dtype.name if hasattr(x, "dtype") else repr(x) for x in inputs)
        return DTypeError(f"{rule.name}: is not made for {dtypes}: {error}")
    if isinstance(error, OverflowError):
        return RangeError(f"{rule.name}: {error}")
    shapes = [tuple(x.shape) for x in inputs if hasattr(x, "shape")]
    given = f"{rule.name}: shapes {', '.join(map(str, shapes))}"
    if isinstance(error, MemoryError):
        return AllocationError(f"{given}: the result cannot be allocated: {error}")
    if isinstance(error, IndexError):
        return DimensionError(f"{given}: {error}")
    if str(error).startswith(("zero-size array to reduction", "attempt to get arg")):
        return ShapeError(f"{rule.name}: shape {shapes[0]} has no elements to choose from")
    for pattern, words in _WORDS:
        found = pattern.search(str(error))
        if found is not None:
            return ShapeError(f"{given}: {words(shapes, found)}")
    return ShapeError(f"{given}: {error}")


def _shape(text: str) -> tuple[int, ...]:
    """A shape out of the array library's words, which may show dimensions that it put in for itself."""
    return tuple([int(size) for size in re.findall(r"\d+", text)])


def _written(shapes: Shapes, found: re.Match[str]) -> str:
    return f"values of shape {_shape(found[1])} do not fit a place of shape {_shape(found[2])}"


def _stored(shapes: Shapes, found: re.Match[str]) -> str:
    return f"a result of shape {_shape(found[2])} cannot be stored in a tensor of shape {_shape(found[1])}"


def _masked(shapes: Shapes, found: re.Match[str]) -> str:
    return f"{found[1]} values do not fit the {found[2]} places where the mask is true"


def _product(shapes: Shapes, found: re.Match[str]) -> str:
    """The two factors are the last of the operands."""
    first, second = shapes[-2:]
    inner = second[-2] if len(second) > 1 else second[-1]
    return f"a product needs as many columns as the second factor has rows, got {first[-1]} and {inner}"


def _joined(shapes: Shapes, found: re.Match[str]) -> str:
    if len({len(shape) for shape in shapes}) > 1:
        return "tensors that are joined need the same number of dimensions"
    return f"tensors that are joined need equal sizes, except along the dimension joined; dimension {found[1]} differs"


def _broadcast(shapes: Shapes, found: re.Match[str]) -> str:
    """The array library's words have the shapes that met: an operand's, or that of a product of operands."""
    met = [_shape(text) for text in re.findall(r"(?<!>)\([\d,]*\)(?!->)|(?<=->)\(.*?\)", found[1])]
    for place in range(1, max((len(shape) for shape in met), default=0) + 1):
        sizes = sorted({shape[-place] for shape in met if len(shape) >= place} - {1})
        if len(sizes) > 1:
            which = "the last dimension" if place == 1 else f"dimension {-place}"
            names = " and ".join(map(str, dict.fromkeys(met)))
            return f"{names} do not broadcast: the sizes of {which} must be equal or 1"
    return f"they do not broadcast: {found[0]}"


#: What the array library says, and what we say of the operands' shapes.
_WORDS: tuple[tuple[re.Pattern[str], Callable[[Shapes, re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"could not broadcast input array from shape (\(.*?\)) into shape (\(.*?\))", _written),
        (r"cannot assign (\d+) input values to the (\d+) output values where the mask is true", _masked),
        (r"not aligned|mismatch in its core dimension", _product),
        (r"along dimension (\d+), the array at index|must have same number of dimensions", _joined),
        (r"could not be broadcast together with (.*?)(?: and requested.*)?$", _broadcast),
        (r"non-broadcastable output operand with shape (\(.*?\)) doesn't match the broadcast shape (\(.*?\))", _stored),
    )
)
