"""In which order a loader takes the samples of a data set: objects that yield indices, or lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any

import numpy as np

import pytorch_from_lua.tensor.generator as streams
from pytorch_from_lua.errors import RangeError
from pytorch_from_lua.tensor.generator import Generator


def _stream(generator: Generator | None) -> Generator:
    return streams.default_generator if generator is None else generator


class Sampler:
    """A sampler: a subclass says what ``iter(sampler)`` yields, and ``len(sampler)``."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} does not say what it yields: define __iter__")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} does not say how much it yields: define __len__")


class SequentialSampler(Sampler):
    """0, 1, 2, ... to the end of a data set."""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler):
    """All indices of a data set in random order, another one each time.

    Args:
        data_source: the data set.
        replacement: each index is drawn from all of them.
        num_samples: how many, where not all; more than there are take several rounds.
        generator: the stream; the default one where None.

    Raises:
        RangeError: where ``num_samples`` is less than 1.
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        if num_samples is not None and num_samples < 1:
            raise RangeError(f"num_samples: needs at least 1, got {num_samples}")
        self.data_source = data_source
        self.replacement = replacement
        self.num_samples = len(data_source) if num_samples is None else num_samples
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        stream, count = _stream(self.generator), len(self.data_source)
        if self.replacement:
            return iter(stream.random(0, count, (self.num_samples,)).tolist())
        order: list[int] = []
        while len(order) < self.num_samples and count > 0:
            order += stream.randperm(count).tolist()
        return iter(order[: self.num_samples])

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """Given indices in random order."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        return iter([self.indices[i] for i in _stream(self.generator).randperm(len(self.indices)).tolist()])

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """Indices drawn with probabilities that are proportional to weights.

    Args:
        weights: one number of at least 0 for each sample.
        num_samples: how many are drawn.
        replacement: whether an index may come again.
        generator: the stream; the default one where None.
    """

    def __init__(
        self, weights: Sequence[float], num_samples: int, replacement: bool = True, generator: Generator | None = None
    ) -> None:
        self.weights = np.asarray([float(w) for w in weights])
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        drawn = _stream(self.generator).multinomial(self.weights, self.num_samples, self.replacement)
        return iter(drawn.tolist())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler):
    """Lists of ``batch_size`` indices of another sampler; ``drop_last`` leaves out a last one that is shorter.

    Raises:
        RangeError: where ``batch_size`` is less than 1.

    >>> list(BatchSampler(range(5), 2, False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        if batch_size < 1:
            raise RangeError(f"batch_size: needs at least 1, got {batch_size}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        batch: list[int] = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]  # where it has a length
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
