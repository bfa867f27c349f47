"""Initialisers: fill a tensor in place, drawing from the default generator (PyTorch's ``nn.init``)."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.generator import default_generator

T = TypeVar("T", bound=Tensor)

#: What each nonlinearity asks of the standard deviation before it (PyTorch's ``calculate_gain``).
GAINS: dict[str, Callable[[float], float]] = {
    "linear": lambda _: 1.0,
    "conv2d": lambda _: 1.0,
    "sigmoid": lambda _: 1.0,
    "tanh": lambda _: 5.0 / 3.0,
    "relu": lambda _: math.sqrt(2.0),
    "leaky_relu": lambda slope: math.sqrt(2.0 / (1.0 + slope * slope)),
    "selu": lambda _: 0.75,
}


class _Mode(threading.local):
    skipping = False


_MODE = _Mode()


@contextmanager
def skipped() -> Iterator[None]:
    """Leaves tensors as they are while the block runs, in this thread: for modules whose values are set afterwards.

    No random numbers are drawn, and the memory of large parameters is never touched.
    """
    before, _MODE.skipping = _MODE.skipping, True
    try:
        yield
    finally:
        _MODE.skipping = before


def is_skipping() -> bool:
    """Whether tensors are left as they are at the moment; see `skipped`."""
    return _MODE.skipping


def calculate_gain(nonlinearity: str, param: float = 0.01) -> float:
    """The factor for the standard deviation of weights before ``nonlinearity``.

    >>> calculate_gain("relu") == 2 ** 0.5
    True
    """
    if nonlinearity not in GAINS:
        raise ModuleError(f"nonlinearity: got {nonlinearity!r}; allowed are {', '.join(sorted(GAINS))}")
    return GAINS[nonlinearity](param)


def fans(tensor: Tensor) -> tuple[int, int]:
    """How many inputs and outputs one element of the weight takes part in: (fan_in, fan_out)."""
    if tensor.ndim < 2:
        raise ShapeError(f"tensor: needs 2 dimensions or more, got shape {tensor.shape}")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0) -> T:
    """Values from U(a, b)."""
    if not _MODE.skipping:
        tensor.array[...] = default_generator.uniform(a, b, tensor.shape)
        tensor.bump()
    return tensor


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0) -> T:
    """Values from N(mean, std^2)."""
    if not _MODE.skipping:
        tensor.array[...] = default_generator.normal(mean, std, tensor.shape)
        tensor.bump()
    return tensor


def constant_(tensor: T, value: float) -> T:
    """Every element ``value``."""
    if not _MODE.skipping:
        tensor.array[...] = value
        tensor.bump()
    return tensor


def zeros_(tensor: T) -> T:
    """Every element 0."""
    return constant_(tensor, 0.0)


def ones_(tensor: T) -> T:
    """Every element 1."""
    return constant_(tensor, 1.0)


def xavier_uniform_(tensor: T, gain: float = 1.0) -> T:
    """U(-b, b) with b = gain * sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    bound = gain * math.sqrt(6.0 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound)


def xavier_normal_(tensor: T, gain: float = 1.0) -> T:
    """N(0, s^2) with s = gain * sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(fans(tensor))))


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ModuleError(f"mode: got {mode!r}; allowed are 'fan_in' and 'fan_out'")
    fan_in, fan_out = fans(tensor)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan_in if mode == "fan_in" else fan_out)


def kaiming_uniform_(tensor: T, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> T:
    """U(-b, b) with b = gain * sqrt(3 / fan) (He et al., 2015)."""
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound)


def kaiming_normal_(tensor: T, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> T:
    """N(0, s^2) with s = gain / sqrt(fan) (He et al., 2015)."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity))


def fan_in_uniform_(tensor: T, fan_in: int) -> T:
    """U(-1/sqrt(fan_in), 1/sqrt(fan_in)): what Torch7's and PyTorch's layers start from (LeCun et al., 1998)."""
    bound = 1.0 / math.sqrt(fan_in) if fan_in > 0 else 0.0
    return uniform_(tensor, -bound, bound)


