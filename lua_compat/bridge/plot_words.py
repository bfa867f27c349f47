"""gnuplot's little language, as far as Torch7's scripts speak it: how a curve is drawn, and ``set`` commands.

What is read here is plain data; `plots` draws it.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field

#: gnuplot's line colours, in its order.
COLORS = ("#9400d3", "#009e73", "#56b4e9", "#e69f00", "#c9b400", "#0072b2", "#e51e10", "#000000")

#: matplotlib's marker for each of gnuplot's point types from 1, and whether it is filled.
POINTS = (("+", True), ("x", True), ("*", False), ("s", False), ("s", True), ("o", False), ("o", True), ("^", False),
          ("^", True), ("v", False), ("v", True), ("D", False), ("D", True), ("p", False), ("p", True))  # fmt: skip

DASHES = ("-", "--", ":", "-.", (0, (6, 2, 1, 2, 1, 2)))

#: What a format is short for, and gnuplot's own abbreviations.
_KINDS = {
    "-": "lines", ".": "dots", "+": "points", "+-": "linespoints", "-+": "linespoints", "|": "boxes",
    "v": "vectors", "l": "lines", "p": "points", "lp": "linespoints", "d": "dots", "i": "impulses",
    "yerrorbars": "errorbars",
}  # fmt: skip
KINDS = ("lines", "points", "linespoints", "dots", "boxes", "impulses", "steps", "fsteps", "histeps", "filledcurves",
         "errorbars", "xerrorbars", "errorlines", "vectors", "pm3d")  # fmt: skip

#: The options of a curve that are numbers, and what `Style` calls them.
_NUMBERS = {"lw": "width", "linewidth": "width", "ps": "size", "pointsize": "size", "pt": "point", "pointtype": "point",
            "dt": "dash", "dashtype": "dash"}  # fmt: skip

_TOKENS = re.compile(r"""'(?:[^']|'')*'|"(?:\\.|[^"\\])*"|\[[^\]]*\]|[^\s,]+|,""")


@dataclass(frozen=True)
class Style:
    """How a curve is drawn. None leaves it to the curve's number."""

    kind: str = "linespoints"
    smooth: bool = False
    color: str | None = None  # #rrggbb, or in what `style_of` answers the name that was given
    line: int | None = None  # gnuplot's line type or line style: the colour where `color` says none
    width: float = 1.0
    point: int | None = None
    size: float = 1.0
    dash: int | None = None
    filled: bool = False


@dataclass
class Settings:
    """What ``set`` commands leave behind; a figure keeps those of the moment when it was drawn."""

    texts: dict[str, str] = field(default_factory=dict)  # title, xlabel, ylabel, zlabel, cblabel
    ranges: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)  # x, y, z, cb
    reverse: set[str] = field(default_factory=set)
    logs: dict[str, float] = field(default_factory=dict)  # axis -> base
    hidden_ticks: set[str] = field(default_factory=set)
    labels: list[tuple[str, float, float]] = field(default_factory=list)
    lines: dict[int, Style] = field(default_factory=dict)  # set style line
    kind: str = "linespoints"  # set style data
    grid: bool = False
    key: bool = True
    key_across: str = "right"
    key_along: str = "top"
    key_outside: bool = False
    border: bool = True
    ratio: float | None = None  # -1: units of the same length on both axes
    fitted: bool = False  # the axes end where the data ends
    box_width: float | None = None
    point_size: float = 1.0
    samples: int = 100
    contours: bool = True
    palette: str = "gnuplot"
    view: tuple[float, float] | None = None

    def snapshot(self) -> Settings:
        """A copy that later commands do not change."""
        return copy.deepcopy(self)


def words(command: str) -> list[str]:
    """A command cut at blanks and commas (which are words); quotations and ``[ranges]`` stay whole."""
    return _TOKENS.findall(command)


def text_of(word: str) -> str:
    """A quotation's text; a plain word is its own."""
    if len(word) >= 2 and word[0] == word[-1] == "'":
        return word[1:-1].replace("''", "'")
    if len(word) >= 2 and word[0] == word[-1] == '"':
        return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), word[1:-1])
    return word


