"""Which classes are tensors and storages, what their elements are, and where in a file these lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pytorch_from_lua.tensor import dtype as dtypes


class Element(NamedTuple):
    """What a tensor or storage class holds.

    Attributes:
        dtype: the element type in memory.
        cuda: whether the class lived on a GPU; in the file its elements look the same.
        is_long: whether an element takes as many bytes in the file as the writing machine's ``long``.
    """

    dtype: dtypes.DType
    cuda: bool
    is_long: bool

    def in_file(self, long_size: int) -> np.dtype[Any]:
        """The little-endian type of an element in a binary file."""
        return np.dtype(f"<i{long_size}") if self.is_long else self.dtype.numpy.newbyteorder("<")


def _classes(suffix: str) -> dict[str, Element]:
    found = {}
    for word, dtype in dtypes.BY_TORCH7.items():
        is_long = dtype is dtypes.int64
        found[f"torch.{word}{suffix}"] = Element(dtype, False, is_long)
        cuda_word = "" if word == "Float" else word  # torch.CudaTensor holds floats
        found[f"torch.Cuda{cuda_word}{suffix}"] = Element(dtype, True, is_long)
    return found


TENSORS = _classes("Tensor")
STORAGES = _classes("Storage")


def storage_class_of(tensor_class: str) -> str:
    """The class of the storage that a tensor of that class has."""
    return tensor_class.removesuffix("Tensor") + "Storage"


class StorageData:
    """The elements of one storage in a file, not read yet.

    Attributes:
        class_name: the storage's class, such as ``"torch.FloatStorage"``.
        element: what it holds.
        count: how many elements.
        lazy: whether reading may wait until the elements are used; then the file stays mapped until that.
    """

    __slots__ = ("_load", "_view", "class_name", "count", "element", "lazy")

    def __init__(
        self,
        class_name: str,
        count: int,
        load: Callable[[], np.ndarray[Any, Any]],
        view: np.ndarray[Any, Any] | None = None,
        lazy: bool = False,
    ) -> None:
        self.class_name = class_name
        self.element = STORAGES[class_name]
        self.count = count
        self.lazy = lazy
        self._load = load
        self._view = view

    def view(self) -> np.ndarray[Any, Any] | None:
        """A writable array over the mapped file, private to this process; None where the elements must be copied."""
        return self._view

    def load(self) -> np.ndarray[Any, Any]:
        """The elements in memory of their own."""
        return self._load().astype(self.element.dtype.numpy)

    def stored(self) -> np.ndarray[Any, Any]:
        """The elements where they are, not to be written to: in a file they may be unaligned or of another width."""
        return self._load() if self._view is None else self._view
