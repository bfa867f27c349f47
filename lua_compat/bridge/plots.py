"""Pictures for Lua's ``gnuplot``, drawn by matplotlib: ``require '_plots'``.

A script's plots are kept as data and drawn when they are wanted: in a window as they come, in a file when it is
flushed, closed, or at the end of the process. In a notebook, what would be a window is shown below the cell when that
has run; where there is no display, it is a PNG file.
"""

from __future__ import annotations

import atexit
import io
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lua_compat.bridge import plot_words
from lua_compat.bridge.plot_axes import draw
from lua_compat.bridge.plot_data import Curve, Image, Panel, Picture, Surface
from lua_compat.bridge.plot_words import Settings, Style
from lua_compat.errors import PlotError
from pytorch_from_lua import pictures
from pytorch_from_lua.serialization import replaced
from pytorch_from_lua.tensor import Tensor

FUNCTIONS: dict[str, Callable[..., Any]] = {}

_DPI = 100
_Function = Callable[..., Any]


def _exported(function: _Function) -> _Function:
    FUNCTIONS[function.__name__] = function
    return function


class Session:
    """What one Lua knows of gnuplot: its settings, its figures, which of them is current."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.pictures: dict[int, Picture] = {}
        self.current = 0
        self.terminal: str | None = None
        self.size: tuple[float, float] = (6.4, 4.8)
        self.told: set[str] = set()

    def picture(self) -> Picture:
        """The current figure; a new one where there is none."""
        if self.current not in self.pictures:
            figure(self, max(self.current, 1))
        return self.pictures[self.current]


# Pictures whose files are not up to date; they are written at the end of the process.
_unsaved: list[Picture] = []


@_exported
def session() -> Session:
    """A new session."""
    return Session()


# -- figures -----------------------------------------------------------------------------------------------------------


def has_display() -> bool:
    """Whether windows can be shown here."""
    return os.name == "nt" or sys.platform == "darwin" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


@_exported
def figure(session: Session, number: int | None = None, path: str | None = None, kind: str | None = None) -> int:
    """Makes a figure the current one and returns its number; ``path`` and ``kind``, a format, say that it is a file."""
    wanted = int(number) if number is not None else max(session.pictures, default=0) + 1
    if wanted not in session.pictures or path is not None:
        if path is None and session.terminal is not None:
            path, kind = f"figure{wanted}.{session.terminal}", session.terminal
        where = None if path is None else os.path.abspath(path)  # the script may change its working folder
        session.pictures[wanted] = Picture(wanted, where, kind, session.size)
    session.current = wanted
    return wanted


@_exported
def flush(session: Session, number: int | None = None) -> str:
    """Brings a figure, the current one without a number, up to date where it lies; returns what is to be told of it.

    Raises:
        PlotError: where there is no such figure, or its file cannot be written.
    """
    if number is None and session.current not in session.pictures:
        return ""
    return _finish(_numbered(session, number))


@_exported
def close(session: Session, number: int | None = None) -> str:
    """Closes a figure, or all without a number; returns what is to be told."""
    which = list(session.pictures.values()) if number is None else [_numbered(session, number)]
    told = [_finish(picture) for picture in which if picture.window is None]
    for picture in which:
        if picture.window is not None:
            _pyplot().close(picture.window)
            _windows.remove(picture)
        del session.pictures[picture.number]
    return "\n".join(filter(None, told))


@_exported
def close_one(session: Session, number: int | None = None) -> str:
    """Closes a figure, the current one without a number."""
    return close(session, _numbered(session, number).number)


@_exported
def print_to(session: Session, path: str, kind: str | None = None) -> None:
    """Writes the current figure to a file; the figure stays what it is.

    Raises:
        PlotError: where nothing was drawn yet, the name's ending is no format's, or the file cannot be written.
    """
    found = kind or plot_words.format_of(path)
    if found is None:
        raise PlotError(f"gnuplot.figprint: {path}: the name must end in one of {', '.join(plot_words.ENDINGS)}")
    picture = session.pictures.get(session.current)
    if picture is None or not picture.panels:
        raise PlotError(f"gnuplot.figprint: {path}: nothing was plotted yet")
    _save(picture, path, found)


def _numbered(session: Session, number: int | None) -> Picture:
    wanted = session.current if number is None else int(number)
    if wanted not in session.pictures:
        raise PlotError(f"gnuplot: there is no figure {wanted}; there are {sorted(session.pictures) or 'none'}")
    return session.pictures[wanted]


def _finish(picture: Picture) -> str:
    if picture not in _unsaved:
        return ""
    _unsaved.remove(picture)
    if picture.path is not None:
        _save(picture, picture.path, picture.format or plot_words.format_of(picture.path) or "png")
        return ""
    if pictures.in_notebook():
        pictures.show_below(_png(picture))
        return ""
    path = os.path.abspath(f"figure{picture.number}.png")
    _save(picture, path, "png")
    return f"gnuplot: there is no display; figure {picture.number} is in {path}"


def _save(picture: Picture, path: str, kind: str) -> None:
    try:
        with replaced(Path(path)) as file:
            _write(picture, file, kind)
    except OSError as error:
        raise PlotError(f"gnuplot: {path}: {error.strerror or error}") from error


def _png(picture: Picture) -> bytes:
    file = io.BytesIO()
    _write(picture, file, "png")
    return file.getvalue()


def _write(picture: Picture, file: Any, kind: str) -> None:
    from matplotlib.figure import Figure

    drawn = Figure(figsize=picture.size, dpi=_DPI, layout="constrained")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the font lacks, of axes too small for their labels
        draw(drawn, picture)
        drawn.savefig(file, format=kind)


def _show_below_the_cell() -> None:
    """Shows the figures that the cell has drawn, as they are at its end."""
    for picture in [p for p in _unsaved if p.path is None]:
        _finish(picture)


@atexit.register
def _at_the_end() -> None:
    """Writes what no script flushed, and leaves the open windows to a process of their own."""
    for picture in list(_unsaved):
        try:
            told = _finish(picture)
        except PlotError as error:
            told = str(error)
        if told:
            sys.stdout.write(told + "\n")
    left = [picture.window for picture in _windows if _is_open(picture)]
    if left:
        _leave(left)


# -- windows -----------------------------------------------------------------------------------------------------------

_windows: list[Picture] = []  # those that have, or had, one

# What shows figures, which arrive as they were pickled, until they are closed.
_VIEWER = "import pickle, sys; figures = pickle.load(sys.stdin.buffer); from matplotlib import pyplot; pyplot.show()"


def _leave(figures: list[Any]) -> None:
    """Shows the figures in a process that outlives this one, as gnuplot's windows outlive a script."""
    command = [sys.executable, "-c", _VIEWER]
    viewer = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    if viewer.stdin is not None:
        viewer.stdin.write(pickle.dumps(figures))
        viewer.stdin.close()


