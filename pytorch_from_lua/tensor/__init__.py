"""Storages, tensors, element types and random numbers."""

from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.generator import Generator
from pytorch_from_lua.tensor.storage import Storage
from pytorch_from_lua.tensor.tensor import Tensor

__all__ = ["DType", "Generator", "Storage", "Tensor"]
