"""Torch7's random numbers, bit for bit: MT19937 words turned into draws in the order in which Torch7 turns them.

Every distribution is computed in double precision; a tensor of another type takes the rounded value. Transcendental
functions come from the C library, one call an element, since numpy's own vectorised forms differ in the last bit.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from math import cos, exp, log, pi, prod, sin, sqrt, tan
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from pytorch_from_lua.errors import DeviceError, TensorError
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor.dtype import DType

Array = np.ndarray[Any, Any]

_BLOCK = 624  # words that MT19937 makes at a time
_SCALE = 1.0 / 4294967296.0

#: Torch7's ``THGenerator`` struct on x86-64, which is what its ``getRNGState`` gives byte by byte.
_STATE = np.dtype(
    {
        "names": ["seed", "left", "seeded", "next", "words", "normal_x", "normal_y", "normal_rho", "normal_is_valid"],
        "formats": ["<u8", "<i4", "<i4", "<u8", ("<u8", _BLOCK), "<f8", "<f8", "<f8", "<i4"],
        "offsets": [0, 8, 12, 16, 24, 5016, 5024, 5032, 5040],
        "itemsize": 5048,
    }
)


class Generator:
    """A stream of random numbers: MT19937 as Torch7 seeds and reads it.

    Methods give one Python number, or with a ``shape`` an array whose elements are what as many single draws would
    have been, in row-major order.

    Args:
        seed: the seed; one from the operating system where None. Also, as in PyTorch, the device.
        device: ``"cpu"``: numbers are drawn there, and moved where a tensor is on a GPU.

    Raises:
        DeviceError: for another device.

    >>> g = Generator(123)
    >>> g.uniform()
    0.6964691872708499
    >>> g.randperm(5)
    array([4, 3, 2, 1, 0])
    """

    __slots__ = ("_block", "_fresh", "_list", "_mt", "_next", "_normal_rho", "_normal_valid", "_normal_x", "_normal_y",
                 "_seed")  # fmt: skip

    def __init__(self, seed: int | str | None = None, *, device: str = "cpu") -> None:
        if isinstance(seed, str):
            device, seed = seed, None
        if device != "cpu":
            raise DeviceError(f"device: random numbers are drawn on 'cpu', got {device!r}")
        if seed is None:
            self.seed()
        else:
            self.manual_seed(seed)

    # -- seed and state -----------------------------------------------------------------------------------------

    def manual_seed(self, seed: int) -> Generator:
        """Starts the stream over from a seed, of which the lowest 32 bits count."""
        self._seed = int(seed)
        self._mt: Any = None
        self._block: Array | None = None
        self._list: list[int] = []
        self._next = _BLOCK
        self._fresh = True
        self._normal_x = self._normal_y = self._normal_rho = 0.0
        self._normal_valid = False
        return self

    def seed(self) -> int:
        """Starts the stream over from a seed of the operating system, and returns it."""
        chosen = int.from_bytes(os.urandom(8), "little") >> 11  # 53 bits: a Lua number holds it
        self.manual_seed(chosen)
        return chosen

    def initial_seed(self) -> int:
        """The seed that the stream was started from."""
        return self._seed

    def get_state(self) -> Array:
        """The state as the 5048 bytes that Torch7's ``getRNGState`` gives."""
        state = np.zeros((), _STATE)
        state["seed"] = self._seed & 0xFFFFFFFFFFFFFFFF
        state["seeded"] = 1
        state["next"] = 0 if self._fresh else self._next
        state["left"] = 1 if self._fresh else _BLOCK + 1 - self._next
        state["words"] = self._engine().state["state"]["key"]
        state["normal_x"], state["normal_y"], state["normal_rho"] = self._normal_x, self._normal_y, self._normal_rho
        state["normal_is_valid"] = self._normal_valid
        return np.array(np.frombuffer(state.tobytes(), np.uint8))

    def set_state(self, state: Any) -> Generator:
        """Continues from a state that `get_state`, or Torch7, gave.

        Raises:
            TensorError: where it is no such state.
        """
        data = np.ascontiguousarray(state)
        if data.dtype != np.uint8 or data.size != _STATE.itemsize:
            raise TensorError(
                f"state: needs {_STATE.itemsize} bytes of uint8, got {data.size} elements of {data.dtype}"
            )
        fields = data.reshape(-1).view(_STATE)[0]
        left, place = int(fields["left"]), int(fields["next"])
        fresh = (left, place) == (1, 0)
        if not fresh and not (1 <= place <= _BLOCK and left + place == _BLOCK + 1):
            raise TensorError(f"state: is no generator's state: {left} words left, the next one is number {place}")
        self.manual_seed(int(fields["seed"]))
        self._mt = _twister(fields["words"].astype(np.uint32), _BLOCK if fresh else 0)
        if not fresh:
            self._block = self._mt.random_raw(_BLOCK)  # the words of the block that is being read
            self._next, self._fresh = place, False
            self._list = self._block.tolist()
        self._normal_x, self._normal_y = float(fields["normal_x"]), float(fields["normal_y"])
        self._normal_rho = float(fields["normal_rho"])
        self._normal_valid = bool(fields["normal_is_valid"])
        return self

    @property
    def device(self) -> backend.Device:
        """``"cpu"``, where numbers are drawn."""
        return backend.CPU

    def clone(self) -> Generator:
        """A generator in the same state, which goes on by itself."""
        return Generator(0).set_state(self.get_state())

    clone_state = clone

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.get_state(),)

    def __repr__(self) -> str:
        return f"Generator(initial_seed={self._seed})"

    # -- words --------------------------------------------------------------------------------------------------

    def _engine(self) -> Any:
        """numpy's MT19937, which always stands at the end of a block; made when it is first needed."""
        if self._mt is None:
            self._mt = _twister(_key(self._seed & 0xFFFFFFFF), _BLOCK)
        return self._mt

    def word(self) -> int:
        """The next 32-bit word."""
        place = self._next
        if place == _BLOCK:
            self._block = self._engine().random_raw(_BLOCK)
            self._list = self._block.tolist()
            self._fresh = False
            place = 0
        self._next = place + 1
        return self._list[place]

    def words(self, count: int) -> Array:
        """The next ``count`` words, as uint64."""
        place = self._next
        if count <= _BLOCK - place and self._block is not None:
            self._next = place + count
            return np.array(self._block[place : place + count])
        old = self._block[place:] if self._block is not None else np.empty(0, np.uint64)
        need = count - len(old)
        if need <= 0:
            return old
        blocks = -(-need // _BLOCK)
        new = self._engine().random_raw(blocks * _BLOCK)
        self._block = new[-_BLOCK:].copy()
        self._list = self._block.tolist()
        self._next = need - (blocks - 1) * _BLOCK
        self._fresh = False
        return np.concatenate((old, new[:need])) if len(old) else new[:need]

    # -- distributions ------------------------------------------------------------------------------------------

    def random(self, low: int = 0, high: int | None = None, shape: Sequence[int] | None = None) -> Any:
        """Integers in [low, high): ``word % (high - low) + low``, or the 32-bit words where ``high`` is None.

        Raises:
            TensorError: where ``high`` is not larger than ``low``.
        """
        span = None if high is None else high - low
        if span is not None and span < 1:
            raise TensorError(f"high: needs a number larger than low = {low}, got {high}")
        if shape is None:
            return (self.word() if span is None else self.word() % span) + low
        words = self.words(prod(shape))
        found: Array = (words if span is None or span > 0xFFFFFFFF else words % np.uint64(span)).astype(np.int64)
        if low:
            found += low
        return found.reshape(shape)

    def random_of(self, dtype: DType, shape: Sequence[int]) -> Array:
        """Integers over the range in which ``dtype`` holds all of them: up to its maximum, or ``2**digits``."""
        return self.random(0, _LIMITS[dtype.name], shape)

    def uniform(self, low: float = 0.0, high: float = 1.0, shape: Sequence[int] | None = None) -> Any:
        """Uniform in [low, high), 32 bits fine: ``word / 2**32 * (high - low) + low``."""
        if shape is None:
            return self.word() * _SCALE * (high - low) + low
        drawn = self.words(prod(shape)) * _SCALE
        if high - low != 1.0:
            drawn *= high - low
        if low != 0.0:
            drawn += low
        return drawn.reshape(shape)

    def normal(self, mean: float = 0.0, std: float = 1.0, shape: Sequence[int] | None = None) -> Any:
        """Normal by Box and Muller: two uniforms x, y give ``rho cos 2πx`` and ``rho sin 2πx``, rho² = -2 log(1-y).

        The second number of a pair is kept for the next draw.

        Raises:
            TensorError: where ``std`` is not larger than 0.
        """
        if not std > 0:
            raise TensorError(f"std: needs a number larger than 0, got {std}")
        if shape is None:
            return self._normal() * std + mean
        drawn = self._normals(prod(shape))
        drawn *= std
        drawn += mean
        return drawn.reshape(shape)

    def _normal(self) -> float:
        if self._normal_valid:
            self._normal_valid = False
            return self._normal_rho * sin(2.0 * pi * self._normal_x)
        self._normal_x = self.word() * _SCALE
        self._normal_y = self.word() * _SCALE
        self._normal_rho = sqrt(-2.0 * log(1.0 - self._normal_y))
        self._normal_valid = True
        return self._normal_rho * cos(2.0 * pi * self._normal_x)

    def _normals(self, count: int) -> Array:
        drawn = np.empty(count)
        start = 0
        if count and self._normal_valid:
            drawn[0] = self._normal()
            start = 1
        pairs = (count - start) // 2
        if pairs:
            u = self.words(2 * pairs) * _SCALE
            u[1::2] -= 1.0
            rho = np.fromiter(map(log, (-u[1::2]).tolist()), np.float64, pairs)
            rho *= -2.0
            np.sqrt(rho, out=rho)
            angle = np.zeros(pairs, np.complex128)
            angle.imag = (2.0 * pi) * u[0::2]
            # A complex exponential is computed by the C library: its parts are exactly its cosine and its sine.
            turned = np.exp(angle).view(np.float64).reshape(pairs, 2)
            np.multiply(turned, rho[:, None], out=drawn[start : start + 2 * pairs].reshape(pairs, 2))
            self._normal_x, self._normal_y, self._normal_rho = float(u[-2]), float(u[-1]) + 1.0, float(rho[-1])
        if start + 2 * pairs < count:
            drawn[-1] = self._normal()
        return drawn

    def bernoulli(self, p: Any = 0.5, shape: Sequence[int] | None = None) -> Any:
        """1 where a uniform is at most ``p`` (a number, or an array of the shape), else 0.

        Raises:
            TensorError: where a probability lies outside of [0, 1].
        """
        if shape is None:
            if not 0 <= p <= 1:
                raise TensorError(f"p: a probability lies between 0 and 1, got {p}")
            return int(self.uniform() <= p)
        chances = np.asarray(p, np.float64)
        if not ((chances >= 0) & (chances <= 1)).all():
            raise TensorError(f"p: a probability lies between 0 and 1, got {p}")
        return (self.uniform(0.0, 1.0, shape) <= chances).astype(np.float64)

    def exponential(self, rate: float = 1.0, shape: Sequence[int] | None = None) -> Any:
        """Exponential: ``-log(1 - u) / rate``."""
        scale = -1.0 / rate
        return self._transformed(lambda u: scale * log(1.0 - u), shape)

    def cauchy(self, median: float = 0.0, sigma: float = 1.0, shape: Sequence[int] | None = None) -> Any:
        """Cauchy: ``median + sigma tan(π (u - 1/2))``."""
        return self._transformed(lambda u: median + sigma * tan(pi * (u - 0.5)), shape)

    def geometric(self, p: float, shape: Sequence[int] | None = None) -> Any:
        """How many trials until the first success, as Torch7 has it: ``floor(log(1 - u) / log(p)) + 1``.

        Raises:
            TensorError: where ``p`` does not lie between 0 and 1.
        """
        if not 0 < p < 1:
            raise TensorError(f"p: a probability between 0 and 1 is needed, got {p}")
        base = log(p)
        return self._transformed(lambda u: int(log(1.0 - u) / base) + 1, shape)

    def log_normal(self, mean: float = 1.0, std: float = 2.0, shape: Sequence[int] | None = None) -> Any:
        """The exponential of a normal with this mean and standard deviation.

        Raises:
            TensorError: where ``std`` is not larger than 0.
        """
        drawn = self.normal(mean, std, shape)
        if shape is None:
            return exp(drawn)
        return np.fromiter(map(exp, drawn.ravel().tolist()), np.float64, drawn.size).reshape(shape)

    def _transformed(self, transform: Callable[[float], float], shape: Sequence[int] | None) -> Any:
        if shape is None:
            return transform(self.uniform())
        drawn = self.uniform(0.0, 1.0, shape)
        return np.fromiter(map(transform, drawn.ravel().tolist()), np.float64, drawn.size).reshape(shape)

    # -- permutations and categories ----------------------------------------------------------------------------

    def randperm(self, n: int) -> Array:
        """A permutation of 0 .. n-1: place i is swapped with one of those from i on.

        Raises:
            TensorError: where ``n`` is negative.
        """
        if n < 0:
            raise TensorError(f"n: needs a number of at least 0, got {n}")
        order = list(range(n))
        if n > 1:
            spans = np.arange(n, 1, -1, dtype=np.uint64)
            for i, jump in enumerate((self.words(n - 1) % spans).tolist()):
                if jump:
                    order[i], order[i + jump] = order[i + jump], order[i]
        return np.array(order, np.int64)

    def multinomial(self, weights: Any, count: int, replacement: bool = False) -> Array:
        """Draws ``count`` categories for each row of ``weights`` of shape (categories,) or (rows, categories).

        Raises:
            TensorError: for negative weights, a row of zeros, or more draws than categories without replacement.
        """
        rows = np.asarray(weights, np.float64)
        if rows.ndim not in (1, 2) or rows.size == 0 or count < 1:
            raise TensorError(f"weights, count: need 1 or 2 dimensions and a draw, got shape {rows.shape} and {count}")
        if not replacement and count > rows.shape[-1]:
            raise TensorError(f"count: {count} draws without replacement from {rows.shape[-1]} categories")
        drawn = [self._categories(row, count, replacement) for row in rows.reshape(-1, rows.shape[-1])]
        return np.array(drawn, np.int64).reshape((*rows.shape[:-1], count))

    def _categories(self, weights: Array, count: int, replacement: bool) -> Array:
        cumulative = np.cumsum(weights)
        total = cumulative[-1]
        if not (weights >= 0).all() or not 0 < total < np.inf:
            raise TensorError(f"weights: need to be at least 0 with a sum above 0, got a sum of {total}")
        cumulative /= total
        cumulative[-1] = 1.0
        if replacement:
            return np.asarray(np.searchsorted(cumulative, self.uniform(0.0, 1.0, (count,))))
        drawn = np.empty(count, np.int64)
        for i in range(count):
            cumulative[-1] = 1.0
            found = drawn[i] = np.searchsorted(cumulative, self.uniform())
            # The category drawn gives its share to the others.
            share = cumulative[found] - (cumulative[found - 1] if found else 0.0)
            cumulative[found:] -= share
            cumulative /= 1.0 - share if share < 1.0 else 1.0
        return drawn

    def alias_setup(self, weights: Any) -> tuple[Array, Array]:
        """Walker's tables for drawing from fixed probabilities in constant time.

        Returns:
            For each category, which one is drawn in its place, and the chance that it is drawn itself.
        """
        chances = np.asarray(weights, np.float64).ravel() * np.size(weights)
        if not (chances >= 0).all() or not chances.any():
            raise TensorError(f"weights: need to be at least 0 with a sum above 0, got {weights}")
        places = np.zeros(len(chances), np.int64)
        small = [i for i, c in enumerate(chances) if c < 1]
        large = [i for i, c in enumerate(chances) if c >= 1]
        while small and large:
            giver = large[-1]
            taker = small[-1]
            places[taker] = giver
            chances[giver] -= 1.0 - chances[taker]
            if chances[giver] < 1:
                small[-1] = giver
                large.pop()
            else:
                small.pop()
        top = chances.max()
        if top > 1:
            chances /= top
        chances[places <= 0] = 1.0  # no other category was found for these
        return places, chances

    def alias_draw(self, places: Array, chances: Array, shape: Sequence[int]) -> Array:
        """Categories drawn with the tables of `alias_setup`."""
        drawn = np.empty(prod(shape), np.int64)
        for i in range(len(drawn)):
            found = int(self.uniform(0.0, len(places)))
            drawn[i] = found if self.bernoulli(float(chances[found])) else places[found]
        return drawn.reshape(shape)


class _Seeds(threading.local):
    """What turns seeds into states, of each thread its own: making one takes longer than seeding it."""

    def __init__(self) -> None:
        self.random = np.random.RandomState(0)


_SEEDS = _Seeds()


def _key(seed: int) -> Any:
    """The words that a generator with this seed starts from."""
    _SEEDS.random.seed(seed)
    return _SEEDS.random.get_state(legacy=False)["state"]["key"]


class _Unseeded(ISeedSequence):
    """In place of the seed of an engine that is given a state at once: numpy's own takes most of the time."""

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        return np.zeros(n_words, dtype)


def _twister(key: Array, place: int) -> Any:
    """numpy's MT19937 about to give the word number ``place`` of the block that ``key`` is the state of."""
    unseeded: Any = _Unseeded()
    engine = np.random.MT19937(unseeded)
    engine.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": place}}
    return engine


def _restored(state: Array) -> Generator:
    return Generator(0).set_state(state)


# Torch7 takes the word modulo one more than what the type holds exactly.
_LIMITS: dict[str, int] = {
    "bool": 2, "uint8": 256, "int8": 128, "int16": 2**15, "int32": 2**31, "int64": 2**63,
    "float16": 2**11 + 1, "float32": 2**24 + 1, "float64": 2**53 + 1,
}  # fmt: skip

#: The generator that everything draws from that is given none.
default_generator = Generator()
