"""Elementwise mathematics and reductions."""

from __future__ import annotations

import numpy as np
import pytest

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import reduction
from pytorch_from_lua.kernels.pointwise import POINTWISE
from tests.kernels.peer import strided

PEERS = {
    "abs": "abs", "neg": "neg", "sign": "sign", "ceil": "ceil", "floor": "floor", "trunc": "trunc", "frac": "frac",
    "sqrt": "sqrt", "rsqrt": "rsqrt", "square": "square", "exp": "exp", "expm1": "expm1", "log": "log",
    "log1p": "log1p", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "sigmoid": "sigmoid", "cinv": "reciprocal", "add": "add",
    "sub": "sub", "mul": "mul", "div": "div", "pow": "pow", "fmod": "fmod", "remainder": "remainder",
    "atan2": "atan2", "maximum": "maximum", "minimum": "minimum", "eq": "eq", "ne": "ne", "lt": "lt", "le": "le",
    "gt": "gt", "ge": "ge",
}  # fmt: skip
ONE_ARGUMENT = list(PEERS)[:25]
OWN_TESTS = {"round", "lshift", "rshift", "bitand", "bitor", "bitxor", "lerp", "clamp", "addcmul", "addcdiv"}


def test_every_function_is_tested() -> None:
    assert set(PEERS) | OWN_TESTS == set(POINTWISE)


@pytest.mark.peer
@pytest.mark.parametrize("name", PEERS)
def test_like_torch(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    a, b = np.array([[-2.5, 0.5, 3.0, 0.0, np.inf, np.nan]]), np.array([[2.0, -0.5, 3.0, 0.0, 1.0, 2.0]])
    arguments = (a,) if name in ONE_ARGUMENT else (a, b)
    expected = getattr(torch, PEERS[name])(*map(torch.tensor, arguments)).numpy()
    kept = [x.copy() for x in arguments]
    found = POINTWISE[name](*map(strided, arguments))
    assert found.dtype == expected.dtype
    if name != "sign":  # numpy's sign of NaN is NaN, PyTorch's is 0
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    out = strided(np.zeros(a.shape, expected.dtype))
    assert POINTWISE[name](*arguments, out=out) is out
    np.testing.assert_array_equal(out, found)
    for before, after in zip(kept, arguments, strict=True):
        np.testing.assert_array_equal(before, after)


def test_round_goes_away_from_zero() -> None:
    x = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4999, 0.49999999999999994])
    np.testing.assert_array_equal(POINTWISE["round"](x), [-3, -2, -1, 1, 2, 3, 2, 0])


def test_integers_as_in_c() -> None:
    div = POINTWISE["div"]
    np.testing.assert_array_equal(div(np.array([-7, -1, 1, 7], "i4"), 2), [-3, 0, 0, 3])
    assert div(np.array([255, 7], "u1"), 2).dtype == np.uint8
    np.testing.assert_array_equal(POINTWISE["add"](np.array([250, 255], "u1"), np.uint8(10)), [4, 9])
    np.testing.assert_array_equal(POINTWISE["neg"](np.array([1], "u1")), [255])
    np.testing.assert_array_equal(POINTWISE["fmod"](np.array([-7], "i4"), 2), [-1])
    np.testing.assert_array_equal(POINTWISE["floor"](np.array([3], "i4")), np.array([3], "i4"))
    np.testing.assert_array_equal(POINTWISE["pow"](np.array([2, -1], "i4"), -1), [0, -1])


def test_of_several_arguments() -> None:
    a, b = np.array([1.0, 2.0]), np.array([3.0, 6.0])
    np.testing.assert_array_equal(POINTWISE["lerp"](a, b, 0.5), [2, 4])
    np.testing.assert_array_equal(POINTWISE["clamp"](np.array([-5.0, 0.0, 5.0]), -1, 2), [-1, 0, 2])
    np.testing.assert_array_equal(POINTWISE["clamp"](a, None, 1), [1, 1])
    np.testing.assert_array_equal(POINTWISE["addcmul"](a, 2, a, b), [7, 26])
    np.testing.assert_array_equal(POINTWISE["addcdiv"](a, 2, b, a), [7, 8])
    ints = np.array([12, 5], "i4")
    for name, expected in {
        "lshift": [48, 20],
        "rshift": [3, 1],
        "bitand": [0, 0],
        "bitor": [14, 7],
        "bitxor": [14, 7],
    }.items():
        np.testing.assert_array_equal(POINTWISE[name](ints, 2), expected)


@pytest.mark.peer
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 2)])
@pytest.mark.parametrize("name", ["sum", "mean", "var", "std", "max", "min", "norm"])
def test_reductions_like_torch(name: str, axis: int | tuple[int, ...] | None, keepdims: bool) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    x = strided(np.random.RandomState(0).randn(3, 4, 2))
    peer = {"max": "amax", "min": "amin"}.get(name, name)
    dims = tuple(range(3)) if axis is None else axis
    function = torch.linalg.vector_norm if name == "norm" else getattr(torch, peer)
    expected = function(torch.tensor(x), dim=dims, keepdim=keepdims).numpy()
    found = getattr(reduction, f"reduce_{name}")(x, axis=axis, keepdims=keepdims)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert getattr(reduction, f"reduce_{name}")(x.astype("f"), axis=axis).dtype == np.float32


def test_float_sums_are_in_double() -> None:
    x = np.array([1e8, 1, -1e8, 1], "f")
    assert reduction.reduce_sum(x) == 2
    assert reduction.reduce_sum(x).dtype == np.float32
    assert reduction.reduce_mean(np.array([1, 2], "i4")) == 1.5
    np.testing.assert_array_equal(reduction.cumsum(np.array([200, 100], "u1")), [200, 300])
    np.testing.assert_array_equal(reduction.cumprod(np.array([2.0, 3.0])), [2, 6])
    assert reduction.reduce_prod(np.array([2, 3], "i4")) == 6


def test_places() -> None:
    x = np.array([[3.0, 7.0, 7.0], [1.0, 0.0, 0.0]])
    values, places = reduction.max_with_indices(x, 1)
    np.testing.assert_array_equal(values, [7, 1])
    np.testing.assert_array_equal(places, [1, 0])
    values, places = reduction.min_with_indices(x, 1, keepdims=True)
    np.testing.assert_array_equal(places, [[0], [1]])
    assert places.dtype == np.int64
    assert reduction.argmax(x) == 1
    assert reduction.argmin(x, keepdims=True).shape == (1, 1)
    with pytest.raises(ShapeError, match="needs elements"):
        reduction.reduce_max(np.ones(0))


def test_norms_and_logsumexp() -> None:
    x = np.array([[3.0, -4.0], [0.0, 0.0]])
    assert reduction.reduce_norm(x, 0) == 2
    assert reduction.reduce_norm(x, 1) == 7
    assert reduction.reduce_norm(x, np.inf) == 4
    np.testing.assert_allclose(reduction.reduce_norm(x, 3), 91 ** (1 / 3))
    np.testing.assert_allclose(reduction.renorm(x, 2, 0, 1), [[0.6, -0.8], [0, 0]], rtol=1e-6)
    np.testing.assert_allclose(reduction.logsumexp(np.array([1e4, 1e4])), 1e4 + np.log(2))
    np.testing.assert_allclose(reduction.logsumexp(x, axis=1, keepdims=True)[1], [np.log(2)])
    assert np.isnan(reduction.reduce_var(np.ones(1)))
