"""Numbers about tensors in files, found a piece at a time: a mapped file is never in memory as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lua_compat.t7.elements import TENSORS
from lua_compat.t7.raw import RawStorage, RawTensor

Array = np.ndarray[Any, Any]

#: Elements that are looked at in one piece.
PIECE = 1 << 18
_BINS = 48
#: A tensor of more elements than this and than its storage has looks at some of them again and again.
OVERLAPPING = 1 << 22


def array_of(value: RawTensor | RawStorage) -> Array:
    """The elements in the shape that the file gives them, where they are: not to be written to."""
    if isinstance(value, RawStorage):
        return value.data.stored()
    if value.storage is None or not value.shape:
        return np.empty(0, TENSORS[value.class_name].dtype.numpy)
    flat = value.storage.data.stored()[value.offset :]
    strides = [s * flat.itemsize for s in value.stride]
    return np.lib.stride_tricks.as_strided(flat, value.shape, strides, writeable=False)


def kind_of(value: RawTensor | RawStorage) -> str:
    """The class of a tensor or storage in a word: ``Float``, ``CudaLong``; ``Cuda`` for floats on a GPU."""
    name = value.data.class_name if isinstance(value, RawStorage) else value.class_name
    return name.removeprefix("torch.").removesuffix("Tensor")


def shape_of(value: RawTensor | RawStorage) -> tuple[int, ...]:
    """The sizes; those of a tensor without elements are ``()``."""
    return (value.data.count,) if isinstance(value, RawStorage) else value.shape


def count_of(value: RawTensor | RawStorage) -> int:
    """How many elements there are."""
    shape = shape_of(value)
    return math.prod(shape) if shape else 0


def distinct(array: Array) -> Array:
    """The array without the dimensions along which it is only repeated."""
    return array[tuple(0 if stride == 0 and size > 1 else slice(None) for size, stride in zip(
        array.shape, array.strides, strict=True
    ))]  # fmt: skip


def pieces(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Flat pieces of arrays of one shape, side by side, in the machine's byte order."""
    if arrays[0].size == 0:
        return
    made = np.nditer(
        list(arrays),
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=[["readonly"]] * len(arrays),
        op_dtypes=[a.dtype.newbyteorder("=") for a in arrays],
        order="C",
        buffersize=PIECE,
    )
    for found in made:
        yield found if isinstance(found, tuple) else (found,)


def held_by(value: RawTensor | RawStorage) -> int:
    """How many elements there are in the memory of a tensor."""
    return value.data.count if isinstance(value, RawStorage) else value.storage.data.count if value.storage else 0


def countable(value: RawTensor | RawStorage) -> bool:
    """Whether it is no more work to look at all elements than its memory makes it."""
    return distinct(array_of(value)).size <= max(OVERLAPPING, held_by(value))


@dataclass(frozen=True)
class Statistics:
    """What can be said of many numbers.

    Attributes:
        count: how many elements there are.
        minimum: the smallest finite one, or None where there is none.
        maximum: the largest finite one, or None.
        mean: of the finite ones, or None.
        std: their standard deviation over n - 1, as `torch.std`; None for fewer than two.
        zeros: how many are 0.
        nans: how many are NaN.
        infinities: how many are infinite.
    """

    count: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    std: float | None
    zeros: int
    nans: int
    infinities: int

    def to_dict(self) -> dict[str, Any]:
        """The same as a dict."""
        return asdict(self)


def statistics(value: RawTensor | RawStorage) -> Statistics | None:
    """The numbers about a tensor or storage; None where it has too many overlapping elements to look at all.

    The elements of an expanded tensor are counted as often as it has them.
    """
    if not countable(value):
        return None
    array = distinct(array_of(value))
    times = count_of(value) // array.size if array.size else 1
    zeros = nans = infinities = finite = 0
    low, high, mean, squares = math.inf, -math.inf, 0.0, 0.0
    for (piece,) in pieces(array):
        zeros += int(piece.size - np.count_nonzero(piece))
        if piece.dtype.kind == "f":
            kept = piece
            if not np.isfinite(piece).all():
                nans += int(np.isnan(piece).sum())
                infinities += int(np.isinf(piece).sum())
                kept = piece[np.isfinite(piece)]
            if kept.size == 0:
                continue
        else:
            kept = piece
        low, high = min(low, kept.min().item()), max(high, kept.max().item())
        # Chan, Golub and LeVeque (1979): two samples' means and sums of squares, joined.
        wide = kept.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            here = float(wide.mean())
            wide -= here
            spread = float(np.dot(wide, wide))
            step, total = here - mean, finite + kept.size
            squares += spread + step * step * finite * kept.size / total
            mean += step * kept.size / total
        finite = total
    seen = finite * times
    return Statistics(
        count_of(value),
        low if finite else None,
        high if finite else None,
        mean if finite else None,
        math.sqrt(squares * times / (seen - 1)) if seen > 1 else None,
        zeros * times,
        nans * times,
        infinities * times,
    )


@dataclass(frozen=True)
class Histogram:
    """How many finite elements lie in each of equal steps from ``low`` to ``high``, which the last step includes."""

    low: float
    high: float
    counts: list[int]


def histogram(value: RawTensor | RawStorage, found: Statistics) -> Histogram | None:
    """The histogram of a tensor or storage whose statistics are known; None where it has no finite elements.

    Whole numbers that lie close together get a step each.
    """
    if found.minimum is None or found.maximum is None:
        return None
    array = distinct(array_of(value))
    low, high = float(found.minimum), float(found.maximum)
    if not math.isfinite(high - low):  # doubles at both ends of their range
        return None
    whole = array.dtype.kind != "f" and high - low < _BINS
    bins = int(high - low) + 1 if whole else 1 if low == high else _BINS
    begin, width = (low - 0.5, float(bins)) if whole else (low, high - low or 1.0)
    counts = np.zeros(bins, np.int64)
    for (piece,) in pieces(array):
        wide = piece.astype(np.float64)
        wide = wide[np.isfinite(wide)] if found.nans or found.infinities else wide
        steps = ((wide - begin) / width * bins).astype(np.int64)
        counts += np.bincount(np.minimum(steps, bins - 1), minlength=bins)
    return Histogram(begin, begin + width if whole else high, counts.tolist())
