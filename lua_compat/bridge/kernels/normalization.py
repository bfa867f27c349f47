"""Batch normalisation."""

from __future__ import annotations

from lua_compat.bridge.kernels.common import changed, exported, result, same_count, same_type, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import normalization
from pytorch_from_lua.tensor import Tensor


@exported
def batch_norm_forward(
    output: Tensor, input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor,
    running_var: Tensor, save_mean: Tensor, save_std: Tensor, train: bool, momentum: float, eps: float,
    name: str, dims: int,
) -> None:  # fmt: skip
    """The input normalised for each channel; mean and reciprocal deviation are kept for the gradients."""
    shape, count = input._shape, running_mean.numel()
    if len(shape) != dims:
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, a batch of {dims} dimensions is needed")
    if shape[1] != count:
        raise ShapeError(f"{name}({count}): input has sizes {sizes(input)}, {shape[1]} instead of {count} channels")
    same_type(name, input, running_mean)
    _, mean, invstd = normalization.batch_norm_forward(
        input.array,
        None if weight is None else weight.array,
        None if bias is None else bias.array,
        changed(running_mean),
        changed(running_var),
        train,
        momentum,
        eps,
        result(output, shape),
    )
    result(save_mean, (count,))[...] = mean
    result(save_std, (count,))[...] = invstd


@exported
def batch_norm_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor | None, mean: Tensor, invstd: Tensor,
    train: bool,
) -> None:  # fmt: skip
    """The gradient with respect to the input."""
    same_count("nn.BatchNormalization", input, grad_output)
    normalization.batch_norm_backward_input(
        grad_output.array,
        input.array,
        None if weight is None else weight.array,
        mean.array,
        invstd.array,
        train,
        result(grad_input, input._shape),
    )


@exported
def batch_norm_backward_parameters(
    grad_weight: Tensor, grad_bias: Tensor, grad_output: Tensor, input: Tensor, mean: Tensor, invstd: Tensor,
    scale: float,
) -> None:  # fmt: skip
    """Adds the parameters' gradients."""
    grad = grad_output.array
    normalization.batch_norm_backward_weight(
        grad, input.array, mean.array, invstd.array, changed(grad_weight), scale, accumulate=True
    )
    normalization.batch_norm_backward_bias(grad, changed(grad_bias), scale, accumulate=True)
