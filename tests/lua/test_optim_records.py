"""optim.ConfusionMatrix and optim.Logger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lua_compat import Runtime, load
from lua_compat.bridge import plot_axes, plots
from lua_compat.errors import LuaError


@pytest.fixture(scope="module")
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("require 'optim'")
    return runtime


ADDS = {
    "numbers": "c:add(2, 3)",
    "scores": "c:add(torch.Tensor{0.1, 0.7, 0.2}, 3)",
    "float scores": "c:add(torch.FloatTensor{0.1, 0.7, 0.2}, 3)",
    "one-hot": "c:add(torch.Tensor{0.1, 0.7, 0.2}, torch.Tensor{0, 0, 1})",
    "batch of classes": "c:batchAdd(torch.LongTensor{2}, torch.IntTensor{3})",
    "batch of columns": "c:batchAdd(torch.Tensor{{2}}, torch.Tensor{{3}})",
    "batch of scores": "c:batchAdd(torch.Tensor{{0.1, 0.7, 0.2}}, torch.FloatTensor{3})",
    "batch of one-hot": "c:batchAdd(torch.Tensor{{0.1, 0.7, 0.2}}, torch.ByteTensor{{0, 0, 1}})",
    "unknown left out": "c:batchAdd(torch.Tensor{2, 1, 9}, torch.Tensor{3, 0, -1}); c:add(1, 0)",
}


@pytest.mark.parametrize("call", ADDS.values(), ids=ADDS)
def test_forms_of_predictions_and_targets(call: str, lua: Any) -> None:
    mat = lua.execute(f"local c = optim.ConfusionMatrix(3) {call} return c.mat")
    np.testing.assert_array_equal(np.asarray(mat), [[0, 0, 0], [0, 0, 0], [0, 1, 0]])


def test_many_at_once_are_the_sum_of_each(lua: Any) -> None:
    one, many, total = lua.execute("""
        torch.manualSeed(1)
        local a, b = optim.ConfusionMatrix(7), optim.ConfusionMatrix(7)
        local scores, targets = torch.rand(200, 7), torch.Tensor(200):random(0, 7)
        a:batchAdd(scores, targets)
        for i = 1, 200 do b:add(scores[i], targets[i]) end
        return a.mat, b.mat, targets:gt(0):sum()
    """)
    np.testing.assert_array_equal(np.asarray(one), np.asarray(many))
    assert np.asarray(one).sum() == total


def test_text_without_names_and_with_an_empty_class(lua: Any) -> None:
    assert lua.eval("tostring(optim.ConfusionMatrix(2))") == (
        "ConfusionMatrix:\n"
        "[[       0       0]   nan% \n"
        " [       0       0]]  nan% \n"
        " + average row correct: nan% \n"
        " + average rowUcol correct (VOC measure): nan% \n"
        " + global correct: nan%"
    )
    text = lua.execute("""
        local c = optim.ConfusionMatrix(2)
        for _ = 1, 3 do c:add(1, 1) end
        c.mat[1][2] = 123456789
        return tostring(c)
    """)
    assert "[[         3 123456789]   0.000% \n" in text


def test_rates_of_false_rejection_and_acceptance(lua: Any) -> None:
    # targets 1, 1, 2, 4 of four classes: 3 does not occur
    frr, far, frr_there, far_there = lua.execute("""
        local c = optim.ConfusionMatrix(4)
        c:batchAdd(torch.Tensor{1, 2, 2, 3}, torch.Tensor{1, 1, 2, 4})
        return c:farFrr()
    """)
    np.testing.assert_allclose(np.asarray(frr), [0.5, 0, -1, 1])
    np.testing.assert_allclose(np.asarray(far), [0, 0.25, -1, 0])
    np.testing.assert_allclose(np.asarray(frr_there), [0.5, 0, 1])
    np.testing.assert_allclose(np.asarray(far_there), [0, 0.25, 0])


def test_counts_go_through_a_file_with_the_fields_that_torch7_expects(lua: Any, tmp_path: Path) -> None:
    path = tmp_path / "confusion.t7"
    lua.globals.path = str(path)
    before, after = lua.execute("""
        local c = optim.ConfusionMatrix{'cat', 'dog'}
        c:batchAdd(torch.Tensor{1, 2, 2}, torch.Tensor{1, 1, 2})
        torch.save(path, c)
        local d = torch.load(path)
        assert(torch.type(d) == 'optim.ConfusionMatrix')
        local before = tostring(d)
        d:batchAdd(torch.eye(2), torch.Tensor{1, 2})
        assert(d._mat_flat[1] == 2 and d.mat[1][1] == 2)
        return before == tostring(c), d.mat:sum()
    """)
    assert (before, after) == (True, 5)
    fields = load(path)
    for name in ("_mat_flat", "_prediction", "_target", "_max", "_pred_idx", "_targ_idx"):
        assert name in fields.fields


def test_a_file_of_an_old_version_without_buffers(lua: Any) -> None:
    assert lua.execute("""
        local c = optim.ConfusionMatrix(2)
        for key in pairs(c) do if key:sub(1, 1) == '_' then c[key] = nil end end
        c:add(torch.Tensor{0, 1}, 2)
        c:batchAdd(torch.eye(2), torch.Tensor{1, 1})
        return c.mat[2][2], c.mat[1][1], c.mat[1][2]
    """) == (1, 1, 1)


REFUSED = {
    "c:add(4, 1)": "add: prediction: needs a class from 1 to 3, got 4",
    "c:add(1, 4)": r"add: target: needs a class from 1 to 3 \(0 or less where it is unknown\), got 4",
    "c:add(1.5, 1)": "add: prediction: needs a class from 1 to 3, got 1.5",
    "c:add(torch.eye(3), 1)": "add: prediction: needs a number or a tensor of scores, got 2 dimensions",
    "c:add(1, 'a')": "add: target: needs a number or a tensor of scores, got string",
    "c:batchAdd(torch.ones(2), torch.ones(3))": "batchAdd: 2 predictions for 3 targets",
    "c:batchAdd(torch.ones(2, 2, 2), torch.ones(2))": "batchAdd: predictions: needs a tensor of 1 dimension",
    "c:batchAdd(torch.ones(2), {1, 2})": "batchAdd: targets: needs a tensor of 1 dimension .* got table",
    "c:batchAdd(torch.ones(2), torch.ones(2) * 4)": "batchAdd: target: needs a class from 1 to 3 .* got 4",
    "c:batchAdd(torch.zeros(2), torch.ones(2))": "batchAdd: prediction: needs a class from 1 to 3, got 0",
    "c:render('size')": "render: sort: needs 'score' or 'occurrence', got size",
    "optim.ConfusionMatrix('a')": "a number of classes or a table of their names expected, got string",
}


@pytest.mark.parametrize(("call", "message"), REFUSED.items(), ids=REFUSED)
def test_what_does_not_fit_is_refused(call: str, message: str, lua: Any) -> None:
    with pytest.raises(LuaError, match=f"optim.ConfusionMatrix:? ?{message}"):
        lua.execute(f"local c = optim.ConfusionMatrix(3) {call}")


def test_a_picture_of_the_counts(lua: Any) -> None:
    scored, occurring = lua.execute("""
        local c = optim.ConfusionMatrix{'cat', 'dog'}
        c.mat:copy(torch.Tensor{{3, 3}, {0, 2}})
        return c:render(nil, false, 10, 0), c:render('occurrence', false, 10, 0)
    """)
    scored, occurring = np.asarray(scored), np.asarray(occurring)
    assert scored.shape == occurring.shape == (3, 20, 20)
    cells = np.ix_([0, 1, 2], [4, 14], [4, 14])
    np.testing.assert_allclose(scored[cells][0], [[1, 0], [0.5, 0.5]])  # dog first: all right
    np.testing.assert_allclose(occurring[cells][1], [[0.5, 0.5], [0, 1]])  # cat first: six of them
    np.testing.assert_allclose(scored[:, 9, :], 0.1)  # the grid
    np.testing.assert_allclose(scored[:, :, 19], 0.1)


def test_a_picture_has_a_legend_and_shares_in_its_cells(lua: Any) -> None:
    plain, whole = lua.execute("""
        local c = optim.ConfusionMatrix{'cat', 'a name as long as a tale'}
        c.mat:copy(torch.Tensor{{3, 3}, {0, 2}})
        return c:render('score', false, 17, 0), c:render('score', false, 20, 60)
    """)
    assert len(np.unique(np.asarray(plain))) == 4  # 0, 0.1, 0.5 and 1: no text
    whole = np.asarray(whole)
    assert whole.shape == (3, 40, 100)
    cells, legend = whole[:, :, :40], whole[:, :, 40:]
    assert (cells[:, 5:15, 4:19] == 51 / 255).any()  # dark on the white cell
    for row in (legend[:, :20], legend[:, 20:]):  # both names, and nothing of the long one in the next line
        assert 0 < (row[:, 4:16] > 0).sum() == (row > 0).sum()


def test_columns_by_name_keep_one_order(lua: Any, tmp_path: Path) -> None:
    lua.globals.name = str(tmp_path / "sub" / "log")
    assert lua.execute("""
        local l = optim.Logger(name)
        l:add{loss = 0.5, error = 2} l:add{error = 1, loss = 0.25}
        assert(l.epsfile == name .. '.eps' and l.nsymbols == 2 and not l.empty)
        return l.symbols.loss[2], l.names.loss, l.idx.loss, l.styles.error[1]
    """) == (0.25, "loss", "loss", "+")
    assert (tmp_path / "sub" / "log").read_text() == (
        "error\tloss\t\n 2.0000e+00\t 5.0000e-01\t\n 1.0000e+00\t 2.5000e-01\t\n"
    )


def test_styles_of_one_or_several_kinds(lua: Any, tmp_path: Path) -> None:
    lua.globals.name = str(tmp_path / "log")
    assert lua.execute("""
        local l = optim.Logger(name):setNames{'a', 'b', 'c'}
        assert(l:style{'-', {'+', '-'}} == l)
        local one, two, three = l.styles[1][1], #l.styles[2], l.styles[3][1]
        l:style('~')
        l:display(false)
        l:setlogscale(true)
        return one, two, three, l.styles[3][1], l.showPlot, l.logscale
    """) == ("-", 2, "+", "~", False, True)


def test_a_log_with_the_time_in_its_name(lua: Any, tmp_path: Path) -> None:
    lua.globals.name = str(tmp_path / "log")
    lua.execute("optim.Logger(name, true):setNames{'a'}")
    (found,) = tmp_path.iterdir()
    assert found.name.startswith("log-2")
    assert found.read_text() == "a\t\n"


def test_a_bad_row_leaves_the_log_as_it_was(lua: Any, tmp_path: Path) -> None:
    lua.globals.name = str(tmp_path / "log")
    message = lua.execute("""
        local l = optim.Logger(name):setNames{'a', 'b'}
        local _, message = pcall(l.add, l, {1, {}})
        return message .. #l.symbols[1]
    """)
    assert "optim.Logger:add: 2: only numbers and strings can be logged, got table" in message
    assert message.endswith("0")
    assert (tmp_path / "log").read_text() == "a\tb\t\n"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Every figure that is drawn, in an empty working folder without a display."""
    figures: list[Any] = []

    def draw(figure: Any, *rest: Any) -> None:
        plot_axes.draw(figure, *rest)
        figures.append(figure)

    monkeypatch.setattr(plots, "draw", draw)
    monkeypatch.setattr(plots, "_unsaved", [])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return figures


