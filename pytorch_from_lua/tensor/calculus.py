"""Integrals and derivatives of sampled functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import get_default_dtype
from pytorch_from_lua.tensor.geometry import wrap_dim

if TYPE_CHECKING:
    from pytorch_from_lua.tensor.tensor import Tensor


def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The integral along ``dim`` by the trapezoidal rule: ``sum (x[i+1] - x[i]) (y[i] + y[i+1]) / 2``.

    Args:
        y: the values.
        x: where they were taken, of a shape that broadcasts (or one dimension); ``dx`` apart where None.
        dx: how far they are apart.
        dim: along which dimension.

    >>> from pytorch_from_lua import tensor
    >>> trapezoid(tensor([1.0, 2.0, 4.0]))
    tensor(4.5000)
    """
    return apply("sum", _trapezoids(y, x, dx, dim), dim=dim)


def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The integral up to each value but the first; the arguments are those of `trapezoid`.

    >>> from pytorch_from_lua import tensor
    >>> cumulative_trapezoid(tensor([1.0, 2.0, 3.0]))
    tensor([1.5000, 4.0000])
    """
    return apply("cumsum", _trapezoids(y, x, dx, dim), dim=dim)


def _trapezoids(y: Any, x: Any, dx: float, dim: int) -> Any:
    for name, given in (("y", y), ("x", x)):
        if given is not None and given.dtype.numpy.kind == "b":
            raise DTypeError(f"{name}: needs numbers, got bool")
    dim = wrap_dim(dim, y.ndim)
    left, right = _ends(y, dim)
    both = apply("add", left, right)
    if x is None:
        return apply("mul", both, dx / 2)
    if x.ndim == 1:
        x = apply("reshape", x, shape=tuple([-1 if i == dim else 1 for i in range(y.ndim)]))
    near, far = _ends(x, dim - y.ndim)
    return apply("div", apply("mul", apply("sub", far, near), both), 2)


def _ends(x: Any, dim: int) -> list[Any]:
    """All along ``dim`` but the last, and all but the first."""
    size = max(x.shape[dim] - 1, 0)
    dim = wrap_dim(dim, x.ndim)
    return [apply("narrow", x, dim=dim, start=min(start, x.shape[dim]), length=size) for start in (0, 1)]


def gradient(
    input: Tensor, *, spacing: Any = 1, dim: int | Sequence[int] | None = None, edge_order: int = 1
) -> tuple[Tensor, ...]:
    """The derivative of a sampled function along each dimension, of the input's shape each.

    Inside ``(f(x + h) - f(x - h)) / 2h``, and for distances a before and b behind a place the quotient of second order,
    ``(a² f(x + b) - b² f(x - a) + (b² - a²) f(x)) / (a b (a + b))``; at the ends the difference to the next place, or
    with ``edge_order=2`` the derivative of the parabola through the first three.

    Args:
        input: the values.
        spacing: how far they are apart: a number, one for each dimension, or a tensor of coordinates for each.
        dim: along which dimensions; all where None.
        edge_order: 1 or 2.

    Raises:
        DTypeError: for booleans and bytes, which have no differences.
        RangeError: for another ``edge_order``.
        ShapeError: for dimensions that are too short, or a number of spacings other than that of dimensions.

    >>> from pytorch_from_lua import tensor
    >>> gradient(tensor([1.0, 4.0, 9.0, 16.0]))
    (tensor([3., 4., 6., 7.]),)
    """
    if edge_order not in (1, 2):
        raise RangeError(f"edge_order: needs 1 or 2, got {edge_order}")
    if input.dtype.name in ("bool", "uint8"):
        raise DTypeError(f"input: differences need a type with negative numbers, got {input.dtype.name}")
    given = range(input.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    dims = [wrap_dim(d, input.ndim) for d in given]
    several = list(spacing) if isinstance(spacing, (list, tuple)) else [spacing] * len(dims)
    if len(several) != len(dims):
        raise ShapeError(f"spacing: needs one for each of {len(dims)} dimensions, got {len(several)}")
    x = input if input.dtype.is_floating_point else apply("to", input, dtype=get_default_dtype())
    return tuple([_slopes(x, d, space, edge_order) for d, space in zip(dims, several, strict=True)])


def _slopes(x: Any, dim: int, spacing: Any, edge_order: int) -> Any:
    size = x.shape[dim]
    if size <= edge_order:
        raise ShapeError(f"input: dimension {dim} of shape {x.shape} needs at least {edge_order + 1} places")
    steps = _steps(x, dim, spacing)

    def part(t: Any, start: int, length: int) -> Any:
        return apply("narrow", t, dim=dim, start=start, length=length)

    def step(start: int, length: int) -> Any:
        return part(steps, start, length) if isinstance(steps, TensorBase) else steps

    quotients = apply("div", apply("sub", part(x, 1, size - 1), part(x, 0, size - 1)), steps)
    first, last = part(quotients, 0, 1), part(quotients, size - 2, 1)
    if size == 2:
        return apply("cat", first, last, dim=dim)
    # The slope at a place between two steps a and b: their quotients, each weighted by the other step.
    a, b = step(0, size - 2), step(1, size - 2)
    before, behind = part(quotients, 0, size - 2), part(quotients, 1, size - 2)
    inner = (before * b + behind * a) / (a + b)
    if edge_order == 2:
        # A parabola's slope changes evenly: between the middles of the first two steps as much as out to the end.
        first = first - (part(behind, 0, 1) - first) * step(0, 1) / (step(0, 1) + step(1, 1))
        end = step(size - 2, 1)
        last = last + (last - part(before, size - 3, 1)) * end / (end + step(size - 3, 1))
    return apply("cat", first, inner, last, dim=dim)


def _steps(x: Any, dim: int, spacing: Any) -> Any:
    """How far each place is from the next: a number, or a tensor that broadcasts."""
    if not isinstance(spacing, TensorBase):
        return float(spacing)
    size = x.shape[dim]
    if spacing.shape != (size,):
        raise ShapeError(f"spacing: needs coordinates of shape {(size,)} for dimension {dim}, got {spacing.shape}")
    near, far = _ends(apply("to", spacing, dtype=x.dtype) if spacing.dtype is not x.dtype else spacing, 0)
    return apply("reshape", apply("sub", far, near), shape=tuple([-1 if i == dim else 1 for i in range(x.ndim)]))
