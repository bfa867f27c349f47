"""Making tensors from data or from a rule; ``sampling.py`` makes them from random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import requires_grad_
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError, StorageError
from pytorch_from_lua.tensor import backend, geometry
from pytorch_from_lua.tensor import dtype as types
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.geometry import Geometry
from pytorch_from_lua.tensor.out import writes_out
from pytorch_from_lua.tensor.tensor import Tensor
from pytorch_from_lua.tensor.views import sizes_of

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import DTypeLike, Number, Operand, Sizes


def made(array: Any, device: str | None, requires_grad: bool) -> Tensor:
    """A tensor over an array that nobody else holds."""
    result = Tensor.from_array(array if device is None else backend.move(array, device))
    if requires_grad:
        requires_grad_(result, True)
    return result


def chosen_dtype(given: Any) -> DType:
    """The type given, or the default one."""
    return types.get_default_dtype() if given is None else DType.of(given)


# -- from data ------------------------------------------------------------------------------------------------------


def _plain(data: Any) -> Any:
    """Nested lists in which every tensor is its numbers."""
    if isinstance(data, Tensor):
        return data.tolist()
    if isinstance(data, (list, tuple)):
        return [_plain(part) for part in data]
    return data


def _as_array(data: Any, dtype: Any) -> np.ndarray[Any, Any]:
    """Data as an array: Python floats in the default type, arrays in their own."""
    known = hasattr(data, "__array__") or hasattr(data, "__array_interface__") or isinstance(data, memoryview)
    try:
        array = np.asarray(data if known else _plain(data))
    except ValueError as error:
        raise ShapeError(f"data: lists of unequal lengths, or of something else than numbers: {error}") from None
    if dtype is not None:
        kind = DType.of(dtype)
        if not known and array.dtype.kind in "iu" and array.size and kind.numpy.kind in "iu":
            _check_range(array, kind)
        return array.astype(kind.numpy, copy=False)
    if not known and array.dtype == np.float64:
        return array.astype(types.get_default_dtype().numpy)
    if array.dtype.kind not in "biuf":
        raise DTypeError(f"data: needs numbers, got {array.dtype}")
    return array


def _check_range(array: Any, kind: DType) -> None:
    """Raises RangeError for Python numbers that a type cannot hold; unsigned types take negative ones, as in C."""
    limits = types.iinfo(kind)
    low, high = int(array.min()), int(array.max())
    if high > limits.max or low < (limits.min or -limits.max - 1):
        worst = high if high > limits.max else low
        raise RangeError(f"data: {worst} does not fit into {kind.name}, which holds {limits.min} to {limits.max}")


def tensor(data: Any, dtype: DTypeLike | None = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor with a copy of the data.

    Args:
        data: a number, nested lists, an array, or a tensor.
        dtype: the element type; where None, an array's or a tensor's own, bool, int64, or for Python floats the
            default type.
        device: ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
        requires_grad: whether operations on it are recorded.

    Raises:
        ShapeError: for lists of unequal lengths.
        DTypeError: for data that are no numbers.
        RangeError: for whole numbers that do not fit into ``dtype``.

    >>> tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    if isinstance(data, Tensor):
        array = backend.move(data.array, "cpu" if device is None and not data.is_cuda else device or data.device)
        if dtype is not None:
            array = array.astype(DType.of(dtype).numpy)
        return made(array.copy() if array is data.array else array, None, requires_grad)
    array = _as_array(data, dtype)
    if isinstance(data, np.ndarray) or not array.flags.owndata:
        array = array.copy()
    return made(array, device, requires_grad)


def as_tensor(data: Any, dtype: DTypeLike | None = None, device: str | None = None) -> Tensor:
    """A tensor over the same memory where that is possible: an array, or a tensor of that type and device.

    >>> as_tensor([1, 2])
    tensor([1, 2])
    """
    if isinstance(data, Tensor):
        return data.to(dtype=dtype, device=device)
    if backend.is_gpu(data):
        return Tensor.from_array(data).to(dtype=dtype, device=device)
    return made(_as_array(data, dtype), device, False)


def from_numpy(array: Any) -> Tensor:
    """A tensor over the memory of a numpy array: what is written to one is seen in the other.

    Raises:
        DTypeError: for anything else than a numpy array, or one whose elements no tensor holds as they are.

    >>> a = np.zeros(3)
    >>> t = from_numpy(a)
    >>> a[1] = 5
    >>> t
    tensor([0., 5., 0.], dtype=float64)
    """
    if not isinstance(array, np.ndarray):
        raise DTypeError(f"array: needs a numpy array, got {type(array).__name__}")
    if array.dtype != DType.of(array.dtype).numpy:
        raise DTypeError(f"array: {array.dtype!r} has another byte order than tensors have; use tensor() to copy")
    if any(s < 0 or s % array.itemsize for s in array.strides):
        raise ShapeError("array: its strides are negative or uneven, so no tensor can share it; use tensor() to copy")
    return Tensor.from_array(array)


def frombuffer(
    buffer: Any, *, dtype: DTypeLike, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A tensor over the memory of a buffer, such as bytes.

    Args:
        buffer: any object with Python's buffer protocol; it must be one that can be written, or is copied.
        dtype: the type of its elements.
        count: how many of them; all where negative.
        offset: at which byte they start.
        requires_grad: whether operations on it are recorded.

    Raises:
        ShapeError: where the buffer has no such elements.

    >>> frombuffer(bytearray(b"abc"), dtype="uint8", offset=1)
    tensor([98, 99], dtype=uint8)
    """
    try:
        array = np.frombuffer(buffer, DType.of(dtype).numpy, count, offset)
    except ValueError as error:
        raise ShapeError(f"buffer: {error}") from None
    return made(array if array.flags.writeable else array.copy(), None, requires_grad)


