"""nn.Linear and nn.LookupTable."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.kernels.common import changed, exported, result, same_type, sizes
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels import embedding, linear, nearest_rows
from pytorch_from_lua.tensor import Tensor


@exported
def linear_forward(output: Tensor, input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """``input W^T + b`` for one vector or a batch of them."""
    shape, (rows, columns) = input._shape, weight._shape
    if len(shape) not in (1, 2) or shape[-1] != columns:
        raise ShapeError(
            f"nn.Linear({columns} -> {rows}): input has sizes {sizes(input)}, vectors of {columns} are needed"
        )
    same_type("nn.Linear", input, weight)
    out = result(output, (*shape[:-1], rows))
    linear.linear_forward(input.array, weight.array, None if bias is None else bias.array, out)


@exported
def linear_backward_input(grad_input: Tensor, grad_output: Tensor, weight: Tensor) -> None:
    """The gradient with respect to the input."""
    shape, (rows, columns) = grad_output._shape, weight._shape
    if not shape or shape[-1] != rows:
        raise ShapeError(f"nn.Linear({columns} -> {rows}): gradOutput has sizes {sizes(grad_output)}")
    linear.linear_backward_input(grad_output.array, weight.array, result(grad_input, (*shape[:-1], columns)))


@exported
def linear_backward_parameters(
    grad_weight: Tensor, grad_bias: Tensor | None, grad_output: Tensor, input: Tensor, scale: float
) -> None:
    """Adds the parameters' gradients."""
    bias = None if grad_bias is None else changed(grad_bias)
    linear.linear_accumulate(grad_output.array, input.array, changed(grad_weight), bias, scale)


@exported
def partial_linear_forward(output: Tensor, input: Tensor, weight: Tensor, bias: Tensor | None, chosen: Tensor) -> None:
    """``input W^T + b`` for the outputs that are named, from 1."""
    shape, (rows, columns) = input._shape, weight._shape
    if len(shape) != 2 or shape[-1] != columns:
        raise ShapeError(
            f"nn.PartialLinear({columns} -> {rows}): input has sizes {sizes(input)}, "
            f"a batch of vectors of {columns} is needed"
        )
    same_type("nn.PartialLinear", input, weight)
    indices = _from_0(chosen)
    if indices.size == 0 or int(indices.min()) < 0 or int(indices.max()) >= rows:
        raise RangeError(f"nn.PartialLinear({columns} -> {rows}): the partition needs outputs from 1 to {rows}")
    taken = None if bias is None else bias.array.reshape(-1)[indices]
    linear.linear_forward(input.array, weight.array[indices], taken, result(output, (shape[0], indices.size)))


@exported
def nearest_forward(output: Tensor, input: Tensor, weight: Tensor) -> float:
    """The number, from 1, of the row of the weight that is nearest to each sample; the sum of squared distances."""
    same_type("nn.Kmeans", input, weight)
    nearest, total = nearest_rows.nearest_forward(input.array, weight.array)
    result(output, nearest.shape)[...] = nearest + 1
    return total


@exported
def nearest_backward(
    grad_weight: Tensor, counts: Tensor, input: Tensor, weight: Tensor, nearest: Tensor, scale: float
) -> None:
    """Adds ``scale * (row - mean of the samples nearest to it)``; the samples of each row are counted."""
    found, counted = nearest_rows.nearest_backward(input.array, weight.array, _from_0(nearest))
    changed(grad_weight)[...] += found * scale
    result(counts, counted.shape)[...] = counted


def _from_0(indices: Tensor) -> Any:
    return indices.array.astype(np.int64) - 1


def _rows(input: Tensor, weight: Tensor) -> Any:
    """The rows of a lookup table that an input names, from 0; one that there is not is told as Lua counts."""
    indices, rows = _from_0(input), weight._shape[0]
    if indices.size and (int(indices.min()) < 0 or int(indices.max()) >= rows):
        outside = indices[(indices < 0) | (indices >= rows)]
        raise RangeError(f"nn.LookupTable: input has index {outside[0] + 1}, indices go from 1 to {rows}")
    return indices


@exported
def lookup_forward(
    output: Tensor, input: Tensor, weight: Tensor, max_norm: float | None, norm_type: float | None
) -> None:
    """The rows of the weight that the indices (from 1) name, scaled down to a norm first where one is given."""
    if input.ndim > 2 or input.numel() == 0:
        raise ShapeError(f"nn.LookupTable: input has sizes {sizes(input)}, one or two dimensions are needed")
    indices = _rows(input, weight)
    if max_norm is not None:
        embedding.embedding_renorm_(changed(weight), indices, max_norm, 2.0 if norm_type is None else norm_type)
    embedding.embedding_forward(weight.array, indices, result(output, (*input._shape, weight._shape[1])))


@exported
def lookup_renorm(weight: Tensor, input: Tensor, max_norm: float, norm_type: float | None) -> None:
    """Scales the rows that the indices (from 1) name down to a norm."""
    embedding.embedding_renorm_(
        changed(weight), _rows(input, weight), max_norm, 2.0 if norm_type is None else norm_type
    )


@exported
def lookup_backward(
    grad_weight: Tensor, grad_output: Tensor, input: Tensor, scale: float, padding: int, by_frequency: bool
) -> None:
    """Adds the gradients of the rows; that of the row ``padding`` (from 1; 0 for none) is left out."""
    embedding.embedding_backward(
        grad_output.array,
        _rows(input, grad_weight),
        grad_weight._shape[0],
        None if padding == 0 else int(padding) - 1,
        by_frequency,
        changed(grad_weight),
        scale,
        accumulate=True,
    )
