"""Maps along dimensions and windows in several dimensions against PyTorch, and their errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels import compiled, feature_pooling
from pytorch_from_lua.kernels.adaptive import average_taps, max_windows
from pytorch_from_lua.kernels.padding import border_taps
from pytorch_from_lua.kernels.pooling_nd import avg_pool_taps, fractional_windows, max_pool_windows
from pytorch_from_lua.kernels.resampling import Axes, Taps, resample, transposed
from pytorch_from_lua.kernels.upsampling import upsampling_taps
from pytorch_from_lua.kernels.windows import gather_planes, place_planes, scatter_planes, window_max
from tests.kernels.peer import numeric_gradient, strided

IMAGE = np.random.RandomState(0).standard_normal((2, 3, 5, 7))
VOLUME = np.round(2 * np.random.RandomState(1).standard_normal((2, 3, 6, 5, 7)))  # with ties


def functional() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is the peer").nn.functional


@pytest.fixture(params=["0", "1"], ids=["numpy", "numba"])
def setting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(compiled, "SETTING", request.param)
    monkeypatch.setattr(compiled, "_ready", {})
    return str(request.param)


def compare(theirs: Any, x: np.ndarray, axes: Axes) -> None:
    """The peer's function and our map, forward and backward."""
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    t = torch.tensor(x, requires_grad=True)
    expected = theirs(t)
    np.testing.assert_allclose(resample(strided(x), axes), expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    grad = np.random.RandomState(2).standard_normal(expected.shape)
    expected.backward(torch.tensor(grad))
    found = resample(strided(grad), transposed(axes))
    np.testing.assert_allclose(found, t.grad.numpy(), rtol=1e-10, atol=1e-12)
    assert resample(x.astype(np.float32), axes).dtype == np.float32


MODES = [
    ("nearest", "nearest", None),
    ("nearest-exact", "nearest-exact", None),
    ("area", "area", None),
    *[(mode, ours, aligned) for mode, ours in [("bilinear", "linear"), ("bicubic", "cubic")] for aligned in (0, 1)],
]


@pytest.mark.peer
@pytest.mark.parametrize("size", [(3, 4), (10, 14), (8, 3), (1, 1), (13, 17)], ids=str)
@pytest.mark.parametrize(("mode", "ours", "aligned"), MODES)
def test_up_sampling_to_a_size(mode: str, ours: str, aligned: int | None, size: tuple[int, int]) -> None:
    F = functional()
    for smooth in (False, True) if ours in ("linear", "cubic") else (False,):
        axes = tuple(
            [(d - 2, upsampling_taps(ours, (5, 7)[d], size[d], None, bool(aligned), smooth)) for d in range(2)]
        )
        aligned_or_not = None if aligned is None else bool(aligned)
        compare(
            lambda t, s=smooth, a=aligned_or_not: F.interpolate(t, size=size, mode=mode, align_corners=a, antialias=s),
            IMAGE,
            axes,
        )


@pytest.mark.peer
@pytest.mark.parametrize("scale", [2.0, 1.7, 0.6, 3.3])
@pytest.mark.parametrize(("mode", "ours", "aligned"), [m for m in MODES if m[0] != "area"])
def test_up_sampling_by_a_factor(mode: str, ours: str, aligned: int | None, scale: float) -> None:
    F = functional()
    axes = tuple(
        [(d - 2, upsampling_taps(ours, n, int(n * scale), scale, bool(aligned))) for d, n in enumerate((5, 7))]
    )
    aligned_or_not = None if aligned is None else bool(aligned)
    compare(lambda t: F.interpolate(t, scale_factor=scale, mode=mode, align_corners=aligned_or_not), IMAGE, axes)


def test_torch7_counts_places_in_single_precision() -> None:
    """Its step is a float whatever the images are of: 0.4 there, from 3 to 6 elements."""
    exact = upsampling_taps("linear", 3, 6, None, True).weights
    single = upsampling_taps("linear", 3, 6, None, True, single=True).weights
    assert single[1, 1] == np.float64(np.float32(0.4))
    assert exact[1, 1] == 0.4
    np.testing.assert_allclose(single, exact, atol=1e-6)


@pytest.mark.peer
@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("pad", [(1, 2, 3, 0), (2, 0, 1, 4), (-1, 2, 0, -2), (0, 0, 0, 0)], ids=str)
def test_borders(mode: str, pad: tuple[int, ...]) -> None:
    F = functional()
    axes = ((-1, border_taps(mode, 7, *pad[:2])), (-2, border_taps(mode, 5, *pad[2:])))
    compare(lambda t: F.pad(t, pad, mode=mode), IMAGE, axes)


@pytest.mark.peer
@pytest.mark.parametrize("size", [(3, 2, 4), (6, 5, 7), (1, 1, 1), (9, 3, 8)], ids=str)
def test_adaptive_pooling(setting: str, size: tuple[int, ...]) -> None:
    F = functional()
    pairs = list(zip(VOLUME.shape[2:], size, strict=True))
    compare(
        lambda t: F.adaptive_avg_pool3d(t, size),
        VOLUME,
        tuple([(i - 3, average_taps(*p)) for i, p in enumerate(pairs)]),
    )
    compare_windows(
        lambda t: F.adaptive_max_pool3d(t, size, return_indices=True), VOLUME, tuple([max_windows(*p) for p in pairs])
    )


def compare_windows(theirs: Any, x: np.ndarray, windows: Any) -> None:
    """The peer's (values, places) and ours, and the gradient."""
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    t = torch.tensor(x, requires_grad=True)
    expected, places = theirs(t)
    y, indices = window_max(strided(x), windows)
    np.testing.assert_array_equal(y, expected.detach().numpy())
    np.testing.assert_array_equal(indices, places.numpy())
    grad = np.random.RandomState(2).standard_normal(y.shape)
    expected.backward(torch.tensor(grad))
    found = scatter_planes(strided(grad), indices, x.shape, len(windows))
    np.testing.assert_allclose(found, t.grad.numpy(), atol=1e-12)


WINDOWS: list[dict[str, Any]] = [
    # kernel, stride, padding, dilation, ceil_mode
    {"kernel_size": (2, 2, 2)},
    {"kernel_size": (3, 3, 3), "stride": (2, 2, 2), "padding": (1, 1, 1)},
    {"kernel_size": (3, 2, 2), "stride": (2, 1, 3), "padding": (1, 0, 1), "ceil_mode": True},
    {"kernel_size": (2, 2, 2), "stride": (1, 1, 1), "dilation": (2, 2, 1)},
    {"kernel_size": (2, 1, 3), "dilation": (1, 1, 2), "ceil_mode": True},
]


@pytest.mark.peer
@pytest.mark.parametrize("how", WINDOWS, ids=str)
def test_pooling_of_volumes(setting: str, how: dict[str, Any]) -> None:
    F = functional()
    kernel = how["kernel_size"]
    stride, padding = how.get("stride", kernel), how.get("padding", (0, 0, 0))
    dilation, ceil_mode = how.get("dilation", (1, 1, 1)), how.get("ceil_mode", False)
    rows = list(zip(VOLUME.shape[2:], kernel, stride, padding, strict=True))
    windows = tuple([max_pool_windows(*row, d, ceil_mode) for row, d in zip(rows, dilation, strict=True)])
    compare_windows(lambda t: F.max_pool3d(t, **how, return_indices=True), VOLUME, windows)
    if "dilation" in how:
        return
    for counted in (True, False):
        axes = tuple([(i - 3, avg_pool_taps(*row, ceil_mode, counted)) for i, row in enumerate(rows)])
        compare(lambda t, c=counted: F.avg_pool3d(t, **how, count_include_pad=c), VOLUME, axes)


@pytest.mark.peer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kernel", "size"), [((2, 2, 2), (3, 2, 4)), ((2, 3, 1), (4, 1, 6)), ((1, 1, 1), (5, 4, 3))])
def test_fractional_pooling(setting: str, dtype: str, kernel: Any, size: Any) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the peer")
    samples = np.random.RandomState(3).rand(2, 3, 3).astype(dtype)
    x = VOLUME.astype(dtype)
    expected, places = torch.nn.functional.fractional_max_pool3d(
        torch.tensor(x), kernel, output_size=size, return_indices=True, _random_samples=torch.tensor(samples)
    )
    u = samples.reshape(-1, 3)
    windows = tuple([fractional_windows(u[:, d], x.shape[2 + d], size[d], kernel[d]) for d in range(3)])
    y, indices = window_max(x, windows)
    np.testing.assert_array_equal(y, expected.numpy())
    np.testing.assert_array_equal(indices, places.numpy())


def test_nan_is_the_largest_and_the_last_one_counts(setting: str) -> None:
    x = np.array([[1.0, np.nan, 3.0], [np.nan, 5.0, 2.0]])
    y, places = window_max(x, (max_windows(2, 1), max_windows(3, 2)))
    assert np.isnan(y).all()
    np.testing.assert_array_equal(places, [[3, 1]])
    y, places = window_max(np.array([[-np.inf, -np.inf]]), (max_pool_windows(2, 2, 1, 1),))
    np.testing.assert_array_equal(y, [[-np.inf] * 3])
    np.testing.assert_array_equal(places, [[0, 0, 1]])


def test_elements_go_back_to_their_places() -> None:
    y, places = window_max(VOLUME, tuple([max_pool_windows(n, 2, 2) for n in VOLUME.shape[2:]]))
    back = place_planes(y, places, VOLUME.shape, 3)
    np.testing.assert_array_equal(gather_planes(back, places, 3), y)
    assert np.count_nonzero(back) == np.count_nonzero(y)
    out = np.ones_like(back)
    assert place_planes(y, places, VOLUME.shape, 3, out) is out
    np.testing.assert_array_equal(out, back)


def test_feature_pooling_gradients() -> None:
    x = np.random.RandomState(0).uniform(0.2, 1.0, (2, 5, 3))
    x[0, :3, 0] = 0.0
    for power in (2.0, 3.0):
        y = feature_pooling.feature_lp_pool_forward(x, -2, 3, 2, power)
        np.testing.assert_allclose(y[:, 1], (x[:, 2:5] ** power).sum(1) ** (1 / power))
        grad = np.random.RandomState(1).standard_normal(y.shape)
        found = feature_pooling.feature_lp_pool_backward(grad, x, y, -2, 3, 2, power)
        assert (found[0, :2, 0] == 0).all()
        x[0, :3, 0] += 0.5  # away from 0, where there is a derivative
        y = feature_pooling.feature_lp_pool_forward(x, -2, 3, 2, power)
        found = feature_pooling.feature_lp_pool_backward(grad, x, y, -2, 3, 2, power)
        wanted = numeric_gradient(lambda v, p=power: feature_pooling.feature_lp_pool_forward(v, -2, 3, 2, p), x, grad)
        np.testing.assert_allclose(found, wanted, atol=1e-7)
        x[0, :3, 0] = 0.0


def test_what_a_weight_of_0_would_take_is_not_looked_at() -> None:
    x = np.array([np.inf, 1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(resample(x, ((-1, average_taps(5, 3)),)), [np.inf, 2.0, 3.5])
    nothing = Taps(np.zeros((2, 1), int), np.zeros((2, 1)), 5)
    np.testing.assert_array_equal(resample(x, ((-1, nothing),)), [0.0, 0.0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: resample(IMAGE, ((-1, average_taps(6, 3)),)), ShapeError, r"x: needs 6 elements in dimension -1"),
        (lambda: average_taps(0, 3), ShapeError, r"0 elements cannot be pooled to 3"),
        (lambda: upsampling_taps("linear", 3, 0), ShapeError, r"from 3 to 0"),
        (lambda: upsampling_taps("other", 3, 4), RangeError, r"mode: got 'other'; allowed are 'nearest'"),
        (lambda: border_taps("reflect", 3, 3, 0), ShapeError, r"reflect of 3 elements has at most 2"),
        (lambda: border_taps("circular", 3, 1, 4), ShapeError, r"circular of 3 elements has at most 3"),
        (lambda: border_taps("replicate", 3, -2, -1), ShapeError, r"leave none"),
        (lambda: border_taps("other", 3, 1, 1), RangeError, r"mode: got 'other'"),
        (lambda: max_pool_windows(5, 2, 1, 2), ShapeError, r"padding: needs to be at most half of the kernel 2"),
        (lambda: max_pool_windows(5, 0, 1), ShapeError, r"need 1, 1 and 0 at least, got 0, 1, 0"),
        (lambda: max_pool_windows(2, 3, 1), ShapeError, r"2 elements are too few for a window of 3"),
        (lambda: max_pool_windows(1, 2, 1, 1, 2), ShapeError, r"lies in the padding alone"),
        (lambda: fractional_windows(np.ones(2), 4, 3, 2), ShapeError, r"3 windows of 2 need more than 4 elements"),
        (lambda: window_max(np.ones(3), (max_windows(3, 1),) * 2), ShapeError, r"x: needs at least 2 dimensions"),
        (
            lambda: place_planes(np.ones((1, 2)), np.array([[0, 4]]), (1, 4), 1),
            RangeError,
            r"indices: got 4, a plane of \(4,\) has places 0 to 3",
        ),
        (lambda: scatter_planes(np.ones((1, 2)), np.zeros((1, 3), int), (1, 4), 1), ShapeError, r"grad: needs shape"),
    ],
)
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
