"""How a tensor looks: aligned numbers in nested brackets, and what distinguishes it from the usual tensor."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor import dtype as types
from pytorch_from_lua.tensor.base import TensorBase

#: Line width, digits after the point, elements above which a tensor is summarised, and how many are then shown at each
#: end of a dimension.
options = {"linewidth": 80, "precision": 4, "threshold": 1000, "edgeitems": 3}


def set_printoptions(
    *,
    precision: int | None = None,
    threshold: int | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
) -> None:
    """Chooses how tensors are printed.

    Args:
        precision: digits after the point, 4 at the start.
        threshold: a tensor of more elements is summarised, 1000 at the start.
        edgeitems: how many elements are shown at each end of a dimension of such a tensor, 3 at the start.
        linewidth: characters on a line, 80 at the start.
    """
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    options.update({key: value for key, value in given.items() if value is not None})


def formatted(tensor: TensorBase) -> str:
    """The tensor as text, for ``repr``."""
    notes = _notes(tensor)
    if not tensor.numel():
        if tensor.ndim != 1:
            notes.insert(0, f"size={tensor.shape}")
        body = "[]"
    else:
        body = _body(tensor, len("tensor("))
    text = "tensor(" + body
    for note in notes:
        # A note that does not fit on the line any more goes on the next one.
        last = text[text.rfind("\n") + 1 :]
        fits = len(last) + len(note) + 3 <= options["linewidth"]
        text += (", " if fits else ",\n" + " " * len("tensor(")) + note
    return text + ")"


def _notes(tensor: TensorBase) -> list[str]:
    notes = []
    if tensor.device != "cpu":
        notes.append(f"device='{tensor.device}'")
    usual = tensor.dtype in (types.get_default_dtype(), types.int64, types.bool_)
    if not usual or (not tensor.numel() and tensor.dtype is not types.get_default_dtype()):
        notes.append(f"dtype={tensor.dtype.name}")
    if tensor.grad_fn is not None:
        notes.append(f"grad_fn=<{_node_name(tensor.grad_fn)}>")
    elif tensor.requires_grad:
        notes.append("requires_grad=True")
    return notes


def _node_name(node: Any) -> str:
    """``Add`` for the node of ``add``, ``MaskedFill`` for the one of ``masked_fill``."""
    name = node.name
    name = name() if callable(name) else str(name)
    return "".join([part[:1].upper() + part[1:] for part in name.split("_")])


def _body(tensor: TensorBase, indent: int) -> str:
    array = backend.move(tensor.array, "cpu")
    summarise = tensor.numel() > options["threshold"]
    nested = _shown(array, summarise)
    numbers: list[Any] = []
    _collect(nested, numbers)
    write = _writer(numbers, tensor.dtype)
    return _text(nested, write, indent) if isinstance(nested, list) else write(nested).strip()


_GAP = object()


def _shown(array: Any, summarise: bool) -> Any:
    """Nested lists of the elements to show, with a gap where some are left out."""
    if array.ndim == 0:
        return array.item()
    edge = options["edgeitems"]
    if summarise and array.shape[0] > 2 * edge:
        head = [_shown(row, True) for row in array[:edge]]
        return [*head, _GAP, *[_shown(row, True) for row in array[-edge:]]]
    if array.ndim == 1:
        return array.tolist()
    return [_shown(row, summarise) for row in array]


def _collect(nested: Any, into: list[Any]) -> None:
    if isinstance(nested, list):
        for part in nested:
            _collect(part, into)
    elif nested is not _GAP:
        into.append(nested)


def _writer(numbers: list[Any], dtype: types.DType) -> Callable[[Any], str]:
    """What writes each number, all of them in the same width and style."""
    style = _style(numbers) if dtype.is_floating_point else str
    # inf and nan take the room they need, and do not widen the rest.
    width = max([len(style(n)) for n in numbers if isfinite(n)], default=0)
    return lambda n: style(n).rjust(width)


def _style(numbers: list[float]) -> Callable[[Any], str]:
    """Scientific where the numbers are far apart, large or small; without digits where all are whole."""
    sizes = [abs(n) for n in numbers if isfinite(n) and n != 0]
    if not sizes:
        return lambda n: f"{n:.0f}." if isfinite(n) else str(n)
    digits = options["precision"]
    low, high = min(sizes), max(sizes)
    far = high / low > 1000 or high > 1e8
    if all(n == int(n) for n in sizes):
        if not far:
            return lambda n: f"{n:.0f}." if isfinite(n) else str(n)
    elif low < 1e-4:
        far = True
    return (lambda n: f"{n:.{digits}e}") if far else (lambda n: f"{n:.{digits}f}")


def _text(nested: list[Any], write: Callable[[Any], str], indent: int) -> str:
    if any(isinstance(part, list) for part in nested):
        # One more blank line for each dimension below, as the eye needs it.
        parts = ["..." if part is _GAP else _text(part, write, indent + 1) for part in nested]
        return "[" + ("," + "\n" * (_depth(nested) - 1) + " " * (indent + 1)).join(parts) + "]"
    words = [" ..." if part is _GAP else write(part) for part in nested]
    width = max([len(w) for w in words], default=1)
    per_line = max(1, (options["linewidth"] - indent) // (width + 2))
    lines = [", ".join(words[i : i + per_line]) for i in range(0, len(words), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _depth(nested: Any) -> int:
    inner = [part for part in nested if isinstance(part, list)] if isinstance(nested, list) else []
    return 1 + (_depth(inner[0]) if inner else 0)
