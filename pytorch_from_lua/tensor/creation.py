"""Making tensors: from data, from a rule, from random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import requires_grad_
from pytorch_from_lua.errors import DTypeError, ShapeError, TensorError
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor import dtype as types
from pytorch_from_lua.tensor import generator as streams
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.generator import Generator
from pytorch_from_lua.tensor.tensor import Tensor
from pytorch_from_lua.tensor.views import sizes_of


def _made(array: Any, device: str | None, requires_grad: bool) -> Tensor:
    result = Tensor.from_array(array if device is None else backend.move(array, device))
    if requires_grad:
        requires_grad_(result, True)
    return result


def _dtype(given: Any) -> DType:
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
        return array.astype(DType.of(dtype).numpy, copy=False)
    if not known and array.dtype == np.float64:
        return array.astype(types.get_default_dtype().numpy)
    if array.dtype.kind not in "biuf":
        raise DTypeError(f"data: needs numbers, got {array.dtype}")
    return array


def tensor(data: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
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

    >>> tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    if isinstance(data, Tensor):
        array = backend.move(data.array, "cpu" if device is None and not data.is_cuda else device or data.device)
        if dtype is not None:
            array = array.astype(DType.of(dtype).numpy)
        return _made(array.copy() if array is data.array else array, None, requires_grad)
    array = _as_array(data, dtype)
    if isinstance(data, np.ndarray) or not array.flags.owndata:
        array = array.copy()
    return _made(array, device, requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: str | None = None) -> Tensor:
    """A tensor over the same memory where that is possible: an array, or a tensor of that type and device."""
    if isinstance(data, Tensor):
        return data.to(dtype=dtype, device=device)  # type: ignore[no-any-return]
    if backend.is_gpu(data):
        return Tensor.from_array(data).to(dtype=dtype, device=device)  # type: ignore[no-any-return]
    return _made(_as_array(data, dtype), device, False)


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


def from_dlpack(source: Any) -> Tensor:
    """A tensor over the memory of any object that speaks DLPack: an array or tensor of another library."""
    device = source.__dlpack_device__() if hasattr(source, "__dlpack_device__") else (1, 0)
    library = backend.cupy() if device[0] == 2 else np
    return Tensor.from_array(library.from_dlpack(source))


def asarray(data: Any, dtype: Any = None) -> Tensor:
    """`as_tensor` under its name in the array API."""
    return as_tensor(data, dtype)


# -- from a rule ----------------------------------------------------------------------------------------------------


def empty(*shape: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor whose values are not set."""
    return _made(np.empty(_checked(sizes_of(shape)), _dtype(dtype).numpy), device, requires_grad)


