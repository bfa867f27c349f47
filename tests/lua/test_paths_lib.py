from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from lupa.luajit21 import LuaError

from lua_compat.bridge import host
from tests.lua.lua_library import bare_lua


@pytest.fixture
def lua() -> Any:
    runtime = bare_lua()
    runtime.execute("paths = require 'paths'")
    return runtime


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("basename('/a/b/c.lua')", "c.lua"),
        ("basename('/a/b/c.lua', 'lua')", "c"),
        ("basename('/a/b/c.lua', '.lua')", "c"),
        ("basename('/a/b/')", "b"),
        ("basename('/')", "/"),
        ("basename('.lua', '.lua')", ".lua"),
        ("dirname('/a/b/c.lua')", "/a/b"),
        ("dirname('/a/b/')", "/a"),
        ("dirname('/a')", "/"),
        ("dirname('file')", "."),
        ("extname('x/y.tar.gz')", "gz"),
        ("extname('x.d/none')", None),
        ("concat('/a', 'b', '../c')", "/a/c"),
        ("concat('/a', '/b')", "/b"),
        ("concat('/a', './b/', '')", "/a/b"),
        ("concat('/', '..', 'x')", "/x"),
    ],
)
def test_parts_of_names(lua: Any, call: str, expected: str | None) -> None:
    assert lua.eval(f"paths.{call}") == expected


def test_a_relative_name_is_seen_from_the_working_folder(lua: Any, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    here = os.path.realpath(tmp_path)
    assert lua.execute("return paths.concat('x', 'y'), paths.concat(), paths.cwd()") == (f"{here}/x/y", here, here)


def test_files_and_folders(lua: Any, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("x")
    (tmp_path / "two.lua").write_text("x")
    (tmp_path / "sub").mkdir()
    lua.globals().d = str(tmp_path)
    lua.execute("""
        function all(iterator) local t = {} for name in iterator do t[#t + 1] = name end return table.concat(t, ' ') end
    """)
    assert lua.execute("""
        return all(paths.files(d)), all(paths.files(d, '%.lua$')), all(paths.files(d, function(n) return #n == 3 end)),
           all(paths.iterfiles(d)), all(paths.iterdirs(d)), all(paths.files(d .. '/no')), (paths.dir(d .. '/no'))
    """) == (". .. one.txt sub two.lua", "two.lua", "sub", "one.txt two.lua", "sub", "", None)
    assert lua.execute("""
        return paths.filep(d .. '/one.txt'), paths.filep(d), paths.dirp(d), paths.dirp(d .. '/no')
    """) == (True, False, True, False)


def test_making_and_removing(lua: Any, tmp_path: Path) -> None:
    lua.globals().d = str(tmp_path / "a" / "b")
    assert lua.eval("paths.mkdir(d)") is True
    assert (tmp_path / "a" / "b").is_dir()
    made_again, message = lua.eval("paths.mkdir(d)")
    assert made_again is None
    assert "exists" in message
    (tmp_path / "a" / "b" / "file").write_text("x")
    assert lua.eval("paths.rmdir(d)")[0] is None
    assert lua.eval("paths.rmall(d)")[0] is None
    assert (tmp_path / "a" / "b" / "file").exists()
    assert lua.eval("paths.rmall(d, 'yes')") is True
    assert not (tmp_path / "a" / "b").exists()


def test_rmall_leaves_what_a_link_points_to(lua: Any, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    lua.globals().d = str(tmp_path / "link")
    assert lua.eval("paths.rmall(d, 'yes')") is True
    assert (tmp_path / "kept").is_dir()


def test_files_run_from_the_callers_folder(lua: Any, tmp_path: Path) -> None:
    (tmp_path / "main.lua").write_text("return paths.dofile('other.lua', 5), paths.thisfile(), paths.thisfile('data')")
    (tmp_path / "other.lua").write_text("return (...) * 2")
    lua.globals().f = str(tmp_path / "main.lua")
    assert lua.eval("dofile(f)") == (10, str(tmp_path / "main.lua"), str(tmp_path / "data"))


def test_require_of_a_path_runs_it_once(lua: Any, tmp_path: Path) -> None:
    (tmp_path / "module.lua").write_text("count = (count or 0) + 1; return {count}")
    lua.globals().f = str(tmp_path / "module")
    lua.execute("count = 0")
    assert lua.execute("local a, b = paths.require(f), paths.require(f); return a == b, count") == (True, 1)


def test_programs_and_the_machine(lua: Any) -> None:
    assert lua.execute("""
        return paths.findprogram('no-such-program', 'sh') ~= nil, paths.findprogram('no-such-program'),
           type(paths.home), type(paths.uname()), paths.is_win(), paths.filep(paths.tmpname())
    """) == (True, None, "string", "string", False, True)


def test_a_wrong_argument_is_named(lua: Any) -> None:
    with pytest.raises(LuaError, match=r"bad argument #2 to 'concat' \(string expected, got no value\)"):
        lua.execute("paths.concat('a', nil)")


def test_the_host_never_raises(lua: Any) -> None:
    for name in host.FUNCTIONS:
        if name in ("chdir", "sleep", "setenv"):
            continue
        assert lua.execute(f"return (pcall(require('_host').{name}, {{}}, {{}}))") is True, name


def test_names_that_are_no_utf8_survive(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xff"
    os.makedirs(raw + b"/in")
    assert host.FUNCTIONS["listdir"](raw) == b"in"
    assert host.FUNCTIONS["kind"](os.fsdecode(raw)) == "directory"


def test_a_host_failure_is_a_message() -> None:
    answer = host.FUNCTIONS["size"]("/no/such/file")
    assert answer == (None, "/no/such/file: No such file or directory")
