"""What stands for a tensor while a model is traced: its name in the graph, its shape, and what our modules gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.dtype import DType

#: The sizes of the batch that a model is run with, where it is traced for any size.
PROBES = (2, 3, 4)
#: What the size of the batch is called in the graph.
BATCH = "batch"


class FixedBatchError(Exception):
    """What is to be written holds for one size of the batch only; the message says why."""


class UnsupportedError(Exception):
    """A module cannot be written; the message is the reason."""


class WantsIndicesError(Exception):
    """A module looks up what comes from inputs that were taken for floating-point numbers.

    Attributes:
        inputs: the numbers of those inputs of the graph.
        bound: what the indices need to be under.
    """

    def __init__(self, inputs: frozenset[int], bound: int) -> None:
        super().__init__(f"inputs {sorted(inputs)} are indices under {bound}")
        self.inputs, self.bound = inputs, bound


@dataclass(frozen=True)
class Size:
    """A size that depends on that of the batch: ``scale * batch + offset``.

    >>> str(Size(2, 1)), Size(2, 1).of(3)
    ('2*batch + 1', 7)
    """

    scale: int = 1
    offset: int = 0

    def of(self, batch: int) -> int:
        """The size for a batch of a size."""
        return self.scale * batch + self.offset

    def __str__(self) -> str:
        text = BATCH if self.scale == 1 else f"{self.scale}*{BATCH}"
        return text if not self.offset else f"{text} {'+' if self.offset > 0 else '-'} {abs(self.offset)}"


@dataclass(frozen=True)
class Free:
    """A size that depends on the values of a tensor."""

    name: str

    def __str__(self) -> str:
        return self.name


Dim = int | Size | Free
Shape = tuple[Dim, ...]


def shape_of(runs: Sequence[Tensor]) -> Shape:
    """The shape that tensors have which were made with batches of the sizes `PROBES`, or the shape of the only one.

    Raises:
        FixedBatchError: where a size is no such function of the batch's as `Size`, or the number of dimensions changes.

    >>> from pytorch_from_lua import zeros
    >>> shape_of([zeros(2, 8), zeros(3, 12), zeros(4, 16)])
    (Size(scale=1, offset=0), Size(scale=4, offset=0))
    """
    shapes = [tuple(run.shape) for run in runs]
    if len(shapes) == 1:
        return shapes[0]
    if len({len(shape) for shape in shapes}) != 1:
        raise FixedBatchError(f"batches of {', '.join(map(str, PROBES))} give shapes {', '.join(map(str, shapes))}")
    return tuple([_dim(sizes) for sizes in zip(*shapes, strict=True)])


def _dim(sizes: tuple[int, ...]) -> Dim:
    if len(set(sizes)) == 1:
        return sizes[0]
    scale = sizes[1] - sizes[0]
    found = Size(scale, sizes[0] - scale * PROBES[0])
    if scale < 0 or any(found.of(batch) != size for batch, size in zip(PROBES, sizes, strict=True)):
        raise FixedBatchError(f"batches of {', '.join(map(str, PROBES))} give sizes {', '.join(map(str, sizes))}")
    return found


class Value:
    """A tensor of the graph.

    Attributes:
        name: what it is called there; another from the moment that a module writes over it.
        runs: what our modules gave for it: for each of `PROBES`, or once.
        shape: its shape; see `shape_of`.
        origins: the numbers of the inputs of the graph that it comes from.
        stale: where it was written over in a way that the graph cannot follow, what it is.
    """

    def __init__(
        self, name: str, runs: Sequence[Tensor], origins: frozenset[int] = frozenset(), shape: Shape | None = None
    ) -> None:
        self.name, self.runs, self.origins = name, list(runs), origins
        self.shape = shape_of(runs) if shape is None else shape
        self.stale: str | None = None

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def dtype(self) -> DType:
        """The element type that our modules have; floating-point numbers are float32 in the graph."""
        return self.runs[0].dtype


def leaves(tree: Any) -> list[Any]:
    """What is in a nesting of lists, tuples and dicts, in order."""
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in leaves(value)]
    if isinstance(tree, (list, tuple)):
        return [leaf for value in tree for leaf in leaves(value)]
    return [tree]


def mapped(function: Any, *trees: Any) -> Any:
    """The nesting of the first tree, with ``function`` of what is at one place in all of them."""
    first = trees[0]
    if isinstance(first, dict):
        return {key: mapped(function, *[tree[key] for tree in trees]) for key in first}
    if isinstance(first, (list, tuple)):
        return [mapped(function, *items) for items in zip(*trees, strict=True)]
    return function(*trees)
