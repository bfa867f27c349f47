"""Normalisation by statistics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError
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
    _floating("batch_norm", input)  # told before the running statistics move
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


def _floating(name: str, input: Tensor) -> None:
    if not input.dtype.is_floating_point:
        raise DTypeError(f"input: {name} needs a floating-point type, got {input.dtype.name}")


def _trailing(name: str, input: Tensor, normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    """The shape that is normalised over, which the input must end in."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or input.shape[-len(shape) :] != shape:
        wanted = ", ".join(map(str, shape))
        raise ShapeError(f"{name}: input needs shape (..., {wanted}), got {input.shape}")
    return shape


def _fits(name: str, role: str, given: Tensor | None, shape: tuple[int, ...]) -> None:
    if given is not None and given.shape != shape:
        raise ShapeError(f"{name}: {role} needs shape {shape}, got {given.shape}")


def _affine(unit: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    if weight is not None:
        unit = apply("mul", unit, weight)
    return unit if bias is None else apply("add", unit, bias)


def layer_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """``(x - mean) / sqrt(var + eps) * weight + bias`` over the last dimensions (Ba et al., 2016).

    Args:
        input: shape ``(..., *normalized_shape)``.
        normalized_shape: the sizes of the dimensions that mean and variance are taken over.
        weight: of that shape, or None for 1.
        bias: of that shape, or None for 0.
        eps: added to the (biased) variance.

    Raises:
        ShapeError: where the shapes do not fit.

    >>> import pytorch_from_lua as torch
    >>> layer_norm(torch.tensor([[1.0, 3.0]]), (2,), eps=0.0)
    tensor([[-1.,  1.]])
    """
    _floating("layer_norm", input)
    shape = _trailing("layer_norm", input, normalized_shape)
    _fits("layer_norm", "weight", weight, shape)
    _fits("layer_norm", "bias", bias, shape)
    unit = apply("standardize", input.reshape(-1, math.prod(shape)), eps=eps).reshape(input.shape)
    return _affine(unit, weight, bias)


def rms_norm(
    input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """``x / sqrt(mean(x^2) + eps) * weight`` over the last dimensions (Zhang and Sennrich, 2019).

    Args:
        input: shape ``(..., *normalized_shape)``.
        normalized_shape: the sizes of the dimensions that the mean is taken over.
        weight: of that shape, or None for 1.
        eps: added to the mean; the element type's smallest step from 1 where None.
    """
    _floating("rms_norm", input)
    shape = _trailing("rms_norm", input, normalized_shape)
    _fits("rms_norm", "weight", weight, shape)
    dims = tuple(range(-len(shape), 0))
    added = float(np.finfo(input.dtype.numpy).eps) if eps is None else eps
    squares = apply("mean", apply("square", input), dim=dims, keepdim=True)
    return _affine(apply("mul", input, apply("rsqrt", apply("add", squares, added))), weight, None)


def _channelwise(name: str, input: Tensor, *given: Tensor | None) -> list[Tensor | None]:
    """One value for each channel, so that they broadcast over ``(N, C, ...)``."""
    channels = input.shape[1]
    for role, values in zip(("weight", "bias"), given, strict=True):
        _fits(name, role, values, (channels,))
    shape = (channels,) + (1,) * (input.ndim - 2)
    return [None if values is None else values.reshape(shape) for values in given]


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """``(x - mean) / sqrt(var + eps) * weight + bias`` over groups of channels of each sample (Wu and He, 2018).

    Args:
        input: shape ``(N, C, ...)``.
        num_groups: how many groups the channels make; it divides C.
        weight: one for each channel, or None for 1.
        bias: one for each channel, or None for 0.
        eps: added to the (biased) variance.

    Raises:
        ShapeError: where the shapes do not fit.
    """
    _floating("group_norm", input)
    if input.ndim < 2 or num_groups < 1 or input.shape[1] % num_groups != 0:
        raise ShapeError(
            f"group_norm: input needs shape (N, C, ...) with C a multiple of {num_groups}, got {input.shape}"
        )
    shaped = _channelwise("group_norm", input, weight, bias)
    count = math.prod(input.shape[1:]) // num_groups
    unit = apply("standardize", input.reshape(-1, count), eps=eps).reshape(input.shape)
    return _affine(unit, *shaped)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """``(x - mean) / sqrt(var + eps) * weight + bias`` for each channel of each sample (Ulyanov et al., 2016).

    Args:
        input: shape ``(N, C, ...)``.
        running_mean: one for each channel; moved by ``momentum`` towards the mean over the samples, or None.
        running_var: the same for the (unbiased) variance.
        weight: one for each channel, or None for 1.
        bias: one for each channel, or None for 0.
        use_input_stats: whether mean and variance are the input's own; else the running ones.
        momentum: the weight of this batch in the running statistics.
        eps: added to the variance.

    Raises:
        ShapeError: where the shapes do not fit, or a channel has one value only.
    """
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise ShapeError("instance_norm: running_mean and running_var are needed where use_input_stats is False")
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    _floating("instance_norm", input)
    count = math.prod(input.shape[2:])
    if input.ndim < 3 or count < 2:
        raise ShapeError(f"instance_norm: input needs more than one value for each channel, got shape {input.shape}")
    shaped = _channelwise("instance_norm", input, weight, bias)
    for role, held in [("running_mean", running_mean), ("running_var", running_var)]:
        _fits("instance_norm", role, held, input.shape[1:2])
    rows = input.reshape(-1, count)
    _move(running_mean, rows.array.mean(axis=1), momentum)
    _move(running_var, rows.array.var(axis=1, ddof=1), momentum)
    return _affine(apply("standardize", rows, eps=eps).reshape(input.shape), *shaped)


def _move(running: Tensor | None, values: Any, momentum: float) -> None:
    """The running statistic moved towards the mean over the samples of what each channel had."""
    if running is not None and values.size > 0:
        held = running.array
        held += momentum * (values.reshape(-1, held.size).mean(axis=0) - held)
        running.bump()


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """``x / (k + alpha / size * s) ** beta``, ``s`` the sum of ``size`` neighbouring channels' squares.

    The local response normalisation of Krizhevsky et al. (2012).

    Args:
        input: shape ``(N, C, ...)``.
        size: how many channels are summed; of an even number one more lies before.
        alpha: the weight of the squares.
        beta: the exponent.
        k: what is added.

    Raises:
        ShapeError: where the input has fewer than three dimensions.
    """
    if input.ndim < 3:
        raise ShapeError(f"local_response_norm: input needs 3 dimensions or more, got shape {input.shape}")
    return response_norm(input, size, alpha, beta, k, (size // 2, (size - 1) // 2))


def response_norm(input: Tensor, size: int, alpha: float, beta: float, k: float, ends: tuple[int, int]) -> Tensor:
    """`local_response_norm` over the channels from ``ends[0]`` before to ``ends[1]`` after each."""
    if size < 1:
        raise RangeError(f"size: needs to be 1 or more, got {size}")
    return apply(  # type: ignore[no-any-return]
        "response_norm", input, size=int(size), alpha=float(alpha), beta=float(beta), k=float(k), ends=ends
    )
