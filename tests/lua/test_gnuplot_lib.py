"""gnuplot: what a script plots is what matplotlib's axes show, and where it goes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from lua_compat import Runtime
from lua_compat.bridge import plot_axes, plot_words, plots


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Every figure that is drawn, in an empty working folder without a display."""
    figures: list[Any] = []

    def draw(figure: Any, picture: Any) -> None:
        plot_axes.draw(figure, picture)
        figures.append(figure)

    monkeypatch.setattr(plots, "draw", draw)
    monkeypatch.setattr(plots, "_unsaved", [])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return figures


@pytest.fixture(scope="module")
def runtime() -> Any:
    return Runtime()


@pytest.fixture
def lua(runtime: Any, drawn: list[Any]) -> Any:
    runtime.execute("""
        package.loaded.gnuplot = nil
        require 'gnuplot'  -- with settings and figures of its own
        x, y = torch.Tensor{1, 2, 4}, torch.Tensor{3, 1, 2}
        function draw(fn, ...)
           gnuplot.pngfigure('out.png')
           gnuplot[fn](...)
           gnuplot.plotflush()
        end
    """)
    return runtime


def lines(axes: Any) -> list[list[list[float]]]:
    return [np.asarray(line.get_xydata()).tolist() for line in axes.lines]


@pytest.mark.parametrize(
    ("arguments", "points"),
    [
        ("y", [[[1, 3], [2, 1], [3, 2]]]),
        ("x, y", [[[1, 3], [2, 1], [4, 2]]]),
        ("'a', x, y", [[[1, 3], [2, 1], [4, 2]]]),
        ("'a', y, '-'", [[[1, 3], [2, 1], [3, 2]]]),
        ("torch.cat(x, y, 2)", [[[1, 3], [2, 1], [4, 2]]]),
        ("{'a', x, y, '-'}, {y}", [[[1, 3], [2, 1], [4, 2]], [[1, 3], [2, 1], [3, 2]]]),
        ("{{'a', y}, {'b', x, y, '+'}}", [[[1, 3], [2, 1], [3, 2]], [[1, 3], [2, 1], [4, 2]]]),
        ("y:int(), '.'", [[[1, 3], [2, 1], [3, 2]]]),
        ("y:storage()", [[[1, 3], [2, 1], [3, 2]]]),
        ("y:view(3, 1)", [[[1, 3], [2, 1], [3, 2]]]),
        ("torch.ones(1, 5)", [[[i, 1] for i in range(1, 6)]]),
        ("torch.Tensor{{1, 5}}", [[[1, 5]]]),
        ("y:view(3, 1):expand(3, 2):t()[1]", [[[1, 3], [2, 1], [3, 2]]]),
    ],
)
def test_calling_forms(lua: Any, drawn: list[Any], arguments: str, points: Any) -> None:
    lua.execute(f"draw('plot', {arguments})")
    assert lines(drawn[-1].axes[0]) == points


@pytest.mark.parametrize(
    ("style", "look"),
    [
        ("-", ("-", "None", 1.2)),
        ("+", ("None", "+", 1.2)),
        ("+-", ("-", "+", 1.2)),
        (".", ("None", ".", 1.2)),
        ("lines ls 1", ("-", "None", 1.2)),
        ("points pt 2 ps 3", ("None", "x", 1.2)),
        ("with linespoints pt 7 lw 2 dt 2", ("--", "o", 2.4)),
        ("lp pt 6", ("-", "o", 1.2)),
    ],
)
def test_formats(lua: Any, drawn: list[Any], style: str, look: tuple[str, str, float]) -> None:
    lua.execute(f"draw('plot', x, y, '{style}')")
    (line,) = drawn[-1].axes[0].lines
    assert (line.get_linestyle(), line.get_marker(), line.get_linewidth()) == look


def test_colours_are_gnuplots_unless_the_format_names_one(lua: Any, drawn: list[Any]) -> None:
    lua.execute(
        """draw('plot', {y, '-'}, {y, '-'}, {y, 'lines lc rgb "dark-red"'}, {y, 'lines ls 1'}, {y, 'lines lc 2'})"""
    )
    colors = [line.get_color() for line in drawn[-1].axes[0].lines]
    assert colors == ["#9400d3", "#009e73", "#8b0000", "#9400d3", "#009e73"]


