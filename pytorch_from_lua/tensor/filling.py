"""Writing whole tensors in place: constants, copies, random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply, apply_, detach, operation_
from pytorch_from_lua.autograd.shortcut import fill, readable, writable
from pytorch_from_lua.errors import DeviceError, DTypeError, RangeError, ShapeError
from pytorch_from_lua.tensor import backend, generator
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.conversion import moved
from pytorch_from_lua.tensor.dtype import check_span
from pytorch_from_lua.tensor.generator import Generator

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytorch_from_lua.tensor._types import Operand, TensorLike
    from pytorch_from_lua.tensor.tensor import Tensor

_ndarray = np.ndarray
_COPY_, _FILL_ = operation_("copy"), operation_("fill")


class Filling(TensorBase):
    """Methods that set every element. Random numbers come in row-major order from one stream (see `Generator`)."""

    __slots__ = ()

    def fill_(self, value: Operand) -> Self:
        """Every element becomes ``value``, a number or a tensor of one element.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).fill_(7)
        tensor([7, 7])
        """
        if isinstance(value, TensorBase):
            if value.numel() != 1:
                raise ShapeError(f"value: needs one element, got shape {value.shape}")
            return _COPY_(self, value)
        if not isinstance(value, (bool, int, float, np.number, np.bool_)):
            raise DTypeError(f"value: needs a number or a tensor of one element, got {value!r}")
        there = writable(self) if value.__class__ is float or value.__class__ is int else None
        if there is not None and fill(there, value):
            self._storage.version += 1
            return self
        return _FILL_(self, value=value)

    def fill(self, value: Operand) -> Tensor:
        """A tensor like this in which every element is ``value``, a number or a tensor of one element.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).fill(7)
        tensor([7, 7])
        """
        return apply("clone", self).fill_(value)

    def apply_(self, callable: Callable[..., Any]) -> Self:
        """Every element x becomes ``callable(x)``, a number: one call of Python each, in row-major order.

        Raises:
            DeviceError: for a tensor on a GPU.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).apply_(lambda x: x * 10)
        tensor([10, 20])
        """
        array = self.array
        if backend.is_gpu(array):
            raise DeviceError(f"apply_: calls Python for each element, which the memory of {self.device} does not let")
        found = [callable(x) for x in array.ravel().tolist()]
        return apply_("copy", self, type(self).from_array(np.array(found, array.dtype).reshape(self._shape)))

    def map_(self, tensor: Tensor, callable: Callable[..., Any]) -> Self:
        """Every element x becomes ``callable(x, y)``, with y the element of ``tensor`` at its place.

        Raises:
            DeviceError: for a tensor on a GPU.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).map_(tensor([3, 4]), lambda x, y: x * y)
        tensor([3, 8])
        """
        others = iter(np.broadcast_to(tensor.array, self._shape).ravel().tolist())
        return self.apply_(lambda x: callable(x, next(others)))

    def zero_(self) -> Self:
        """Every element becomes 0.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).zero_()
        tensor([0, 0])
        """
        return _FILL_(self, value=0)

    def copy_(self, src: TensorLike, non_blocking: bool = False) -> Self:
        """Takes the values of ``src``, which broadcasts, converted to this type and moved to this device.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).copy_([3, 4])
        tensor([3, 4])
        """
        given: Any = src
        if given.__class__ is self.__class__ and given.dtype is self.dtype:
            there, values = writable(self), readable(given)
            if there is not None and values is not None:
                try:
                    there[...] = values
                except ValueError:
                    return _COPY_(self, given)  # it says what is wrong
                self._storage.version += 1
                return self
        if not isinstance(src, TensorBase):
            given = type(self).from_array(np.asarray(src))
        mine, theirs = self._kept, given._kept
        far = (mine is not None and mine._buffer.__class__ is not _ndarray) or (
            theirs is not None and theirs._buffer.__class__ is not _ndarray
        )
        if far and given.device != self.device:
            given = moved(given, self.device)
        if given.requires_grad and not self.dtype.is_floating_point:
            given = detach(given)  # no gradient flows through integers
        return _COPY_(self, given)

    def _take(self, drawn: Any) -> Any:
        kind = self.dtype.numpy
        array = drawn if drawn.dtype == kind else drawn.astype(kind)
        return apply_("copy", self, type(self).from_array(backend.move(array, self.device)))

    def uniform_(
        self, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **named: Any
    ) -> Self:
        """Uniform numbers in [from, to); ``from`` by its name only as ``**{"from": 0}``, Python's word for imports.

        Raises:
            RangeError: where ``from`` is larger than ``to``.
        """
        low = _only(named, "from", from_)
        if low > to:
            raise RangeError(f"from, to: need a range that does not shrink, got {low} and {to}")
        return self._take(_given(generator).uniform(low, to, self._shape))

    def normal_(self, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Self:
        """Normal numbers.

        Raises:
            TensorError: for a negative ``std``.
        """
        stream = _given(generator)
        if std == 0:
            return self._take(stream.normal(0.0, 1.0, self._shape) * 0.0 + mean)
        return self._take(stream.normal(mean, std, self._shape))

    def random_(
        self, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None, **named: Any
    ) -> Self:
        """Whole numbers: over the type's range; in [0, from) with one argument; in [from, to) with two.

        Raises:
            RangeError: where the type cannot hold the numbers asked for.
            TensorError: where there is no number in the range.
        """
        stream = _given(generator)
        low = _only(named, "from", from_)
        if low is None and to is None:
            return self._take(stream.random_of(self.dtype, self._shape))
        low, high = (0, low if to is None else to) if low is None or to is None else (low, to)
        check_span(low, high, self.dtype)
        return self._take(stream.random(low, high, self._shape))

    def bernoulli_(self, p: Operand = 0.5, *, generator: Generator | None = None) -> Self:
        """1 with probability ``p`` (a number, or a tensor that broadcasts), else 0.

        Raises:
            TensorError: for a probability outside of [0, 1].

        >>> from pytorch_from_lua import tensor
        >>> tensor([0.0, 0.0]).bernoulli_(1.0)
        tensor([1., 1.])
        """
        chances = p.__array__() if isinstance(p, TensorBase) else p
        return self._take(_given(generator).bernoulli(chances, self._shape))

    def bernoulli(self, p: Operand | None = None, *, generator: Generator | None = None) -> Tensor:
        """1 with the probability that this tensor has at each place (or ``p`` everywhere), else 0.

        Raises:
            DTypeError: for types that are not floating-point.
            TensorError: for a probability outside of [0, 1].

        >>> from pytorch_from_lua import tensor
        >>> tensor([0.0, 1.0]).bernoulli()
        tensor([0., 1.])
        """
        if not self.dtype.is_floating_point and p is None:
            raise DTypeError(f"input: needs probabilities in a floating-point type, got {self.dtype.name}")
        chances = backend.move(self.array, "cpu") if p is None else p
        drawn = _given(generator).bernoulli(chances, self._shape)
        return self._like_this(drawn.astype(self.dtype.numpy))

    def multinomial(self, num_samples: int, replacement: bool = False, *, generator: Generator | None = None) -> Tensor:
        """Draws indices with probabilities in proportion to the weights: (n,) or (rows, n) gives (..., num_samples).

        Raises:
            DTypeError: for types that are not floating-point.
            TensorError: for negative weights or none over 0, or more samples than weights.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0.0, 1.0, 0.0]).multinomial(1)
        tensor([1])
        """
        if not self.dtype.is_floating_point:
            raise DTypeError(f"input: needs weights in a floating-point type, got {self.dtype.name}")
        weights = np.asarray(backend.move(self.array, "cpu"), np.float64)
        return self._like_this(_given(generator).multinomial(weights, num_samples, replacement))

    def _like_this(self, array: Any) -> Any:
        return type(self).from_array(backend.move(array, self.device))

    def _continuous(self, name: str) -> None:
        if not self.dtype.is_floating_point:
            raise DTypeError(f"{name}_: its numbers are not whole ones, so it needs a floating-point type, "
                             f"got {self.dtype.name}")  # fmt: skip

    def exponential_(self, lambd: float = 1.0, *, generator: Generator | None = None) -> Self:
        """Exponentially distributed numbers with mean ``1 / lambd``.

        Raises:
            DTypeError: for types that are not floating-point.
            RangeError: for a rate that is not over 0.
        """
        self._continuous("exponential")
        return self._take(_given(generator).exponential(_over_0("lambd", lambd), self._shape))

    def cauchy_(self, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Self:
        """Cauchy-distributed numbers.

        Raises:
            DTypeError: for types that are not floating-point.
            RangeError: for a ``sigma`` that is not over 0.
        """
        self._continuous("cauchy")
        return self._take(_given(generator).cauchy(median, _over_0("sigma", sigma), self._shape))

    def log_normal_(self, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Self:
        """Exponentials of normal numbers.

        Raises:
            TensorError: for a ``std`` that is not over 0.
        """
        return self._take(_given(generator).log_normal(mean, std, self._shape))

    def geometric_(self, p: float, *, generator: Generator | None = None) -> Self:
        """Geometrically distributed whole numbers, as Torch7 has them.

        Raises:
            TensorError: for a probability that is not between 0 and 1.
        """
        return self._take(_given(generator).geometric(p, self._shape))


def _over_0(name: str, value: float) -> float:
    if not value > 0:
        raise RangeError(f"{name}: needs a number over 0, got {value}")
    return value


def _only(named: dict[str, Any], name: str, given: Any) -> Any:
    """An argument whose name is a word of Python's, out of the arguments given by name."""
    if set(named) - {name}:
        raise TypeError(f"unexpected argument {sorted(set(named) - {name})[0]!r}")
    return named.get(name, given)


def _given(chosen: Generator | None) -> Generator:
    return generator.default_generator if chosen is None else chosen
