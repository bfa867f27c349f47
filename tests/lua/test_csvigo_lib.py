"""csvigo: files of comma-separated values."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from lua_compat import Runtime

TABLE = 'name,age,note\nann,31,"a, b"\nbob,42,"say ""hi"""\ncy,31,"two\nlines"\n'


@pytest.fixture(scope="module")
def runtime() -> Any:
    return Runtime()


@pytest.fixture
def lua(runtime: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    runtime.execute("require 'csvigo'")
    return runtime


def plain(value: Any) -> Any:
    if not hasattr(value, "items"):
        return value
    items = {key: plain(item) for key, item in value.items()}
    return list(items.values()) if list(items) == list(range(1, len(items) + 1)) else items


def load(lua: Any, options: str) -> Any:
    return plain(lua.eval(f"csvigo.load{{verbose = false, {options}}}"))


COLUMNS = {
    "name": ["ann", "bob", "cy"],
    "age": ["31", "42", "31"],
    "note": ["a, b", 'say "hi"', "two\nlines"],
}


def test_columns_and_rows(lua: Any) -> None:
    assert load(lua, "path = 't.csv'") == COLUMNS
    rows = load(lua, "path = 't.csv', mode = 'raw'")
    assert rows == [["name", "age", "note"], *map(list, zip(*COLUMNS.values(), strict=True))]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("1,2\n3,4\n", "", {"var_1": ["1", "3"], "var_2": ["2", "4"]}),
        ("1,2\n3,4\n", "header = true", {"1": ["3"], "2": ["4"]}),
        ("a,b\n3,4\n", "header = 'false'", {"var_1": ["a", "3"], "var_2": ["b", "4"]}),
        ("a,\n3,4\n", "", {"a": ["3"], "var_2": ["4"]}),
        ("a;b\r\n3;4\r\n", "separator = ';'", {"a": ["3"], "b": ["4"]}),
        ("a|b\n\n3|4", "separator = '|'", {"a": ["3"], "b": ["4"]}),
        ("# a\n# b\na,b\n3,\n", "skip = 2", {"a": ["3"], "b": [""]}),
        ("", "", []),
        ('"a""b",c"d\n1,2\n', "mode = 'raw'", [['a"b', 'c"d'], ["1", "2"]]),
        ('"a""\n",b\n"",2\n', "mode = 'raw'", [['a"\n', "b"], ["", "2"]]),
    ],
)
def test_forms_of_files(lua: Any, tmp_path: Path, text: str, options: str, expected: Any) -> None:
    (tmp_path / "f.csv").write_bytes(text.encode())
    assert load(lua, f"path = 'f.csv', {options}") == expected


def test_large_files_are_cut_when_they_are_asked(lua: Any) -> None:
    lua.execute("big = csvigo.load{path = 't.csv', mode = 'large', verbose = false}")
    assert lua.eval("#big") == 4
    assert plain(lua.eval("big[3]")) == ["bob", "42", 'say "hi"']
    assert lua.execute("return big[0], big[5], tostring(big)") == (None, None, "CSV table of 4 rows")


def test_queries(lua: Any) -> None:
    lua.execute("query = csvigo.load{path = 't.csv', mode = 'query', verbose = false}")
    assert plain(lua.eval("query('vars')")) == ["name", "age", "note"]
    assert plain(lua.eval("query('all')")) == COLUMNS
    assert plain(lua.eval("query('inter', {age = 31, name = {'cy', 'bob'}})"))["name"] == ["cy"]
    assert plain(lua.eval("query('union', {age = '42', name = 'ann'})"))["name"] == ["ann", "bob"]


def test_it_tells_what_it_does(lua: Any, capfd: pytest.CaptureFixture[str]) -> None:
    lua.execute("csvigo.load('t.csv'); csvigo.save('o.csv', {{1}}); io.flush()")
    assert capfd.readouterr().out == (
        "<csv>\tparsing file: t.csv\n<csv>\ttidying up entries\n<csv>\tparsing done\n"
        "<csv>\twriting to file: o.csv\n<csv>\twriting done\n"
    )


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ("{{1, 2.5}, {'a,b', 'q\"q'}}", [["1", "2.5"], ["a,b", 'q"q']]),
        ("{b = {1, 2}, a = {'x\\ny'}}", [["a", "b"], ["x\ny", "1"], ["", "2"]]),
        ("csvigo.load{path = 't.csv', mode = 'query', verbose = false}", list(csv.reader(TABLE.splitlines(True)))),
    ],
)
def test_what_it_writes_python_reads(lua: Any, tmp_path: Path, data: str, rows: list[list[str]]) -> None:
    lua.execute(f"csvigo.save{{path = 'o.csv', data = {data}, verbose = false}}")
    with open(tmp_path / "o.csv", newline="") as file:
        assert list(csv.reader(file)) == rows
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o.csv", "t.csv"]


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("csvigo.load('no.csv')", "csvigo.load: no.csv: No such file or directory"),
        ("csvigo.load{path = 't.csv', mode = 'wild'}", "tidy, raw, large or query expected, got 'wild'"),
        ("csvigo.load{path = 't.csv', separator = ''}", "one character that is no quotation mark expected, got ''"),
        ("csvigo.load()", "argument 'path'"),
        ("csvigo.save('no/o.csv', {{1}})", "No such file or directory"),
        ("csvigo.save('o.csv', {a = 3})", "column 'a' must be a list, got number"),
        ("csvigo.load{path = 't.csv', mode = 'query'}('union', {x = 1})", "there is no column 'x'"),
        ("csvigo.load{path = 't.csv', mode = 'query'}('each')", "vars, all, union, inter or help expected, got each"),
    ],
)
def test_errors(lua: Any, call: str, why: str) -> None:
    assert why in lua.execute(f"local ok, why = pcall(function() {call} end); assert(not ok); return why")
