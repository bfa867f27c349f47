"""Linear maps of inputs of which only some elements are given (``nn.SparseLinear``, ``nn.IndexLinear`` in Torch7).

The elements of a batch are three arrays of one length: to which sample each belongs, which of the inputs it is, and
its value. Both count from 0; an input may be given twice, and its values then add up.
"""

from __future__ import annotations

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace


def check_entries(samples: Array, inputs: Array, values: Array, batch: int, count: int) -> None:
    """Raise where the three arrays do not fit together, or an input is none of the ``count``."""
    if not samples.shape == inputs.shape == values.shape == (samples.size,):
        shapes = f"{samples.shape}, {inputs.shape} and {values.shape}"
        raise ShapeError(f"entries: need one dimension and one length, got {shapes}")
    for name, array, limit in [("samples", samples, batch), ("inputs", inputs, count)]:
        if array.size and (int(array.min()) < 0 or int(array.max()) >= limit):
            raise RangeError(f"{name}: need to be from 0 to {limit - 1}, got {int(array.min())}..{int(array.max())}")


def sum_by(index: Array, rows: Array, count: int, out: Array | None = None) -> Array:
    """Return the sums of the ``rows`` that have each index, shape (count, columns), or add them to ``out``."""
    xp = namespace(rows)
    total = xp.zeros((count, rows.shape[1]), rows.dtype) if out is None else out
    if index.size == 0:
        return total
    order = xp.argsort(index, kind="stable")
    ordered = index[order]
    starts = xp.flatnonzero(xp.concatenate([xp.ones(1, bool), ordered[1:] != ordered[:-1]]))
    total[ordered[starts]] += xp.add.reduceat(rows[order], starts, axis=0)
    return total


def sparse_linear_forward(
    samples: Array,
    inputs: Array,
    values: Array,
    batch: int,
    weight: Array,
    bias: Array | None = None,
    out: Array | None = None,
) -> Array:
    """Return ``sum of value * weight[input] + bias`` for each sample, shape (batch, out).

    Args:
        samples: to which sample each element belongs.
        inputs: which input it is.
        values: its value.
        batch: how many samples there are.
        weight: shape (in, out).
        bias: shape (out,), or None.
        out: where to write.

    >>> import numpy as np
    >>> sparse_linear_forward(np.array([0, 0]), np.array([2, 0]), np.array([1.0, 2.0]), 1, np.array([[1.0], [9], [5]]))
    array([[7.]])
    """
    check_entries(samples, inputs, values, batch, weight.shape[0])
    xp = namespace(values)
    y = xp.zeros((batch, weight.shape[1]), weight.dtype) if out is None else out
    if out is not None:
        check_shape("out", out, (batch, weight.shape[1]))
        out[...] = 0
    sum_by(samples, values[:, None] * weight[inputs], batch, y)
    if bias is not None:
        check_shape("bias", bias, weight.shape[1:])
        y += bias
    return y


def sparse_linear_backward_values(grad: Array, samples: Array, inputs: Array, weight: Array) -> Array:
    """Return the gradient with respect to each value."""
    return namespace(grad).einsum("ek,ek->e", grad[samples], weight[inputs])


def sparse_linear_backward_weight(
    grad: Array, samples: Array, inputs: Array, values: Array, out: Array, scale: float = 1.0
) -> Array:
    """Add ``scale * value * grad[sample]`` to the row of each input in ``out``, of shape (in, out), and return it."""
    check_shape("values", values, inputs.shape)
    parts = values[:, None] * grad[samples]
    return sum_by(inputs, parts if scale == 1.0 else parts * scale, out.shape[0], out)
