"""nn.SparseLinear and nn.IndexLinear: the elements of a batch one after another, with the size of each sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.kernels.common import changed, exported, result, sizes
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels import sparse_linear
from pytorch_from_lua.tensor import Tensor


def _entries(name: str, keys: Tensor, values: Tensor, counts: Tensor, offset: float, inputs: int) -> Any:
    """Samples and inputs from 0, and values, of all elements."""
    counted = counts.array.astype(np.int64)
    found = keys.array.reshape(-1).astype(np.int64) + int(offset)
    if found.size != values.numel() or int(counted.sum()) != found.size:
        raise ShapeError(f"{name}: {found.size} indices and {values.numel()} values for samples of {sizes(counts)}")
    if found.size and (int(found.min()) < 0 or int(found.max()) >= inputs):
        bad = int(found.min()) if int(found.min()) < 0 else int(found.max())
        raise RangeError(
            f"{name}: index {bad - int(offset)} is outside of {-int(offset)} to {inputs - 1 - int(offset)}"
        )
    return np.repeat(np.arange(counted.size), counted), found, values.array.reshape(-1)


@exported
def sparse_forward(
    name: str, output: Tensor, keys: Tensor, values: Tensor, counts: Tensor, weight: Tensor, bias: Tensor, offset: float
) -> None:
    """The sum of values times rows of the weight, for each sample; weight is (inputs, outputs) under any strides."""
    samples, inputs, given = _entries(name, keys, values, counts, offset, weight._shape[0])
    out = result(output, (counts.numel(), weight._shape[1]))
    sparse_linear.sparse_linear_forward(samples, inputs, given, counts.numel(), weight.array, bias.array, out)


def _check_gradient(name: str, grad_output: Tensor, counts: Tensor, outputs: int) -> Any:
    grad = grad_output.array
    if grad.size != counts.numel() * outputs:
        wanted = f"{counts.numel()}x{outputs}"
        raise ShapeError(f"{name}: gradOutput has sizes {sizes(grad_output)}, {wanted} is needed")
    return grad.reshape(counts.numel(), outputs)


@exported
def sparse_backward_values(
    name: str,
    grad_values: Tensor,
    grad_output: Tensor,
    keys: Tensor,
    values: Tensor,
    counts: Tensor,
    weight: Tensor,
    offset: float,
) -> None:
    """The gradient with respect to each value."""
    samples, inputs, given = _entries(name, keys, values, counts, offset, weight._shape[0])
    grad = _check_gradient(name, grad_output, counts, weight._shape[1])
    found = sparse_linear.sparse_linear_backward_values(grad, samples, inputs, weight.array)
    result(grad_values, given.shape)[...] = found


@exported
def sparse_backward_parameters(
    name: str,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_output: Tensor,
    keys: Tensor,
    values: Tensor,
    counts: Tensor,
    offset: float,
    scale: float,
) -> None:
    """Adds the gradients of the parameters."""
    samples, inputs, given = _entries(name, keys, values, counts, offset, grad_weight._shape[0])
    grad = _check_gradient(name, grad_output, counts, grad_weight._shape[1])
    sparse_linear.sparse_linear_backward_weight(grad, samples, inputs, given, changed(grad_weight), scale)
    changed(grad_bias)[...] += grad.sum(axis=0) * scale
