"""The nearest of some centres, and where they should move (Torch7's ``nn.Kmeans``)."""

from __future__ import annotations

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, namespace
from pytorch_from_lua.kernels.sparse_linear import sum_by

#: How many differences are held at once.
_HELD = 1 << 19


def nearest_forward(x: Array, centres: Array) -> tuple[Array, float]:
    """Return for each sample (N, size) the index of the nearest centre (k, size), and the sum of squared distances.

    >>> import numpy as np
    >>> nearest_forward(np.array([[0.0], [7.0]]), np.array([[6.0], [1.0]]))
    (array([1, 0]), 2.0)
    """
    if x.ndim != 2 or centres.ndim != 2 or x.shape[1] != centres.shape[1]:
        raise ShapeError(f"x: needs shape (batch, {centres.shape[-1]}), got {x.shape}")
    xp = namespace(x)
    nearest, total = xp.empty(x.shape[0], "int64"), 0.0
    step = max(1, _HELD // max(1, centres.size))
    for start in range(0, x.shape[0], step):
        difference = x[start : start + step, None, :] - centres
        distance = xp.einsum("nkd,nkd->nk", difference, difference)
        chosen = distance.argmin(axis=1)
        nearest[start : start + step] = chosen
        total += float(xp.take_along_axis(distance, chosen[:, None], axis=1).sum(dtype="float64"))
    return nearest, total


def nearest_backward(x: Array, centres: Array, nearest: Array) -> tuple[Array, Array]:
    """Return ``centre - mean of the samples nearest to it``, 0 where there are none, and how many there are."""
    xp = namespace(x)
    counts = xp.bincount(nearest, minlength=centres.shape[0])
    means = sum_by(nearest, x, centres.shape[0]) / xp.maximum(counts, 1)[:, None].astype(x.dtype)
    return xp.where(counts[:, None] > 0, centres - means, x.dtype.type(0)), counts
