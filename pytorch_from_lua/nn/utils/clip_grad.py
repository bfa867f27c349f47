"""Gradients that became too large, cut down (PyTorch's ``nn.utils.clip_grad``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.tensor import Tensor


def _several(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [parameters] if isinstance(parameters, Tensor) else list(parameters)


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Any]:
    return [p.grad for p in _several(parameters) if p.grad is not None]


def get_total_norm(
    tensors: Tensor | Iterable[Tensor], norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """The norm of all tensors as one vector.

    Args:
        tensors: one or several.
        norm_type: the p of the norm; ``inf`` for the largest magnitude.
        error_if_nonfinite: whether a norm that is infinite or not a number is an error.

    Raises:
        ModuleError: for such a norm.
    """
    items = _several(tensors)
    if not items:
        return Tensor.from_array(np.zeros((), np.float32))
    norms = np.array([float(t.detach().norm(p=norm_type).item()) for t in items])
    total = norms.max() if norm_type == np.inf else np.linalg.norm(norms, norm_type)
    if error_if_nonfinite and not np.isfinite(total):
        raise ModuleError(f"get_total_norm: the norm of order {norm_type} is {total}")
    return Tensor.from_array(np.asarray(total, items[0].dtype.numpy), items[0])


def clip_grads_with_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor) -> None:
    """Scales the gradients by ``max_norm / total_norm`` where that is below 1."""
    scale = float(max_norm) / (float(total_norm.item()) + 1e-6)
    if scale < 1.0 or scale != scale:
        for g in _gradients(parameters):
            g.detach().mul_(scale)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Scales the gradients of all parameters so that their norm, as one vector, is at most ``max_norm``
    (Pascanu et al., 2013).

    Args:
        parameters: one or several; those without a gradient count for nothing.
        max_norm: the largest norm.
        norm_type: the p of the norm; ``inf`` for the largest magnitude.
        error_if_nonfinite: whether a norm that is infinite or not a number is an error; the gradients stay then.

    Returns:
        The norm before.

    Raises:
        ModuleError: for such a norm.

    >>> from pytorch_from_lua import nn, tensor
    >>> p = nn.Parameter(tensor([0.0, 0.0]))
    >>> p.grad = tensor([3.0, 4.0])
    >>> clip_grad_norm_([p], 1.0)
    tensor(5.)
    >>> p.grad
    tensor([0.6000, 0.8000])
    """
    items = _several(parameters)
    total = get_total_norm(_gradients(items), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(items, max_norm, total)
    return total


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Cuts every element of the gradients off at ``clip_value`` and ``-clip_value``."""
    for g in _gradients(parameters):
        g.detach().clamp_(-float(clip_value), float(clip_value))
