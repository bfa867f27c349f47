"""Making tensors from random numbers, which come in row-major order from one stream (see `Generator`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.errors import DTypeError, RangeError, TensorError
from pytorch_from_lua.tensor import dtype as types
from pytorch_from_lua.tensor import generator as streams
from pytorch_from_lua.tensor.creation import chosen_dtype, made, wanted_sizes
from pytorch_from_lua.tensor.dtype import DType, check_span
from pytorch_from_lua.tensor.generator import Generator
from pytorch_from_lua.tensor.out import stored, writes_out
from pytorch_from_lua.tensor.tensor import Tensor

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import DTypeLike, Operand, Sizes


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


@writes_out
def rand(
    *shape: Sizes,
    size: Sizes | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform random numbers in [0, 1).

    >>> rand(2, 3).shape
    (2, 3)
    """
    drawn = _stream(generator).uniform(0.0, 1.0, wanted_sizes(shape, size))
    return made(drawn.astype(_floating(dtype).numpy, copy=False), device, requires_grad)


@writes_out
def randn(
    *shape: Sizes,
    size: Sizes | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal random numbers with mean 0 and standard deviation 1.

    >>> randn(2, 3).shape
    (2, 3)
    """
    drawn = _stream(generator).normal(0.0, 1.0, wanted_sizes(shape, size))
    return made(drawn.astype(_floating(dtype).numpy, copy=False), device, requires_grad)


@writes_out
def randint(
    low: Any = 0,
    high: Any = None,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Random whole numbers in [low, high); in [0, low) for ``randint(low, size)``.

    Raises:
        TensorError: where there is no shape, or no number in the range.
        RangeError: where the type cannot hold the numbers.

    >>> randint(7, 8, (2,))
    tensor([7, 7])
    """
    if high is None or not isinstance(high, int):
        low, high, size = 0, low, high if size is None else size
    if size is None:
        raise TensorError("size: needs a shape, got None")
    check_span(low, high, _whole(dtype))
    drawn = _stream(generator).random(low, high, wanted_sizes((), size))
    return made(drawn.astype(_whole(dtype).numpy), device, requires_grad)


def randint_like(input: Tensor, low: int, high: int | None = None, **options: Any) -> Tensor:
    """`randint`, with the shape, type and device of another tensor.

    >>> from pytorch_from_lua import tensor
    >>> randint_like(tensor([1, 2]), 7, 8)
    tensor([7, 7])
    """
    if high is None:
        low, high = 0, low
    return randint(low, high, input.shape, **input._like(options))


def rand_like(input: Tensor, **options: Any) -> Tensor:
    """`rand`, with the shape, type and device of another tensor.

    >>> from pytorch_from_lua import tensor
    >>> rand_like(tensor([1.0, 2.0])).shape
    (2,)
    """
    return rand(input.shape, **input._like(options))


def randn_like(input: Tensor, **options: Any) -> Tensor:
    """`randn`, with the shape, type and device of another tensor.

    >>> from pytorch_from_lua import tensor
    >>> randn_like(tensor([1.0, 2.0])).shape
    (2,)
    """
    return randn(input.shape, **input._like(options))


@writes_out
def randperm(
    n: int, *, generator: Generator | None = None, dtype: DTypeLike | None = None, device: str | None = None
) -> Tensor:
    """A random order of 0 .. n-1.

    >>> randperm(3).sort().values
    tensor([0, 1, 2])
    """
    order = _stream(generator).randperm(n)
    return made(order.astype(_whole(dtype).numpy), device, False)


def normal(
    mean: Operand = 0.0,
    std: Operand = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    out: Any = None,
) -> Tensor:
    """Normal random numbers; ``mean`` and ``std`` may be tensors, whose common shape is then the result's.

    Raises:
        RangeError: for a negative ``std``.

    >>> normal(0.0, 1.0, (2, 3)).shape
    (2, 3)
    """
    sample = mean if isinstance(mean, Tensor) else std
    kind = sample.dtype if isinstance(sample, Tensor) and dtype is None else _floating(dtype)
    center, spread = _numbers(mean), _numbers(std)
    shape = np.broadcast_shapes(center.shape, spread.shape) if size is None else wanted_sizes((), size)
    if not (spread >= 0).all():
        raise RangeError(f"std: must not be negative, got {std}")
    drawn = _stream(generator).normal(0.0, 1.0, shape) * spread + center
    where = sample.device if isinstance(sample, Tensor) and device is None else device
    result = made(drawn.astype(kind.numpy), where, requires_grad)
    return result if out is None else stored("normal", result, out)


def poisson(input: Tensor, *, generator: Generator | None = None) -> Tensor:
    """Poisson-distributed whole numbers with the rate that the input has at each place.

    One uniform number each (and one more for each 500 that the largest rate is over 500) is inverted by adding up the
    probabilities ``exp(-r) r^k / k!``.

    Raises:
        DTypeError: for types that are not floating-point.
        RangeError: for a negative rate.

    >>> from pytorch_from_lua import tensor
    >>> poisson(tensor([0.0, 0.0]))
    tensor([0., 0.])
    """
    if not input.dtype.is_floating_point:
        raise DTypeError(f"input: needs a floating-point type, got {input.dtype.name}")
    rates = _numbers(input)
    if not (rates >= 0).all():
        raise RangeError("input: rates must not be negative")
    rounds = max(1, math.ceil(float(rates.max()) / 500)) if rates.size else 1
    total = np.zeros(rates.shape)
    for _ in range(rounds):
        total += _inverted(_stream(generator).uniform(0.0, 1.0, rates.shape), rates / rounds)
    return made(total.astype(input.dtype.numpy), input.device, False)


def _inverted(uniform: Any, rates: Any) -> Any:
    """The smallest k whose probability of k or less is over the uniform number."""
    count = np.zeros(rates.shape)
    chance = np.exp(-rates)
    reached = chance.copy()
    k = 0
    while True:
        below = (uniform >= reached) & (chance > 0)
        if not below.any():
            return count
        k += 1
        count += below
        chance = np.where(below, chance * rates / k, chance)
        reached = np.where(below, reached + chance, reached)


def _floating(dtype: Any) -> DType:
    """The type given, or the default one, which must be floating-point."""
    kind = chosen_dtype(dtype)
    if not kind.is_floating_point:
        raise DTypeError(f"dtype: needs a floating-point type, got {kind.name}")
    return kind


def _whole(dtype: Any) -> DType:
    return types.int64 if dtype is None else DType.of(dtype)


def _numbers(given: Any) -> np.ndarray[Any, Any]:
    return np.asarray(given.detach() if isinstance(given, Tensor) else given, np.float64)
