"""2-D convolution and its gradients (Torch7's ``nn.SpatialConvolution``, ``nn.SpatialDilatedConvolution``).

Each patch of the image becomes a column, so that all of it is matrix products. The columns of a few samples at a time
are made, never those of a large batch, which bounds the memory.
"""

from __future__ import annotations

from typing import NamedTuple

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, Pair, check_shape, deliver, namespace, pair
from pytorch_from_lua.kernels.patches import Window, columns_of, from_rows, image_of, to_rows

COLUMN_ELEMENTS = 1 << 21  # at most so many elements of columns at a time, unless one sample alone has more

SHORT_SUM = 256


class _Plan(NamedTuple):
    """The sizes of one convolution, checked."""

    batch: int
    channels: int
    planes: int
    groups: int
    window: Window

    def chunk(self) -> int:
        """Return how many samples to work on at a time."""
        height, width = self.window.output_size
        per_sample = self.channels * self.window.kernel[0] * self.window.kernel[1] * height * width
        return max(1, min(self.batch, COLUMN_ELEMENTS // max(1, per_sample)))


def _plan(
    input_shape: tuple[int, ...],
    weight_shape: tuple[int, ...],
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    groups: int,
) -> _Plan:
    if len(weight_shape) != 4:
        raise ShapeError(f"weight: needs shape (out, in / groups, rows, columns), got {weight_shape}")
    if len(input_shape) != 4:
        raise ShapeError(f"x: needs shape (batch, channels, rows, columns), got {input_shape}")
    planes, part, *kernel = weight_shape
    batch, channels, *size = input_shape
    if groups < 1 or planes % groups != 0:
        raise ShapeError(f"groups: needs to divide the {planes} output channels of the weight, got {groups}")
    if channels != part * groups:
        raise ShapeError(f"x: needs {part * groups} channels for a weight of {weight_shape}, got {input_shape}")
    window = Window(
        (size[0], size[1]),
        (kernel[0], kernel[1]),
        pair(stride, "stride", 1),
        pair(padding, "padding"),
        pair(dilation, "dilation", 1),
    )
    if min(window.output_size) < 1:
        raise ShapeError(
            f"x: an image of {size[0]} x {size[1]} with padding {window.padding} is smaller than a kernel of "
            f"{kernel[0]} x {kernel[1]} with dilation {window.dilation}"
        )
    return _Plan(batch, channels, planes, groups, window)


def conv2d_forward(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
    out: Array | None = None,
) -> Array:
    """Return ``y[n, o, i, j] = b[o] + sum_{c, u, v} W[o, c, u, v] x[n, c, i s - p + u d, j s - p + v d]``.

    Args:
        x: shape (N, C, H, W), or (C, H, W) for one image.
        weight: shape (O, C / groups, kH, kW).
        bias: shape (O,), or None.
        stride: the step between patches, a number or (rows, columns).
        padding: how many zeros are put on each side.
        dilation: the step within a patch.
        groups: how many parts the channels fall into, each convolved by itself.
        out: where to write, shape (N, O, H', W') with ``H' = floor((H + 2 p - d (kH - 1) - 1) / s) + 1``.

    Raises:
        ShapeError: the sizes do not fit together.
    """
    if x.ndim == 3:
        target = None if out is None else out[None]
        return conv2d_forward(x[None], weight, bias, stride, padding, dilation, groups, target)[0]
    plan = _plan(x.shape, weight.shape, stride, padding, dilation, groups)
    xp = namespace(x)
    height, width = plan.window.output_size
    shape = (plan.batch, plan.planes, height, width)
    if out is None:
        out = xp.empty(shape, x.dtype)
    check_shape("out", out, shape)
    matrices = weight.reshape(groups, plan.planes // groups, -1)
    if bias is not None:
        check_shape("bias", bias, (plan.planes,))
    step = plan.chunk()
    for start in range(0, plan.batch, step):
        part = x[start : start + step]
        columns = columns_of(part, plan.window)
        product = xp.matmul(matrices, columns.reshape(groups, matrices.shape[2], -1))
        product = product.reshape(plan.planes, -1)
        if bias is not None:
            product += bias[:, None]
        out[start : start + step] = from_rows(product, part.shape[0], plan.window)
    return out


def conv2d_backward_input(
    grad: Array,
    weight: Array,
    input_shape: tuple[int, ...],
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
    out: Array | None = None,
) -> Array:
    """Return the gradient with respect to ``x`` of `conv2d_forward`, of shape ``input_shape``."""
    if len(input_shape) == 3:
        target, whole = None if out is None else out[None], (1, *input_shape)
        return conv2d_backward_input(grad[None], weight, whole, stride, padding, dilation, groups, target)[0]
    plan = _plan(tuple(input_shape), weight.shape, stride, padding, dilation, groups)
    check_shape("grad", grad, (plan.batch, plan.planes, *plan.window.output_size))
    xp = namespace(grad)
    if out is None:
        out = xp.empty(input_shape, grad.dtype)
    check_shape("out", out, tuple(input_shape))
    matrices = weight.reshape(groups, plan.planes // groups, -1).swapaxes(1, 2)
    step = plan.chunk()
    for start in range(0, plan.batch, step):
        columns = xp.matmul(matrices, to_rows(grad[start : start + step], groups, plan.window))
        out[start : start + step] = image_of(columns, min(step, plan.batch - start), plan.channels, plan.window)
    return out


def conv2d_backward_weight(
    grad: Array,
    x: Array,
    weight_shape: tuple[int, ...],
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
    out: Array | None = None,
    scale: float = 1.0,
    accumulate: bool = False,
) -> Array:
    """Return ``scale`` times the gradient with respect to the weight, of shape ``weight_shape``."""
    if x.ndim == 3:
        x, grad = x[None], grad[None]
    plan = _plan(x.shape, tuple(weight_shape), stride, padding, dilation, groups)
    check_shape("grad", grad, (plan.batch, plan.planes, *plan.window.output_size))
    xp = namespace(x)
    total: Array = None
    step = plan.chunk()
    for start in range(0, plan.batch, step):
        columns = columns_of(x[start : start + step], plan.window)
        columns = columns.reshape(groups, columns.shape[0] // groups, -1)
        product = xp.matmul(to_rows(grad[start : start + step], groups, plan.window), columns.swapaxes(1, 2))
        total = product if total is None else xp.add(total, product, out=total)
    if total is None:  # no samples
        total = xp.zeros(weight_shape, x.dtype)
    return deliver(total.reshape(weight_shape), out, scale, accumulate)


def conv2d_backward_bias(grad: Array, out: Array | None = None, scale: float = 1.0, accumulate: bool = False) -> Array:
    """Return ``scale * grad`` summed over all but the channels, shape (O,)."""
    flat = grad.reshape(-1, grad.shape[-3], grad.shape[-2] * grad.shape[-1])
    if flat.shape[2] <= SHORT_SUM:  # numpy sums short rows slowly; a product with ones does not
        total = namespace(grad).matmul(flat, namespace(grad).ones(flat.shape[2], grad.dtype))
    else:
        total = flat.sum(axis=2)
    return deliver(total.sum(axis=0), out, scale, accumulate)
