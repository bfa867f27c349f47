"""``x[...]``: views by ints, slices, None and Ellipsis; copies by lists, arrays, tensors and masks; and writing.

As in PyTorch, the basic parts of an index are a view first, and the advanced ones then copy from that view. A tensor
of bytes is a mask, as it was in Torch7; an array of bytes is one of indices, as in numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd import engine
from pytorch_from_lua.autograd.engine import apply, apply_, apply_view, view_of
from pytorch_from_lua.errors import DimensionError, DTypeError, ShapeError
from pytorch_from_lua.tensor import backend, geometry
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.geometry import Geometry

if TYPE_CHECKING:
    from pytorch_from_lua.tensor.tensor import Tensor

_ALL = slice(None)
_INT64, _UINT64 = np.dtype(np.int64), np.dtype(np.uint64)


def _entry(part: Any) -> Any:
    """One part of an index as an int, a slice, None, Ellipsis or an array of integers or booleans."""
    if part is None or part is Ellipsis or isinstance(part, (int, slice)):
        return np.asarray(part) if isinstance(part, bool) else part
    if isinstance(part, TensorBase):
        array = part.array
        if array.dtype == np.uint8:
            array = array != 0  # a Torch7 mask
    elif isinstance(part, (list, tuple, range)):
        array = np.asarray([backend.move(p.array, "cpu") if isinstance(p, TensorBase) else p for p in part])
        if array.size == 0:
            array = array.astype(np.int64)
    else:
        array = part if backend.is_gpu(part) else np.asarray(part)
    if array.dtype.kind not in "bui":
        raise DTypeError(f"index: needs integers or booleans, got {part!r}")
    if array.ndim == 0 and array.dtype != np.bool_:
        return int(array)
    return array


def parsed(index: Any, ndim: int) -> list[Any]:
    """The parts of an index with the Ellipsis written out and missing dimensions filled in.

    Raises:
        DimensionError: where it has more parts than there are dimensions.
        DTypeError: where a part is of no type that can be an index.
    """
    given = index if isinstance(index, tuple) else (index,)
    parts = [_entry(p) for p in given]
    used = sum([p.ndim if getattr(p, "dtype", None) == np.bool_ else 1 for p in parts if not _is_free(p)])
    if used > ndim:
        raise DimensionError(f"index: {index!r} has {used} parts for a tensor of {ndim} dimensions")
    places = [i for i, p in enumerate(parts) if p is Ellipsis]
    if len(places) > 1:
        raise DimensionError(f"index: {index!r} has more than one Ellipsis")
    at = places[0] if places else len(parts)
    return parts[:at] + [_ALL] * (ndim - used) + parts[at + 1 :]


def _is_free(part: Any) -> bool:
    return part is None or part is Ellipsis


def _parts(index: Any, ndim: int) -> tuple[Sequence[Any], bool]:
    """The parts of an index, and whether they are only ints and slices, the commonest case by far."""
    parts = index if index.__class__ is tuple else (index,)
    for part in parts:
        if part.__class__ is not int and part.__class__ is not slice:
            return parsed(index, ndim), False
    if len(parts) > ndim:
        return parsed(index, ndim), False
    return parts, True


def basic(g: Geometry, parts: Sequence[Any]) -> tuple[Geometry, tuple[Any, ...] | None]:
    """The view that the basic parts of an index give, and the index into it that is left, or None.

    Raises:
        DimensionError: where an int lies outside of its dimension.
        ShapeError: where a mask does not have the sizes of the dimensions that it stands for.
    """
    offset, shape, stride = g
    sizes: list[int] = []
    steps: list[int] = []
    left: list[Any] = []
    dim, advanced = 0, False
    for part in parts:
        if part is None:
            sizes.append(1)
            steps.append(1)
            left.append(_ALL)
        elif isinstance(part, int):
            offset += geometry.wrap_index(part, shape[dim], dim) * stride[dim]
            dim += 1
        elif isinstance(part, slice):
            start, stop, step = part.indices(shape[dim])
            if step < 1:
                raise ShapeError(f"index: the step of a slice must be at least 1, got {part.step}; use flip()")
            length = max(0, -((start - stop) // step))
            offset += start * stride[dim] if length else 0
            sizes.append(length)
            steps.append(stride[dim] * step)
            left.append(_ALL)
            dim += 1
        else:
            advanced = True
            left.append(part)
            end = dim + _checked(part, shape, dim)
            sizes += shape[dim:end]
            steps += stride[dim:end]
            dim = end
    if advanced:
        _check_together(left)
    found = Geometry(offset, (*sizes, *shape[dim:]), (*steps, *stride[dim:]))
    return found, tuple(left) if advanced else None


def _checked(part: Any, shape: tuple[int, ...], dim: int) -> int:
    """How many dimensions an array in an index stands for, after a look at whether it fits them."""
    if part.dtype != np.bool_:
        if part.size and not (-shape[dim] <= part.min() and part.max() < shape[dim]):
            raise DimensionError(
                f"index: {int(part.min())}..{int(part.max())} is outside of dimension {dim}, "
                f"which has size {shape[dim]}"
            )
        return 1
    if part.shape != shape[dim : dim + part.ndim]:
        raise ShapeError(f"index: a mask of shape {part.shape} does not fit the sizes {shape} from dimension {dim} on")
    return int(part.ndim)


def _check_together(parts: Sequence[Any]) -> None:
    """Raises where the arrays of an index, masks as so many indices, do not broadcast together."""
    arrays = [p for p in parts if not isinstance(p, slice)]
    if len(arrays) > 1:
        shapes = [(int(p.sum()),) if p.dtype == np.bool_ and p.ndim else p.shape for p in arrays]
        try:
            geometry.broadcast_shapes(*shapes)
        except ShapeError as error:
            raise DimensionError(f"index: {error}") from error


def indices_of(index: Any, like: TensorBase | None = None, dim: int = 0) -> Any:
    """An index tensor, array or list as an integer array, whose numbers are indices of ``like``'s dimension.

    Raises:
        DTypeError: where it does not hold integers.
        DimensionError: where one of them lies outside of the dimension.
    """
    array = index.array if isinstance(index, TensorBase) else np.asarray(index)
    kind = array.dtype
    if kind.kind not in "ui" and array.size:
        raise DTypeError(f"index: needs integers, got {array.dtype}")
    if like is not None:
        shape = like._shape
        d = geometry.wrap_dim(dim, len(shape))
        size = shape[d] if shape else 1
        if array.size and not _within(array, size):
            wrong = int(array.min() if array.min() < 0 else array.max())
            raise DimensionError(f"index: {wrong} is outside of dimension {d}, which has size {size}")
    return array if kind is _INT64 or kind == _INT64 else array.astype(np.int64)


def _within(index: Any, size: int) -> bool:
    """Whether all are from 0 up to ``size``: seen as unsigned, a negative number is a very large one."""
    kind = index.dtype
    if index.__class__ is np.ndarray and kind == _INT64 and index.ndim <= 2:
        seen = index.view(_UINT64)
        return bool(seen.item(seen.argmax()) < size)
    return bool((index if kind.kind == "u" else index.view(f"u{kind.itemsize}")).max() < size)


def mask_of(mask: Any, like: TensorBase) -> Any:
    """A mask tensor or array as booleans that broadcast to the shape of ``like``."""
    array = mask.array if isinstance(mask, TensorBase) else np.asarray(mask)
    if array.dtype.kind not in "bu":
        raise DTypeError(f"mask: needs booleans (or bytes, as Torch7 has them), got {array.dtype}")
    if array.shape != like._shape:
        geometry.broadcast_shapes(array.shape, like._shape)
    return array if array.dtype == np.bool_ else array != 0


class Indexing(TensorBase):
    """Reading and writing parts of a tensor."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Tensor:
        if type(index) is int and self._shape:
            return apply_view("select", self, geometry.select(self.geometry, 0, index))
        if type(index) is slice and self._shape:
            shape, stride = self._shape, self._stride
            start, stop, step = index.indices(shape[0])
            if step > 0:
                length = (stop - start + step - 1) // step if stop > start else 0
                offset = self._offset + start * stride[0] if length else self._offset
                if len(shape) == 1:
                    return view_of("slice", self, offset, (length,), (stride[0] * step,))
                return view_of("slice", self, offset, (length, *shape[1:]), (stride[0] * step, *stride[1:]))
        g, left = basic(self.geometry, _parts(index, len(self._shape))[0])
        if left is None:
            return apply_view("slice", self, g)
        source = self if g == self.geometry else apply_view("slice", self, g)
        return apply("index", source, index=left)

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(value, TensorBase):
            if value.requires_grad and not self.dtype.is_floating_point:
                value = engine.detach(value)
        elif not isinstance(value, (int, float)):
            value = type(self).from_array(backend.move(np.asarray(value), self.device))
        parts, plain = _parts(index, len(self._shape))
        g, left = basic(self.geometry, parts)
        if plain and 0 not in self._stride:  # numpy means the same by it
            apply_("setitem", self, value, index=index)
        else:
            target = self if g == self.geometry else apply_view("slice", self, g)
            apply_("setitem", target, value, index=Ellipsis if left is None else left)
