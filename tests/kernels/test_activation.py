from __future__ import annotations

import numpy as np
import pytest

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.activation import (
    ACTIVATIONS,
    prelu_backward_input,
    prelu_backward_weight,
    prelu_forward,
    rrelu_backward,
    rrelu_forward,
)
from tests.kernels.peer import numeric_gradient, strided

POSITIVE = {"log", "power", "sqrt"}
PEERS = {
    "abs": "abs", "elu": "nn.functional.elu", "exp": "exp", "hardshrink": "nn.functional.hardshrink",
    "hardtanh": "nn.functional.hardtanh", "leaky_relu": "nn.functional.leaky_relu", "log": "log",
    "log_sigmoid": "nn.functional.logsigmoid", "relu": "relu", "relu6": "nn.functional.relu6", "sigmoid": "sigmoid",
    "softplus": "nn.functional.softplus", "softshrink": "nn.functional.softshrink",
    "softsign": "nn.functional.softsign", "sqrt": "sqrt", "square": "square", "tanh": "tanh",
    "tanhshrink": "nn.functional.tanhshrink",
}  # fmt: skip


def example(name: str) -> np.ndarray:
    x = np.random.RandomState(3).randn(4, 5) * 3
    return np.abs(x) + 0.1 if name in POSITIVE else x


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradient_and_out(name: str) -> None:
    row, x = ACTIVATIONS[name], example(name)
    options = row.options.values()
    y = row.forward(x, *options)
    grad = np.random.RandomState(4).randn(*x.shape)
    found = row.backward(grad, x, y, *options)
    np.testing.assert_allclose(found, numeric_gradient(lambda v: row.forward(v, *options), x, grad), atol=1e-7)
    # only what `needs` names is read
    given = (x, None) if row.needs == "x" else (None, y)
    np.testing.assert_array_equal(row.backward(grad, *given, *options), found)
    out = strided(np.zeros_like(x))
    assert row.forward(strided(x), *options, out=out) is out
    np.testing.assert_array_equal(out, y)
    assert row.backward(strided(grad), x, y, *options, out=out) is out
    np.testing.assert_array_equal(out, found)
    for dtype in (np.float32, np.float64):
        small = x.astype(dtype)
        result = row.forward(small, *options)
        assert result.dtype == dtype
        assert row.backward(small, small, result, *options).dtype == dtype


@pytest.mark.peer
@pytest.mark.parametrize("name", PEERS)
def test_like_torch(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    function = torch
    for part in PEERS[name].split("."):
        function = getattr(function, part)
    x = np.concatenate([example(name), [[0.3, 30.0, 100.0, 6.5, 0.5]]])
    t = torch.tensor(x, requires_grad=True)
    y = function(t)
    y.sum().backward()
    row = ACTIVATIONS[name]
    mine = row.forward(x, *row.options.values())
    np.testing.assert_allclose(mine, y.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(
        row.backward(np.ones_like(x), x, mine, *row.options.values()), t.grad.numpy(), atol=1e-12
    )


@pytest.mark.parametrize(
    ("name", "x", "slope"),
    [
        ("relu", 0.0, 0),
        ("sqrt", 0.0, 0),
        ("abs", 0.0, 1),
        ("hardtanh", 1.0, 0),
        ("leaky_relu", 0.0, 0.01),
        ("elu", 0.0, 1),
    ],
)
def test_where_two_pieces_meet(name: str, x: float, slope: float) -> None:
    row, point = ACTIVATIONS[name], np.array([x])
    y = row.forward(point, *row.options.values())
    assert row.backward(np.ones(1), point, y, *row.options.values())[0] == slope


def test_no_overflow() -> None:
    x = np.array([-1000.0, 1000.0])
    for name, expected in [
        ("sigmoid", [0, 1]),
        ("log_sigmoid", [-1000, 0]),
        ("softplus", [0, 1000]),
        ("elu", [-1, 1000]),
    ]:
        row = ACTIVATIONS[name]
        np.testing.assert_array_equal(row.forward(x, *row.options.values()), expected)


@pytest.mark.parametrize(
    ("shape", "slopes"), [((2, 3, 4), 1), ((2, 3, 2, 2), 3), ((3, 2, 2), 3), ((5, 3), 3), ((3,), 3)]
)
def test_prelu(shape: tuple[int, ...], slopes: int) -> None:
    r = np.random.RandomState(1)
    x, weight, grad = r.randn(*shape), r.rand(slopes), r.randn(*shape)
    np.testing.assert_allclose(
        prelu_backward_input(grad, x, weight), numeric_gradient(lambda v: prelu_forward(v, weight), x, grad), atol=1e-7
    )
    expected = numeric_gradient(lambda w: prelu_forward(x, w), weight, grad)
    np.testing.assert_allclose(prelu_backward_weight(grad, x, weight), expected, atol=1e-7)
    out = np.ones(slopes)
    prelu_backward_weight(grad, x, weight, out=out, scale=2.0, accumulate=True)
    np.testing.assert_allclose(out, 1 + 2 * expected, atol=1e-6)


def test_prelu_of_other_planes() -> None:
    with pytest.raises(ShapeError, match="weight: needs 1 or 3"):
        prelu_forward(np.ones((2, 3)), np.ones(2))


def test_rrelu() -> None:
    x, slope = np.array([-2.0, 0.0, 3.0]), np.array([0.2, 0.3, 1.0])
    np.testing.assert_array_equal(rrelu_forward(x, slope), [-0.4, 0, 3])
    np.testing.assert_array_equal(rrelu_backward(np.ones(3), x, slope), [0.2, 0.3, 1])