def from_dlpack(source: Any) -> Tensor:
    """A tensor over the memory of any object that speaks DLPack: an array or tensor of another library.

    >>> from_dlpack(np.array([1, 2]))
    tensor([1, 2])
    """
    device = source.__dlpack_device__() if hasattr(source, "__dlpack_device__") else (1, 0)
    library = backend.cupy() if device[0] == 2 else np
    return Tensor.from_array(library.from_dlpack(source))


def asarray(
    obj: Any,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor over the same memory where that is possible; ``copy`` asks for memory of its own, or forbids it.

    Raises:
        StorageError: where ``copy`` is false and the memory cannot be shared.

    >>> asarray([1, 2])
    tensor([1, 2])
    """
    if copy:
        return tensor(obj, dtype, device, requires_grad)
    found = as_tensor(obj, dtype, device)
    if copy is False and not _shares(obj, found):
        raise StorageError("copy: is False, and a tensor of that type and device cannot share the memory of obj")
    if requires_grad:
        found = found.detach() if found is obj else found
        requires_grad_(found, True)
    return found


def _shares(obj: Any, found: Tensor) -> bool:
    given = obj.array if isinstance(obj, Tensor) else obj
    return isinstance(given, np.ndarray) and np.shares_memory(given, found.array)


def scalar_tensor(
    s: Any, *, dtype: DTypeLike | None = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of 0 dimensions, in the default type where none is given.

    >>> scalar_tensor(2)
    tensor(2.)
    """
    return tensor(s, chosen_dtype(dtype), device, requires_grad)


# -- from a rule ----------------------------------------------------------------------------------------------------


@writes_out
def empty(
    *shape: Sizes,
    size: Sizes | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor whose values are not set.

    >>> empty(2, 3).shape
    (2, 3)
    """
    return made(np.empty(wanted_sizes(shape, size), chosen_dtype(dtype).numpy), device, requires_grad)


@writes_out
def zeros(
    *shape: Sizes,
    size: Sizes | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of zeros, in the default type where none is given.

    >>> zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return made(np.zeros(wanted_sizes(shape, size), chosen_dtype(dtype).numpy), device, requires_grad)


@writes_out
def ones(
    *shape: Sizes,
    size: Sizes | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of ones, in the default type where none is given.

    >>> ones(2)
    tensor([1., 1.])
    """
    return made(np.ones(wanted_sizes(shape, size), chosen_dtype(dtype).numpy), device, requires_grad)


@writes_out
def full(
    size: Sizes,
    fill_value: Operand,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor in which every element is ``fill_value``, whose type decides where none is given.

    Raises:
        DTypeError: where ``fill_value`` is no number.

    >>> full((2,), 7), full((2,), 1.5)
    (tensor([7, 7]), tensor([1.5000, 1.5000]))
    """
    value = _plain(fill_value)
    if not isinstance(value, (bool, int, float, np.number, np.bool_)):
        raise DTypeError(f"fill_value: needs a number, got {value!r}")
    if dtype is None:
        dtype = types.bool_ if isinstance(value, bool) else types.int64 if isinstance(value, int) else None
    return made(np.full(wanted_sizes((size,), None), value, chosen_dtype(dtype).numpy), device, requires_grad)


def empty_strided(
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of these sizes and strides whose values are not set.

    Raises:
        ShapeError: where the two differ in length.
        StorageError: for negative sizes or strides.

    >>> empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    sizes, steps = tuple(size), tuple(stride)
    if len(sizes) != len(steps):
        raise ShapeError(f"stride: {steps} and size {sizes} differ in length")
    reach = geometry.extent(Geometry(0, sizes, steps)) if min((*sizes, *steps), default=0) >= 0 else 0
    flat = made(np.empty(reach, chosen_dtype(dtype).numpy), device, False)
    strided = Tensor.from_storage(flat.storage(), 0, sizes, steps)
    if requires_grad:
        requires_grad_(strided, True)
    return strided


def wanted_sizes(shape: tuple[Any, ...], size: Any) -> tuple[int, ...]:
    """The sizes in ``f(2, 3)``, ``f((2, 3))`` and ``f(size=(2, 3))``.

    Raises:
        ShapeError: where one is negative, or no whole number.
    """
    sizes = sizes_of(shape if size is None else (size,))
    if any(s < 0 for s in sizes):
        raise ShapeError(f"size: sizes must not be negative, got {sizes}")
    return sizes


def _count(given: int, name: str) -> int:
    if given < 0:
        raise ShapeError(f"{name}: must not be negative, got {given}")
    return given


def empty_like(input: Tensor, **options: Any) -> Tensor:
    """`empty`, with the shape, type and device of another tensor.

    >>> empty_like(tensor([1, 2])).shape
    (2,)
    """
    return empty(input.shape, **input._like(options))


def zeros_like(input: Tensor, **options: Any) -> Tensor:
    """`zeros`, with the shape, type and device of another tensor.

    >>> zeros_like(tensor([1, 2]))
    tensor([0, 0])
    """
    return zeros(input.shape, **input._like(options))


def ones_like(input: Tensor, **options: Any) -> Tensor:
    """`ones`, with the shape, type and device of another tensor.

    >>> ones_like(tensor([1, 2]))
    tensor([1, 1])
    """
    return ones(input.shape, **input._like(options))


def full_like(input: Tensor, fill_value: Operand, **options: Any) -> Tensor:
    """`full`, with the shape, type and device of another tensor.

    >>> full_like(tensor([1, 2]), 7)
    tensor([7, 7])
    """
    return full(input.shape, fill_value, **input._like(options))


@writes_out
def arange(
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers from ``start`` (0 where only one is given) up to, not including, ``end``, ``step`` apart.

    There are ``ceil((end - start) / step)`` of them. In a type of whole numbers the three are cut off first.

    Raises:
        ShapeError: where ``step`` does not lead from one to the other.

    >>> arange(5), arange(1, 2, 0.5)
    (tensor([0, 1, 2, 3, 4]), tensor([1.0000, 1.5000]))
    """
    if end is None:
        start, end = 0, start
    first, last, by = [_plain(0 if n is None else n) for n in (start, end, step)]
    if dtype is None:
        dtype = None if any(isinstance(n, float) for n in (first, last, by)) else types.int64
    elif not DType.of(dtype).is_floating_point:
        first, last, by = int(first), int(last), int(by)
    if by == 0 or (last - first) * by < 0:
        raise ShapeError(f"step: {by} does not lead from {first} to {last}")
    # Computed in doubles as start + i * step, so that errors do not add up.
    return made(np.arange(first, last, by).astype(chosen_dtype(dtype).numpy), device, requires_grad)


@writes_out
def linspace(
    start: Number,
    end: Number,
    steps: int,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` numbers from ``start`` to ``end``, both included, evenly spaced; in whole numbers cut off.

    >>> linspace(0, 1, 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    start, end = _plain(start), _plain(end)
    return made(
        np.linspace(start, end, _count(steps, "steps")).astype(chosen_dtype(dtype).numpy), device, requires_grad
    )


@writes_out
def logspace(
    start: float,
    end: float,
    steps: int,
    base: float = 10.0,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``base`` to the powers of ``steps`` evenly spaced numbers from ``start`` to ``end``.

    >>> logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    powers = np.logspace(start, end, _count(steps, "steps"), base=base)
    return made(powers.astype(chosen_dtype(dtype).numpy), device, requires_grad)


@writes_out
def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A matrix with ones on its diagonal and zeros elsewhere.

    >>> eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    columns = None if m is None else _count(m, "m")
    return made(np.eye(_count(n, "n"), columns, dtype=chosen_dtype(dtype).numpy), device, requires_grad)
