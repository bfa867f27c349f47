"""Operations that turn many elements into fewer: sums, extremes, norms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from pytorch_from_lua.autograd.engine import apply, apply_, is_grad_enabled
from pytorch_from_lua.errors import AutogradError, DTypeError, RangeError, ShapeError
from pytorch_from_lua.tensor._methods import MinMax, ValuesIndices, numpy_names
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.geometry import wrap_dim

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytorch_from_lua.tensor._types import DTypeLike, Operand
    from pytorch_from_lua.tensor.tensor import Tensor

Dims = int | Sequence[int] | None


def _dims(dim: Dims) -> int | tuple[int, ...] | None:
    if dim is None or isinstance(dim, int):
        return dim
    try:
        return tuple(dim)
    except TypeError:
        raise DTypeError(f"dim: needs a whole number, several, or None, got {dim!r}") from None


def _spread(dim: Any, unbiased: bool, correction: int | None) -> tuple[int | tuple[int, ...] | None, int]:
    """The dimensions and the correction of a variance; its first argument may be ``unbiased`` alone."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return _dims(dim), int(unbiased) if correction is None else correction


class Reduction(TensorBase):
    """Methods along one dimension (``dim`` an int), several (a tuple) or all of them (None).

    ``keepdim`` leaves the dimensions that go in place, with size 1.
    """

    __slots__ = ()

    @numpy_names
    def sum(self, dim: Dims = None, keepdim: bool = False, *, dtype: DTypeLike | None = None) -> Tensor:
        """The sum; of booleans and integers in int64, where no ``dtype`` is given.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).sum(0)
        tensor([4, 6])
        """
        kind = None
        if dtype is not None:
            kind = DType.of(dtype)
            if self.requires_grad and not kind.is_floating_point:
                cast(self, kind)
        return apply("sum", self, dim=_dims(dim), keepdim=keepdim, dtype=kind)

    @numpy_names
    def nansum(self, dim: Dims = None, keepdim: bool = False, *, dtype: DTypeLike | None = None) -> Tensor:
        """The sum, with NaN counted as 0.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, float("nan"), 2.0]).nansum()
        tensor(3.)
        """
        return _numbers_only(self).sum(dim, keepdim, dtype=dtype)

    @numpy_names
    def mean(self, dim: Dims = None, keepdim: bool = False, *, dtype: DTypeLike | None = None) -> Tensor:
        """The sum divided by the number of elements.

        Args:
            dim: along which dimensions.
            keepdim: whether they stay, with size 1.
            dtype: the type in which it is computed; needed for whole numbers.

        Raises:
            DTypeError: for whole numbers without ``dtype``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]]).mean(0)
        tensor([2., 3.])
        """
        return apply("mean", cast(self, dtype), dim=_dims(dim), keepdim=keepdim)

    @numpy_names
    def nanmean(self, dim: Dims = None, keepdim: bool = False, *, dtype: DTypeLike | None = None) -> Tensor:
        """The mean of the elements that are not NaN.

        Raises:
            DTypeError: for whole numbers without ``dtype``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, float("nan"), 2.0]).nanmean()
        tensor(1.5000)
        """
        x = cast(self, dtype)
        if not x.dtype.is_floating_point:
            raise DTypeError(f"nanmean: needs a floating-point type, got {x.dtype.name}; give a dtype")
        numbers = apply("sum", apply("logical_not", apply("isnan", x)), dim=_dims(dim), keepdim=keepdim)
        return apply("div", _numbers_only(x).sum(dim, keepdim), numbers)

    @numpy_names
    def prod(self, dim: int | None = None, keepdim: bool = False, *, dtype: DTypeLike | None = None) -> Tensor:
        """The product; of booleans and integers in int64.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).prod(1)
        tensor([ 2, 12])
        """
        return cast(apply("prod", cast(self, dtype), dim=dim, keepdim=keepdim), dtype)

    @numpy_names
    def var(
        self, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: int | None = None
    ) -> Tensor:
        """The mean of the squared distances from the mean, with ``n - correction`` in place of ``n``.

        Args:
            dim: along which dimensions.
            unbiased: the correction is 1 where true, else 0.
            keepdim: whether the dimensions stay, with size 1.
            correction: the correction itself, in place of ``unbiased``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]]).var(1)
        tensor([0.5000, 0.5000])
        """
        dims, fewer = _spread(dim, unbiased, correction)
        return apply("var", self, dim=dims, correction=fewer, keepdim=keepdim)

    @numpy_names
    def std(
        self, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: int | None = None
    ) -> Tensor:
        """The square root of the variance; the arguments are those of `var`.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]]).std(1)
        tensor([0.7071, 0.7071])
        """
        dims, fewer = _spread(dim, unbiased, correction)
        return apply("std", self, dim=dims, correction=fewer, keepdim=keepdim)

    @numpy_names
    def norm(
        self, p: float | str | None = "fro", dim: Dims = None, keepdim: bool = False, *, dtype: DTypeLike | None = None
    ) -> Tensor:
        """``sum(abs(x) ** p) ** (1 / p)``, over all elements or those along ``dim``.

        Args:
            p: a number; infinity and minus infinity give the largest and the smallest magnitude, 0 the number of
                elements that are not 0. ``"fro"`` and None are 2; ``"nuc"`` is the sum of a matrix's singular values.
            dim: along which dimensions.
            keepdim: whether they stay, with size 1.
            dtype: the type in which it is computed.

        Raises:
            RangeError: for any other word.
            DTypeError: for whole numbers.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]]).norm()
        tensor(5.4772)
        """
        if not self.dtype.is_floating_point:
            raise DTypeError(f"norm: needs a floating-point type, got {self.dtype.name}")
        if p == "nuc":
            from pytorch_from_lua.tensor.norms import matrix_norm  # here: it needs tensors

            if self.dtype.itemsize < 4:
                raise DTypeError(f"norm: needs float32 or float64 for p = 'nuc', got {self.dtype.name}")
            pair: Any = (-2, -1) if dim is None else dim  # one number is refused there
            return matrix_norm(cast(self, dtype), "nuc", pair, keepdim)
        if p is None or p == "fro":
            p = 2
        elif isinstance(p, str):
            raise RangeError(f"p: needs a number, 'fro' or 'nuc', got {p!r}")
        return apply("norm", cast(self, dtype), p=p, dim=_dims(dim), keepdim=keepdim)

    def dist(self, other: Operand, p: float = 2) -> Tensor:
        """The `norm` of the difference: ``(x - y).norm(p)``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0.0, 0.0]).dist(tensor([3.0, 4.0]))
        tensor(5.)
        """
        return apply("norm", apply("sub", self, other), p=p)

    def renorm(self, p: float, dim: int, maxnorm: float) -> Tensor:
        """Every slice along ``dim`` whose norm is over ``maxnorm`` scaled down to it.

        Raises:
            RangeError: for p that is not over 0, or a negative ``maxnorm``.
            ShapeError: for a tensor of less than two dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[3.0, 4.0], [0.3, 0.4]]).renorm(2, 0, 1)
        tensor([[0.6000, 0.8000],
                [0.3000, 0.4000]])
        """
        if not p > 0 or maxnorm < 0:
            raise RangeError(f"p, maxnorm: need numbers over 0 and of at least 0, got {p} and {maxnorm}")
        if self.ndim < 2:
            raise ShapeError(f"input: needs two dimensions or more, got shape {self._shape}")
        others = tuple([i for i in range(self.ndim) if i != wrap_dim(dim, self.ndim)])
        norms = apply("norm", self, p=p, dim=others, keepdim=True)
        factors = apply("div", maxnorm, apply("add", norms, 1e-7))
        return apply("mul", self, apply("where", apply("gt", norms, maxnorm), factors, 1.0))

    def renorm_(self, p: float, dim: int, maxnorm: float) -> Self:
        """`renorm`, in place."""
        return apply_("copy", self, self.renorm(p, dim, maxnorm))

    @numpy_names
    def softmax(self, dim: int, *, dtype: DTypeLike | None = None) -> Tensor:
        """``exp(x) / sum(exp(x))`` along ``dim``, without overflow.

        Raises:
            DTypeError: for whole numbers without ``dtype``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]]).softmax(1)
        tensor([[0.2689, 0.7311],
                [0.2689, 0.7311]])
        """
        return apply("softmax", _for_softmax("softmax", self, dim, dtype), dim=dim)

    @numpy_names
    def log_softmax(self, dim: int, *, dtype: DTypeLike | None = None) -> Tensor:
        """The logarithm of `softmax`, computed as ``x - logsumexp(x)``.

        Raises:
            DTypeError: for whole numbers without ``dtype``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]]).log_softmax(1)
        tensor([[-1.3133, -0.3133],
                [-1.3133, -0.3133]])
        """
        return apply("log_softmax", _for_softmax("log_softmax", self, dim, dtype), dim=dim)

    @numpy_names
    def logsumexp(self, dim: Dims, keepdim: bool = False) -> Tensor:
        """``log(sum(exp(x)))`` without overflow.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]]).logsumexp(1)
        tensor([2.3133, 4.3133])
        """
        return apply("logsumexp", self, dim=_dims(dim), keepdim=keepdim)

    @numpy_names
    def amax(self, dim: Dims = None, keepdim: bool = False) -> Tensor:
        """The largest element; where there are several, they share its gradient.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``. The type stays.

        Raises:
            DimensionError: where there is no dimension ``dim``.
            ShapeError: where there are no elements to choose from.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).amax(1)
        tensor([2, 4])
        """
        return apply("amax", self, dim=_dims(dim), keepdim=keepdim)

    @numpy_names
    def amin(self, dim: Dims = None, keepdim: bool = False) -> Tensor:
        """The smallest element; where there are several, they share its gradient.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``. The type stays.

        Raises:
            DimensionError: where there is no dimension ``dim``.
            ShapeError: where there are no elements to choose from.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).amin(1)
        tensor([1, 3])
        """
        return apply("amin", self, dim=_dims(dim), keepdim=keepdim)

    def aminmax(self, *, dim: int | None = None, keepdim: bool = False) -> MinMax:
        """The pair (min, max) of the smallest and the largest element.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3, 1, 2]).aminmax()
        MinMax(min=tensor(1), max=tensor(3))
        """
        return MinMax(*[apply(name, self, dim=dim, keepdim=keepdim) for name in ("amin", "amax")])

    @overload
    def max(self, dim: None = None, keepdim: bool = False) -> Tensor: ...

    @overload
    def max(self, dim: int, keepdim: bool = False) -> ValuesIndices: ...

    @overload
    def max(self, dim: Tensor) -> Tensor: ...

    @numpy_names
    def max(self, dim: Any = None, keepdim: bool = False) -> Tensor | ValuesIndices:
        """The largest element; with a ``dim`` the pair (values, indices); with a tensor the larger of both.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``. The type stays; indices are of int64.

        Raises:
            DimensionError: where there is no dimension ``dim``.
            ShapeError: where there are no elements to choose from.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).max(1)
        ValuesIndices(values=tensor([2, 4]), indices=tensor([1, 1]))
        """
        return self._extreme("max", "amax", dim, keepdim)

    @overload
    def min(self, dim: None = None, keepdim: bool = False) -> Tensor: ...

    @overload
    def min(self, dim: int, keepdim: bool = False) -> ValuesIndices: ...

    @overload
    def min(self, dim: Tensor) -> Tensor: ...

    @numpy_names
    def min(self, dim: Any = None, keepdim: bool = False) -> Tensor | ValuesIndices:
        """The smallest element; with a ``dim`` the pair (values, indices); with a tensor the smaller of both.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``. The type stays; indices are of int64.

        Raises:
            DimensionError: where there is no dimension ``dim``.
            ShapeError: where there are no elements to choose from.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).min(0)
        ValuesIndices(values=tensor([1, 2]), indices=tensor([0, 0]))
        """
        return self._extreme("min", "amin", dim, keepdim)

    def _extreme(self, name: str, full: str, dim: Any, keepdim: bool) -> Any:
        if dim is None:
            return apply(full, self, dim=None, keepdim=keepdim)
        if isinstance(dim, TensorBase):
            return apply(name + "imum", self, dim)
        return ValuesIndices(*apply(name + "_dim", self, dim=wrap_dim(dim, self.ndim), keepdim=keepdim))

    @numpy_names
    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """The place of the largest element; among all elements in row-major order where ``dim`` is None.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``. The type is int64.

        Raises:
            DimensionError: where there is no dimension ``dim``.
            ShapeError: where there are no elements to choose from.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).argmax()
        tensor(3)
        """
        return apply("argmax", self, dim=dim, keepdim=keepdim)

    @numpy_names
    def argmin(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """The place of the smallest element; among all elements in row-major order where ``dim`` is None.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``. The type is int64.

        Raises:
            DimensionError: where there is no dimension ``dim``.
            ShapeError: where there are no elements to choose from.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).argmin(1)
        tensor([0, 0])
        """
        return apply("argmin", self, dim=dim, keepdim=keepdim)

    @numpy_names
    def all(self, dim: Dims = None, keepdim: bool = False) -> Tensor:
        """Whether no element is 0.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``. The type is bool; of bytes uint8.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).all()
        tensor(True)
        """
        return apply("all", self, dim=_dims(dim), keepdim=keepdim)

    @numpy_names
    def any(self, dim: Dims = None, keepdim: bool = False) -> Tensor:
        """Whether an element is not 0.

        Without the dimensions ``dim``, or with size 1 there for ``keepdim``. The type is bool; of bytes uint8.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).any(0)
        tensor([True, True])
        """
        return apply("any", self, dim=_dims(dim), keepdim=keepdim)

    def count_nonzero(self, dim: Dims = None) -> Tensor:
        """How many elements are not 0.

        The dimensions ``dim`` go; all of them where it is None. The type is int64.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).count_nonzero()
        tensor(4)
        """
        return apply("count_nonzero", self, dim=_dims(dim))


def cast(x: Any, dtype: Any) -> Any:
    """``x`` in the type asked for; as it is where none is.

    Raises:
        AutogradError: where it records gradients and the type has none.
    """
    if dtype is None:
        return x
    kind = DType.of(dtype)
    if x.requires_grad and not kind.is_floating_point and is_grad_enabled():
        raise AutogradError(f"dtype: {kind.name} carries no gradient, and the input records one")
    return x if kind is x.dtype else apply("to", x, dtype=kind)


def _numbers_only(x: Any) -> Any:
    return apply("where", apply("isnan", x), 0.0, x) if x.dtype.is_floating_point else x


def _for_softmax(name: str, x: Any, dim: int, dtype: Any) -> Any:
    x = cast(x, dtype)
    if not x.dtype.is_floating_point:
        raise DTypeError(f"{name}: needs a floating-point type, got {x.dtype.name}; give a dtype")
    wrap_dim(dim, x.ndim)
    return x