def _pyplot() -> Any:
    from matplotlib import pyplot

    return pyplot


def _refresh(picture: Picture) -> None:
    """Shows the picture in its window, or notes that its file is out of date."""
    if not picture.panels:
        return
    in_notebook = picture.path is None and pictures.in_notebook()
    if in_notebook:
        pictures.at_the_end_of_cells(_show_below_the_cell)
    if picture.path is None and not in_notebook and has_display() and _open(picture):
        picture.window.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            draw(picture.window, picture)
            picture.window.canvas.draw_idle()
            picture.window.canvas.flush_events()
    elif picture not in _unsaved:
        _unsaved.append(picture)


def _is_open(picture: Picture) -> bool:
    return picture.window is not None and _pyplot().fignum_exists(picture.window.number)


def _open(picture: Picture) -> bool:
    """Opens the picture's window unless it is open; False where matplotlib has nothing that shows windows."""
    if _is_open(picture):
        return True
    pyplot = _pyplot()
    window = pyplot.figure(figsize=picture.size, dpi=_DPI, layout="constrained")
    if window.canvas.required_interactive_framework is None:
        pyplot.close(window)
        return False
    picture.window = window
    _windows.append(picture)
    window.show()
    return True


# -- what a script draws -----------------------------------------------------------------------------------------------


