"""The kernels, for Lua's ``nn``: ``require '_kernels'``. A file a family; see ``common.py`` for the conventions."""

from lua_compat.bridge.kernels import (
    comparison,
    convolution,
    linear,
    loss,
    normalization,
    padding,
    pointwise,
    pooling,
    shape,
    sparse,
    upsampling,
    volumetric_pooling,
)
from lua_compat.bridge.kernels.common import FUNCTIONS

__all__ = [
    "FUNCTIONS",
    "comparison",
    "convolution",
    "linear",
    "loss",
    "normalization",
    "padding",
    "pointwise",
    "pooling",
    "shape",
    "sparse",
    "upsampling",
    "volumetric_pooling",
]
