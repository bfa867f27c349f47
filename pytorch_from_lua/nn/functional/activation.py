"""Activations: element by element, and along one dimension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply, apply_, operation
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import check_option
from pytorch_from_lua.tensor import DType, Tensor, backend
from pytorch_from_lua.tensor.generator import default_generator


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


silu = _elementwise("silu", "``x * sigmoid(x)`` (Elfwing et al., 2017)")


mish = _elementwise("mish", "``x * tanh(log(1 + exp(x)))`` (Misra, 2019)")


selu = _elementwise("selu", "``scale * elu(x, alpha)`` with the constants of Klambauer et al. (2017)")


celu = _elementwise("celu", "``x`` where positive, else ``alpha * (exp(x / alpha) - 1)``", alpha=1.0)


hardsigmoid = _elementwise("hardsigmoid", "``x / 6 + 1 / 2``, cut off at 0 and 1")


hardswish = _elementwise("hardswish", "``x * hardsigmoid(x)``")


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """``x`` times the normal distribution's probability of less than ``x`` (Hendrycks and Gimpel, 2016).

    Args:
        input: of any shape.
        approximate: ``"tanh"`` for the usual approximation, ``"none"`` for the exact function.

    Raises:
        RangeError: for another word.
    """
    check_option("approximate", approximate, ("none", "tanh"))
    return apply("gelu", input, approximate=approximate)  # type: ignore[no-any-return]


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """``a * sigmoid(b)`` for the halves of ``dim`` (Dauphin et al., 2017; Torch7's ``nn.GatedLinearUnit``).

    Raises:
        ShapeError: where the size of that dimension is odd.

    >>> import pytorch_from_lua as torch
    >>> glu(torch.tensor([3.0, 0.0]))
    tensor([1.5000])
    """
    axis = dim + input.ndim if dim < 0 else dim
    if not 0 <= axis < input.ndim or input.shape[axis] % 2 != 0:
        raise ShapeError(f"glu: input needs an even size in dimension {dim}, got shape {input.shape}")
    return apply("glu", input, dim=axis)  # type: ignore[no-any-return]


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """``x`` where positive, else ``weight * x``: one weight, or one for each index of dimension 1 (He et al., 2015)."""
    if weight.numel() != 1 and input.ndim == 0:
        raise ShapeError(f"input: prelu with {weight.numel()} weights needs channels, got shape ()")
    return apply("prelu", input, weight)  # type: ignore[no-any-return]


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """``x`` where positive, else ``a * x``: in training ``a`` is drawn for each such element, else it is the mean."""
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace=inplace)
    falling = backend.move(input.array <= 0, backend.CPU)
    slopes = np.ones(falling.shape, input.dtype.numpy)
    slopes[falling] = default_generator.uniform(lower, upper, (int(falling.sum()),))
    noise = Tensor.from_array(slopes, input)
    return apply_("mul", input, noise) if inplace else apply("mul", input, noise)  # type: ignore[no-any-return]


def _default_dim(input: Tensor, dim: int | None) -> int:
    """Without a dimension: that of the classes, 0 for 1 or 3 dimensions and else 1, as both Torches had it."""
    if dim is not None:
        return dim
    return 0 if input.ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, *, dtype: DType | None = None) -> Tensor:
    """``exp(x_i) / sum_j exp(x_j)`` along ``dim``; the input is made a ``dtype`` first where one is given."""
    return apply("softmax", _as(input, dtype), dim=_default_dim(input, dim))  # type: ignore[no-any-return]


def softmin(input: Tensor, dim: int | None = None, *, dtype: DType | None = None) -> Tensor:
    """``softmax(-x)`` along ``dim``; the input is made a ``dtype`` first where one is given."""
    return softmax(-input, dim, dtype=dtype)


def log_softmax(input: Tensor, dim: int | None = None, *, dtype: DType | None = None) -> Tensor:
    """``x_i - log sum_j exp(x_j)`` along ``dim``; the input is made a ``dtype`` first where one is given."""
    return apply("log_softmax", _as(input, dtype), dim=_default_dim(input, dim))  # type: ignore[no-any-return]


def _as(input: Tensor, dtype: DType | None) -> Tensor:
    return input if dtype is None else input.to(dtype)


def _in_place(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function that overwrites its input, under its name with a line below."""

    def changed(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return function(input, *args, inplace=True, **kwargs)

    changed.__name__ = changed.__qualname__ = f"{function.__name__}_"
    changed.__doc__ = f"`{function.__name__}` that overwrites its input. {function.__doc__}"
    return changed


relu_ = _in_place(relu)
elu_ = _in_place(elu)
celu_ = _in_place(celu)
selu_ = _in_place(selu)
hardtanh_ = _in_place(hardtanh)
leaky_relu_ = _in_place(leaky_relu)
threshold_ = _in_place(threshold)
rrelu_ = _in_place(rrelu)
