"""2-D convolution and its gradients (Torch7's ``nn.SpatialConvolution``, ``nn.SpatialDilatedConvolution``).

Those of 3 x 3 in float32 go through `winograd` where there is enough to do. Else each patch of the image becomes a row
of a matrix, so that all of it is matrix products. The rows of a few samples at a time are made, never those of a large
batch, which bounds the memory. What comes out of the products lies in memory as results do: only the gradient's
channels are brought together, and the weight, which is small, is reordered.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import depthwise, direct, parallel, products, winograd
from pytorch_from_lua.kernels.channels import channel_sums
from pytorch_from_lua.kernels.namespace import Array, Pair, check_shape, deliver, namespace, pair
from pytorch_from_lua.kernels.patches import Window, add_rows, rows_of

ROW_ELEMENTS_ON_GPU = 1 << 27  # there every product costs the time of a large one to start
ROW_ELEMENTS = 1 << 19  # at most so many elements of rows at a time, unless one sample alone has more

LEAST_BY_TILES = 1 << 18  # fewer multiplications are sooner done than prepared
MOST_BY_TILES = 1 << 23  # the values of one sample's tiles take 9 / 4 of this, and stay in memory

FEW_PLACES = 128  # a product for each sample reads all of the weight again: for so few windows, samples share one
FEW_CHANNELS = 8  # patches of more are soon copied beside what is computed

# OpenBLAS shares out products of more multiplications than the small one between threads, which below the large one
# gains little, and loses a lot where another program runs on the same cores.
SMALL_PRODUCT, LARGE_PRODUCT = 1 << 18, 1 << 24


class _Plan(NamedTuple):
    """The sizes of one convolution, checked."""

    batch: int
    channels: int
    planes: int
    groups: int
    window: Window
    size: tuple[int, int]  # of the result's planes

    def step(self, xp: Any) -> int:
        """How many samples to work on at a time, in arrays of ``xp``."""
        rows, columns = self.window.kernel
        per_sample = self.channels * rows * columns * self.size[0] * self.size[1]
        most = ROW_ELEMENTS if xp is np else ROW_ELEMENTS_ON_GPU
        return max(1, min(self.batch, most // max(1, per_sample)))

    @property
    def of_pixels(self) -> bool:
        """Whether windows have one pixel: `products.pixels`."""
        return self.groups == 1 and self.window.kernel == (1, 1) and self.window.padding == (0, 0)

    @property
    def of_planes(self) -> bool:
        """Whether each plane is convolved by itself: `depthwise`."""
        return self.groups == self.channels > 1

    @property
    def shrinks(self) -> bool:
        """Whether the image has many times as many pixels as windows: then a convolution back sees mostly padding."""
        return self.window.size[0] * self.window.size[1] > 8 * self.size[0] * self.size[1]

    @property
    def of_all(self) -> bool:
        """Whether the only window is the image: `products.whole`."""
        same = self.size == (1, 1) and self.window.kernel == self.window.size and self.window.padding == (0, 0)
        return self.groups == 1 and self.window.dilation == (1, 1) and same


def _plan(
    input_shape: tuple[int, ...],
    weight_shape: tuple[int, ...],
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    groups: int,
) -> _Plan:
    """Return the sizes of a convolution. The last ones are kept: a training step asks for the same again and again."""
    try:
        return _cached_plan(input_shape, weight_shape, stride, padding, dilation, groups)
    except TypeError:  # a list, which is no key
        return _new_plan(input_shape, weight_shape, stride, padding, dilation, groups)


@functools.lru_cache(maxsize=256)
def _cached_plan(*arguments: Any) -> _Plan:
    return _new_plan(*arguments)


def _new_plan(
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
    height, width = window.output_size
    if min(height, width) < 1:
        raise ShapeError(
            f"x: an image of {size[0]} x {size[1]} with padding {window.padding} is smaller than a kernel of "
            f"{kernel[0]} x {kernel[1]} with dilation {window.dilation}"
        )
    return _Plan(batch, channels, planes, groups, window, (height, width))


def _plain(plan: _Plan, *arrays: Array) -> bool:
    """Whether the compiled ways could do a convolution: of float32, by steps of one, all channels together."""
    simple = plan.window.stride == plan.window.dilation == (1, 1) and plan.groups == 1
    return simple and all(type(a) is np.ndarray and a.dtype == np.float32 for a in arrays)


def _by_lines(plan: _Plan, *arrays: Array) -> bool:
    """Whether `direct` does a convolution of these arrays, which it is told to be ready for."""
    few = plan.channels <= FEW_CHANNELS or plan.planes <= FEW_CHANNELS
    return few and plan.window.kernel != (1, 1) and _plain(plan, *arrays) and direct.ready(arrays[0])


def _by_tiles(plan: _Plan, *arrays: Array) -> bool:
    """Whether `winograd` does a convolution of these arrays, which it is told to be ready for."""
    fits = (
        plan.window.kernel == (3, 3)
        and plan.channels % 8 == plan.planes % 8 == 0
        and min(plan.size) > 2
        and plan.batch * plan.size[0] * plan.size[1] * plan.channels * plan.planes >= LEAST_BY_TILES
        and plan.size[0] * plan.size[1] * max(plan.channels, plan.planes) <= MOST_BY_TILES
    )
    return fits and _plain(plan, *arrays) and winograd.ready(arrays[0])


def _matrices(weight: Array, plan: _Plan) -> Array:
    """Return the weight as (groups, O / groups, kH kW C / groups), the order of the rows."""
    return weight.transpose(0, 2, 3, 1).reshape(plan.groups, plan.planes // plan.groups, -1)


def _turned(weight: Array, plan: _Plan) -> Array:
    """Return the weight that takes a gradient back where the window moves by one: turned around, in and out swapped."""
    groups, (kh, kw) = plan.groups, plan.window.kernel
    parts = weight[:, :, ::-1, ::-1].reshape(groups, plan.planes // groups, -1, kh, kw)
    return parts.swapaxes(1, 2).reshape(plan.channels, -1, kh, kw)


def _together(rows: Array, plan: _Plan) -> int:
    """Return how many of the samples of ``rows`` go into one product of the weight's gradient."""
    groups, n, area, width = map(int, rows.shape)
    if type(rows) is not np.ndarray:
        return n
    if not rows.flags.c_contiguous:  # columns: each sample is a matrix of its own
        return 1
    each = plan.planes // groups * area * width
    if each * n > LARGE_PRODUCT:
        return n
    return max(d for d in range(1, n + 1) if n % d == 0 and (d == 1 or each * d <= SMALL_PRODUCT))


