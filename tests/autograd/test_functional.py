"""The functional forms: values against the formulas, and a whole graph against another implementation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.tensor.generator import default_generator


def tensor(values: Any, dtype: Any = np.float64, grad: bool = False) -> Any:
    t = torch.Tensor.from_array(np.array(values, dtype))
    t.requires_grad = grad
    return t


X = np.array([[-2.0, -0.3, 0.0], [0.2, 0.7, 30.0]])


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (lambda x: F.relu(x), lambda x: np.maximum(x, 0)),
        (lambda x: F.relu6(x), lambda x: np.clip(x, 0, 6)),
        (lambda x: F.hardtanh(x, -0.5, 0.5), lambda x: np.clip(x, -0.5, 0.5)),
        (lambda x: F.hardtanh(x, max_val=0.5), lambda x: np.clip(x, -1, 0.5)),
        (lambda x: F.leaky_relu(x, 0.2), lambda x: np.where(x > 0, x, 0.2 * x)),
        (lambda x: F.elu(x, 2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x))),
        (lambda x: F.softplus(x), lambda x: np.log1p(np.exp(x))),
        (lambda x: F.softsign(x), lambda x: x / (1 + abs(x))),
        (lambda x: F.logsigmoid(x), lambda x: -np.log1p(np.exp(-x))),
        (lambda x: F.hardshrink(x), lambda x: np.where(abs(x) > 0.5, x, 0)),
        (lambda x: F.softshrink(x, 0.25), lambda x: np.sign(x) * np.maximum(abs(x) - 0.25, 0)),
        (lambda x: F.tanhshrink(x), lambda x: x - np.tanh(x)),
        (lambda x: F.threshold(x, 0.5, -7.0), lambda x: np.where(x > 0.5, x, -7)),
        (lambda x: F.rrelu(x, 0.1, 0.3), lambda x: np.where(x > 0, x, 0.2 * x)),
        (lambda x: F.softmin(x, 1), lambda x: np.exp(-x) / np.exp(-x).sum(1, keepdims=True)),
        (lambda x: F.normalize(x), lambda x: x / np.sqrt((x * x).sum(1, keepdims=True))),
        (lambda x: F.pad(x, (1, -1, 0, 2), value=5.0), lambda x: np.pad(x[:, :2], ((0, 2), (1, 0)), constant_values=5)),
    ],
)
def test_values(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(got(tensor(X)).array, expected(X), rtol=1e-12, atol=1e-15)


def test_in_place_activations_change_their_input() -> None:
    x = tensor(X)
    assert F.relu(x, inplace=True) is x
    assert F.hardtanh(x, -1.0, 0.5, True) is x
    np.testing.assert_allclose(x.array, np.clip(X, 0, 0.5))


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(TypeError, match="leaky_relu: takes negative_slope, inplace"):
        F.leaky_relu(tensor(X), slope=0.1)


def test_dropout_draws_from_the_shared_stream() -> None:
    x = tensor(np.ones(8), grad=True)
    default_generator.manual_seed(5)
    expected = default_generator.bernoulli(0.75, (8,)) / 0.75
    default_generator.manual_seed(5)
    y = F.dropout(x, 0.25)
    y.sum().backward()
    np.testing.assert_allclose(y.array, expected)
    np.testing.assert_allclose(x.grad.array, expected)
    assert F.dropout(x, 0.25, training=False) is x


def test_dropout2d_drops_planes() -> None:
    default_generator.manual_seed(3)
    y = F.dropout2d(tensor(np.ones((4, 5, 2, 2)))).array
    assert (y == y[:, :, :1, :1]).all()
    assert set(np.unique(y)) == {0.0, 2.0}


def test_rrelu_draws_for_negative_elements_only() -> None:
    default_generator.manual_seed(3)
    slopes = default_generator.uniform(0.1, 0.3, (3,))
    default_generator.manual_seed(3)
    y = F.rrelu(tensor(X), 0.1, 0.3, training=True).array
    np.testing.assert_allclose(y[0], X[0] * slopes)
    np.testing.assert_array_equal(y[1], X[1])


def test_batch_norm_moves_the_running_statistics_in_training_only() -> None:
    x, mean, var = tensor(X), tensor(np.zeros(3)), tensor(np.ones(3))
    F.batch_norm(x, mean, var, training=True, momentum=0.5)
    np.testing.assert_allclose(mean.array, 0.5 * X.mean(0))
    np.testing.assert_allclose(var.array, 0.5 + 0.5 * X.var(0, ddof=1))
    assert mean.storage().version == 1
    before = mean.array.copy()
    y = F.batch_norm(x, mean, var)
    np.testing.assert_array_equal(mean.array, before)
    np.testing.assert_allclose(y.array, (X - mean.array) / np.sqrt(var.array + 1e-5))


def test_embedding_gradients_skip_the_padding_row() -> None:
    w = tensor(np.ones((4, 2)), grad=True)
    F.embedding(tensor([1, 3, 3], np.int64), w, padding_idx=-3).sum().backward()
    assert w.grad.tolist() == [[0, 0], [0, 0], [0, 0], [2, 2]]


def test_one_hot() -> None:
    assert F.one_hot(tensor([2, 0], np.int64)).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert F.one_hot(tensor([1], np.int64), 4).tolist() == [[0, 1, 0, 0]]
    with pytest.raises(ShapeError, match=r"0\.\.1"):
        F.one_hot(tensor([2], np.int64), 2)
    with pytest.raises(DTypeError, match="float64"):
        F.one_hot(tensor([2.0]))


def test_avg_pool_with_a_divisor_of_its_own() -> None:
    x = tensor(np.arange(16.0).reshape(1, 1, 4, 4))
    np.testing.assert_allclose(F.avg_pool2d(x, 2, divisor_override=1).array, F.avg_pool2d(x, 2).array * 4)


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(RangeError, match="mode"):
        F.pad(tensor(X), (1, 1), mode="mirror")
    with pytest.raises(ShapeError, match="pairs"):
        F.pad(tensor(X), (1, 1, 1, 1, 1, 1))
    with pytest.raises(ShapeError, match="p:"):
        F.dropout(tensor(X), 1.5)
    with pytest.raises(DTypeError, match="one element type"):
        F.linear(tensor(X), tensor(X, np.float32))


@pytest.mark.peer
def test_a_network_agrees_with_another_implementation() -> None:
    peer = pytest.importorskip("torch")
    random = np.random.RandomState(0)
    shapes = {"x": (4, 2, 8, 8), "k": (3, 2, 3, 3), "c": (3,), "g": (3,), "b": (3,), "w": (5, 12), "v": (5,)}
    values = {name: random.randn(*shape) for name, shape in shapes.items()}
    labels = np.array([0, 4, 2, 2])

    def network(torch_like: Any, functional: Any, t: dict[str, Any], target: Any) -> Any:
        y = functional.conv2d(t["x"], t["k"], t["c"], stride=1, padding=0)
        y = functional.batch_norm(y, None, None, t["g"], t["b"], training=True)
        y = functional.max_pool2d(functional.elu(y), 3)
        y = functional.linear(y.view(4, 12), t["w"], t["v"])
        penalty = (t["w"] ** 2).sum().sqrt() + t["k"].abs().mean() + torch_like.exp(-y).std()
        return functional.cross_entropy(y, target) + 0.1 * penalty

    ours = {name: tensor(v, grad=True) for name, v in values.items()}
    theirs = {name: peer.tensor(v, requires_grad=True) for name, v in values.items()}
    loss = network(torch, F, ours, torch.Tensor.from_array(labels))
    expected = network(peer, peer.nn.functional, theirs, peer.tensor(labels))
    np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-10)
    loss.backward()
    expected.backward()
    for name in values:
        np.testing.assert_allclose(ours[name].grad.array, theirs[name].grad.numpy(), rtol=1e-8, atol=1e-6)


@pytest.mark.peer
def test_second_derivatives_agree_with_another_implementation() -> None:
    peer = pytest.importorskip("torch")
    values = np.random.RandomState(0).randn(3, 4)

    def penalty(torch_like: Any, x: Any, gradient: Any) -> Any:
        y = (torch_like.tanh(x) @ x.t()).exp().sum() / x.norm()
        (g,) = gradient(y, x, create_graph=True)
        return (g**2).sum()

    ours, theirs = tensor(values, grad=True), peer.tensor(values, requires_grad=True)
    a, b = penalty(torch, ours, torch.autograd.grad), penalty(peer, theirs, peer.autograd.grad)
    a.backward()
    b.backward()
    np.testing.assert_allclose(ours.grad.array, theirs.grad.numpy(), rtol=1e-9)


def test_losses_are_differentiated_twice() -> None:
    x = tensor(X, grad=True)
    (g,) = torch.autograd.grad(F.smooth_l1_loss(x, tensor(X + 0.5)), x, create_graph=True)
    g.sum().backward()
    np.testing.assert_allclose(x.grad.array, np.full(X.shape, 1 / X.size))
