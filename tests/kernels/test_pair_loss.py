"""Losses of pairs: against numeric gradients, against PyTorch, and as Torch7 had them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.kernels import pair_loss as kernels
from tests.kernels.peer import numeric_gradient, strided

R = np.random.RandomState(3)
X, Y, T = R.randn(4, 3), R.randn(4, 3), np.sign(R.randn(4, 3))
SIGNS = np.array([1.0, -1.0, -1.0, 1.0])

# name -> what is computed of both inputs, and the gradients of both
CASES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "margin ranking": (
        lambda x, y: kernels.margin_ranking_forward(x, y, T.astype(x.dtype), 0.7),
        lambda g, x, y: (a := kernels.margin_ranking_backward(g, x, y, T, 0.7)[0], -a),
    ),
    **{
        f"cosine {margin} {torch7}": (
            lambda x, y, m=margin, t=torch7: kernels.cosine_embedding_forward(x, y, SIGNS, m, t),
            lambda g, x, y, m=margin, t=torch7: kernels.cosine_embedding_backward(g, x, y, SIGNS, m, t),
        )
        for margin in (-0.9, 0.2)
        for torch7 in (True, False)
    },
    **{
        f"l1 hinge {alike} {margin}": (
            lambda x, y, a=alike, m=margin: kernels.l1_hinge_forward(x, y, a, m),
            lambda g, x, y, a=alike, m=margin: (s := kernels.l1_hinge_backward(g, x, y, a, m), -s),
        )
        for alike, margin in [(True, 1.0), (False, 99.0), (False, 1.0)]
    },
    "distance ratio": (
        kernels.distance_ratio_forward,
        lambda g, x, y: (s := kernels.distance_ratio_backward(g, x, y), -s),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients(name: str) -> None:
    forward, backward = CASES[name]
    value = forward(X, Y)
    grad = R.randn(*value.shape) if value.ndim else np.asarray(1.5)
    first, second = backward(grad, strided(X), strided(Y))
    np.testing.assert_allclose(first, numeric_gradient(lambda v: forward(v, Y), X, grad), atol=1e-7)
    np.testing.assert_allclose(second, numeric_gradient(lambda v: forward(X, v), Y, grad), atol=1e-7)
    assert forward(X.astype("f"), Y.astype("f")).dtype == np.float32


def test_a_ranking_has_a_gradient_of_the_target_too() -> None:
    grad = R.randn(4, 3)
    found = kernels.margin_ranking_backward(grad, X, Y, T, 0.7)[1]
    wanted = numeric_gradient(lambda t: kernels.margin_ranking_forward(X, Y, t, 0.7), T, grad)
    np.testing.assert_allclose(found, wanted, atol=1e-7)


def test_where_two_pieces_meet() -> None:
    one = np.ones(1)
    assert kernels.margin_ranking_backward(1.0, one, one * 0, one, 1.0)[0] == -1  # t (x - y) is the margin
    assert kernels.l1_hinge_backward(1.0, one, one * 0, False, 1.0) == -1  # as far as the margin
    np.testing.assert_array_equal(kernels.l1_hinge_backward(1.0, one, one, True), [0])
    np.testing.assert_array_equal(kernels.l1_hinge_backward(2.0, one, one, False, ties=-one), [2])
    # The same row twice: Torch7's slope is 0 where the loss is not above 0. A target of 0 is the cosine there.
    rows = np.array([[0.6, 0.8]])
    none = np.zeros(1)
    assert kernels.cosine_embedding_forward(rows, rows, none) == 0
    assert kernels.cosine_embedding_forward(rows, rows, none, torch7=True) == pytest.approx(1)
    assert kernels.cosine_embedding_factor(np.array([0.5]), -one, 0.5) == 1
    assert kernels.cosine_embedding_factor(np.array([0.5]), -one, 0.5, torch7=True) == 0


def test_large_distances_do_not_overflow() -> None:
    far, near = np.array([1000.0, -1000.0]), np.zeros(2)
    np.testing.assert_array_equal(kernels.distance_ratio_forward(far, near), [1000, 0])
    np.testing.assert_array_equal(kernels.distance_ratio_backward(1.0, far, near), [1, 0])


@pytest.mark.peer
@pytest.mark.parametrize("margin", [-0.5, 0.0, 0.4])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("name", "target"), [("margin_ranking_loss", T), ("cosine_embedding_loss", SIGNS)])
def test_pytorch(name: str, target: Any, reduction: str, margin: float) -> None:
    peer = pytest.importorskip("torch")
    import pytorch_from_lua as torch
    from pytorch_from_lua.nn import functional

    found, grads = [], []
    for library, function in (
        (torch, getattr(functional, name)),
        (peer, getattr(peer.nn.functional, name)),
    ):
        inputs = [library.tensor(v.tolist(), dtype=library.float64, requires_grad=True) for v in (X, Y)]
        labels = library.tensor(target.astype(int).tolist())
        loss = function(*inputs, labels, margin=margin, reduction=reduction)
        (loss * loss).sum().backward()
        found.append(np.array(loss.tolist()))
        grads.append([np.array(v.grad.tolist()) for v in inputs])
    np.testing.assert_allclose(found[0], found[1], atol=1e-12)
    np.testing.assert_allclose(grads[0], grads[1], atol=1e-12)
