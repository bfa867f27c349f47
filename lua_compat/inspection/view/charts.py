"""Numbers as small drawings in SVG, whose colours are the page's."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lua_compat.inspection.checkpoint import Log
from lua_compat.inspection.report import number_text
from lua_compat.inspection.statistics import Histogram
from lua_compat.inspection.view.markup import Markup, element

_BAR_WIDTH, _BAR_HEIGHT = 144, 36
_WIDTH, _HEIGHT = 640, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 12, 24
#: Points of a curve; of longer ones the smallest and the largest of each stretch are drawn.
_POINTS = 600


def histogram_chart(found: Histogram) -> Markup:
    """Bars from the smallest to the largest value; a bar that counts something is never lower than a pixel."""
    most = max(found.counts)
    step = _BAR_WIDTH / len(found.counts)
    path = []
    for i, count in enumerate(found.counts):
        if count:
            # The only bar of a tensor of equal numbers is a line: a wide one would look like a spread.
            left, wide = (i * step, step) if len(found.counts) > 1 else (_BAR_WIDTH / 2 - 1.5, 3.0)
            height = max(1.0, count / most * _BAR_HEIGHT)
            path.append(f"M{left:.2f} {_BAR_HEIGHT}v{-height:.2f}h{wide:.2f}v{height:.2f}z")
    zero = None
    if found.low < 0 < found.high:
        x = -found.low / (found.high - found.low) * _BAR_WIDTH
        zero = element("path", class_="zero", d=f"M{x:.2f} 0V{_BAR_HEIGHT}")
    told = (
        f"{sum(found.counts):,} values from {number_text(found.low)} to {number_text(found.high)} "
        f"in {len(found.counts)} steps; at most {most:,} in one"
    )
    return element(
        "svg",
        element("title", told),
        element("path", class_="bars", d="".join(path)),
        zero,
        class_="histogram", viewBox=f"0 0 {_BAR_WIDTH} {_BAR_HEIGHT}", role="img", preserveAspectRatio="none",
    )  # fmt: skip


def log_chart(log: Log) -> Markup | None:
    """The curve of a log, broken where a number is not finite; None where it has no two finite numbers."""
    points = [(x, y) for x, y in zip(log.x, log.y, strict=True) if math.isfinite(x) and math.isfinite(y)]
    if len(points) < 2:
        return None
    lowest, highest = min(y for _, y in points), max(y for _, y in points)
    begin, end = log.x[0], log.x[-1]
    wide, high = (end - begin) or 1.0, (highest - lowest) or 1.0
    if not (math.isfinite(wide) and math.isfinite(high)):
        return None

    def place(x: float, y: float) -> str:
        across = _LEFT + (x - begin) / wide * (_WIDTH - _LEFT - _RIGHT)
        return f"{across:.1f} {_TOP + (highest - y) / high * (_HEIGHT - _TOP - _BOTTOM):.1f}"

    path, pen = [], "M"
    for x, y in _thinned(log.x, log.y):
        if math.isfinite(y) and math.isfinite(x):
            path.append(pen + place(x, y))
            pen = "L"
        else:
            pen = "M"
    middle = lowest + high / 2
    ticks = [lowest, middle, highest] if highest > lowest else [lowest]
    return element(
        "svg",
        element("title", f"{log.place}: {len(log.y):,} numbers from {number_text(lowest)} to {number_text(highest)}"),
        [element("path", class_="grid", d=f"M{place(begin, y)}H{_WIDTH - _RIGHT}") for y in ticks],
        [_label(_LEFT - 6, float(place(begin, y).split()[1]) + 4, _tick(y), "end") for y in ticks],
        _label(_LEFT, _HEIGHT - 6, _tick(begin), "start"),
        _label(_WIDTH - _RIGHT, _HEIGHT - 6, _tick(end), "end"),
        element("path", class_="curve", d="".join(path)),
        class_="log", viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img",
    )  # fmt: skip


def _tick(value: float) -> str:
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else number_text(value)


def _label(x: float, y: float, text: str, anchor: str) -> Markup:
    return element("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _thinned(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
    """The points, or of each stretch of a long curve the lowest and the highest, in their order."""
    points = list(zip(xs, ys, strict=True))
    if len(points) <= _POINTS:
        return points
    stretch = -(-len(points) * 2 // _POINTS)
    kept = []
    for start in range(0, len(points), stretch):
        part = points[start : start + stretch]
        finite = [i for i, (_, y) in enumerate(part) if math.isfinite(y)]
        if len(finite) < len(part):
            kept.append((part[0][0], math.nan))
        if finite:
            ends = {min(finite, key=lambda i: part[i][1]), max(finite, key=lambda i: part[i][1])}
            kept += [part[i] for i in sorted(ends)]
    return kept
