"""Tensors and storages as the text that Torch7 prints."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from lua_compat.bridge.ops.common import dims, exported, sizes
from pytorch_from_lua.tensor import Storage, Tensor

#: Characters in a line of a matrix.
WIDTH = 80


class Format(NamedTuple):
    """How to print each element: divided by ``scale`` where there is one, by ``pattern``, ``width`` wide.

    A ``width`` of None means that the elements' texts are of different widths: then rows are not cut into columns.
    """

    pattern: str
    scale: float | None
    width: int | None

    def texts(self, values: Any) -> list[str]:
        """Each value in its column."""
        pattern = self.pattern
        if self.scale is not None:
            values = values / self.scale
        return [pattern % v for v in values.tolist()]


def _exponent(value: float) -> float:
    """The number of digits before the point, in base 10; 1 for 0, infinity for infinity."""
    if value == 0:
        return 1
    return math.inf if math.isinf(value) else math.floor(math.log10(value)) + 1


def choose(values: Any) -> Format:
    """The common format of some float64 values: integers, fixed point, a common scale factor, or exponents."""
    if values.size == 0:
        return Format("%d", None, 1)
    if np.isnan(values).any():
        return Format("%f", None, None)
    seen = np.abs(values)
    low, high = _exponent(float(seen.min())), _exponent(float(seen.max()))
    if bool(np.all(values == np.ceil(values))):
        if high > 9:
            return Format("%11.4e", None, 11)
        return Format(f"%{int(high) + 1}d", None, int(high) + 1)
    if high - low > 4:
        width = 12 if abs(high) > 99 or abs(low) > 99 else 11
        return Format(f"%{width}.4e", None, width)
    if high > 5 or high < 0:
        return Format("%7.4f", 10.0 ** (high - 1), 7)
    width = 7 if high == 0 else int(high) + 6
    return Format(f"%{width}.4f", None, width)


def _vector(values: Any) -> str:
    form = choose(values)
    head = "" if form.scale is None else f"{form.scale:g} *\n"
    return head + "".join(f"{text}\n" for text in form.texts(values))


def _matrix(values: Any, form: Format, indent: str) -> str:
    columns = values.shape[1]
    block = columns if form.width is None else (WIDTH - len(indent)) // (form.width + 1)
    parts = []
    for first in range(0, columns, block):
        last = min(first + block, columns)
        inner = indent
        if block < columns:
            # Torch7 indents the first of these headings only.
            parts.append(("\n" if first else indent) + f"Columns {first + 1} to {last}\n")
        if form.scale is not None:
            parts.append(f"{indent}{form.scale:g} *\n")
            inner = indent + " "
        parts += [inner + " ".join(form.texts(row[first:last])) + "\n" for row in values]
    return "".join(parts)


def _stack(values: Any) -> str:
    """The matrices of a tensor of three dimensions or more, the first index running fastest."""
    form = choose(values.reshape(-1))
    leading = values.shape[:-2]
    parts = []
    for place in np.ndindex(leading[::-1]):
        at = place[::-1]
        head = "".join(f"{i + 1}," for i in at)
        parts.append(f"({head}.,.) = \n" + _matrix(values[at], form, " "))
    return "\n".join(parts)


def _values(array: Any) -> Any:
    return array.astype(np.float64)


@exported
def tensor_text(x: Tensor) -> str:
    """What print shows of a tensor."""
    name = f"torch.{x.dtype.torch7}Tensor"
    n = dims(x)
    if n == 0:
        return f"[{name} with no dimension]\n"
    values = _values(x.array)
    if n == 1:
        body = _vector(values)
    elif n == 2:
        body = _matrix(values, choose(values.reshape(-1)), "")
    else:
        body = _stack(values)
    return f"{body}[{name} of size {sizes(x._shape)}]\n"


@exported
def storage_text(storage: Storage) -> str:
    """What print shows of a storage."""
    body = _vector(_values(storage.buffer)) if len(storage) else ""
    return f"{body}[torch.{storage.dtype.torch7}Storage of size {len(storage)}]\n"
