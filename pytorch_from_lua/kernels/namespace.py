"""What all kernels share: the namespace of an array, shape checks, and how a parameter's gradient is handed over."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.errors import RangeError, ShapeError

Array = Any
"""A numpy or cupy array. The two share no base class, so there is nothing more exact to say."""

Pair = int | tuple[int, int]
"""One number for both directions of an image, or (rows, columns)."""


def namespace(x: Array) -> Any:
    """Return the module whose functions work on ``x``: numpy, or cupy where ``x`` is one of its arrays.

    Args:
        x: an array, a numpy scalar or a Python number.

    >>> import numpy
    >>> namespace(numpy.ones(3)) is numpy
    True
    """
    if isinstance(x, np.ndarray):
        return np
    # An array of cupy's can only exist once cupy is imported, so nothing needs to be imported to find out.
    return sys.modules["cupy"] if type(x).__module__.partition(".")[0] == "cupy" else np


def on_host(function: Callable[..., Any], *arrays: Any) -> Any:
    """Return ``function(*arrays)``, computed on the CPU: for what CuPy does not have.

    Args:
        function: takes numpy's arrays, and returns one, or a tuple of some.
        arrays: numpy's or CuPy's, or anything that is no array.

    Returns:
        What the function does, moved to where the first of CuPy's arrays is.
    """
    there = next((a for a in arrays if namespace(a) is not np), None)
    if there is None:
        return function(*arrays)
    xp = namespace(there)
    found = function(*[a if namespace(a) is np else xp.asnumpy(a) for a in arrays])
    with there.device:
        return tuple([xp.asarray(f) for f in found]) if isinstance(found, tuple) else xp.asarray(found)


#: The element types with which CuPy's ``ufunc.at`` can be used. It takes the larger of two floating-point numbers in
#: single precision, and of a NaN and a number the number.
_INTEGERS = ("int32", "int64", "uint32", "uint64")
_AT = {
    "add": (*_INTEGERS, "float16", "float32", "float64"),
    "maximum": _INTEGERS,
    "minimum": _INTEGERS,
    "multiply": (),
}


def at(name: str, x: Array, places: Any, values: Any) -> None:
    """Do ``x[places] = name(x[places], values)`` for each place as often as it is named, as numpy's ``ufunc.at``.

    Args:
        name: "add", "multiply", "maximum" or "minimum".
        x: what is changed in place.
        places: an index array, or a tuple of them.
        values: an array that broadcasts to the places, or a number.
    """
    xp = namespace(x)
    if xp is np or x.dtype.name in _AT[name]:
        getattr(xp, name).at(x, places, values)
        return
    several = isinstance(places, tuple)

    def changed(x: Array, values: Any, *places: Any) -> Array:
        getattr(np, name).at(x, places if several else places[0], values)
        return x

    x[...] = on_host(changed, x, values, *(places if several else (places,)))


def pair(value: Pair, name: str, smallest: int = 0) -> tuple[int, int]:
    """Return ``value`` as (rows, columns).

    Raises:
        ShapeError: it is neither a number nor two of them, or one is under ``smallest``.
    """
    both = (value, value) if isinstance(value, int) else tuple(value)
    if len(both) != 2 or min(both) < smallest:
        raise ShapeError(f"{name}: needs a number or two of at least {smallest}, got {value}")
    return int(both[0]), int(both[1])


def check_shape(name: str, array: Array, shape: tuple[int, ...]) -> None:
    """Raise ShapeError where ``array`` has another shape than ``shape``."""
    if array.shape != shape:
        raise ShapeError(f"{name}: needs shape {shape}, got {array.shape}")


def check_option(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    """Raise RangeError where ``value`` is none of ``allowed``."""
    if value not in allowed:
        raise RangeError(f"{name}: got {value!r}; allowed are {', '.join(map(repr, allowed))}")


def deliver(gradient: Array, out: Array | None, scale: float, accumulate: bool) -> Array:
    """Hand over the gradient of a parameter: ``out += scale * gradient`` or ``out = scale * gradient``.

    ``gradient`` is an array that nothing else holds: it may be scaled in place.
    """
    if scale != 1.0:
        gradient = namespace(gradient).multiply(gradient, scale, out=gradient)
    if out is None:
        return gradient
    check_shape("out", out, gradient.shape)
    if accumulate:
        out += gradient
    else:
        out[...] = gradient
    return out