def _by_channel(grad: Array, plan: _Plan) -> Array:
    """Return the gradient, shape (n, O, H', W'), as (groups, O / groups, n H' W')."""
    return grad.swapaxes(0, 1).reshape(plan.groups, plan.planes // plan.groups, -1)


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
    shape = (plan.batch, plan.planes, *plan.size)
    if out is None:
        out = namespace(x).empty(shape, x.dtype)
    check_shape("out", out, shape)
    if bias is not None:
        check_shape("bias", bias, (plan.planes,))
    if out.flags.c_contiguous and (bias is None or bias.dtype == x.dtype):
        if plan.of_all or plan.of_pixels:
            if plan.of_all:
                out.reshape(plan.batch, plan.planes)[...] = products.whole(x, weight)
            else:
                products.pixels(x, weight, plan.window.stride, out)
            if bias is not None:
                out += bias.reshape(-1, 1, 1)
            return out
        if _by_tiles(plan, x, weight, out):
            dense = np.ascontiguousarray(x), np.ascontiguousarray(weight)
            if winograd.convolve(*dense, bias, plan.window.padding, out, turned=False):
                return out
        if _by_lines(plan, x, weight, out):
            direct.convolve(np.ascontiguousarray(x), weight, bias, plan.window.padding, out)
            return out
    if plan.of_planes and depthwise.forward(x, weight, bias, plan.window, out):
        return out
    return _direct(x, weight, bias, plan, out)


def _over_samples(part: Callable[[int, int], None], plan: _Plan, x: Array) -> None:
    """Call ``part(start, stop)`` for all samples: in several threads where there is one for each, else with BLAS's."""
    if type(x) is np.ndarray and plan.batch >= parallel.COUNT[0] > 1:
        work = plan.planes * plan.size[0] * plan.size[1] * plan.channels // plan.groups // 2
        with parallel.one_blas_thread():
            parallel.spread(part, plan.batch, work)
    else:
        part(0, plan.batch)


def _direct(x: Array, weight: Array, bias: Array | None, plan: _Plan, out: Array) -> Array:
    """Fill ``out`` with the convolution by products with the patches."""
    xp = namespace(x)
    groups, part = plan.groups, plan.planes // plan.groups
    height, width = plan.size
    matrices = _matrices(weight, plan)[:, None]
    step = plan.step(xp)

    def some(first: int, last: int) -> None:
        for start in range(first, last, step):
            stop = min(start + step, last)
            rows = rows_of(x[start:stop], groups, plan.window)
            target = out[start:stop]
            if groups == 1 and height * width < FEW_PLACES and rows.flags.c_contiguous:
                product = rows.reshape(-1, rows.shape[3]) @ matrices[0, 0].T
                if bias is not None:
                    product += bias
                target[...] = product.reshape(stop - start, height, width, -1).transpose(0, 3, 1, 2)
                continue
            direct = groups == 1 and target.flags.c_contiguous and target.dtype == rows.dtype
            product = target.reshape(1, -1, part, height * width) if direct else None
            product = xp.matmul(matrices, rows.swapaxes(2, 3), out=product)
            if bias is not None:
                product += bias.reshape(groups, 1, part, 1)
            if not direct:
                target[...] = product.swapaxes(0, 1).reshape(target.shape)

    _over_samples(some, plan, x)
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
    window = plan.window
    if plan.of_all:
        products.whole_backward(grad, weight, out)
        return out
    if plan.of_pixels and out.flags.c_contiguous:
        products.pixels_backward(grad, weight, window.stride, out)
        return out
    if plan.of_planes and depthwise.backward_input(grad, weight, window, out):
        return out
    down, right = (window.dilation[i] * (window.kernel[i] - 1) - window.padding[i] for i in range(2))
    if window.stride == (1, 1) and down >= 0 and right >= 0 and not plan.shrinks:
        if out.flags.c_contiguous and _by_tiles(plan, grad, weight, out):
            dense = np.ascontiguousarray(grad), np.ascontiguousarray(weight)
            if winograd.convolve(*dense, None, (down, right), out, turned=True):
                return out
        turned = _turned(weight, plan)
        if out.flags.c_contiguous and _by_lines(plan, grad, weight, out):
            direct.convolve(np.ascontiguousarray(grad), turned, None, (down, right), out)
            return out
        return _direct(grad, turned, None, _plan(grad.shape, turned.shape, 1, (down, right), dilation, groups), out)
    matrices = _matrices(weight, plan)
    area = plan.size[0] * plan.size[1]
    step = plan.step(xp)

    def some(first: int, last: int) -> None:
        for start in range(first, last, step):
            stop = min(start + step, last)
            part = _by_channel(grad[start:stop], plan)
            rows = xp.matmul(part.swapaxes(1, 2), matrices)
            add_rows(rows.reshape(plan.groups, -1, area, rows.shape[2]), out[start:stop], window)

    _over_samples(some, plan, grad)
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
    if plan.of_all or plan.of_pixels:
        way = products.whole_weight(grad, x) if plan.of_all else products.pixels_weight(grad, x, plan.window.stride)
        return deliver(way.reshape(weight_shape), out, scale, accumulate)
    if _by_tiles(plan, x, grad):
        tiled = winograd.weight_gradient(np.ascontiguousarray(grad), np.ascontiguousarray(x), plan.window.padding)
        if tiled is not None:
            return deliver(tiled, out, scale, accumulate)
    elif _by_lines(plan, x, grad):
        dense = np.ascontiguousarray(grad), np.ascontiguousarray(x)
        summed = direct.weight_gradient(*dense, tuple(weight_shape), plan.window.padding)
        if summed is not None:
            return deliver(summed, out, scale, accumulate)
    total = _weight_by_patches(grad, x, plan)
    return deliver(total, out, scale, accumulate)


def _weight_by_patches(grad: Array, x: Array, plan: _Plan) -> Array:
    """Return the gradient of the weight by products with the patches."""
    xp = namespace(x)
    planes, area = plan.planes // plan.groups, plan.size[0] * plan.size[1]
    step = plan.step(xp)
    totals: list[Array] = []

    def some(first: int, last: int) -> None:
        total: Array = None
        for start in range(first, last, step):
            stop = min(start + step, last)
            rows = rows_of(x[start:stop], plan.groups, plan.window)
            together = _together(rows, plan)
            part = grad[start:stop].reshape(-1, together, plan.groups, planes, area)
            part = part.transpose(2, 0, 3, 1, 4).reshape(plan.groups, -1, planes, together * area)
            if together > 1:
                rows = rows.reshape(plan.groups, -1, together * area, rows.shape[3])
            product = xp.matmul(part, rows).sum(axis=1) if part.shape[1] > 1 else xp.matmul(part[:, 0], rows[:, 0])
            total = product if total is None else xp.add(total, product, out=total)
        if total is not None:
            totals.append(total)

    _over_samples(some, plan, x)
    channels = plan.channels // plan.groups
    if not totals:  # no samples
        return xp.zeros((plan.planes, channels, *plan.window.kernel), x.dtype)
    total: Array = sum(totals[1:], start=totals[0])
    total = total.reshape(plan.planes, *plan.window.kernel, -1).transpose(0, 3, 1, 2)
    return xp.ascontiguousarray(total)


def conv2d_backward_bias(grad: Array, out: Array | None = None, scale: float = 1.0, accumulate: bool = False) -> Array:
    """Return ``scale * grad`` summed over all but the channels, shape (O,)."""
    return deliver(channel_sums(grad if grad.ndim == 4 else grad[None]), out, scale, accumulate)
