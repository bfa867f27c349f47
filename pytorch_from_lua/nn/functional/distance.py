"""Distances and similarities."""

from __future__ import annotations

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.tensor import Tensor


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """``x1 . x2 / (max(norm(x1), eps) * max(norm(x2), eps))`` along ``dim``."""
    lengths = [apply("clamp", apply("norm", x, p=2, dim=dim), min=eps) for x in (x1, x2)]
    dot = apply("sum", apply("mul", x1, x2), dim=dim)
    return apply("div", dot, apply("mul", *lengths))  # type: ignore[no-any-return]
