"""The object graph with tensors and storages as the file has them: class names kept, elements not read.

What shows files or converts them uses it, so that a ``torch.CudaTensor`` stays one.
"""

from __future__ import annotations

from typing import Any

from lua_compat.t7.builder import GraphBuilder
from lua_compat.t7.describe import Description, GraphDescriber, StorageOf, TensorOf
from lua_compat.t7.elements import Element, StorageData


class RawStorage:
    """A storage in a file.

    Attributes:
        data: its class, its size and its elements.
    """

    __slots__ = ("data",)

    def __init__(self, data: StorageData) -> None:
        self.data = data

    def array(self) -> Any:
        """The elements: the mapped file itself where that can be."""
        view = self.data.view()
        return self.data.load() if view is None else view


class RawTensor:
    """A tensor in a file; the offset counts from 0, and no dimensions are ``()``."""

    __slots__ = ("class_name", "offset", "shape", "storage", "stride")

    def __init__(
        self,
        class_name: str,
        offset: int,
        shape: tuple[int, ...],
        stride: tuple[int, ...],
        storage: RawStorage | None,
    ) -> None:
        self.class_name = class_name
        self.offset = offset
        self.shape = shape
        self.stride = stride
        self.storage = storage


class RawBuilder(GraphBuilder):
    """Builds the plain graph, with `RawTensor` and `RawStorage` in it."""

    def storage(self, data: StorageData) -> Any:
        """A storage whose elements are not touched."""
        return RawStorage(data)

    def tensor(
        self,
        class_name: str,
        element: Element,
        storage: Any,
        offset: int,
        shape: tuple[int, ...],
        stride: tuple[int, ...],
    ) -> Any:
        """A tensor under its own class name."""
        return RawTensor(class_name, offset, shape, stride, storage)


class RawDescriber(GraphDescriber):
    """Describes what `RawBuilder` builds."""

    def describe(self, value: Any) -> Description:
        """The description of a value."""
        if type(value) is RawStorage:
            return StorageOf(id(value), value.data.class_name, value.array())
        if type(value) is RawTensor:
            return TensorOf(id(value), value.class_name, value.offset, value.shape, value.stride, value.storage)
        return super().describe(value)
