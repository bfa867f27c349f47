"""Cases of what neural networks are made of: convolutions, layers that normalise or compare, activations, losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.tensor import Tensor

Make = Callable[..., Any]


def _convolutions(case: Make, n: Make) -> dict[str, list[Any]]:
    cases: dict[str, list[Any]] = {}
    plain = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    for dims in (1, 3):
        spread = {name: (value,) * dims for name, value in plain.items() if name != "groups"} | {"groups": 1}
        wide, small, kernel = (4,) * dims, (3,) * dims, (2,) * dims
        cases[f"conv{dims}d"] = [case(n(1, 2, *wide), n(2, 2, *kernel), n(2), **spread)]
        cases[f"conv{dims}d_input"] = [case(n(1, 2, *kernel), n(2, 1, *kernel), shape=(1, 1, *small), **spread)]
        cases[f"conv{dims}d_weight"] = [case(n(1, 2, *kernel), n(1, 1, *small), shape=(2, 1, *kernel), **spread)]
    for dims in (1, 2, 3):
        spread = {name: (value,) * dims for name, value in plain.items() if name != "groups"} | {"groups": 1}
        kernel = (2,) * dims
        shape = (1, 1, *(3,) * dims)
        cases[f"conv_transpose{dims}d"] = [case(n(1, 2, *kernel), n(2, 1, *kernel), n(1), shape=shape, **spread)]
    own = {"stride": 1, "padding": 0}
    cases["local_conv2d"] = [case(n(1, 2, 3, 3), n(2, 2, 2, 2, 2, 2), n(2, 2, 2), **own)]
    cases["local_conv2d_input"] = [case(n(1, 2, 2, 2), n(2, 2, 2, 1, 2, 2), shape=(1, 1, 3, 3), **own)]
    cases["local_conv2d_weight"] = [case(n(1, 2, 2, 2), n(1, 1, 3, 3), shape=(2, 2, 2, 1, 2, 2), **own)]
    patches = {"kernel_size": 2, "dilation": 1, "padding": 1, "stride": 2}
    cases["im2col"] = [case(n(1, 2, 4, 4), **patches)]
    cases["col2im"] = [case(n(1, 8, 9), output_size=(4, 4), **patches)]
    return cases


def _layers(case: Make, n: Make, u: Make) -> dict[str, list[Any]]:
    ends: dict[str, Any] = {"size": 3, "alpha": 0.5, "beta": 0.75, "k": 1.0, "ends": (1, 1)}
    return {
        "standardize": [case(n(2, 4), eps=1e-3)],
        "channel_sums": [case(n(2, 4, 2), before=1, after=0)],
        "response_norm": [case(n(2, 4, 2), **ends)],
        "row_norm": [case(n(2, 3), p=p, eps=1e-3) for p in (1.0, 2.0, 3.0, float("inf"))],
        "euclidean": [case(n(3, 4), n(4, 2), None), case(n(3, 4), n(4, 2), u(4, 2))],
        "cosine_layer": [case(n(3, 4), n(2, 4))],
        "row_dot": [case(n(3, 4), n(3, 4)), case(n(4), n(4))],
        "row_cosine": [case(n(3, 4), n(3, 4), eps=1e-8), case(n(4), n(4), eps=1e-8)],
        "row_distance": [
            *[case(n(3, 4), n(3, 4) + 9, p=p, eps=1e-3, tiny=0.0) for p in (0.5, 1, 1.5, 2, 3)],
            case(n(4), n(4) + 9, p=2, eps=0.0, tiny=0.0),
        ],
        "bilinear": [case(n(2, 3), n(2, 4), n(2, 3, 4), n(2)), case(n(2, 3), n(2, 4), n(2, 3, 4))],
        "glu": [case(n(2, 4), dim=1), case(n(2, 3), dim=0)],
        "weight_norm": [case(n(2, 3), n(2, 1), eps=0.0, added=0.0), case(n(2, 3), n(2, 1), eps=1e-12, added=1e-3)],
    }


SMOOTH = ("gelu_slope", "hardsigmoid", "hardswish", "mish", "selu", "silu", "silu_slope")


def _activations_and_losses(case: Make, n: Make, u: Make) -> dict[str, list[Any]]:
    cases = {name: [case(n(2, 3))] for name in SMOOTH}
    cases["celu"] = [case(n(2, 3), alpha=1.3)]
    cases["gelu"] = [case(n(2, 3), approximate=how) for how in ("none", "tanh")]
    cases["huber_loss"] = [case(n(2, 3), n(2, 3), delta=1.5, reduction=r) for r in ("mean", "sum", "none")]
    cases["binary_cross_entropy_with_logits"] = [case(n(2, 3), u(2, 3), None, None, reduction="mean")]
    signs = Tensor.from_array(np.array([1.0, -1.0]))  # has no gradient
    cases["margin_ranking_loss"] = [
        case(n(2, 3), n(2, 3), n(2, 3), margin=0.25),
        case(n(2, 3), n(1, 3), n(2, 1), margin=9),
    ]
    cases["cosine_embedding_loss"] = [case(n(2, 3), n(2, 3), signs, margin=m) for m in (-0.99, 0.99)]
    cases["l1_hinge_embedding_loss"] = [
        case(n(4), n(4) + 9, alike=alike, margin=margin) for alike, margin in [(True, 1.0), (False, 1.0), (False, 99.0)]
    ]
    cases["distance_ratio_loss"] = [case(n(2, 3), n(2, 3))]
    shorter = {"targets": np.array([[1, 2], [2, 0]]), "target_lengths": np.array([2, 1])}
    logs = np.log(u(4, 2, 3))
    cases["ctc_loss"] = [case(logs, input_lengths=np.array([4, 3]), blank=0, **shorter)]
    return cases


def layer_cases(case: Make, n: Make, u: Make) -> dict[str, list[Any]]:
    """The cases, made by ``case`` of values by ``n`` (both signs, none near 0) and ``u`` (0.1 to 0.9)."""
    return {**_convolutions(case, n), **_layers(case, n, u), **_activations_and_losses(case, n, u)}
