"""Kernels of pairs of rows and of mixtures against plain sums and numeric gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.kernels import row_pairs

R = np.random.RandomState(4)
X, Y, G = R.standard_normal((5, 4)), R.standard_normal((5, 4)), R.standard_normal(5)


def numeric(function: Callable[[], Any], array: Any, grad: Any) -> Any:
    """The gradient of ``sum(grad * function())`` by differences in ``array``."""
    found = np.empty_like(array)
    for place in np.ndindex(*array.shape):
        before = array[place]
        array[place] = before + 1e-6
        high = function().copy()
        array[place] = before - 1e-6
        low = function()
        array[place] = before
        found[place] = ((high - low) * grad).sum() / 2e-6
    return found


def _distance_backward(p: float, **added: float) -> Callable[..., Any]:
    def backward(grad: Any, x: Any, y: Any) -> Any:
        first = row_pairs.distance_backward(grad, x, y, p, **added)
        return first, -first

    return backward


ROWS: dict[str, tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]] = {
    "dot": (row_pairs.dot_forward, row_pairs.dot_backward, lambda x, y: x @ y),
    "cosine": (
        row_pairs.cosine_forward,
        row_pairs.cosine_backward,
        lambda x, y: x @ y / np.linalg.norm(x) / np.linalg.norm(y),
    ),
    "cosine as in PyTorch": (
        lambda x, y: row_pairs.cosine_forward(x, y, 1e-8),
        lambda grad, x, y: row_pairs.cosine_backward(grad, x, y, 1e-8),
        lambda x, y: x @ y / np.linalg.norm(x) / np.linalg.norm(y),
    ),
    **{
        f"distance {p}": (
            lambda x, y, p=p: row_pairs.distance_forward(x, y, p),
            _distance_backward(p),
            lambda x, y, p=p: np.linalg.norm(x - y, p),
        )
        for p in (1, 1.5, 2, 3)
    },
    **{
        f"distance {p} as in PyTorch": (
            lambda x, y, p=p: row_pairs.distance_forward(x, y, p, eps=0.1),
            _distance_backward(p, eps=0.1, tiny=0.0),
            lambda x, y, p=p: (abs(x - y + 0.1) ** p).sum() ** (1 / p),
        )
        for p in (0.5, 1, 2, 3)
    },
    "distance with nothing added": (
        lambda x, y: row_pairs.distance_forward(x, y, 2),
        _distance_backward(2, tiny=0.0),
        lambda x, y: np.linalg.norm(x - y),
    ),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ROWS)
def test_values(name: str, dtype: str) -> None:
    forward, backward, of_one = ROWS[name]
    x, y, g = X.astype(dtype), Y.astype(dtype), G.astype(dtype)
    wanted = [of_one(a, b) for a, b in zip(X, Y, strict=True)]
    for array in (forward(x, y), *backward(g, x, y)):
        assert array.dtype == dtype
    np.testing.assert_allclose(forward(x, y), wanted, rtol=1e-9 if dtype == "float64" else 1e-5)
    np.testing.assert_array_equal(x, X.astype(dtype))


@pytest.mark.parametrize("name", ROWS)
def test_gradients(name: str) -> None:
    forward, backward, _ = ROWS[name]
    x, y = X.copy(), Y.copy()
    for found, array in zip(backward(G, x, y), (x, y), strict=True):
        np.testing.assert_allclose(found, numeric(lambda: forward(x, y), array, G), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_are_zero_and_equal_have_finite_gradients(name: str) -> None:
    zeros = np.zeros((2, 3))
    for found in ROWS[name][1](np.ones(2), zeros, zeros):
        assert np.isfinite(found).all()


@pytest.mark.parametrize("batch", [True, False])
def test_mixtures(batch: bool) -> None:
    weights = R.standard_normal((5, 3) if batch else 3)
    experts = [R.standard_normal((5, 2, 2)) for _ in range(3)]
    grad = R.standard_normal((5, 2, 2))
    out = np.empty((5, 2, 2))

    def forward() -> Any:
        return row_pairs.mixture_forward(weights, experts, out)

    stacked = np.stack(experts, -1)
    wide = weights[:, None, None, :] if batch else weights
    np.testing.assert_allclose(forward(), (stacked * wide).sum(-1))
    found = row_pairs.mixture_backward_weights(grad, weights, experts)
    np.testing.assert_allclose(found, numeric(forward, weights, grad), rtol=1e-6, atol=1e-7)
    for i, expert in enumerate(experts):
        found = row_pairs.mixture_backward_expert(grad, weights, i)
        np.testing.assert_allclose(found, numeric(forward, expert, grad), rtol=1e-6, atol=1e-7)
