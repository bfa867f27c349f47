"""The kernels, for Lua's ``nn``: ``require '_kernels'``. A file a family; see ``common.py`` for the conventions."""

from lua_compat.bridge.kernels import linear, loss, normalization, pointwise, shape, spatial
from lua_compat.bridge.kernels.common import FUNCTIONS

__all__ = ["FUNCTIONS", "linear", "loss", "normalization", "pointwise", "shape", "spatial"]
