"""What the engine knows of one operation: how to compute it, and its derivative with respect to each input.

A derivative is written once, over a namespace ``n`` that holds every operation of the table: with plain arrays it
computes (the usual, fast way), with tensors it is recorded itself, and so gives gradients of gradients.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

#: Every operation by name. The ``rules*.py`` files fill it.
RULES: dict[str, Rule] = {}

#: What a derivative may ask for, as places in (result, second result, inputs ..., shapes of inputs ...).
TOKENS = {
    "r": 0,
    "e": 1,
    "x": 2,
    "y": 3,
    "z": 4,
    "w": 5,
    "xs": 6,
    "ys": 7,
    "zs": 8,
    "ws": 9,
    "shapes": 10,
    "xt": 11,
    "yt": 12,
}

#: ``("x y", lambda n, g, x, y: ...)``: what it needs, and the gradient made from it and the result's gradient ``g``.
Derivative = tuple[str, Callable[..., Any]]


class Rule:
    """One operation.

    Args:
        name: its name in `RULES`.
        forward: ``forward(xp, *arrays, **params)``, or the name of the array library's function.
        derivatives: one for each input, None for inputs that have none. Each is a pair of what it needs saved, as
            words (``x y z w`` the inputs, ``r`` the result, ``e`` the second result, ``xs`` the shape of ``x``,
            ``shapes`` all of them, ``xt`` the element type of ``x``), and ``d(n, g, *saved, **params)``.
            It gives a new array, ``g`` itself or a view of ``g``, never what was saved. The engine undoes
            broadcasting.
        joint: in place of ``derivatives``, one function for all inputs: ``d(n, g, needs, *saved, **params)`` gives a
            gradient, or None, for each.
        order: how many times the operation can be differentiated; 1 where its derivative works on arrays alone.
        real: whether integers become the default floating-point type first.
        promote: the first input that takes part in type promotion, or None where inputs are taken as they are.
        same: whether all tensors must have one element type.
        extra: what the second of two results is: ``"output"`` (returned), ``"hidden"`` (kept for the derivative) or "".
        geometry: for a view, the function of ``tensor.geometry`` that computes it.
        plain: whether it has no parameters; so it is where ``forward`` is a name.
        inplace: ``inplace(xp, target, *other_arrays, **params)``, where the result is not simply written there.
        check: ``check(name, inputs)``, called before element types are promoted, raises where they make no sense.
    """

    __slots__ = (
        "_bound",
        "check",
        "codes",
        "derivatives",
        "extra",
        "forward",
        "functions",
        "geometry",
        "holds",
        "inplace",
        "joint",
        "name",
        "needs_shapes",
        "order",
        "plain",
        "plans",
        "promote",
        "real",
        "same",
        "tokens",
    )

    def __init__(
        self,
        name: str,
        forward: str | Callable[..., Any],
        *derivatives: Derivative | None,
        joint: Derivative | None = None,
        order: int = 2,
        real: bool = False,
        promote: int | None = None,
        same: bool = False,
        extra: str = "",
        geometry: Callable[..., Any] | None = None,
        inplace: Callable[..., Any] | None = None,
        plain: bool | None = None,
        check: Callable[[str, Any], None] | None = None,
    ) -> None:
        self.name = name
        self.forward = forward
        self.derivatives = derivatives
        self.joint = joint
        self.order = order
        self.real = real
        self.promote = promote
        self.same = same
        self.extra = extra
        self.geometry = geometry
        self.inplace = inplace
        self.check = check
        self.plain = isinstance(forward, str) if plain is None else plain
        rows = [joint] if joint is not None else list(derivatives)
        self.tokens = tuple([None if d is None else tuple(d[0].split()) for d in rows])
        self.codes = tuple([None if t is None else tuple([TOKENS[w] for w in t]) for t in self.tokens])
        self.functions = tuple([None if d is None else d[1] for d in rows])
        #: Whether a derivative needs values, which take memory, and not shapes alone.
        self.holds = any(c < TOKENS["xs"] for codes in self.codes if codes for c in codes)
        self.needs_shapes = any(c >= TOKENS["xs"] for codes in self.codes if codes for c in codes)
        #: What recording does, by the set of inputs that have a gradient; filled by `record`.
        self.plans: dict[int, tuple[tuple[Any, ...], tuple[int, ...]]] = {}
        self._bound: dict[Any, Callable[..., Any]] = {}

    @property
    def differentiable(self) -> bool:
        """Whether the result can carry a gradient."""
        return bool(self.functions)

    @property
    def inputs(self) -> int:
        """How many inputs there are; 0 where that varies."""
        if isinstance(self.forward, str):
            return getattr(self.bound(np), "nin", 0)
        code = getattr(self.forward, "__code__", None)
        if code is None or code.co_flags & inspect.CO_VARARGS or getattr(self.forward, "__defaults__", None):
            return 0
        return int(code.co_argcount) - 1

    @property
    def call(self) -> Callable[..., Any]:
        """The operation as ``f(xp, *arrays, **params)``."""
        forward = self.forward
        if not isinstance(forward, str):
            return forward
        return lambda xp, *arrays, **params: self.bound(xp)(*arrays, **params)

    def bound(self, xp: Any) -> Callable[..., Any]:
        """The operation on arrays of the library ``xp``."""
        found = self._bound.get(xp)
        if found is None:
            if isinstance(self.forward, str):
                found = getattr(xp, self.forward)
            else:
                found = functools.partial(self.forward, xp)
            self._bound[xp] = found
        return found

    def bind(self, xp: Any, function: Callable[..., Any]) -> None:
        """Say what `bound` gives for a library: a function that does the same with less between."""
        self._bound[xp] = function

    def __repr__(self) -> str:
        return f"Rule({self.name!r})"


def define(name: str, forward: str | Callable[..., Any], *derivatives: Derivative | None, **options: Any) -> None:
    """Adds a row to the table.

    Raises:
        ValueError: where the name is taken.
    """
    if name in RULES:
        raise ValueError(f"name: the operation {name!r} is defined already")
    RULES[name] = Rule(name, forward, *derivatives, **options)


class ArrayNamespace:
    """Every operation on plain arrays of one library: ``n.exp(a)``."""

    def __init__(self, xp: Any) -> None:
        self.xp = xp

    def __getattr__(self, name: str) -> Callable[..., Any]:
        rule = RULES.get(name)
        if rule is None:
            raise AttributeError(name)
        function = rule.bound(self.xp)
        if rule.extra:
            function = functools.partial(_first, function)
        setattr(self, name, function)
        return function


def _first(function: Callable[..., Any], *args: Any, **params: Any) -> Any:
    return function(*args, **params)[0]


@functools.cache
def array_namespace(xp: Any) -> ArrayNamespace:
    """The operations on arrays of ``xp`` (numpy or cupy)."""
    return ArrayNamespace(xp)