@_exported
def begin(session: Session, solid: bool) -> Panel:
    """Begins a plot of two or, where ``solid``, three dimensions; `show` puts it into the current figure."""
    return Panel(solid, session.settings)


@_exported
def curve(session: Session, panel: Panel, name: str, given: str | None, columns: Tensor) -> str:
    """Adds a curve: columns x and y, or x, y and more where the style wants them (low and high, or dx and dy).
    Returns what is to be told of its format.

    Raises:
        PlotError: where the format is that of arrows, which want four columns, and there are fewer.
    """
    style, told = _style(session, given)
    count = columns.shape[1]
    if style.kind == "vectors" and count < 4:
        raise PlotError(f"gnuplot.plot: format '{given}' wants the four columns x, y, dx, dy, got {count}")
    panel.layers.append(Curve(np.array(columns.array), plot_words.clean(name), style))
    return told


@_exported
def surface(session: Session, panel: Panel, name: str, given: str | None, x: Tensor, y: Tensor, z: Tensor) -> str:
    """Adds a surface: three matrices of one size. Returns what is to be told of its format."""
    style, told = _style(session, given)
    grid = [np.array(t.array) for t in (x, y, z)]
    panel.layers.append(Surface(grid[0], grid[1], grid[2], plot_words.clean(name), style))
    return told


@_exported
def image(session: Session, panel: Panel, cells: Tensor, palette: str | None) -> str | None:
    """Adds a matrix as an image. Returns the names of the palettes where there is none of that name."""
    if palette is not None and palette not in plot_words.PALETTES:
        return ", ".join(plot_words.PALETTES)
    panel.layers.append(Image(np.array(cells.array)))
    session.settings.palette = plot_words.PALETTES[palette or "gray"]
    return None


@_exported
def show(session: Session, panel: Panel) -> None:
    """The plot is complete: it replaces what the current figure shows, or is the next of a multiplot."""
    picture = session.picture()
    panel.settings = session.settings.snapshot()
    if not picture.multiple:
        picture.panels, picture.layout, picture.heading = [], (1, 1), ""
    elif len(picture.panels) == picture.layout[0] * picture.layout[1]:
        picture.panels = []
    picture.panels.append(panel)
    _refresh(picture)


@_exported
def command(session: Session, text: str) -> str:
    """Carries out gnuplot commands, one a line or between semicolons; what they set is seen in the next plot, or after
    ``replot``, as in gnuplot. Returns those that mean nothing here, one a line, each once in a session.
    """
    strange = []
    for line in _commands(text):
        parts = plot_words.words(line)
        if parts and not _carried_out(session, parts) and line not in session.told:
            session.told.add(line)
            strange.append(line)
    return "\n".join(strange)


def _commands(text: str) -> list[str]:
    """The lines of a text, cut at the semicolons that are not in a quotation."""
    lines, line, quote = [], "", ""
    for letter in text.replace("\\\n", " "):
        quote = "" if letter == quote else letter if not quote and letter in "'\"" else quote
        if letter in ";\n" and not quote:
            lines.append(line.strip())
            line = ""
        else:
            line += letter
    return [*lines, line.strip()]


