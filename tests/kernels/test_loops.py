"""The compiled loops beside numpy, which does the same while they are not ready: the same bits, in any layout."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.kernels import compiled, fused, gathering, ordering, parallel, sums

RANDOM = np.random.RandomState(0)


def special(count: int, dtype: str) -> Any:
    """Random numbers with NaN of both signs, infinities, zeros of both signs and equal ones among them."""
    x = RANDOM.randn(count).astype(dtype)
    for start, value in enumerate((np.nan, 0.0, -0.0, np.inf, -np.inf, -np.nan, 0.5, -0.5)):
        x[start::50] = value
    return x


def layouts(dtype: str) -> list[Any]:
    dense = special(9000, dtype).reshape(90, 100)
    return [dense, special(18000, dtype).reshape(90, 200)[:, ::2], special(9000, dtype).reshape(100, 90).T]


OPERATIONS: dict[str, Callable[..., Any]] = {
    "relu": lambda x, y, z: fused.relu(x),
    "relu of one dimension": lambda x, y, z: fused.relu(x.reshape(-1)),
    "clamp": lambda x, y, z: fused.clamp(x, -0.5, 0.5),
    "clamp to zero": lambda x, y, z: fused.clamp(x, 0.0, None),
    "clamp from zero": lambda x, y, z: fused.clamp(x, None, 0.0),
    "clamp with limits that cross": lambda x, y, z: fused.clamp(x, 1.0, -1.0),
    "lerp": lambda x, y, z: fused.lerp(x, y, 0.3),
    "lerp from the end": lambda x, y, z: fused.lerp(x, y, 0.7),
    "addcmul": lambda x, y, z: fused.addcmul(x, 0.3, y, z),
    "addcdiv": lambda x, y, z: fused.addcdiv(x, 0.3, y, z),
    "where": lambda x, y, z: fused.where(z > 0.1, x, y),
    "select": lambda x, y, z: gathering.select(x, y > 0.1),
    "cumsum": lambda x, y, z: fused.cumsum(x, 1),
    "cumsum of one dimension": lambda x, y, z: fused.cumsum(x.reshape(-1), 0),
    "order": lambda x, y, z: ordering.order(x, 1),
    "order, descending": lambda x, y, z: ordering.order(x, 0, True),
    "top": lambda x, y, z: ordering.top(x, 5, 1),
    "top, smallest": lambda x, y, z: ordering.top(x, 9, 0, False),
    "gather": lambda x, y, z: gathering.gather(x, INDICES[1], 1),
    "gather of columns": lambda x, y, z: gathering.gather(x, INDICES[0], 0),
    "scatter_add": lambda x, y, z: scattered(x, y, 1),
    "scatter_add of columns": lambda x, y, z: scattered(x, y, 0),
}
INDICES = [RANDOM.randint(0, 90, (90, 100)), RANDOM.randint(0, 100, (90, 100))]


def scattered(x: Any, y: Any, axis: int) -> Any:
    out = x.copy()
    gathering.scatter_add_into(out, INDICES[axis], y, axis)
    return out


def assert_same_bits(a: Any, b: Any) -> None:
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)
    numbers = ~np.isnan(a)
    np.testing.assert_array_equal(np.signbit(a)[numbers], np.signbit(b)[numbers])


@pytest.mark.parametrize("layout", ["dense", "strided", "transposed", "mixed"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_loops_give_the_bits_of_numpy(name: str, dtype: str, layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    kinds = ["dense", "strided", "transposed"]
    arrays = [layouts(dtype)[kinds.index(layout) if layout in kinds else i] for i in range(3)]
    with np.errstate(all="ignore"):
        monkeypatch.setattr(compiled, "SETTING", "0")
        monkeypatch.setattr(compiled, "_ready", {})
        expected = OPERATIONS[name](*arrays)
        monkeypatch.setattr(compiled, "SETTING", "1")
        monkeypatch.setattr(fused, "_MOST_ZEROS", 0)
        monkeypatch.setattr(fused, "_MOST_CLIPPED", 0)
        found = OPERATIONS[name](*arrays)
    assert compiled._ready, "no loop was used"
    assert_same_bits(found, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_loops_over_parts_give_the_bits_of_the_whole(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(compiled, "SETTING", "1")
    wide = RANDOM.randn(512, 1030).astype(dtype)
    for x in (wide, wide[:, ::2]):
        monkeypatch.setattr(parallel, "COUNT", [1])
        expected = fused.clamp(x, -0.5, 0.5)
        monkeypatch.setattr(parallel, "COUNT", [3])
        assert_same_bits(fused.clamp(x, -0.5, 0.5), expected)


def test_a_limit_that_is_nan_is_numpys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "SETTING", "1")
    assert np.isnan(fused.clamp(np.zeros(5000), np.nan, 1.0)).all()


@pytest.mark.parametrize("size", [0, 1, 7, 1000, 8192, 8193, 20000, 99999])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float64", 1e-14)])
def test_sums_are_those_in_higher_precision(size: int, dtype: str, tolerance: float) -> None:
    x = RANDOM.randn(size).astype(dtype)
    wide = x.astype(np.longdouble)
    assert abs(sums.total(x) - wide.sum()) <= tolerance * np.abs(wide).sum()
    assert abs(sums.total_of_squares(x) - (wide**2).sum()) <= tolerance * (wide**2).sum()
    assert sums.total(x).dtype == sums.total_of_squares(x).dtype == x.dtype


def test_sums_of_equal_numbers_lose_no_more_digits_in_long_arrays() -> None:
    x = np.full(3_000_000, 0.1, np.float32)
    assert abs(float(sums.total(x)) / 300_000 - 1) < 1e-5
    assert abs(float(sums.total_of_squares(x)) / 30_000 - 1) < 1e-5


def test_sums_of_other_layouts_and_types() -> None:
    x = np.arange(24.0).reshape(4, 6)
    assert sums.total(x[:, ::2]) == x[:, ::2].sum()
    assert sums.total(x.T) == x.sum()
    assert sums.total(np.arange(5)) == 10
    assert sums.total_of_squares(x[::2]) == (x[::2] ** 2).sum()


def test_nonzero_of_a_mask_and_of_numbers_is_numpys(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(compiled, "_ready", {})
    for setting in ("0", "1"):
        monkeypatch.setattr(compiled, "SETTING", setting)
        for x in (*layouts("float64"), layouts("float32")[1] > 0, np.zeros((50, 50)), np.ones((50, 50), bool)):
            found = gathering.nonzero(x)
            assert found.dtype == np.int64
            np.testing.assert_array_equal(found, np.argwhere(x))
    assert compiled._ready, "no loop was used"


def test_threads_that_want_a_loop_at_once_get_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    numba = pytest.importorskip("numba")
    monkeypatch.setattr(compiled, "_ready", {})
    monkeypatch.setattr(compiled, "SETTING", "1")
    begin, made, found = threading.Barrier(2), [], []

    def njit(**options: Any) -> Any:
        def compiles(function: Any) -> Any:
            made.append(function)
            time.sleep(0.1)  # the other one comes
            return function

        return compiles

    def want() -> None:
        begin.wait()
        found.append(compiled.loop("relu", np.ones(1)))

    monkeypatch.setattr(numba, "njit", njit)
    threads = [threading.Thread(target=want) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found == made * 2


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("axis", [0, 1])
def test_rows_of_different_numbers_are_ordered_by_the_short_way(axis: int, descending: bool) -> None:
    x = RANDOM.permutation(9000).astype(np.float32).reshape(90, 100)
    assert ordering._distinct(x, axis, descending) is not None
    expected = np.argsort(-x if descending else x, axis, kind="stable")
    np.testing.assert_array_equal(ordering.order(x, axis, descending), expected)
    x[3, 3] = x[3, 4] = x[4, 3] = np.inf  # equal ones, but none in the first row and column
    assert ordering._distinct(x, axis, descending) is None
    expected = np.argsort(-x if descending else x, axis, kind="stable")
    np.testing.assert_array_equal(ordering.order(x, axis, descending), expected)
