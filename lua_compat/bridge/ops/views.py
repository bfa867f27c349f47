"""Views of the same storage, and what a tensor is made of. Arithmetic on the geometry only: no element is touched."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import check_dim, dims, exported, shape_of, sizes, whole
from pytorch_from_lua.errors import DimensionError, ShapeError
from pytorch_from_lua.tensor import Storage, Tensor, geometry
from pytorch_from_lua.tensor.geometry import Geometry


def _size_range(n: int, limit: int, name: str) -> None:
    if not 0 <= n < limit:
        raise DimensionError(f"{name}: {n + 1} is out of range, allowed are 1 to {limit}")


@exported
def narrow(x: Tensor, dim: int, start: int, length: int) -> Tensor:
    """``length`` indices of one dimension from ``start``."""
    check_dim(x, dim)
    if start < 0 or length <= 0 or start + length > x._shape[dim]:
        raise DimensionError(
            f"narrow: {length} from {start + 1} is out of range of dimension {dim + 1}, which has size {x._shape[dim]}"
        )
    shape = (*x._shape[:dim], int(length), *x._shape[dim + 1 :])
    return Tensor._make(x._storage, x._offset + int(start) * x._stride[dim], shape, x._stride)


@exported
def select(x: Tensor, dim: int, i: int) -> Tensor:
    """One index of one dimension of a tensor of at least two."""
    check_dim(x, dim)
    if len(x._shape) < 2:
        raise DimensionError(f"select: needs at least 2 dimensions, got a tensor of size {sizes(x._shape)}")
    _size_range(i, x._shape[dim], "index")
    shape, stride = x._shape, x._stride
    return Tensor._make(
        x._storage,
        x._offset + int(i) * stride[dim],
        shape[:dim] + shape[dim + 1 :],
        stride[:dim] + stride[dim + 1 :],
    )


@exported
def sub(x: Tensor, *ranges: int) -> Tensor:
    """Ranges (first, last), counted from 1 or from the end, of the leading dimensions."""
    ranges = whole(ranges, "sub", "numbers")
    if not ranges or len(ranges) % 2:
        raise ShapeError(f"sub: needs pairs of a first and a last index, got {len(ranges)} number(s)")
    if len(ranges) // 2 > dims(x):
        raise DimensionError(f"sub: {len(ranges) // 2} ranges given, the tensor has {dims(x)} dimension(s)")
    g = x.geometry
    for dim in range(len(ranges) // 2):
        size = g.shape[dim]
        first, last = (v + size + 1 if v < 0 else v for v in ranges[2 * dim : 2 * dim + 2])
        if not 1 <= first <= last <= size:
            raise DimensionError(f"sub: {first} to {last} is out of range of dimension {dim + 1} of size {size}")
        g = geometry.narrow(g, dim, int(first) - 1, int(last - first) + 1)
    return x._alias(g)


@exported
def transpose(x: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dimensions swapped."""
    return x._alias(geometry.transpose(x.geometry, check_dim(x, dim0), check_dim(x, dim1)))


@exported
def t(x: Tensor) -> Tensor:
    """The transpose of a matrix."""
    if dims(x) != 2:
        raise DimensionError(f"t: needs a matrix, got a tensor of {dims(x)} dimension(s), size {sizes(x._shape)}")
    return Tensor._make(x._storage, x._offset, x._shape[::-1], x._stride[::-1])


@exported
def permute(x: Tensor, *order: int) -> Tensor:
    """All dimensions in a new order, counted from 1."""
    given = [check_dim(x, d - 1) for d in whole(order, "permute", "numbers")]
    if sorted(given) != [*range(dims(x))]:
        raise DimensionError(f"permute: {', '.join(map(str, order))} does not name each of {dims(x)} dimensions once")
    return x._alias(geometry.permute(x.geometry, given))


@exported
def unfold(x: Tensor, dim: int, size: int, step: int) -> Tensor:
    """Windows of ``size`` indices, ``step`` apart, along a dimension; the window becomes the last dimension."""
    d = check_dim(x, dim)
    if not 1 <= size <= x._shape[d] or step < 1:
        raise ShapeError(
            f"unfold: windows of {size} in steps of {step} do not fit dimension {d + 1}, which has size {x._shape[d]}"
        )
    return x._alias(geometry.unfold(x.geometry, d, int(size), int(step)))


