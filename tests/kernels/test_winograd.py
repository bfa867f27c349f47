"""3 x 3 convolutions by tiles beside the direct ones, which doubles always take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.kernels import compiled, convolution, parallel, winograd

pytest.importorskip("numba")
R = np.random.RandomState(0)

CASES = [
    # samples, channels in and out, image, padding
    (2, 8, 16, (12, 12), 1),
    (3, 16, 8, (3, 5), 1),  # one row of tiles, cut
    (1, 24, 40, (9, 16), (0, 1)),
    (20, 16, 16, (16, 24), 1),  # enough tiles to be split between threads
    (2, 8, 8, (7, 6), 2),
    (2, 80, 72, (8, 8), 1),  # more than one block of channels
]


def case(n: int, channels: int, planes: int, image: tuple[int, int], padding: Any) -> tuple[Any, Any, Any, Any]:
    x = R.randn(n, channels, *image).astype("f")
    w = (R.uniform(-1, 1, (planes, channels, 3, 3)) / np.sqrt(9 * channels)).astype("f")
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    grad = R.randn(n, planes, image[0] + 2 * ph - 2, image[1] + 2 * pw - 2).astype("f")
    return x, w, R.randn(planes).astype("f"), grad


@pytest.fixture
def tiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Takes every convolution that fits by tiles, and notes which did."""
    monkeypatch.setattr(compiled, "SETTING", "1")
    monkeypatch.setattr(convolution, "LEAST_BY_TILES", 0)
    used: list[str] = []

    def note(name: str, function: Callable[..., Any]) -> None:
        def noted(*args: Any, **named: Any) -> Any:
            used.append(name)
            return function(*args, **named)

        monkeypatch.setattr(winograd, name, noted)

    note("convolve", winograd.convolve)
    note("weight_gradient", winograd.weight_gradient)
    return used


def close(found: Any, exact: Any) -> None:
    assert found.dtype == np.float32
    assert np.abs(found - exact).max() <= 5e-6 * np.abs(exact).max()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("chosen", CASES, ids=str)
def test_tiles_give_what_the_direct_way_gives(
    chosen: Any, threads: int, tiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    x, w, b, grad = case(*chosen)
    padding = chosen[-1]
    monkeypatch.setattr(parallel, "COUNT", [threads])
    monkeypatch.setattr(parallel, "SHARED", 0)
    monkeypatch.setattr(parallel, "GRAIN", 1)
    monkeypatch.setattr(winograd, "_MOST_VALUES", 1 << 13)
    wide = [a.astype("d") for a in (x, w, b, grad)]
    close(convolution.conv2d_forward(x, w, b, 1, padding), convolution.conv2d_forward(*wide[:3], 1, padding))
    found = convolution.conv2d_backward_input(grad, w, x.shape, 1, padding)
    close(found, convolution.conv2d_backward_input(wide[3], wide[1], x.shape, 1, padding))
    total = np.ones_like(w)
    convolution.conv2d_backward_weight(grad, x, w.shape, 1, padding, out=total, scale=0.5, accumulate=True)
    exact = 0.5 * convolution.conv2d_backward_weight(wide[3], wide[0], w.shape, 1, padding)
    close(total - 1, exact)
    assert tiled == ["convolve", "convolve", "weight_gradient"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_what_is_not_finite_stays_where_it_belongs(
    value: float, tiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    x, w, b, grad = case(2, 8, 8, (8, 8), 1)
    x[0, 3, 5, 5] = value
    grad[1, 2, 0, 0] = value
    calls = (
        lambda: convolution.conv2d_forward(x, w, b, 1, 1),
        lambda: convolution.conv2d_backward_input(grad, w, x.shape, 1, 1),
        lambda: convolution.conv2d_backward_weight(grad, x, w.shape, 1, 1),
    )
    with np.errstate(all="ignore"):
        found = [call() for call in calls]
        monkeypatch.setattr(compiled, "SETTING", "0")
        monkeypatch.setattr(convolution, "LEAST_BY_TILES", 1 << 60)
        for result, call in zip(found, calls, strict=True):
            np.testing.assert_array_equal(result, call())
    assert tiled == ["convolve", "convolve", "weight_gradient"]


def test_other_convolutions_go_the_direct_way(tiled: list[str]) -> None:
    x, w, b, _ = case(2, 8, 8, (8, 8), 1)
    convolution.conv2d_forward(x.astype("d"), w.astype("d"), b.astype("d"), 1, 1)
    convolution.conv2d_forward(x, w, b, 2, 1)
    convolution.conv2d_forward(x, w[:, :4], b, 1, 1, 1, 2)
    convolution.conv2d_forward(x, w, b, 1, 2, 2)
    convolution.conv2d_forward(x[:, :7], w[:, :7], b, 1, 1)
    convolution.conv2d_forward(x, w[:, :, :2], b, 1, 1)
    assert tiled == []


def test_strided_arrays_are_convolved_by_their_elements(tiled: list[str]) -> None:
    x, w, b, _ = case(2, 8, 8, (8, 8), 1)
    wide_x, wide_w = np.repeat(x, 2, axis=3)[..., ::2], np.asfortranarray(w)
    exact = convolution.conv2d_forward(x, w, b, 1, 1)
    np.testing.assert_array_equal(convolution.conv2d_forward(wide_x, wide_w, b, 1, 1), exact)
    out = np.zeros((2, 8, 8, 16), "f")[..., ::2]
    convolution.conv2d_forward(wide_x, wide_w, b, 1, 1, out=out)  # directly: tiles are written to dense arrays
    close(out, exact)
    assert len(tiled) == 2