def test_what_a_format_asks_in_vain_is_told_once(lua: Any, drawn: list[Any], capfd: pytest.CaptureFixture[str]) -> None:
    lua.execute("""
        for i = 1, 2 do draw('plot', {y, 'lines foo lw 2'}, {y, 'lines lc rgb "nocolour"'}) end
        draw('splot', torch.eye(3), 'bar')
    """)
    assert capfd.readouterr().err.splitlines() == [
        "gnuplot: 'foo' in the format 'lines foo lw 2' means nothing here and is left out",
        "gnuplot: 'nocolour' in the format 'lines lc rgb \"nocolour\"' means nothing here and is left out",
        "gnuplot: 'bar' in the format 'bar' means nothing here and is left out",
    ]
    first, second = drawn[-2].axes[0].lines
    assert (first.get_linewidth(), second.get_color()) == (2.4, "#009e73")


def test_arrows(lua: Any, drawn: list[Any]) -> None:
    lua.execute("draw('plot', torch.Tensor{{0, 0, 1, 2}, {3, 3, -1, 0}}, 'v')")
    (arrows,) = drawn[-1].axes[0].collections
    assert (arrows.XY.tolist(), arrows.U.tolist(), arrows.V.tolist()) == ([[0, 0], [3, 3]], [1, -1], [2, 0])


def test_error_bars_take_a_size_or_two_ends(lua: Any, drawn: list[Any]) -> None:
    lua.execute("""
        draw('plot', {torch.Tensor{{1, 5, 2}}, 'errorbars'}, {torch.Tensor{{2, 5, 4, 9}}, 'yerrorbars'})
    """)
    sizes, ends = (bars.get_segments()[0].tolist() for bars in drawn[-1].axes[0].collections)
    assert (sizes, ends) == ([[1, 3], [1, 7]], [[2, 4], [2, 9]])


def test_whole_numbers_have_no_ticks_between_them(lua: Any, drawn: list[Any]) -> None:
    lua.execute("draw('plot', torch.rand(4)); draw('plot', x / 4, y)")
    whole, parts = (np.array(f.axes[0].get_xticks()) % 1 for f in drawn)
    assert (whole == 0).all()
    assert (parts != 0).any()


def test_values_that_are_no_numbers_leave_gaps(lua: Any, drawn: list[Any]) -> None:
    lua.execute("""
        draw('plot', torch.Tensor{1, 0/0, 1/0, 3}); draw('bar', torch.Tensor{0/0, 1})
        draw('splot', torch.zeros(3, 3) / 0); draw('plot', torch.Tensor{0/0, 2}, '~')
        draw('imagesc', torch.zeros(2, 2) / 0)
        gnuplot.logscale(true); draw('plot', torch.Tensor{-1, 0, 2})
    """)
    assert len(drawn) == 6
    assert drawn[-1].axes[0].get_ylim()[0] > 0


def test_texts_of_any_bytes(lua: Any, drawn: list[Any]) -> None:
    lua.execute("gnuplot.title('\u65e5 \\200'); draw('plot', {'\\255 name', x})")
    assert drawn[-1].axes[0].get_title() == "\u65e5 ?"
    assert drawn[-1].axes[0].get_legend().get_texts()[0].get_text() == "? name"


def test_a_logarithmic_axis(lua: Any, drawn: list[Any]) -> None:
    lua.execute("gnuplot.logscale('on'); draw('plot', x, y - 2); gnuplot.logscale(false); draw('plot', x, y)")
    assert [f.axes[0].get_yscale() for f in drawn] == ["log", "linear"]


@pytest.mark.parametrize("kind", ["boxes", "impulses", "filledcurves"])
def test_what_reaches_down_to_0_is_seen_on_a_logarithmic_axis(lua: Any, tmp_path: Path, kind: str) -> None:
    lua.execute(f"gnuplot.logscale(true); draw('plot', x, y, '{kind} lw 4 lc rgb \"red\"')")
    with Image.open(tmp_path / "out.png") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert sum((pixels == color).all(-1).sum() for color in ([255, 0, 0], [255, 166, 166])) > 400  # itself or pale


def test_the_legend_is_in_the_order_of_the_curves(lua: Any, drawn: list[Any]) -> None:
    lua.execute("draw('plot', {'bars', torch.rand(3, 3), 'errorbars'}, {'boxes', y, '|'}, {'line', y, '-'})")
    assert [t.get_text() for t in drawn[-1].axes[0].get_legend().get_texts()] == ["bars", "boxes", "line"]


