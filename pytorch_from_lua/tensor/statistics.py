"""Quantiles, covariances, histograms: statistics of all elements or along a dimension."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor._methods import Histogram
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import get_default_dtype
from pytorch_from_lua.tensor.geometry import wrap_dim

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import TensorLike
    from pytorch_from_lua.tensor.tensor import Tensor

_ROUNDING = ("linear", "lower", "higher", "midpoint", "nearest")


class Statistics(TensorBase):
    """Methods that describe how the elements are distributed."""

    __slots__ = ()

    def quantile(
        self, q: TensorLike, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
    ) -> Tensor:
        """The numbers under which the shares ``q`` of the elements lie: the sorted elements at ``q (n - 1)``.

        Args:
            q: a number from 0 to 1, or (k,) of them of the tensor's type: the result then has k as first dimension.
            dim: along which dimension; over all elements where None.
            keepdim: whether it stays, with size 1.
            interpolation: between two elements: ``"linear"``, ``"lower"``, ``"higher"``, ``"midpoint"`` or
                ``"nearest"``.

        Raises:
            DTypeError: for types that are not floating-point, and a ``q`` of another type.
            RangeError: for a share outside of [0, 1], or another interpolation.
            ShapeError: for a ``q`` of more than one dimension, or no elements.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, 2.0, 4.0]).quantile(0.75)
        tensor(3.)
        """
        return _quantile("quantile", self, q, dim, keepdim, interpolation)

    def nanquantile(
        self, q: TensorLike, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
    ) -> Tensor:
        """`quantile` of the elements that are not NaN.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, float("nan"), 3.0]).nanquantile(0.5)
        tensor(2.)
        """
        return _quantile("nanquantile", self, q, dim, keepdim, interpolation)

    def cov(self, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
        """The covariance matrix of variables, a row each: ``(x - mean) (x - mean)ᵀ / (n - correction)``.

        Args:
            correction: what is taken off the number of observations.
            fweights: (n,) whole numbers: how often each observation counts.
            aweights: (n,) numbers: how much each observation counts.

        Raises:
            ShapeError: for more than two dimensions, or weights of another length.
            DTypeError: for ``fweights`` that are not whole numbers, or ``aweights`` that are.
            RangeError: for negative weights.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]]).cov()
        tensor([[0.5000, 0.5000],
                [0.5000, 0.5000]])
        """
        return _cov(self, correction, fweights, aweights)

    def corrcoef(self) -> Tensor:
        """The correlation coefficients of variables, a row each: the covariances over the standard deviations.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]]).corrcoef()
        tensor([[1., 1.],
                [1., 1.]])
        """
        c = _cov(self, 1, None, None)
        if not c.shape:
            return apply("div", c, c)
        spread = apply("sqrt", c.diagonal())
        scaled = apply("div", apply("div", c, apply("unsqueeze", spread, dim=1)), apply("unsqueeze", spread, dim=0))
        return apply("clamp", scaled, min=-1, max=1)

    def histc(self, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
        """How many elements lie in each of ``bins`` intervals of one width between ``min`` and ``max``.

        Where both are 0 they are the smallest and the largest element. What lies outside is not counted, ``max`` is.

        Raises:
            RangeError: for no bins, limits that are not finite, or ``min`` over ``max``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, 2.0, 1.0]).histc(4, 0, 3)
        tensor([0., 2., 1., 0.])
        """
        return _histc(self, bins, min, max)

    def histogram(
        self,
        bins: int | TensorLike,
        *,
        range: Sequence[float] | None = None,
        weight: Tensor | None = None,
        density: bool = False,
    ) -> Histogram:
        """The pair (hist, bin_edges): how many elements lie in each bin.

        Args:
            bins: how many bins of one width, or (n + 1,), the sorted edges of n bins.
            range: (low, high); the smallest and the largest element where None.
            weight: how much each element counts, of the tensor's shape.
            density: whether the counts are divided so that their integral is 1.

        Raises:
            DTypeError: for types that are not floating-point.
            RangeError: for no bins, or a range that does not grow.
            ShapeError: for weights of another shape.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, 2.0, 2.5]).histogram(2)
        Histogram(hist=tensor([1., 2.]), bin_edges=tensor([1.0000, 1.7500, 2.5000]))
        """
        return _histogram(self, bins, range, weight, density)

    def bincount(self, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
        """How often each whole number from 0 on is there, (n,) giving (max + 1,).

        Args:
            weights: how much each element counts, (n,); the result then has their type, float64 for whole numbers.
            minlength: how long the result is at least.

        Raises:
            DTypeError: for types that are not whole numbers.
            ShapeError: for more than one dimension, or other weights.
            RangeError: for negative elements, or a negative ``minlength``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 3, 1]).bincount()
        tensor([0, 2, 0, 1])
        """
        x = self.array
        if x.dtype.kind not in "iu":
            raise DTypeError(f"input: needs whole numbers, got {self.dtype.name}")
        if x.ndim != 1:
            raise ShapeError(f"input: needs one dimension, got shape {x.shape}")
        if minlength < 0 or (x.size and x.min() < 0):
            raise RangeError("input, minlength: must not be negative")
        if weights is not None and weights.shape != x.shape:
            raise ShapeError(f"weights: need shape {x.shape}, got {weights.shape}")
        found = np.bincount(x.astype("int64"), None if weights is None else weights.array, minlength)
        kind = "int64" if weights is None else "float32" if weights.dtype.name == "float32" else "float64"
        return type(self).from_array(found.astype(kind))  # type: ignore[return-value]


def _quantile(name: str, x: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str) -> Any:
    if not x.dtype.is_floating_point or x.dtype.itemsize < 4:
        raise DTypeError(f"{name}: needs float32 or float64, got {x.dtype.name}")
    if isinstance(q, TensorBase) and q.dtype is not x.dtype:
        raise DTypeError(f"q: needs {x.dtype.name} like the input, got {q.dtype.name}")
    shares = np.asarray(backend.move(q.array, "cpu") if isinstance(q, TensorBase) else q, "float64")
    if shares.ndim > 1:
        raise ShapeError(f"q: needs a number or one dimension, got shape {shares.shape}")
    if not ((shares >= 0) & (shares <= 1)).all():
        raise RangeError(f"q: shares lie between 0 and 1, got {shares.tolist()}")
    if interpolation not in _ROUNDING:
        raise RangeError(f"interpolation: needs one of {', '.join(_ROUNDING)}, got {interpolation!r}")
    rank = x.ndim
    if dim is None or not rank:
        flat = apply("reshape", x, shape=(-1,))
        kept: tuple[int, ...] = (1,) * rank
    else:
        dim = wrap_dim(dim, rank)
        flat = apply("transpose", x, dim0=dim, dim1=rank - 1)
        kept = tuple([1 if i == dim else s for i, s in enumerate(x.shape)])
    if not flat.shape[-1]:
        raise ShapeError(f"input: shape {x.shape} has no elements to choose from")
    ordered = apply("sort", flat, dim=-1)[0]
    found = _between_ranks(ordered, _ranks(name, ordered.array, shares.reshape(-1)), interpolation)  # (..., k)
    if dim is not None and rank:
        # The last dimension has taken the place of `dim`, and holds what stood there.
        found = apply("transpose", apply("unsqueeze", found, dim=rank - 1), dim0=dim, dim1=rank - 1)
    found = apply("permute", found, dims=(found.ndim - 1, *range(found.ndim - 1)))
    left = kept if keepdim else () if dim is None or not rank else tuple([s for i, s in enumerate(x.shape) if i != dim])
    return apply("reshape", found, shape=(*shares.shape, *left))


def _ranks(name: str, ordered: Any, shares: Any) -> Any:
    """The places (..., k) in sorted rows that the shares stand for; where NaN counts, that of a NaN."""
    size = ordered.shape[-1]
    xp, shares = backend.namespace(ordered), backend.beside(shares, ordered)
    numbers = size - xp.isnan(ordered).sum(-1, keepdims=True)
    if name == "nanquantile":
        return shares * xp.maximum(numbers - 1, 0)
    return xp.where(numbers < size, size - 1.0, shares * (size - 1))


def _between_ranks(ordered: Any, ranks: Any, interpolation: str) -> Any:
    below = np.floor(ranks)
    part = ranks - below
    if interpolation in ("lower", "higher", "nearest"):
        chosen = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation](ranks)
        return apply("gather", ordered, dim=-1, index=chosen.astype("int64"))
    low = apply("gather", ordered, dim=-1, index=below.astype("int64"))
    high = apply("gather", ordered, dim=-1, index=np.ceil(ranks).astype("int64"))
    weight = np.full_like(part, 0.5) if interpolation == "midpoint" else part
    weight = type(ordered).from_array(weight.astype(ordered.dtype.numpy))
    return apply("lerp", low, high, weight)


def _cov(x: Any, correction: int, fweights: Any, aweights: Any) -> Any:
    if x.ndim > 2:
        raise ShapeError(f"input: needs two dimensions or fewer, got shape {x.shape}")
    if x.dtype.numpy.kind == "b":
        raise DTypeError("input: needs numbers, got bool")
    single = x.ndim < 2
    rows = apply("reshape", x, shape=(1, x.numel())) if single else x
    if not rows.dtype.is_floating_point:
        rows = apply("to", rows, dtype=get_default_dtype())
    count = rows.shape[1]
    weights = _cov_weights(fweights, aweights, count)
    if weights is None:
        total: Any = count
        mean = apply("mean", rows, dim=1, keepdim=True)
        scaled = centred = apply("sub", rows, mean)
        fewer: Any = correction
    else:
        total = apply("sum", weights)
        mean = apply("div", apply("sum", apply("mul", rows, weights), dim=1, keepdim=True), total)
        centred = apply("sub", rows, mean)
        scaled = apply("mul", centred, weights)
        fewer = correction
        if aweights is not None and correction:
            fewer = apply("div", apply("mul", apply("sum", apply("mul", weights, aweights)), correction), total)
    left = apply("sub", total, fewer) if isinstance(total, TensorBase) else total - fewer
    left = apply("clamp", left, min=0) if isinstance(left, TensorBase) else max(left, 0)
    product = apply("matmul", scaled, apply("transpose", centred, dim0=0, dim1=1))
    product = apply("div", product, left)
    return apply("reshape", product, shape=()) if single else product


def _cov_weights(fweights: Any, aweights: Any, count: int) -> Any:
    for name, w, whole in (("fweights", fweights, True), ("aweights", aweights, False)):
        if w is None:
            continue
        if (w.dtype.numpy.kind in "iu") is not whole or w.dtype.numpy.kind == "b":
            raise DTypeError(f"{name}: needs {'whole' if whole else 'floating-point'} numbers, got {w.dtype.name}")
        if w.shape != (count,):
            raise ShapeError(f"{name}: needs shape {(count,)}, one for each observation, got {w.shape}")
        if (w.array < 0).any():
            raise RangeError(f"{name}: must not be negative")
    if fweights is None or aweights is None:
        return aweights if fweights is None else fweights
    return apply("mul", fweights, aweights)


def _histc(x: Any, bins: int, low: float, high: float) -> Any:
    if not x.dtype.is_floating_point:
        raise DTypeError(f"histc: needs a floating-point type, got {x.dtype.name}")
    if bins < 1:
        raise RangeError(f"bins: needs at least 1, got {bins}")
    values = x.array.reshape(-1)
    if low == high and values.size:
        low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 1, high + 1
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        raise RangeError(f"min, max: need a finite range that grows, got {low} and {high}")
    kind = values.dtype.type
    values = values[(values >= low) & (values <= high)]
    places = ((values - kind(low)) * kind(bins) / (kind(high) - kind(low))).astype("int64")
    found = np.bincount(np.minimum(places, bins - 1), minlength=bins)
    return type(x).from_array(found.astype(x.dtype.numpy))


def _histogram(x: Any, bins: Any, span: Any, weight: Any, density: bool) -> Any:
    if not x.dtype.is_floating_point:
        raise DTypeError(f"histogram: needs a floating-point type, got {x.dtype.name}")
    values = x.cpu().array
    if weight is not None and weight.shape != x.shape:
        raise ShapeError(f"weight: needs shape {x.shape}, got {weight.shape}")
    weights = None if weight is None else weight.cpu().array.reshape(-1)
    if isinstance(bins, TensorBase):
        if bins.ndim != 1 or bins.dtype is not x.dtype:
            raise ShapeError(f"bins: need one dimension of {x.dtype.name}, got {bins.shape} of {bins.dtype.name}")
        edges = backend.move(bins.array, "cpu")
    else:
        if bins < 1:
            raise RangeError(f"bins: needs at least 1, got {bins}")
        low, high = span if span is not None else (values.min(), values.max()) if values.size else (0, 0)
        if not low <= high:
            raise RangeError(f"range: needs a finite range that grows, got {low} and {high}")
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = np.linspace(low, high, bins + 1).astype(values.dtype)
    found, edges = np.histogram(values.reshape(-1), edges, weights=weights, density=density)
    return Histogram(*[type(x).from_array(part.astype(values.dtype), x) for part in (found, edges)])


# -- functions alone -------------------------------------------------------------------------------------------------


def std_mean(
    input: Tensor,
    dim: int | Sequence[int] | None = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The standard deviation and the mean; the arguments are those of `Tensor.std`.

    >>> from pytorch_from_lua import tensor
    >>> std_mean(tensor([[1.0, 2.0], [3.0, 4.0]]), 1)
    (tensor([0.7071, 0.7071]), tensor([1.5000, 3.5000]))
    """
    return _with_mean("std", input, dim, unbiased, keepdim, correction)


def var_mean(
    input: Tensor,
    dim: int | Sequence[int] | None = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The variance and the mean; the arguments are those of `Tensor.var`.

    >>> from pytorch_from_lua import tensor
    >>> var_mean(tensor([[1.0, 2.0], [3.0, 4.0]]), 1)
    (tensor([0.5000, 0.5000]), tensor([1.5000, 3.5000]))
    """
    return _with_mean("var", input, dim, unbiased, keepdim, correction)


def _with_mean(name: str, x: Any, dim: Any, unbiased: bool, keepdim: bool, correction: int | None) -> tuple[Any, Any]:
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    spread = getattr(x, name)(dim, unbiased, keepdim, correction=correction)
    return spread, x.mean(dim, keepdim)
