"""exp, log, sin, cos, tanh, the logistic function and softmax by compiled loops: accuracy, edges, and the same bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

import pytorch_from_lua as torch
from pytorch_from_lua.kernels import compiled, elementary, parallel, smooth_activation, softmax
from pytorch_from_lua.kernels.loops_transcendental import ULPS

RANDOM = np.random.RandomState(0)
COUNT = 300_000
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": lambda x: elementary.exp(np, x),
    "log": lambda x: elementary.log(np, x),
    "sin": lambda x: elementary.sin(np, x),
    "cos": lambda x: elementary.cos(np, x),
    "tanh": lambda x: elementary.tanh(np, x),
    "sigmoid": elementary.sigmoid,
}
EXACT: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}
EDGES = (
    0.0, -0.0, math.inf, -math.inf, math.nan, 1e30, -1e30, 1e6, -720.0, 720.0, -90.0, 89.0, 5e-324, -1e-310, 1e-40,
    -1e-40, 1e-9,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _loops(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(compiled, "SETTING", "1")


def draws(name: str, dtype: str) -> list[Any]:
    """Arguments near 0, near where a formula changes, over the whole range, and those that give subnormal numbers."""
    wide = 700 if dtype == "float64" else 87
    normal, uniform = RANDOM.randn(COUNT), RANDOM.uniform(-1, 1, COUNT)
    if name == "log":
        found = [np.abs(normal), np.exp(uniform * wide), 1 + normal * 0.01, 1 + normal * 1e-7]
        found.append(RANDOM.randint(1, 1 << 20, COUNT) * (5e-324 if dtype == "float64" else 1.5e-45))
    elif name in ("sin", "cos"):
        far = 60_000 if dtype == "float64" else 2e6  # beyond what the loop does itself
        found = [normal, uniform * far, uniform * 1e-3, RANDOM.randint(-30_000, 30_000, COUNT) * (math.pi / 2)]
    elif name == "exp":
        found = [normal, uniform * wide, -wide - np.abs(uniform) * (wide * 0.06 if dtype == "float64" else 16)]
    else:
        found = [normal, uniform * 22, 0.7 + uniform * 0.2, normal * 1e-4]
    return [x.astype(dtype) for x in found]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_results_are_within_the_stated_error(name: str, dtype: str) -> None:
    if np.finfo(np.longdouble).nmant <= 52:
        pytest.skip("longdouble is no more exact than double here")
    # Without fused multiply-add, which the bounds are stated for, a product is rounded on its own.
    bound = ULPS[name] + (0 if compiled.has_vectors() else 1)
    if (name, dtype) == ("tanh", "float32"):
        bound = 2  # numpy's
    for x in draws(name, dtype):
        exact = EXACT[name](x.astype(np.longdouble))
        found = FUNCTIONS[name](x)
        assert found.dtype == x.dtype
        error = np.abs(found - exact) / np.spacing(np.abs(exact).astype(dtype))
        assert error.max() <= bound


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_edges_are_those_of_numpy(name: str, dtype: str) -> None:
    with np.errstate(all="ignore"):
        edges = np.array(EDGES).astype(dtype)
        expected = EXACT[name](edges)
        found = FUNCTIONS[name](np.tile(edges, 100))
    for part in found.reshape(100, -1)[::33]:
        np.testing.assert_allclose(part, expected, rtol=3e-7 if dtype == "float32" else 5e-16)
        numbers = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(part)[numbers], np.signbit(expected)[numbers])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_bits_depend_on_the_element_alone(name: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = (np.abs(RANDOM.randn(400, 401)) * 5).astype(dtype)
    x[:, ::7] *= 1e5 if name in ("sin", "cos") else 1
    whole = FUNCTIONS[name](x)
    for n in range(1024, 1024 + 70):  # the vectors end at different places
        np.testing.assert_array_equal(FUNCTIONS[name](x.reshape(-1)[3 : 3 + n]), whole.reshape(-1)[3 : 3 + n])
    np.testing.assert_array_equal(FUNCTIONS[name](x[:, ::2]), whole[:, ::2])
    np.testing.assert_array_equal(FUNCTIONS[name](x.T), whole.T)
    np.testing.assert_array_equal(FUNCTIONS[name](x[::-1, ::-3]), whole[::-1, ::-3])
    np.testing.assert_array_equal(FUNCTIONS[name](x.reshape(20, 20, 401)[:, ::2]), whole.reshape(20, 20, 401)[:, ::2])
    monkeypatch.setattr(parallel, "COUNT", [3])
    np.testing.assert_array_equal(FUNCTIONS[name](x), whole)
    np.testing.assert_array_equal(FUNCTIONS[name](x[:, ::2]), whole[:, ::2])


def rows(dtype: str) -> Any:
    x = (RANDOM.randn(60, 37) * 10).astype(dtype)
    x[1] = -np.inf
    x[2, 3], x[3, 4], x[4, 5] = np.inf, np.nan, -np.inf
    x[5] = 1000
    return x


ALONG_ROWS: dict[str, Callable[[Any], Any]] = {
    "softmax": softmax.softmax_forward,
    "log_softmax": softmax.log_softmax_forward,
    "logsumexp": lambda x: torch.logsumexp(torch.from_numpy(x), -1).numpy(),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ALONG_ROWS)
def test_rows_are_those_of_numpy(name: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = rows(dtype)
    with np.errstate(all="ignore"):
        monkeypatch.setattr(compiled, "SETTING", "0")
        monkeypatch.setattr(compiled, "_ready", {})
        expected = ALONG_ROWS[name](x)
        monkeypatch.setattr(compiled, "SETTING", "1")
        found = ALONG_ROWS[name](x)
    assert compiled._ready, "no loop was used"
    assert found.dtype == expected.dtype == x.dtype
    close = {"rtol": 2e-6, "atol": 1e-6} if dtype == "float32" else {"rtol": 2e-14, "atol": 2e-15}
    np.testing.assert_allclose(found, expected, **close)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ALONG_ROWS)
def test_rows_depend_on_themselves_alone(name: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = RANDOM.randn(900, 302).astype(dtype)
    with np.errstate(all="ignore"):
        expected = ALONG_ROWS[name](x)
        np.testing.assert_array_equal(ALONG_ROWS[name](x.reshape(30, 30, 302)).reshape(expected.shape), expected)
        np.testing.assert_array_equal(ALONG_ROWS[name](np.repeat(x, 2, 0)[::2]), expected)
        np.testing.assert_array_equal(ALONG_ROWS[name](np.repeat(x, 2, 1)[:, ::2]), expected)
        np.testing.assert_array_equal(ALONG_ROWS[name](np.asfortranarray(x)), expected)
        monkeypatch.setattr(parallel, "COUNT", [3])
        np.testing.assert_array_equal(ALONG_ROWS[name](x), expected)


@pytest.mark.parametrize("forward", [softmax.softmax_forward, softmax.log_softmax_forward])
def test_softmax_can_write_over_its_input(forward: Callable[..., Any]) -> None:
    x = RANDOM.randn(50, 61)
    expected = forward(x)
    assert forward(x, -1, x) is x
    np.testing.assert_array_equal(x, expected)


@pytest.mark.parametrize("name", ["exp_", "log_", "sin_", "tanh_", "sigmoid_"])
@pytest.mark.parametrize("size", [5, 3000])
def test_in_place_is_the_same(name: str, size: int) -> None:
    x = torch.rand(size)
    expected = getattr(x, name[:-1])()
    at, version = x.data_ptr(), x._storage.version
    assert getattr(x, name)() is x
    assert x.data_ptr() == at
    assert x._storage.version == version + 1
    np.testing.assert_array_equal(x.numpy(), expected.numpy())


def test_the_loop_comes_after_enough_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "SETTING", "")
    monkeypatch.setattr(compiled, "VECTORS", True)
    monkeypatch.setattr(compiled, "_ready", {})
    monkeypatch.setattr(compiled, "_left", {})
    x = RANDOM.randn(5000)
    for _ in range(compiled.PATIENCE):
        elementary.exp(np, x)
    assert not compiled._ready
    elementary.exp(np, x)
    assert list(compiled._ready) == [("exp", "d")]


def test_processors_with_vectors_in_numpy_use_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "SETTING", "")
    monkeypatch.setattr(compiled, "VECTORS", False)
    x = RANDOM.randn(5000)
    np.testing.assert_array_equal(elementary.exp(np, x), np.exp(x))


SMOOTH = {
    "gelu": lambda x: x * special.ndtr(x),
    "gelu_slope": lambda x: special.ndtr(x) + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi),
    "silu": lambda x: x * special.expit(x),
    "silu_slope": lambda x: special.expit(x) * (1 + x * special.expit(-x)),
}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_activations_are_the_exact_values_rounded(
    name: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "COUNT", [threads])
    for x in (RANDOM.randn(COUNT), RANDOM.uniform(-40, 40, COUNT), RANDOM.randn(COUNT) * 1e-4):
        x = x.astype("f").reshape(2, -1).T
        exact = SMOOTH[name](x.astype("d"))
        found = getattr(smooth_activation, name)(x)
        assert found.dtype == np.float32
        assert (name, "f") in compiled._ready
        # Near the zero of a slope the two terms cancel.
        np.testing.assert_allclose(found, exact, rtol=7e-8, atol=3e-9 if "slope" in name else 1e-37)


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_activations_have_the_edges_of_numpy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    edges, function = np.tile(np.array(EDGES).astype("f"), 100), getattr(smooth_activation, name)
    with np.errstate(all="ignore"):
        found = function(edges)
        monkeypatch.setattr(compiled, "SETTING", "0")
        monkeypatch.setattr(compiled, "_ready", {})
        np.testing.assert_allclose(found, function(edges), rtol=1e-6, atol=1e-35)
