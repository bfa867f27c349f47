"""The element type of a result, by PyTorch's categories: bool < integer < floating point.

The highest category wins; within it, tensors with dimensions come before those without, and both before numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.errors import DTypeError
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import DType, bool_, get_default_dtype, int64

_CATEGORIES = {"b": 0, "u": 1, "i": 1, "f": 2}


def promote_types(a: DType, b: DType) -> DType:
    """The type that holds both: the one of the higher category, else the wider.

    >>> from pytorch_from_lua.tensor.dtype import float16, float32, int64, uint8, int8
    >>> promote_types(int64, float16), promote_types(uint8, int8), promote_types(float16, float32)
    (pytorch_from_lua.float16, pytorch_from_lua.int16, pytorch_from_lua.float32)
    """
    if a is b:
        return a
    ca, cb = _CATEGORIES[a.numpy.kind], _CATEGORIES[b.numpy.kind]
    if ca != cb:
        return a if ca > cb else b
    return DType.of(np.promote_types(a.numpy, b.numpy))


def result_type(*operands: Any) -> DType:
    """The element type of an operation on tensors and Python numbers."""
    groups: list[DType | None] = [None, None, None]
    dtype: DType | None
    for x in operands:
        if isinstance(x, TensorBase):
            place, dtype = (0 if x._shape else 1), x.dtype
        else:
            place, dtype = 2, _number_type(x)
        have = groups[place]
        groups[place] = dtype if have is None else promote_types(have, dtype)
    result: DType | None = None
    for dtype in groups:
        if dtype is not None and (result is None or _category(dtype) > _category(result)):
            result = dtype
    assert result is not None
    return result


def _category(dtype: DType) -> int:
    return _CATEGORIES[dtype.numpy.kind]


def _number_type(value: Any) -> DType:
    if isinstance(value, bool):
        return bool_
    if isinstance(value, int):
        return int64
    if isinstance(value, float):
        return get_default_dtype()
    raise DTypeError(f"operand: needs a tensor or a number, got {type(value).__name__}")


def promoted(inputs: Sequence[Any], first: int, real: bool, cast: Callable[..., Any]) -> tuple[Any, ...]:
    """The inputs with those from ``first`` on brought to one element type.

    Args:
        inputs: tensors, numbers, numpy arrays and scalars; None stays.
        first: where promotion starts.
        real: whether integers become the default floating-point type.
        cast: ``cast(tensor, dtype=...)``.
    """
    taken = [_operand(x, inputs) if i >= first else x for i, x in enumerate(inputs)]
    dtype = result_type(*[x for x in taken[first:] if x is not None])
    if real and not dtype.is_floating_point:
        dtype = get_default_dtype()
    if not any(isinstance(x, TensorBase) for x in taken[first:]):
        taken[first] = _operand(np.asarray(taken[first], dtype.numpy), inputs)
    for i in range(first, len(taken)):
        x = taken[i]
        if isinstance(x, TensorBase):
            if x.dtype is not dtype:
                taken[i] = cast(x, dtype=dtype)
        elif x is not None and dtype.is_floating_point:
            taken[i] = float(x)
        elif x is not None and dtype is not bool_:
            taken[i] = int(x)
    return tuple(taken)


def _operand(x: Any, inputs: Sequence[Any]) -> Any:
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, np.ndarray):
        return type(next(t for t in inputs if isinstance(t, TensorBase))).from_array(x)
    return x