def clean(text: str) -> str:
    """Text that any font can try to draw: bytes that are no UTF-8 become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def number(word: str | None) -> float | None:
    """The number that a word is, or None."""
    try:
        return None if word is None else float(word)
    except ValueError:
        return None


def begins(word: str, full: str, least: int) -> bool:
    """Whether a word is a name of gnuplot's or an abbreviation of at least so many letters."""
    return len(word) >= least and full.startswith(word)


def kind_of(word: str) -> str | None:
    """The kind of curve that a word stands for: ``lines`` for ``l``; None where it is none."""
    if word in _KINDS:
        return _KINDS[word]
    return next((kind for kind in KINDS if len(word) >= 3 and kind.startswith(word)), None)


def style_of(given: str | None, settings: Settings) -> tuple[Style, str | None]:
    """The style for a format (``-``, ``~``, ``with points pt 7 ps 2``), and the first word that means nothing."""
    queue = words(given or "")
    chosen: dict[str, object] = {"kind": settings.kind, "size": settings.point_size}
    unknown = None
    while queue:
        word = queue.pop(0)
        if word in ("with", "w", ","):
            continue
        if word == "~" or begins(word, "smooth", 3):
            chosen["smooth"] = True
            if word != "~" and queue:
                queue.pop(0)
            if chosen["kind"] == settings.kind:
                chosen["kind"] = "lines"
            continue
        kind = kind_of(word)
        if kind is not None:
            chosen["kind"] = kind
        elif not _curve_option(word, queue, chosen, settings):
            unknown = unknown or word
    return Style(**chosen), unknown  # type: ignore[arg-type]


def _curve_option(word: str, queue: list[str], chosen: dict[str, object], settings: Settings) -> bool:
    following = queue[0] if queue else None
    value = number(following)
    if word in ("ls", "linestyle", "lt", "linetype"):
        if value is not None:
            queue.pop(0)
            own = settings.lines.get(int(value)) if word in ("ls", "linestyle") else None
            chosen["line"] = int(value)
            if own is not None:
                chosen.update({k: v for k, v in vars(own).items() if k != "kind" and v is not None})
        elif following is not None and text_of(following) == "rgb":
            return _curve_option("lc", queue, chosen, settings)
        return True
    if word in ("lc", "linecolor"):
        if following in ("rgb", "rgbcolor"):
            queue.pop(0)
            chosen["color"] = text_of(queue.pop(0)) if queue else None
        elif value is not None:
            queue.pop(0)
            chosen["color"] = COLORS[(int(value) - 1) % len(COLORS)]
        elif following is not None and following[0] in "'\"":
            chosen["color"] = text_of(queue.pop(0))
        return True
    if word in _NUMBERS:
        if value is not None:
            queue.pop(0)
            chosen[_NUMBERS[word]] = value if _NUMBERS[word] in ("width", "size") else int(value)
        return True
    if word in ("fill", "fs", "fillstyle", "solid"):
        chosen["filled"] = True
        return True
    return word in ("closed", "above", "below", "x1", "y1", "x2", "y2", "nohidden3d", "transparent", "noborder")


# -- set and unset -----------------------------------------------------------------------------------------------------

_AXES = ("x", "y", "z", "cb", "x2", "y2")


def _text(name: str) -> Callable[[Settings, list[str]], bool]:
    def apply(settings: Settings, rest: list[str]) -> bool:
        quoted = [w for w in rest if w[0] in "'\""]
        settings.texts[name] = clean(text_of(quoted[0])) if quoted else ""
        return True

    return apply


def _range(axis: str) -> Callable[[Settings, list[str]], bool]:
    def apply(settings: Settings, rest: list[str]) -> bool:
        settings.reverse.discard(axis)
        if "reverse" in rest:
            settings.reverse.add(axis)
        inside = next((w[1:-1] for w in rest if w.startswith("[")), None)
        if inside is None:
            return "reverse" in rest or "noreverse" in rest
        low, colon, high = inside.partition(":") if ":" in inside else inside.partition(" to ")
        settings.ranges[axis] = (number(low), number(high))
        return bool(colon) or not inside.strip()

    return apply


