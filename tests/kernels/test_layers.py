"""Normalisations of samples, templates, gates and sparse maps: backward is the derivative; nothing given is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.kernels import (
    bilinear,
    distance_layers,
    gating,
    response_norm,
    row_norm,
    sparse_linear,
    standardization,
    weight_norm,
)
from tests.kernels.peer import numeric_gradient, strided

R = np.random.RandomState(0)
X, Z, W, ROWS, PLANES = R.randn(4, 6), R.randn(4, 3), R.randn(6, 3), R.randn(3, 6), R.randn(2, 5, 3, 2)
C, CUBE, G = R.rand(6, 3) + 0.5, R.randn(2, 6, 3), R.rand(3, 1)
AT, INPUTS, VALUES, TABLE = np.array([1, 0, 0, 1]), np.array([2, 0, 2, 2]), R.randn(4), R.randn(3, 2)


def _standard(x: Any, grad: Any) -> Any:
    z, _, invstd = standardization.standardize_forward(x, 0.1)
    return standardization.standardize_backward(grad, z, invstd)


def _weight(grad: Any, place: int) -> Any:
    return weight_norm.weight_norm_backward(grad, W.T, G, weight_norm.weight_norm_forward(W.T, G, 0.0, 0.1)[1])[place]


#: The function, where it is taken, and the gradient that the kernel gives.
CASES: dict[str, tuple[Callable[[Any], Any], Any, Callable[[Any], Any]]] = {
    "standardize": (lambda x: standardization.standardize_forward(x, 0.1)[0], X, lambda g: _standard(X, g)),
    **{
        f"response norm of {size} to the power {beta}": (
            lambda x, size=size, beta=beta: response_norm.response_norm_forward(x, size, 0.4, beta)[0],
            PLANES,
            lambda g, size=size, beta=beta: response_norm.response_norm_backward(
                g, PLANES, response_norm.response_norm_forward(PLANES, size, 0.4, beta)[1], size, 0.4, beta
            ),
        )
        for size, beta in [(1, 0.75), (2, 0.75), (3, 0.6), (9, 0.75)]
    },
    **{
        f"row norm {p}": (
            lambda x, p=p: row_norm.row_norm_forward(x, p, 0.1)[0],
            X,
            lambda g, p=p: row_norm.row_norm_backward(g, X, row_norm.row_norm_forward(X, p, 0.1)[1], p),
        )
        for p in (1, 2, 3, float("inf"))
    },
    "euclidean": (
        lambda x: distance_layers.euclidean_forward(x, W, C),
        X,
        lambda g: distance_layers.euclidean_backward(g, X, W, distance_layers.euclidean_forward(X, W, C), C)[0],
    ),
    "euclidean, the templates": (
        lambda w: distance_layers.euclidean_forward(X, w, C),
        W,
        lambda g: distance_layers.euclidean_backward(g, X, W, distance_layers.euclidean_forward(X, W, C), C)[1],
    ),
    "euclidean, the factors": (
        lambda c: distance_layers.euclidean_forward(X, W, c),
        C,
        lambda g: distance_layers.euclidean_backward(g, X, W, distance_layers.euclidean_forward(X, W, C), C)[2],
    ),
    "cosine": (
        lambda x: distance_layers.cosine_forward(x, ROWS),
        X,
        lambda g: distance_layers.cosine_backward_input(g, X, ROWS, distance_layers.cosine_forward(X, ROWS)),
    ),
    "cosine, the templates": (
        lambda w: distance_layers.cosine_forward(X, w),
        ROWS,
        lambda g: distance_layers.cosine_backward_weight(g, X, ROWS, distance_layers.cosine_forward(X, ROWS)),
    ),
    "bilinear, the first": (
        lambda x: bilinear.bilinear_forward(x, Z, CUBE),
        X,
        lambda g: bilinear.bilinear_backward_first(g, Z, CUBE),
    ),
    "bilinear, the second": (
        lambda z: bilinear.bilinear_forward(X, z, CUBE),
        Z,
        lambda g: bilinear.bilinear_backward_second(g, X, CUBE),
    ),
    "bilinear, the weight": (
        lambda w: bilinear.bilinear_forward(X, Z, w),
        CUBE,
        lambda g: bilinear.bilinear_backward_weight(g, X, Z),
    ),
    "glu": (lambda x: gating.glu_forward(x, 0), X, lambda g: gating.glu_backward(g, X, 0)),
    "weight norm, directions": (
        lambda v: weight_norm.weight_norm_forward(v, G, 0.0, 0.1)[0],
        W.T,
        lambda g: _weight(g, 0),
    ),
    "weight norm, lengths": (
        lambda g: weight_norm.weight_norm_forward(W.T, g, 0.0, 0.1)[0],
        G,
        lambda g: _weight(g, 1),
    ),
    "sparse, the values": (
        lambda v: sparse_linear.sparse_linear_forward(AT, INPUTS, v, 2, TABLE),
        VALUES,
        lambda g: sparse_linear.sparse_linear_backward_values(g, AT, INPUTS, TABLE),
    ),
    "sparse, the weight": (
        lambda w: sparse_linear.sparse_linear_forward(AT, INPUTS, VALUES, 2, w),
        TABLE,
        lambda g: sparse_linear.sparse_linear_backward_weight(g, AT, INPUTS, VALUES, np.zeros_like(TABLE)),
    ),
}
GIVEN = (X, Z, W, ROWS, PLANES, C, CUBE, G, AT, INPUTS, VALUES, TABLE)


@pytest.mark.parametrize("name", CASES)
def test_backward_is_the_derivative(name: str) -> None:
    function, at, backward = CASES[name]
    before = [a.copy() for a in GIVEN]
    grad = R.randn(*function(at).shape)
    found = backward(grad)
    assert found.shape == at.shape
    np.testing.assert_allclose(found, numeric_gradient(function, at, grad), rtol=1e-5, atol=1e-6)
    for array, old in zip(GIVEN, before, strict=True):
        np.testing.assert_array_equal(array, old)
    np.testing.assert_allclose(function(strided(at)), function(at), rtol=1e-12)