def _carried_out(session: Session, parts: list[str]) -> bool:
    word = parts[0]
    if word in ("replot", "refresh"):
        _redraw(session)
    elif word in ("clear", "show", "pause", "exit", "quit"):
        pass
    elif word == "reset":
        session.settings = Settings()
    elif word not in ("set", "unset"):
        return False
    elif len(parts) > 1 and plot_words.begins(parts[1], "terminal", 4):
        return _set_terminal(session, parts[2:])
    elif len(parts) > 1 and plot_words.begins(parts[1], "output", 3):
        _set_output(session, parts[2:] if word == "set" else [])
        return True
    elif len(parts) > 1 and plot_words.begins(parts[1], "multiplot", 5):
        _set_multiplot(session, parts[2:] if word == "set" else None)
        return True
    else:
        return plot_words.change(session.settings, parts)
    return True


def _redraw(session: Session) -> None:
    """Draws the current figure's plot again, with the settings as they are now."""
    picture = session.pictures.get(session.current)
    if picture is not None and picture.panels and not picture.multiple:
        picture.panels[-1].settings = session.settings.snapshot()
        _refresh(picture)


@_exported
def change(session: Session, text: str) -> None:
    """Carries out one ``set`` or ``unset`` command and shows it in the current figure, unless that is in its file."""
    plot_words.change(session.settings, plot_words.words(text))
    _show_settings(session)


def _show_settings(session: Session) -> None:
    picture = session.pictures.get(session.current)
    if picture is not None and (picture.window is not None or picture in _unsaved):
        _redraw(session)


@_exported
def legend(session: Session, across: str, along: str) -> None:
    """Puts the legend ``left``, ``right`` or ``center`` and ``top``, ``bottom`` or ``center``."""
    session.settings.key, session.settings.key_across, session.settings.key_along = True, across, along
    _show_settings(session)


@_exported
def terminal(session: Session, name: str) -> bool:
    """The terminal of the figures to come; False where gnuplot has none of that name, or none that is known here."""
    parts = plot_words.words(name)
    if not parts or parts[0] not in plot_words.TERMINALS:
        return False
    session.terminal = plot_words.TERMINALS[parts[0]]
    session.size = plot_words.size_of(parts) or session.size
    return True


def _set_terminal(session: Session, parts: list[str]) -> bool:
    picture = session.picture()
    if not parts or not terminal(session, " ".join(parts)):
        return False
    picture.format, picture.size = session.terminal, session.size
    return True


def _set_output(session: Session, parts: list[str]) -> None:
    picture = session.picture()
    _finish(picture)
    if parts:
        path = os.path.abspath(plot_words.text_of(parts[0]))
        kind = session.terminal or plot_words.format_of(path)
        session.pictures[picture.number] = Picture(picture.number, path, kind, session.size)


def _set_multiplot(session: Session, parts: list[str] | None) -> None:
    picture = session.picture()
    picture.multiple = parts is not None
    if parts is None:
        return
    numbers = [int(n) for n in map(plot_words.number, parts) if n is not None]
    picture.panels = []
    picture.layout = (numbers[0], numbers[1]) if len(numbers) > 1 and min(numbers[:2]) > 0 else (1, 1)
    picture.heading = (
        plot_words.clean(plot_words.text_of(parts[parts.index("title") + 1])) if "title" in parts[:-1] else ""
    )


def _style(session: Session, given: str | None) -> tuple[Style, str]:
    """The style for a format, and what is to be told of it, once in a session: gnuplot knows more than we do, and a
    script that has computed for hours is not to end for the look of a line.
    """
    style, unknown = plot_words.style_of(given, session.settings)
    color = None if style.color is None else _hex(style.color)
    if unknown is None and style.color is not None and color is None:
        unknown = style.color
    told = f"gnuplot: '{unknown}' in the format '{given}' means nothing here and is left out"
    if unknown is None or told in session.told:
        told = ""
    session.told.add(told)
    return replace(style, color=color), told


def _hex(color: str) -> str | None:
    """``#rrggbb`` for a colour's name, as gnuplot (``dark-violet``) or matplotlib writes it; None for any other."""
    from matplotlib import colors

    for name in (color, color.replace("-", ""), color.removeprefix("web-")):
        if colors.is_color_like(name):
            return str(colors.to_hex(name))
    return None
