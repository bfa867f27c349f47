"""The loops of normalisations and rectifiers in float32 beside numpy: in doubles for sums, else to the bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.kernels import activation, channels, compiled, convolution, normalization, parallel
from pytorch_from_lua.kernels.optimizer import adam_step_, sgd_step_

pytest.importorskip("numba")
R = np.random.RandomState(0)


@pytest.fixture
def looped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "SETTING", "1")
    monkeypatch.setattr(channels, "_LEAST", 0)
    monkeypatch.setattr(activation, "_WORTH_IT", 0)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(40, 3), (4, 5, 7), (6, 4, 9, 5), (2, 3, 40, 60)], ids=str)
def test_batch_norm_is_that_of_doubles(
    shape: tuple[int, ...], training: bool, threads: int, looped: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "COUNT", [threads])
    monkeypatch.setattr(parallel, "SHARED", 0)
    monkeypatch.setattr(parallel, "GRAIN", 1)
    x, grad = (R.randn(*shape) + 3).astype("f"), R.randn(*shape).astype("f")
    numbers = [R.rand(shape[1]).astype("f") + 0.5 for _ in range(4)]

    def run(x: Any, grad: Any, numbers: list[Any]) -> list[Any]:
        w, b, mean, var = [n.copy() for n in numbers]
        y, m, s = normalization.batch_norm_forward(x, w, b, mean, var, training)
        back = normalization.batch_norm_backward_input(grad, x, w, m, s, training)
        weight, bias = normalization.batch_norm_backward_weight(grad, x, m, s), channels.channel_sums(grad)
        return [y, m, s, mean, var, back, weight, bias]

    found = run(x, grad, numbers)
    exact = run(x.astype("d"), grad.astype("d"), [n.astype("d") for n in numbers])
    assert ("channel_affine", "f") in compiled._ready
    for ours, theirs in zip(found, exact, strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * np.abs(theirs).max())


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("size", [1, 8, 100, 5003])
@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_rectifiers_give_the_bits_of_numpy(
    name: str, size: int, in_place: bool, looped: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, grad = R.randn(size).astype("f"), R.randn(size).astype("f")
    x[::7], x[1::7], grad[2::7], grad[3::9] = 0, np.nan, np.inf, np.nan
    row = activation.ACTIVATIONS[name]
    found = row.forward(x), row.backward(grad, x, x, out=grad.copy() if in_place else None)
    if in_place:
        mine = grad.copy()
        assert row.backward(mine, x, x, out=mine) is mine
        np.testing.assert_array_equal(mine, found[1])
    monkeypatch.setattr(compiled, "SETTING", "0")
    monkeypatch.setattr(compiled, "_ready", {})
    for ours, theirs in zip(found, (row.forward(x), row.backward(grad, x, x)), strict=True):
        np.testing.assert_array_equal(ours, theirs)
        numbers = ~np.isnan(ours)
        np.testing.assert_array_equal(np.signbit(ours)[numbers], np.signbit(theirs)[numbers])


@pytest.mark.parametrize("shape", [(3, 4, 5, 6), (4, 17, 3), (2, 3, 50, 60)], ids=str)
def test_the_gradient_of_a_bias_is_the_sum(shape: tuple[int, ...], looped: None) -> None:
    grad = R.randn(*shape).astype("f")
    axes = (0, 2, 3) if len(shape) == 4 else (1, 2)
    found = convolution.conv2d_backward_bias(grad)
    np.testing.assert_allclose(found, grad.astype("d").sum(axis=axes), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("step_", "how"),
    [
        *[(sgd_step_, how) for how in ({}, {"momentum": 0.9}, {"momentum": 0.9, "dampening": 0.5})],
        *[(adam_step_, how) for how in ({}, {"betas": (0.5, 0.9), "eps": 1e-3}, {"weight_decay": 0.1})],
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_steps_give_the_bits_of_numpy(
    step_: Callable[..., None], how: dict[str, Any], dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    start, grads = R.randn(5000).astype(dtype), R.randn(3, 5000).astype(dtype)
    for setting in ("0", "1"):
        monkeypatch.setattr(compiled, "SETTING", setting)
        monkeypatch.setattr(compiled, "_ready", {})
        param, state = start.copy(), dict[str, Any]()
        for grad in grads:
            step_(param, grad, state, lr=0.1, **how)
        results.append((param, *state.values()))
    for plain, fast in zip(*results, strict=True):
        np.testing.assert_array_equal(plain, fast)
