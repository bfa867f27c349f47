"""Places for the boxes of a drawing, so that every edge leads down and few of them cross.

After Sugiyama, Tagawa and Toda (1981): a layer for each box by its longest way from the top, a bend in each layer that
an edge passes, an order within the layers by the means of the neighbours, and then places that are close to these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 12
_BEND = 10.0  # the width of an edge that passes


@dataclass(frozen=True)
class Layout:
    """Where everything is.

    Attributes:
        x: the middle of each box.
        layer: the layer of each box, from 0.
        ways: for each edge, the middles of what it goes through, its boxes included, a layer after the other.
        width: of all of it.
    """

    x: list[float]
    layer: list[int]
    ways: list[list[float]]
    width: float


def layers_of(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """The layer of each box: one below the lowest that an edge comes from. An edge that closes a cycle is left out."""
    below: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for a, b in edges:
        below[a].append(b)
        waiting[b] += 1
    layer, done = [0] * count, [False] * count
    ready = [i for i in range(count) if waiting[i] == 0]
    left = iter(range(count))
    while True:
        if not ready:
            rest = next((i for i in left if not done[i]), None)
            if rest is None:
                return layer
            ready.append(rest)
        box = ready.pop()
        if done[box]:
            continue
        done[box] = True
        for other in below[box]:
            if done[other]:
                continue
            layer[other] = max(layer[other], layer[box] + 1)
            waiting[other] -= 1
            if waiting[other] == 0:
                ready.append(other)


def passed_layers(layer: Sequence[int], edges: Sequence[tuple[int, int]]) -> int:
    """How many layers all edges pass together."""
    return sum(max(0, abs(layer[b] - layer[a]) - 1) for a, b in edges)


def laid_out(widths: Sequence[float], edges: Sequence[tuple[int, int]], gap: float = 16.0) -> Layout:
    """The layout of boxes of these widths.

    Args:
        widths: the width of each box.
        edges: pairs of boxes; one that does not lead down is drawn as if it were turned round.
        gap: what lies between two boxes of a layer at least.
    """
    layer = layers_of(len(widths), edges)
    size = list(widths)
    rows: list[list[int]] = [[] for _ in range(max(layer, default=0) + 1)]
    for box, depth in enumerate(layer):
        rows[depth].append(box)
    up: list[list[int]] = [[] for _ in widths]
    down: list[list[int]] = [[] for _ in widths]
    ways = []
    for a, b in edges:
        low, high = (a, b) if layer[a] <= layer[b] else (b, a)
        way = [low]
        for depth in range(layer[low] + 1, layer[high]):
            rows[depth].append(len(size))
            way.append(len(size))
            size.append(_BEND)
            up.append([])
            down.append([])
        way.append(high)
        for above, under in pairwise(way):
            down[above].append(under)
            up[under].append(above)
        ways.append(way if low == a else way[::-1])
    _order(rows, up, down)
    x = _places(rows, up, down, size, gap)
    left = min((x[i] - size[i] / 2 for i in range(len(size))), default=0.0)
    x = [at - left for at in x]
    width = max((x[i] + size[i] / 2 for i in range(len(size))), default=0.0)
    return Layout(x[: len(widths)], layer, [[x[i] for i in way] for way in ways], width)


def _order(rows: list[list[int]], up: list[list[int]], down: list[list[int]]) -> None:
    """Sorts each row by the means of the neighbours' places in the row before, downwards and upwards in turn."""
    place = [0.0] * len(up)

    def number(row: list[int]) -> None:
        for i, box in enumerate(row):
            place[box] = i - (len(row) - 1) / 2

    for row in rows:
        number(row)
    for sweep in range(_SWEEPS):
        near, order = (up, rows) if sweep % 2 == 0 else (down, rows[::-1])
        for row in order:
            means = {box: _mean([place[n] for n in near[box]], place[box]) for box in row}
            row.sort(key=means.__getitem__)
            number(row)


def _places(
    rows: list[list[int]], up: list[list[int]], down: list[list[int]], size: list[float], gap: float
) -> list[float]:
    x = [0.0] * len(size)
    for row in rows:
        _spread(row, [0.0] * len(row), x, size, gap)
    for sweep in range(2 * _SWEEPS):
        near, order = (up, rows) if sweep % 2 == 0 else (down, rows[::-1])
        for row in order:
            _spread(row, [_mean([x[n] for n in near[box]], x[box]) for box in row], x, size, gap)
    return x


def _spread(row: list[int], wanted: list[float], x: list[float], size: list[float], gap: float) -> None:
    """Puts a row at the places that are closest to those wanted, in its order and without overlaps.

    Boxes that would overlap become a block, which stands where the mean of their wishes is.
    """
    blocks: list[tuple[float, int, float]] = []  # sum of wishes, boxes, width
    starts: list[int] = []
    for i, box in enumerate(row):
        wish, count, wide, start = wanted[i], 1, size[box] + gap, i
        total = wish - wide / 2
        while blocks and blocks[-1][0] / blocks[-1][1] + blocks[-1][2] > total / count:
            before, many, room = blocks.pop()
            start = starts.pop()
            total, count, wide = before + total - room * count, many + count, room + wide
        blocks.append((total, count, wide))
        starts.append(start)
    for (total, count, _), start in zip(blocks, starts, strict=True):
        at = total / count
        for box in row[start : start + count]:
            x[box] = at + (size[box] + gap) / 2
            at += size[box] + gap


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
