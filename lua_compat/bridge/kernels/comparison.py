"""nn.Cosine, nn.Euclidean, nn.WeightedEuclidean, nn.Bilinear, nn.Normalize, nn.SpatialCrossMapLRN, gates."""

from __future__ import annotations

from typing import Any

from lua_compat.bridge.kernels.common import changed, exported, plane, result, same_count, same_type, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import bilinear, distance_layers, gating, response_norm, row_norm, weight_norm
from pytorch_from_lua.tensor import Tensor


def rows(array: Any) -> Any:
    """One vector as a batch of it."""
    return array[None] if array.ndim == 1 else array


def _vectors(name: str, input: Tensor, columns: int, outputs: int) -> None:
    if input.ndim not in (1, 2) or input._shape[-1] != columns:
        raise ShapeError(
            f"{name}({columns} -> {outputs}): input has sizes {sizes(input)}, vectors of {columns} are needed"
        )


def _gradients(name: str, grad_output: Tensor, output: Tensor) -> None:
    if grad_output._shape != output._shape:
        raise ShapeError(f"{name}: gradOutput has sizes {sizes(grad_output)}, output has {sizes(output)}")


@exported
def cosine_forward(output: Tensor, input: Tensor, weight: Tensor) -> None:
    """The cosines of the angles with the rows of the weight."""
    outputs, columns = weight._shape
    _vectors("nn.Cosine", input, columns, outputs)
    same_type("nn.Cosine", input, weight)
    out = result(output, (*input._shape[:-1], outputs))
    distance_layers.cosine_forward(rows(input.array), weight.array, rows(out))


@exported
def cosine_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor, output: Tensor
) -> None:
    """The gradient with respect to the input."""
    _gradients("nn.Cosine", grad_output, output)
    out = result(grad_input, input._shape)
    distance_layers.cosine_backward_input(
        rows(grad_output.array), rows(input.array), weight.array, rows(output.array), rows(out)
    )


@exported
def cosine_backward_weight(
    grad_weight: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor, output: Tensor, scale: float
) -> None:
    """Adds the gradient of the weight."""
    _gradients("nn.Cosine", grad_output, output)
    distance_layers.cosine_backward_weight(
        rows(grad_output.array),
        rows(input.array),
        weight.array,
        rows(output.array),
        changed(grad_weight),
        scale,
        accumulate=True,
    )


def _factors(scale: Tensor | None) -> Any:
    return None if scale is None else scale.array


@exported
def euclidean_forward(name: str, output: Tensor, input: Tensor, weight: Tensor, factors: Tensor | None) -> None:
    """The distances from the columns of the weight."""
    columns, outputs = weight._shape
    _vectors(name, input, columns, outputs)
    same_type(name, input, weight)
    out = result(output, (*input._shape[:-1], outputs))
    distance_layers.euclidean_forward(rows(input.array), weight.array, _factors(factors), rows(out))


@exported
def euclidean_backward_input(
    name: str,
    grad_input: Tensor,
    grad_output: Tensor,
    input: Tensor,
    weight: Tensor,
    output: Tensor,
    factors: Tensor | None,
) -> None:
    """The gradient with respect to the input."""
    _gradients(name, grad_output, output)
    found, _, _ = distance_layers.euclidean_backward(
        rows(grad_output.array), rows(input.array), weight.array, rows(output.array), _factors(factors), "x"
    )
    result(grad_input, input._shape)[...] = found.reshape(input._shape)


@exported
def euclidean_backward_parameters(
    name: str,
    grad_weight: Tensor,
    grad_factors: Tensor | None,
    grad_output: Tensor,
    input: Tensor,
    weight: Tensor,
    output: Tensor,
    factors: Tensor | None,
    scale: float,
) -> None:
    """Adds the gradients of the parameters."""
    _gradients(name, grad_output, output)
    _, found, of_factors = distance_layers.euclidean_backward(
        rows(grad_output.array), rows(input.array), weight.array, rows(output.array), _factors(factors), "wc"
    )
    changed(grad_weight)[...] += found * scale
    if grad_factors is not None:
        changed(grad_factors)[...] += of_factors * scale


