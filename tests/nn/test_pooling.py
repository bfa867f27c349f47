"""Functions of pooling, padding and up-sampling against PyTorch's, and what they refuse."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.errors import DTypeError, ModuleError, RangeError, ShapeError
from pytorch_from_lua.tensor import Tensor

F = nn.functional
R = np.random.RandomState(0)
SEQUENCE, IMAGE, VOLUME = (
    R.standard_normal((2, 4, 9)),
    R.standard_normal((2, 4, 8, 6)),
    R.standard_normal((1, 4, 4, 5, 6)),
)
SAMPLES2, SAMPLES3 = R.uniform(size=(2, 4, 2)), R.uniform(size=(1, 4, 3))


def there(*arguments: Any, **named: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return arguments, named


#: Each function with its input, arguments and named arguments: the same on both sides.
CALLS: list[tuple[str, Any, tuple[tuple[Any, ...], dict[str, Any]]]] = [
    ("max_pool1d", SEQUENCE, there(3, 2, 1, 2, True, return_indices=True)),
    ("max_pool1d", SEQUENCE[0], there((2,))),
    ("max_pool2d", IMAGE, there(2, return_indices=True)),
    ("max_pool3d", VOLUME, there((2, 1, 3), return_indices=True)),
    ("max_pool3d", VOLUME[0], there(3, 1, 1, ceil_mode=True)),
    ("avg_pool1d", SEQUENCE, there(4, 3, 2, True, False)),
    ("avg_pool3d", VOLUME, there(2, 1, 1, divisor_override=5)),
    ("lp_pool1d", np.abs(SEQUENCE), there(3, 2)),
    ("lp_pool2d", IMAGE, there(2, (2, 3), (1, 2), True)),
    ("lp_pool3d", VOLUME, there(2.0, 2)),
    ("adaptive_avg_pool1d", SEQUENCE, there(4)),
    ("adaptive_avg_pool2d", IMAGE, there((4, None))),
    ("adaptive_avg_pool2d", IMAGE, there(1)),
    ("adaptive_avg_pool3d", VOLUME, there((2, 3, 6))),
    ("adaptive_max_pool1d", SEQUENCE, there(4, return_indices=True)),
    ("adaptive_max_pool2d", IMAGE, there((4, 3), return_indices=True)),
    ("adaptive_max_pool2d", IMAGE, there((3, 4), return_indices=True)),
    ("adaptive_max_pool3d", VOLUME, there((None, 2, 4))),
    ("fractional_max_pool2d", IMAGE, there(2, (4, 3), return_indices=True, _random_samples=SAMPLES2)),
    ("fractional_max_pool2d", IMAGE, there((3, 2), output_ratio=(0.5, 0.5), _random_samples=SAMPLES2)),
    ("fractional_max_pool3d", VOLUME, there(2, output_size=(2, 3, 4), _random_samples=SAMPLES3)),
    ("interpolate", SEQUENCE, there(5)),
    ("interpolate", SEQUENCE, there(scale_factor=2.6, mode="linear", recompute_scale_factor=True)),
    ("interpolate", IMAGE, there((12, 5), mode="bilinear", align_corners=False, antialias=True)),
    ("interpolate", IMAGE, there(scale_factor=(2.5, 0.5), mode="bicubic", align_corners=True)),
    ("interpolate", IMAGE, there(scale_factor=0.4, mode="bicubic", antialias=True)),
    ("interpolate", VOLUME, there(scale_factor=1.7, mode="nearest-exact")),
    ("interpolate", VOLUME, there((3, 7, 2), mode="area")),
    ("interpolate", VOLUME, there(scale_factor=2, mode="trilinear", align_corners=True)),
    ("pad", SEQUENCE, there((1, 2), "reflect")),
    ("pad", IMAGE, there((0, 3, 2, -1), "replicate")),
    ("pad", VOLUME, there((1, 1, 2, 0, 0, 3), mode="circular")),
    ("pad", IMAGE, there((1, 2), value=3.5)),
    ("pixel_shuffle", IMAGE, there(2)),
    ("pixel_unshuffle", IMAGE, there(2)),
]


@pytest.mark.peer
@pytest.mark.parametrize(
    ("name", "x", "call"), CALLS, ids=[f"{name}-{x.ndim}-{i}" for i, (name, x, _) in enumerate(CALLS)]
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_functions_give_what_pytorch_gives(name: str, x: Any, call: Any, dtype: str) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch is the peer")
    arguments, named = call
    x = x.astype(dtype)
    ours, theirs = Tensor.from_array(x.copy()), peer.tensor(x, requires_grad=True)
    ours.requires_grad = True
    samples = named.get("_random_samples")
    mine, yours = dict(named), dict(named)
    if samples is not None:
        mine["_random_samples"] = Tensor.from_array(samples.astype(dtype))
        yours["_random_samples"] = peer.tensor(samples.astype(dtype))
    found = getattr(F, name)(ours, *arguments, **mine)
    expected = getattr(peer.nn.functional, name)(theirs, *arguments, **yours)
    if isinstance(found, tuple):
        np.testing.assert_array_equal(found[1].array, expected[1].numpy())
        found, expected = found[0], expected[0]
    tolerance = 1e-10 if dtype == "float64" else 2e-5
    assert found.dtype.name == dtype
    np.testing.assert_allclose(found.array, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    weights = np.random.RandomState(1).standard_normal(found.shape).astype(dtype)
    found.backward(Tensor.from_array(weights))
    expected.backward(peer.tensor(weights))
    np.testing.assert_allclose(ours.grad.array, theirs.grad.numpy(), rtol=tolerance, atol=10 * tolerance)


@pytest.mark.peer
@pytest.mark.parametrize("padding", [0, 1])
def test_unpooling_gives_what_pytorch_gives(padding: int) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch is the peer").nn.functional
    import torch as other

    for d, x in [(1, SEQUENCE), (2, IMAGE), (3, VOLUME)]:
        y, places = getattr(F, f"max_pool{d}d")(Tensor.from_array(x), 3, 2, padding, return_indices=True)
        ours = getattr(F, f"max_unpool{d}d")(y, places, 3, 2, padding, x.shape)
        theirs = getattr(peer, f"max_unpool{d}d")(
            other.tensor(y.array), other.tensor(places.array), 3, 2, padding, x.shape
        )
        np.testing.assert_array_equal(ours.array, theirs.numpy())
        assert ours.shape == x.shape


def test_channels_are_dealt_out() -> None:
    x = torch.arange(6.0).reshape(1, 6, 1)
    assert F.channel_shuffle(x, 3).flatten().tolist() == [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]
    assert F.channel_shuffle(F.channel_shuffle(x, 3), 2).tolist() == x.tolist()


def test_whole_numbers_are_pooled_padded_and_repeated_as_they_are() -> None:
    x = torch.arange(12).reshape(1, 3, 4)
    for y in (
        F.max_pool2d(x, 2),
        F.adaptive_max_pool2d(x, (2, 3)),
        F.pad(x, (1, 1), "reflect"),
        F.interpolate(x, scale_factor=2),
        F.interpolate(x, 3),
        F.pixel_unshuffle(x[:, :2], 2),
    ):
        assert y.dtype.name == "int64"
    assert F.adaptive_max_pool2d(x, (2, 3)).tolist() == [[[5, 6, 7], [9, 10, 11]]]
    assert F.interpolate(x, scale_factor=2)[0, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_where_all_of_a_window_is_0_roots_have_no_gradient() -> None:
    x = torch.tensor([[0.0, 0.0, 3.0, 4.0]], requires_grad=True)
    F.lp_pool1d(x, 2, 2).sum().backward()
    np.testing.assert_allclose(x.grad.array, [[0.0, 0.0, 0.6, 0.8]], rtol=1e-6)
    assert F.lp_pool1d(x, 2, 2).tolist() == [[0.0, 5.0]]


def test_fixed_regions_are_drawn_once() -> None:
    pool, x = nn.FractionalMaxPool2d(2, 5).fix_pooling_regions(), torch.randn(2, 3, 20, 20)
    first = pool(x)
    assert pool(x).tolist() == first.tolist()
    assert copy.deepcopy(pool)(x).tolist() == first.tolist()
    assert pool(torch.randn(4, 3, 20, 20)).shape == (4, 3, 5, 5)
    assert pool.state_dict() == {}
    pool.fix_pooling_regions(False)
    assert pool(x).tolist() != pool(x).tolist()


def test_random_windows_are_torch7s() -> None:
    """The random numbers are `uniform` for each plane: for the width, then the height."""
    x = torch.randn(2, 3, 9, 8)
    torch.manual_seed(3)
    drawn = torch.rand(2, 3, 2)
    torch.manual_seed(3)
    assert F.fractional_max_pool2d(x, 2, 4).tolist() == F.fractional_max_pool2d(x, 2, 4, _random_samples=drawn).tolist()


def test_unpooling_belongs_to_its_pooling_module() -> None:
    pool = nn.MaxPool2d(2)
    assert "indices" not in pool.__dict__
    net = nn.Sequential(pool, nn.SpatialMaxUnpooling(pool))
    x = torch.randn(2, 3, 5, 4)
    y = net(x)
    assert y.shape == x.shape
    assert set(y.flatten().tolist()) - {0.0} == set(pool(x).flatten().tolist())
    other = copy.deepcopy(net)
    assert other[1].pooling is other[0]
    assert other[0] is not pool
    assert [name for name, _ in net.named_modules()] == ["", "0", "1"]


def t(*shape: int, dtype: str = "float32") -> Tensor:
    return torch.ones(*shape, dtype=dtype)


REFUSED: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    ("rank", lambda: F.max_pool1d(t(3), 2), ShapeError, r"input: max_pool1d needs shape \(N, C, L\)"),
    ("rank", lambda: F.max_pool3d(t(3, 3, 3), 2), ShapeError, r"input: max_pool3d needs shape \(N, C, D, H, W\)"),
    ("no tensor", lambda: F.max_pool3d([1.0], 2), ShapeError, r"without the N, got list"),
    ("size", lambda: F.max_pool3d(t(1, 3, 3, 3), 4), ShapeError, r"3 elements are too few for a window of 4"),
    ("padding", lambda: F.max_pool3d(t(1, 3, 3, 3), 2, 1, 2), ShapeError, r"at most half of the kernel 2, got 2"),
    ("stride", lambda: F.max_pool1d(t(1, 5), 2, 0), ShapeError, r"stride: needs a number or 1 of at least 1, got 0"),
    ("whole", lambda: F.avg_pool1d(t(1, 4, dtype="int64"), 2), DTypeError, r"avg_pool1d needs a floating-point type"),
    ("divisor", lambda: F.avg_pool3d(t(1, 2, 2, 2), 2, divisor_override=0), RangeError, r"cannot be divided by 0"),
    ("power", lambda: F.lp_pool2d(t(1, 4, 4), 0, 2), RangeError, r"norm_type: needs a number over 0, got 0"),
    ("features", lambda: F.feature_lp_pool(t(3), 4, 1, 2), ShapeError, r"3 elements are too few for a window of 4"),
    ("dim", lambda: F.feature_lp_pool(t(3), 2, 1, 2, 1), ShapeError, r"dim: got 1, the input has shape \(3,\)"),
    ("sizes", lambda: F.adaptive_avg_pool2d(t(1, 4, 4), (1, 2, 3)), ShapeError, r"output_size: .* got \(1, 2, 3\)"),
    ("zero", lambda: F.adaptive_max_pool1d(t(1, 4), 0), ShapeError, r"4 elements cannot be pooled to 0"),
    ("both", lambda: F.fractional_max_pool2d(t(1, 5, 5), 2), RangeError, r"needs one of them, got None and None"),
    (
        "ratio",
        lambda: F.fractional_max_pool2d(t(1, 5, 5), 2, output_ratio=1.5),
        RangeError,
        r"between 0 and 1, got 1.5",
    ),
    ("windows", lambda: F.fractional_max_pool2d(t(1, 5, 5), 3, 3), ShapeError, r"too small for \(3, 3\) windows"),
    (
        "samples",
        lambda: F.fractional_max_pool2d(t(1, 5, 5), 2, 3, _random_samples=t(2, 1, 2)),
        ShapeError,
        r"_random_samples: need shape \(1, 1, 2\), got \(2, 1, 2\)",
    ),
    ("places", lambda: F.max_unpool1d(t(1, 2), t(1, 2), 2), DTypeError, r"indices: .* needs places of type int64"),
    (
        "far",
        lambda: F.max_unpool1d(t(1, 2), torch.tensor([[0, 9]]), 2),
        RangeError,
        r"indices: got 9, a plane of \(4,\) has places 0 to 3",
    ),
    (
        "other",
        lambda: F.max_unpool1d(t(1, 2), torch.tensor([[0]]), 2),
        ShapeError,
        r"indices: needs shape \(1, 2\), got \(1, 1\)",
    ),
    (
        "output",
        lambda: F.max_unpool1d(t(1, 2), torch.tensor([[0, 1]]), 2, output_size=(9,)),
        ShapeError,
        r"output_size: \[9\] is not what could have been pooled",
    ),
    (
        "mode",
        lambda: F.interpolate(t(1, 1, 2), 3, mode="cubic"),
        RangeError,
        r"mode: got 'cubic'; allowed",
    ),
    ("rank", lambda: F.interpolate(t(1, 1, 2), 3, mode="bilinear"), ShapeError, r"'bilinear' needs 4 dimensions"),
    ("corners", lambda: F.interpolate(t(1, 1, 2), 3, align_corners=True), RangeError, r"align_corners: goes with the"),
    ("both", lambda: F.interpolate(t(1, 1, 2), 3, 2.0), RangeError, r"one of them is needed, got 3 and 2.0"),
    ("none", lambda: F.interpolate(t(1, 1, 2)), RangeError, r"one of them is needed, got None and None"),
    ("size", lambda: F.interpolate(t(1, 1, 2), 0), RangeError, r"size: needs numbers over 0, got 0"),
    ("small", lambda: F.interpolate(t(1, 1, 2), scale_factor=0.1), ShapeError, r"cannot go from 2 to 0 elements"),
    ("whole", lambda: F.interpolate(t(1, 1, 2, dtype="int64"), 3, mode="linear"), DTypeError, r"got int64"),
    ("smooth", lambda: F.interpolate(t(1, 1, 2), 3, antialias=True), RangeError, r"antialias: goes with 'bilinear'"),
    ("again", lambda: F.interpolate(t(1, 1, 2), 3, recompute_scale_factor=True), RangeError, r"scale_factor only"),
    ("mode", lambda: F.pad(t(1, 2), (1, 1), "mirror"), RangeError, r"mode: got 'mirror'; allowed are 'constant'"),
    ("value", lambda: F.pad(t(1, 2), (1, 1), "reflect", 3.0), RangeError, r"value: goes with mode 'constant' only"),
    ("odd", lambda: F.pad(t(1, 2), (1, 1, 1)), ShapeError, r"pad: needs pairs for at most 2 dimensions"),
    ("many", lambda: F.pad(t(1, 2), (1, 1, 1, 1), "reflect"), ShapeError, r"pairs for at most 1 dimensions"),
    ("long", lambda: F.pad(t(1, 2), (2, 0), "reflect"), ShapeError, r"reflect of 2 elements has at most 1"),
    ("cut", lambda: F.pad(t(1, 2), (-2, -1)), ShapeError, r"cuts more than there is, the input has shape \(1, 2\)"),
    (
        "factor",
        lambda: F.pixel_shuffle(t(4, 2, 2), 0),
        RangeError,
        r"upscale_factor: needs a whole number",
    ),
    (
        "channels",
        lambda: F.pixel_shuffle(t(3, 2, 2), 2),
        ShapeError,
        r"\(..., 4 C, H, W\), got \(3, 2, 2\)",
    ),
    ("pixels", lambda: F.pixel_unshuffle(t(3, 3, 2), 2), ShapeError, r"needs shape \(..., C, 2 H, 2 W\)"),
    ("groups", lambda: F.channel_shuffle(t(1, 3, 2), 2), ShapeError, r"needs shape \(N, 2 C, ...\)"),
    ("module", lambda: nn.MaxPool3d(0), ModuleError, r"MaxPool3d: kernel_size: needs to be a whole number"),
    ("module", lambda: nn.AdaptiveAvgPool2d((1, 2, 3)), ModuleError, r"output_size: needs a number or 2"),
    ("module", lambda: nn.AdaptiveMaxPool2d((1, 0)), ModuleError, r"output_size: .* of at least 1, got 0"),
    ("module", lambda: nn.FractionalMaxPool2d(2), ModuleError, r"one of output_size and output_ratio, got None"),
    ("module", lambda: nn.FractionalMaxPool3d(2, output_ratio=(0.5, 2, 0.5)), ModuleError, r"between 0 and 1"),
    (
        "module",
        lambda: nn.ReflectionPad2d((1, 2)),
        ModuleError,
        r"ReflectionPad2d: padding: .* or 4",
    ),
    ("module", lambda: nn.Upsample(2, mode="cubic"), ModuleError, r"Upsample: mode: got 'cubic'"),
    ("module", lambda: nn.FeatureLPPooling(2, 1, 0), ModuleError, r"power: needs a number over 0"),
    ("module", lambda: nn.SpatialMaxUnpooling(nn.Tanh()), ModuleError, r"pooling: needs a MaxPool2d, got Tanh"),
    ("module", lambda: nn.SpatialMaxUnpooling(nn.MaxPool2d(3, 2)), ModuleError, r"needs windows side by side"),
    ("unused", lambda: nn.SpatialMaxUnpooling(nn.MaxPool2d(2))(t(1, 2, 2)), ModuleError, r"has seen no input yet"),
    ("frames", lambda: nn.TemporalDynamicKMaxPooling(4)(t(3, 2)), ShapeError, r"4 frames are to be taken"),
    ("frames", lambda: nn.TemporalMaxPooling(2)(t(3)), ShapeError, r"needs shape \(N, T, C\) or \(T, C\)"),
    ("features", lambda: nn.FeatureLPPooling(2, 1, 2, True)(t(3)), ShapeError, r"needs 2 to 4 dimensions"),
    ("padding", lambda: nn.Padding(1, 2)(t(3)), ShapeError, r"dimension 1 is padded, got shape \(3,\)"),
    ("padding", lambda: nn.Padding(0, 2, index=4)(t(3)), ShapeError, r"index: 4 elements of 3"),
]


@pytest.mark.parametrize(
    ("call", "error", "message"), [r[1:] for r in REFUSED], ids=[f"{i}-{r[0]}" for i, r in enumerate(REFUSED)]
)
def test_is_refused(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    before = torch.get_rng_state().tolist()
    with pytest.raises(error, match=message):
        call()
    assert torch.get_rng_state().tolist() == before
