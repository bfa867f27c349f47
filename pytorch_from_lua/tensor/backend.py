"""Where arrays live: numpy's on the CPU, CuPy's on a GPU. The only file that imports cupy."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from pytorch_from_lua.errors import DeviceError


def cupy() -> ModuleType:
    """The cupy module.

    Raises:
        DeviceError: where cupy is not installed, with what installs it.
    """
    try:
        import cupy as module
    except ImportError as error:
        raise DeviceError(
            "device: 'cuda' needs CuPy: pip install 'pytorch-from-lua[cuda12]' or 'pytorch-from-lua[cuda13]'"
        ) from error
    return module


class Device(str):
    """Where memory is: ``Device("cpu")``, ``Device("cuda:0")`` or ``Device("cuda", 0)``; a word that equals its name.

    Raises:
        DeviceError: for any other name, or a negative index.

    >>> Device("cuda", 1), Device("cuda", 1) == "cuda:1", Device("cpu").type
    (device(type='cuda', index=1), True, 'cpu')
    """

    __slots__ = ()

    def __new__(cls, type: str | int = "cpu", index: int | None = None) -> Device:
        """The device of that type and number; a number alone is a GPU's."""
        name = f"cuda:{type}" if isinstance(type, int) else type if index is None else f"{type}:{index}"
        kind, colon, number = name.partition(":")
        if kind not in ("cpu", "cuda") or bool(colon) is not number.isdigit():
            raise DeviceError(f"device: got {name!r}; allowed are 'cpu', 'cuda' and 'cuda:N'")
        return super().__new__(cls, name)

    @property
    def type(self) -> str:
        """``"cpu"`` or ``"cuda"``."""
        return str(self.partition(":")[0])  # which is the device itself where there is no colon

    @property
    def index(self) -> int | None:  # type: ignore[override]  # str's search for a part, which no device needs
        """The number of the GPU, or None."""
        number = self.partition(":")[2]
        return int(number) if number else None

    def __repr__(self) -> str:
        number = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{number})"


CPU = Device("cpu")


def is_gpu(array: Any) -> bool:
    """Whether the array is CuPy's, told without importing cupy."""
    return not isinstance(array, np.ndarray) and type(array).__module__.partition(".")[0] == "cupy"


def namespace(array: Any) -> Any:
    """The module whose functions work on this array: numpy or cupy."""
    return cupy() if is_gpu(array) else np


def device_of(array: Any) -> Device:
    """``"cpu"``, or ``"cuda:0"`` with the number of the GPU that holds the array."""
    return Device("cuda", array.device.id) if is_gpu(array) else CPU


def move(array: Any, device: str) -> Any:
    """The array on the device named ``"cpu"``, ``"cuda"`` or ``"cuda:N"``; itself where it is there already.

    Raises:
        DeviceError: for any other name, or where there is no such device.
    """
    kind, _, number = device.partition(":")
    if kind == "cpu":
        return cupy().asnumpy(array) if is_gpu(array) else array
    if kind != "cuda" or (number and not number.isdigit()):
        raise DeviceError(f"device: got {device!r}; allowed are 'cpu', 'cuda' and 'cuda:N'")
    module = cupy()
    try:
        with module.cuda.Device(int(number) if number else module.cuda.Device().id):
            return module.asarray(array)
    except module.cuda.runtime.CUDARuntimeError as error:
        raise DeviceError(f"device: {device!r} cannot be used: {error}") from error


def beside(array: Any, like: Any) -> Any:
    """The array where ``like``, another one, is: itself, or a copy."""
    return array if is_gpu(array) == is_gpu(like) else move(array, device_of(like))


def strided(buffer: Any, dtype: np.dtype[Any], shape: Sequence[int], offset: int, strides: Sequence[int]) -> Any:
    """A view of the one-dimensional ``buffer``; ``offset`` and ``strides`` are counted in elements."""
    size = dtype.itemsize
    steps = tuple([s * size for s in strides])
    if isinstance(buffer, np.ndarray):
        return np.ndarray(tuple(shape), dtype, buffer, offset * size, steps)
    module = cupy()
    return module.ndarray(tuple(shape), dtype, memptr=buffer.data + offset * size, strides=steps)