@exported
def expand(res: Tensor | None, x: Tensor, *shape: Any) -> Tensor | None:
    """Dimensions of size 1 repeated without copies; new dimensions come first."""
    wanted = _sizes_of(shape)
    if dims(x) == 0:
        raise ShapeError("expand: a tensor without elements cannot be expanded")
    if len(wanted) < len(x._shape):
        raise ShapeError(f"expand: {len(wanted)} sizes are too few for a tensor of size {sizes(x._shape)}")
    own = (1,) * (len(wanted) - len(x._shape)) + x._shape
    if any(n != m and (n != 1 or m < 1) for n, m in zip(own, wanted, strict=True)):
        raise ShapeError(
            f"expand: {sizes(x._shape)} cannot become {sizes(wanted)}, only dimensions of size 1 can be expanded"
        )
    return _placed(res, x, geometry.expand(x.geometry, wanted))


def _sizes_of(shape: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given as numbers, or as a storage of them; -1 stays."""
    if len(shape) == 1 and isinstance(shape[0], Storage):
        shape = tuple(shape[0].tolist())
    return whole(shape, "sizes")


def _fitting(x: Tensor, shape: tuple[Any, ...], name: str) -> tuple[int, ...]:
    """Sizes for all elements of a tensor, with a -1 worked out."""
    wanted = _sizes_of(shape)
    try:
        return geometry.infer_shape(wanted, x.numel())
    except ShapeError:
        said = sizes(wanted) if wanted else "no size"
        raise ShapeError(f"{name}: {said} does not fit the {x.numel()} elements of {sizes(x._shape)}") from None


def _placed(res: Tensor | None, x: Tensor, g: Geometry) -> Tensor | None:
    if res is None:
        return x._alias(g)
    res.set_(x._alias(g))
    return None


@exported
def view(res: Tensor | None, x: Tensor, *shape: Any) -> Tensor | None:
    """The same elements under another shape; one size may be -1.

    Raises:
        ShapeError: where the counts differ, or the tensor is not contiguous.
    """
    return _view(res, x, _fitting(x, shape, "view"))


@exported
def view_as(res: Tensor | None, x: Tensor, template: Tensor) -> Tensor | None:
    """The same elements under the shape of another tensor.

    Raises:
        ShapeError: as `view`.
    """
    wanted = template._shape
    return _view(res, x, wanted if wanted == x._shape else _fitting(x, wanted, "view"))


def _view(res: Tensor | None, x: Tensor, wanted: tuple[int, ...]) -> Tensor | None:
    if not x.is_contiguous():
        raise ShapeError(
            f"view: the tensor of size {sizes(x._shape)} must be contiguous; use reshape, or contiguous() first"
        )
    return _placed(res, x, Geometry(x._offset, wanted, geometry.contiguous_stride(wanted)))


@exported
def reshape(res: Tensor | None, x: Tensor, *shape: Any) -> Tensor | None:
    """The same elements under another shape; always a copy."""
    wanted = _fitting(x, shape, "reshape")
    values = x.array.reshape(wanted)
    if res is None:
        return Tensor.from_array(values.copy())
    res.resize_(wanted).array[...] = values
    res.bump()
    return None


@exported
def squeeze(res: Tensor | None, x: Tensor, dim: int | None = None) -> Tensor | None:
    """Without the dimensions of size 1, or without that one; one dimension stays at least."""
    if dim is not None:
        check_dim(x, dim)
    g = geometry.squeeze(x.geometry, dim)
    if not g.shape:
        g = Geometry(g.offset, (1,), (1,))
    return _placed(res, x, g)


@exported
def item(x: Tensor) -> Any:
    """The value of a tensor of one element."""
    return x.array.item()


@exported
def resize(x: Tensor, *shape: Any) -> None:
    """Takes a new shape; the storage grows where it is too small. The strides stay where the shape is the same."""
    wanted = shape_of(shape)
    if x._shape != wanted:
        x.resize_(wanted)


@exported
def resize_strided(x: Tensor, shape: Storage, stride: Storage) -> None:
    """Takes a new shape with the strides given; negative strides stand for contiguous ones."""
    wanted = tuple(shape.tolist())
    _as_many(shape, stride)
    g = Geometry(x._offset, wanted, _filled(wanted, tuple(stride.tolist())))
    if (x._shape, x._stride) != (g.shape, g.stride):
        x._grow(g)


def _as_many(shape: Storage, stride: Storage) -> None:
    if len(shape) != len(stride):
        raise ShapeError(f"strides: {len(stride)} for {len(shape)} sizes")


def _filled(shape: tuple[int, ...], stride: tuple[int, ...]) -> tuple[int, ...]:
    """Strides with each negative one replaced by what a contiguous tensor has there."""
    steps = list(stride)
    for i in range(len(shape) - 1, -1, -1):
        if steps[i] < 0:
            steps[i] = 1 if i == len(shape) - 1 else steps[i + 1] * shape[i + 1]
    return tuple(steps)


@exported
def resize_as(x: Tensor, y: Tensor) -> None:
    """Takes the shape of another tensor."""
    if x._shape != y._shape:
        x.resize_(y._shape)


def _over(storage: Storage, offset: int, given: tuple[Any, ...]) -> tuple[Storage, Geometry]:
    """Geometry over a storage as Torch7 takes it: (sizes, strides) in storages, or numbers size, stride, ..."""
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    if given and isinstance(given[0], Storage):
        if len(given) > 1 and isinstance(given[1], Storage):
            _as_many(given[0], given[1])
        shape = tuple(given[0].tolist())
        stride = tuple(given[1].tolist()) if len(given) > 1 and given[1] is not None else (-1,) * len(shape)
    elif given:
        numbers = whole(given, "sizes and strides", "numbers or LongStorages")
        shape, stride = numbers[::2], numbers[1::2]
        stride += (-1,) * (len(shape) - len(stride))
    else:
        shape, stride = (max(len(storage) - offset, 0),), (1,)
    if any(s < 0 for s in shape):
        kept = next(i for i, s in enumerate(shape) if s < 0)
        shape, stride = shape[:kept], stride[:kept]
    if not shape or 0 in shape:
        return storage, Geometry(offset if offset < len(storage) else 0, (0,), (1,))
    g = Geometry(offset, shape, _filled(shape, stride))
    if offset < 0:
        raise ShapeError(f"storageOffset: {offset + 1} is out of range")
    need = geometry.extent(g)
    if need > len(storage):
        storage.resize_(need)
    return storage, g


@exported
def set_storage(x: Tensor, storage: Storage, offset: int, *given: Any) -> None:
    """Views elements of a storage from now on; the storage grows where it is too small."""
    target, g = _over(storage, int(offset), given)
    x._place(target, g)


@exported
def from_storage(storage: Storage, offset: int, *given: Any) -> Tensor:
    """A tensor over a storage; the storage grows where it is too small."""
    target, g = _over(storage, int(offset), given)
    return Tensor._make(target, g.offset, g.shape, g.stride)


@exported
def set_(x: Tensor, y: Tensor) -> None:
    """Views what another tensor views from now on."""
    x.set_(y)


@exported
def set_none(x: Tensor) -> None:
    """Becomes a tensor without elements on a storage of its own."""
    x.set_(Storage.empty(0, x.dtype))


@exported
def alias(x: Tensor) -> Tensor:
    """Another tensor that views the same elements."""
    return x._alias(x.geometry)


@exported
def is_set_to(x: Tensor, y: Tensor) -> bool:
    """Whether both view the same elements of the same storage in the same way."""
    return x._storage is y._storage and x.geometry == y.geometry


@exported
def is_contiguous(x: Tensor) -> bool:
    """Whether the elements lie one after another."""
    return x.is_contiguous()


@exported
def same_size(x: Tensor, y: Tensor) -> bool:
    """Whether both have the same sizes."""
    return x._shape == y._shape


@exported
def is_size(x: Tensor, shape: Storage) -> bool:
    """Whether the sizes are those in the storage."""
    return (() if 0 in x._shape else x._shape) == tuple(shape.tolist())


@exported
def dim(x: Tensor) -> int:
    """The number of dimensions; 0 for a tensor without elements."""
    return dims(x)


@exported
def numel(x: Tensor) -> int:
    """The number of elements."""
    return x.numel()


@exported
def size(x: Tensor, dim: int) -> int:
    """The size of one dimension."""
    return x._shape[check_dim(x, dim)]


@exported
def stride(x: Tensor, dim: int) -> int:
    """The step of one dimension."""
    return x._stride[check_dim(x, dim)]


def _long_storage(values: tuple[int, ...]) -> Storage:
    return Storage(np.array(values, np.int64))


@exported
def all_sizes(x: Tensor) -> Storage:
    """The sizes in a LongStorage."""
    return _long_storage(() if 0 in x._shape else x._shape)


@exported
def all_strides(x: Tensor) -> Storage:
    """The steps in a LongStorage."""
    return _long_storage(() if 0 in x._shape else x._stride)


@exported
def storage(x: Tensor) -> Storage:
    """The storage that the tensor views."""
    return x._storage


@exported
def offset(x: Tensor) -> int:
    """The place of the first element in the storage, counted from 1."""
    return x._offset + 1


@exported
def element_size(x: Tensor | Storage) -> int:
    """The size of an element in bytes."""
    return x.dtype.itemsize


@exported
def bump(x: Tensor) -> None:
    """Says that Lua wrote elements."""
    x._storage.version += 1
