from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from lupa.luajit21 import LuaError

from tests.lua.lua_library import bare_lua


@pytest.fixture
def lua() -> Any:
    runtime = bare_lua()
    runtime.execute("sys, xlua, paths = require 'sys', require 'xlua', require 'paths'")
    return runtime


def listed(table: Any) -> list[Any]:
    return list(table.values())


def test_split(lua: Any) -> None:
    assert listed(lua.eval("sys.split('a,b,,c', ',')")) == ["a", "b", "", "c"]
    assert listed(lua.eval("sys.split(',a,', ',')")) == ["a"]
    assert listed(lua.eval("sys.split('a  b', '%s+')")) == ["a", "b"]


def test_shell_commands(lua: Any, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("")
    (tmp_path / "a").write_text("")
    assert lua.eval(f"sys.ls('{tmp_path}')") == "a\nb"
    assert lua.eval("sys.execute('echo out; echo err >&2')") == "out\nerr"
    assert lua.eval("sys.fexecute('echo hello')") == "hello"


def test_clock_colors_and_numbers(lua: Any) -> None:
    assert lua.execute("""
        sys.tic()
        sys.usleep(1000)
        return sys.toc() >= 0.001, sys.COLORS.red, sys.COLORS.Red, sys.COLORS._red, sys.COLORS.none,
           sys.isNaN(0 / 0), sys.isNaN(1)
    """) == (True, "\x1b[0;31m", "\x1b[1;31m", "\x1b[41m", "\x1b[0m", True, False)


def test_fpath_is_the_calling_files(lua: Any, tmp_path: Path) -> None:
    (tmp_path / "where.lua").write_text("local folder, name = sys.fpath() return folder, name")
    assert lua.eval(f"dofile('{tmp_path}/where.lua')") == (str(tmp_path), "where.lua")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0ms"), (0.029, "29ms"), (0.5, "500ms"), (75, "1m15s"), (3700, "1h1m"), (90061, "1D1h"), (1.25, "1s250ms")],
)
def test_durations(lua: Any, seconds: float, text: str) -> None:
    assert lua.eval("xlua.formatTime")(seconds) == text


def test_progress_draws_one_bar_over_itself(lua: Any) -> None:
    text = lua.execute("return captured(function() for i = 1, 3 do xlua.progress(i, 3) end end)")
    draws = text.split("\r\r")
    assert len(draws) == 3
    assert " 1/3 " in draws[0]
    assert "ETA: 0ms | Step: 0ms" in draws[0]
    bar = draws[0].split("[", 1)[1].split("]", 1)[0]
    assert (len(bar), bar.count("="), bar.count(">"), bar.count(".")) == (46, 14, 1, 31)
    assert " Tot: " in draws[2]
    assert " 3/3 \n\r" in draws[2]


def test_progress_starts_again_after_its_end(lua: Any) -> None:
    text = lua.execute("""
        return captured(function() xlua.progress(1, 1) xlua.progress(1, 1) xlua.progress(0, 1) xlua.progress(1, 1) end)
    """)
    assert text.count("Tot:") == 2
    assert text.count("ETA:") == 1


def test_named_and_positional_arguments(lua: Any) -> None:
    lua.execute("""
        function sized(...)
           local _, width, height, copy = xlua.unpack({...}, 'sized', 'makes it',
              {arg = 'width', type = 'number', req = true}, {arg = 'height', type = 'number', default = 7},
              {arg = 'depth', type = 'number', defaulta = 'width'})
           return width, height, copy
        end
    """)
    assert lua.eval("sized{width = 5}") == (5, 7, 5)
    assert lua.eval("sized(1, 2, 3)") == (1, 2, 3)
    assert lua.eval("sized('wide')") == ("wide", 7, "wide")  # Torch7 compared no types
    with pytest.raises(
        LuaError, match=r"sized: missing argument 'width'\n.*sized.*\nmakes it\narguments:\n   width \(number\)"
    ):
        lua.eval("sized{height = 2}")


