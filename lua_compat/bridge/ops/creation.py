"""Tensors and storages from nothing, from numbers, from other types."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import (
    check_number,
    deliver,
    dims,
    exported,
    kind_of,
    new,
    number,
    scalar,
    shape_of,
    sizes,
    target,
    whole,
)
from lua_compat.bridge.ops.pointwise import cast
from lua_compat.errors import ArgumentError, FileError
from pytorch_from_lua.errors import DimensionError, ShapeError, TensorError
from pytorch_from_lua.tensor import Storage, Tensor
from pytorch_from_lua.tensor.dtype import DType


@exported
def empty(dtype: DType, *shape: Any) -> Tensor:
    """A tensor whose values are not set."""
    return new(dtype, shape_of(shape))


@exported
def storage_empty(dtype: DType, size: int) -> Storage:
    """A storage whose values are not set."""
    return Storage.empty(int(size), dtype)


@exported
def storage_slice(source: Storage, offset: int, size: int) -> Storage:
    """A storage over some elements of another, which stay shared."""
    if offset < 0 or size < 0 or offset + size > len(source):
        raise ShapeError(f"storage: {size} elements from {offset + 1} do not lie in a storage of {len(source)}")
    return Storage(source.buffer[int(offset) : int(offset + size)])


#: Where files lie whose contents are in memory only.
_IN_MEMORY = "/dev/shm"


@exported
def storage_from_file(dtype: DType, path: str, shared: bool, size: float | None, in_memory: bool = False) -> Storage:
    """A storage mapped from a file: all of it where ``size`` is None or 0; one in memory by that name, where asked for.

    Raises:
        ArgumentError: where ``size`` is no whole number of at least 0.
        FileError: where the file cannot be opened, or made.
        StorageError: where the file does not hold ``size`` elements.
    """
    if size is not None and (type(size) not in (int, float) or not size >= 0 or size % 1 != 0):
        told = f"{size:g}" if type(size) in (int, float) else f"a {kind_of(size)}"
        raise ArgumentError(f"size: a whole number of at least 0 expected, got {told}")
    place = os.path.join(_IN_MEMORY, path.lstrip("/")) if in_memory else path
    try:
        return Storage.from_file(place, dtype, int(size) if size else None, shared=bool(shared))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        if isinstance(error, TensorError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise FileError(f"cannot map <{place}> into memory: {reason}") from error


@exported
def convert(x: Tensor, dtype: DType) -> Tensor:
    """A copy in another type, converted as C casts."""
    return Tensor._fresh(np.array(cast(x.array, dtype.numpy), order="C", copy=True), dtype)


@exported
def clone(x: Tensor) -> Tensor:
    """A contiguous copy with a storage of its own."""
    return Tensor._fresh(x.array.copy("C"), x.dtype)


@exported
def storage_copy(storage: Storage, other: Storage) -> None:
    """Takes the values of another storage of the same size and of any type."""
    if not isinstance(other, Storage):
        raise ArgumentError(f"copy: a storage expected, got a {kind_of(other)}")
    if len(storage) != len(other):
        raise ShapeError(f"copy: a storage of {len(storage)} elements cannot take {len(other)}")
    storage.buffer[...] = cast(other.buffer, storage.dtype.numpy)
    storage.version += 1


@exported
def storage_convert(storage: Storage, dtype: DType) -> Storage:
    """A copy in another type."""
    return Storage(np.array(cast(storage.buffer, dtype.numpy), copy=True))


@exported
def storage_resize(storage: Storage, size: int) -> None:
    """Changes the number of elements."""
    storage.resize_(whole((size,), "size", "a number")[0])


@exported
def storage_fill(storage: Storage, value: float) -> None:
    """Sets every element."""
    check_number(value, "fill")
    storage.fill_(scalar(storage.dtype, value))


@exported
def storage_string(storage: Storage) -> bytes:
    """The bytes of a ByteStorage or CharStorage."""
    data: bytes = storage.buffer.tobytes()
    return data


@exported
def storage_set_string(storage: Storage, value: str | bytes) -> None:
    """Takes the bytes of a Lua string; the storage gets its length."""
    if not isinstance(value, (str, bytes)):
        raise ArgumentError(f"string: a string expected, got a {kind_of(value)}")
    data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    storage.resize_(len(data))
    storage.buffer[:] = np.frombuffer(data, storage.dtype.numpy)
    storage.version += 1


@exported
def storage_size(storage: Storage) -> int:
    """The number of elements."""
    return len(storage)


@exported
def fill_shape(res: Tensor | None, dtype: DType, value: float, *shape: Any) -> Tensor | None:
    """A tensor of the sizes given, or the result resized to them, full of one value."""
    out = target(res, dtype, shape_of(shape))
    out.array[...] = value
    return out if res is None else None


@exported
def eye(res: Tensor | None, dtype: DType, rows: int, columns: int | None) -> Tensor | None:
    """Ones on the diagonal, zeros elsewhere."""
    if rows <= 0:
        raise ShapeError(f"eye: needs at least one row, got {rows}")
    width = rows if columns is None or columns <= 0 else columns
    return deliver(res, np.eye(int(rows), int(width), dtype=dtype.numpy))


@exported
def range(res: Tensor | None, dtype: DType, first: float, last: float, step: float) -> Tensor | None:
    """first, first + step, ... up to and with last."""
    if step == 0 or (last - first) / step < 0:
        raise ShapeError(f"range: from {first} to {last} by {step} does not arrive")
    count = int((last - first) / step + 1)
    kind = dtype if res is None else res.dtype
    values = first + np.arange(count, dtype=np.float64) * step
    return deliver(res, cast(values, kind.numpy))


@exported
def linspace(res: Tensor | None, dtype: DType, first: float, last: float, count: int) -> Tensor | None:
    """``count`` values at even steps from first to last."""
    if count < 1 or (count == 1 and first != last):
        raise ShapeError(f"linspace: {count} values cannot reach from {first} to {last}")
    kind = (dtype if res is None else res.dtype).numpy
    # In the element type throughout, multiplied before it is divided, as Torch7 does: the last bit shows in histc.
    places = np.arange(int(count)).astype(kind)
    return deliver(res, kind.type(first) + places * kind.type(last - first) / kind.type(max(count - 1, 1)))


@exported
def logspace(res: Tensor | None, dtype: DType, first: float, last: float, count: int) -> Tensor | None:
    """10 to the power of ``count`` values at even steps from first to last."""
    if count < 1 or (count == 1 and first != last):
        raise ShapeError(f"logspace: {count} values cannot reach from {first} to {last}")
    kind = (dtype if res is None else res.dtype).numpy
    step = (last - first) / (count - 1) if count > 1 else 0.0
    return deliver(res, np.power(10.0, first + np.arange(int(count)) * step).astype(kind))


@exported
def diag(res: Tensor | None, x: Tensor, k: int) -> Tensor | None:
    """The diagonal ``k`` of a matrix, or the matrix with a vector on that diagonal."""
    if dims(x) not in (1, 2):
        raise DimensionError(f"diag: needs a vector or a matrix, got {dims(x)} dimension(s), size {sizes(x._shape)}")
    return deliver(res, np.diag(x.array, int(k)).copy())


def _matrix(x: Tensor, name: str) -> Any:
    if dims(x) != 2:
        raise DimensionError(f"{name}: needs a matrix, got a tensor of {dims(x)} dimension(s), size {sizes(x._shape)}")
    return x.array


@exported
def tril(res: Tensor | None, x: Tensor, k: int) -> Tensor | None:
    """Zeros above the diagonal ``k``."""
    return deliver(res, np.tril(_matrix(x, "tril"), int(k)))


@exported
def triu(res: Tensor | None, x: Tensor, k: int) -> Tensor | None:
    """Zeros below the diagonal ``k``."""
    return deliver(res, np.triu(_matrix(x, "triu"), int(k)))


@exported
def trace(x: Tensor) -> Any:
    """The sum of the diagonal of a matrix."""
    array = _matrix(x, "trace")
    return number(np.trace(array, dtype=np.float64 if array.dtype.kind == "f" else np.int64))


@exported
def cat(res: Tensor | None, dim: int | None, *parts: Tensor) -> Tensor | None:
    """Tensors one after another along a dimension; those without elements are left out.

    ``dim`` is None for the last dimension of the largest one. A vector counts as having sizes of 1 after its own.
    """
    if not parts:
        raise ShapeError("cat: needs at least one tensor")
    present = [p for p in parts if dims(p)]
    if not present:
        return deliver(res, parts[0].array.copy())
    ndim = max(len(p._shape) for p in present)
    d = ndim - 1 if dim is None else int(dim)
    if d < 0:
        raise DimensionError(f"cat: dimension {d + 1} is out of range, dimensions count from 1")
    ndim = max(ndim, d + 1)
    arrays = [p.array.reshape(p._shape + (1,) * (ndim - len(p._shape))) for p in present]
    first = arrays[0].shape
    for array in arrays:
        if array.shape[:d] + array.shape[d + 1 :] != first[:d] + first[d + 1 :]:
            raise ShapeError(
                f"cat: inconsistent tensor sizes {sizes(first)} and {sizes(array.shape)} outside of dimension {d + 1}"
            )
    return deliver(res, np.concatenate(arrays, d))


@exported
def repeat_tensor(res: Tensor | None, x: Tensor, *times: Any) -> Tensor | None:
    """Copies side by side, so many along each dimension; new dimensions come first."""
    counts = times[0].tolist() if len(times) == 1 and isinstance(times[0], Storage) else whole(times, "repeatTensor")
    if len(counts) < dims(x):
        raise ShapeError(f"repeatTensor: {len(counts)} counts are too few for a tensor of size {sizes(x._shape)}")
    if min(counts, default=1) < 1:
        raise ShapeError(f"repeatTensor: counts should be at least 1, got {sizes(tuple(counts))}")
    own = (1,) * (len(counts) - x.ndim) + x._shape
    made = np.empty([n * s for n, s in zip(counts, own, strict=True)], x.dtype.numpy)
    places = made.reshape([size for pair in zip(counts, own, strict=True) for size in pair])
    places[...] = x.array.reshape([size for s in own for size in (1, s)])
    return deliver(res, made)
