"""Tensor: the base with every family of operations on it."""

from __future__ import annotations

from pytorch_from_lua.tensor.base import TensorBase


class Tensor(TensorBase):
    """A multi-dimensional array of one element type, with views that share memory and with gradients."""

    __slots__ = ()
