"""Gradients by recording: the graph, the table of derivatives, user-defined functions, numeric checks."""

import pytorch_from_lua.tensor  # noqa: F401  (tensors import the engine: whoever comes first, they are loaded in this order)
from pytorch_from_lua.autograd.engine import (
    apply,
    apply_,
    apply_view,
    backward,
    enable_grad,
    grad,
    is_grad_enabled,
    no_grad,
    operation,
    set_grad_enabled,
)
from pytorch_from_lua.autograd.function import Function
from pytorch_from_lua.autograd.gradcheck import gradcheck, gradgradcheck

__all__ = [
    "Function",
    "apply",
    "apply_",
    "apply_view",
    "backward",
    "enable_grad",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "is_grad_enabled",
    "no_grad",
    "operation",
    "set_grad_enabled",
]
