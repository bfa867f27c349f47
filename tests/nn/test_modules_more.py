"""What single modules do beside the list of cases."""

from __future__ import annotations

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn


@pytest.mark.parametrize("scale_in_training", [True, False])
@pytest.mark.parametrize("kind", [nn.Dropout, nn.Dropout2d])
def test_dropout_keeps_the_mean(kind: type, scale_in_training: bool) -> None:
    layer, x = kind(0.25, scale_in_training=scale_in_training), torch.ones(200, 200, 1, 1)
    out = layer(x).array
    kept = 4 / 3 if scale_in_training else 1.0
    np.testing.assert_allclose(np.unique(out), [0, kept], rtol=1e-6)
    assert (out == 0).mean() == pytest.approx(0.25, abs=0.01)
    np.testing.assert_allclose(np.unique(layer.eval()(x).array), [1.0 if scale_in_training else 0.75])


def test_dropout_of_nothing_and_of_everything() -> None:
    x = torch.ones(3, 3)
    assert nn.Dropout(0.0)(x).tolist() == x.tolist()
    assert nn.Dropout(1.0)(x).tolist() == torch.zeros(3, 3).tolist()
    assert nn.Dropout(1.0).eval()(x).tolist() == x.tolist()
    assert nn.Dropout(1.0, scale_in_training=False)(x).tolist() == torch.zeros(3, 3).tolist()


def test_planes_drop_as_a_whole() -> None:
    out = nn.Dropout2d(0.5)(torch.ones(8, 8, 3, 3)).array
    assert ((out == 0).all((2, 3)) | (out != 0).all((2, 3))).all()
    assert 0 < (out[:, :, 0, 0] == 0).sum() < 64


def test_running_statistics_move_by_momentum() -> None:
    layer, x = nn.BatchNorm1d(2, momentum=0.3), torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    layer(x)
    np.testing.assert_allclose(layer.running_mean.array, [0.6, 1.2], rtol=1e-6)
    np.testing.assert_allclose(layer.running_var.array, [0.7 + 0.3 * 2, 0.7 + 0.3 * 8], rtol=1e-6)
    before = layer.running_mean.tolist()
    layer.eval()(x)
    assert layer.running_mean.tolist() == before


def test_long_rows_are_shortened_when_looked_up() -> None:
    layer = nn.Embedding(3, 2, max_norm=1.0)
    layer.weight.detach().copy_(torch.tensor([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]]))
    out = layer(torch.tensor([0, 1]))
    np.testing.assert_allclose(out.array, [[0.6, 0.8], [0.3, 0.4]], rtol=1e-5)
    assert layer.weight[2].tolist() == [6.0, 8.0]


def test_a_padding_row_from_the_end() -> None:
    layer = nn.Embedding(3, 2, padding_idx=-1)
    assert layer.padding_idx == 2
    assert layer.weight[2].tolist() == [0.0, 0.0]


def test_prelu_starts_from_its_slope() -> None:
    assert nn.PReLU(2, init=0.5).weight.tolist() == [0.5, 0.5]


def test_equal_largest_elements_give_the_first_the_gradient() -> None:
    for module, value in [(nn.CMaxTable(), 1.0), (nn.CMinTable(), 1.0)]:
        a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
        module([a, b]).sum().backward()
        assert a.grad.tolist() == [value, value]
        assert b.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        *[(name, ()) for name in ("relu_", "selu_", "celu_", "elu_", "hardtanh_", "rrelu_")],
        ("leaky_relu_", (0.2,)),
        ("elu_", (0.5,)),
        ("threshold_", (0.1, 7.0)),
    ],
)
def test_activations_under_their_names_in_place(name: str, args: tuple[float, ...]) -> None:
    x = torch.tensor([[-1.5, 0.05, 2.0]])
    wanted = getattr(nn.functional, name[:-1])(x, *args)
    assert getattr(nn.functional, name)(x, *args) is x
    assert x.tolist() == wanted.tolist() != [[-1.5, 0.05, 2.0]]


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
def test_softmax_of_another_type(name: str) -> None:
    function, x = getattr(nn.functional, name), torch.randn(2, 3)
    found = function(x, dim=1, dtype=torch.float64)
    assert found.dtype is torch.float64
    assert found.tolist() == function(x.double(), 1).tolist()


def test_the_older_names_of_interpolate() -> None:
    function, x = nn.functional, torch.randn(1, 2, 3, 4)
    nearest = function.interpolate(x, scale_factor=2).tolist()
    assert function.upsample(x, scale_factor=2).tolist() == nearest == function.upsample_nearest(x, None, 2).tolist()
    smooth = function.interpolate(x, (5, 7), mode="bilinear", align_corners=True).tolist()
    assert function.upsample_bilinear(x, (5, 7)).tolist() == smooth
    assert function.upsample(x, (5, 7), mode="bilinear", align_corners=True).tolist() == smooth
