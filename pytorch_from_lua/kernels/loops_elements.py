"""More loops for numba (see ``loops.py``): elements in one pass, running sums, elements picked by index, order.

Each gives numpy's bits. What is called ``bits`` are the bytes of floating-point numbers, as unsigned integers of the
same size.
"""

from __future__ import annotations

import numpy as np

from pytorch_from_lua.kernels.namespace import Array


def relu(x: Array, zero: float, out: Array) -> None:
    """Fill ``out`` with the larger of ``x`` and 0; a NaN stays. All arrays here have two dimensions."""
    for r in range(x.shape[0]):
        for i in range(x.shape[1]):
            out[r, i] = zero if x[r, i] <= zero else x[r, i]


def clamp(x: Array, low: float, high: float, out: Array) -> None:
    """Fill ``out`` with ``min(max(x, low), high)``; a NaN stays."""
    for r in range(x.shape[0]):
        for i in range(x.shape[1]):
            value = low if x[r, i] <= low else x[r, i]
            out[r, i] = high if value >= high else value


def lerp(x: Array, y: Array, weight: float, out: Array) -> None:
    """Fill ``out`` with ``x + weight * (y - x)``."""
    for r in range(x.shape[0]):
        for i in range(x.shape[1]):
            out[r, i] = x[r, i] + weight * (y[r, i] - x[r, i])


def lerp_from_end(x: Array, y: Array, rest: float, out: Array) -> None:
    """Fill ``out`` with ``y - (y - x) * rest``."""
    for r in range(x.shape[0]):
        for i in range(x.shape[1]):
            out[r, i] = y[r, i] - (y[r, i] - x[r, i]) * rest


def addcmul(x: Array, y: Array, z: Array, value: float, out: Array) -> None:
    """Fill ``out`` with ``x + value * (y * z)``."""
    for r in range(x.shape[0]):
        for i in range(x.shape[1]):
            out[r, i] = x[r, i] + value * (y[r, i] * z[r, i])


def addcdiv(x: Array, y: Array, z: Array, value: float, out: Array) -> None:
    """Fill ``out`` with ``x + value * (y / z)``."""
    for r in range(x.shape[0]):
        for i in range(x.shape[1]):
            out[r, i] = x[r, i] + value * (y[r, i] / z[r, i])


def where(x: Array, y: Array, condition: Array, out: Array) -> None:
    """Fill ``out`` with ``x`` where ``condition`` is true, else ``y``."""
    for r in range(x.shape[0]):
        for i in range(x.shape[1]):
            yes, no = x[r, i], y[r, i]  # both are read, so that vectors can choose
            out[r, i] = yes if condition[r, i] else no


def select(x: Array, mask: Array, out: Array) -> None:
    """Fill ``out``, of one dimension, with the elements of ``x`` where ``mask`` is true."""
    k, n = 0, out.shape[0]
    for r in range(x.shape[0]):
        for i in range(x.shape[1]):
            if k < n:  # no branch on the mask, which cannot be foreseen
                out[k] = x[r, i]
            k += mask[r, i]


def nonzero(mask: Array, out: Array) -> None:
    """Fill ``out`` (n, 2) with the rows and columns where ``mask`` is true."""
    k, n = 0, out.shape[0]
    for r in range(mask.shape[0]):
        for i in range(mask.shape[1]):
            if k < n:
                out[k, 0] = r
                out[k, 1] = i
            k += mask[r, i]


def cumsum(x: Array, out: Array) -> None:
    """Fill ``out`` (rows, n) with the sums along the rows of ``x`` up to each element."""
    for r in range(x.shape[0]):
        total = x[r, 0]
        out[r, 0] = total
        for i in range(1, x.shape[1]):
            total += x[r, i]
            out[r, i] = total


def gather(x: Array, index: Array, out: Array) -> bool:
    """Fill ``out[a, i, b]`` with ``x[a, index[a, i, b], b]``; false where an index is not one of ``x``."""
    n = np.uint64(x.shape[1])
    for a in range(index.shape[0]):
        for i in range(index.shape[1]):
            for b in range(index.shape[2]):
                place = np.uint64(index[a, i, b])  # a negative number is a very large one
                if place >= n:
                    return False
                out[a, i, b] = x[a, place, b]
    return True


