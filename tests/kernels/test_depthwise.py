"""Convolutions of each plane by itself: PyTorch's numbers from the loops and without them, in threads too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.kernels import compiled, depthwise, parallel
from pytorch_from_lua.kernels.convolution import conv2d_backward_input, conv2d_backward_weight, conv2d_forward
from pytorch_from_lua.kernels.patches import Window

#: The image, kernels for each plane, the kernel's size, stride, padding and dilation.
CASES: list[tuple[Any, ...]] = [
    ((6, 7), 1, (3, 3), (1, 1), (1, 1), (1, 1)),
    ((6, 7), 2, (2, 3), (1, 1), (0, 2), (1, 1)),
    ((9, 8), 1, (3, 2), (2, 3), (1, 0), (1, 2)),
    ((3, 3), 3, (3, 3), (2, 1), (2, 2), (2, 1)),
    ((1, 5), 1, (1, 4), (1, 2), (0, 3), (1, 1)),
    ((2, 2), 1, (3, 3), (4, 1), (4, 1), (3, 1)),  # some places of the kernel see padding alone
]


@pytest.fixture(params=["0", "1"], ids=["numpy", "numba"])
def setting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(compiled, "SETTING", request.param)
    monkeypatch.setattr(compiled, "_ready", {})
    return str(request.param)


@pytest.mark.peer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("size", "many", "kernel", "stride", "padding", "dilation"), CASES)
def test_like_torch(
    setting: str, size: Any, many: int, kernel: Any, stride: Any, padding: Any, dilation: Any, dtype: str
) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    r = np.random.RandomState(0)
    x, w, b = r.randn(2, 3, *size).astype(dtype), r.randn(3 * many, 1, *kernel).astype(dtype), r.randn(3 * many)
    b = b.astype(dtype)
    tx, tw, tb = (torch.tensor(a, requires_grad=True) for a in (x, w, b))
    y = torch.nn.functional.conv2d(tx, tw, tb, stride, padding, dilation, 3)
    grad = r.randn(*y.shape).astype(dtype)
    y.backward(torch.tensor(grad))
    how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": 3}
    tolerance = 1e-11 if dtype == "float64" else 1e-4
    found = conv2d_forward(x, w, b, **how)
    np.testing.assert_allclose(found, y.detach().numpy(), atol=tolerance)
    np.testing.assert_allclose(conv2d_backward_input(grad, w, x.shape, **how), tx.grad.numpy(), atol=tolerance)
    np.testing.assert_allclose(conv2d_backward_weight(grad, x, w.shape, **how), tw.grad.numpy(), atol=tolerance)
    assert ("depthwise_forward", np.dtype(dtype).char) in compiled._ready or setting == "0" or compiled._off


def test_loops_and_sums_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason="numba makes the loops fast, and is not needed otherwise")
    r = np.random.RandomState(0)
    window = Window((7, 8), (3, 2), (2, 3), (1, 0), (1, 2))
    w, grad = r.randn(6, 1, 3, 2), r.randn(4, 6, *window.output_size)
    found = []
    for setting, threads in (("0", 1), ("1", 1), ("1", 2)):
        monkeypatch.setattr(compiled, "SETTING", setting)
        monkeypatch.setattr(compiled, "_ready", {})
        monkeypatch.setattr(parallel, "COUNT", [threads])
        monkeypatch.setattr(parallel, "GRAIN", 1)
        monkeypatch.setattr(parallel, "SHARED", 1)
        out = np.full((4, 3, 7, 8), 7.0)
        assert depthwise.backward_input(grad, w, window, out)
        found.append(out)
    for other in found[1:]:
        np.testing.assert_array_equal(found[0], other)
