"""How a row of a table becomes a pair of methods: one that returns a new tensor, and one that works in place."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np

from pytorch_from_lua.autograd.engine import method, operation, operation_
from pytorch_from_lua.autograd.rule import RULES
from pytorch_from_lua.autograd.shortcut import reduction
from pytorch_from_lua.kernels import fused, ordering, sums
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import int64

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import Binary, Operator, Unary
    from pytorch_from_lua.tensor.tensor import Tensor

Method = Callable[..., Any]

#: What may stand beside a tensor in an expression.
OPERANDS = (TensorBase, bool, int, float, np.ndarray, np.number, np.bool_)


class ValuesIndices(NamedTuple):
    """What operations that choose elements return: the elements, and where they were."""

    values: Tensor
    indices: Tensor


class MinMax(NamedTuple):
    """What `aminmax` returns."""

    min: Tensor
    max: Tensor


class Histogram(NamedTuple):
    """What `histogram` returns: the counts (or densities), and the edges of the bins, one more than there are bins."""

    hist: Tensor
    bin_edges: Tensor


class MantissaExponent(NamedTuple):
    """What `frexp` returns."""

    mantissa: Tensor
    exponent: Tensor


F = TypeVar("F", bound=Method)

#: What computes them of all elements, and along one dimension, where an argument more or a gradient is not wanted.
_WHOLE: dict[str, Method] = {
    "sum": sums.total,
    "argmax": lambda x: x.argmax(),
    "argmin": lambda x: x.argmin(),
}
_ALONG: dict[str, Method] = {
    "sum": sums.along,
    "amax": sums.largest,
    "amin": sums.smallest,
    "argmax": lambda x, axis: x.argmax(axis),
    "argmin": lambda x, axis: x.argmin(axis),
    "max": ordering.largest,
    "min": ordering.smallest,
    "cumsum": lambda x, axis: fused.cumsum(x, axis if axis >= 0 else axis + x.ndim),
}


#: Methods that without arguments do what the operation of their name does.
_PLAIN = frozenset(["all", "amax", "amin", "any", "mean", "prod", "std", "sum", "var"])


def numpy_names(method: F) -> F:
    """A method that also takes its ``dim`` and ``keepdim`` under numpy's names, ``axis`` and ``keepdims``."""
    name = method.__name__
    plain = operation(name) if name in _PLAIN else method

    def renamed(self: Any, *args: Any, **options: Any) -> Any:
        for name, other in (("axis", "dim"), ("keepdims", "keepdim")):
            if name in options:
                options[other] = options.pop(name)
        return method(self, *args, **options)

    kind = int64 if name in ("argmax", "argmin") else None
    pair = ValuesIndices if name in ("max", "min") else None
    made = reduction(renamed, plain, _WHOLE.get(name), _ALONG.get(name), kind, pair)
    return cast(F, functools.wraps(method)(made))


def unary(name: str, formula: str, example: str, refused: str = "") -> tuple[Unary, Unary]:
    """``x.name()`` and ``x.name_()`` for an operation of one tensor.

    Args:
        name: the name of the operation and of the methods.
        formula: what it computes of x.
        example: numbers and what becomes of them, ``"[1, 2] -> [2, 4]"``, for the docstring.
        refused: the types of elements that it is not made for, in words.
    """
    shapes = "The result has the shape of x. " + _becomes(name, "It has the type of x.")
    return (
        _named(method(name), name, formula, _about(name, shapes, refused, example)),
        _named(operation_(name), name + "_", formula, _IN_PLACE),
    )


def predicate(name: str, formula: str, example: str, refused: str = "") -> Unary:
    """``x.name()`` for an operation whose result has no in-place form; see `unary`."""
    return unary(name, formula, example, refused)[0]


def binary(
    name: str, formula: str, example: str, operation_name: str | None = None, refused: str = ""
) -> tuple[Binary, Binary]:
    """``x.name(y)`` and ``x.name_(y)`` for an operation of a tensor and a tensor or number, which broadcast.

    Args:
        name: the name of the methods.
        formula: what it computes of x and y.
        example: as `unary` has it, with y after x.
        operation_name: the name of the operation, where it is another.
        refused: the types of elements that it is not made for, in words.
    """
    rule = operation_name or name
    shapes = "y is a tensor or a number; both broadcast. " + _becomes(rule, "The type is the one both promote to.")
    return (
        _named(method(rule), name, formula, _about(name, shapes, refused, example, "the shapes do not broadcast")),
        _named(operation_(rule), name + "_", formula, _IN_PLACE),
    )


def operators(name: str, symbol: str) -> tuple[Operator, Operator, Operator]:
    """The methods behind ``x symbol y``, ``y symbol x`` where y is no tensor, and ``x symbol= y``."""
    run, run_ = operation(name), operation_(name)

    def reflected(self: Any, other: Any) -> Any:
        return run(other, self) if isinstance(other, OPERANDS) else NotImplemented

    def in_place(self: Any, other: Any) -> Any:
        return run_(self, other) if isinstance(other, OPERANDS) else NotImplemented

    return (
        _named(method(name, OPERANDS), f"__{name}__", f"x {symbol} y"),
        _named(reflected, f"__r{name}__", f"y {symbol} x"),
        _named(in_place, f"__i{name}__", f"x {symbol}= y"),
    )


#: Operations whose results are booleans, whatever they are given.
_TRUTHS = {
    "eq", "ge", "gt", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "le", "logical_and",
    "logical_not", "logical_or", "logical_xor", "lt", "ne", "signbit",
}  # fmt: skip
_IN_PLACE = """

    Raises:
        AutogradError: where x is a leaf that records its gradient.
        DTypeError: where the result cannot be stored in the type of x.
        ShapeError: where the result would have another shape than x.
    """


def _becomes(operation_name: str, else_: str) -> str:
    """What a docstring says of the result's type."""
    if operation_name in _TRUTHS:
        return "The elements are booleans."
    if RULES[operation_name].real:
        return "Whole numbers become the default floating-point type."
    return else_


def _about(name: str, shapes: str, refused: str, example: str, misfit: str = "") -> str:
    """What a docstring says after its first line."""
    x, result = example.split(" -> ")
    x, _, y = x.partition("], ")
    call = f"tensor({x if x[-1] == ']' else x + ']'}).{name}({y})"
    raises = f"\n        DTypeError: for {refused}." if refused else ""
    if misfit:
        raises += f"\n        ShapeError: where {misfit}."
    return (
        f"\n\n    {shapes}\n"
        + (f"\n    Raises:{raises}\n" if raises else "")
        + f"\n    >>> from pytorch_from_lua import tensor\n    >>> {call}\n    tensor({result})\n    "
    )


def _named(function: Method, name: str, formula: str, about: str = "") -> Any:
    function.__name__ = name
    function.__qualname__ = f"Tensor.{name}"
    kind = ", in place" if name.endswith("_") and not name.startswith("__") else ""
    function.__doc__ = f"{formula}, element by element{kind}.{about}"
    return function