def test_bars_stand_on_their_places(lua: Any, drawn: list[Any]) -> None:
    lua.execute("draw('bar', x, y)")
    boxes = [(p.get_x(), p.get_width(), p.get_height()) for p in drawn[-1].axes[0].patches]
    assert boxes == [(0.5, 1, 3), (1.5, 1, 1), (3.5, 1, 2)]
    lua.execute("draw('plot', y, '|')")
    assert [p.get_height() for p in drawn[-1].axes[0].patches] == [3, 1, 2]


def test_a_histogram_counts_and_draws(lua: Any, drawn: list[Any]) -> None:
    assert lua.execute("""
        gnuplot.pngfigure('out.png')
        local h = gnuplot.hist(torch.Tensor{0, 1, 1, 2, 3, 4, 4, 4}, 4)
        gnuplot.plotflush()
        local text = tostring(h)
        return h.raw[1], h.raw[2], h.raw[3], h.raw[4], h[1].val, h[4].nb, h.max.val, h.min.val, h.binwidth, h.bins,
           text:match('%d+ |') == '4 |'
    """) == (1, 2, 1, 4, 0.5, 4, 3.5, 0.5, 1, 4, True)
    assert [p.get_height() for p in drawn[-1].axes[0].patches] == [1, 2, 1, 4]


def test_a_histogram_of_a_range_leaves_the_rest_out(lua: Any) -> None:
    assert lua.execute("""
        local h = gnuplot.histc(torch.Tensor{-5, 0, 0.5, 1, 7}, 2, 0, 1)
        local same = gnuplot.histc(torch.Tensor{2, 2}, 3)
        return h.raw[1], h.raw[2], same.raw:sum()
    """) == (1, 2, 2)


def test_a_smooth_line_passes_through_its_points(lua: Any, drawn: list[Any]) -> None:
    lua.execute("draw('plot', torch.Tensor{4, 1, 2}, torch.Tensor{2, 3, 1}, '~')")
    curve = np.array(lines(drawn[-1].axes[0])[0])
    assert len(curve) == 100
    assert curve[0].tolist() == [1, 3]
    assert curve[-1] == pytest.approx([4, 2])


def test_the_spline_is_the_natural_one() -> None:
    from scipy.interpolate import CubicSpline

    x, y = np.array([0.0, 1, 1.5, 4, 4.2, 7]), np.array([3.0, 1, 4, 1, 5, 9])
    at, found = plot_axes.spline(x[::-1], y[::-1], 50)
    np.testing.assert_allclose(found, CubicSpline(x, y, bc_type="natural")(at), atol=1e-12)


def test_an_image_has_its_first_row_on_top(lua: Any, drawn: list[Any]) -> None:
    lua.execute("draw('imagesc', torch.Tensor{{1, 2}, {3, 4}}, 'color')")
    axes, bar = drawn[-1].axes
    (image,) = axes.images
    assert image.get_array().tolist() == [[1, 2], [3, 4]]
    assert image.get_cmap().name == "gnuplot"
    assert axes.get_ylim() == (1.5, -0.5)
    assert bar.get_ylim() == (1, 4)
    lua.execute("draw('imagesc', torch.eye(2))")
    assert drawn[-1].axes[0].images[0].get_cmap().name == "gray"


def test_surfaces_and_points_in_space(lua: Any, drawn: list[Any]) -> None:
    lua.execute("draw('splot', {'hill', torch.Tensor{{1, 2, 3}, {4, 5, 7}}}, {torch.ones(2, 2), 'pm3d'})")
    axes = drawn[-1].axes[0]
    assert axes.get_zlim()[0] == -0.5  # the contours' floor, a quarter of the height below
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["hill"]
    lua.execute("draw('scatter3', {'a', x, y, torch.Tensor{5, 6, 7}})")
    (cloud,) = drawn[-1].axes[0].lines
    assert np.array(cloud.get_data_3d()).tolist() == [[1, 2, 4], [3, 1, 2], [5, 6, 7]]


def test_a_band_between_two_columns(lua: Any, drawn: list[Any]) -> None:
    lua.execute("draw('plot', {torch.cat(torch.cat(x, y, 2), y + 2, 2), 'filledcurves'})")
    (band,) = drawn[-1].axes[0].collections
    corners = {tuple(p) for p in band.get_paths()[0].vertices.tolist()}
    assert {(1, 3), (1, 5), (4, 2), (4, 4)} <= corners


