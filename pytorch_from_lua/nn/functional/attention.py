"""Attention, and samples of a softmax that gradients go through."""

from __future__ import annotations

import math

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.nn.functional.dropout import dropout
from pytorch_from_lua.tensor import Tensor, backend
from pytorch_from_lua.tensor.generator import default_generator


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """``softmax((x + g) / tau)`` with noise of Gumbel's distribution (Jang et al., 2017; Maddison et al., 2017).

    Args:
        logits: of any shape.
        tau: the temperature, above 0.
        hard: whether the result is a 1 at the largest and else 0; the gradient is the soft one's.
        eps: has no effect, as in PyTorch.
        dim: along which the result sums up to 1.

    Raises:
        RangeError: for a ``tau`` that is not above 0.
    """
    if not tau > 0:
        raise RangeError(f"gumbel_softmax: tau needs to be above 0, got {tau}")
    exponential = -np.log1p(-default_generator.uniform(0.0, 1.0, logits.shape))
    noise = -np.log(np.maximum(exponential, np.finfo(np.float64).tiny))
    soft = apply("softmax", (logits + Tensor.from_array(noise.astype(logits.dtype.numpy), logits)) / tau, dim=dim)
    if not hard:
        return soft  # type: ignore[no-any-return]
    values = soft.detach().array
    xp = backend.namespace(values)
    largest = xp.zeros_like(values)
    xp.put_along_axis(largest, xp.expand_dims(values.argmax(dim), dim), 1, dim)
    return Tensor.from_array(largest - values) + soft  # type: ignore[no-any-return]


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """``softmax(Q K^T scale + mask) V`` (Vaswani et al., 2017).

    Args:
        query: ``(..., L, E)``.
        key: ``(..., S, E)``.
        value: ``(..., S, V)``.
        attn_mask: broadcast to ``(..., L, S)``: true where attention is allowed, or numbers that are added.
        dropout_p: the probability with which a weight is 0.
        is_causal: whether place i sees no key after i; there is no mask then.
        scale: ``1 / sqrt(E)`` where None.

    Returns:
        ``(..., L, V)``.

    Raises:
        RangeError: for a mask where ``is_causal``.
        ShapeError: for widths that differ.
    """
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(
            "scaled_dot_product_attention: needs query (..., L, E), key (..., S, E) and value (..., S, V), got "
            f"{query.shape}, {key.shape} and {value.shape}"
        )
    if is_causal and attn_mask is not None:
        raise RangeError("scaled_dot_product_attention: is_causal makes a mask of its own, and attn_mask is given")
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = query @ key.transpose(-2, -1) * factor
    if is_causal:
        attn_mask = Tensor.from_array(np.tri(query.shape[-2], key.shape[-2], dtype=bool), query)
    if attn_mask is not None and attn_mask.dtype.name == "bool":
        scores = apply("where", attn_mask, scores, -math.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    weights = apply("softmax", scores, dim=-1)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p)
    return weights @ value  # type: ignore[no-any-return]
