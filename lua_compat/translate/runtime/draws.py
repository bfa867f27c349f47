"""Random numbers: Torch7's stream one by one, and LuaJIT's own behind ``math.random``."""

from __future__ import annotations

import struct
from typing import Any

import pytorch_from_lua as torch
from pytorch_from_lua.tensor import Tensor


def _one(generator: Any) -> Any:
    return torch.empty(1, dtype=torch.float64), {} if generator is None else {"generator": generator}


def uniform(low: float = 0, high: float = 1, generator: Any = None) -> float:
    """A number between two, from the random stream."""
    x, options = _one(generator)
    return float(x.uniform_(low, high, **options).item())


def normal(mean: float = 0, std: float = 1, generator: Any = None) -> float:
    """A number of a normal distribution."""
    x, options = _one(generator)
    return float(x.normal_(mean, std, **options).item())


def bernoulli(p: float = 0.5, generator: Any = None) -> int:
    """1 with probability ``p``, else 0."""
    x, options = _one(generator)
    return int(x.bernoulli_(p, **options).item())


def random(low: int = 1, high: int | None = None, generator: Any = None) -> int:
    """A whole number from ``low`` to ``high``, both included; without them any of 32 bits."""
    options = {} if generator is None else {"generator": generator}
    x = torch.empty(1, dtype=torch.float64 if high is None else torch.int64)
    if high is None:
        return int(x.random_(0, 2**32, **options).item())
    return int(x.random_(int(low), int(high) + 1, **options).item())


def fill_random(x: Tensor, low: int, high: int) -> Tensor:
    """Fills a tensor with whole numbers from ``low`` to ``high``, both included."""
    return x.random_(int(low), int(high) + 1)


# -- LuaJIT's math.random: a combined Tausworthe generator of 223 bits (L'Ecuyer, 1991: tables of maximally
# -- equidistributed combined generators); its constants are those of LuaJIT.

_MASK = 2**64 - 1
_PARTS = ((63, 31, 18), (58, 19, 28), (55, 24, 7), (47, 21, 8))


class _Tausworthe:
    def __init__(self) -> None:
        self.state = [0, 0, 0, 0]
        self.seed(0.0)

    def seed(self, value: float) -> None:
        shifts, number = 0x11090601, float(value)
        for i in range(4):
            least = 1 << (shifts & 255)
            shifts >>= 8
            number = number * 3.14159265358979323846 + 2.7182818284590452354
            bits = struct.unpack("<Q", struct.pack("<d", number))[0]
            self.state[i] = bits + least if bits < least else bits
        for _ in range(10):
            self.step()

    def step(self) -> int:
        out = 0
        for i, (k, q, s) in enumerate(_PARTS):
            z = self.state[i]
            z = ((((z << q) & _MASK) ^ z) >> (k - s)) ^ (((z & (_MASK << (64 - k)) & _MASK) << s) & _MASK)
            self.state[i] = z
            out ^= z
        return out

    def uniform(self) -> float:
        bits = (self.step() & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000
        return float(struct.unpack("<d", struct.pack("<Q", bits))[0]) - 1.0


_GENERATOR = _Tausworthe()


def math_randomseed(value: float) -> None:
    """Seeds `math_random`."""
    _GENERATOR.seed(value)


def math_random(low: float | None = None, high: float | None = None) -> Any:
    """LuaJIT's ``math.random``: from 0 to 1, from 1 to ``low``, or from ``low`` to ``high``."""
    drawn = _GENERATOR.uniform()
    if low is None:
        return drawn
    if high is None:
        return int(drawn * low) + 1
    return int(drawn * (high - low + 1) // 1 + low)