def test_texts_grid_legend_and_axes(lua: Any, drawn: list[Any]) -> None:
    lua.execute("""
        gnuplot.pngfigure('out.png')
        gnuplot.plot({'it_s $1', x, y, '-'})
        gnuplot.title("a 'title' $2"); gnuplot.xlabel('steps; done'); gnuplot.ylabel('loss')
        gnuplot.grid(true); gnuplot.movelegend('left', 'bottom'); gnuplot.axis{0, 5, '', 9}
        gnuplot.plotflush()
    """)
    axes = drawn[-1].axes[0]
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == ("a 'title' $2", "steps; done", "loss")
    assert (axes.get_xlim(), axes.get_ylim()[1]) == ((0, 5), 9)
    assert axes.xaxis.get_gridlines()[0].get_visible()
    legend = axes.get_legend()
    assert [t.get_text() for t in legend.get_texts()] == ["it_s $1"]
    assert legend._loc == 3  # matplotlib's number for the lower left


def test_settings_stay_until_they_are_reset(lua: Any, drawn: list[Any]) -> None:
    lua.execute("""
        gnuplot.raw('set title "kept"; set logscale y; set key off')
        draw('plot', {'name', x, y})
        draw('plot', {'name', x, y})
        gnuplot.raw('reset')
        draw('plot', {'name', x, y})
    """)
    told = [(f.axes[0].get_title(), f.axes[0].get_yscale(), f.axes[0].get_legend() is None) for f in drawn]
    assert told == [("kept", "log", True)] * 2 + [("", "linear", False)]


def test_raw_shows_in_the_next_plot_or_after_replot(lua: Any, drawn: list[Any]) -> None:
    lua.execute("""
        gnuplot.pngfigure('out.png')
        gnuplot.plot(x, y)
        gnuplot.raw('set xrange [0:8]')
        gnuplot.plotflush()
        gnuplot.raw('replot')
        gnuplot.plotflush()
    """)
    assert drawn[0].axes[0].get_xlim() != (0, 8)
    assert drawn[1].axes[0].get_xlim() == (0, 8)


@pytest.mark.parametrize(
    ("commands", "field", "value"),
    [
        ("set xrange [1:5]", "ranges", {"x": (1, 5)}),
        ("set yrange [:2e3]", "ranges", {"y": (None, 2000)}),
        ("set yrange [0:1] reverse", "reverse", {"y"}),
        ("set xr [1:5]\nset autoscale", "ranges", {}),
        ("set logscale xy 2", "logs", {"x": 2, "y": 2}),
        ("set log y; unset log", "logs", {}),
        ("set nokey", "key", False),
        ("set key outside", "key_outside", True),
        ("set size ratio -1", "ratio", -1),
        ("set size square", "ratio", 1),
        ("unset xtics", "hidden_ticks", {"x"}),
        ("set label 'here' at 1,2", "labels", [("here", 1, 2)]),
        ("set style data lines", "kind", "lines"),
        ("set style line 3 lc rgb '#ff0000' lw 2", "lines", {3: plot_words.Style(color="#ff0000", width=2)}),
        ("set view 30, 60", "view", (30, 60)),
        ('set title "a; b"', "texts", {"title": "a; b"}),
        ("set title 'it''s'", "texts", {"title": "it's"}),
        ('set xlabel "a\\tb" font "Arial,10"', "texts", {"xlabel": "a\tb"}),
        ("set samples 30", "samples", 30),
    ],
)
def test_set_commands(commands: str, field: str, value: Any) -> None:
    session = plots.session()
    assert plots.command(session, commands) == ""
    assert getattr(session.settings, field) == value


def test_commands_that_mean_nothing_are_told_once(lua: Any, capfd: pytest.CaptureFixture[str]) -> None:
    lua.execute("""
        gnuplot.raw('set foo bar; plot sin(x)')
        gnuplot.raw('plot sin(x)')
        gnuplot.raw('set xrange')
        gnuplot.raw("set title 'open")
        gnuplot.raw('')
    """)
    told = capfd.readouterr().err.splitlines()
    assert [line.split("'")[1] for line in told] == ["set foo bar", "plot sin(x)", "set xrange"]


