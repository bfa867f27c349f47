"""What each module is in PyTorch, and whole models as its source."""

from lua_compat.export.pytorch.expressions import expression

__all__ = ["expression"]
