"""Layers that multiply and add, and what is looked up in tables of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lua_compat.export.onnx.row import Emit, Row, Table, rows
from lua_compat.export.onnx.trace import Call, Trace
from lua_compat.export.onnx.values import UnsupportedError
from pytorch_from_lua import nn
from pytorch_from_lua.kernels.embedding import embedding_renorm_
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.tensor import Tensor


def affine(c: Call, x: Any, ndim: int, weight: str, bias: str | None) -> str:
    """``x W^T + b`` for a weight (out, in)."""
    if ndim == 2:
        return c.op("Gemm", x, weight, bias, transB=1)
    product = c.op("MatMul", x, c.op("Transpose", weight, perm=[1, 0]))
    return product if bias is None else c.op("Add", product, bias)


def _linear(c: Call) -> str:
    weight = c.parameter("weight")
    assert weight is not None
    return affine(c, c.x, c.x.ndim, weight, c.parameter("bias"))


def _linear_of(weight: str) -> Emit:
    """A linear layer whose weight is worked out of its parameters."""

    def emit(c: Call) -> str:
        return affine(c, c.x, c.x.ndim, c.constant(getattr(c.module, weight).array, "weight"), c.parameter("bias"))

    return emit


def _partial(c: Call) -> str:
    m = c.module
    chosen: Any = slice(None) if m.partition is None else np.array(m.partition)
    bias = None if m.bias is None else c.constant(m.bias.array[chosen], "bias")
    return affine(c, c.x, c.x.ndim, c.constant(m.weight.array[chosen], "weight"), bias)


def _componentwise(op: str) -> Emit:
    def emit(c: Call) -> str:
        fitted = c.module._fitted(c.x.runs[0]).array
        return c.op(op, c.x, c.constant(fitted, f"values{fitted.shape}"))

    return emit


def _bilinear(c: Call) -> str:
    found = c.op("Einsum", *c.x, c.parameter("weight"), equation="...i,...j,oij->...o")
    bias = c.parameter("bias")
    return found if bias is None else c.op("Add", found, bias)


def _renormed(module: Any) -> Any:
    """The rows of the table, those that are too long as long as they may be."""
    rows_held = module.weight.array
    if module.max_norm is None:
        return rows_held
    every = np.arange(rows_held.shape[0])
    return embedding_renorm_(np.array(rows_held), every, module.max_norm, module.norm_type)


def _embedding(c: Call) -> str:
    table = c.parameter("weight") if c.module.max_norm is None else c.constant(_renormed(c.module), "weight")
    return c.op("Gather", table, c.indices(c.x), axis=0)


def _run_embedding(trace: Trace, module: Any, x: Tensor, probe: int) -> Tensor:
    """Not the module itself, which shortens the rows of its own table."""
    return F.embedding(x, Tensor.from_array(_renormed(module)))


def _bag(c: Call) -> str:
    """The sum, mean or largest of the rows of each bag; the padding does not count."""
    m = c.module
    table = c.parameter("weight") if m.max_norm is None else c.constant(_renormed(m), "weight")
    found = c.op("Gather", table, c.indices(c.x), axis=0)
    op = {"sum": "Sum", "mean": "Mean", "max": "Max"}[m.mode]
    if m.padding_idx is None:
        return c.reduce(op, found, 1, keep=False)
    counts = c.unsqueeze(
        c.op("Not", c.op("Equal", c.indices(c.x), np.array(m.padding_idx % m.num_embeddings, np.int64))), 2
    )
    if op == "Max":
        largest = c.reduce("Max", c.op("Where", counts, found, -math.inf), 1, keep=False)
        return c.op("Where", c.op("IsInf", largest), 0.0, largest)
    total = c.reduce("Sum", c.op("Where", counts, found, 0.0), 1, keep=False)
    if op == "Sum":
        return total
    many = c.reduce("Sum", c.op("Where", counts, 1.0, 0.0), 1, keep=False)
    return c.op("Div", total, c.op("Max", many, 1.0))


def _run_bag(trace: Trace, module: Any, x: Tensor, probe: int) -> Tensor:
    table = Tensor.from_array(_renormed(module))
    return F.embedding_bag(x, table, mode=module.mode, padding_idx=module.padding_idx)


def _sparse(c: Call) -> str:
    """A linear layer of a few elements: rows of the weight, times their values, added up sample by sample."""
    if len(c.x) != 2:
        raise UnsupportedError("takes samples of sizes that it is given")
    m, (keys, values) = c.module, c.x
    alone = not isinstance(keys, list)
    weight = c.constant(m._weight().array, "rows")
    bias = c.parameter("bias")
    made = []
    for k, v in [(keys, values)] if alone else zip(keys, values, strict=True):
        total = c.op("MatMul", c.unsqueeze(v, 0), c.op("Gather", weight, c.indices(k), axis=0))
        made.append(c.op("Add", total, bias))
    return c.squeeze(made[0], 0) if alone else c.op("Concat", *made, axis=0)


def _keys(module: Any, x: Any) -> list[tuple[Any, int]]:
    keys = x[0] if isinstance(x[0], list) else [x[0]]
    return [(k, module.input_size) for k in keys]


def _kmeans(c: Call) -> str:
    """The centre of the smallest ``|c|^2 - 2 x c``, which differs from the squared distance by ``|x|^2``."""
    centres = c.module.weight.array
    squares = c.constant((centres * centres).sum(1), "squares")
    product = c.op("Gemm", c.x, c.parameter("weight"), squares, alpha=-2.0, transB=1)
    return c.op("ArgMin", product, axis=1, keepdims=0)


ROWS: Table = {
    **rows(
        {
            nn.Add: lambda c: c.op("Add", c.x, c.parameter("bias")),
            nn.Bilinear: _bilinear,
            nn.CAdd: _componentwise("Add"),
            nn.CMul: _componentwise("Mul"),
            nn.Kmeans: _kmeans,
            nn.Linear: _linear,
            nn.LinearWeightNorm: _linear_of("weight"),
            nn.Mul: lambda c: c.op("Mul", c.x, c.parameter("weight")),
            nn.PartialLinear: _partial,
        }
    ),
    nn.Embedding: Row(_embedding, indices=lambda module, x: [(x, module.num_embeddings)], run=_run_embedding),
    nn.EmbeddingBag: Row(_bag, indices=lambda module, x: [(x, module.num_embeddings)], run=_run_bag),
    nn.IndexLinear: Row(_sparse, indices=_keys),
    nn.SparseLinear: Row(_sparse, indices=_keys),
}