def test_a_multiplot_fills_its_panels(lua: Any, drawn: list[Any]) -> None:
    lua.execute("""
        gnuplot.pngfigure('out.png')
        gnuplot.raw('set multiplot layout 1,2 title "both"')
        gnuplot.title('one'); gnuplot.plot(x, y, '-')
        gnuplot.title('two'); gnuplot.plot(y, '-')
        gnuplot.raw('unset multiplot')
        gnuplot.plotflush()
    """)
    first, second = drawn[-1].axes
    assert (first.get_title(), second.get_title(), drawn[-1].get_suptitle()) == ("one", "two", "both")
    assert first.get_position().x1 < second.get_position().x0
    assert lines(second) == [[[1, 3], [2, 1], [3, 2]]]


SIGNATURES = {"png": b"\x89PNG", "eps": b"%!PS-Adobe-3.0 EPSF", "pdf": b"%PDF-", "svg": b"<?xml"}


@pytest.mark.parametrize("kind", SIGNATURES)
def test_files_of_each_format(lua: Any, tmp_path: Path, kind: str) -> None:
    lua.execute(f"""
        gnuplot.{kind}figure('figure'); gnuplot.plot(x, y, '|'); gnuplot.plotflush()
        gnuplot.figprint('printed.{kind}'); gnuplot.{kind}print('again')
    """)
    for name in ("figure", f"printed.{kind}", "again"):
        assert (tmp_path / name).read_bytes().startswith(SIGNATURES[kind])
    assert len(list(tmp_path.iterdir())) == 3


def test_a_terminal_and_an_output_of_gnuplots_own(lua: Any, tmp_path: Path) -> None:
    lua.execute("""
        gnuplot.raw("set term png size 320,200")
        gnuplot.raw("set output 'a b.png'")
        gnuplot.plot(x, y)
        gnuplot.raw("set output")
    """)
    with Image.open(tmp_path / "a b.png") as picture:
        assert picture.size == (320, 200)


