"""Modules over tables of tensors, a call for the whole table.

What writes gives False, with nothing changed, where the table is not one of tensors of one type with as many elements
each; the module then looks for what is wrong and says it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lua_compat.bridge.kernels.common import changed, exported, result
from lua_compat.bridge.ops.pointwise import cast
from pytorch_from_lua.tensor import Tensor


def _alike(first: Any, others: tuple[Any, ...]) -> bool:
    if not isinstance(first, Tensor):
        return False
    dtype, shape = first.dtype, first._shape
    for other in others:
        if not isinstance(other, Tensor) or other.dtype is not dtype:
            return False
        if other._shape != shape and other.numel() != first.numel():
            return False
    return True


def _as(tensor: Tensor, shape: tuple[int, ...]) -> Any:
    array = tensor.array
    return array if array.shape == shape else array.reshape(shape)


def _fold(output: Tensor, function: Callable[..., Any], inputs: tuple[Any, ...]) -> bool:
    first, *others = inputs
    if not _alike(first, inputs[1:]) or output.dtype is not first.dtype:
        return False
    shape = first._shape
    out = result(output, shape)
    if not others:
        out[...] = first.array
        return True
    function(first.array, _as(others[0], shape), out=out)
    for other in others[1:]:
        function(out, _as(other, shape), out=out)
    return True


@exported
def table_sum(output: Tensor, *inputs: Any) -> bool:
    """The sum of tensors, in the shape of the first; whether it was done."""
    return _fold(output, np.add, inputs)


@exported
def table_product(output: Tensor, *inputs: Any) -> bool:
    """The product of tensors, in the shape of the first; whether it was done."""
    return _fold(output, np.multiply, inputs)


def _halves(grad_output: Any, tensors: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """What is written to, and the inputs; None where they do not fit."""
    half = len(tensors) // 2
    grads, inputs = tensors[:half], tensors[half:]
    if not _alike(grad_output, inputs):
        return None
    dtype = grad_output.dtype
    for grad in grads:
        if grad.dtype is not dtype:
            return None
    return grads, inputs


@exported
def table_spread(grad_output: Tensor, *tensors: Any) -> bool:
    """Copies the gradient to each tensor of the first half, in the shape of its input in the second half."""
    found = _halves(grad_output, tensors)
    if found is None:
        return False
    for grad, input in zip(*found, strict=True):
        np.copyto(result(grad, input._shape), _as(grad_output, input._shape))
    return True


@exported
def table_product_backward(grad_output: Tensor, *tensors: Any) -> bool:
    """The gradients of a product: in each tensor of the first half the gradient times all inputs but its own."""
    found = _halves(grad_output, tensors)
    if found is None:
        return False
    grads, inputs = found
    for i, grad in enumerate(grads):
        shape = inputs[i]._shape
        out, value = result(grad, shape), _as(grad_output, shape)
        for j, input in enumerate(inputs):
            if i != j:
                value = np.multiply(value, _as(input, shape), out=out)
        if value is not out:
            out[...] = value
    return True


@exported
def slices(input: Tensor, dim: int) -> tuple[Tensor, ...]:
    """The views of each index of a dimension, of a tensor of at least two."""
    shape, stride, dim = input._shape, input._stride, int(dim)
    rest = shape[:dim] + shape[dim + 1 :], stride[:dim] + stride[dim + 1 :]
    storage, first, step = input._storage, input._offset, stride[dim]
    return tuple([Tensor._make(storage, first + i * step, *rest) for i in range(shape[dim])])


@exported
def join_slices(grad_input: Tensor, input: Tensor, dim: int, *grads: Tensor) -> None:
    """Copies a tensor to each index of a dimension, in the shape of the input."""
    shape = input._shape
    if grad_input._shape != shape:
        grad_input.resize_(shape)
    slices_first = np.moveaxis(changed(grad_input), int(dim), 0)
    for part, grad in zip(slices_first, grads, strict=True):
        part[...] = cast(_as(grad, part.shape), part.dtype)
