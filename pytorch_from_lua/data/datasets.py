"""Data sets: objects that give a sample for an index."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

import pytorch_from_lua.tensor.generator as streams
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.generator import Generator

T = TypeVar("T")


class Dataset(Generic[T]):
    """A data set: a subclass says what ``dataset[index]`` is, and ``len(dataset)``.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 4
    ...
    ...     def __getitem__(self, index):
    ...         return index**2
    >>> Squares()[3]
    9
    """

    def __getitem__(self, index: int) -> T:
        raise NotImplementedError(f"{type(self).__name__} does not say what its samples are: define __getitem__")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} does not say how many samples it has: define __len__")

    def __add__(self, other: Dataset[T]) -> ConcatDataset[T]:
        return ConcatDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Rows of tensors: sample i is the tuple of their i-th rows.

    Args:
        tensors: of shape (N, ...), all with the same N.

    Raises:
        ShapeError: where there is none, or they differ in N.
    """

    def __init__(self, *tensors: Tensor) -> None:
        if not tensors or any(t.ndim == 0 or t.shape[0] != tensors[0].shape[0] for t in tensors):
            shapes = ", ".join(str(tuple(t.shape)) for t in tensors) or "none"
            raise ShapeError(f"tensors: need the same size in their first dimension, got {shapes}")
        self.tensors = tensors

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        return tuple([t[index] for t in self.tensors])

    def __len__(self) -> int:
        return int(self.tensors[0].shape[0])


class Subset(Dataset[T]):
    """Some samples of a data set, in the order of ``indices``."""

    def __init__(self, dataset: Dataset[T], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: int) -> T:
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


class ConcatDataset(Dataset[T]):
    """Data sets one after the other.

    Raises:
        RangeError: for no data set; from ``[index]`` where there is no such sample.
    """

    def __init__(self, datasets: Iterable[Dataset[T]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise RangeError("datasets: needs at least one, got none")
        self.cumulative_sizes = list(itertools.accumulate(len(d) for d in self.datasets))

    def __getitem__(self, index: int) -> T:
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"index {index} is out of range for a data set of {len(self)} samples")
        which = bisect.bisect_right(self.cumulative_sizes, place)
        return self.datasets[which][place - (self.cumulative_sizes[which - 1] if which else 0)]

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]


def random_split(
    dataset: Dataset[T], lengths: Sequence[int] | Sequence[float], generator: Generator | None = None
) -> list[Subset[T]]:
    """Split a data set at random into parts of these lengths.

    Args:
        dataset: the data set.
        lengths: numbers of samples that sum to its length; or fractions that sum to 1, where what rounding down leaves
            over goes to the first parts, one sample each.
        generator: the stream; the default one where None.

    Raises:
        RangeError: where they sum to anything else.

    >>> from pytorch_from_lua import arange
    >>> [len(part) for part in random_split(TensorDataset(arange(10)), [0.75, 0.25])]
    [8, 2]
    """
    count = len(dataset)
    sizes = [int(n) for n in lengths]
    if abs(sum(lengths) - 1) < 1e-9 and any(n != int(n) for n in lengths):
        sizes = [int(count * part + 1e-9) for part in lengths]
        for i in range(count - sum(sizes)):
            sizes[i % len(sizes)] += 1
    if sum(sizes) != count or any(n < 0 for n in sizes):
        raise RangeError(f"lengths: need to sum to {count} samples, or to 1 as fractions, got {list(lengths)}")
    order = (streams.default_generator if generator is None else generator).randperm(count).tolist()
    ends = list(itertools.accumulate(sizes))
    return [Subset(dataset, order[end - size : end]) for end, size in zip(ends, sizes, strict=True)]
