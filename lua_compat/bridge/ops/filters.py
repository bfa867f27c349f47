"""Convolutions of planes and volumes as torch.conv2, xcorr2, conv3 and xcorr3 have them: no strides, no gradients.

A kernel with two dimensions more than the planes' own gives a sum over the input planes for each output plane; one
with as many goes plane by plane.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import deliver, dims, named, sizes
from pytorch_from_lua.errors import DimensionError, RangeError, ShapeError
from pytorch_from_lua.tensor import Tensor


def _correlate(x: Any, k: Any, n: int) -> Any:
    """Sums of products where the kernel lies inside, along the last ``n`` dimensions; the others broadcast."""
    out = tuple([a - b + 1 for a, b in zip(x.shape[-n:], k.shape[-n:], strict=True)])
    total: Any = 0
    for place in np.ndindex(k.shape[-n:]):
        window = (..., *[slice(p, p + size) for p, size in zip(place, out, strict=True)])
        weight = (..., *place, *[None] * n)
        total = total + x[window] * k[weight]
    return total


def _check(x: Tensor, k: Tensor, kind: str, n: int, name: str) -> None:
    if kind not in ("V", "F"):
        raise RangeError(f"{name}: the option should be 'V' (valid) or 'F' (full), got {kind!r}")
    given = f"an input of size {sizes(x._shape)} and a kernel of size {sizes(k._shape)}"
    if (dims(x), dims(k)) not in ((n, n), (n + 1, n + 1), (n + 1, n + 2)):
        raise DimensionError(
            f"{name}: takes {n} and {n} dimensions, {n + 1} and {n + 1}, or {n + 1} and {n + 2}, got {given}"
        )
    planes = k._shape[-n - 1] if dims(k) > n else 1
    if dims(x) > n and x._shape[0] != planes:
        raise ShapeError(f"{name}: the numbers of planes differ: {given}")
    if kind == "V" and any(a < b for a, b in zip(x._shape[-n:], k._shape[-n:], strict=True)):
        raise ShapeError(f"{name}: the kernel is larger than the input: {given}")


def _filter(name: str, n: int, flipped: bool) -> None:
    def op(res: Tensor | None, x: Tensor, k: Tensor, kind: str) -> Tensor | None:
        _check(x, k, kind, n, name)
        planes, kernel = x.array, k.array
        if kind == "F":
            planes = np.pad(planes, [(0, 0)] * (planes.ndim - n) + [(s - 1, s - 1) for s in kernel.shape[-n:]])
        if flipped:
            backwards = (..., *[slice(None, None, -1)] * n)
            kernel = kernel[backwards]
        if kernel.ndim > planes.ndim:
            found = _correlate(planes[None], kernel, n).sum(1)
        else:
            found = _correlate(planes, kernel, n)
        return deliver(res, np.ascontiguousarray(found.astype(x.dtype.numpy)))

    named(name)(op)


for _name, _n, _flipped in (("conv2", 2, True), ("xcorr2", 2, False), ("conv3", 3, True), ("xcorr3", 3, False)):
    _filter(_name, _n, _flipped)
