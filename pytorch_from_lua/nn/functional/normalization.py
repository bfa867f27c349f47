"""Normalisation by statistics."""

from __future__ import annotations

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DTypeError
from pytorch_from_lua.tensor import Tensor


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """``(x - mean) / sqrt(var + eps) * weight + bias`` for each index of dimension 1 (Ioffe and Szegedy, 2015).

    In training the statistics are the batch's own, and move the running ones by ``momentum``; else, the running ones.
    """
    if not input.dtype.is_floating_point:  # told before the running statistics move
        raise DTypeError(f"input: batch_norm needs a floating-point type, got {input.dtype.name}")
    own = training or running_mean is None
    result = apply(
        "batch_norm",
        input,
        weight,
        bias,
        mean=None if running_mean is None else running_mean.array,
        var=None if running_var is None else running_var.array,
        training=own,
        momentum=momentum,
        eps=eps,
    )
    for running in (running_mean, running_var):
        if own and running is not None:
            running.bump()
    return result  # type: ignore[no-any-return]


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """``x / max(norm(x), eps)`` along ``dim``."""
    length = apply("clamp", apply("norm", input, p=p, dim=dim, keepdim=True), min=eps)
    return apply("div", input, length)  # type: ignore[no-any-return]
