"""Linear, softmax, batch normalisation, embedding, dropout and the optimizers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels import dropout, embedding, linear, normalization, optimizer, softmax
from tests.kernels.peer import numeric_gradient, strided

R = np.random.RandomState(0)


@pytest.mark.parametrize("leading", [(), (4,), (2, 3)])
def test_linear(leading: tuple[int, ...]) -> None:
    x, w, b, grad = R.randn(*leading, 5), R.randn(3, 5), R.randn(3), R.randn(*leading, 3)
    found = linear.linear_backward_input(grad, w)
    np.testing.assert_allclose(found, numeric_gradient(lambda v: linear.linear_forward(v, w, b), x, grad), atol=1e-7)
    found = linear.linear_backward_weight(grad, x)
    np.testing.assert_allclose(found, numeric_gradient(lambda v: linear.linear_forward(x, v, b), w, grad), atol=1e-7)
    bias = linear.linear_backward_bias(grad)
    np.testing.assert_allclose(bias, numeric_gradient(lambda v: linear.linear_forward(x, w, v), b, grad), atol=1e-7)
    out = strided(np.ones_like(w))
    assert linear.linear_backward_weight(grad, x, out=out, scale=-2.0, accumulate=True) is out
    np.testing.assert_allclose(out, 1 - 2 * found)
    np.testing.assert_allclose(linear.linear_backward_bias(grad, out=np.ones(3), scale=3.0), 3 * bias)


def test_linear_errors() -> None:
    with pytest.raises(ShapeError, match=r"x: needs shape \(..., 5\)"):
        linear.linear_forward(np.ones(4), np.ones((3, 5)))


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name: str, axis: int) -> None:
    forward, backward = getattr(softmax, f"{name}_forward"), getattr(softmax, f"{name}_backward")
    x, grad = R.randn(3, 4, 2), R.randn(3, 4, 2)
    y = forward(x, axis)
    total = (y if name == "softmax" else np.exp(y)).sum(axis)
    np.testing.assert_allclose(total, np.ones_like(total))
    np.testing.assert_allclose(
        backward(grad, y, axis), numeric_gradient(lambda v: forward(v, axis), x, grad), atol=1e-7
    )
    assert np.isfinite(forward(np.array([1e4, -1e4]))).all()


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 2, 2)])
def test_batch_norm(shape: tuple[int, ...], training: bool, affine: bool) -> None:
    x, grad = R.randn(*shape), R.randn(*shape)
    w, b = (R.rand(3), R.randn(3)) if affine else (None, None)
    stats = R.randn(3), R.rand(3) + 0.5

    def forward(x: Any = x, w: Any = w, b: Any = b) -> Any:
        return normalization.batch_norm_forward(x, w, b, stats[0].copy(), stats[1].copy(), training)[0]

    _, mean, invstd = normalization.batch_norm_forward(x, w, b, stats[0].copy(), stats[1].copy(), training)
    found = normalization.batch_norm_backward_input(grad, x, w, mean, invstd, training)
    np.testing.assert_allclose(found, numeric_gradient(lambda v: forward(x=v), x, grad), atol=1e-6)
    if w is not None:
        found = normalization.batch_norm_backward_weight(grad, x, mean, invstd)
        np.testing.assert_allclose(found, numeric_gradient(lambda v: forward(w=v), w, grad), atol=1e-6)
        found = normalization.batch_norm_backward_bias(grad)
        np.testing.assert_allclose(found, numeric_gradient(lambda v: forward(b=v), b, grad), atol=1e-6)


@pytest.mark.peer
def test_running_statistics_like_torch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    x, mean, var = R.randn(4, 3, 2, 2), R.randn(3), R.rand(3)
    theirs = torch.tensor(mean), torch.tensor(var)
    expected = torch.nn.functional.batch_norm(torch.tensor(x), *theirs, training=True, momentum=0.3)
    y, _, _ = normalization.batch_norm_forward(x, None, None, mean, var, momentum=0.3)
    np.testing.assert_allclose(y, expected.numpy(), atol=1e-12)
    np.testing.assert_allclose(mean, theirs[0].numpy())
    np.testing.assert_allclose(var, theirs[1].numpy())


def test_batch_norm_errors() -> None:
    with pytest.raises(ShapeError, match="more than one value"):
        normalization.batch_norm_forward(np.ones((1, 3)))
    with pytest.raises(ShapeError, match="weight: needs shape"):
        normalization.batch_norm_forward(np.ones((2, 3)), np.ones(2))


@pytest.mark.parametrize("by_frequency", [False, True])
def test_embedding(by_frequency: bool) -> None:
    weight, indices = R.randn(5, 2), np.array([[1, 3, 1], [0, 4, 1]])
    np.testing.assert_array_equal(embedding.embedding_forward(weight, indices)[0, 1], weight[3])
    grad = R.randn(2, 3, 2)
    found = embedding.embedding_backward(grad, indices, 5, 4, by_frequency)
    expected = numeric_gradient(lambda w: embedding.embedding_forward(w, indices), weight, grad)
    expected[4] = 0
    if by_frequency:
        expected[1] /= 3
    np.testing.assert_allclose(found, expected, atol=1e-7)
    out = np.ones((5, 2))
    embedding.embedding_backward(grad, indices, 5, 4, by_frequency, out=out, scale=2.0, accumulate=True)
    np.testing.assert_allclose(out, 1 + 2 * expected, atol=1e-6)


def test_embedding_renorm_and_errors() -> None:
    weight = np.array([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]])
    embedding.embedding_renorm_(weight, np.array([0, 1, 0]), 1.0)
    np.testing.assert_allclose(weight, [[0.6, 0.8], [0.3, 0.4], [6, 8]], rtol=1e-6)
    with pytest.raises(RangeError, match="indices: needs to be from 0 to 2"):
        embedding.embedding_forward(weight, np.array([3]))


def test_dropout() -> None:
    noise = dropout.dropout_noise(np.array([True, False]), 0.75, np.float32)
    assert noise.dtype == np.float32
    np.testing.assert_array_equal(dropout.dropout_forward(np.array([2.0, 3.0], "f"), noise), [8, 0])
    np.testing.assert_array_equal(dropout.dropout_backward(np.ones(2, "f"), noise), [4, 0])
    assert dropout.dropout_noise(np.zeros(1), 1.0, np.float64) == 0


OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.9), "eps": 0.1, "weight_decay": 0.2}),
]


@pytest.mark.peer
@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_optimizers_like_torch(name: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    mine = strided(R.randn(6))
    theirs = torch.tensor(mine.copy(), requires_grad=True)
    peer = getattr(torch.optim, name)([theirs], **options)
    step = {"SGD": optimizer.sgd_step_, "Adam": optimizer.adam_step_}[name]
    state: dict[str, Any] = {}
    for _ in range(4):
        grad = R.randn(6)
        theirs.grad = torch.tensor(grad)
        peer.step()
        kept = grad.copy()
        step(mine, grad, state, **options)
        np.testing.assert_array_equal(grad, kept)
        np.testing.assert_allclose(mine, theirs.detach().numpy(), atol=1e-12)


def test_adam_as_torch7() -> None:
    param, grad = np.array([1.0]), np.array([2.0])
    optimizer.adam_step_(param, grad, {}, lr=0.1, eps=0.5, torch7=True)
    m, v = 0.1 * 2, 0.001 * 4
    np.testing.assert_allclose(param, 1 - 0.1 * np.sqrt(0.001) / 0.1 * m / (np.sqrt(v) + 0.5))
