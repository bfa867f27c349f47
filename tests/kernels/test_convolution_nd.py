"""Convolutions in one to three dimensions, plain and transposed: PyTorch's numbers, and differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import convolution_nd
from pytorch_from_lua.kernels.convolution_nd import (
    conv_backward_bias,
    conv_backward_input,
    conv_backward_weight,
    conv_forward,
    conv_transpose_forward,
    transposed_size,
)
from tests.kernels.peer import numeric_gradient, strided

KERNEL = (2, 3, 2)
#: The image, and how it is convolved.
PLAIN: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((9,), {}),
    ((9,), {"stride": 3, "padding": 2}),
    ((12,), {"stride": 2, "padding": 1, "dilation": 3, "groups": 2}),
    ((7, 8), {"stride": (2, 1), "padding": (0, 2), "groups": 4}),
    ((4, 5, 6), {}),
    ((4, 5, 6), {"stride": 2, "padding": 1}),
    ((6, 5, 6), {"stride": (3, 1, 2), "padding": (2, 0, 1), "dilation": (2, 1, 3), "groups": 2}),
    ((3, 6, 5), {"stride": (4, 1, 1), "padding": (1, 1, 1), "groups": 4}),
    ((2, 4, 4), {"padding": (3, 0, 0), "dilation": (4, 1, 1)}),  # some windows see padding alone
]
#: The image, how it is convolved, and how much longer the result is.
TRANSPOSED: list[tuple[tuple[int, ...], dict[str, Any], Any]] = [
    ((5,), {}, 0),
    ((4,), {"stride": 3, "padding": 1, "dilation": 2}, 2),
    ((3, 4), {"stride": (2, 3), "padding": (0, 1), "groups": 2}, (1, 2)),
    ((2, 3, 2), {}, 0),
    ((2, 3, 2), {"stride": (2, 1, 3), "padding": (1, 0, 0), "dilation": (1, 2, 1), "groups": 2}, (1, 0, 2)),
]


def arrays(size: tuple[int, ...], groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r = np.random.RandomState(0)
    return r.randn(3, 4, *size), r.randn(8, 4 // groups, *KERNEL[: len(size)]), r.randn(8)


@pytest.mark.peer
@pytest.mark.parametrize("chunk", [1, 1 << 21])
@pytest.mark.parametrize(("size", "how"), PLAIN, ids=str)
def test_like_torch(monkeypatch: pytest.MonkeyPatch, size: tuple[int, ...], how: dict[str, Any], chunk: int) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    monkeypatch.setattr(convolution_nd, "STACKED_ELEMENTS", chunk)
    x, w, b = arrays(size, how.get("groups", 1))
    tx, tw, tb = (torch.tensor(a, requires_grad=True) for a in (x, w, b))
    expected = getattr(torch.nn.functional, f"conv{len(size)}d")(tx, tw, tb, **how)
    grad = np.random.RandomState(1).randn(*expected.shape)
    expected.backward(torch.tensor(grad))
    x, w, grad = strided(x), strided(w), strided(grad)
    np.testing.assert_allclose(conv_forward(x, w, b, **how), expected.detach().numpy(), atol=1e-11)
    np.testing.assert_allclose(conv_backward_input(grad, w, x.shape, **how), tx.grad.numpy(), atol=1e-11)
    np.testing.assert_allclose(conv_backward_weight(grad, x, w.shape, **how), tw.grad.numpy(), atol=1e-11)
    np.testing.assert_allclose(conv_backward_bias(grad, len(size)), tb.grad.numpy(), atol=1e-11)


@pytest.mark.peer
@pytest.mark.parametrize(("size", "how", "extra"), TRANSPOSED, ids=str)
def test_transposed_like_torch(size: tuple[int, ...], how: dict[str, Any], extra: Any) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    groups, r = how.get("groups", 1), np.random.RandomState(0)
    x, w, b = r.randn(2, 4, *size), r.randn(4, 6 // groups, *KERNEL[: len(size)]), r.randn(6)
    expected = getattr(torch.nn.functional, f"conv_transpose{len(size)}d")(
        *map(torch.tensor, (x, w, b)), output_padding=extra, **how
    )
    less = {name: value for name, value in how.items() if name != "groups"}
    shape = (2, 6, *transposed_size(size, w.shape[2:], output_padding=extra, **less))
    assert shape == expected.shape
    found = conv_transpose_forward(strided(x), strided(w), b, shape, **how)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-11)
    one = np.full(shape[1:], 7.0)
    conv_transpose_forward(x[0], w, b, shape[1:], **how, out=one)
    np.testing.assert_allclose(one, found[0], atol=1e-12)


def test_gradients_by_differences() -> None:
    r = np.random.RandomState(0)
    x, w = r.randn(2, 2, 3, 4, 2), r.randn(2, 1, 2, 2, 1)
    how: dict[str, Any] = {"stride": (2, 1, 1), "padding": (1, 0, 0), "dilation": (2, 1, 1), "groups": 2}
    grad = r.randn(*conv_forward(x, w, **how).shape)
    found = conv_backward_input(grad, w, x.shape, **how)
    np.testing.assert_allclose(found, numeric_gradient(lambda v: conv_forward(v, w, **how), x, grad), atol=1e-7)
    found = conv_backward_weight(grad, x, w.shape, **how)
    np.testing.assert_allclose(found, numeric_gradient(lambda v: conv_forward(x, v, **how), w, grad), atol=1e-7)
    out = np.ones_like(w)
    conv_backward_weight(grad, x, w.shape, **how, out=out, scale=0.5, accumulate=True)
    np.testing.assert_allclose(out, 1 + 0.5 * found)


@pytest.mark.parametrize("size", [(5,), (4, 5), (3, 4, 5)], ids=str)
def test_one_sample_and_results_in_place(size: tuple[int, ...]) -> None:
    x, w, b = arrays(size, 1)
    y = conv_forward(x, w, b)
    out, back = np.full(y[0].shape, 7.0), np.full(x[0].shape, 7.0)
    conv_forward(x[0], w, b, out=out)
    conv_backward_input(y[0], w, x[0].shape, out=back)
    np.testing.assert_allclose(out, y[0], atol=1e-12)
    np.testing.assert_allclose(back, conv_backward_input(y, w, x.shape)[0], atol=1e-12)
    one = conv_backward_weight(y[0], x[0], w.shape)
    np.testing.assert_allclose(one, conv_backward_weight(y[:1], x[:1], w.shape), atol=1e-12)
    np.testing.assert_allclose(conv_backward_bias(y[0], len(size)), conv_backward_bias(y[:1], len(size)))
    assert conv_forward(x[:0], w, b).shape == (0, *y.shape[1:])
    assert (conv_backward_weight(y[:0], x[:0], w.shape) == 0).all()


@pytest.mark.parametrize(
    ("shape", "how", "message"),
    [
        ((1, 3, 5, 5, 5), {}, r"x: needs 4 channels for a weight of \(8, 4, 2, 3, 2\), got \(1, 3, 5, 5, 5\)"),
        ((1, 4, 1, 5, 5), {}, r"x: 1 x 5 x 5 with padding \(0, 0, 0\) is smaller than a kernel of 2 x 3 x 2"),
        ((4, 5), {}, "x: needs 5 dimensions"),
        ((1, 4, 5, 5, 5), {"stride": 0}, "stride: needs a number or 3 of at least 1, got 0"),
        ((1, 4, 5, 5, 5), {"padding": (1, 2)}, "padding: needs a number or 3"),
        ((1, 4, 5, 5, 5), {"groups": 3}, "groups: needs to divide the 8 output channels"),
    ],
)
def test_errors(shape: tuple[int, ...], how: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        conv_forward(np.ones(shape), np.ones((8, 4, *KERNEL)), None, **how)


def test_errors_of_transposed_ones() -> None:
    with pytest.raises(ShapeError, match="output_padding: needs to be smaller than the stride"):
        transposed_size((3,), (3,), 2, output_padding=2)
    with pytest.raises(ShapeError, match="leaves a result of 0"):
        transposed_size((2,), (2,), 1, 2, 0, 2)
    with pytest.raises(ShapeError, match="x: needs 4 channels"):
        conv_transpose_forward(np.ones((1, 3, 5)), np.ones((4, 2, 3)), None, (1, 2, 7))
