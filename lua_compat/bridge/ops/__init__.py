"""The tensor operations that Lua calls: ``require '_ops'`` gives the functions below by their names.

A family a file; `common.FUNCTIONS` collects them. Which of Torch7's names and calling forms lead to which function
stands in ``lua/torch/operations.lua``.
"""

from lua_compat.bridge.ops import (
    creation,
    display,
    filters,
    indexing,
    lapack,
    ordering,
    pointwise,
    products,
    random,
    reduction,
    views,
)
from lua_compat.bridge.ops.common import FUNCTIONS

__all__ = [
    "FUNCTIONS",
    "creation",
    "display",
    "filters",
    "indexing",
    "lapack",
    "ordering",
    "pointwise",
    "products",
    "random",
    "reduction",
    "views",
]
