"""Draws the plots of a figure into matplotlib's axes, the way gnuplot lays them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lua_compat.bridge.plot_data import Array, Curve, Image, Panel, Picture, Surface
from lua_compat.bridge.plot_words import COLORS, DASHES, POINTS, Settings, Style


def draw(figure: Any, picture: Picture) -> None:
    """Draws the panels of a picture into an empty ``matplotlib.figure.Figure``, row by row."""
    if picture.heading:
        figure.suptitle(picture.heading, parse_math=False)
    for place, panel in enumerate(picture.panels, 1):
        axes = figure.add_subplot(*picture.layout, place, projection="3d" if panel.solid else None)
        for index, layer in enumerate(panel.layers):
            if isinstance(layer, Image):
                _image(figure, axes, layer, panel.settings)
            elif isinstance(layer, Surface):
                _surface(axes, layer, index, panel.settings)
            elif panel.solid:
                _curve_in_space(axes, layer, index)
            else:
                _curve(axes, layer, index, panel.settings)
        meshes = [m for m in panel.layers if isinstance(m, Surface) and m.style.kind == "lines" and min(m.z.shape) > 1]
        if panel.settings.contours and any(np.isfinite(mesh.z).any() for mesh in meshes):
            _contours(axes, meshes, panel.settings)
        _dress(figure, axes, panel)


# -- curves ------------------------------------------------------------------------------------------------------------


def _color(style: Style, index: int) -> str:
    return style.color or COLORS[((style.line or index + 1) - 1) % len(COLORS)]


def _marker(style: Style, index: int, color: str) -> dict[str, Any]:
    shape, filled = POINTS[((style.point or style.line or index + 1) - 1) % len(POINTS)]
    return {
        "marker": shape,
        "markersize": 6 * style.size,
        "markerfacecolor": color if filled else "none",
        "markeredgecolor": color,
    }


def _line(style: Style, index: int) -> dict[str, Any]:
    color = _color(style, index)
    dash = DASHES[((style.dash or 1) - 1) % len(DASHES)]
    look: dict[str, Any] = {"color": color, "linewidth": 1.2 * style.width, "linestyle": dash}
    if style.kind in ("points", "linespoints", "errorlines"):
        look.update(_marker(style, index, color))
    if style.kind == "points":
        look["linestyle"] = "none"
    elif style.kind == "dots":
        look.update(linestyle="none", marker=".", markersize=2 * style.size, markeredgecolor=color)
    return look


_STEPS = {"steps": "steps-post", "fsteps": "steps-pre", "histeps": "steps-mid"}


def _curve(axes: Any, layer: Curve, index: int, settings: Settings) -> None:
    style, name = layer.style, layer.name or None
    look = _line(style, index)
    columns = layer.columns
    x, y = columns[:, 0], columns[:, 1]
    special = _SPECIAL.get(style.kind)
    if special is not None:
        special(axes, columns, look, name, settings)
    elif style.smooth:
        _plot(axes, spline(x, y, settings.samples), look, name)
    else:
        if style.kind in _STEPS:
            look["drawstyle"] = _STEPS[style.kind]
        _plot(axes, (x, y), look, name)


def _plot(axes: Any, points: tuple[Array, ...], look: dict[str, Any], name: str | None) -> None:
    axes.plot(*points, label=name, **look)


def _pale(color: str) -> str:
    """The pale kind of a colour, for areas. It is not transparent: ``.eps`` has no way to say that."""
    parts = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{255 - (255 - part) * 35 // 100:02x}" for part in parts)


def _boxes(axes: Any, columns: Array, look: dict[str, Any], name: str | None, settings: Settings) -> None:
    x = columns[:, 0]
    gaps = np.diff(np.unique(x[np.isfinite(x)]))
    width = settings.box_width or (float(gaps.min()) if len(gaps) else 1.0)
    color = look["color"]
    axes.bar(x, columns[:, 1], width, label=name, facecolor=_pale(color), edgecolor=color, linewidth=look["linewidth"])
    axes.margins(x=0.02)


def _impulses(axes: Any, columns: Array, look: dict[str, Any], name: str | None, _: Settings) -> None:
    axes.vlines(columns[:, 0], 0, columns[:, 1], label=name, color=look["color"], linewidth=look["linewidth"])


def _filled(axes: Any, columns: Array, look: dict[str, Any], name: str | None, _: Settings) -> None:
    low = columns[:, 2] if columns.shape[1] > 2 else np.zeros(len(columns))
    axes.fill_between(columns[:, 0], columns[:, 1], low, label=name, facecolor=_pale(look["color"]), linewidth=0)


def _bars(axis: str, joined: bool) -> Callable[..., None]:
    def draw_bars(axes: Any, columns: Array, look: dict[str, Any], name: str | None, _: Settings) -> None:
        if columns.shape[1] < 3:
            _plot(axes, (columns[:, 0], columns[:, 1]), look, name)
            return
        middle = columns[:, 1] if axis == "y" else columns[:, 0]
        if columns.shape[1] > 3:  # low and high, else what is added to and taken from the middle
            error = np.abs(np.stack([middle - columns[:, 2], columns[:, 3] - middle]))
        else:
            error = np.abs(columns[:, 2])
        options = {**look, f"{axis}err": error, "capsize": 3}
        if not joined:
            options.update(linestyle="none", marker="+")
        axes.errorbar(columns[:, 0], columns[:, 1], label=name, **options)

    return draw_bars


def _vectors(axes: Any, columns: Array, look: dict[str, Any], name: str | None, _: Settings) -> None:
    x, y, dx, dy = columns[:, :4].T
    axes.quiver(x, y, dx, dy, label=name, angles="xy", scale_units="xy", scale=1, width=0.004, color=look["color"])
    axes.update_datalim(np.stack([x + dx, y + dy], 1))
    axes.autoscale_view()


_SPECIAL: dict[str, Callable[..., None]] = {
    "boxes": _boxes,
    "impulses": _impulses,
    "filledcurves": _filled,
    "errorbars": _bars("y", False),
    "xerrorbars": _bars("x", False),
    "errorlines": _bars("y", True),
    "vectors": _vectors,
}


def spline(x: Array, y: Array, samples: int) -> tuple[Array, Array]:
    """The natural cubic spline through points, at so many places; points of one x count as their mean.

    Args:
        x: of shape (points,), in any order; points that are not finite are left out.
        y: of the same shape.
        samples: how many places, evenly spaced from the least x to the greatest.
    """
    kept = np.isfinite(x) & np.isfinite(y)
    knots, where = np.unique(x[kept], return_inverse=True)
    heights = np.bincount(where, y[kept]) / np.maximum(np.bincount(where), 1)
    n = len(knots)
    if n < 3:
        return knots, heights
    gap, slope = np.diff(knots), np.diff(heights) / np.diff(knots)
    # The second derivatives solve a tridiagonal system: elimination downwards, then back.
    diagonal, right = 2 * (gap[:-1] + gap[1:]), 6 * np.diff(slope)
    for i in range(1, n - 2):
        factor = gap[i] / diagonal[i - 1]
        diagonal[i] -= factor * gap[i]
        right[i] -= factor * right[i - 1]
    bend = np.zeros(n)
    for i in range(n - 3, -1, -1):
        bend[i + 1] = (right[i] - gap[i + 1] * bend[i + 2]) / diagonal[i]
    at = np.linspace(knots[0], knots[-1], max(samples, 2))
    k = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, n - 2)
    before, after = at - knots[k], knots[k + 1] - at
    curved = (bend[k] * after**3 + bend[k + 1] * before**3) / (6 * gap[k])
    straight = (heights[k] / gap[k] - bend[k] * gap[k] / 6) * after
    return at, curved + straight + (heights[k + 1] / gap[k] - bend[k + 1] * gap[k] / 6) * before


# -- images and space --------------------------------------------------------------------------------------------------


def _image(figure: Any, axes: Any, layer: Image, settings: Settings) -> None:
    aspect = "equal" if settings.ratio is not None and settings.ratio < 0 else "auto"
    drawn = axes.imshow(layer.cells, cmap=settings.palette, aspect=aspect, interpolation="nearest")
    low, high = settings.ranges.get("cb", (None, None))
    drawn.set_clim(low, high)
    if "cb" not in settings.hidden_ticks:
        bar = figure.colorbar(drawn, ax=axes)
        bar.set_label(settings.texts.get("cblabel", ""), parse_math=False)


def _surface(axes: Any, layer: Surface, index: int, settings: Settings) -> None:
    color = _color(layer.style, index)
    x, y, z = layer.x, layer.y, layer.z
    options: dict[str, Any] = {"rcount": 60, "ccount": 60}
    if layer.style.kind in ("points", "dots"):
        axes.scatter(x, y, z, s=9 * layer.style.size, color=color, label=layer.name or None)
        return
    if min(z.shape) < 2:
        axes.plot(x.ravel(), y.ravel(), z.ravel(), color=color, label=layer.name or None)
        return
    if layer.style.kind == "pm3d":
        axes.plot_surface(x, y, z, cmap=settings.palette, label=layer.name or None, **options)
    else:  # white faces hide the lines behind them
        axes.plot_surface(
            x, y, z, color="white", edgecolor=color, linewidth=0.6 * layer.style.width, shade=False,
            label=layer.name or None, **options,
        )  # fmt: skip


def _contours(axes: Any, surfaces: list[Surface], settings: Settings) -> None:
    """Lines of equal height, on a floor below all surfaces."""
    heights = np.concatenate([layer.z[np.isfinite(layer.z)] for layer in surfaces])
    low = settings.ranges.get("z", (None, None))[0]
    floor = heights.min() - 0.25 * (heights.max() - heights.min()) if low is None else low
    for layer in surfaces:
        if np.isfinite(layer.z).all() and layer.z.min() < layer.z.max():
            axes.contour(layer.x, layer.y, layer.z, levels=8, zdir="z", offset=floor, cmap="gnuplot", linewidths=1)
    axes.set_zlim(bottom=floor)


def _curve_in_space(axes: Any, layer: Curve, index: int) -> None:
    axes.plot(*layer.columns[:, :3].T, label=layer.name or None, **_line(layer.style, index))


# -- axes --------------------------------------------------------------------------------------------------------------

_VALIGN = {"top": "upper", "bottom": "lower", "center": "center"}


def _dress(figure: Any, axes: Any, panel: Panel) -> None:
    settings = panel.settings
    pictured = any(isinstance(layer, Image) for layer in panel.layers)
    axes.set_title(settings.texts.get("title", ""), parse_math=False)
    if panel.solid:
        axes.locator_params(nbins=5)
    elif pictured:
        axes.locator_params(integer=True)
    elif _counts(panel):
        axes.locator_params("x", integer=True)
    # matplotlib has no logarithmic axes in space that can be read, and cells of an image are of one size
    logs = {} if panel.solid or pictured else settings.logs
    if logs:  # what reaches down to 0 ends at the edge; of points without a logarithm nothing is drawn
        reaching = any(isinstance(layer, Curve) and layer.style.kind in _DOWN_TO_0 for layer in panel.layers)
        for axis in logs.keys() & {"x", "y"}:
            nonpositive = "clip" if reaching else "mask"
            getattr(axes, f"set_{axis}scale")("log", base=logs[axis], nonpositive=nonpositive)
    for axis in "xyz" if panel.solid else "xy":
        _dress_axis(axes, axis, settings, axis in logs)
    if panel.solid:
        if settings.view is not None:  # gnuplot turns from straight above, and from the other side
            axes.view_init(elev=90 - settings.view[0], azim=settings.view[1] - 90)
    else:
        if not pictured:
            axes.tick_params(direction="in", top=True, right=True, which="both")
        if settings.grid:
            axes.grid(True, linestyle=":", color="0.6")
            axes.set_axisbelow(True)
        if not settings.border:
            axes.spines[:].set_visible(False)
        for text, x, y in settings.labels:
            axes.text(x, y, text, parse_math=False)
        if settings.ratio is not None and settings.ratio < 0:
            axes.set_aspect("equal", adjustable="box" if pictured or settings.fitted else "datalim")
        elif settings.ratio:
            axes.set_box_aspect(settings.ratio)
    _legend(axes, panel)


_DOWN_TO_0 = ("boxes", "impulses", "filledcurves")


def _counts(panel: Panel) -> bool:
    """Whether every x is a whole number: steps or epochs, between which there are no ticks."""
    return all(isinstance(layer, Curve) and bool((layer.columns[:, 0] % 1 == 0).all()) for layer in panel.layers)


def _dress_axis(axes: Any, axis: str, settings: Settings, log: bool) -> None:
    getattr(axes, f"set_{axis}label")(settings.texts.get(f"{axis}label", ""), parse_math=False)
    if settings.fitted:
        axes.margins(**{axis: 0})
    low, high = settings.ranges.get(axis, (None, None))
    limits = getattr(axes, f"set_{axis}lim")
    if low is not None or high is not None:
        if log:
            low = None if low is not None and low <= 0 else low
        if low != high or low is None:
            limits(low, high)
    if axis in settings.reverse:
        getattr(axes, f"invert_{axis}axis")()
    if axis in settings.hidden_ticks:
        getattr(axes, f"set_{axis}ticks")([])


def _legend(axes: Any, panel: Panel) -> None:
    settings = panel.settings
    entries = list(zip(*axes.get_legend_handles_labels(), strict=True))
    if not settings.key or not entries:
        return
    order = [layer.name for layer in panel.layers if not isinstance(layer, Image)]
    handles, names = zip(*sorted(entries, key=lambda entry: order.index(entry[1])), strict=True)
    across, along = settings.key_across, _VALIGN[settings.key_along]
    options: dict[str, Any] = {"loc": "center" if across == along else f"{along} {across}"}
    if settings.key_outside:
        options["bbox_to_anchor"] = (0.5, -0.12) if along == "lower" else (1.02, 1)
        options["loc"] = "upper center" if along == "lower" else "upper left"
    legend = axes.legend(handles, names, framealpha=1, edgecolor="0.8", **options)
    for text in legend.get_texts():
        text.set_parse_math(False)
