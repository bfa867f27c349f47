"""Convolutions with a weight for each place, over frames, by tables; columns of patches; sub-sampling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import connected, folding, local_convolution, subsampling, temporal
from pytorch_from_lua.kernels.local_convolution import (
    local_conv2d_backward_bias,
    local_conv2d_backward_input,
    local_conv2d_backward_weight,
    local_conv2d_forward,
)
from tests.kernels.peer import numeric_gradient, strided

R = np.random.RandomState(0)


def draw(*shape: int) -> np.ndarray:
    return R.standard_normal(shape)


# -- a weight for each place ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 1 << 21])
@pytest.mark.parametrize(("stride", "padding"), [((1, 1), (0, 0)), ((2, 1), (1, 2)), ((3, 2), (0, 1))])
def test_each_place_is_a_product_of_its_own(
    monkeypatch: pytest.MonkeyPatch, stride: tuple[int, int], padding: tuple[int, int], chunk: int
) -> None:
    monkeypatch.setattr(local_convolution, "ROW_ELEMENTS", chunk)
    x = draw(3, 2, 5, 6)
    oh, ow = ((n + 2 * p - k) // s + 1 for n, p, k, s in zip((5, 6), padding, (3, 2), stride, strict=True))
    w, b = draw(oh, ow, 4, 2, 3, 2), draw(4, oh, ow)
    around = np.pad(x, [(0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2])
    expected = np.empty((3, 4, oh, ow))
    for i in range(oh):
        for j in range(ow):
            patch = around[:, :, i * stride[0] :, j * stride[1] :][:, :, :3, :2]
            expected[:, :, i, j] = np.einsum("ncuv,ocuv->no", patch, w[i, j]) + b[:, i, j]
    np.testing.assert_allclose(local_conv2d_forward(strided(x), w, b, stride, padding), expected, atol=1e-12)
    np.testing.assert_allclose(local_conv2d_forward(x[1], w, b, stride, padding), expected[1], atol=1e-12)
    grad = draw(*expected.shape)
    found = local_conv2d_backward_input(strided(grad), w, x.shape, stride, padding)
    wanted = numeric_gradient(lambda v: local_conv2d_forward(v, w, None, stride, padding), x, grad)
    np.testing.assert_allclose(found, wanted, atol=1e-7)
    # It is linear in the weight: the gradient's product with a weight is the result's with the gradient.
    found = local_conv2d_backward_weight(grad, x, w.shape, stride, padding)
    other = draw(*w.shape)
    change = local_conv2d_forward(x, other, None, stride, padding)
    np.testing.assert_allclose((found * other).sum(), (grad * change).sum(), rtol=1e-10)
    out = np.ones_like(w)
    local_conv2d_backward_weight(grad, x, w.shape, stride, padding, out, 0.5, True)
    np.testing.assert_allclose(out, 1 + 0.5 * found)
    np.testing.assert_allclose(local_conv2d_backward_bias(grad), grad.sum(0))
    np.testing.assert_array_equal(local_conv2d_backward_bias(grad[0]), grad[0])


@pytest.mark.parametrize(
    ("x", "weight", "message"),
    [
        ((1, 3, 4, 4), (2, 2, 5, 2, 3, 3), "x: needs 2 channels"),
        ((1, 2, 5, 4), (2, 2, 5, 2, 3, 3), r"has \(3, 2\) places for the window, the weight \(2, 2\)"),
        ((2, 4), (2, 2, 5, 2, 3, 3), "x: needs shape"),
        ((1, 2, 4, 4), (5, 2, 3, 3), "weight: needs shape"),
    ],
)
def test_errors_of_local_ones(x: tuple[int, ...], weight: tuple[int, ...], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        local_conv2d_forward(np.ones(x), np.ones(weight))


# -- frames -----------------------------------------------------------------------------------------------------------


@pytest.mark.peer
@pytest.mark.parametrize(("kernel", "step"), [(1, 1), (3, 1), (2, 3), (4, 2)])
def test_frames_like_torch(kernel: int, step: int) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    x, w, b = draw(3, 9, 4), draw(5, kernel * 4), draw(5)
    tx, tw, tb = (torch.tensor(a, requires_grad=True) for a in (x, w, b))
    y = torch.nn.functional.conv1d(tx.mT, tw.view(5, kernel, 4).mT, tb, step).mT
    grad = draw(*y.shape)
    y.backward(torch.tensor(grad))
    np.testing.assert_allclose(temporal.temporal_conv_forward(strided(x), w, b, step), y.detach().numpy(), atol=1e-12)
    one = temporal.temporal_conv_forward(x[1], w, b, step)
    np.testing.assert_allclose(one, y.detach().numpy()[1], atol=1e-12)
    found = temporal.temporal_conv_backward_input(strided(grad), w, x.shape, step)
    np.testing.assert_allclose(found, tx.grad.numpy(), atol=1e-12)
    target = np.zeros((3, 4, 9)).swapaxes(1, 2)
    temporal.temporal_conv_backward_input(grad, w, x.shape, step, target)
    np.testing.assert_allclose(target, found)
    out = np.ones_like(w)
    temporal.temporal_conv_backward_weight(grad, x, w.shape, step, out, 2.0, True)
    np.testing.assert_allclose(out, 1 + 2 * tw.grad.numpy(), atol=1e-11)
    np.testing.assert_allclose(temporal.temporal_conv_backward_bias(grad), tb.grad.numpy(), atol=1e-12)


@pytest.mark.peer
@pytest.mark.parametrize(("kernel", "step"), [(1, 1), (3, 1), (2, 3), (4, 2)])
def test_rows_like_torch(kernel: int, step: int) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    x, w, b = draw(3, 9, 4), draw(4, kernel), draw(4)
    tx, tw, tb = (torch.tensor(a, requires_grad=True) for a in (x, w, b))
    y = torch.nn.functional.conv1d(tx.mT, tw[:, None], tb, step, groups=4).mT
    grad = draw(*y.shape)
    y.backward(torch.tensor(grad))
    np.testing.assert_allclose(temporal.row_conv_forward(strided(x), w, b, step), y.detach().numpy(), atol=1e-12)
    found = temporal.row_conv_backward_input(grad, w, x.shape, step)
    np.testing.assert_allclose(found, tx.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(temporal.row_conv_backward_weight(grad, x, kernel, step), tw.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(temporal.row_conv_backward_bias(grad), tb.grad.numpy(), atol=1e-12)
    with pytest.raises(ShapeError, match=f"x: needs {kernel} frames or more of 4 features"):
        temporal.row_conv_forward(x[..., :3], w, b, step)


# -- columns ----------------------------------------------------------------------------------------------------------

FOLDS: list[dict[str, Any]] = [
    {"kernel_size": 2},
    {"kernel_size": (3, 2), "padding": (1, 0), "stride": (2, 1)},
    {"kernel_size": 3, "dilation": (2, 1), "padding": 2, "stride": 3},
]


@pytest.mark.peer
@pytest.mark.parametrize("how", FOLDS, ids=str)
def test_columns_like_torch(how: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    x = draw(2, 3, 6, 7)
    columns = folding.unfold(strided(x), **how)
    np.testing.assert_array_equal(columns, torch.nn.functional.unfold(torch.tensor(x), **how).numpy())
    np.testing.assert_array_equal(folding.unfold(x[0], **how), columns[0])
    other = draw(*columns.shape)
    image = folding.fold(strided(other), (6, 7), **how)
    expected = torch.nn.functional.fold(torch.tensor(other), (6, 7), **how).numpy()
    np.testing.assert_allclose(image, expected, atol=1e-12)
    np.testing.assert_array_equal(folding.fold(other[1], (6, 7), **how), image[1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: folding.unfold(np.ones((1, 1, 2, 2)), 3), "x: an image of 2 x 2"),
        (lambda: folding.unfold(np.ones((2, 2)), 1), "x: needs shape"),
        (lambda: folding.fold(np.ones((1, 5, 4)), (3, 3), 2), "columns: needs shape"),
        (lambda: folding.fold(np.ones((1, 4, 5)), (3, 3), 2), r"columns: needs shape \(1, 4, 4\), got \(1, 4, 5\)"),
        (lambda: folding.fold(np.ones((1, 4, 5)), (0, 3), 2), "output_size: needs"),
    ],
)
def test_errors_of_columns(call: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        call()


# -- tables and sums --------------------------------------------------------------------------------------------------


def test_connections_and_back() -> None:
    first, second = np.array([1, 0, 1]), np.array([0, 2, 0])
    w = draw(3, 2, 2)
    whole = connected.connect(w, first, second, (2, 3))
    np.testing.assert_allclose(whole[1, 0], w[0] + w[2])
    np.testing.assert_array_equal(whole[0, 2], w[1])
    assert np.count_nonzero(whole) == 8
    grad = draw(2, 3, 2, 2)
    wanted = numeric_gradient(lambda v: connected.connect(v, first, second, (2, 3)), w, grad)
    np.testing.assert_allclose(connected.connections(grad, first, second), wanted, atol=1e-7)
    with pytest.raises(ShapeError, match="needs 2 kernels"):
        connected.connect(w, first[:2], second[:2], (2, 3))


@pytest.mark.parametrize("of_columns", [False, True], ids=["planes", "columns"])
def test_sums_of_windows(of_columns: bool) -> None:
    x, kernel, stride = draw(2, 3, 5, 6), (2, 3), (2, 1)
    if of_columns:
        kernel = (2, 1)
    shape = (6,) if of_columns else (3, 1, 1)
    w, b = draw(*shape), draw(*shape)
    y = subsampling.subsample_forward(x, w, b, kernel, stride)
    (by_row, by_column), (kh, kw) = stride, kernel
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            window = x[:, :, i * by_row : i * by_row + kh, j * by_column : j * by_column + kw].sum((2, 3))
            scaled = window * (w[j] if of_columns else w[:, 0, 0]) + (b[j] if of_columns else b[:, 0, 0])
            np.testing.assert_allclose(y[:, :, i, j], scaled, atol=1e-12)
    grad = draw(*y.shape)

    def moved(**other: Any) -> Any:
        given = {"x": x, "w": w, "b": b}
        return lambda v: subsampling.subsample_forward(*{**given, **dict.fromkeys(other, v)}.values(), kernel, stride)

    found = subsampling.subsample_backward_input(grad, w, x.shape, kernel, stride)
    np.testing.assert_allclose(found, numeric_gradient(moved(x=1), x, grad), atol=1e-7)
    found = subsampling.subsample_backward_weight(grad, x, w.shape, kernel, stride)
    np.testing.assert_allclose(found, numeric_gradient(moved(w=1), w, grad), atol=1e-6)
    out = np.ones_like(b)
    subsampling.subsample_backward_bias(grad, b.shape, out, 0.5, True)
    np.testing.assert_allclose(out, 1 + 0.5 * numeric_gradient(moved(b=1), b, grad), atol=1e-6)
