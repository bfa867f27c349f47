"""The ways of a convolution that copy no patches, beside PyTorch's in doubles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.kernels import compiled, convolution, direct, parallel, products

R = np.random.RandomState(0)

CASES = [
    # the way, the shape of x, that of the weight, stride, padding
    (direct, (5, 1, 12, 13), (6, 1, 5, 5), 1, 2),
    (direct, (3, 6, 9, 7), (16, 6, 5, 4), 1, (0, 1)),
    (direct, (4, 3, 32, 32), (20, 3, 3, 3), 1, 1),
    (direct, (2, 24, 6, 6), (5, 24, 1, 3), 1, (0, 1)),
    (direct, (1, 2, 3, 3), (1, 2, 3, 3), 1, 2),
    (products, (3, 6, 5, 4), (7, 6, 1, 1), 1, 0),
    (products, (3, 6, 5, 4), (7, 6, 1, 1), (2, 3), 0),
    (products, (4, 5, 3, 4), (7, 5, 3, 4), 2, 0),
]


@pytest.mark.peer
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0].__name__.rpartition('.')[2]} {case[1:]}")
def test_every_way_is_like_torch(case: Any, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    pytest.importorskip("numba")
    way, shape, weight, stride, padding = case
    monkeypatch.setattr(compiled, "SETTING", "1")
    monkeypatch.setattr(parallel, "COUNT", [threads])
    monkeypatch.setattr(parallel, "SHARED", 0)
    monkeypatch.setattr(parallel, "GRAIN", 1)
    used: list[str] = []
    for name, function in list(vars(way).items()):
        if name in ("convolve", "weight_gradient", "whole", "pixels", "whole_weight", "pixels_weight"):
            monkeypatch.setattr(way, name, lambda *a, f=function, n=name: (used.append(n), f(*a))[1])
    x, w, b = (R.randn(*s).astype("f") for s in (shape, weight, weight[:1]))
    wide = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in (x, w, b)]
    expected = torch.nn.functional.conv2d(*wide, stride, padding)
    grad = R.randn(*expected.shape).astype("f")
    expected.backward(torch.tensor(grad).double())
    found = (
        convolution.conv2d_forward(x, w, b, stride, padding),
        convolution.conv2d_backward_input(grad, w, x.shape, stride, padding),
        convolution.conv2d_backward_weight(grad, x, w.shape, stride, padding),
    )
    for ours, theirs in zip(found, (expected.detach(), wide[0].grad, wide[1].grad), strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-6 * float(theirs.abs().max()) + 1e-6)
    assert len(used) >= 2


def test_a_nan_stays_in_its_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    x, grad = R.randn(2, 1, 6, 6).astype("f"), R.randn(2, 4, 4, 4).astype("f")
    x[0, 0, 5, 0] = np.nan  # beside the end of a line of the gradient
    found = []
    for setting in ("0", "1"):
        monkeypatch.setattr(compiled, "SETTING", setting)
        monkeypatch.setattr(compiled, "_ready", {})
        found.append(convolution.conv2d_backward_weight(grad, x, (4, 1, 3, 3)))
    np.testing.assert_array_equal(*found)
    assert np.isnan(found[0]).sum() == 4