@exported
def bilinear_forward(output: Tensor, first: Tensor, second: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """``x^T W_k z + b_k`` for a batch."""
    outputs, one, two = weight._shape
    fits = first.ndim == second.ndim == 2 and first._shape[0] == second._shape[0]
    if not fits or (first._shape[1], second._shape[1]) != (one, two):
        raise ShapeError(
            f"nn.Bilinear({one}x{two} -> {outputs}): inputs have sizes {sizes(first)} and {sizes(second)}, "
            f"batches of one size with vectors of {one} and {two} are needed"
        )
    same_type("nn.Bilinear", first, weight)
    same_type("nn.Bilinear", second, weight)
    out = result(output, (first._shape[0], outputs))
    bilinear.bilinear_forward(first.array, second.array, weight.array, None if bias is None else bias.array, out)


@exported
def bilinear_backward_input(
    grad_first: Tensor, grad_second: Tensor, grad_output: Tensor, first: Tensor, second: Tensor, weight: Tensor
) -> None:
    """The gradients with respect to both inputs."""
    _bilinear_gradient(grad_output, first, weight)
    grad, w = grad_output.array, weight.array
    bilinear.bilinear_backward_first(grad, second.array, w, result(grad_first, first._shape))
    bilinear.bilinear_backward_second(grad, first.array, w, result(grad_second, second._shape))


def _bilinear_gradient(grad_output: Tensor, first: Tensor, weight: Tensor) -> None:
    wanted = (first._shape[0], weight._shape[0])
    if grad_output._shape != wanted:
        raise ShapeError(f"nn.Bilinear: gradOutput has sizes {sizes(grad_output)}, {wanted[0]}x{wanted[1]} is needed")


@exported
def bilinear_backward_parameters(
    grad_weight: Tensor,
    grad_bias: Tensor | None,
    grad_output: Tensor,
    first: Tensor,
    second: Tensor,
    scale: float,
    bias_scale: float,
) -> None:
    """Adds the parameters' gradients."""
    _bilinear_gradient(grad_output, first, grad_weight)
    grad = grad_output.array
    bilinear.bilinear_backward_weight(grad, first.array, second.array, changed(grad_weight), scale, accumulate=True)
    if grad_bias is not None:
        changed(grad_bias)[...] += grad.sum(axis=0) * bias_scale


@exported
def normalize_forward(output: Tensor, norm: Tensor, input: Tensor, p: float, eps: float) -> None:
    """Each vector divided by its length, which is kept for the gradient."""
    if input.ndim not in (1, 2):
        raise ShapeError(f"nn.Normalize: input has sizes {sizes(input)}, a vector or a batch of them is needed")
    same_type("nn.Normalize", input, output)
    x = rows(input.array)
    _, length = row_norm.row_norm_forward(x, p, eps, rows(result(output, input._shape)))
    result(norm, length.shape)[...] = length


@exported
def normalize_backward(grad_input: Tensor, grad_output: Tensor, input: Tensor, norm: Tensor, p: float) -> None:
    """The gradient of that."""
    same_count("nn.Normalize", input, grad_output)
    x = rows(input.array)
    out = rows(result(grad_input, input._shape))
    row_norm.row_norm_backward(grad_output.array.reshape(x.shape), x, norm.array, p, out)


def _batch(array: Any) -> Any:
    return array[None] if array.ndim == 3 else array


def _around(size: float) -> tuple[int, int]:
    return (int(size) - 1) // 2, (int(size) - 1) // 2


@exported
def response_norm_forward(
    output: Tensor, scale: Tensor, input: Tensor, size: float, alpha: float, beta: float, k: float
) -> None:
    """Responses divided by those of the planes around; the divisors, before the power, are kept."""
    plane("nn.SpatialCrossMapLRN", input)
    same_type("nn.SpatialCrossMapLRN", input, output)
    out = _batch(result(output, input._shape))
    _, found = response_norm.response_norm_forward(_batch(input.array), int(size), alpha, beta, k, _around(size), out)
    result(scale, input._shape)[...] = found.reshape(input._shape)


@exported
def response_norm_backward(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, scale: Tensor, size: float, alpha: float, beta: float
) -> None:
    """The gradient of that."""
    same_count("nn.SpatialCrossMapLRN", input, grad_output)
    x, out = _batch(input.array), _batch(result(grad_input, input._shape))
    grad = grad_output.array.reshape(x.shape)
    response_norm.response_norm_backward(grad, x, _batch(scale.array), int(size), alpha, beta, _around(size), out)


def _gate_axis(input: Tensor, dimension: float | None) -> int:
    axis = input.ndim - 1 if dimension is None else int(dimension) - 1
    if not 0 <= axis < input.ndim or input._shape[axis] % 2 != 0:
        where = "the last dimension" if dimension is None else f"dimension {int(dimension)}"
        raise ShapeError(f"nn.GatedLinearUnit: input has sizes {sizes(input)}, an even size of {where} is needed")
    return axis


@exported
def glu_forward(output: Tensor, input: Tensor, dimension: float | None) -> None:
    """The first half of a dimension times the sigmoid of the second."""
    axis = _gate_axis(input, dimension)
    same_type("nn.GatedLinearUnit", input, output)
    shape = tuple([n // 2 if i == axis else n for i, n in enumerate(input._shape)])
    gating.glu_forward(input.array, axis, result(output, shape))


@exported
def glu_backward(grad_input: Tensor, grad_output: Tensor, input: Tensor, dimension: float | None) -> None:
    """The gradient of that."""
    axis = _gate_axis(input, dimension)
    if grad_output.numel() * 2 != input.numel():
        raise ShapeError(f"nn.GatedLinearUnit: gradOutput has sizes {sizes(grad_output)}, input has {sizes(input)}")
    shape = tuple([n // 2 if i == axis else n for i, n in enumerate(input._shape)])
    gating.glu_backward(grad_output.array.reshape(shape), input.array, axis, result(grad_input, input._shape))


@exported
def weight_norm_forward(weight: Tensor, norm: Tensor, v: Tensor, g: Tensor, eps: float, added: float) -> None:
    """The weight of directions and lengths, a row for each output."""
    _, length = weight_norm.weight_norm_forward(v.array, g.array, eps, added, result(weight, v._shape))
    result(norm, length.shape)[...] = length


@exported
def weight_norm_backward(
    grad_v: Tensor, grad_g: Tensor, grad_weight: Tensor, v: Tensor, g: Tensor, norm: Tensor
) -> None:
    """The gradients of directions and lengths; as in Torch7, what the former has already counts as the weight's."""
    of_v, of_g = weight_norm.weight_norm_backward(grad_weight.array + grad_v.array, v.array, g.array, norm.array)
    changed(grad_v)[...] = of_v
    changed(grad_g)[...] = of_g
