"""What every operation for Lua shares: the table of operations, results, numbers as C would store them.

An operation is a plain function over `Tensor` and numbers. Where Lua may give a result tensor, it comes first and is
``None`` where it was not given: then the operation makes one and returns it. A given result is resized, written
through its strides and not returned: Lua returns the very object it was given.
Dimensions and indices arrive counted from 0 already; index tensors come and go counted from 1, as Lua holds them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

from lua_compat.errors import ArgumentError
from pytorch_from_lua.errors import DimensionError, ShapeError
from pytorch_from_lua.tensor import Storage, Tensor
from pytorch_from_lua.tensor import dtype as dtypes

F = TypeVar("F", bound=Callable[..., Any])

_MOST = 2**60  # elements; numpy has no words for more

#: Every operation by the name under which Lua finds it.
FUNCTIONS: dict[str, Callable[..., Any]] = {}


def exported(function: F) -> F:
    """Registers an operation under its own name, without a trailing underscore."""
    return named(function.__name__.rstrip("_"))(function)


def named(name: str) -> Callable[[F], F]:
    """Registers an operation under a name."""

    def register(function: F) -> F:
        if name in FUNCTIONS:
            raise ValueError(f"name: two operations are called {name!r}")
        FUNCTIONS[name] = function
        return function

    return register


def text(value: str | bytes) -> str:
    """A Lua string as text; Lua strings arrive as bytes or str, depending on the runtime's encoding."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def new(dtype: dtypes.DType, shape: tuple[int, ...]) -> Tensor:
    """A contiguous tensor whose values are not set."""
    return Tensor._fresh(np.empty(shape, dtype.numpy), dtype)


def target(res: Tensor | None, dtype: dtypes.DType, shape: tuple[int, ...]) -> Tensor:
    """The given result, resized to ``shape``, or a new one."""
    if res is None:
        return new(dtype, shape)
    if res._shape != shape:
        res.resize_(shape)
    res._storage.version += 1
    return res


def deliver(res: Tensor | None, array: Any) -> Tensor | None:
    """Writes computed values into the given result, or makes a tensor of them."""
    if res is None:
        array = np.ascontiguousarray(array)
        return Tensor._fresh(array if array.ndim else array.reshape(1), dtypes.DType.of(array.dtype))
    target(res, res.dtype, array.shape or (1,)).array[...] = array
    return None


def scalar(dtype: dtypes.DType, value: float) -> Any:
    """A Lua number as an element of this type: cut to an integer and wrapped as C does, where it is one."""
    if dtype.is_floating_point:
        return float(value)
    if value != value or value in (np.inf, -np.inf):
        return 0
    bits = dtype.itemsize * 8
    whole = int(value) & ((1 << bits) - 1)
    if dtype.numpy.kind == "i" and whole >> (bits - 1):
        whole -= 1 << bits
    return whole


def number(value: Any) -> Any:
    """A numpy scalar as a Python number."""
    return value.item()


def same_count(x: Any, y: Any, name: str) -> Any:
    """``y`` in the shape of ``x``, element by element in order; Torch7 asks only for equal counts.

    Raises:
        ShapeError: where the counts differ.
    """
    if x.shape == y.shape:
        return y
    if x.size != y.size:
        raise ShapeError(f"inconsistent tensor size: {sizes(x.shape)}, {name} has {sizes(y.shape)}")
    return y.reshape(x.shape)


def sizes(shape: tuple[int, ...]) -> str:
    """A shape as Torch7 writes it: 2x3.

    >>> sizes((2, 3))
    '2x3'
    """
    return "no dimension" if shape == (0,) else "x".join(map(str, shape))


def dims(x: Tensor) -> int:
    """The number of dimensions as Lua counts: none for a tensor without elements."""
    return 0 if 0 in x._shape else len(x._shape)


def check_dim(x: Tensor, dim: int, name: str = "dimension") -> int:
    """The dimension, counted from 0, where the tensor has it.

    Raises:
        DimensionError: where it does not; the message counts from 1 as Lua does.
    """
    n = dims(x)
    if not 0 <= dim < n:
        raise DimensionError(f"{name}: {dim + 1} is out of range, the tensor has {n} dimension(s)")
    return int(dim)


def kind_of(value: Any) -> str:
    """What Lua calls a value: its torch class, or its type."""
    if isinstance(value, (Storage, Tensor)):
        return f"torch.{value.dtype.torch7}{'Tensor' if isinstance(value, Tensor) else 'Storage'}"
    plain = {type(None): "nil", bool: "boolean", int: "number", float: "number", str: "string", bytes: "string"}
    name = type(value).__name__.lower()
    return plain.get(type(value)) or next((kind for kind in ("table", "function", "thread") if kind in name), name)


def check_number(value: Any, name: str, wanted: str = "a number") -> None:
    """Raises ArgumentError where an argument is no number."""
    if type(value) not in (int, float):
        raise ArgumentError(f"{name}: {wanted} expected, got a {kind_of(value)}")


def whole(values: Iterable[Any], name: str, wanted: str = "numbers or one LongStorage") -> tuple[int, ...]:
    """Arguments as whole numbers; strings that are numbers count as such, as they do for Lua's own functions.

    Raises:
        ArgumentError: where one is no number.
    """
    given = tuple(values)
    try:
        return tuple([int(float(v) if type(v) is str else v) for v in given])
    except (TypeError, ValueError, OverflowError):
        for value in given:
            check_number(value, name, wanted)
        raise ArgumentError(f"{name}: {wanted} expected, got {', '.join(map(str, given))}") from None


def shape_of(sizes_: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given by Lua as numbers or as one LongStorage; they end at the first that is nil or not positive.

    >>> shape_of((2, 3)), shape_of((2, 0, 3)), shape_of(())
    ((2, 3), (2,), (0,))

    Raises:
        ArgumentError: where one is no number.
        MemoryError: where no memory could hold so many elements.
    """
    if sizes_ and isinstance(sizes_[0], (Storage, Tensor)):
        given = sizes_[0]
        sizes_ = tuple(given.tolist() if isinstance(given, Storage) else given.array.reshape(-1).tolist())
    shape = []
    for size in sizes_:
        if size is None:
            break
        if type(size) is str:
            size = whole((size,), "sizes")[0]
        else:
            check_number(size, "sizes", "numbers or one LongStorage")
        if size <= 0:
            break
        shape.append(int(size))
    if math.prod(shape) > _MOST:
        raise MemoryError(f"Unable to allocate an array with shape {tuple(shape)}")
    return tuple(shape) or (0,)


def long_tensor(res: Tensor | None, array: Any) -> Tensor | None:
    """Indices counted from 0 as a LongTensor counted from 1."""
    return deliver(res, array + 1)


def index_array(index: Tensor, limit: int, name: str = "index") -> Any:
    """A tensor of indices counted from 1 as an array counted from 0.

    Raises:
        DimensionError: where one lies outside of 1..limit.
    """
    array = index.array - 1
    if array.size and (array.min() < 0 or array.max() >= limit):
        wrong = int(array[(array < 0) | (array >= limit)].flat[0]) + 1
        raise DimensionError(f"{name}: {wrong} is out of range, allowed are 1 to {limit}")
    return array.astype(np.int64, copy=False)
