"""Windows for signals: numbers that rise from the edges to the middle, (n,)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.errors import DTypeError, ShapeError
from pytorch_from_lua.tensor.creation import chosen_dtype, made
from pytorch_from_lua.tensor.tensor import Tensor

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import DTypeLike


def _window(name: str, length: int, periodic: bool, formula: Any, dtype: Any, device: Any, grad: bool) -> Tensor:
    """``formula(k, span)`` for k = 0 .. length - 1; a periodic window leaves out the end of a symmetric one."""
    kind = chosen_dtype(dtype)
    if length < 0:
        raise ShapeError(f"window_length: must not be negative, got {length}")
    if not kind.is_floating_point:
        raise DTypeError(f"dtype: {name} needs a floating-point type, got {kind.name}")
    span = length if periodic else length - 1
    numbers = formula(np.arange(length, dtype="float64"), span) if length > 1 else np.ones(length)
    return made(numbers.astype(kind.numpy), device, grad)


def _cosines(*weights: float) -> Any:
    """``w0 - w1 cos(2πk / span) + w2 cos(4πk / span)``."""

    def formula(k: Any, span: int) -> Any:
        return sum((-1) ** i * w * np.cos(2 * math.pi * i * k / span) for i, w in enumerate(weights))

    return formula


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``(1 - cos(2πk / n)) / 2``; with n - 1 where the window is not periodic but symmetric.

    Raises:
        ShapeError: for a negative length.
        DTypeError: for types that are not floating-point.

    >>> hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _window("hann_window", window_length, periodic, _cosines(0.5, 0.5), dtype, device, requires_grad)


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``alpha - beta cos(2πk / n)``; the other arguments and errors are those of `hann_window`.

    >>> hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    return _window("hamming_window", window_length, periodic, _cosines(alpha, beta), dtype, device, requires_grad)


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``0.42 - 0.5 cos(2πk / n) + 0.08 cos(4πk / n)``; arguments and errors are those of `hann_window`.

    >>> blackman_window(4).abs()
    tensor([1.3878e-17, 3.4000e-01, 1.0000e+00, 3.4000e-01])
    """
    formula = _cosines(0.42, 0.5, 0.08)
    return _window("blackman_window", window_length, periodic, formula, dtype, device, requires_grad)


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``1 - |2k / n - 1|``; arguments and errors are those of `hann_window`.

    >>> bartlett_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _window(
        "bartlett_window",
        window_length,
        periodic,
        lambda k, span: 1 - np.abs(2 * k / span - 1),
        dtype,
        device,
        requires_grad,
    )


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``I0(beta √(1 - (2k / n - 1)²)) / I0(beta)``; the other arguments and errors are those of `hann_window`.

    >>> kaiser_window(3, periodic=False)
    tensor([5.2773e-05, 1.0000e+00, 5.2773e-05])
    """

    def formula(k: Any, span: int) -> Any:
        inside = np.maximum(1 - (2 * k / span - 1) ** 2, 0.0)
        return np.i0(beta * np.sqrt(inside)) / np.i0(beta)

    return _window("kaiser_window", window_length, periodic, formula, dtype, device, requires_grad)
