"""How a row of a table becomes a pair of methods: one that returns a new tensor, and one that works in place."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np

from pytorch_from_lua.autograd.engine import method, operation, operation_
from pytorch_from_lua.tensor.base import TensorBase

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


#: Methods that without arguments do what the operation of their name does.
_PLAIN = frozenset(["all", "amax", "amin", "any", "mean", "prod", "std", "sum", "var"])


def numpy_names(method: F) -> F:
    """A method that also takes its ``dim`` and ``keepdim`` under numpy's names, ``axis`` and ``keepdims``."""
    plain = operation(method.__name__) if method.__name__ in _PLAIN else method

    @functools.wraps(method)
    def renamed(self: Any, *args: Any, **options: Any) -> Any:
        if not options:
            return method(self, *args) if args else plain(self)
        for name, other in (("axis", "dim"), ("keepdims", "keepdim")):
            if name in options:
                options[other] = options.pop(name)
        return method(self, *args, **options)

    return cast(F, renamed)


def unary(name: str, formula: str) -> tuple[Unary, Unary]:
    """``x.name()`` and ``x.name_()`` for an operation of one tensor."""
    return _named(method(name), name, formula), _named(operation_(name), name + "_", formula)


def predicate(name: str, formula: str) -> Unary:
    """``x.name()`` for an operation whose result has no in-place form."""
    return unary(name, formula)[0]


def binary(name: str, formula: str, operation_name: str | None = None) -> tuple[Binary, Binary]:
    """``x.name(y)`` and ``x.name_(y)`` for an operation of a tensor and a tensor or number, which broadcast."""
    rule = operation_name or name
    return _named(method(rule), name, formula), _named(operation_(rule), name + "_", formula)


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


def _named(function: Method, name: str, formula: str) -> Any:
    function.__name__ = name
    function.__qualname__ = f"Tensor.{name}"
    kind = ", in place" if name.endswith("_") and not name.startswith("__") else ""
    function.__doc__ = f"{formula}, element by element{kind}."
    return function
