"""The kernels, for Lua's ``nn``: ``require '_kernels'``. A file a family; see ``common.py`` for the conventions."""

from lua_compat.bridge.kernels import (
    comparison,
    connected,
    convolution,
    linear,
    loss,
    normalization,
    optimizer,
    padding,
    pair_loss,
    pairs,
    pointwise,
    pooling,
    shape,
    sparse,
    temporal,
    upsampling,
    volumetric_pooling,
)
from lua_compat.bridge.kernels.common import FUNCTIONS

__all__ = [
    "FUNCTIONS",
    "comparison",
    "connected",
    "convolution",
    "linear",
    "loss",
    "normalization",
    "optimizer",
    "padding",
    "pair_loss",
    "pairs",
    "pointwise",
    "pooling",
    "shape",
    "sparse",
    "temporal",
    "upsampling",
    "volumetric_pooling",
]
