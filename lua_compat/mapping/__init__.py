"""The registry of Torch7's classes, and conversion in both directions."""

from lua_compat.mapping.files import load, save
from lua_compat.mapping.load import to_python
from lua_compat.mapping.objects import Table, TorchObject
from lua_compat.mapping.save import to_torch7

__all__ = ["Table", "TorchObject", "load", "save", "to_python", "to_torch7"]