def test_arguments_are_named_by_one_table_without_items(lua: Any) -> None:
    lua.execute("""
        function values(...)
           local options, a, b = xlua.unpack({...}, 'f', '', {arg = 'a'}, {arg = 'b', default = 'other'})
           return a, b, options.a == options[1], options.b == options[2]
        end
    """)
    assert lua.execute("local a, b, c, d = values{1, 2}; return a[2], b, c, d") == (2, "other", True, True)
    assert lua.eval("values{unknown = 1}") == (None, "other", True, True)
    assert lua.eval("values(nil, 4)") == (None, 4, True, True)
    assert lua.execute("""
        local object = {}
        xlua.unpack_class(object, {{b = 5}}, 'f', '', {arg = 'a', default = 1}, {arg = 'b'})
        return object.a, object.b, object[1]
    """) == (1, 5, None)


def test_print_shows_fields(lua: Any) -> None:
    shown = "return captured(function() xlua.print{1, x = ('y'):rep(41), t = 'a\\nb'} xlua.print('v') end)"
    assert lua.execute(shown) == "{[1] = 1,\n [t] = a\\nb,\n [x] = " + 40 * "y" + "\x1b[0m ... }\nv\n"
    described = "return captured(function() xlua.print{usage = 'how', n = 1} end)"
    assert lua.execute(described) == "how\n\nFIELDS:\n{[n] = 1,\n [usage] = how}\n"


def test_where_things_are(lua: Any) -> None:
    assert lua.execute("""
        return sys.OS == sys.uname(), sys.prefix == paths.install_prefix, paths.install_bin, sys.getfilename('/a/b.c'),
           paths.filep(paths.concat(paths.install_lua_path, 'xlua.lua'))
    """) == (True, True, f"{sys.prefix}/bin", "b.c", True)


def test_a_log_is_written_beside_what_is_printed(lua: Any, tmp_path: Path) -> None:
    lua.globals().name = str(tmp_path / "log")
    shown = lua.execute("""
        return captured(function()
           local done = xlua.logfile(name)
           print('one', 2)
           done()
           print('not there')
        end)
    """)
    assert shown == "one\t2\nnot there\n"
    assert (tmp_path / "log").read_text() == "one\t2\n"


def test_tables_as_text(lua: Any) -> None:
    assert lua.eval("xlua.table2string({1, 'two', {x = 1}, y = 2})") == '{1, "two", {x = 1}, y = 2}'
    assert lua.execute("local t = {1}; t.self = t; return xlua.table2string(t)") == "{1, self = ...}"


def test_errors_and_packages(lua: Any) -> None:
    assert lua.execute("""
        local caught, finished
        xlua.trycatch(function() error('boom', 0) end, function(e) caught = e end, function() finished = true end)
        local missing
        captured(function() missing = xlua.require('no.such.package') end)
        local ok, message = pcall(xlua.error, 'went wrong', 'fn')
        return caught, finished, missing, xlua.require('string') == string, xlua.installed('sys'),
           xlua.installed('no.such'),
           ok, message:find('<fn> ', 1, true) ~= nil
    """) == ("boom", True, None, True, True, False, False, True)


def test_option_parser(lua: Any) -> None:
    assert lua.execute("""
        local parser = xlua.OptionParser('%prog [options]')
        parser:option{'-n', '--number', dest = 'number', default = 3}
        parser:option{'-v', '--verbose', action = 'store_true', dest = 'verbose'}
        local o, rest = parser:parse{'-v', 'file', '--number=5'}
        local defaults = parser:parse{}
        return o.number, o.verbose, rest[1], defaults.number, defaults.verbose, o.help
    """) == (5, True, "file", 3, None, None)


def test_profiler(lua: Any) -> None:
    assert lua.execute("""
        local p = xlua.Profiler()
        for i = 1, 3 do p:start('a') sys.usleep(1000) p:lap('a') end
        local a = p:get('a')
        return a.count, a.sum >= 0.003, math.abs(a.mean - a.sum / 3) < 1e-9, p:get('b')
    """) == (3, True, True, None)
