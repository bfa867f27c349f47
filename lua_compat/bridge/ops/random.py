"""Random numbers: the generator's draws, as numbers and into tensors in the order of their elements."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import deliver, dims, exported, long_tensor, named, target
from lua_compat.bridge.ops.pointwise import cast
from pytorch_from_lua.errors import ShapeError, TensorError
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor import generator as generators
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.generator import Generator


class _Own(threading.local):
    generator: Generator | None = None


_OWN = _Own()


def own_generator() -> None:
    """Gives this thread a default generator of its own, freshly seeded; others keep the one of the process."""
    _OWN.generator = Generator()


def own_or_default() -> Generator:
    """The generator of this thread where it has one, else that of the process."""
    return generators.default_generator if _OWN.generator is None else _OWN.generator


def _of(g: Generator | None) -> Generator:
    return own_or_default() if g is None else g


def _store(x: Tensor, drawn: Any) -> None:
    x.array[...] = cast(drawn, x.dtype.numpy)
    x.bump()


def _shape(x: Tensor) -> tuple[int, ...]:
    return x._shape


#: What a number and a tensor are drawn by: Torch7's name, the generator's method.
DISTRIBUTIONS: dict[str, Callable[..., Any]] = {
    "uniform": Generator.uniform,
    "normal": Generator.normal,
    "exponential": Generator.exponential,
    "cauchy": Generator.cauchy,
    "log_normal": Generator.log_normal,
    "geometric": Generator.geometric,
    "bernoulli": Generator.bernoulli,
}


def _draw(method: Callable[..., Any]) -> Callable[..., Any]:
    def op(g: Generator | None, *parameters: float) -> Any:
        return method(_of(g), *parameters)

    return op


def _fill(method: Callable[..., Any]) -> Callable[..., Any]:
    def op(x: Tensor, g: Generator | None, *parameters: float) -> None:
        _store(x, method(_of(g), *parameters, shape=_shape(x)))

    return op


for _name, _method in DISTRIBUTIONS.items():
    named(f"draw_{_name}")(_draw(_method))
    named(f"fill_{_name}")(_fill(_method))


@exported
def fill_bernoulli_tensor(x: Tensor, g: Generator | None, chances: Tensor) -> None:
    """1 with the probability that the other tensor has at the same place."""
    if chances.numel() != x.numel():
        raise ShapeError(f"bernoulli: {chances.numel()} probabilities for {x.numel()} elements")
    _store(x, _of(g).bernoulli(chances.array.reshape(x._shape), shape=x._shape))


def _bounds(low: float, high: float) -> tuple[int, int]:
    """The half-open range for Torch7's closed one.

    Raises:
        TensorError: where the upper bound is below the lower one.
    """
    if high < low:
        raise TensorError(f"random: the upper bound {high} must not be below the lower bound {low}")
    return int(low), int(high) + 1


@exported
def draw_random(g: Generator | None, low: float | None, high: float | None) -> int:
    """A 32-bit word, or an integer from low to high, both included."""
    if low is None or high is None:
        return int(_of(g).random())
    return int(_of(g).random(*_bounds(low, high)))


@exported
def fill_random(x: Tensor, g: Generator | None, low: float | None, high: float | None) -> None:
    """Integers over the range of the type, or from low to high, both included."""
    if low is None or high is None:
        _store(x, _of(g).random_of(x.dtype, x._shape))
    else:
        _store(x, _of(g).random(*_bounds(low, high), shape=x._shape))


@exported
def randperm(res: Tensor | None, dtype: DType, g: Generator | None, n: int) -> Tensor | None:
    """The numbers 1 to n in random order."""
    if n < 1:
        raise ShapeError(f"randperm: needs a number above 0, got {n}")
    kind = dtype if res is None else res.dtype
    np.empty(int(n))  # what memory cannot hold fails here, with the size in the message
    return deliver(res, (_of(g).randperm(int(n)) + 1).astype(kind.numpy))


@exported
def multinomial(res: Tensor | None, g: Generator | None, x: Tensor, n: int, replacement: bool) -> Tensor | None:
    """n categories, from 1, drawn by the weights in a vector or in each row of a matrix."""
    if dims(x) not in (1, 2):
        raise ShapeError(f"multinomial: needs a vector or a matrix of weights, got {dims(x)} dimension(s)")
    return long_tensor(res, _of(g).multinomial(x.array, int(n), bool(replacement)))


@exported
def alias_setup(x: Tensor, aliases: Tensor | None, chances: Tensor | None) -> Any:
    """Walker's tables for a vector of probabilities: for each category another one (from 0), and the chance to stay."""
    if dims(x) != 1:
        raise ShapeError(f"multinomialAliasSetup: needs a vector of probabilities, got {dims(x)} dimension(s)")
    other, stay = _of(None).alias_setup(x.array)
    first, second = deliver(aliases, other), deliver(chances, stay.astype(x.dtype.numpy))
    if aliases is None and chances is None:
        return first, second
    return first if aliases is None else second


@exported
def alias_draw(res: Tensor, g: Generator | None, aliases: Tensor, chances: Tensor) -> None:
    """Fills with categories, from 1, drawn by Walker's tables."""
    other, stay = aliases.array.reshape(-1), chances.array.reshape(-1)
    if other.size != stay.size or other.size == 0:
        raise ShapeError(f"multinomialAlias: tables of {other.size} and {stay.size} categories do not belong together")
    # Two uniforms a draw: the place, and whether it stays.
    drawn = _of(g).uniform(0.0, 1.0, (2 * res.numel(),)).reshape(-1, 2)
    places = (drawn[:, 0] * other.size).astype(np.int64)
    found = np.where(drawn[:, 1] <= stay[places], places, other[places]) + 1
    target(res, res.dtype, res._shape).array[...] = found.reshape(res._shape)


# -- generators ------------------------------------------------------------------------------------------------------


@exported
def generator() -> Generator:
    """A new generator with a seed of its own."""
    return Generator()


@exported
def manual_seed(g: Generator | None, seed: int) -> None:
    """Starts the stream from a seed."""
    _of(g).manual_seed(int(seed))


@exported
def seed(g: Generator | None) -> int:
    """Starts the stream from a seed of the system's, and returns it."""
    return _of(g).seed()


@exported
def initial_seed(g: Generator | None) -> int:
    """The seed that the stream was started from."""
    return _of(g).initial_seed()


@exported
def get_state(g: Generator | None) -> Tensor:
    """The state in a ByteTensor."""
    return Tensor.from_array(_of(g).get_state())


@exported
def set_state(g: Generator | None, state: Tensor) -> None:
    """Continues from a state."""
    _of(g).set_state(state.array)
