"""One row for each operation: what it takes, what numpy computes for it, and what it promises.

To add an operation, add a row to the ``cases_*.py`` file of its family. For most it is one line:

    unary("exp", np.exp, result="real", ulps=4)          # x.exp()
    binary("atan2", np.arctan2, result="real", ulps=4)   # x.atan2(y), y a tensor that broadcasts or a number
    reduction("sum", np.sum, result="accumulate")        # x.sum(dim, keepdim); numpy's axis=, keepdims=
    scan("cumsum", np.cumsum, result="accumulate")       # x.cumsum(dim)
    view("flip", ...); row("gather", calls, reference)   # anything else: `row`, with a strategy of its own

`row` takes the strategy of the calls: what is drawn is ``Call(x, dim, index=y)``, the arguments of the method, in which
each tensor is an `operands.Operand`. The reference gets the same arguments with numpy arrays for the tensors.

What is checked for each row and each call that is drawn (see ``checks.py``):

- the method on the views gives the reference's numbers, in the element type that ``result`` says;
- it gives the same on contiguous copies, bit for bit where ``ulps`` is 0;
- inputs keep their values, geometry and version;
- the function of that name, where there is one, gives the same;
- ``x.name_(...)``, where there is one, writes the same numbers through the strides and nothing beside them;
- the result has memory of its own (``memory="own"``), or is a view of the first tensor (``"view"``; ``"maybe"`` says
  nothing); what a view has in place is its geometry;
- where ``gradient`` is true, the gradient of a view is that of its copy, at each element of the storage.

``test_complete.py`` fails while an operation has no row; what needs none stands in its list, with the reason.

``PROPERTY_EXAMPLES=2000 pytest tests/properties`` draws more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.properties import operands as drawn
from tests.properties.operands import ALL, FLOATS, Operand


class Call:
    """The arguments of one call, in which tensors are `Operand`s."""

    __slots__ = ("args", "options")

    def __init__(self, *args: Any, **options: Any) -> None:
        self.args = args
        self.options = options

    def map(self, change: Callable[[Operand], Any]) -> Call:
        """The call with something else in place of each tensor."""
        return Call(*[mapped(a, change) for a in self.args], **{k: mapped(v, change) for k, v in self.options.items()})

    def operands(self) -> list[Operand]:
        """The tensors, in order."""
        found: list[Operand] = []
        self.map(lambda o: found.append(o))
        return found

    def __repr__(self) -> str:
        return f"Call({', '.join([*map(repr, self.args), *[f'{k}={v!r}' for k, v in self.options.items()]])})"


def mapped(given: Any, change: Callable[[Operand], Any]) -> Any:
    """``given`` with something else in place of each tensor in it."""
    if isinstance(given, Operand):
        return change(given)
    if type(given) in (list, tuple):
        return type(given)([mapped(part, change) for part in given])
    return given


@dataclass(frozen=True)
class Case:
    """One row; `row` says what the fields mean."""

    name: str
    calls: st.SearchStrategy[Call]
    reference: Callable[..., Any]
    result: str
    ulps: float
    memory: str
    gradient: bool
    in_place: bool
    typed: tuple[int, ...] | None
    zero_sign: bool
    least: float
    forms: str
    id: str


#: Every row, in the order of the files.
CASES: list[Case] = []


def row(
    name: str,
    calls: st.SearchStrategy[Call],
    reference: Callable[..., Any],
    *,
    result: str = "same",
    ulps: float = 0,
    memory: str = "own",
    gradient: bool = True,
    in_place: bool = True,
    typed: tuple[int, ...] | None = None,
    zero_sign: bool = True,
    least: float = 0.0,
    forms: str = "both",
    id: str = "",
) -> None:
    """Adds a row.

    Args:
        name: the method, or the function where there is no method.
        calls: draws its arguments.
        reference: the same on numpy arrays.
        result: the element type of the result, and of the computation: ``"same"`` as the first tensor, ``"promote"``
            the common type of all, ``"real"`` that or float32 for integers, ``"bool"`` and ``"int64"`` computed in the
            common type, ``"accumulate"`` int64 for integers; ``"raw"`` what the reference gives.
        ulps: how many units in the last place each number may be away; 0 for exactly.
        memory: ``"own"``, ``"view"`` or ``"maybe"``; ``"written"`` for an operation that exists in place only, whose
            reference gives what the first tensor holds then.
        gradient: whether gradients flow, for tensors that float.
        in_place: False where ``name_`` is something else, or has a row of its own.
        typed: the arguments that count for the common type, by their places; all where None.
        zero_sign: whether the sign of a 0 counts.
        least: for ``ulps``, numbers nearer to 0 count as this large: what cancels leaves errors of its terms' size.
        forms: ``"method"`` or ``"function"`` where the other one takes other arguments, or is none.
        id: what the row is called among several of one name.
    """
    CASES.append(
        Case(
            name, calls, reference, result, ulps, memory, gradient, in_place, typed, zero_sign, least, forms,
            f"{name}-{id}" if id else name,
        )
    )  # fmt: skip


def unary(
    name: str,
    reference: Callable[..., Any],
    *,
    result: str = "same",
    dtypes: Sequence[str] = ALL,
    pool: str = "wild",
    **rest: Any,
) -> None:
    """Adds a row for ``x.name()``."""
    row(name, drawn.operands(dtypes, pool).map(Call), reference, result=result, **rest)


#: What stands beside a tensor in place of another: every kind of number.
SCALARS = st.sampled_from([2, 0.5, -1, True, 0, 3.0, -2.5, 1e3])


@st.composite
def _pairs(draw: Any, dtypes: Sequence[str], pool: str, scalars: Any, mixed: bool) -> Call:
    if scalars is not None and draw(st.integers(0, 3)) == 3:
        return Call(draw(drawn.operands(dtypes, pool)), draw(scalars))
    return Call(*draw(drawn.broadcasting(2, dtypes, pool, mixed)))


def binary(
    name: str,
    reference: Callable[..., Any],
    *,
    result: str = "promote",
    dtypes: Sequence[str] = ALL,
    pool: str = "wild",
    scalars: Any = SCALARS,
    mixed: bool = True,
    **rest: Any,
) -> None:
    """Adds a row for ``x.name(y)``, where y is a tensor that broadcasts with x, or one of ``scalars``."""
    row(name, _pairs(dtypes, pool, scalars, mixed), reference, result=result, **rest)


@st.composite
def _reductions(draw: Any, dtypes: Sequence[str], pool: str, sizes: tuple[int, int], several: bool, keep: bool) -> Call:
    x = draw(drawn.operands(dtypes, pool, sizes=sizes))
    n = len(x.shape)
    dim = draw(drawn.some_dims(n) if several else st.one_of(st.none(), drawn.dims(n)))
    if dim is None and draw(st.booleans()):
        return Call(x)
    return Call(x, dim=dim, keepdim=draw(st.booleans())) if keep else Call(x, dim=dim)


def reduction(
    name: str,
    reference: Callable[..., Any],
    *,
    result: str = "same",
    dtypes: Sequence[str] = ALL,
    pool: str = "special",
    empty: bool = True,
    several: bool = True,
    keep: bool = True,
    **rest: Any,
) -> None:
    """Adds a row for ``x.name(dim, keepdim)``; the reference is called as ``reference(x, axis=..., keepdims=...)``.

    Args:
        name: the method.
        reference: on arrays.
        result: see `row`.
        dtypes: the element types.
        pool: the values.
        empty: whether it has a result for no elements.
        several: whether ``dim`` may be a tuple.
        keep: whether there is ``keepdim``.
        rest: see `row`.
    """

    def on_axes(x: np.ndarray[Any, Any], dim: Any = None, keepdim: bool = False) -> Any:
        axis = None if x.ndim == 0 else dim
        options = {"keepdims": keepdim} if keep else {}
        return reference(x, axis=axis, **options)

    calls = _reductions(dtypes, pool, (0 if empty else 1, 5), several, keep)
    row(name, calls, on_axes, result=result, **rest)


@st.composite
def along(draw: Any, dtypes: Sequence[str] = ALL, pool: str = "special", empty: bool = True, **options: Any) -> Call:
    """Draws ``x.name(dim=...)`` with more keyword arguments, each a strategy."""
    x = draw(drawn.operands(dtypes, pool, sizes=(0 if empty else 1, 5)))
    return Call(x, dim=draw(drawn.dims(len(x.shape))), **{k: draw(v) for k, v in options.items()})


def scan(
    name: str,
    reference: Callable[..., Any],
    *,
    dtypes: Sequence[str] = ALL,
    pool: str = "special",
    empty: bool = True,
    options: dict[str, Any] | None = None,
    **rest: Any,
) -> None:
    """Adds a row for ``x.name(dim)``; the reference is called as ``reference(x, axis, **options)``, never on 0-d."""

    def on_axis(x: np.ndarray[Any, Any], dim: int, **more: Any) -> Any:
        if x.ndim:
            return reference(x, dim, **more)
        found = reference(x.reshape(1), 0, **more)
        return tuple([f.reshape(()) for f in found]) if isinstance(found, tuple) else found.reshape(())

    row(name, along(dtypes, pool, empty, **(options or {})), on_axis, **rest)


__all__ = ["ALL", "CASES", "FLOATS", "SCALARS", "Call", "Case", "along", "binary", "reduction", "row", "scan", "unary"]
