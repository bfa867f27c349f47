"""Layers that normalise or compare: kernels for arrays, and over the namespace what is differentiated again."""

from __future__ import annotations

import math
from typing import Any

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.promotion import no_integers
from pytorch_from_lua.autograd.record import wrap
from pytorch_from_lua.autograd.rule import ArrayNamespace, define
from pytorch_from_lua.kernels.namespace import namespace

STANDARD = KernelFile("standardization")
RESPONSE = KernelFile("response_norm")
ROW = KernelFile("row_norm")
DISTANCE = KernelFile("distance_layers")
PAIRS = KernelFile("row_pairs")
BILINEAR = KernelFile("bilinear")
GATE = KernelFile("gating")
WEIGHT = KernelFile("weight_norm")

# -- rows to mean 0 and variance 1 -----------------------------------------------------------------------------------


def _standardize(xp: Any, x: Any, *, eps: float) -> Any:
    z, _mean, invstd = STANDARD.standardize_forward(x, eps)
    return z, invstd


def _standardize_x(n: Any, g: Any, x: Any, r: Any, e: Any, *, eps: float) -> Any:
    if isinstance(n, ArrayNamespace):
        return STANDARD.standardize_backward(g, r, e)
    invstd = n.rsqrt(n.var(x, dim=1, correction=0, keepdim=True) + eps)
    along = n.mean(g * r, dim=1, keepdim=True)
    return invstd * (g - n.mean(g, dim=1, keepdim=True) - r * along)


define("standardize", _standardize, ("x r e", _standardize_x), promote=0, extra="hidden")

# -- responses of neighbouring channels ------------------------------------------------------------------------------

define(
    "channel_sums",
    lambda xp, x, *, before, after: RESPONSE.channel_sums(x, before, after),
    ("", lambda n, g, *, before, after: n.channel_sums(g, before=after, after=before)),
)


def _response_norm_x(
    n: Any, g: Any, x: Any, e: Any, *, size: int, alpha: float, beta: float, k: float, ends: Any
) -> Any:
    if isinstance(n, ArrayNamespace):
        return RESPONSE.response_norm_backward(g, x, e, size, alpha, beta, ends)
    before, after = ends
    scale = n.channel_sums(x * x, before=before, after=after) * (alpha / size) + k
    direct = g * scale**-beta
    through = n.channel_sums(direct * x / scale, before=after, after=before)
    return direct - x * through * (2 * alpha * beta / size)


define(
    "response_norm",
    lambda xp, x, **p: RESPONSE.response_norm_forward(x, **p),
    ("x e", _response_norm_x),
    promote=0,
    extra="hidden",
)

# -- rows divided by their length ------------------------------------------------------------------------------------


def _row_norm_x(n: Any, g: Any, x: Any, e: Any, *, p: float, eps: float) -> Any:
    if isinstance(n, ArrayNamespace):
        return ROW.row_norm_backward(g, x, e, p)
    if p == math.inf:
        values = x.array
        size = abs(values)
        chosen = size.argmax(-1)[..., None] == namespace(values).arange(values.shape[-1])
        slope: Any = wrap(chosen * (1.0 * (values > 0) - (values < 0)).astype(values.dtype))
        length = n.sum(x * slope, dim=-1, keepdim=True) + eps
    else:
        length = (n.sum(n.abs(x) ** p if p != 2 else x * x, dim=-1, keepdim=True) + eps) ** (1 / p)
        slope = x / length if p == 2 else n.sign(x) * (n.abs(x) / length) ** (p - 1)
    along = n.sum(g * x, dim=-1, keepdim=True) / (length * length)
    return g / length - along * slope


define(
    "row_norm",
    lambda xp, x, *, p, eps: ROW.row_norm_forward(x, p, eps),
    ("x e", _row_norm_x),
    promote=0,
    extra="hidden",
)

# -- distances and angles --------------------------------------------------------------------------------------------


def _euclidean_all(n: Any, g: Any, needs: Any, x: Any, w: Any, c: Any, r: Any) -> Any:
    if isinstance(n, ArrayNamespace):
        wanted = "".join([letter for letter, needed in zip("xwc", needs, strict=False) if needed])
        return DISTANCE.euclidean_backward(g, x, w, r, c, wanted)
    share = n.unsqueeze(g / (r + DISTANCE.TINY), dim=1)
    difference = n.unsqueeze(x, dim=2) - w
    pull = difference * share if c is None else difference * c * c * share
    grad_c = None if c is None else n.sum(difference * difference * share * c, dim=0)
    return n.sum(pull, dim=2), -n.sum(pull, dim=0), grad_c


define(
    "euclidean",
    lambda xp, x, w, c=None: DISTANCE.euclidean_forward(x, w, c),
    joint=("x y z r", _euclidean_all),
    same=True,
)


def _lengths(n: Any, x: Any) -> Any:
    return n.sqrt(n.sum(x * x, dim=1, keepdim=True)) + DISTANCE.LENGTH_TINY


def _cosine_x(n: Any, g: Any, x: Any, w: Any, r: Any) -> Any:
    if isinstance(n, ArrayNamespace):
        return DISTANCE.cosine_backward_input(g, x, w, r)
    length = _lengths(n, x)
    return (n.matmul(g, w / _lengths(n, w)) - n.sum(g * r, dim=1, keepdim=True) * x / length) / length


def _turned(n: Any, x: Any) -> Any:
    return n.transpose(x, dim0=0, dim1=1)


define(
    "cosine_layer",
    lambda xp, x, w: DISTANCE.cosine_forward(x, w),
    ("x y r", _cosine_x),
    ("x y r", lambda n, g, x, w, r: _cosine_x(n, _turned(n, g), w, x, _turned(n, r))),
    same=True,
)