def zeros(*shape: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor of zeros, in the default type where none is given.

    >>> zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return _made(np.zeros(_checked(sizes_of(shape)), _dtype(dtype).numpy), device, requires_grad)


def ones(*shape: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor of ones, in the default type where none is given."""
    return _made(np.ones(_checked(sizes_of(shape)), _dtype(dtype).numpy), device, requires_grad)


def full(
    shape: Any, fill_value: Any, *, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor in which every element is ``fill_value``, whose type decides where none is given."""
    value = _plain(fill_value)
    if dtype is None:
        dtype = types.bool_ if isinstance(value, bool) else types.int64 if isinstance(value, int) else None
    sizes = (shape,) if isinstance(shape, int) else sizes_of((shape,))
    return _made(np.full(_checked(sizes), value, _dtype(dtype).numpy), device, requires_grad)


def _checked(sizes: tuple[int, ...]) -> tuple[int, ...]:
    if any(s < 0 for s in sizes):
        raise ShapeError(f"shape: sizes must not be negative, got {sizes}")
    return sizes


def _count(given: int, name: str) -> int:
    if given < 0:
        raise ShapeError(f"{name}: must not be negative, got {given}")
    return given


def empty_like(input: Tensor, **options: Any) -> Tensor:
    """`empty`, with the shape, type and device of another tensor."""
    return empty(input.shape, **input._like(options))


def zeros_like(input: Tensor, **options: Any) -> Tensor:
    """`zeros`, with the shape, type and device of another tensor."""
    return zeros(input.shape, **input._like(options))


def ones_like(input: Tensor, **options: Any) -> Tensor:
    """`ones`, with the shape, type and device of another tensor."""
    return ones(input.shape, **input._like(options))


def full_like(input: Tensor, fill_value: Any, **options: Any) -> Tensor:
    """`full`, with the shape, type and device of another tensor."""
    return full(input.shape, fill_value, **input._like(options))


def rand_like(input: Tensor, **options: Any) -> Tensor:
    """`rand`, with the shape, type and device of another tensor."""
    return rand(input.shape, **input._like(options))


def randn_like(input: Tensor, **options: Any) -> Tensor:
    """`randn`, with the shape, type and device of another tensor."""
    return randn(input.shape, **input._like(options))


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers from ``start`` (0 where only one is given) up to, not including, ``end``, ``step`` apart.

    >>> arange(5)
    tensor([0, 1, 2, 3, 4])
    """
    first, last = (0, start) if end is None else (start, end)
    if step == 0 or (last - first) * step < 0:
        raise ShapeError(f"step: {step} does not lead from {first} to {last}")
    if dtype is None:
        dtype = None if any(isinstance(n, float) for n in (first, last, step)) else types.int64
    # Computed in doubles as start + i * step, so that errors do not add up.
    return _made(np.arange(first, last, step).astype(_dtype(dtype).numpy), device, requires_grad)


def linspace(
    start: float, end: float, steps: int, *, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """``steps`` numbers from ``start`` to ``end``, both included, evenly spaced."""
    return _made(np.linspace(start, end, _count(steps, "steps")).astype(_dtype(dtype).numpy), device, requires_grad)


def logspace(
    start: float, end: float, steps: int, base: float = 10.0, *, dtype: Any = None, device: str | None = None
) -> Tensor:
    """``base`` to the powers of ``steps`` evenly spaced numbers from ``start`` to ``end``."""
    return _made(np.logspace(start, end, _count(steps, "steps"), base=base).astype(_dtype(dtype).numpy), device, False)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """A matrix with ones on its diagonal and zeros elsewhere."""
    return _made(
        np.eye(_count(n, "n"), None if m is None else _count(m, "m"), dtype=_dtype(dtype).numpy), device, requires_grad
    )


# -- random numbers -------------------------------------------------------------------------------------------------


def manual_seed(seed: int) -> Generator:
    """Starts the default stream over from a seed; the same one gives the numbers that Torch7 gives.

    >>> _ = manual_seed(1234)
    >>> rand(3, dtype="float64")
    tensor([0.1915, 0.4977, 0.6221], dtype=float64)
    """
    return streams.default_generator.manual_seed(seed)


def seed() -> int:
    """Starts the default stream over from a seed of the operating system, and returns it."""
    return streams.default_generator.seed()


def initial_seed() -> int:
    """The seed that the default stream was started from."""
    return streams.default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default stream, in the bytes that Torch7 has for it."""
    return Tensor.from_array(streams.default_generator.get_state())


def set_rng_state(state: Tensor) -> None:
    """Continues the default stream from such a state."""
    streams.default_generator.set_state(state.array if isinstance(state, Tensor) else state)


def _stream(generator: Generator | None) -> Generator:
    return streams.default_generator if generator is None else generator


def rand(
    *shape: Any,
    generator: Generator | None = None,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform random numbers in [0, 1)."""
    drawn = _stream(generator).uniform(0.0, 1.0, _checked(sizes_of(shape)))
    return _made(drawn.astype(_dtype(dtype).numpy, copy=False), device, requires_grad)


def randn(
    *shape: Any,
    generator: Generator | None = None,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal random numbers with mean 0 and standard deviation 1."""
    drawn = _stream(generator).normal(0.0, 1.0, _checked(sizes_of(shape)))
    return _made(drawn.astype(_dtype(dtype).numpy, copy=False), device, requires_grad)


def randint(
    low: int,
    high: Any = None,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: str | None = None,
) -> Tensor:
    """Random whole numbers in [low, high); in [0, low) for ``randint(low, size)``.

    Raises:
        TensorError: where there is no shape, or no number in the range.
    """
    if size is None and not isinstance(high, int):
        low, high, size = 0, low, high
    if size is None:
        raise TensorError("size: needs a shape, got None")
    drawn = _stream(generator).random(low, high, _checked(tuple(size)))
    return _made(drawn.astype(DType.of(types.int64 if dtype is None else dtype).numpy), device, False)


def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None, device: str | None = None) -> Tensor:
    """A random order of 0 .. n-1."""
    order = _stream(generator).randperm(n)
    return _made(order.astype(DType.of(types.int64 if dtype is None else dtype).numpy), device, False)


def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Sequence[int] | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Normal random numbers; ``mean`` and ``std`` may be tensors, whose common shape is then the result's."""
    sample = mean if isinstance(mean, Tensor) else std
    kind = sample.dtype if isinstance(sample, Tensor) else types.get_default_dtype()
    center, spread = _numbers(mean), _numbers(std)
    shape = np.broadcast_shapes(center.shape, spread.shape) if size is None else tuple(size)
    if not (spread > 0).all():
        raise TensorError(f"std: needs numbers larger than 0, got {std}")
    drawn = _stream(generator).normal(0.0, 1.0, shape) * spread + center
    return _made(drawn.astype(kind.numpy), sample.device if isinstance(sample, Tensor) else None, False)


def bernoulli(input: Tensor, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that the input has at each place, else 0."""
    drawn = _stream(generator).bernoulli(_numbers(input), input.shape)
    return _made(drawn.astype(input.dtype.numpy), input.device, False)


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Draws indices with probabilities in proportion to the weights: (n,) or (rows, n) gives (..., num_samples)."""
    return _made(_stream(generator).multinomial(_numbers(input), num_samples, replacement), input.device, False)


def _numbers(given: Any) -> np.ndarray[Any, Any]:
    return np.asarray(given.detach() if isinstance(given, Tensor) else given, np.float64)
