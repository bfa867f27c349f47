"""Numbers about tensors in files, against numpy on the whole array."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat.commands import t7
from lua_compat.inspection import statistics as of_tensors
from lua_compat.inspection.cli import read_raw
from lua_compat.inspection.statistics import Histogram, array_of, countable, histogram, statistics
from lua_compat.t7.raw import RawTensor

CORPUS = Path(__file__).parents[1] / "conformance" / "t7"
NAN, INF = math.nan, math.inf


def saved(tmp_path: Path, value: Any, **options: Any) -> Any:
    lua_compat.save(tmp_path / "value.t7", value, **options)
    return read_raw(str(tmp_path / "value.t7"))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8"])
@pytest.mark.parametrize("options", [{}, {"format": "ascii"}, {"long_size": 4}], ids=["binary", "ascii", "long4"])
def test_agree_with_numpy_in_pieces(
    tmp_path: Path, dtype: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_tensors, "PIECE", 16)
    values = (np.random.RandomState(3).randn(7, 11) * 10).astype(dtype)
    # "x" before it puts the elements at an address that no element size divides.
    raw = saved(tmp_path, ["x", torch.from_numpy(values).T], **options)[2]
    found = statistics(raw)
    assert found is not None
    wide = values.astype(np.float64)
    assert found.count == 77
    assert (found.minimum, found.maximum) == (values.min(), values.max())
    assert found.mean == pytest.approx(wide.mean(), abs=1e-12)
    assert found.std == pytest.approx(wide.std(ddof=1))
    assert (found.zeros, found.nans, found.infinities) == (int((values == 0).sum()), 0, 0)
    np.testing.assert_array_equal(array_of(raw), values.T)
    bins = histogram(raw, found)
    assert bins is not None
    assert sum(bins.counts) == 77


def test_count_what_is_not_finite_and_leave_it_out(tmp_path: Path) -> None:
    raw = saved(tmp_path, torch.tensor([NAN, 1.0, -INF, 0.0, INF, 5.0, -0.0, NAN]))
    found = statistics(raw)
    assert found is not None
    assert found.to_dict() == {
        "count": 8, "minimum": 0, "maximum": 5, "mean": 1.5, "std": pytest.approx(np.std([1, 0, 5, 0], ddof=1)),
        "zeros": 2, "nans": 2, "infinities": 2,
    }  # fmt: skip
    bins = histogram(raw, found)
    assert bins is not None
    assert (bins.low, bins.high, bins.counts[0], bins.counts[-1], sum(bins.counts)) == (0, 5, 2, 1, 4)


@pytest.mark.parametrize("values", [[NAN, NAN], []])
def test_nothing_finite_has_counts_only(tmp_path: Path, values: list[float]) -> None:
    raw = saved(tmp_path, torch.tensor(values, dtype=torch.float32))
    found = statistics(raw)
    assert found is not None
    assert (found.count, found.minimum, found.mean, found.std, found.nans) == (
        len(values),
        None,
        None,
        None,
        len(values),
    )
    assert histogram(raw, found) is None


@pytest.mark.parametrize(
    ("values", "bins"),
    [
        ([2.0, 2.0], Histogram(2.0, 2.0, [2])),
        ([1e300], Histogram(1e300, 1e300, [1])),
        ([5e-324, 0.0, 0.0], Histogram(0.0, 5e-324, [2, *[0] * 46, 1])),
    ],
)
def test_histograms_of_narrow_ranges(tmp_path: Path, values: list[float], bins: Histogram) -> None:
    raw = saved(tmp_path, torch.tensor(values, dtype=torch.float64))
    found = statistics(raw)
    assert found is not None
    assert histogram(raw, found) == bins


def test_whole_numbers_get_a_step_each(tmp_path: Path) -> None:
    raw = saved(tmp_path, torch.tensor([3, 5, 5, 4, 5]))
    found = statistics(raw)
    assert found is not None
    assert histogram(raw, found) == Histogram(2.5, 5.5, [1, 1, 3])


def test_both_ends_of_the_doubles_have_no_histogram(tmp_path: Path) -> None:
    raw = saved(tmp_path, torch.tensor([-1.7e308, 1.7e308], dtype=torch.float64))
    found = statistics(raw)
    assert found is not None
    assert histogram(raw, found) is None
    assert statistics(saved(tmp_path, torch.full((9,), 1.7e308, dtype=torch.float64))).minimum == 1.7e308  # type: ignore[union-attr]


def test_an_expanded_tensor_counts_all_and_looks_at_few(tmp_path: Path) -> None:
    raw = saved(tmp_path, torch.tensor([[1.0], [3.0]]).expand(2, 10**9))
    found = statistics(raw)
    assert found is not None
    assert (found.count, found.mean, found.zeros) == (2 * 10**9, 2.0, 0)
    assert found.std == pytest.approx(1.0)


def test_too_many_overlapping_elements_are_not_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = torch.arange(1 << 13).float()
    overlapping = row.as_strided((1 << 12, 1 << 12), (1, 1))
    raw = saved(tmp_path, {"x": overlapping})
    tensor = raw["x"]
    assert isinstance(tensor, RawTensor)
    assert not countable(tensor)
    assert statistics(tensor) is None
    assert t7(["inspect", str(tmp_path / "value.t7"), "--tensors"]) == 0
    assert "not counted" in capsys.readouterr().out
    assert t7(["inspect", str(tmp_path / "value.t7"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tensors"][0]["statistics"] is None


def test_every_tensor_of_the_corpus_has_numbers() -> None:
    seen = set()
    for path in CORPUS.glob("*.t7"):
        value = read_raw(str(path))
        if isinstance(value, RawTensor):
            found = statistics(value)
            assert found is not None, path
            array = array_of(value)
            assert found.count == array.size
            if array.size and not found.nans and not found.infinities:
                assert found.mean == pytest.approx(float(array.astype(np.float64).mean()))
            seen.add(value.class_name)
    assert len(seen) >= 7