def _ticks(axis: str) -> Callable[[Settings, list[str]], bool]:
    def apply(settings: Settings, rest: list[str]) -> bool:
        settings.hidden_ticks.discard(axis)
        return not rest

    return apply


def _log(settings: Settings, rest: list[str]) -> bool:
    joined = "".join(w for w in rest[:1] if number(w) is None) or "xyz"
    base = next((b for b in map(number, rest) if b is not None and b > 1), 10.0)
    axes = re.findall("cb|x2|y2|x|y|z", joined)
    settings.logs.update(dict.fromkeys(axes, base))
    return "".join(axes) == joined


def _key(settings: Settings, rest: list[str]) -> bool:
    settings.key = "off" not in rest
    for word in rest:
        if word in ("left", "right", "center"):
            settings.key_across = word
        elif word in ("top", "bottom"):
            settings.key_along = word
        elif word in ("outside", "out", "inside", "in"):
            settings.key_outside = word.startswith("out")
        elif word in ("below", "under"):
            settings.key_outside, settings.key_along = True, "bottom"
    return True


def _size(settings: Settings, rest: list[str]) -> bool:
    if "square" in rest:
        settings.ratio = 1.0
    elif "ratio" in rest:
        settings.ratio = number(rest[rest.index("ratio") + 1] if len(rest) > rest.index("ratio") + 1 else None)
    elif "noratio" in rest or "nosquare" in rest:
        settings.ratio = None
    return True


def _style(settings: Settings, rest: list[str]) -> bool:
    if rest[:1] == ["data"] and len(rest) > 1:
        kind = kind_of(rest[1])
        settings.kind = kind or settings.kind
        return kind is not None
    if rest[:1] == ["line"] and len(rest) > 1 and number(rest[1]) is not None:
        settings.lines[int(float(rest[1]))], unknown = style_of(" ".join(rest[2:]), Settings())
        return unknown is None
    return rest[:1] in (["fill"], ["function"], ["histogram"])


def _label(settings: Settings, rest: list[str]) -> bool:
    if "at" not in rest:
        return False
    where = [n for n in map(number, rest[rest.index("at") + 1 :]) if n is not None]
    quoted = [w for w in rest if w[0] in "'\""]
    if len(where) < 2 or not quoted:
        return False
    settings.labels.append((clean(text_of(quoted[0])), where[0], where[1]))
    return True


def _view(settings: Settings, rest: list[str]) -> bool:
    angles = [n for n in map(number, rest) if n is not None]
    settings.view = (angles[0], angles[1]) if len(angles) > 1 else None
    return True


def _palette(settings: Settings, rest: list[str]) -> bool:
    settings.palette = PALETTES.get(rest[0] if rest else "color", settings.palette)
    return not rest or rest[0] in PALETTES


#: matplotlib's colour maps under the names of palettes; ``color`` is gnuplot's from black over blue and red to yellow.
PALETTES = {"color": "gnuplot", "gray": "gray", "grey": "gray", "negative": "gray_r", "jet": "jet", "hot": "hot"}


def _number(name: str) -> Callable[[Settings, list[str]], bool]:
    def apply(settings: Settings, rest: list[str]) -> bool:
        value = number(rest[-1] if rest else None)
        if value is not None:
            setattr(settings, name, int(value) if name == "samples" else value)
        return value is not None

    return apply


def _flag(name: str, value: bool) -> Callable[[Settings, list[str]], bool]:
    def apply(settings: Settings, _: list[str]) -> bool:
        setattr(settings, name, value)
        return True

    return apply


def _nothing(_settings: Settings, _rest: list[str]) -> bool:
    return True


def _autoscale(settings: Settings, rest: list[str]) -> bool:
    settings.fitted = "fix" in rest
    axes = [w for w in rest if w in _AXES] or list(_AXES)
    for axis in axes:
        settings.ranges.pop(axis, None)
    return True


