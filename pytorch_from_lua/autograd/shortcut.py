"""The short way for operations of which nothing is recorded: from arrays to the result, with no rule between.

A method takes it where the arguments are the usual ones. Wherever anything is unusual the functions here give None, and
the method goes on the long way, which also says what is wrong.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import numpy as np

from pytorch_from_lua.autograd.graph import tensor_type
from pytorch_from_lua.autograd.quiet import silent
from pytorch_from_lua.autograd.record import CLASSES, wrap
from pytorch_from_lua.tensor.dtype import DType, float32, float64, int64

F = TypeVar("F", bound=Callable[..., Any])
_ndarray, _asarray = np.ndarray, np.asarray
_FLOATS = (float32, float64)
#: What a function raises that cannot do with its arguments, or (RuntimeError) while another thread is in `silent`.
_REFUSED = (RuntimeError, ValueError, TypeError, OverflowError, IndexError, MemoryError)


def _fresh(array: Any, dtype: DType) -> Any:
    global _fresh
    _fresh = tensor_type()._over
    return _fresh(array, dtype)


def over(array: Any, dtype: DType) -> Any:
    """A tensor over a row-major numpy array of that type, which nobody else holds."""
    return _fresh(array, dtype)


def readable(x: Any) -> Any:
    """The numpy array of a tensor of which nothing is recorded, or None."""
    if x.__class__ not in CLASSES or x.requires_grad:
        return None
    base = x._base
    if base is not None and base[0].grad_fn is not base[1]:
        return None
    kept = x._kept
    a = x._array if kept is None or kept._buffer is x._seen else x.array
    return a if a.__class__ is _ndarray else None


def floats(x: Any) -> Any:
    """`readable`, for tensors of float32 and float64."""
    return readable(x) if x.dtype in _FLOATS else None


def computed(dtype: DType, function: Callable[..., Any], *args: Any) -> Any:
    """``function(*args)`` as a tensor of that type, a new array of which the function gives; None where it raised."""
    try:
        out = silent(function, *args)
    except _REFUSED:
        return None
    if out.__class__ is not _ndarray:
        out = _asarray(out)
    if out.dtype is dtype.numpy and out.base is None and (out.ndim < 2 or out.flags.c_contiguous):
        return _fresh(out, dtype)
    return wrap(out)


def short(function: Callable[..., Any], tensors: Sequence[Any], *numbers: Any) -> Any:
    """``function(*arrays, *numbers)`` of tensors that are all of float32 or all of float64, or None."""
    dtype = tensors[0].dtype
    if dtype not in _FLOATS:
        return None
    args = []
    for x in tensors:
        if x.__class__ not in CLASSES or x.dtype is not dtype or x.requires_grad:
            return None
        base = x._base
        if base is not None and base[0].grad_fn is not base[1]:
            return None
        kept = x._kept
        a = x._array if kept is None or kept._buffer is x._seen else x.array
        if a.__class__ is not _ndarray:
            return None
        args.append(a)
    return computed(dtype, function, *args, *numbers)


_ABSENT: Any = object()


def reduction(
    method: Callable[..., Any],
    plain: Callable[..., Any],
    whole: Callable[..., Any] | None = None,
    along: Callable[..., Any] | None = None,
    kind: DType | None = None,
    pair: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    """A method of a tensor and perhaps a dimension.

    Args:
        method: what it is with any arguments.
        plain: what it is without one.
        whole: ``whole(array)``, a new array or a scalar of ``kind``: the same of floating-point elements, unrecorded.
        along: ``along(array, dim)``, likewise along a dimension.
        kind: the element type of the result; that of the tensor where None.
        pair: what becomes of two results along a dimension, the second of int64, where there are two.
    """
    classes = CLASSES

    def run(self: Any, dim: Any = _ABSENT, /, *args: Any, **options: Any) -> Any:
        if args or options:
            return method(self, *(() if dim is _ABSENT else (dim,)), *args, **options)
        function = whole if dim is _ABSENT else along if dim.__class__ is int else None
        if function is not None and self.__class__ in classes and not self.requires_grad:
            dtype = self.dtype
            base = self._base
            if (base is None or base[0].grad_fn is base[1]) and (dtype is float32 or dtype is float64):
                kept = self._kept
                a = self._array if kept is None or kept._buffer is self._seen else self.array
                if a.__class__ is _ndarray:
                    try:
                        out = silent(function, a) if dim is _ABSENT else silent(function, a, dim)
                    except _REFUSED:
                        out = None  # the long way says what is wrong
                    if out is not None:
                        if pair is not None:
                            return pair(_fresh(_asarray(out[0]), dtype), _fresh(_asarray(out[1]), int64))
                        if out.__class__ is not _ndarray:
                            out = _asarray(out)
                        if out.ndim < 2 or (out.base is None and out.flags.c_contiguous):
                            return _fresh(out, dtype if kind is None else kind)
                        return wrap(out)
        return plain(self) if dim is _ABSENT else method(self, dim)

    return run


def writable(x: Any) -> Any:
    """The numpy array of a floating-point tensor whose elements can be written with nothing recorded, or None."""
    return None if 0 in x._stride or x.dtype not in _FLOATS else readable(x)


def fill(there: Any, value: Any) -> bool:
    """Makes every element of an array a number; false where it could not."""
    try:
        silent(there.fill, value)
    except _REFUSED:
        return False
    return True


def product(dims: tuple[int, ...], others: tuple[int, ...]) -> Callable[[F], F]:
    """A method that is numpy's ``dot`` of two tensors with so many dimensions, 1 or 2, or both."""
    classes, multiply = CLASSES, np.dot

    def decorated(method: F) -> F:
        def run(self: Any, other: Any = _ABSENT, /, **named: Any) -> Any:
            if other is _ABSENT or named:
                return method(self, *(() if other is _ABSENT else (other,)), **named)
            if self.__class__ not in classes or other.__class__ not in classes:
                return method(self, other)
            dtype = self.dtype
            if self.requires_grad or other.requires_grad or other.dtype is not dtype or dtype not in _FLOATS:
                return method(self, other)
            kept = self._kept
            a = self._array if kept is None or kept._buffer is self._seen else self.array
            kept = other._kept
            b = other._array if kept is None or kept._buffer is other._seen else other.array
            if a.__class__ is not _ndarray or b.__class__ is not _ndarray or a.ndim not in dims or b.ndim not in others:
                return method(self, other)
            base = self._base
            if base is not None and base[0].grad_fn is not base[1]:
                return method(self, other)
            base = other._base
            if base is not None and base[0].grad_fn is not base[1]:
                return method(self, other)
            try:
                out = silent(multiply, a, b)
            except _REFUSED:
                return method(self, other)
            return _fresh(out if out.__class__ is _ndarray else _asarray(out), dtype)

        return cast(F, functools.wraps(method)(run))

    return decorated
