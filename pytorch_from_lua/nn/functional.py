"""Layers, activations and losses as functions under PyTorch's names; imported as ``F``.

Every function records what it does where an argument requires a gradient. ``inplace=True`` changes the input itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply, apply_, operation
from pytorch_from_lua.errors import DTypeError, ShapeError
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.generator import default_generator

Pair = int | tuple[int, int]

# -- layers -------------------------------------------------------------------------------------------------

_linear = operation("linear")


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``: ``(..., in)``, ``(out, in)`` and ``(out,)`` to ``(..., out)``."""
    return _linear(input, weight, bias)  # type: ignore[no-any-return]


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation: ``(N, C, H, W)`` or ``(C, H, W)`` with ``(O, C / groups, kH, kW)``."""
    return apply(  # type: ignore[no-any-return]
        "conv2d", input, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )


def max_pool2d(
    input: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window; with ``return_indices`` also where it lies, as ``h * W + w`` in its plane."""
    both = apply(
        "max_pool2d",
        input,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        ceil_mode=ceil_mode,
    )
    return both if return_indices else both[0]


def avg_pool2d(
    input: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window; ``divisor_override`` divides the window's sum by another number.

    Raises:
        ShapeError: for ``divisor_override`` together with ``ceil_mode``.
    """
    pooled = apply(
        "avg_pool2d",
        input,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad or divisor_override is not None,
    )
    if divisor_override is None:
        return pooled  # type: ignore[no-any-return]
    if ceil_mode:
        raise ShapeError("divisor_override: cannot be given together with ceil_mode, whose last windows are smaller")
    height, width = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    return pooled * (height * width / divisor_override)  # type: ignore[no-any-return]


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


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
) -> Tensor:
    """Row ``weight[i]`` for each index ``i`` of any shape.

    Args:
        input: indices, of an integer type.
        weight: ``(rows, width)``.
        padding_idx: a row that gets no gradient.
        max_norm: rows that are used and longer than this are shortened to it first, in place.
        norm_type: the p of that length.
        scale_grad_by_freq: whether a row's gradient is divided by how often it was used.
    """
    if padding_idx is not None and padding_idx < 0:
        padding_idx += weight.shape[0]
    if max_norm is not None:
        from pytorch_from_lua.kernels.embedding import embedding_renorm_

        embedding_renorm_(weight.array, input.array, max_norm, norm_type)
        weight.bump()
    return apply(  # type: ignore[no-any-return]
        "embedding", weight, input, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq
    )


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """A row of zeros with a 1 at the index, for each index; as many columns as the largest needs where -1."""
    indices = input.array
    if indices.dtype.kind not in "iu":
        raise DTypeError(f"input: needs integers, got {input.dtype.name}")
    smallest, largest = (int(indices.min()), int(indices.max())) if indices.size else (0, -1)
    count = largest + 1 if num_classes == -1 else num_classes
    if smallest < 0 or largest >= count:
        raise ShapeError(f"input: indices must lie in 0..{count - 1}, got {smallest} to {largest}")
    return Tensor.from_array((indices[..., None] == np.arange(count)).astype(np.int64))


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float = 0.0) -> Tensor:
    """Longer dimensions, filled with ``value``: (before, after) of the last dimension, then of the one before, ...

    Negative numbers cut. Raises ShapeError for more pairs than dimensions, and for a mode other than ``"constant"``.
    """
    if mode != "constant":
        raise ShapeError(f"mode: got {mode!r}; allowed is 'constant'")
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise ShapeError(f"pad: needs pairs for at most {input.ndim} dimensions, got {tuple(pad)}")
    pairs = [(0, 0)] * input.ndim
    for i in range(len(pad) // 2):
        pairs[input.ndim - 1 - i] = (pad[2 * i], pad[2 * i + 1])
    return apply("pad", input, pad=tuple(pairs), value=value)  # type: ignore[no-any-return]


# -- dropout ------------------------------------------------------------------------------------------------


def _dropped(input: Tensor, p: float, training: bool, inplace: bool, shape: tuple[int, ...]) -> Tensor:
    if not 0 <= p <= 1:
        raise ShapeError(f"p: a probability lies between 0 and 1, got {p}")
    if not training or p == 0:
        return input
    from pytorch_from_lua.kernels.dropout import dropout_noise

    kept = default_generator.bernoulli(1 - p, shape)
    noise = Tensor.from_array(dropout_noise(kept, p, input.dtype.numpy))
    return apply_("mul", input, noise) if inplace else apply("mul", input, noise)  # type: ignore[no-any-return]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each element is 0 with probability ``p``, else divided by ``1 - p``; drawn in Torch7's order."""
    return _dropped(input, p, training, inplace, input.shape)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As `dropout` for whole planes: one draw for each of the first two dimensions (one where there are three)."""
    lead = 1 if input.ndim == 3 else 2
    shape = input.shape[:lead] + (1,) * (input.ndim - lead)
    return _dropped(input, p, training, inplace, shape)


# -- activations --------------------------------------------------------------------------------------------


def _elementwise(name: str, formula: str, rule: str | None = None, **defaults: Any) -> Callable[..., Tensor]:
    """An activation with its parameters, in order, and their defaults."""
    run = operation(rule or name)
    places = tuple(defaults)

    def function(input: Tensor, *args: Any, inplace: bool = False, **kwargs: Any) -> Tensor:
        if not (args or kwargs or inplace):
            return run(input, **defaults)  # type: ignore[no-any-return]
        if len(args) == len(places) + 1:  # PyTorch takes inplace last, by position too
            *args, inplace = args  # type: ignore[assignment]
        params = {**defaults, **dict(zip(places, args, strict=False)), **kwargs}
        if len(args) > len(places) or len(params) > len(places):
            raise TypeError(f"{name}: takes {', '.join((*places, 'inplace'))}, got {args} and {sorted(kwargs)}")
        if inplace:
            return apply_(rule or name, input, **params)  # type: ignore[no-any-return]
        return run(input, **params)  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = name
    shown = "".join(f", {k}={v}" for k, v in defaults.items())
    function.__doc__ = f"``{name}(input{shown}, inplace=False)``: {formula}, element by element."
    return function


relu = _elementwise("relu", "``max(x, 0)``")
relu6 = _elementwise("relu6", "``min(max(x, 0), 6)``")
sigmoid = _elementwise("sigmoid", "``1 / (1 + exp(-x))``")
tanh = _elementwise("tanh", "``tanh(x)``")
hardtanh = _elementwise("hardtanh", "``min(max(x, min_val), max_val)``", min_val=-1.0, max_val=1.0)
leaky_relu = _elementwise("leaky_relu", "``x`` where positive, else ``negative_slope * x``", negative_slope=0.01)
elu = _elementwise("elu", "``x`` where positive, else ``alpha * (exp(x) - 1)``", alpha=1.0)
softplus = _elementwise(
    "softplus",
    "``log(1 + exp(beta x)) / beta``; ``x`` where ``beta x`` is above ``threshold``",
    beta=1.0,
    threshold=20.0,
)
softsign = _elementwise("softsign", "``x / (1 + |x|)``")
logsigmoid = _elementwise("logsigmoid", "``log(1 / (1 + exp(-x)))``", "log_sigmoid")
hardshrink = _elementwise("hardshrink", "``x`` where ``|x| > lambd``, else 0", lambd=0.5)
softshrink = _elementwise("softshrink", "``x`` moved towards 0 by ``lambd``, 0 in between", lambd=0.5)
tanhshrink = _elementwise("tanhshrink", "``x - tanh(x)``")
threshold = _elementwise("threshold", "``x`` where above ``threshold``, else ``value``", threshold=1e-6, value=0.0)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """``x`` where positive, else ``weight * x``: one weight, or one for each index of dimension 1 (He et al., 2015)."""
    return apply("prelu", input, weight)  # type: ignore[no-any-return]


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """``x`` where positive, else ``a * x``: in training ``a`` is drawn for each such element, else it is the mean."""
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace=inplace)
    values = input.array
    slopes = np.ones(values.shape, values.dtype)
    falling = values <= 0
    slopes[falling] = default_generator.uniform(lower, upper, (int(falling.sum()),))
    noise = Tensor.from_array(slopes)
    return apply_("mul", input, noise) if inplace else apply("mul", input, noise)  # type: ignore[no-any-return]


def _default_dim(input: Tensor, dim: int | None) -> int:
    """Without a dimension: that of the classes, 0 for 1 or 3 dimensions and else 1, as both Torches had it."""
    if dim is not None:
        return dim
    return 0 if input.ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None) -> Tensor:
    """``exp(x_i) / sum_j exp(x_j)`` along ``dim``."""
    return apply("softmax", input, dim=_default_dim(input, dim))  # type: ignore[no-any-return]


def softmin(input: Tensor, dim: int | None = None) -> Tensor:
    """``softmax(-x)``."""
    return softmax(-input, dim)


def log_softmax(input: Tensor, dim: int | None = None) -> Tensor:
    """``x_i - log sum_j exp(x_j)`` along ``dim``."""
    return apply("log_softmax", input, dim=_default_dim(input, dim))  # type: ignore[no-any-return]


# -- distances ----------------------------------------------------------------------------------------------


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """``x / max(norm(x), eps)`` along ``dim``."""
    length = apply("clamp", apply("norm", input, p=p, dim=dim, keepdim=True), min=eps)
    return apply("div", input, length)  # type: ignore[no-any-return]


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """``x1 . x2 / (max(norm(x1), eps) * max(norm(x2), eps))`` along ``dim``."""
    lengths = [apply("clamp", apply("norm", x, p=2, dim=dim), min=eps) for x in (x1, x2)]
    dot = apply("sum", apply("mul", x1, x2), dim=dim)
    return apply("div", dot, apply("mul", *lengths))  # type: ignore[no-any-return]


# -- losses -------------------------------------------------------------------------------------------------


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``(x - y)^2``."""
    return apply("mse_loss", input, target, reduction=reduction)  # type: ignore[no-any-return]


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``|x - y|``."""
    return apply("l1_loss", input, target, reduction=reduction)  # type: ignore[no-any-return]


def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """``d^2 / (2 beta)`` where ``d = |x - y|`` is below ``beta``, else ``d - beta / 2``."""
    if beta == 1:
        return apply("smooth_l1_loss", input, target, reduction=reduction)  # type: ignore[no-any-return]
    scaled = apply("smooth_l1_loss", input / beta, target / beta, reduction=reduction)
    return scaled * beta  # type: ignore[no-any-return]


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """``-weight[y] * x[y]`` for log-probabilities ``(N, C)``, ``(C,)`` or ``(N, C, ...)``; the mean is weighted."""
    return apply(  # type: ignore[no-any-return]
        "nll_loss", input, target, weight, ignore_index=ignore_index, reduction=reduction
    )


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """`nll_loss` of `log_softmax`."""
    return apply(  # type: ignore[no-any-return]
        "cross_entropy", input, target, weight, ignore_index=ignore_index, reduction=reduction
    )


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """``-weight * (y log x + (1 - y) log(1 - x))`` for probabilities ``x``."""
    return apply("binary_cross_entropy", input, target, weight, reduction=reduction)  # type: ignore[no-any-return]


def kl_div(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``y (log y - x)`` for log-probabilities ``x``; ``"batchmean"`` divides the sum by the first dimension's size."""
    if reduction == "batchmean":
        return apply("kl_div", input, target, reduction="sum") / input.shape[0]  # type: ignore[no-any-return]
    return apply("kl_div", input, target, reduction=reduction)  # type: ignore[no-any-return]


def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``log(1 + exp(-y x))`` for ``y`` of 1 and -1."""
    return apply("soft_margin_loss", input, target, reduction=reduction)  # type: ignore[no-any-return]


def margin_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean") -> Tensor:
    """``max(0, margin - y x)`` for ``y`` of 1 and -1 (Torch7's ``nn.MarginCriterion``)."""
    return apply("margin_loss", input, target, margin=margin, reduction=reduction)  # type: ignore[no-any-return]


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean") -> Tensor:
    """``x`` where ``y`` is 1, ``max(0, margin - x)`` where it is -1."""
    return apply(  # type: ignore[no-any-return]
        "hinge_embedding_loss", input, target, margin=margin, reduction=reduction
    )


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``sum_i max(0, margin - x[y] + x[i])^p / C`` over the classes other than ``y``."""
    return apply(  # type: ignore[no-any-return]
        "multi_margin_loss", input, target, weight, p=p, margin=margin, reduction=reduction
    )


def multilabel_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``sum max(0, 1 - (x[y_j] - x[i])) / C`` over labels j and other classes i; labels first, then -1."""
    return apply("multilabel_margin_loss", input, target, reduction=reduction)  # type: ignore[no-any-return]