#: ``set NAME ...``: each answers whether it knew what to do. A name may be cut down to two letters.
SET: dict[str, Callable[[Settings, list[str]], bool]] = {
    **{name: _text(name) for name in ("title", "xlabel", "ylabel", "zlabel", "cblabel")},
    **{f"{axis}range": _range(axis) for axis in _AXES},
    **{f"{axis}tics": _ticks(axis) for axis in _AXES},
    "logscale": _log, "log": _log, "key": _key, "size": _size, "style": _style, "label": _label, "view": _view,
    "palette": _palette, "grid": _flag("grid", True), "border": _flag("border", True),
    "samples": _number("samples"), "pointsize": _number("point_size"), "boxwidth": _number("box_width"),
    "contour": _flag("contours", True), "autoscale": _autoscale, "colorbox": _ticks("cb"),
    # what changes nothing that is drawn here
    **dict.fromkeys(("encoding", "datafile", "hidden3d", "pm3d", "cntrparam", "isosamples", "ticslevel", "xyplane",
                     "surface", "mouse", "loadpath", "clip"), _nothing),
}  # fmt: skip


def _without_logs(settings: Settings, rest: list[str]) -> bool:
    for axis in re.findall("cb|x|y|z", "".join(rest)) or list(settings.logs):
        settings.logs.pop(axis, None)
    return True


def _hide_ticks(axis: str) -> Callable[[Settings, list[str]], bool]:
    def apply(settings: Settings, _: list[str]) -> bool:
        settings.hidden_ticks.add(axis)
        return True

    return apply


def _without_labels(settings: Settings, _: list[str]) -> bool:
    settings.labels.clear()
    return True


UNSET: dict[str, Callable[[Settings, list[str]], bool]] = {
    **{name: _text(name) for name in ("title", "xlabel", "ylabel", "zlabel", "cblabel")},
    **{f"{axis}tics": _hide_ticks(axis) for axis in _AXES},
    "logscale": _without_logs, "log": _without_logs, "key": _flag("key", False), "grid": _flag("grid", False),
    "border": _flag("border", False), "contour": _flag("contours", False), "label": _without_labels,
    "colorbox": _hide_ticks("cb"),
    **dict.fromkeys(("hidden3d", "pm3d", "surface", "mouse", "arrow"), _nothing),
}  # fmt: skip


def change(settings: Settings, parts: list[str]) -> bool:
    """Carries out ``set ...`` or ``unset ...``; False where it is not understood."""
    if len(parts) < 2:
        return False
    table = UNSET if parts[0] == "unset" else SET
    name = parts[1]
    if table is SET and name.startswith("no") and name[2:] in UNSET:
        table, name = UNSET, name[2:]
    found = table.get(name) or next((f for full, f in table.items() if begins(name, full, 2)), None)
    return found is not None and found(settings, parts[2:])


# -- where pictures go -------------------------------------------------------------------------------------------------

#: gnuplot's terminals and the format of the files that they make; None is a window.
TERMINALS = {
    **dict.fromkeys(("png", "pngcairo"), "png"), "pdf": "pdf", "pdfcairo": "pdf", "svg": "svg", "postscript": "eps",
    "epscairo": "eps", "eps": "eps", "jpeg": "jpg", "jpg": "jpg",
    **dict.fromkeys(("x11", "wxt", "qt", "aqua", "windows", "win", "dumb", "unknown", "cairo"), None),
}  # fmt: skip

ENDINGS = {".png": "png", ".pdf": "pdf", ".svg": "svg", ".eps": "eps", ".ps": "ps", ".jpg": "jpg", ".jpeg": "jpg"}


def format_of(path: str) -> str | None:
    """The picture format that a file name's ending says, or None."""
    return ENDINGS.get(os.path.splitext(path)[1].lower())


def size_of(parts: list[str]) -> tuple[float, float] | None:
    """The size in inches in a terminal's options: ``size 800,600`` (pixels), ``size 5in,3cm``."""
    if "size" not in parts:
        return None
    found = []
    for word in parts[parts.index("size") + 1 :]:
        match = re.fullmatch(r"([\d.]+)(in|cm)?", word)
        if match is not None:
            found.append(float(match[1]) / {"in": 1.0, "cm": 2.54, None: 100.0}[match[2]])
    small = [n if n > 0.3 else n * 100 for n in found[:2]]  # pdf's plain numbers are inches
    return (small[0], small[1]) if len(small) == 2 and all(0.3 <= n <= 100 for n in small) else None