def test_figures_have_numbers_and_can_be_drawn_in_again(lua: Any, tmp_path: Path) -> None:
    assert lua.execute("""
        local first = gnuplot.pngfigure('one.png')
        gnuplot.plot(x)
        local second = gnuplot.pngfigure('two.png')
        gnuplot.plot(y)
        gnuplot.figure(first)
        gnuplot.plot(x, y)
        local third = gnuplot.figure()
        gnuplot.close(third)
        gnuplot.closeall()
        return first, second, third
    """) == (1, 2, 3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.png", "two.png"]


def test_a_file_is_written_once_unless_something_changed(lua: Any, drawn: list[Any]) -> None:
    lua.execute("draw('plot', x, y); gnuplot.plotflush(); gnuplot.title('later')")
    assert len(drawn) == 1
    lua.execute("gnuplot.plot(y); gnuplot.plotflush()")
    assert len(drawn) == 2


def test_without_a_display_the_picture_is_a_file_whose_name_is_told(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    code = """
        require 'gnuplot'
        gnuplot.figure(); gnuplot.plot(torch.range(1, 3)); gnuplot.plotflush()
        gnuplot.figure(7); gnuplot.plot(torch.range(1, 3))
        print 'done'
    """
    command = [sys.executable, "-m", "lua_compat.bridge.cli", "-e", code]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    first, middle, last = ran.stdout.splitlines()
    told = "gnuplot: there is no display; figure {} is in " + str(tmp_path) + "/figure{}.png"
    assert (first, middle, last) == (told.format(1, 1), "done", told.format(7, 7))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["figure1.png", "figure7.png"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("gnuplot.plot()", "gnuplot.plot: ['name',] tensors [, format] expected, or tables of these"),
        ("gnuplot.plot(3)", "gnuplot.plot: argument 1: a tensor or a string expected, got number"),
        ("gnuplot.plot('name')", "gnuplot.plot: at least one tensor expected"),
        ("gnuplot.plot(torch.Tensor())", "gnuplot.plot: argument 1 is a tensor without elements"),
        ("gnuplot.plot(x, torch.rand(4))", "as many elements, or a matrix of columns expected, got 3 and 4"),
        ("gnuplot.plot({x}, y)", "argument 2: a table expected as the first is one, got torch.DoubleTensor"),
        ("gnuplot.plot(x, 'v')", "format 'v' wants the four columns x, y, dx, dy, got 2"),
        ("gnuplot.splot(x)", "gnuplot.splot: a matrix z, or x, y and z expected, got 3"),
        ("gnuplot.splot(x, y, torch.ones(2, 2))", "x, y and z must be of one size, got 3 and 3 and 2x2"),
        ("gnuplot.scatter3(x, y)", "gnuplot.scatter3: x, y and z with as many elements"),
        ("gnuplot.imagesc(torch.rand(3, 4, 5))", "a matrix expected, got torch.DoubleTensor of 3 dimensions"),
        ("gnuplot.imagesc(torch.eye(2), 'pink')", "palette 'pink' is not one of color, gray"),
        ("gnuplot.hist(x, 0)", "a whole number of bins from 1 expected, got 0"),
        ("gnuplot.grid(3)", "true, false, 'on' or 'off' expected, got 3"),
        ("gnuplot.axis('round')", "'auto', 'image', 'equal', 'fill' or a table of limits expected, got round"),
        ("gnuplot.movelegend('up', 'top')", "left, right or center expected, got up"),
        ("gnuplot.title()", "bad argument #1 to 'gnuplot.title' (a string expected, got nil)"),
        ("gnuplot.figure(0)", "a whole number from 1 expected, got 0"),
        ("gnuplot.pngfigure()", "a file name expected, got nil"),
        ("gnuplot.figprint('a.xyz')", "a.xyz: the name must end in one of .png"),
        ("gnuplot.figprint('a.png')", "gnuplot.figprint: a.png: nothing was plotted yet"),
        ("gnuplot.plotflush(77)", "there is no figure 77; there are none"),
        ("gnuplot.setterm('vt100')", "there is no terminal 'vt100'"),
        ("gnuplot.pngfigure('no/a.png'); gnuplot.plot(x); gnuplot.plotflush()", "/no/a.png: No such file or directory"),
    ],
)
def test_errors_say_what_is_allowed(lua: Any, code: str, told: str) -> None:
    assert told in lua.execute(f"local ok, why = pcall(function() {code} end); assert(not ok); return why")


class _Canvas(FigureCanvasAgg):
    required_interactive_framework = "toolkit"


class _Window(Figure):
    number = 1

    def show(self, warn: bool = True) -> None:
        self.shown = True


class _Pyplot:
    """matplotlib.pyplot as far as one window goes."""

    open: _Window | None = None

    def figure(self, **options: Any) -> Any:
        assert self.open is None
        self.open = _Window(**options)
        _Canvas(self.open)
        return self.open

    def fignum_exists(self, number: int) -> bool:
        return self.open is not None

    def close(self, window: Any) -> None:
        assert window is self.open
        self.open = None


def test_with_a_display_a_figure_is_a_window_that_follows(
    lua: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pyplot = _Pyplot()
    monkeypatch.setattr(plots, "_pyplot", lambda: pyplot)
    monkeypatch.setattr(plots, "_windows", [])
    left: list[Any] = []
    monkeypatch.setattr(plots, "_leave", left.extend)
    monkeypatch.setenv("DISPLAY", ":9")
    lua.execute("gnuplot.figure(); gnuplot.plot(y, '-'); gnuplot.title('seen')")
    window: Any = pyplot.open
    assert window.shown
    assert lines(window.axes[0]) == [[[1, 3], [2, 1], [3, 2]]]
    assert window.axes[0].get_title() == "seen"
    lua.execute("gnuplot.plot(x, y, '-'); gnuplot.plotflush()")
    assert lines(window.axes[0]) == [[[1, 3], [2, 1], [4, 2]]]
    plots._at_the_end()
    assert left == [window]
    lua.execute("gnuplot.closeall()")
    assert pyplot.open is None
    plots._at_the_end()
    assert left == [window]
    assert list(tmp_path.iterdir()) == []


def test_windows_outlive_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that shows them is given them whole; here it writes them down instead."""
    figure = Figure()
    figure.add_subplot().set_title("left")
    shown = f"f = figures[0]; open({str(tmp_path / 'shown')!r}, 'w').write(f.axes[0].get_title())"
    monkeypatch.setattr(plots, "_VIEWER", plots._VIEWER.partition("; from")[0] + "; " + shown)
    started: list[Any] = []
    popen = subprocess.Popen

    def start(*args: Any, **options: Any) -> Any:
        started.append(popen(*args, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    plots._leave([figure])
    assert started[0].wait() == 0
    assert (tmp_path / "shown").read_text() == "left"
