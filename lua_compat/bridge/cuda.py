"""Torch7's Cuda types where scripts are told to run on the CPU: element types of their own, in main memory.

A `torch.CudaTensor` then differs from a `torch.FloatTensor` in its element type's identity and name alone; numpy, and
with it every kernel, sees the same floats. What Python's own code makes of an array is of a plain type; `keeping_types`
turns what comes out of an operation on Cuda tensors into the namesake again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from pytorch_from_lua.tensor import Storage, Tensor
from pytorch_from_lua.tensor.dtype import BY_TORCH7, DType, float32

#: The plain element type, to its namesake: float32 to that of ``torch.CudaTensor``.
NAMESAKES = {plain: DType(plain.name, "Cuda" + ("" if plain is float32 else word)) for word, plain in BY_TORCH7.items()}
#: By the word in Torch7's class names, ``"Cuda"`` and ``"CudaLong"``.
BY_WORD = {made.torch7: made for made in NAMESAKES.values()}

_PLAIN = {made: plain for plain, made in NAMESAKES.items()}
_plain_storages: WeakKeyDictionary[Storage, Storage] = WeakKeyDictionary()


def _set(value: Tensor | Storage, dtype: DType) -> None:
    value.dtype = dtype
    if isinstance(value, Tensor) and value._kept is not None:
        value._kept.dtype = dtype


def named(value: Any) -> Any:
    """A new tensor or storage, now of the Cuda type of its own elements."""
    _set(value, NAMESAKES.get(value.dtype, value.dtype))
    return value


def keeping_types(function: Callable[..., Any]) -> Callable[..., Any]:
    """An operation whose new tensors have the Cuda type where its tensors have.

    Where an element type is among the arguments, it is that of the result. A storage made of a tensor's sizes stays
    what it is.
    """

    @functools.wraps(function)
    def operation(*args: Any) -> Any:
        found = function(*args)
        for made in found if type(found) is tuple else (found,):
            if isinstance(made, (Tensor, Storage)) and made.dtype in NAMESAKES:
                _settle(made, args)
        return found

    return operation


def _settle(made: Tensor | Storage, args: tuple[Any, ...]) -> None:
    if any(made is given for given in args):
        return
    for given in args:
        if type(given) is DType:
            if given.numpy == made.dtype.numpy:
                _set(made, given)
            return
    role = Tensor if isinstance(made, Tensor) else Storage
    if any(isinstance(given, role) and given.dtype in _PLAIN for given in args):
        named(made)


def plain(value: Tensor | Storage) -> Any:
    """The same elements as Python knows them: of a plain type, on the same memory."""
    dtype = _PLAIN.get(value.dtype)
    if dtype is None:
        return value
    storage = value if isinstance(value, Storage) else value._storage
    own = _plain_storages.get(storage)
    if own is None or own._buffer is not storage._buffer:
        own = _plain_storages[storage] = Storage.over(storage.buffer, dtype)
    if isinstance(value, Storage):
        return own
    return Tensor._make(own, value._offset, value._shape, value._stride)
