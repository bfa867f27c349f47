"""Which planes a convolution connects: weights of single connections as one weight of all planes, and back.

A table of connections has a row (source, target) for each kernel (Torch7's ``nn.SpatialConvolutionMap``). Where one
pair stands there several times, its kernels add up.
"""

from __future__ import annotations

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, at, namespace


def connect(weight: Array, first: Array, second: Array, shape: tuple[int, int]) -> Array:
    """Return the weight over all pairs of planes, zero where nothing connects: ``(*shape, ...)``.

    Args:
        weight: shape (K, ...), one for each connection.
        first: K indices along the first of the result's dimensions.
        second: K indices along the second.
        shape: the first two sizes of the result.

    Raises:
        ShapeError: there are not as many indices as connections.
    """
    if not len(weight) == len(first) == len(second):
        raise ShapeError(f"weight: needs {len(first)} kernels, one for each connection, got {len(weight)}")
    xp = namespace(weight)
    whole = xp.zeros((*shape, *weight.shape[1:]), weight.dtype)
    at("add", whole, (first, second), weight)
    return whole


def connections(whole: Array, first: Array, second: Array) -> Array:
    """Return what `connect` put together, each connection's part: (K, ...). Its transpose, and so its gradient."""
    return whole[first, second]
