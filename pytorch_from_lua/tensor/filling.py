"""Writing whole tensors in place: constants, copies, random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply_
from pytorch_from_lua.tensor import backend, generator
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.conversion import moved
from pytorch_from_lua.tensor.generator import Generator


class Filling(TensorBase):
    """Methods that set every element. Random numbers come in row-major order from one stream (see `Generator`)."""

    __slots__ = ()

    def fill_(self, value: Any) -> Any:
        """Every element becomes ``value``, a number or a tensor of one element."""
        if isinstance(value, TensorBase):
            return apply_("copy", self, value)
        return apply_("fill", self, value=value)

    def zero_(self) -> Any:
        """Every element becomes 0."""
        return apply_("fill", self, value=0)

    def copy_(self, src: Any, non_blocking: bool = False) -> Any:
        """Takes the values of ``src``, which broadcasts, converted to this type and moved to this device."""
        if not isinstance(src, TensorBase):
            src = type(self).from_array(np.asarray(src))
        if src.device != self.device:
            src = moved(src, self.device)
        return apply_("copy", self, src)

    def _take(self, drawn: Any) -> Any:
        kind = self.dtype.numpy
        array = drawn if drawn.dtype == kind else drawn.astype(kind)
        return apply_("copy", self, type(self).from_array(backend.move(array, self.device)))

    def uniform_(self, low: float = 0.0, high: float = 1.0, *, generator: Generator | None = None) -> Any:
        """Uniform numbers in [low, high)."""
        return self._take(_given(generator).uniform(low, high, self._shape))

    def normal_(self, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Any:
        """Normal numbers."""
        return self._take(_given(generator).normal(mean, std, self._shape))

    def random_(self, low: int | None = None, high: int | None = None, *, generator: Generator | None = None) -> Any:
        """Whole numbers: over the type's range; in [0, low) with one argument; in [low, high) with two."""
        stream = _given(generator)
        if low is None:
            return self._take(stream.random_of(self.dtype, self._shape))
        span = (0, low) if high is None else (low, high)
        return self._take(stream.random(*span, self._shape))

    def bernoulli_(self, p: Any = 0.5, *, generator: Generator | None = None) -> Any:
        """1 with probability ``p`` (a number, or a tensor that broadcasts), else 0."""
        chances = p.__array__() if isinstance(p, TensorBase) else p
        return self._take(_given(generator).bernoulli(chances, self._shape))

    def exponential_(self, rate: float = 1.0, *, generator: Generator | None = None) -> Any:
        """Exponentially distributed numbers with mean ``1 / rate``."""
        return self._take(_given(generator).exponential(rate, self._shape))

    def cauchy_(self, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Any:
        """Cauchy-distributed numbers."""
        return self._take(_given(generator).cauchy(median, sigma, self._shape))

    def log_normal_(self, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Any:
        """Exponentials of normal numbers."""
        return self._take(_given(generator).log_normal(mean, std, self._shape))

    def geometric_(self, p: float, *, generator: Generator | None = None) -> Any:
        """Geometrically distributed whole numbers, as Torch7 has them."""
        return self._take(_given(generator).geometric(p, self._shape))


def _given(chosen: Generator | None) -> Generator:
    return generator.default_generator if chosen is None else chosen
