"""How far numbers are apart: two numbers, or two arrays, a piece at a time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lua_compat.inspection.statistics import Array, pieces


@dataclass(frozen=True)
class Tolerance:
    """Numbers are equal where ``|a - b| <= absolute + relative * max(|a|, |b|)``; so are NaN and NaN."""

    absolute: float = 0.0
    relative: float = 0.0

    def equal(self, a: float, b: float) -> bool:
        """Whether two numbers are equal.

        >>> Tolerance(0.5).equal(1.0, 1.25), Tolerance().equal(float("nan"), float("nan")), Tolerance().equal(1.0, 2.0)
        (True, True, False)
        """
        return bool(self.apart(np.array([a]), np.array([b]))[0].size == 0)

    def apart(self, a: Array, b: Array) -> tuple[Array, Array, Array]:
        """Of flat arrays: where they are not equal, and there the absolute and the relative difference, maybe NaN."""
        (where,) = np.nonzero(a != b)
        if where.size == 0:
            return where, np.empty(0), np.empty(0)
        x, y = a[where], b[where]
        unsigned = x.dtype.kind in "iu" and y.dtype.kind in "iu"
        with np.errstate(all="ignore"):
            # Whole numbers of 64 bits are subtracted as such: as doubles they might be the same.
            gap = _distance(x, y) if unsigned else np.abs(x.astype(np.float64) - y.astype(np.float64))
            size = np.maximum(np.abs(x.astype(np.float64)), np.abs(y.astype(np.float64)))
            far = ~((gap <= self.absolute + self.relative * size) & np.isfinite(gap))
            both = np.isnan(size) & (x != x) & (y != y)
            kept = far & ~both
            return where[kept], gap[kept], np.where(np.isinf(gap), gap, gap / size)[kept]


def _distance(x: Array, y: Array) -> Array:
    wide_x, wide_y = x.astype(np.int64), y.astype(np.int64)
    return (np.maximum(wide_x, wide_y) - np.minimum(wide_x, wide_y)).view(np.uint64).astype(np.float64)


@dataclass(frozen=True)
class Gap:
    """How two arrays of one shape differ.

    Attributes:
        count: how many elements they have.
        differing: how many are not equal within the tolerance.
        max_abs: the largest absolute difference of those, infinite beside an infinity; NaN where all have a NaN.
        max_relative: the largest of ``|a - b| / max(|a|, |b|)``, likewise.
        nans: how many are NaN on one side only.
        position: that of the largest absolute difference, from 0.
    """

    count: int
    differing: int
    max_abs: float
    max_relative: float
    nans: int
    position: int

    def to_dict(self) -> dict[str, Any]:
        """The same as a dict."""
        return asdict(self)


def gap_between(a: Array, b: Array, tolerance: Tolerance) -> Gap:
    """The differences of two arrays of one shape, whatever their types; both may lie in mapped files."""
    differing = nans = seen = 0
    most, relative, at = -1.0, -1.0, -1
    for x, y in pieces(a, b):
        where, gap, ratio = tolerance.apart(x, y)
        if where.size:
            differing += int(where.size)
            nans += int(np.isnan(gap).sum())
            known = np.where(np.isnan(gap), -1.0, gap)
            best = int(known.argmax())
            if at < 0 or known[best] > most:
                most, at = float(known[best]), seen + int(where[best])
            relative = max(relative, float(np.where(np.isnan(ratio), -1.0, ratio).max()))
        seen += x.size
    if differing == 0:
        return Gap(a.size, 0, 0.0, 0.0, 0, 0)
    return Gap(
        a.size, differing, most if most >= 0 else np.nan, relative if relative >= 0 else np.nan, nans, at
    )  # fmt: skip
