"""How a tensor looks: aligned numbers in nested brackets, and what distinguishes it from the usual tensor."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite
from typing import Any

from pytorch_from_lua.errors import RangeError
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor import dtype as types
from pytorch_from_lua.tensor.base import TensorBase

#: What can be chosen, by profile: digits after the point, elements above which a tensor is summarised, how many are
#: then shown at each end of a dimension, characters on a line.
PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": inf, "edgeitems": 3, "linewidth": 80},
}
#: What is chosen. ``sci_mode`` None leaves the style to the numbers.
options: dict[str, Any] = {**PROFILES["default"], "sci_mode": None}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Chooses how tensors are printed; what is not given stays, but for ``sci_mode``.

    Args:
        precision: digits after the point, 4 at the start.
        threshold: a tensor of more elements is summarised, 1000 at the start; inf for none.
        edgeitems: how many elements are shown at each end of a dimension of such a tensor, 3 at the start.
        linewidth: characters on a line, 80 at the start.
        profile: ``"default"``, ``"short"`` (2 digits, 2 at each end) or ``"full"`` (nothing left out), for the four
            above where they are not given.
        sci_mode: whether floats are printed as ``1.0000e+00``; as the numbers ask for it where None.

    Raises:
        RangeError: for another profile, or a number under 0 (1 for ``linewidth``).

    >>> from pytorch_from_lua import tensor
    >>> set_printoptions(precision=2, sci_mode=True)
    >>> tensor([1.0, 0.5])
    tensor([1.00e+00, 5.00e-01])
    >>> set_printoptions(profile="default")
    """
    if profile is not None and profile not in PROFILES:
        raise RangeError(f"profile: got {profile!r}; allowed are {', '.join(map(repr, PROFILES))}")
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    chosen = {key: value for key, value in given.items() if value is not None}
    for key, value in chosen.items():
        least = 1 if key == "linewidth" else 0
        if not isinstance(value, (int, float)) or not value >= least:
            raise RangeError(f"{key}: needs a number of at least {least}, got {value!r}")
    options.update({} if profile is None else PROFILES[profile], **chosen, sci_mode=sci_mode)


def formatted(tensor: TensorBase) -> str:
    """The tensor as text, for ``repr``."""
    notes = _notes(tensor)
    if not tensor.numel():
        if tensor.ndim != 1:
            notes.insert(0, f"size={tensor.shape}")
        body = "[]"
    elif tensor.ndim and not options["edgeitems"] and tensor.numel() > options["threshold"]:
        notes.insert(0, f"size={tensor.shape}")
        body = "[...]"
    else:
        body = _body(tensor, len("tensor("))
    indent = len("tensor(")
    text = "tensor(" + body
    column = len(text) - text.rfind("\n") + 1
    for note in notes:
        # A note that does not fit on the line any more goes on the next one.
        if column + len(note) + 2 > options["linewidth"]:
            text += ",\n" + " " * indent + note
            column = indent + len(note)
        else:
            text += ", " + note
            column += len(note) + 2
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
    write = _Writer(numbers, tensor.dtype)
    return _text(nested, write, indent) if isinstance(nested, list) else write(nested)


_GAP = object()


def _shown(array: Any, summarise: bool) -> Any:
    """Nested lists of the elements to show, with a gap where some are left out."""
    if array.ndim == 0:
        return array.item()
    edge = options["edgeitems"]
    if summarise and array.shape[0] > 2 * edge:
        head = [_shown(row, True) for row in array[:edge]]
        return [*head, _GAP, *[_shown(row, True) for row in array[len(array) - edge :]]]
    if array.ndim == 1:
        return array.tolist()
    return [_shown(row, summarise) for row in array]


def _collect(nested: Any, into: list[Any]) -> None:
    if isinstance(nested, list):
        for part in nested:
            _collect(part, into)
    elif nested is not _GAP:
        into.append(nested)


class _Writer:
    """Writes each number of a tensor, all of them in one style and at least as wide as the widest."""

    def __init__(self, numbers: list[Any], dtype: types.DType) -> None:
        self.style = _style(numbers) if dtype.is_floating_point else str
        # 0, inf and nan take the room they need, and do not widen the rest.
        told = [n for n in numbers if isfinite(n) and n != 0] if dtype.is_floating_point else numbers
        self.width = max([len(self.style(n)) for n in told], default=1)

    def __call__(self, number: Any) -> str:
        return self.style(number).rjust(self.width)


def _style(numbers: list[float]) -> Callable[[Any], str]:
    """Scientific where the numbers are far apart, large or small; without digits where all are whole."""
    sizes = [abs(n) for n in numbers if isfinite(n) and n != 0]
    if not sizes:
        return _whole
    digits = options["precision"]
    low, high = min(sizes), max(sizes)
    whole = all(n == int(n) for n in sizes)
    far = high / low > 1000 or high > 1e8 or (not whole and low < 1e-4)
    if far if options["sci_mode"] is None else options["sci_mode"]:
        return lambda n: f"{n:.{digits}e}"
    return _whole if whole else lambda n: f"{n:.{digits}f}"


def _whole(n: float) -> str:
    return f"{n:.0f}." if isfinite(n) else str(n)


def _text(nested: list[Any], write: _Writer, indent: int) -> str:
    if any(isinstance(part, list) for part in nested):
        # One more blank line for each dimension below, as the eye needs it.
        parts = ["..." if part is _GAP else _text(part, write, indent + 1) for part in nested]
        return "[" + ("," + "\n" * (_depth(nested) - 1) + " " * (indent + 1)).join(parts) + "]"
    words = [" ..." if part is _GAP else write(part) for part in nested]
    per_line = max(1, (options["linewidth"] - indent) // (write.width + 2))
    lines = [", ".join(words[i : i + per_line]) for i in range(0, len(words), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _depth(nested: Any) -> int:
    inner = [part for part in nested if isinstance(part, list)] if isinstance(nested, list) else []
    return 1 + (_depth(inner[0]) if inner else 0)
