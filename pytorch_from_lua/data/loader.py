"""`DataLoader`: batches of a data set, loaded by threads beforehand."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytorch_from_lua.tensor.generator as streams
from pytorch_from_lua.data import stream
from pytorch_from_lua.data.collating import default_collate
from pytorch_from_lua.data.datasets import Dataset
from pytorch_from_lua.data.samplers import BatchSampler, RandomSampler, SequentialSampler
from pytorch_from_lua.errors import DataError, RangeError
from pytorch_from_lua.tensor.generator import Generator


class DataLoader:
    """Batches of a data set; each ``for`` over it is an epoch.

    With ``num_workers``, threads load the next batches while the program computes: pictures are decoded, scaled and
    warped outside of Python's lock. Batches come in order, and are the same for any number of threads: the transforms
    of a sample draw from a stream that depends only on the state of ``generator`` at the start of the epoch and on
    the sample's place in it.

    Args:
        dataset: what gives a sample for an index, and has a length.
        batch_size: how many samples make a batch; None gives single samples, not put together.
        shuffle: whether each epoch has another random order.
        sampler: yields the indices, instead of ``shuffle``.
        batch_sampler: yields lists of indices, instead of all of these.
        num_workers: how many threads; with 0 the program itself loads a batch when it asks for it.
        collate_fn: makes a batch of a list of samples; `default_collate` where None.
        pin_memory: taken for scripts that give it; memory needs no pinning here.
        drop_last: whether a last batch of fewer samples is left out.
        generator: the stream of the order and of the transforms; the default one where None.
        prefetch_factor: how many batches for each thread are loaded beforehand.

    Raises:
        RangeError: for arguments that exclude one another, or numbers out of range.
        DataError: from the loop, where a sample cannot be loaded; it names the index. ``__cause__`` is what happened.

    >>> from pytorch_from_lua import arange, manual_seed
    >>> from pytorch_from_lua.data import TensorDataset
    >>> _ = manual_seed(1)
    >>> loader = DataLoader(TensorDataset(arange(6)), batch_size=4, shuffle=True, num_workers=2)
    >>> sorted(sum((batch.tolist() for (batch,) in loader), []))
    [0, 1, 2, 3, 4, 5]
    """

    def __init__(
        self,
        dataset: Dataset[Any] | Sequence[Any],
        batch_size: int | None = 1,
        shuffle: bool = False,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[list[int]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        *,
        generator: Generator | None = None,
        prefetch_factor: int = 2,
    ) -> None:
        if num_workers < 0 or prefetch_factor < 1:
            raise RangeError(
                f"num_workers, prefetch_factor: need at least 0 and 1, got {num_workers} and {prefetch_factor}"
            )
        if sampler is not None and shuffle:
            raise RangeError("sampler, shuffle: the sampler says the order already, so shuffle has to be False")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise RangeError("batch_sampler: excludes batch_size, shuffle, sampler and drop_last")
        if batch_size is None and drop_last:
            raise RangeError("batch_size, drop_last: there are no batches to drop where batch_size is None")
        self.dataset = dataset
        self.num_workers = num_workers
        self.collate_fn = collate_fn
        self.pin_memory = pin_memory
        self.drop_last = drop_last
        self.generator = generator
        self.prefetch_factor = prefetch_factor
        self.batch_size = None if batch_sampler is not None else batch_size
        if sampler is None:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        self.sampler = sampler
        if batch_sampler is None and batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_sampler = batch_sampler

    def __len__(self) -> int:
        """Return how many batches an epoch has."""
        batches: Any = self.sampler if self.batch_sampler is None else self.batch_sampler
        return len(batches)

    def __iter__(self) -> Iterator[Any]:
        seed = int((streams.default_generator if self.generator is None else self.generator).word())
        tasks = self._tasks(seed)
        # The first is taken here, so that samplers draw their order before the program draws anything else.
        tasks = itertools.chain(list(itertools.islice(tasks, 1)), tasks)
        return self._in_threads(tasks) if self.num_workers > 0 else map(self._load, tasks)

    def _tasks(self, seed: int) -> Iterator[tuple[list[int], int, int]]:
        """For each batch the indices, a seed, and the place of the first sample in the epoch."""
        batches: Iterable[Any] = self.sampler if self.batch_sampler is None else self.batch_sampler
        place = 0
        for batch in batches:
            indices = [batch] if self.batch_sampler is None else list(batch)
            yield indices, seed, place
            place += len(indices)

    def _load(self, task: tuple[list[int], int, int]) -> Any:
        indices, seed, place = task
        samples = [self._sample(index, seed + 7919 * (place + i)) for i, index in enumerate(indices)]
        if self.batch_sampler is None:
            return samples[0] if self.collate_fn is None else self.collate_fn(samples[0])
        try:
            return (default_collate if self.collate_fn is None else self.collate_fn)(samples)
        except DataError as error:
            raise DataError(f"the batch of the indices {_listed(indices)}: {error}") from error

    def _sample(self, index: int, seed: int) -> Any:
        try:
            with stream.drawing_from(Generator(seed % 2**32)):
                return self.dataset[index]
        except Exception as error:
            raise DataError(f"index {index} of the data set: {type(error).__name__}: {error}") from error

    def _in_threads(self, tasks: Iterator[tuple[list[int], int, int]]) -> Iterator[Any]:
        ahead: deque[Future[Any]] = deque()
        pool = ThreadPoolExecutor(self.num_workers, thread_name_prefix="DataLoader")
        try:
            for task in tasks:
                ahead.append(pool.submit(self._load, task))
                if len(ahead) >= self.num_workers * self.prefetch_factor:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _listed(indices: list[int]) -> str:
    shown = ", ".join(map(str, indices[:8]))
    return f"{shown}, ..." if len(indices) > 8 else shown
