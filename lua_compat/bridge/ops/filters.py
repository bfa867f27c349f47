"""Convolutions of planes and volumes as torch.conv2, xcorr2, conv3 and xcorr3 have them: no strides, no gradients.

A kernel with two dimensions more than the planes' own gives a sum over the input planes for each output plane; one
with as many goes plane by plane.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import deliver, dims, exported, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor import Tensor


def _correlate(x: Any, k: Any, n: int) -> Any:
    """Sums of products where the kernel lies inside, along the last ``n`` dimensions; the others broadcast."""
    out = tuple([a - b + 1 for a, b in zip(x.shape[-n:], k.shape[-n:], strict=True)])
    if min(out) < 1:
        raise ShapeError(f"conv: the kernel {sizes(k.shape)} is larger than the input {sizes(x.shape)}")
    total: Any = 0
    for place in np.ndindex(k.shape[-n:]):
        window = (..., *[slice(p, p + size) for p, size in zip(place, out, strict=True)])
        weight = (..., *place, *[None] * n)
        total = total + x[window] * k[weight]
    return total


def _prepared(x: Any, k: Any, n: int, full: bool, flipped: bool) -> tuple[Any, Any]:
    if full:
        width = [(0, 0)] * (x.ndim - n) + [(s - 1, s - 1) for s in k.shape[-n:]]
        x = np.pad(x, width)
    backwards = (..., *[slice(None, None, -1)] * n)
    return x, k[backwards] if flipped else k


def _filter(res: Tensor | None, x: Tensor, k: Tensor, kind: str, n: int, flipped: bool) -> Tensor | None:
    if kind not in ("V", "F"):
        raise ShapeError(f"type: should be 'V' (valid) or 'F' (full), got {kind!r}")
    planes, kernel = _prepared(x.array, k.array, n, kind == "F", flipped)
    a, b = dims(x), dims(k)
    if (a, b) in ((n, n), (n + 1, n + 1)):
        if a > n and planes.shape[0] != kernel.shape[0]:
            raise ShapeError(f"conv: {planes.shape[0]} planes and {kernel.shape[0]} kernels differ in number")
        found = _correlate(planes, kernel, n)
    elif (a, b) == (n + 1, n + 2):
        if planes.shape[0] != kernel.shape[1]:
            raise ShapeError(f"conv: {planes.shape[0]} planes for kernels of {kernel.shape[1]}")
        found = _correlate(planes[None], kernel, n).sum(1)
    else:
        raise ShapeError(f"conv: an input of {a} and a kernel of {b} dimensions do not go together")
    return deliver(res, np.ascontiguousarray(found.astype(x.dtype.numpy)))


@exported
def conv2(res: Tensor | None, x: Tensor, k: Tensor, kind: str) -> Tensor | None:
    """The convolution of planes."""
    return _filter(res, x, k, kind, 2, True)


@exported
def xcorr2(res: Tensor | None, x: Tensor, k: Tensor, kind: str) -> Tensor | None:
    """The correlation of planes."""
    return _filter(res, x, k, kind, 2, False)


@exported
def conv3(res: Tensor | None, x: Tensor, k: Tensor, kind: str) -> Tensor | None:
    """The convolution of volumes."""
    return _filter(res, x, k, kind, 3, True)


@exported
def xcorr3(res: Tensor | None, x: Tensor, k: Tensor, kind: str) -> Tensor | None:
    """The correlation of volumes."""
    return _filter(res, x, k, kind, 3, False)
