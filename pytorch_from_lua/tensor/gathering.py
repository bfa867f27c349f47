"""Elements chosen and written by index tensors along one dimension, and by their place in row-major order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply, apply_
from pytorch_from_lua.autograd.shortcut import computed, floats, readable
from pytorch_from_lua.errors import DimensionError, DTypeError, RangeError, ShapeError
from pytorch_from_lua.kernels import gathering
from pytorch_from_lua.tensor import backend, geometry
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import int64
from pytorch_from_lua.tensor.indexing import basic, indices_of, parsed

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytorch_from_lua.tensor._types import Number, Operand, TensorLike
    from pytorch_from_lua.tensor.tensor import Tensor

_SCATTERED = ("sum", "prod", "mean", "amax", "amin")
_INDEXED = ("prod", "mean", "amax", "amin")


class Gathering(TensorBase):
    """Methods that read and write elements which an index names."""

    __slots__ = ()

    # -- along one dimension, an index for each element -------------------------------------------------------------

    def gather(self, dim: int, index: TensorLike) -> Tensor:
        """``result[i][j] = x[index[i][j]][j]`` for ``dim = 0``, and so for the others.

        Args:
            dim: the dimension.
            index: as many dimensions; in the others at most the size of ``x``. The result has its shape.

        Raises:
            DTypeError: where ``index`` does not hold integers.
            DimensionError: where one of them lies outside of the dimension.
            ShapeError: where the shapes do not fit.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).gather(1, tensor([[0, 0], [1, 0]]))
        tensor([[1, 1],
                [4, 3]])
        """
        made = _shortly(gathering.picked, self, dim, index)
        if made is not None:
            return made
        places = self._places(dim, index)
        if not self._shape or not places.ndim:
            return self.reshape(-1).index_select(0, places.reshape(-1)).reshape(places.shape)  # type: ignore[attr-defined]
        return apply("gather", self, dim=dim, index=places)

    def take_along_dim(self, indices: Tensor, dim: int | None = None) -> Tensor:
        """`gather`, where the other dimensions of both broadcast; in row-major order where ``dim`` is None.

        Raises:
            DTypeError: where ``indices`` does not hold integers.
            DimensionError: where one of them lies outside of the dimension.
            ShapeError: where the shapes do not fit.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3, 1, 2]).take_along_dim(tensor([1, 2, 0]), 0)
        tensor([1, 2, 3])
        """
        if dim is None:
            return self.reshape(-1).take_along_dim(indices.reshape(-1), 0)  # type: ignore[attr-defined]
        if indices.ndim != self.ndim:
            raise ShapeError(f"indices: needs {self.ndim} dimensions, got shape {indices.shape}")
        d = geometry.wrap_dim(dim, self.ndim)
        one = (*self._shape[:d], 1, *self._shape[d + 1 :]), (*indices.shape[:d], 1, *indices.shape[d + 1 :])
        common = geometry.broadcast_shapes(*one)
        wide = self.expand(*common[:d], self._shape[d], *common[d + 1 :])  # type: ignore[attr-defined]
        return wide.gather(d, indices.expand(*common[:d], indices.shape[d], *common[d + 1 :]))

    def scatter(
        self,
        dim: int,
        index: TensorLike,
        src: TensorLike | None = None,
        *,
        value: Number | None = None,
        reduce: str | None = None,
    ) -> Tensor:
        """A copy with ``result[index[i][j]][j] = src[i][j]`` for ``dim = 0``, and so for the others.

        Args:
            dim: the dimension.
            index: as many dimensions, none longer than in ``src``, nor (but for ``dim``) than in ``x``.
            src: a tensor of the same element type, or a number.
            value: the number, by name.
            reduce: ``"add"`` or ``"multiply"`` in place of writing.

        Raises:
            DTypeError: where ``index`` does not hold integers, or ``src`` is of another type.
            DimensionError: where an index lies outside of the dimension.
            ShapeError: where the shapes do not fit.
            RangeError: for another ``reduce``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 0, 0]).scatter(0, tensor([2, 0]), tensor([1, 2]))
        tensor([2, 0, 1])
        """
        name, source, places, params = self._scattered(dim, index, src, value, reduce)
        return apply(name, self, source, dim=dim, index=places, **params)

    def scatter_(
        self,
        dim: int,
        index: TensorLike,
        src: TensorLike | None = None,
        *,
        value: Number | None = None,
        reduce: str | None = None,
    ) -> Self:
        """``x[index[i][j]][j] = src[i][j]`` for ``dim = 0``, and so for the others; see `scatter`."""
        name, source, places, params = self._scattered(dim, index, src, value, reduce)
        return apply_(name, self, source, dim=dim, index=places, **params)

    def scatter_add(self, dim: int, index: TensorLike, src: TensorLike) -> Tensor:
        """A copy with ``result[index[i][j]][j] += src[i][j]`` for ``dim = 0``, and so for the others; see `scatter`.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 0]).scatter_add(0, tensor([1, 1]), tensor([1, 2]))
        tensor([0, 3])
        """
        made = _shortly(gathering.scatter_added, self, dim, index, src)
        if made is not None:
            return made
        places = self._places(dim, index, src)
        return apply("scatter_add", self, src, dim=dim, index=places)

    def scatter_add_(self, dim: int, index: TensorLike, src: TensorLike) -> Self:
        """``x[index[i][j]][j] += src[i][j]`` for ``dim = 0``, and so for the others; see `scatter`."""
        places = self._places(dim, index, src)
        return apply_("scatter_add", self, src, dim=dim, index=places)

    def scatter_reduce(
        self, dim: int, index: TensorLike, src: TensorLike, reduce: str, *, include_self: bool = True
    ) -> Tensor:
        """A copy in which every place holds a reduction of what `scatter` would write there.

        Args:
            dim: the dimension.
            index: as for `scatter`.
            src: a tensor of the same element type.
            reduce: ``"sum"``, ``"prod"``, ``"mean"``, ``"amax"`` or ``"amin"``.
            include_self: whether what the place held before takes part.

        Raises:
            RangeError: for another ``reduce``; the rest as `scatter`.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, 10.0]).scatter_reduce(0, tensor([0, 0]), tensor([4.0, 7.0]), "mean")
        tensor([ 4., 10.])
        """
        _allowed("reduce", reduce, _SCATTERED)
        params = {"dim": dim, "index": self._places(dim, index, src), "reduce": reduce, "include_self": include_self}
        return apply("scatter_reduce", self, src, **params)

    def scatter_reduce_(
        self, dim: int, index: TensorLike, src: TensorLike, reduce: str, *, include_self: bool = True
    ) -> Self:
        """`scatter_reduce`, in place."""
        _allowed("reduce", reduce, _SCATTERED)
        params = {"dim": dim, "index": self._places(dim, index, src), "reduce": reduce, "include_self": include_self}
        return apply_("scatter_reduce", self, src, **params)

    def _places(self, dim: int, index: Any, src: Any = None) -> Any:
        """The index as an array, after a look at whether it fits this tensor and the source."""
        places = indices_of(index, self, dim)
        d = geometry.wrap_dim(dim, self.ndim)
        if not places.size:
            return places
        if max(places.ndim, 1) != max(self.ndim, 1):
            raise ShapeError(f"index: needs {self.ndim} dimensions, got shape {places.shape}")
        sizes = [n for i, (n, m) in enumerate(zip(places.shape, self._shape, strict=False)) if i != d and n > m]
        if sizes:
            raise ShapeError(f"index: shape {places.shape} does not lie within {self._shape} but for dimension {d}")
        if src is not None:
            self._fits(src, "src")
            if max(src.ndim, 1) != max(places.ndim, 1) or any(
                n > m for n, m in zip(places.shape, src.shape, strict=False)
            ):
                raise ShapeError(f"src: shape {src.shape} does not hold the index's shape, {places.shape}")
        return places

    def _fits(self, source: Any, name: str) -> None:
        if not isinstance(source, TensorBase):
            raise DTypeError(f"{name}: needs a tensor, got {type(source).__name__}")
        if source.dtype is not self.dtype:
            raise DTypeError(f"{name}: needs {self.dtype.name}, got {source.dtype.name}")

    def _scattered(self, dim: int, index: Any, src: Any, value: Any, reduce: str | None) -> tuple[str, Any, Any, Any]:
        given = value if src is None else src
        if given is None:
            raise DTypeError("src: needs a tensor or a number, got None")
        if isinstance(given, TensorBase):
            places = self._places(dim, index, given)
        else:
            places = self._places(dim, index)
            one = type(self).from_array(backend.move(np.asarray(given, self.dtype.numpy), self.device))
            given = one._alias(geometry.expand(one.geometry, places.shape))
        if reduce is None:
            return "scatter", given, places, {}
        _allowed("reduce", reduce, ("add", "multiply"))
        kind = "sum" if reduce == "add" else "prod"
        return "scatter_reduce", given, places, {"reduce": kind, "include_self": True}

    # -- along one dimension, whole slices --------------------------------------------------------------------------

    def index_select(self, dim: int, index: TensorLike) -> Tensor:
        """A copy of the listed indices of one dimension.

        Raises:
            DTypeError: where ``index`` does not hold integers.
            DimensionError: where one of them lies outside of the dimension.
            ShapeError: where ``index`` has more than 1 dimension.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).index_select(1, tensor([1]))
        tensor([[2],
                [4]])
        """
        made = _shortly(gathering.taken, self, dim, index)
        if made is not None:
            return made
        places = self._listed(dim, index)
        if not self._shape:
            return apply("index_select", self.reshape(1), dim=0, index=places).reshape(())  # type: ignore[attr-defined]
        return apply("index_select", self, dim=dim, index=places)

    def _listed(self, dim: int, index: Any) -> Any:
        places = indices_of(index, self, dim)
        if places.ndim > 1:
            raise ShapeError(f"index: needs at most 1 dimension, got shape {places.shape}")
        return places.reshape(-1)

    def _slices(self, dim: int, index: Any, source: Any) -> Any:
        """The index as an array, after a look at whether the source has a slice of this tensor for each."""
        places = self._listed(dim, index)
        self._fits(source, "source")
        d = geometry.wrap_dim(dim, self.ndim)
        wanted = (*self._shape[:d], len(places), *self._shape[d + 1 :]) if self._shape else source.shape
        if source.shape != wanted:
            raise ShapeError(f"source: needs shape {wanted}, got {source.shape}")
        return places

    def index_add(self, dim: int, index: TensorLike, source: Tensor, *, alpha: Number = 1) -> Tensor:
        """A copy with ``alpha`` times the slices of ``source`` added at these indices of one dimension.

        Raises:
            DTypeError: where ``index`` does not hold integers, or ``source`` is of another type.
            DimensionError: where an index lies outside of the dimension.
            ShapeError: where ``source`` does not have a slice for each.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 0]).index_add(0, tensor([1, 1]), tensor([1, 2]))
        tensor([0, 3])
        """
        places = self._slices(dim, index, source)
        return apply("index_add", self, source if alpha == 1 else source * alpha, dim=dim, index=places)

    def index_add_(self, dim: int, index: TensorLike, source: Tensor, *, alpha: Number = 1) -> Self:
        """Adds ``alpha`` times the slices of ``source`` at these indices of one dimension; see `index_add`."""
        places = self._slices(dim, index, source)
        return apply_("index_add", self, source if alpha == 1 else source * alpha, dim=dim, index=places)

    def index_copy(self, dim: int, index: TensorLike, source: TensorLike) -> Tensor:
        """A copy with the slices of ``source`` written at these indices of one dimension; see `index_add`.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 0]).index_copy(0, tensor([1]), tensor([5]))
        tensor([0, 5])
        """
        return apply("index_copy", self, source, dim=dim, index=self._slices(dim, index, source))

    def index_copy_(self, dim: int, index: TensorLike, source: TensorLike) -> Self:
        """Writes the slices of ``source`` at these indices of one dimension; see `index_add`."""
        return apply_("index_copy", self, source, dim=dim, index=self._slices(dim, index, source))

    def index_fill(self, dim: int, index: TensorLike, value: Operand) -> Tensor:
        """A copy with a number at these indices of one dimension.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 0]).index_fill(0, tensor([1]), 5)
        tensor([0, 5])
        """
        return apply("index_fill", self, dim=dim, index=self._listed(dim, index), value=number_of(value))

    def index_fill_(self, dim: int, index: TensorLike, value: Operand) -> Self:
        """Writes a number at these indices of one dimension."""
        return apply_("index_fill", self, dim=dim, index=self._listed(dim, index), value=number_of(value))

    def index_reduce(
        self, dim: int, index: TensorLike, source: TensorLike, reduce: str, *, include_self: bool = True
    ) -> Tensor:
        """A copy in which these indices of one dimension hold a reduction of what `index_copy` would write there.

        Args:
            dim: the dimension.
            index: one index for each slice of ``source``.
            source: a tensor of the same element type.
            reduce: ``"prod"``, ``"mean"``, ``"amax"`` or ``"amin"``.
            include_self: whether what the place held before takes part.

        Raises:
            RangeError: for another ``reduce``; the rest as `index_add`.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 1]).index_reduce(0, tensor([1, 1]), tensor([4, 2]), "amax")
        tensor([1, 4])
        """
        return apply("scatter_reduce", self, source, **self._reduced(dim, index, source, reduce, include_self))

    def index_reduce_(
        self, dim: int, index: TensorLike, source: TensorLike, reduce: str, *, include_self: bool = True
    ) -> Self:
        """`index_reduce`, in place."""
        return apply_("scatter_reduce", self, source, **self._reduced(dim, index, source, reduce, include_self))

    def _reduced(self, dim: int, index: Any, source: Any, reduce: str, include_self: bool) -> dict[str, Any]:
        _allowed("reduce", reduce, _INDEXED)
        places = self._slices(dim, index, source)
        shape = [1] * source.ndim
        shape[dim] = -1
        wide = np.broadcast_to(places.reshape(shape), source.shape)
        return {"dim": dim, "index": wide, "reduce": reduce, "include_self": include_self}

    # -- as `x[...]` does -------------------------------------------------------------------------------------------

    def index_put(self, indices: TensorLike, values: Operand, accumulate: bool = False) -> Tensor:
        """A copy with ``result[indices] = values``, or ``+=`` with every index counted, where ``accumulate`` is true.

        Args:
            indices: a tuple of index tensors.
            values: a tensor of the same element type, which broadcasts.
            accumulate: whether values are added.

        Raises:
            DTypeError: where ``indices`` holds something else, or ``values`` is of another type.
            ShapeError: where the values do not broadcast to what the index names.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).index_put((tensor([0, 0]),), tensor(10), accumulate=True)
        tensor([21,  2])
        """
        return apply("index_put", self, values, **self._put_index(indices, values, accumulate))

    def index_put_(self, indices: TensorLike, values: Operand, accumulate: bool = False) -> Self:
        """``x[indices] = values``, or ``+=`` with every index counted, where ``accumulate`` is true."""
        return apply_("index_put", self, values, **self._put_index(indices, values, accumulate))

    def _put_index(self, indices: Any, values: Any, accumulate: bool) -> dict[str, Any]:
        if not isinstance(indices, (tuple, list)) or not all(isinstance(i, TensorBase) for i in indices):
            raise DTypeError("indices: needs a tuple of tensors")
        self._fits(values, "values")
        parts = [np.atleast_1d(p) if isinstance(p, int) else p for p in parsed(tuple(indices), self.ndim)]
        return {"index": basic(self.geometry, parts)[1], "accumulate": accumulate}

    def take(self, index: TensorLike) -> Tensor:
        """The elements at these places in row-major order; negative ones count from the end.

        Raises:
            DTypeError: where ``index`` does not hold integers.
            DimensionError: where one of them lies outside of the tensor.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).take(tensor([0, 3]))
        tensor([1, 4])
        """
        places = indices_of(index)
        return self.reshape(-1)[places.reshape(-1)].reshape(places.shape)  # type: ignore[attr-defined]

    def put(self, index: TensorLike, source: TensorLike, accumulate: bool = False) -> Tensor:
        """A copy with the elements of ``source`` written (or added) at these places in row-major order.

        Raises:
            DTypeError: where ``index`` does not hold integers, or ``source`` is of another type.
            DimensionError: where one of them lies outside of the tensor.
            ShapeError: where there are not as many elements as places.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 0]).put(tensor([1]), tensor([5]))
        tensor([0, 5])
        """
        places, values = self._flat(index, source)
        return apply("index_put", self, values, index=places, accumulate=accumulate)

    def put_(self, index: TensorLike, source: TensorLike, accumulate: bool = False) -> Self:
        """Writes (or adds) the elements of ``source`` at these places in row-major order; see `put`."""
        places, values = self._flat(index, source)
        return apply_("index_put", self, values, index=places, accumulate=accumulate)

    def _flat(self, index: Any, source: Any) -> tuple[Any, Any]:
        places = indices_of(index).reshape(-1)
        self._fits(source, "source")
        count = self.numel()
        if source.numel() != places.size:
            raise ShapeError(f"source: needs {places.size} elements, one an index, got shape {source.shape}")
        if places.size and not (places.min() >= -count and places.max() < count):
            raise DimensionError(f"index: {places.min()}..{places.max()} does not lie within {count} elements")
        return np.unravel_index(places % max(count, 1), self._shape), source.reshape(-1)


def _shortly(function: Any, x: Any, dim: Any, index: Any, *others: Any) -> Any:
    """``function(array, index, *others, dim)`` where nothing is recorded and all is as usual, or None."""
    if dim.__class__ is not int or not isinstance(index, TensorBase) or index.dtype is not int64 or not x._shape:
        return None
    a, places = floats(x), readable(index)
    if a is None or places is None or (function is gathering.taken and places.ndim != 1):
        return None
    if not others:
        return computed(x.dtype, function, a, places, dim)
    source = readable(others[0]) if isinstance(others[0], TensorBase) and others[0].dtype is x.dtype else None
    return None if source is None else computed(x.dtype, function, a, places, source, dim)


def _allowed(name: str, given: Any, allowed: tuple[str, ...]) -> None:
    if given not in allowed:
        raise RangeError(f"{name}: got {given!r}; allowed are {', '.join(map(repr, allowed))}")


def number_of(value: Any) -> Any:
    """A tensor's one element as a number; numbers as they are."""
    if isinstance(value, TensorBase):
        if value.numel() != 1:
            raise ShapeError(f"value: needs one element, got shape {value.shape}")
        return value.array.item()
    return value
