from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import compiled, convolution
from pytorch_from_lua.kernels.convolution import (
    conv2d_backward_bias,
    conv2d_backward_input,
    conv2d_backward_weight,
    conv2d_forward,
)
from pytorch_from_lua.kernels.pooling import (
    avg_pool2d_backward,
    avg_pool2d_forward,
    max_pool2d_backward,
    max_pool2d_forward,
)
from tests.kernels.peer import numeric_gradient, strided

CONVOLUTIONS = [
    # n, groups, stride, padding, dilation, image
    (2, 1, 1, 0, 1, (5, 6)),
    (2, 2, (2, 1), (1, 2), 1, (6, 5)),
    (3, 3, 2, 1, 2, (9, 9)),
    (18, 1, 1, 1, 1, (4, 4)),  # the batch innermost
    (17, 2, 2, (0, 1), (1, 2), (5, 7)),
    (1, 6, 1, 2, 1, (3, 3)),
]


def convolution_case(n: int, groups: int, image: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r = np.random.RandomState(0)
    return r.randn(n, 6, *image), r.randn(12, 6 // groups, 3, 2), r.randn(12)


@pytest.mark.peer
@pytest.mark.parametrize("chunk", [1, 1 << 21])
@pytest.mark.parametrize(("n", "groups", "stride", "padding", "dilation", "image"), CONVOLUTIONS)
def test_convolution_like_torch(
    monkeypatch: pytest.MonkeyPatch,
    chunk: int,
    n: int,
    groups: int,
    stride: Any,
    padding: Any,
    dilation: Any,
    image: Any,
) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    monkeypatch.setattr(convolution, "ROW_ELEMENTS", chunk)
    x, w, b = convolution_case(n, groups, image)
    tx, tw, tb = (torch.tensor(a, requires_grad=True) for a in (x, w, b))
    expected = torch.nn.functional.conv2d(tx, tw, tb, stride, padding, dilation, groups)
    grad = np.random.RandomState(1).randn(*expected.shape)
    expected.backward(torch.tensor(grad))
    how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    x, w, grad = strided(x), strided(w), strided(grad)
    np.testing.assert_allclose(conv2d_forward(x, w, b, **how), expected.detach().numpy(), atol=1e-11)
    np.testing.assert_allclose(conv2d_backward_input(grad, w, x.shape, **how), tx.grad.numpy(), atol=1e-11)
    np.testing.assert_allclose(conv2d_backward_weight(grad, x, w.shape, **how), tw.grad.numpy(), atol=1e-11)
    np.testing.assert_allclose(conv2d_backward_bias(grad), tb.grad.numpy(), atol=1e-11)


def test_convolution_gradients_by_differences() -> None:
    r = np.random.RandomState(0)
    x, w, b = r.randn(2, 2, 4, 3), r.randn(2, 1, 2, 2), r.randn(2)
    how: dict[str, Any] = {"stride": (1, 2), "padding": 1, "dilation": (2, 1), "groups": 2}
    grad = r.randn(*conv2d_forward(x, w, b, **how).shape)
    found = conv2d_backward_input(grad, w, x.shape, **how)
    np.testing.assert_allclose(found, numeric_gradient(lambda v: conv2d_forward(v, w, b, **how), x, grad), atol=1e-7)
    found = conv2d_backward_weight(grad, x, w.shape, **how)
    np.testing.assert_allclose(found, numeric_gradient(lambda v: conv2d_forward(x, v, b, **how), w, grad), atol=1e-7)
    out = np.ones_like(w)
    conv2d_backward_weight(grad, x, w.shape, **how, out=out, scale=0.5, accumulate=True)
    np.testing.assert_allclose(out, 1 + 0.5 * found)


def test_convolution_of_one_image() -> None:
    x, w, b = convolution_case(1, 1, (5, 5))
    y = conv2d_forward(x, w, b)
    out = np.zeros_like(y[0])
    conv2d_forward(x[0], w, b, out=out)
    np.testing.assert_array_equal(out, y[0])
    np.testing.assert_array_equal(conv2d_backward_input(y[0], w, x[0].shape), conv2d_backward_input(y, w, x.shape)[0])
    np.testing.assert_array_equal(conv2d_backward_weight(y[0], x[0], w.shape), conv2d_backward_weight(y, x, w.shape))
    np.testing.assert_array_equal(conv2d_backward_bias(y[0]), conv2d_backward_bias(y))


@pytest.mark.parametrize(
    ("shape", "how", "message"),
    [
        ((1, 3, 5, 5), {}, "x: needs 6 channels"),
        ((1, 6, 2, 2), {}, "x: an image of 2 x 2"),
        ((6, 5), {}, "x: needs shape"),
        ((1, 6, 5, 5), {"stride": 0}, "stride: needs"),
        ((1, 6, 5, 5), {"groups": 5}, "groups: needs to divide"),
    ],
)
def test_convolution_errors(shape: tuple[int, ...], how: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        conv2d_forward(np.ones(shape), np.ones((12, 6, 3, 2)), None, **how)


POOLS: list[dict[str, Any]] = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0), "ceil_mode": True},
    {"kernel_size": 3, "stride": 2, "ceil_mode": True},
    {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True},
]


