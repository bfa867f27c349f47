"""Normalisation of each sample for itself: over its features, groups of channels, or neighbouring channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


def _shape_of(name: str, given: int | Sequence[int]) -> tuple[int, ...]:
    shape = (given,) if isinstance(given, int) else tuple([int(size) for size in given])
    if not shape or math.prod(shape) < 1:
        raise ModuleError(f"{name}: normalized_shape needs sizes of 1 or more, got {given}")
    return shape


class LayerNorm(Module):
    """``(x - mean) / sqrt(var + eps) * weight + bias`` over the last dimensions (Ba et al., 2016).

    Shapes: input and output ``(..., *normalized_shape)``; ``weight`` and ``bias`` are ``normalized_shape``, or None.

    Args:
        normalized_shape: the sizes of the dimensions that mean and variance are taken over.
        eps: added to the (biased) variance.
        elementwise_affine: whether there are weight (from 1) and bias (from 0).
        bias: whether there is a bias where there is a weight.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = self.normalized_shape = _shape_of("LayerNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.register_parameter("weight", new_parameter(*shape, dtype=dtype) if elementwise_affine else None)
        self.register_parameter("bias", new_parameter(*shape, dtype=dtype) if elementwise_affine and bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LayerNormalization(Module):
    """Torch7's ``nn.LayerNormalization``: ``(x - mean) / sqrt(sum (x - mean)^2 + eps) * sqrt(n) * weight + bias``.

    For one vector that is `LayerNorm` with ``eps / n``. In a batch Torch7 takes the means from the wrong samples:
    the element with number ``k`` of a batch of ``N`` loses the mean of sample ``k modulo N``. This class does the
    same, so that what was trained there goes on working; new models want `LayerNorm`.

    Args:
        size: the size ``n`` of a vector.
        bias: what the bias starts from.
        eps: added to the sum of the squares.
        affine: whether there are weight (from 1) and bias.
    """

    def __init__(
        self, size: int, bias: float | None = None, eps: float = 1e-10, affine: bool = True, dtype: Any = None
    ) -> None:
        super().__init__()
        self.size, self.eps, self.affine = size, eps, affine
        self.register_parameter("weight", new_parameter(size, dtype=dtype) if affine else None)
        self.register_parameter("bias", new_parameter(size, dtype=dtype) if affine else None)
        if affine:
            init.ones_(self.weight)
            init.constant_(self.bias, 0.0 if bias is None else bias)

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (1, 2) or input.shape[-1] != self.size:
            n = self.size
            raise ShapeError(f"LayerNormalization({n}): input needs shape (N, {n}) or ({n},), got {input.shape}")
        mean = input.mean(-1, keepdim=True)
        if input.ndim == 2:
            mean = mean.reshape(1, -1).expand(self.size, input.shape[0]).reshape(input.shape)
        unit = apply("row_norm", input - mean, p=2.0, eps=self.eps) * math.sqrt(self.size)
        return unit if self.weight is None else unit * self.weight + self.bias  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"{self.size}, eps={self.eps}, affine={self.affine}"


class RMSNorm(Module):
    """``x / sqrt(mean(x^2) + eps) * weight`` over the last dimensions (Zhang and Sennrich, 2019).

    Args:
        normalized_shape: the sizes of the dimensions that the mean is taken over.
        eps: added to the mean; the element type's smallest step from 1 where None.
        elementwise_affine: whether there is a weight, which starts from 1.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape_of("RMSNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        weight = new_parameter(*self.normalized_shape, dtype=dtype) if elementwise_affine else None
        self.register_parameter("weight", weight)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """``(x - mean) / sqrt(var + eps) * weight + bias`` over groups of channels of each sample (Wu and He, 2018).

    Shapes: input and output ``(N, num_channels, ...)``; ``weight`` and ``bias`` are ``(num_channels,)``, or None.

    Args:
        num_groups: how many groups the channels make.
        num_channels: how many channels there are, a multiple of ``num_groups``.
        eps: added to the (biased) variance.
        affine: whether there are weight (from 1) and bias (from 0).
    """

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, dtype: Any = None
    ) -> None:
        super().__init__()
        if num_groups < 1 or num_channels < 1 or num_channels % num_groups != 0:
            raise ModuleError(
                f"GroupNorm: num_channels needs to be a multiple of num_groups, got {num_channels} and {num_groups}"
            )
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        for name in ("weight", "bias"):
            self.register_parameter(name, new_parameter(num_channels, dtype=dtype) if affine else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        if self.affine:
            init.ones_(self.weight)
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim < 2 or input.shape[1] != self.num_channels:
            name = f"GroupNorm({self.num_groups}, {self.num_channels})"
            raise ShapeError(f"{name}: input needs shape (N, {self.num_channels}, ...), got {input.shape}")
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


class LocalResponseNorm(Module):
    """``x / (k + alpha / size * s) ** beta``, ``s`` the sum of ``size`` neighbouring channels' squares.

    The local response normalisation of Krizhevsky et al. (2012), over ``(N, C, ...)``.

    Args:
        size: how many channels are summed; of an even number one more lies before than after.
        alpha: the weight of the squares.
        beta: the exponent.
        k: what is added.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        if size < 1:
            raise ModuleError(f"{type(self).__name__}: size needs to be 1 or more, got {size}")
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(LocalResponseNorm):
    """`LocalResponseNorm` of ``(N, C, H, W)`` or ``(C, H, W)``, as many channels before as after each.

    Torch7's ``nn.SpatialCrossMapLRN``; an even ``size`` sums one channel fewer, and divides by ``size`` all the same.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__(size, alpha, beta, k)

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ShapeError(f"CrossMapLRN2d: input needs shape (N, C, H, W) or (C, H, W), got {input.shape}")
        side = (self.size - 1) // 2
        planes = input.unsqueeze(0) if input.ndim == 3 else input
        result = F.normalization.response_norm(planes, self.size, self.alpha, self.beta, self.k, (side, side))
        return result.squeeze(0) if input.ndim == 3 else result