def gather_rows(x: Array, index: Array, out: Array) -> bool:
    """`gather` where ``b`` has no dimension."""
    n = np.uint64(x.shape[1])
    for a in range(index.shape[0]):
        for i in range(index.shape[1]):
            place = np.uint64(index[a, i])
            if place >= n:
                return False
            out[a, i] = x[a, place]
    return True


def scatter_add_at(source: Array, index: Array, out: Array) -> bool:
    """Add ``source[a, i, b]`` to ``out[a, index[a, i, b], b]``; false where an index is not one of ``out``."""
    n = np.uint64(out.shape[1])
    for a in range(index.shape[0]):
        for i in range(index.shape[1]):
            for b in range(index.shape[2]):
                place = np.uint64(index[a, i, b])
                if place >= n:
                    return False
                out[a, place, b] += source[a, i, b]
    return True


def scatter_add_rows(source: Array, index: Array, out: Array) -> bool:
    """`scatter_add_at` where ``b`` has no dimension."""
    n = np.uint64(out.shape[1])
    for a in range(index.shape[0]):
        for i in range(index.shape[1]):
            place = np.uint64(index[a, i])
            if place >= n:
                return False
            out[a, place] += source[a, i]
    return True


def sort_rows(bits: Array, sign: int, infinity: int, flip: int, passes: int, places: Array) -> None:
    """Fill ``places`` (rows, n) with the order of the numbers in each row: equal ones stay in order, NaN is largest.

    Radix sort by bytes from the last. ``flip`` has all bits for descending order, else none; everything is uint64.
    """
    rows, n = bits.shape
    eight, low = np.uint64(8), np.uint64(255)
    ones = sign | (sign - np.uint64(1))
    keys, other_keys = np.empty(n, np.uint64), np.empty(n, np.uint64)
    order, other_order = np.empty(n, np.int64), np.empty(n, np.int64)
    for r in range(rows):
        for i in range(n):
            key = np.uint64(bits[r, i])
            size = key & (sign - np.uint64(1))
            if size > infinity:  # NaN
                key = ones
            elif size == np.uint64(0):  # both zeros are equal
                key = sign
            elif key & sign:
                key = ones - key
            else:
                key = key | sign
            keys[i] = key ^ flip
            order[i] = i
        shift = np.uint64(0)
        for _ in range(passes):
            starts = np.zeros(256, np.int64)
            for i in range(n):
                starts[(keys[i] >> shift) & low] += 1
            if starts[(keys[0] >> shift) & low] < n:  # else this byte says nothing
                at = 0
                for b in range(256):
                    count = starts[b]
                    starts[b] = at
                    at += count
                for i in range(n):
                    b = (keys[i] >> shift) & low
                    place = starts[b]
                    starts[b] = place + 1
                    other_keys[place] = keys[i]
                    other_order[place] = order[i]
                keys, other_keys = other_keys, keys
                order, other_order = other_order, order
            shift += eight
        for i in range(n):
            places[r, i] = order[i]


def top_rows(x: Array, bits: Array, sign: int, infinity: int, flip: int, places: Array) -> None:
    """Fill ``places`` (rows, k) with where the largest numbers of each row of ``x`` are, the first of equal ones first.

    NaN is largest. ``flip`` has all bits for the smallest numbers, else none; so do ``sign`` and ``infinity``, uint64.
    """
    rows, n = bits.shape
    k = places.shape[1]
    ones = sign | (sign - np.uint64(1))
    best = np.empty(k, np.uint64)
    largest = flip == np.uint64(0)
    for r in range(rows):
        have = 0
        edge = x[r, 0]
        for i in range(n):
            if have == k:  # most elements are of no interest, and this tells the quickest; NaN goes on
                value = x[r, i]
                if largest:
                    if value <= edge:
                        continue
                elif value >= edge:
                    continue
            key = np.uint64(bits[r, i])
            size = key & (sign - np.uint64(1))
            if size > infinity:
                key = ones
            elif size == np.uint64(0):
                key = sign
            elif key & sign:
                key = ones - key
            else:
                key = key | sign
            key = key ^ flip
            if have < k:
                at = have
                have += 1
            elif key > best[k - 1]:
                at = k - 1
            else:
                continue
            while at > 0 and best[at - 1] < key:
                best[at] = best[at - 1]
                places[r, at] = places[r, at - 1]
                at -= 1
            best[at] = key
            places[r, at] = i
            edge = x[r, places[r, have - 1]]
