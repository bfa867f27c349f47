"""No kernel writes to what it is given, unless a name ends in `_` or is `out`; numba gives what numpy gives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.kernels import (
    activation,
    compiled,
    convolution,
    convolution_nd,
    dropout,
    embedding,
    feature_pooling,
    folding,
    linear,
    local_convolution,
    loss,
    normalization,
    pooling,
    reduction,
    resampling,
    softmax,
    subsampling,
    temporal,
    windows,
)
from pytorch_from_lua.kernels.adaptive import average_taps, max_windows
from pytorch_from_lua.kernels.padding import border_taps

R = np.random.RandomState(0)
IMAGE, WEIGHT, GRAD = R.randn(2, 2, 4, 4), R.randn(3, 2, 3, 3), R.randn(2, 3, 2, 2)
ROWS, TARGET, LABELS, THREE = R.rand(4, 3), R.rand(4, 3), np.array([0, 1, 2, 0]), R.rand(3)
VOLUME, POINT, PLACED = R.randn(2, 2, 3, 3, 3), R.randn(2, 2, 1, 1, 1), R.randn(2, 2, 3, 2, 3, 3)
POOLED, PLACES = pooling.max_pool2d_forward(IMAGE, 2)

CALLS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "linear_forward": (linear.linear_forward, (ROWS, R.randn(2, 3), R.randn(2))),
    "linear_backward_input": (linear.linear_backward_input, (ROWS, R.randn(3, 5))),
    "linear_backward_weight": (linear.linear_backward_weight, (ROWS, TARGET, None, 2.0)),
    "linear_backward_bias": (linear.linear_backward_bias, (R.randn(1, 3), None, 2.0)),
    "conv2d_forward": (convolution.conv2d_forward, (IMAGE, WEIGHT, THREE)),
    "conv2d_backward_input": (convolution.conv2d_backward_input, (GRAD, WEIGHT, IMAGE.shape)),
    "conv2d_backward_weight": (convolution.conv2d_backward_weight, (GRAD, IMAGE, WEIGHT.shape, 1, 0, 1, 1, None, 2.0)),
    "conv2d_backward_bias": (convolution.conv2d_backward_bias, (R.randn(1, 3, 1, 1), None, 2.0)),
    "conv3d_forward": (convolution_nd.conv_forward, (VOLUME, VOLUME, THREE[:2])),
    "conv3d_backward_input": (convolution_nd.conv_backward_input, (POINT, VOLUME, VOLUME.shape)),
    "conv3d_backward_weight": (convolution_nd.conv_backward_weight, (POINT, VOLUME, VOLUME.shape)),
    "conv_transpose3d": (convolution_nd.conv_transpose_forward, (POINT, VOLUME, THREE[:2], VOLUME.shape)),
    "local_conv2d_forward": (local_convolution.local_conv2d_forward, (IMAGE, PLACED, GRAD[0])),
    "local_conv2d_backward_input": (local_convolution.local_conv2d_backward_input, (GRAD, PLACED, IMAGE.shape)),
    "local_conv2d_backward_weight": (local_convolution.local_conv2d_backward_weight, (GRAD, IMAGE, PLACED.shape)),
    "local_conv2d_backward_bias": (local_convolution.local_conv2d_backward_bias, (GRAD[0], None, 2.0)),
    "temporal_conv_forward": (temporal.temporal_conv_forward, (ROWS, R.randn(2, 6), R.randn(2))),
    "temporal_conv_backward_input": (temporal.temporal_conv_backward_input, (R.randn(3, 2), R.randn(2, 6), (4, 3))),
    "row_conv_forward": (temporal.row_conv_forward, (ROWS, R.randn(3, 1))),
    "row_conv_backward_weight": (temporal.row_conv_backward_weight, (ROWS, TARGET, 1)),
    "row_conv_backward_bias": (temporal.row_conv_backward_bias, (R.randn(1, 3), None, 2.0)),
    "unfold": (folding.unfold, (IMAGE, 1)),
    "fold": (folding.fold, (R.randn(1, 2, 12), (3, 4), 1)),
    "subsample_forward": (subsampling.subsample_forward, (IMAGE, R.randn(2, 1, 1), R.randn(2, 1, 1), (1, 1), (1, 1))),
    "subsample_backward_input": (
        subsampling.subsample_backward_input,
        (IMAGE, R.randn(2, 1, 1), IMAGE.shape, (1, 1), (1, 1)),
    ),
    "max_pool2d_forward": (pooling.max_pool2d_forward, (IMAGE, 2)),
    "max_pool2d_backward": (pooling.max_pool2d_backward, (POOLED, PLACES, IMAGE.shape)),
    "avg_pool2d_forward": (pooling.avg_pool2d_forward, (IMAGE, 1)),
    "avg_pool2d_backward": (pooling.avg_pool2d_backward, (POOLED, IMAGE.shape, 2)),
    "resample": (resampling.resample, (IMAGE, ((-1, average_taps(4, 3)), (-2, border_taps("reflect", 4, 1, 2))))),
    "resample nothing": (resampling.resample, (IMAGE, ((-1, average_taps(4, 4)),))),
    "window_max": (windows.window_max, (IMAGE, (max_windows(4, 3), max_windows(4, 2)))),
    "scatter_planes": (windows.scatter_planes, (POOLED, PLACES, IMAGE.shape, 2)),
    "gather_planes": (windows.gather_planes, (IMAGE, PLACES, 2)),
    "place_planes": (windows.place_planes, (POOLED, PLACES, IMAGE.shape, 2)),
    "feature_lp_pool_forward": (feature_pooling.feature_lp_pool_forward, (ROWS, -1, 2, 1, 2.0)),
    "feature_lp_pool_backward": (
        feature_pooling.feature_lp_pool_backward,
        (ROWS[:, :2], ROWS, ROWS[:, :2], -1, 2, 1, 2.0),
    ),
    "softmax_forward": (softmax.softmax_forward, (ROWS,)),
    "softmax_backward": (softmax.softmax_backward, (ROWS, TARGET)),
    "log_softmax_forward": (softmax.log_softmax_forward, (ROWS,)),
    "log_softmax_backward": (softmax.log_softmax_backward, (ROWS, TARGET)),
    "batch_norm_backward_input": (normalization.batch_norm_backward_input, (ROWS, TARGET, THREE, THREE, THREE)),
    "batch_norm_backward_weight": (normalization.batch_norm_backward_weight, (ROWS, TARGET, THREE, THREE)),
    "batch_norm_forward": (normalization.batch_norm_forward, (ROWS, THREE, THREE)),
    "batch_norm_evaluation": (normalization.batch_norm_forward, (ROWS, THREE, THREE, THREE, THREE, False)),
    "dropout_forward": (dropout.dropout_forward, (ROWS, TARGET)),
    "embedding_forward": (embedding.embedding_forward, (ROWS, LABELS)),
    "embedding_backward": (embedding.embedding_backward, (ROWS, LABELS, 5, 0, True)),
    "prelu_forward": (activation.prelu_forward, (ROWS, THREE)),
    "prelu_backward_weight": (activation.prelu_backward_weight, (ROWS, TARGET, THREE)),
    "renorm": (reduction.renorm, (ROWS, 2, 0, 0.1)),
    "logsumexp": (reduction.logsumexp, (ROWS, 1)),
    "reduce_var": (reduction.reduce_var, (ROWS, 1)),
    "reduce_norm": (reduction.reduce_norm, (ROWS, 2, 1)),
    **{f"{name}_forward": (pair[0], (ROWS, TARGET)) for name, pair in loss.PLAIN.items()},
    **{f"{name}_backward": (pair[1], (1.5, ROWS, TARGET)) for name, pair in loss.PLAIN.items()},
    **{
        f"{name}_{way}": (getattr(loss, f"{name}_{way}"), (*first, ROWS, labels))
        for name, labels in [
            ("nll", LABELS),
            ("cross_entropy", LABELS),
            ("multi_margin", LABELS),
            ("multilabel_margin", np.tile([1, -1, 0], (4, 1))),
        ]
        for way, first in [("forward", ()), ("backward", (1.5,))]
    },
    **{f"{name} forward": (row.forward, (ROWS, *row.options.values())) for name, row in activation.ACTIVATIONS.items()},
    **{
        f"{name} backward": (row.backward, (TARGET, ROWS, ROWS, *row.options.values()))
        for name, row in activation.ACTIVATIONS.items()
    },
}


@pytest.mark.parametrize("name", CALLS)
def test_inputs_stay_and_results_are_new(name: str) -> None:
    function, arguments = CALLS[name]
    arrays = [a for a in arguments if isinstance(a, np.ndarray)]
    kept = [a.copy() for a in arrays]
    result = function(*arguments)
    for before, after in zip(kept, arrays, strict=True):
        np.testing.assert_array_equal(before, after)
    for part in result if isinstance(result, tuple) else (result,):
        assert not any(np.shares_memory(part, a) for a in arrays)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_loops_give_the_same_bits(monkeypatch: pytest.MonkeyPatch, dtype: str) -> None:
    pytest.importorskip("numba", reason="numba makes the loops fast, and is not needed otherwise")
    x = R.randint(-3, 3, (2, 3, 7, 6)).astype(dtype)
    x[0, 0, 0, 0], x[1, 1, 3, 3] = np.nan, -np.inf
    results = []
    for setting in ("0", "1"):
        monkeypatch.setattr(compiled, "SETTING", setting)
        monkeypatch.setattr(compiled, "_ready", {})
        y, places = pooling.max_pool2d_forward(x, 3, 2, 1, 1, True)
        back = pooling.max_pool2d_backward(y * 0.1, places, x.shape)
        relu = activation.ACTIVATIONS["relu"].backward(x, np.nan_to_num(x), None)
        results.append((y, places, back, relu))
        assert bool(compiled._ready) == (setting == "1")
    for plain, fast in zip(*results, strict=True):
        np.testing.assert_array_equal(plain, fast)


def test_numba_is_imported_on_use_only() -> None:
    code = (
        "import sys, numpy as np\n"
        "from pytorch_from_lua.kernels import activation, convolution, loss, pooling\n"
        "pooling.max_pool2d_forward(np.ones((1, 4, 4)), 2)\n"
        "sys.exit('numba' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
