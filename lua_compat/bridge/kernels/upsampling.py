"""Up-sampling, and means of powers over neighbouring features."""

from __future__ import annotations

from lua_compat.bridge.kernels.common import exported, result, sizes
from lua_compat.bridge.kernels.volumetric_pooling import resampled_back
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import feature_pooling, resampling, upsampling
from pytorch_from_lua.kernels.resampling import Axes
from pytorch_from_lua.tensor import Tensor


def _axes(input: Tensor, mode: str, new: tuple[int, ...]) -> Axes:
    """What makes the last dimensions ``new``. Torch7 keeps the corners where they are, and counts in floats."""
    dims = len(new)
    size = input._shape[input.ndim - dims :]
    return tuple(
        [
            (d - dims, upsampling.upsampling_taps(mode, size[d], new[d], None, mode == "linear", single=True))
            for d in range(dims)
        ]
    )


@exported
def upsampling_forward(output: Tensor, input: Tensor, mode: str, *new: int) -> None:
    """The input with its last dimensions of the sizes ``new``; ``mode`` is ``nearest`` or ``linear``."""
    shape = (*input._shape[: input.ndim - len(new)], *new)
    axes = _axes(input, mode, new)
    resampling.resample(input.array, axes, result(output, shape))


@exported
def upsampling_backward(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, name: str, mode: str, *new: int
) -> None:
    """The gradient of that."""
    resampled_back(name, grad_input, grad_output, input, _axes(input, mode, new))


def _features(input: Tensor, width: int, batch_mode: bool) -> int:
    """The dimension of the features, counted from the end."""
    name = "nn.FeatureLPPooling"
    least = 2 if batch_mode else 1
    if not least <= input.ndim <= least + 2:
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, {least} to {least + 2} dimensions are needed")
    axis = (1 if batch_mode else 0) - input.ndim
    if input._shape[axis] < width:
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, {width} features are needed")
    return axis


@exported
def feature_lp_pooling_forward(
    output: Tensor, input: Tensor, width: int, stride: int, power: float, batch_mode: bool
) -> None:
    """nn.FeatureLPPooling: the root of the sum of powers over windows of features."""
    axis = _features(input, width, bool(batch_mode))
    found = feature_pooling.feature_lp_pool_forward(input.array, axis, width, stride, power)
    result(output, found.shape)[...] = found


@exported
def feature_lp_pooling_backward(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, output: Tensor,
    width: int, stride: int, power: float, batch_mode: bool,
) -> None:  # fmt: skip
    """The gradient of that."""
    axis = _features(input, width, bool(batch_mode))
    if grad_output._shape != output._shape:
        raise ShapeError(f"nn.FeatureLPPooling: gradOutput has sizes {sizes(grad_output)}, output has {sizes(output)}")
    out = result(grad_input, input._shape)
    feature_pooling.feature_lp_pool_backward(
        grad_output.array, input.array, output.array, axis, width, stride, power, out
    )
