"""What the tests of calling forms share: tensors of each element type, and the values that C would compute."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.tensor import Tensor

#: Torch7's word for each element type, and numpy's type.
TYPES = {
    "Byte": np.uint8,
    "Char": np.int8,
    "Short": np.int16,
    "Int": np.int32,
    "Long": np.int64,
    "Float": np.float32,
    "Double": np.float64,
}
INTEGERS = ("Byte", "Char", "Short", "Int", "Long")
REALS = ("Float", "Double")
ALL = tuple(TYPES)


def wrap(value: int | float, dtype: Any) -> Any:
    """A number as an element of a type: cut towards 0 and wrapped where that is one of integers."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return float(value)
    bits = 8 * kind.itemsize
    whole = math.trunc(value) % (1 << bits)
    return whole - (1 << bits) if kind.kind == "i" and whole >> (bits - 1) else whole


def each(function: Callable[..., Any], *operands: Any) -> np.ndarray[Any, Any]:
    """``function`` of the elements, as exact Python numbers, in the type of the first operand."""
    first = operands[0]
    columns = [np.asarray(o).reshape(-1).tolist() if isinstance(o, np.ndarray) else [o] * first.size for o in operands]
    found = [wrap(function(*row), first.dtype) for row in zip(*columns, strict=True)]
    return np.array(found, first.dtype).reshape(first.shape)


def c_div(a: Any, b: Any) -> Any:
    """C's division: towards 0."""
    if isinstance(a, int):
        return 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return a / b


def c_fmod(a: Any, b: Any) -> Any:
    """C's remainder: the sign of the dividend."""
    return a - b * c_div(a, b) if isinstance(a, int) else math.fmod(a, b)


def tensor(values: Any, word: str = "Double") -> Tensor:
    """A tensor with memory of its own."""
    return Tensor.from_array(np.array(values, TYPES[word]))


def results(word: str, shape: tuple[int, ...]) -> list[Tensor]:
    """Tensors for a result: empty, of another size, of the right size but transposed in memory."""
    turned = np.full(shape[::-1], 77, TYPES[word]).T
    return [tensor([], word), tensor([[9, 9, 9]] * 4, word), Tensor.from_array(turned)]


def close(found: Any, expected: Any, word: str) -> None:
    """Compares values and, of tensors, sizes: exactly for integers."""
    if isinstance(expected, tuple):
        assert isinstance(found, tuple)
        for one, other in zip(found, expected, strict=True):
            close(one, other, word)
        return
    value = found.array if isinstance(found, Tensor) else found
    assert np.shape(value) == np.shape(expected), f"size {np.shape(value)}, expected {np.shape(expected)}"
    exact = np.asarray(expected).dtype.kind in "iub"
    np.testing.assert_allclose(
        value, expected, rtol=0 if exact else 2e-5 if word == "Float" else 1e-12, atol=0 if exact else 1e-12
    )
