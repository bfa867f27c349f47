"""Data sets, samplers and the loader: the same batches for any number of threads, and errors that name the sample."""

from __future__ import annotations

import itertools
import threading
from typing import Any, NamedTuple

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import data
from pytorch_from_lua.data import stream
from pytorch_from_lua.errors import DataError, RangeError, ShapeError


class Numbers(data.Dataset[Any]):
    """0 .. n-1, each with a drawn number."""

    def __init__(self, count: int, wrong: int | None = None) -> None:
        self.count = count
        self.wrong = wrong
        self.threads: set[str] = set()

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[int, float]:
        if index == self.wrong:
            raise KeyError("spam")
        self.threads.add(threading.current_thread().name)
        return index, float(stream.current().uniform())


def epoch(loader: data.DataLoader) -> list[list[float]]:
    return [[*numbers.tolist(), *drawn.tolist()] for numbers, drawn in loader]


@pytest.mark.parametrize("options", [{"shuffle": True}, {}, {"drop_last": True}], ids=["shuffled", "plain", "dropped"])
def test_threads_do_not_change_batches(options: dict[str, Any]) -> None:
    found = []
    for workers in (0, 1, 3):
        torch.manual_seed(5)
        loader = data.DataLoader(Numbers(11), batch_size=4, num_workers=workers, **options)
        found.append([epoch(loader), epoch(loader), torch.rand(2).tolist()])
    assert found[0] == found[1] == found[2]
    first, second, _ = found[0]
    assert len(first) == (2 if options.get("drop_last") else 3) == len(loader)
    assert first != second
    drawn = [number for row in first for number in row[len(row) // 2 :]]
    assert len(set(drawn)) == len(drawn)
    if not options:
        assert [row[: len(row) // 2] for row in first] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]


def test_a_generator_of_its_own_leaves_the_default_one_alone() -> None:
    torch.manual_seed(1)
    wanted = torch.rand(3).tolist()
    torch.manual_seed(1)
    own = [epoch(data.DataLoader(Numbers(6), 3, True, generator=torch.Generator(9), num_workers=n)) for n in (0, 2)]
    assert own[0] == own[1]
    assert torch.rand(3).tolist() == wanted


def test_the_threads_of_a_loop_that_is_left_end() -> None:
    numbers = Numbers(100)
    loop: Any = iter(data.DataLoader(numbers, batch_size=2, num_workers=3))
    assert next(loop)[0].tolist() == [0, 1]
    loop.close()
    assert not [t.name for t in threading.enumerate() if t.name.startswith("DataLoader")]
    assert numbers.threads <= {f"DataLoader_{i}" for i in range(3)}


@pytest.mark.parametrize("workers", [0, 2])
def test_errors_name_the_index(workers: int) -> None:
    loop = iter(data.DataLoader(Numbers(9, wrong=5), batch_size=2, num_workers=workers))
    assert [batch[0].tolist() for batch in itertools.islice(loop, 2)] == [[0, 1], [2, 3]]
    with pytest.raises(DataError, match="index 5 of the data set: KeyError: 'spam'") as caught:
        next(loop)
    assert isinstance(caught.value.__cause__, KeyError)
    shapes = [torch.zeros(2), torch.zeros(3)]
    with pytest.raises(DataError, match=r"the batch of the indices 0, 1: batch: samples have shapes \(2,\), \(3,\)"):
        next(iter(data.DataLoader(shapes, batch_size=2, num_workers=workers)))


def test_single_samples_and_batches_of_a_sampler() -> None:
    assert list(data.DataLoader([3, 4, 5], batch_size=None)) == [3, 4, 5]
    assert list(data.DataLoader("abcd", batch_sampler=[[3, 0], [1]])) == [["d", "a"], ["b"]]
    assert list(data.DataLoader("abcd", batch_size=2, sampler=[2, 1, 0])) == [["c", "b"], ["a"]]
    assert list(data.DataLoader("abc", batch_size=3, collate_fn="".join)) == ["abc"]


class Pair(NamedTuple):
    x: Any
    y: Any


def test_collating() -> None:
    sample = {"x": torch.ones(2), "y": (1, 2.5, "a"), "z": np.arange(2), "b": True}
    batch = data.default_collate([sample, sample])
    assert batch["x"].shape == (2, 2)
    assert batch["y"][0].dtype == torch.int64
    assert batch["y"][1].dtype == torch.float64
    assert batch["y"][2] == ["a", "a"]
    assert batch["z"].tolist() == [[0, 1], [0, 1]]
    assert batch["b"].tolist() == [True, True]
    pair = data.default_collate([Pair(1, 2), Pair(3, 4)])
    assert isinstance(pair, Pair)
    assert pair.y.tolist() == [2, 4]
    with pytest.raises(DataError, match="samples are object, which no rule"):
        data.default_collate([object()])
    with pytest.raises(DataError, match=r"samples have \[1, 2\] fields"):
        data.default_collate([(1,), (1, 2)])


def test_samplers() -> None:
    torch.manual_seed(2)
    rounds = list(data.RandomSampler("abc", num_samples=8))
    assert sorted(rounds[:3]) == sorted(rounds[3:6]) == [0, 1, 2]
    drawn = list(data.RandomSampler("abc", replacement=True, num_samples=50))
    assert set(drawn) == {0, 1, 2}
    assert len(drawn) == 50
    assert set(data.WeightedRandomSampler([0, 1, 0, 3], 40)) == {1, 3}
    assert sorted(data.SubsetRandomSampler([7, 9, 4])) == [4, 7, 9]
    assert [len(data.BatchSampler(range(7), 3, drop)) for drop in (False, True)] == [3, 2]
    torch.manual_seed(4)
    order = torch.randperm(6).tolist()
    torch.manual_seed(4)
    assert list(data.RandomSampler("abcdef")) == order


def test_data_sets() -> None:
    rows = data.TensorDataset(torch.arange(6).reshape(3, 2), torch.arange(3))
    assert [t.tolist() for t in rows[1]] == [[2, 3], 1]
    joined = rows + data.Subset(rows, [2, 0])
    assert len(joined) == 5
    assert [joined[i][1].item() for i in (0, 2, 3, 4, -1)] == [0, 2, 2, 0, 0]
    with pytest.raises(IndexError, match="index 5 is out of range for a data set of 5 samples"):
        joined[5]
    parts = data.random_split(rows, [2, 1])
    assert sorted(i for part in parts for i in part.indices) == [0, 1, 2]
    many: Any = range(10)
    assert [len(p) for p in data.random_split(many, [0.5, 0.3, 0.2])] == [5, 3, 2]


REFUSED: dict[str, tuple[type[Exception], Any]] = {
    r"got \(2,\), \(3,\)": (ShapeError, lambda: data.TensorDataset(torch.ones(2), torch.ones(3))),
    r"need to sum to 3 samples, .* got \[1, 1\]": (RangeError, lambda: data.random_split("abc", [1, 1])),
    "datasets: needs at least one": (RangeError, lambda: data.ConcatDataset([])),
    "batch_size: needs at least 1, got 0": (RangeError, lambda: data.DataLoader([1], batch_size=0)),
    "need at least 0 and 1, got -1 and 2": (RangeError, lambda: data.DataLoader([1], num_workers=-1)),
    "shuffle has to be False": (RangeError, lambda: data.DataLoader([1], sampler=[0], shuffle=True)),
    "batch_sampler: excludes": (RangeError, lambda: data.DataLoader([1], batch_sampler=[[0]], drop_last=True)),
    "num_samples: needs at least 1": (RangeError, lambda: data.RandomSampler([1], num_samples=0)),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused(message: str) -> None:
    error, make = REFUSED[message]
    with pytest.raises(error, match=message):
        make()
