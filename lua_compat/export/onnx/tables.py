"""Modules over lists of tensors, and comparisons of two."""

from __future__ import annotations

import math
from functools import reduce

from lua_compat.export.onnx.row import Emit, Table, rows
from lua_compat.export.onnx.shape import sample_axis
from lua_compat.export.onnx.trace import Call, Operand
from lua_compat.export.onnx.values import Value
from pytorch_from_lua import nn
from pytorch_from_lua.nn.shape import sample_dim


def _folded(op: str) -> Emit:
    """One tensor out of a list, by an operation of two taken from left to right."""
    return lambda c: reduce(lambda a, b: c.op(op, a, b), c.x[1:], c.name(c.x[0]))


def _join(c: Call) -> str:
    m, ndim = c.module, c.x[0].ndim
    return c.op("Concat", *c.x, axis=sample_dim(m.dim, m.num_input_dims, ndim) % ndim)


def _split(c: Call) -> list[str]:
    axis = sample_axis(c)
    return [c.select(c.x, axis, i) for i in range(c.number(c.x.shape[axis], "how many tensors it gives"))]


def _mixture(c: Call) -> str:
    """The experts along a dimension of one tensor, times the gater as wide as they are, added up."""
    gater, experts = c.x
    n = gater.ndim - 1  # dimensions of the batch
    if isinstance(experts, Value):
        axis, ndim = (n if c.module.dim is None else c.module.dim), experts.ndim
        together = c.name(experts)
    else:
        axis, ndim = n, experts[0].ndim + 1
        together = c.op("Concat", *[c.unsqueeze(expert, n) for expert in experts], axis=n)
    other = [i for i in range(ndim) if i != axis and not (n and i == 0)]
    return c.reduce("Sum", c.op("Mul", together, c.unsqueeze(gater, *other)), axis, keep=False)


def _dot(c: Call, a: Operand, b: Operand, axis: int = -1, keep: bool = False) -> str:
    return c.reduce("Sum", c.op("Mul", a, b), axis, keep=keep)


def _dot_product(c: Call) -> str:
    return c.reshape(_dot(c, *c.x), c.y.shape)


def _cosine(c: Call) -> str:
    """Vectors shorter than ``eps`` count as having that length."""
    m, (a, b) = c.module, c.x
    lengths = [c.op("Sqrt", _dot(c, each, each, m.dim)) for each in (a, b)]
    far, wide = [c.op("Max", length, float(m.eps or 0.0)) for length in lengths]
    return c.op("Div", _dot(c, a, b, m.dim), c.op("Mul", far, wide))


def _torch7_cosine(c: Call) -> str:
    """Torch7's: a little is added to the squares of the lengths."""
    a, b = c.x
    one, two = [c.op("Add", _dot(c, each, each), 1e-12) for each in (a, b)]
    return c.op("Div", _dot(c, a, b), c.op("Sqrt", c.op("Mul", one, two)))


def norm(c: Call, x: Operand, p: float, axis: int = -1, keep: bool = False) -> str:
    """The p-norm along a dimension."""
    if p == 2:
        return c.op("Sqrt", _dot(c, x, x, axis, keep))
    sizes = c.op("Abs", x)
    if math.isinf(p):
        return c.reduce("Max" if p > 0 else "Min", sizes, axis, keep=keep)
    if p == 1:
        return c.reduce("Sum", sizes, axis, keep=keep)
    return c.op("Pow", c.reduce("Sum", c.op("Pow", sizes, float(p)), axis, keep=keep), 1.0 / p)


def _distance(c: Call) -> str:
    m, (a, b) = c.module, c.x
    difference = c.op("Sub", a, b)
    if m.eps:
        difference = c.op("Add", difference, float(m.eps))
    return c.reshape(norm(c, difference, m.norm, keep=m.keepdim), c.y.shape)


def _cosine_layer(c: Call) -> str:
    """The cosine of each input and each row of the weight."""
    weight = c.module.weight.array
    lengths = (weight * weight).sum(1, keepdims=True) ** 0.5 + 1e-12
    product = c.op("MatMul", c.x, c.constant((weight / lengths).T, "rows"))
    return c.op("Div", product, c.op("Add", norm(c, c.x, 2, keep=True), 1e-12))


def _euclidean(c: Call) -> str:
    """The distance of each input and each column of the weight."""
    difference = c.op("Sub", c.unsqueeze(c.x, c.x.ndim), c.parameter("weight"))
    if isinstance(c.module, nn.WeightedEuclidean):
        difference = c.op("Mul", difference, c.parameter("diag_cov"))
    return norm(c, difference, 2, axis=-2)


def _turned(c: Call, x: Value, turn: bool) -> str:
    order = [*range(x.ndim - 2), x.ndim - 1, x.ndim - 2]
    return c.transpose(x, order) if turn else x.name


def _mm(c: Call) -> str:
    a, b = c.x
    return c.op("MatMul", _turned(c, a, c.module.trans_a), _turned(c, b, c.module.trans_b))


def _mv(c: Call) -> str:
    matrix, vector = c.x
    product = c.op("MatMul", _turned(c, matrix, c.module.trans), c.unsqueeze(vector, vector.ndim))
    return c.squeeze(product, matrix.ndim - 1)


ROWS: Table = rows(
    {
        nn.CAddTensorTable: lambda c: [c.op("Add", item, c.x[0]) for item in c.x[1]],
        nn.CAddTable: _folded("Add"),
        nn.CDivTable: _folded("Div"),
        nn.CMaxTable: _folded("Max"),
        nn.CMinTable: _folded("Min"),
        nn.CMulTable: _folded("Mul"),
        nn.CSubTable: _folded("Sub"),
        nn.Cosine: _cosine_layer,
        nn.CosineSimilarity: lambda c: _torch7_cosine(c) if c.module.eps is None else _cosine(c),
        nn.DotProduct: _dot_product,
        nn.Euclidean: _euclidean,
        nn.JoinTable: _join,
        nn.MM: _mm,
        nn.MV: _mv,
        nn.MixtureTable: _mixture,
        nn.PairwiseDistance: _distance,
        nn.SplitTable: _split,
        nn.WeightedEuclidean: _euclidean,
    }
)
