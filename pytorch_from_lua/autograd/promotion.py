"""The element type of a result, by PyTorch's categories: bool < integer < floating point.

The highest category wins; within it, tensors with dimensions come before those without, and both before numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.rule import Rule
from pytorch_from_lua.errors import DTypeError, RangeError
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import ALL, DType, bool_, get_default_dtype, int64

#: The classes of numbers that may stand beside a tensor.
NUMBERS = (float, int, bool)
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


def can_cast(from_: Any, to: Any) -> bool:
    """Whether values of one type may be stored in another without losing their kind: no floats as whole numbers, no
    whole numbers as booleans.

    >>> can_cast("float64", "float16"), can_cast("float32", "int64"), can_cast("int64", "uint8")
    (True, False, True)
    """
    return _category(DType.of(from_)) <= _category(DType.of(to))


def result_type(*operands: Any) -> DType:
    """The element type of an operation on tensors and Python numbers.

    >>> from pytorch_from_lua import tensor
    >>> result_type(tensor([1]), 0.5)
    pytorch_from_lua.float32
    """
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
            taken[i] = fitted(int(x), dtype)
    return tuple(taken)


def fitted(value: int, dtype: DType) -> int:
    """A number as an integer type holds it: modulo its range, as C has it.

    >>> from pytorch_from_lua.tensor.dtype import int8, uint8
    >>> fitted(7, uint8), fitted(-1, uint8), fitted(300, int8)
    (7, 255, 44)
    """
    low, size = _RANGES[dtype.name]
    return (value - low) % size + low


_RANGES = {t.name: (int(np.iinfo(t.numpy).min), 1 << 8 * t.itemsize) for t in ALL if t.numpy.kind in "iu"}


# -- what some operations refuse ------------------------------------------------------------------------------------


def _kinds(inputs: Sequence[Any]) -> list[str]:
    found = [x.dtype.numpy.kind if isinstance(x, TensorBase) else np.asarray(x).dtype.kind for x in inputs]
    return [kind for x, kind in zip(inputs, found, strict=True) if x is not None]


def _named(inputs: Sequence[Any]) -> str:
    return ", ".join([x.dtype.name if isinstance(x, TensorBase) else type(x).__name__ for x in inputs])


def no_bools(name: str, inputs: Sequence[Any]) -> None:
    """Raises DTypeError where one input is of booleans."""
    if "b" in _kinds(inputs):
        raise DTypeError(f"{name}: has no meaning for booleans, got {_named(inputs)}; use ~ or ^ to turn a mask around")


def no_integers(name: str, inputs: Sequence[Any]) -> None:
    """Raises DTypeError where no tensor is of a floating-point type."""
    if "f" not in _kinds([x for x in inputs if isinstance(x, TensorBase)]):
        raise DTypeError(f"{name}: needs a floating-point type, got {_named(inputs)}")


def no_negative_power(name: str, inputs: Sequence[Any]) -> None:
    """Raises RangeError where whole numbers are raised to a negative whole power, which gives no whole numbers."""
    exponent = inputs[1]
    if isinstance(exponent, int) and exponent < 0 and "f" not in _kinds(inputs):
        raise RangeError(f"exponent: a negative power of whole numbers is no whole number, got {exponent}")


def _operand(x: Any, inputs: Sequence[Any]) -> Any:
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, np.ndarray):
        return type(next(t for t in inputs if isinstance(t, TensorBase))).from_array(x)
    return x


def promoter(
    rule: Rule, operation: Callable[[str], Callable[..., Any]]
) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """What brings the inputs to one element type; where they have one that floats, it only looks.

    Args:
        rule: of the operation.
        operation: what gives operations by name; asked for the conversion when it is needed.
    """
    first, real, check = rule.promote or 0, rule.real, rule.check

    def prepare(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        dtype = None
        for x in inputs[first:] if first else inputs:
            if isinstance(x, TensorBase):
                if dtype is None:
                    dtype = x.dtype
                elif x.dtype is not dtype:
                    break
            elif x is not None and x.__class__ not in NUMBERS:
                break
        else:
            if dtype is not None and dtype.is_floating_point:
                return inputs
        if check is not None:
            check(rule.name, inputs)
        return promoted(inputs, first, real, operation("to"))

    return prepare


def same_types(rule: Rule) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """What refuses tensors of different element types."""

    def prepare(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        dtype = None
        for x in inputs:
            if isinstance(x, TensorBase):
                if dtype is None:
                    dtype = x.dtype
                elif x.dtype is not dtype:
                    names = ", ".join([t.dtype.name for t in inputs if isinstance(t, TensorBase)])
                    raise DTypeError(f"{rule.name}: the tensors must have one element type, got {names}")
        return inputs

    return prepare
