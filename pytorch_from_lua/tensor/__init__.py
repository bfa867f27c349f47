"""Storages, tensors, element types and random numbers."""

import sys
from types import ModuleType

from pytorch_from_lua.tensor.creation import tensor as _tensor
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.generator import Generator
from pytorch_from_lua.tensor.storage import Storage
from pytorch_from_lua.tensor.tensor import Tensor

__all__ = ["DType", "Generator", "Storage", "Tensor"]


class _Package(ModuleType):
    """This package, which is called too: ``pytorch_from_lua.tensor([1, 2])`` makes a tensor, as in PyTorch."""

    __call__ = staticmethod(_tensor)


sys.modules[__name__].__class__ = _Package
