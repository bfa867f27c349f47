"""The registry, filled: importing this module registers every family."""

# ruff: noqa: I001 - the order of the families in the documents
from lua_compat.mapping import containers, linear, convolution, pooling, normalization, activation, shape, table, criterion
from lua_compat.mapping.spec import FAMILIES, REGISTRY

__all__ = [
    *("FAMILIES", "REGISTRY"),
    *("activation", "containers", "convolution", "criterion", "linear", "normalization", "pooling", "shape", "table"),
]
