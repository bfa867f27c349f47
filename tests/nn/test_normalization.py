"""Normalisations, embeddings and dropout beyond what every module is asked: running statistics, refusals, PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.errors import DTypeError, ModuleError, RangeError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.tensor import Tensor

R = np.random.RandomState(0)


def of(array: Any) -> Tensor:
    return Tensor.from_array(np.array(array))


# -- against PyTorch ---------------------------------------------------------------------------------------------------

X, W = R.randn(4, 6, 5), R.randn(2, 5, 3)
BATCHES = [R.randn(4, 3, 2, 5) for _ in range(3)]
RUNNING: list[tuple[str, dict[str, Any]]] = [
    ("BatchNorm2d", {}),
    ("BatchNorm2d", {"momentum": None}),
    ("BatchNorm2d", {"momentum": 0.7, "affine": False}),
    ("BatchNorm2d", {"track_running_stats": False}),
    ("InstanceNorm2d", {}),
    ("InstanceNorm2d", {"track_running_stats": True, "momentum": 0.3}),
    ("InstanceNorm2d", {"track_running_stats": True, "momentum": None, "affine": True}),
]


@pytest.mark.peer
@pytest.mark.parametrize(("name", "options"), RUNNING)
def test_running_statistics_go_on_as_in_pytorch(name: str, options: dict[str, Any]) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch is the peer")
    ours, theirs = getattr(nn, name)(3, **options), getattr(peer.nn, name)(3, **options).double()
    ours.double()
    for batch in BATCHES:
        np.testing.assert_allclose(
            ours(of(batch)).detach().array, theirs(peer.tensor(batch)).detach().numpy(), rtol=1e-9, atol=1e-12
        )
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    for key, value in ours.state_dict().items():
        np.testing.assert_allclose(value.array, state[key].numpy(), rtol=1e-12)
    ours.eval()
    theirs.eval()
    np.testing.assert_allclose(
        ours(of(BATCHES[0])).detach().array, theirs(peer.tensor(BATCHES[0])).detach().numpy(), rtol=1e-9, atol=1e-12
    )


FUNCTIONS: dict[str, Any] = {
    "layer_norm": lambda f, t: f.layer_norm(t(X), (6, 5), t(X[0]), t(X[1]), 1e-3),
    "layer_norm of a large mean": lambda f, t: f.layer_norm(t(X + 1e6), (5,)),
    "rms_norm": lambda f, t: f.rms_norm(t(X), (5,), t(X[0, 0])),
    "group_norm": lambda f, t: f.group_norm(t(X), 3, t(X[0, :, 0]), t(X[1, :, 0]), 1e-2),
    "instance_norm": lambda f, t: f.instance_norm(t(X), weight=t(X[0, :, 0]), bias=t(X[1, :, 0])),
    "instance_norm of what ran": lambda f, t: f.instance_norm(
        t(X), t(X[0, :, 0]), t(X[1, :, 0] ** 2), None, None, False
    ),
    "local_response_norm": lambda f, t: f.local_response_norm(t(X), 4, 0.2, 0.6, 1.5),
    "bilinear": lambda f, t: f.bilinear(t(X), t(X[:, :, :3].copy()), t(W), t(np.ones(2))),
    "glu": lambda f, t: f.glu(t(X), 1),
    **{name: lambda f, t, name=name: getattr(f, name)(t(X)) for name in ("selu", "gelu", "silu", "mish", "hardswish")},
}


@pytest.mark.peer
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_give_what_pytorch_gives(name: str) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch is the peer")
    mine = FUNCTIONS[name](F, of)
    theirs = FUNCTIONS[name](peer.nn.functional, peer.tensor)
    np.testing.assert_allclose(mine.array, theirs.numpy(), rtol=1e-7, atol=1e-12)


# -- what is refused ---------------------------------------------------------------------------------------------------

REFUSED: list[tuple[Any, type[Exception], str]] = [
    (
        lambda: nn.BatchNorm1d(3)(torch.ones(2, 4)),
        ShapeError,
        r"BatchNorm1d\(3\): input needs shape \(N, 3\) or \(N, 3, L\)",
    ),
    (lambda: nn.BatchNorm1d(3)(torch.ones(1, 3)), ShapeError, "more than one value"),
    (lambda: nn.InstanceNorm1d(3)(torch.ones(2, 3, 1)), ShapeError, "more than one value for each channel"),
    (
        lambda: nn.LayerNorm(4)(torch.ones(2, 3)),
        ShapeError,
        r"layer_norm: input needs shape \(\.\.\., 4\), got \(2, 3\)",
    ),
    (lambda: nn.LayerNorm(()), ModuleError, "normalized_shape needs sizes of 1 or more"),
    (lambda: nn.LayerNorm(2)(torch.ones(3, 2, dtype=torch.int64)), DTypeError, "layer_norm needs a floating-point"),
    (lambda: nn.GroupNorm(2, 3), ModuleError, "num_channels needs to be a multiple of num_groups"),
    (
        lambda: nn.GroupNorm(2, 4)(torch.ones(2, 6)),
        ShapeError,
        r"GroupNorm\(2, 4\): input needs shape \(N, 4, \.\.\.\)",
    ),
    (lambda: nn.LocalResponseNorm(0), ModuleError, "size needs to be 1 or more"),
    (lambda: nn.CrossMapLRN2d(3)(torch.ones(2, 3)), ShapeError, "CrossMapLRN2d: input needs shape"),
    (lambda: nn.Bilinear(4, 3, 0), ModuleError, "Bilinear: needs sizes of 1 or more"),
    (lambda: nn.Bilinear(4, 3, 2)(torch.ones(2, 4)), ModuleError, "needs two inputs"),
    (lambda: nn.Bilinear(4, 3, 2)(torch.ones(2, 4), torch.ones(3, 3)), ShapeError, "same leading dimensions"),
    (lambda: nn.Cosine(4, 3)(torch.ones(2, 5)), ShapeError, r"Cosine\(.*\): input needs shape \(\.\.\., 4\)"),
    (lambda: nn.Euclidean(4, 3)(torch.ones(5)), ShapeError, "Euclidean"),
    (lambda: nn.Normalize(0), ModuleError, "p needs to be over 0"),
    (lambda: nn.GLU()(torch.ones(2, 3)), ShapeError, "glu: input needs an even size in dimension -1"),
    (lambda: nn.CReLU(2)(torch.ones(2)), ShapeError, r"CReLU\(2\): input needs 2 or 3 dimensions"),
    (lambda: nn.Softmax2d()(torch.ones(2, 3)), ShapeError, "Softmax2d: input needs shape"),
    (lambda: nn.GELU("sigmoid")(torch.ones(2)), RangeError, "approximate: got 'sigmoid'"),
    (lambda: nn.Dropout1d()(torch.ones(2)), ShapeError, "dropout1d: input needs 2 or 3 dimensions"),
    (lambda: nn.AlphaDropout(2), ModuleError, "p: a probability"),
    (lambda: nn.WhiteNoise(std=-1), ModuleError, "std: a standard deviation"),
    (lambda: F.instance_norm(torch.ones(2, 3, 4), use_input_stats=False), ShapeError, "running_mean and running_var"),
]


@pytest.mark.parametrize("row", range(len(REFUSED)))
def test_refused(row: int) -> None:
    call, error, message = REFUSED[row]
    with pytest.raises(error, match=message):
        call()


# -- behaviour ---------------------------------------------------------------------------------------------------------


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    torch.manual_seed(3)
    x = torch.randn(400, 500)
    for module in (nn.AlphaDropout(0.3), nn.FeatureAlphaDropout(0.3)):
        y = module(x).array
        assert abs(y.mean()) < 0.02
        assert abs(y.std() - 1) < 0.02
        assert module.eval()(x) is x
        module.train()
    channels = nn.FeatureAlphaDropout(0.5)(torch.zeros(8, 8, 6)).array
    assert (channels == channels[:, :, :1]).all()
    assert len(np.unique(channels)) == 2


def test_noise_has_its_mean_and_deviation() -> None:
    torch.manual_seed(3)
    added = nn.WhiteNoise(0.5, 2.0)(torch.zeros(300, 300)).array
    assert abs(added.mean() - 0.5) < 0.03
    assert abs(added.std() - 2) < 0.03


def test_the_distance_at_a_template_has_gradient_0() -> None:
    module = nn.Euclidean(2, 1)
    x = module.weight.detach().reshape(1, 2).clone()
    x.requires_grad = True
    module(x).sum().backward()
    np.testing.assert_array_equal(x.grad.array, [[0, 0]])


def test_a_layer_normalisation_of_torch7_is_the_usual_one_for_a_vector() -> None:
    x = of([1.0, 4.0, 2.0])
    ours, usual = nn.LayerNormalization(3, eps=0.3).double(), nn.LayerNorm(3, eps=0.1).double()
    np.testing.assert_allclose(ours(x).detach().array, usual(x).detach().array)
    batch = of([[1.0, 4.0, 2.0], [0.0, 8.0, 1.0]])
    assert np.abs(ours(batch).detach().array - usual(batch).detach().array).max() > 0.1
