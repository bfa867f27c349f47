"""Weights as a length and a direction for each output, as Torch7 has them; see also `nn.utils.weight_norm`."""

from __future__ import annotations

import math
from typing import Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor

#: What Torch7 adds to the square of a length before its root.
ADDED = 1e-4


class LinearWeightNorm(Module):
    """``y = x W^T + b`` with ``W = g v / |v|`` for each output (Torch7's ``nn.LinearWeightNorm``).

    Shapes: input ``(..., in_features)``, output ``(..., out_features)``; ``v`` is ``(out_features, in_features)``,
    ``g`` ``(out_features, 1)``, ``bias`` ``(out_features,)`` or None.

    Args:
        in_features: the size of an input vector.
        out_features: the size of an output vector.
        bias: whether there is a bias.
        eps: the least that ``|v|`` counts as.
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, eps: float = 1e-16, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features, self.out_features, self.eps = in_features, out_features, eps
        self.v = new_parameter(out_features, in_features, dtype=dtype)
        self.g = new_parameter(out_features, 1, dtype=dtype)
        self.register_parameter("bias", new_parameter(out_features, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weight, then the bias, from U(-1/sqrt(in_features), 1/sqrt(in_features))."""
        init.fan_in_uniform_(self.v, self.in_features)
        _set_lengths(self.v, self.g)
        if self.bias is not None:
            init.fan_in_uniform_(self.bias, self.in_features)

    @property
    def weight(self) -> Tensor:
        """The weight of the two parameters."""
        return apply("weight_norm", self.v, self.g, eps=self.eps, added=0.0)  # type: ignore[no-any-return]

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class WeightNorm(Module):
    """A module whose weight is ``g v / sqrt(|v|^2 + 1e-4)`` for each output (Torch7's ``nn.WeightNorm``).

    ``v`` is ``(outputs, others)``, ``g`` ``(outputs, 1)``. The directions are drawn anew and the bias starts from 0,
    as in Torch7; `nn.utils.weight_norm` keeps the weight that a module has.

    Args:
        module: a module with a parameter ``weight``.
        output_dim: the dimension of its outputs.
    """

    def __init__(self, module: Module, output_dim: int = 0) -> None:
        super().__init__()
        weight: Any = module._parameters.get("weight")
        if weight is None:
            raise ModuleError(f"WeightNorm: {type(module).__name__} has no parameter 'weight'")
        if not 0 <= output_dim < weight.ndim:
            raise ModuleError(f"WeightNorm: output_dim needs to be from 0 to {weight.ndim - 1}, got {output_dim}")
        self.output_dim, self.weight_shape = output_dim, weight.shape
        outputs = weight.shape[output_dim]
        self.v = new_parameter(outputs, weight.numel() // outputs, dtype=weight.dtype)
        self.g = new_parameter(outputs, 1, dtype=weight.dtype)
        module._parameters["weight"] = None
        self.module = module
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the directions from N(0, 2 / others); the lengths are theirs, the bias 0."""
        init.normal_(self.v, 0.0, math.sqrt(2.0 / self.v.shape[1]))
        _set_lengths(self.v, self.g)
        bias = self.module._parameters.get("bias")
        if bias is not None:
            init.zeros_(bias)

    @property
    def weight(self) -> Tensor:
        """The weight of the two parameters, of the module's shape."""
        made = apply("weight_norm", self.v, self.g, eps=0.0, added=ADDED)
        shape, dim = self.weight_shape, self.output_dim
        order = (dim, *[i for i in range(len(shape)) if i != dim])
        made = made.reshape(*[shape[i] for i in order])
        return made.permute(*[order.index(i) for i in range(len(shape))])  # type: ignore[no-any-return]

    def forward(self, input: Any) -> Any:
        held: Any = self.module._parameters
        held["weight"] = self.weight
        try:
            return self.module(input)
        finally:
            held["weight"] = None

    def extra_repr(self) -> str:
        return f"output_dim={self.output_dim}"


def _set_lengths(v: Tensor, g: Tensor) -> None:
    """Makes ``g`` the lengths of the rows of ``v``."""
    if not init.is_skipping():
        g.array[...] = (v.array * v.array).sum(axis=1, keepdims=True) ** 0.5
        g.bump()
