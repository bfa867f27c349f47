"""What operations refuse: each error names the argument, what was given and what is allowed, and changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import (
    AutogradError,
    DeviceError,
    DimensionError,
    DivisionError,
    DTypeError,
    RangeError,
    ShapeError,
    TensorError,
)

#: expression, error, what its message says
REFUSED: list[tuple[str, type[TensorError], str]] = [
    # element by element
    ("i // 0", DivisionError, "other: whole numbers cannot be divided by 0"),
    ("i.fmod_(0)", DivisionError, "divided by 0"),
    ("i.remainder(torch.tensor([1, 0, 1]))", DivisionError, "divided by 0"),
    ("i.div(0, rounding_mode='trunc')", DivisionError, "divided by 0"),
    ("x.div(2, rounding_mode='up')", RangeError, "rounding_mode: needs None, 'trunc' or 'floor', got 'up'"),
    ("i ** -1", RangeError, "exponent: .* got -1"),
    ("m - m", DTypeError, "sub: has no meaning for booleans, got bool, bool"),
    ("1 - m", DTypeError, "sub: has no meaning for booleans, got int, bool"),
    ("-m", DTypeError, "neg: is not made for bool"),
    ("~x", DTypeError, "bitwise_not: is not made for float32"),
    ("x.gcd(x)", DTypeError, "gcd: is not made for float32, float32"),
    ("i.add(i, alpha=0.5)", DTypeError, "alpha: needs a whole number .* got 0.5"),
    ("i.add_(0.5)", DTypeError, "add_: a result of float32 cannot be stored as int64"),
    ("i.exp_()", DTypeError, "exp_: a result of float32 cannot be stored as int64"),
    ("m.add_(i)", DTypeError, "add_: a result of int64 cannot be stored as bool"),
    ("i.lerp(i, 0.5)", DTypeError, "lerp: needs a floating-point type, got int64, int64, float"),
    ("x.clamp()", RangeError, "min, max: at least one is needed"),
    ("x.clamp(min=x, max=1)", DTypeError, "min, max: both must be numbers or both tensors"),
    ("x.isclose(i)", DTypeError, "other: needs a tensor of float32, got int64"),
    ("x.isclose(x, rtol=-1)", RangeError, "must not be negative, got -1"),
    ("x.polygamma(-1)", RangeError, "n: needs an order of at least 0, got -1"),
    ("x.mvlgamma(0)", RangeError, "p: needs at least 1 dimension, got 0"),
    ("x + torch.ones(4)", ShapeError, r"add: shapes \(3,\), \(4,\)"),
    # functions with out=
    ("torch.exp(x, out=torch.zeros(3, dtype='int64'))", DTypeError, "out: exp gives float32, .* as int64"),
    ("torch.exp(x, out=1)", DTypeError, "out: exp needs a tensor, got int"),
    ("torch.sort(x, out=torch.zeros(3))", ShapeError, "out: sort needs a tuple of 2 tensors, got Tensor"),
    ("torch.exp(g, out=torch.zeros(3))", AutogradError, "out: exp records gradients"),
    # reductions
    ("x.sum(1)", DimensionError, "1 is outside of a tensor of 1 dimensions"),
    ("i.mean()", DTypeError, "mean: needs a floating-point type, got int64"),
    ("i.std()", DTypeError, "std: needs a floating-point type, got int64"),
    ("i.norm()", DTypeError, "norm: needs a floating-point type, got int64"),
    ("x.norm('max')", RangeError, "p: needs a number, 'fro' or 'nuc', got 'max'"),
    ("x.norm(dim=3)", DimensionError, "3 is outside of a tensor of 1 dimensions"),
    ("g.sum(dtype='int64')", AutogradError, "dtype: int64 carries no gradient"),
    ("torch.zeros(0).argmax()", ShapeError, r"input: shape \(0,\) has no elements to choose from"),
    ("torch.zeros(0).max()", ShapeError, r"\(0,\)"),
    ("i.softmax(0)", DTypeError, "softmax: needs a floating-point type, got int64"),
    ("x.renorm(2, 0, 1)", ShapeError, r"input: needs two dimensions or more, got shape \(3,\)"),
    ("x.diff(-1)", RangeError, "n: must not be negative, got -1"),
    # orders
    ("x.kthvalue(4)", RangeError, "k: 4 is not between 1 and 3, the size of dimension 0"),
    ("x.topk(4)", ShapeError, "k: 4 is not between 0 and 3"),
    ("x.sort(2)", DimensionError, "2 is outside of a tensor of 1 dimensions"),
    ("torch.searchsorted(x, x, side='middle')", RangeError, "side: needs 'left' or 'right' .* got 'middle'"),
    ("torch.searchsorted(x, i)", DTypeError, "input: needs float32 like the sequence, got int64"),
    ("torch.searchsorted(x, x, sorter=torch.arange(2))", ShapeError, r"sorter: needs shape \(3,\), got \(2,\)"),
    ("torch.bucketize(x, x.reshape(3, 1))", ShapeError, r"boundaries: need one dimension, got shape \(3, 1\)"),
    # statistics
    ("i.quantile(0.5)", DTypeError, "quantile: needs float32 or float64, got int64"),
    ("x.quantile(1.5)", RangeError, "q: shares lie between 0 and 1, got 1.5"),
    ("x.quantile(0.5, interpolation='up')", RangeError, "interpolation: needs one of linear, .* got 'up'"),
    ("torch.zeros(2, 2, 2).cov()", ShapeError, r"needs two dimensions or fewer, got shape \(2, 2, 2\)"),
    ("x.cov(fweights=x)", DTypeError, "fweights: needs whole numbers, got float32"),
    (
        "x.cov(aweights=torch.ones(2))",
        ShapeError,
        r"aweights: needs shape \(3,\), one for each observation, got \(2,\)",
    ),
    ("x.histc(0)", RangeError, "bins: needs at least 1, got 0"),
    ("x.histc(3, 2, 1)", RangeError, "min, max: need a finite range that grows, got 2 and 1"),
    ("x.histogram(2, weight=torch.ones(2))", ShapeError, r"weight: needs shape \(3,\), got \(2,\)"),
    ("x.bincount()", DTypeError, "input: needs whole numbers, got float32"),
    ("(-i).bincount()", RangeError, "must not be negative"),
    ("torch.gradient(m)", DTypeError, "input: differences need a type with negative numbers, got bool"),
    ("torch.gradient(x, edge_order=3)", RangeError, "edge_order: needs 1 or 2, got 3"),
    ("torch.gradient(x, spacing=[1, 2])", ShapeError, "spacing: needs one for each of 1 dimensions, got 2"),
    ("torch.gradient(x[:1])", ShapeError, r"input: dimension 0 of shape \(1,\) needs at least 2 places"),
    ("torch.trapezoid(m)", DTypeError, "y: needs numbers, got bool"),
    # making tensors
    ("torch.zeros(-1)", ShapeError, r"size: sizes must not be negative, got \(-1,\)"),
    ("torch.zeros(2.5)", ShapeError, "size|shape: needs whole numbers"),
    ("torch.tensor([300], dtype='uint8')", RangeError, "data: 300 does not fit into uint8, which holds 0 to 255"),
    ("torch.tensor([-129, 5], dtype='int8')", RangeError, "data: -129 does not fit into int8"),
    ("torch.arange(0, 5, -1)", ShapeError, "step: -1 does not lead from 0 to 5"),
    ("torch.linspace(0, 1, -2)", ShapeError, "steps: must not be negative, got -2"),
    ("torch.empty_strided((2, 3), (1,))", ShapeError, r"stride: \(1,\) and size \(2, 3\) differ in length"),
    ("torch.rand(2, dtype='int64')", DTypeError, "dtype: needs a floating-point type, got int64"),
    ("torch.randint(0, 300, (2,), dtype='uint8')", RangeError, "0 to 300 .* uint8, which holds 0 to 255"),
    ("torch.normal(x, -1.0)", RangeError, "std: must not be negative, got -1.0"),
    ("torch.bernoulli(i)", DTypeError, "input: needs probabilities in a floating-point type, got int64"),
    ("torch.bernoulli(x)", TensorError, "p: a probability lies between 0 and 1"),
    ("torch.poisson(-x)", RangeError, "input: rates must not be negative"),
    ("torch.multinomial(i, 1)", DTypeError, "input: needs weights in a floating-point type, got int64"),
    ("torch.device('gpu')", DeviceError, "device: got 'gpu'; allowed are 'cpu', 'cuda' and 'cuda:N'"),
    ("torch.hann_window(-1)", ShapeError, "window_length: must not be negative, got -1"),
    ("torch.hann_window(3, dtype='int8')", DTypeError, "dtype: hann_window needs a floating-point type, got int8"),
    ("torch.frombuffer(b'abc', dtype='int16')", ShapeError, "buffer: "),
    ("torch.Generator('cuda')", DeviceError, "device: random numbers are drawn on 'cpu', got 'cuda'"),
    ("i.exponential_()", DTypeError, "exponential_: .* got int64"),
    ("x.exponential_(0)", RangeError, "lambd: needs a number over 0, got 0"),
    ("x.uniform_(2, 1)", RangeError, "from, to: .* got 2 and 1"),
    ("m.random_(5)", RangeError, "0 to 5 .* bool, which holds 0 to 1"),
    # element types
    ("torch.finfo('int8')", DTypeError, "type: needs a floating-point type, got int8"),
    ("torch.iinfo('float32')", DTypeError, "type: needs an integer type, got float32"),
    ("torch.is_nonzero(x)", ShapeError, r"shape \(3,\)"),
]


@pytest.mark.parametrize(("expression", "error", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(expression: str, error: type[TensorError], message: str) -> None:
    names: dict[str, Any] = {
        "x": torch.tensor([1.0, 2.0, 4.0]),
        "i": torch.tensor([1, 2, 4]),
        "m": torch.tensor([True, False, True]),
        "g": torch.tensor([1.0, 2.0, 4.0], requires_grad=True),
    }
    before = {name: t.detach().numpy().copy() for name, t in names.items()}
    with pytest.raises(error, match=message) as raised:
        eval(expression, {"torch": torch, **names})
    assert type(raised.value) is error
    for name, t in names.items():
        np.testing.assert_array_equal(t.detach().numpy(), before[name])
        assert t._version == 0