@pytest.mark.peer
@pytest.mark.parametrize("setting", ["0", "1"], ids=["numpy", "numba"])
@pytest.mark.parametrize("how", [*POOLS, {"kernel_size": 2, "stride": 1, "dilation": 2}], ids=str)
def test_max_pooling_like_torch(monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], setting: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    monkeypatch.setattr(compiled, "SETTING", setting)
    monkeypatch.setattr(compiled, "_ready", {})
    x = np.random.RandomState(0).randint(-4, 4, (2, 3, 6, 7)).astype(float)  # with ties
    t = torch.tensor(x, requires_grad=True)
    expected, places = torch.nn.functional.max_pool2d(t, **how, return_indices=True)
    y, indices = max_pool2d_forward(strided(x), **how)
    np.testing.assert_array_equal(y, expected.detach().numpy())
    np.testing.assert_array_equal(indices, places.numpy())
    grad = np.random.RandomState(1).randn(*y.shape)
    expected.backward(torch.tensor(grad))
    np.testing.assert_allclose(max_pool2d_backward(strided(grad), indices, x.shape), t.grad.numpy(), atol=1e-12)
    one, _ = max_pool2d_forward(x[0], **how)
    np.testing.assert_array_equal(one, y[0])


@pytest.mark.parametrize("setting", ["0", "1"], ids=["numpy", "numba"])
def test_max_pooling_of_infinities_and_nan(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setattr(compiled, "SETTING", setting)
    monkeypatch.setattr(compiled, "_ready", {})
    y, indices = max_pool2d_forward(np.full((1, 2, 2), -np.inf), 2, padding=1, stride=1)
    assert (y == -np.inf).all()
    np.testing.assert_array_equal(indices[0], [[0, 0, 1], [0, 0, 1], [2, 2, 3]])
    y, indices = max_pool2d_forward(np.array([[[5.0, np.nan], [7.0, 1.0]]]), 2)
    assert np.isnan(y).all()
    assert indices.item() == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("how", [*POOLS, {"kernel_size": 2}], ids=str)
def test_compiled_max_pooling_gives_the_bits_of_numpy(
    monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], dtype: str
) -> None:
    x = np.random.RandomState(0).randint(-3, 3, (2, 3, 7, 9)).astype(dtype)  # with ties, and odd sizes
    x[0, 0, ::3, ::2] = np.nan
    grad, found = None, []
    for setting in ("0", "1"):
        monkeypatch.setattr(compiled, "SETTING", setting)
        monkeypatch.setattr(compiled, "_ready", {})
        y, indices = max_pool2d_forward(x, **how)
        grad = np.random.RandomState(1).randn(*y.shape).astype(dtype) if grad is None else grad
        found.append((y, indices, max_pool2d_backward(grad, indices, x.shape)))
    assert bool(compiled._ready)
    for plain, looped in zip(*found, strict=True):
        np.testing.assert_array_equal(plain, looped)


@pytest.mark.peer
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("how", POOLS, ids=str)
def test_average_pooling_like_torch(how: dict[str, Any], counted: bool) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    x = np.random.RandomState(0).randn(2, 3, 6, 7)
    t = torch.tensor(x, requires_grad=True)
    expected = torch.nn.functional.avg_pool2d(t, **how, count_include_pad=counted)
    y = avg_pool2d_forward(strided(x), **how, count_include_pad=counted)
    np.testing.assert_allclose(y, expected.detach().numpy(), atol=1e-12)
    grad = np.random.RandomState(1).randn(*y.shape)
    expected.backward(torch.tensor(grad))
    found = avg_pool2d_backward(grad, x.shape, **how, count_include_pad=counted)
    np.testing.assert_allclose(found, t.grad.numpy(), atol=1e-12)


def test_pooling_errors() -> None:
    with pytest.raises(ShapeError, match="padding: needs to be at most half"):
        max_pool2d_forward(np.ones((1, 4, 4)), 2, 1, 2)
    with pytest.raises(ShapeError, match=r"padding: with dilation \(2, 2\), a window has no element of \(1, 3\)"):
        max_pool2d_forward(np.ones((1, 1, 3)), 2, 1, 1, 2)
    with pytest.raises(ShapeError, match="x: needs shape"):
        max_pool2d_forward(np.ones(5), 2)
    with pytest.raises(ShapeError, match="too small"):
        avg_pool2d_forward(np.ones((1, 1, 1)), 2)