# -- one number for each pair of rows --------------------------------------------------------------------------------


def _row_dot_all(n: Any, g: Any, needs: Any, x: Any, y: Any) -> Any:
    if isinstance(n, ArrayNamespace):
        return PAIRS.dot_backward(g, x, y)
    g = n.unsqueeze(g, dim=-1)
    return g * y, g * x


define("row_dot", lambda xp, x, y: PAIRS.dot_forward(x, y), joint=("x y", _row_dot_all), promote=0)


def _row_cosine_all(n: Any, g: Any, needs: Any, x: Any, y: Any, r: Any, *, eps: float) -> Any:
    if isinstance(n, ArrayNamespace):
        return PAIRS.cosine_backward(g, x, y, eps)
    g, r = n.unsqueeze(g, dim=-1), n.unsqueeze(r, dim=-1)
    one, two = n.norm(x, p=2, dim=-1, keepdim=True), n.norm(y, p=2, dim=-1, keepdim=True)
    # The bound has no slope of its own, so what it adds is a constant.
    far, wide = (size + wrap((eps - size.array).clip(min=0).astype(size.dtype.numpy)) for size in (one, two))
    across, along = g / (far * wide), g * r
    first, second = far * n.where(one == 0, far, one), wide * n.where(two == 0, wide, two)
    return across * y - along * x / first, across * x - along * y / second


define(
    "row_cosine",
    lambda xp, x, y, *, eps: PAIRS.cosine_forward(x, y, eps),
    joint=("x y r", _row_cosine_all),
    promote=0,
    check=no_integers,
)


def _row_distance_all(n: Any, g: Any, needs: Any, x: Any, y: Any, r: Any, *, p: float, eps: float, tiny: float) -> Any:
    if isinstance(n, ArrayNamespace):
        found = PAIRS.distance_backward(g, x, y, p, eps, tiny)
        return found, -found
    g, r, difference = n.unsqueeze(g, dim=-1), n.unsqueeze(r, dim=-1), x - y + eps
    if p == 1:
        found = g * n.sign(difference)
    else:
        found = g * (r + tiny if tiny else n.where(r == 0, 1.0, r)) ** (1 - p) * difference
        if p != 2:
            size = n.abs(difference)
            found = found * n.where(size == 0, 1.0, size) ** (p - 2)
    return found, -found


define(
    "row_distance",
    lambda xp, x, y, *, p, eps, tiny: PAIRS.distance_forward(x, y, p, eps),
    joint=("x y r", _row_distance_all),
    promote=0,
    check=no_integers,
)

# -- products of two inputs ------------------------------------------------------------------------------------------


def _spread(n: Any, g: Any, x: Any) -> Any:
    """The products of all gradients with all inputs, shape (N, out * in)."""
    return n.reshape(n.unsqueeze(g, dim=2) * n.unsqueeze(x, dim=1), shape=(x.shape[0], g.shape[1] * x.shape[1]))


def _bilinear_x(n: Any, g: Any, z: Any, w: Any) -> Any:
    flat = n.reshape(n.transpose(w, dim0=1, dim1=2), shape=(w.shape[0] * w.shape[2], w.shape[1]))
    return n.matmul(_spread(n, g, z), flat)


def _bilinear_z(n: Any, g: Any, x: Any, w: Any) -> Any:
    return n.matmul(_spread(n, g, x), n.reshape(w, shape=(w.shape[0] * w.shape[1], w.shape[2])))


def _bilinear_weight(n: Any, g: Any, x: Any, z: Any, ws: Any) -> Any:
    return n.reshape(n.matmul(_turned(n, _spread(n, g, x)), z), shape=ws)


define(
    "bilinear",
    lambda xp, x, z, w, b=None: BILINEAR.bilinear_forward(x, z, w, b),
    ("y z", _bilinear_x),
    ("x z", _bilinear_z),
    ("x y zs", _bilinear_weight),
    ("", lambda n, g: n.sum(g, dim=0)),
    same=True,
)

# -- gates -----------------------------------------------------------------------------------------------------------


def _glu_x(n: Any, g: Any, x: Any, *, dim: int) -> Any:
    if isinstance(n, ArrayNamespace):
        return GATE.glu_backward(g, x, dim)
    half = x.shape[dim] // 2
    first, second = n.narrow(x, dim=dim, start=0, length=half), n.narrow(x, dim=dim, start=half, length=half)
    gate = n.sigmoid(second)
    return n.cat(g * gate, g * first * gate * (1 - gate), dim=dim)


define("glu", lambda xp, x, *, dim: GATE.glu_forward(x, dim), ("x", _glu_x), promote=0)

# -- weights as directions and lengths -------------------------------------------------------------------------------


def _weight_norm(xp: Any, v: Any, g: Any, *, eps: float, added: float) -> Any:
    return WEIGHT.weight_norm_forward(v, g, eps, added)


def _weight_norm_all(n: Any, grad: Any, needs: Any, v: Any, g: Any, e: Any, *, eps: float, added: float) -> Any:
    if isinstance(n, ArrayNamespace):
        return WEIGHT.weight_norm_backward(grad, v, g, e)
    length = n.sqrt(n.sum(v * v, dim=1, keepdim=True) + added)
    if eps > 0:
        length = n.clamp(length, min=eps)
    unit = v / length
    along = n.sum(grad * unit, dim=1, keepdim=True)
    return (grad - unit * along) * (g / length), along


define("weight_norm", _weight_norm, joint=("x y e", _weight_norm_all), same=True, extra="hidden")