LOGGED = """
    local l = optim.Logger('train.log'):setNames{'loss', 'accuracy', 'note'}
    l:add{0.5, 10, 'a'} l:add{0.25, 20, 'b'} l:add{0.125, 40, 'c'}
"""


def test_a_plot_lies_beside_the_log_and_shows_its_columns(drawn: list[Any], lua: Any) -> None:
    lua.execute(
        f"{LOGGED} l:style{{'-', {{'+', '-'}}}} l:display(false) l:setlogscale(true) l:plot('loss', 'accuracy')"
    )
    assert Path("train.log.eps").read_text().startswith("%!PS-Adobe")
    assert sorted(p.name for p in Path.cwd().iterdir()) == ["train.log", "train.log.eps"]
    (axes,) = drawn[-1].axes
    assert axes.get_title() == "<Logger::train.log>"
    assert axes.get_yscale() == "log"
    loss, points, line = axes.lines
    assert [curve.get_label() for curve in axes.lines] == ["loss", "accuracy", "accuracy"]
    np.testing.assert_array_equal(loss.get_xydata(), [[1, 0.5], [2, 0.25], [3, 0.125]])
    np.testing.assert_array_equal(points.get_ydata(), [10, 20, 40])
    assert [(c.get_linestyle(), c.get_marker()) for c in (points, line)] == [("None", "x"), ("-", "None")]


def test_a_plot_is_shown_where_there_is_no_file(drawn: list[Any], lua: Any, capfd: pytest.CaptureFixture[str]) -> None:
    lua.execute("""
        gnuplot = require 'gnuplot'
        gnuplot.raw('unset logscale y')
        local l = optim.Logger()
        l:add{a = 1} l:plot()  -- of one row there is nothing to draw
        l:add{a = 3} l:plot()
        l:plot('a')
        gnuplot.plotflush(l.figure)
    """)
    assert drawn[-1].axes[0].get_title() == "<Logger::stdout>"
    np.testing.assert_array_equal(drawn[-1].axes[0].lines[0].get_ydata(), [1, 3])
    assert "<Logger> no path given" in capfd.readouterr().out


def test_a_column_that_there_is_not_cannot_be_plotted(drawn: list[Any], lua: Any) -> None:
    with pytest.raises(LuaError, match=r"optim\.Logger:plot: no column lose, there are: accuracy, loss, note"):
        lua.execute(f"{LOGGED} l:plot('lose')")
    assert drawn == []