def _set(tensor: T, values: np.ndarray[Any, Any]) -> T:
    tensor.array[...] = values
    tensor.bump()
    return tensor


def eye_(tensor: T) -> T:
    """A 1 where row and column are the same, else 0.

    Raises:
        ShapeError: for anything but 2 dimensions.
    """
    if tensor.ndim != 2:
        raise ShapeError(f"tensor: eye_ needs 2 dimensions, got shape {tensor.shape}")
    return tensor if _MODE.skipping else _set(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def dirac_(tensor: T, groups: int = 1) -> T:
    """Weights of a convolution that gives its input back, as many channels as there are, in each group.

    Raises:
        ShapeError: for anything but 3, 4 or 5 dimensions, or a first size that groups do not divide.
    """
    if tensor.ndim not in (3, 4, 5) or groups < 1 or tensor.shape[0] % groups:
        raise ShapeError(
            f"tensor: dirac_ needs 3, 4 or 5 dimensions, the first divided by {groups} groups, got {tensor.shape}"
        )
    values = np.zeros(tensor.shape)
    each = tensor.shape[0] // groups
    middle = tuple([size // 2 for size in tensor.shape[2:]])
    for group in range(groups):
        for channel in range(min(each, tensor.shape[1])):
            values[group * each + channel, channel][middle] = 1
    return tensor if _MODE.skipping else _set(tensor, values)


def trunc_normal_(tensor: T, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0) -> T:
    """Values from N(mean, std^2) between ``a`` and ``b``, by the inverse of its distribution function.

    Raises:
        ModuleError: for an ``a`` above ``b``.
    """
    if a > b:
        raise ModuleError(f"a: needs to be at most b, got {a} and {b}")
    if _MODE.skipping:
        return tensor
    low, high = [(1 + math.erf((end - mean) / std / math.sqrt(2))) / 2 for end in (a, b)]
    drawn = Tensor.from_array(default_generator.uniform(2 * low - 1, 2 * high - 1, tensor.shape))
    return _set(tensor, np.clip(drawn.erfinv().array * (std * math.sqrt(2)) + mean, a, b))


def orthogonal_(tensor: T, gain: float = 1.0) -> T:
    """Rows, of all but the first dimension, that are orthogonal and of length ``gain``; columns where there are fewer
    (Saxe et al., 2014).

    Raises:
        ShapeError: for fewer than 2 dimensions.
    """
    if tensor.ndim < 2:
        raise ShapeError(f"tensor: orthogonal_ needs 2 dimensions or more, got shape {tensor.shape}")
    if _MODE.skipping or tensor.numel() == 0:
        return tensor
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    drawn = default_generator.normal(0.0, 1.0, (rows, columns))
    q, r = np.linalg.qr(drawn.T if rows < columns else drawn)
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)  # or the distribution is not even
    return _set(tensor, gain * (q.T if rows < columns else q).reshape(tensor.shape))


def sparse_(tensor: T, sparsity: float, std: float = 0.01) -> T:
    """Values from N(0, std^2), a part ``sparsity`` of each column 0 (Martens, 2010).

    Raises:
        ShapeError: for anything but 2 dimensions.
        ModuleError: for a ``sparsity`` outside of 0 to 1.
    """
    if tensor.ndim != 2:
        raise ShapeError(f"tensor: sparse_ needs 2 dimensions, got shape {tensor.shape}")
    if not 0.0 <= sparsity <= 1.0:
        raise ModuleError(f"sparsity: lies between 0 and 1, got {sparsity}")
    if _MODE.skipping:
        return tensor
    rows, columns = tensor.shape
    values = default_generator.normal(0.0, std, tensor.shape)
    for column in range(columns):
        order = np.argsort(default_generator.uniform(0.0, 1.0, (rows,)))
        values[order[: math.ceil(sparsity * rows)], column] = 0
    return _set(tensor, values)
