"""``lfs``: the calls of LuaFileSystem."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lupa.luajit21 import LuaError

from tests.lua.lua_library import bare_lua


@pytest.fixture
def lua(tmp_path: Path) -> Any:
    runtime = bare_lua()
    runtime.globals().d = str(tmp_path)
    runtime.execute("lfs = require 'lfs'")
    (tmp_path / "file").write_text("twelve bytes")
    (tmp_path / "link").symlink_to("file")
    return runtime


def test_attributes(lua: Any, tmp_path: Path) -> None:
    os.utime(tmp_path / "file", (1000, 2000))
    assert lua.execute("""
        local a = lfs.attributes(d .. '/file')
        local given = {}
        return a.mode, a.size, a.access, a.modification, a.permissions:sub(1, 2), a.rdev, lfs.attributes(d, 'mode'),
           lfs.attributes(d .. '/link', 'mode'), lfs.symlinkattributes(d .. '/link', 'mode'),
           lfs.symlinkattributes(d .. '/link').target, lfs.attributes(d, given) == given, given.mode
    """) == ("file", 12, 1000, 2000, "rw", 0, "directory", "file", "link", "file", True, "directory")
    missing = (None, "cannot obtain information from file '/no': No such file or directory", 2)
    assert lua.eval("lfs.attributes('/no')") == missing
    with pytest.raises(LuaError, match="invalid attribute name 'colour'"):
        lua.eval("lfs.attributes(d, 'colour')")
    with pytest.raises(LuaError, match=r"bad argument #1 to 'attributes' \(string expected, got no value\)"):
        lua.eval("lfs.attributes()")


def test_the_names_in_a_folder(lua: Any) -> None:
    assert lua.execute("""
        local names = {}
        for name in lfs.dir(d) do names[#names + 1] = name end
        local _, object = lfs.dir(d)
        local first = object:next()
        object:close()
        return table.concat(names, ' '), first, (pcall(object.next, object))
    """) == (". .. file link", ".", False)
    with pytest.raises(LuaError, match="cannot open /no: No such file or directory"):
        lua.execute("lfs.dir('/no')")


def test_folders_are_made_and_left(lua: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert lua.eval("lfs.mkdir('made')") is True
    assert lua.eval("lfs.mkdir('made')") == (None, "File exists", 17)
    assert lua.execute("return lfs.chdir('made'), lfs.currentdir()") == (True, os.path.realpath(tmp_path / "made"))
    assert lua.execute("lfs.chdir('..'); return lfs.rmdir('made')") is True
    assert lua.eval("lfs.rmdir('made')") == (None, "No such file or directory", 2)
    assert lua.eval("lfs.chdir('no')")[1] == "Unable to change working directory to 'no'\nNo such file or directory\n"


def test_links_times_and_locks(lua: Any, tmp_path: Path) -> None:
    assert lua.execute("""
        local touched = lfs.touch(d .. '/file', 5, 7)
        local linked = lfs.link(d .. '/file', d .. '/second')
        local lock = lfs.lock_dir(d)
        local again, why = lfs.lock_dir(d)
        lock:free()
        return touched, linked, lfs.attributes(d .. '/second', 'modification'), again, why, lfs.lock_dir(d) ~= nil
    """) == (True, True, 7, None, "File exists", True)


def test_a_lock_keeps_another_process_out(lua: Any, tmp_path: Path) -> None:
    other = "import fcntl\nwith open('file', 'r+') as f: fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)"

    def locked() -> bool:
        run = subprocess.run([sys.executable, "-c", other], cwd=tmp_path, capture_output=True, check=False)
        return run.returncode != 0

    lua.execute("file = io.open(d .. '/file', 'r+')")
    assert lua.eval("lfs.lock(file, 'w')") is True
    assert locked()
    assert lua.eval("lfs.unlock(file)") is True
    assert not locked()


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("mkdir", "bad argument #1 to 'mkdir' (string expected, got no value)"),
        ("link, 'a'", "bad argument #2 to 'link' (string expected, got no value)"),
        ("dir, {}", "bad argument #1 to 'dir' (string expected, got table)"),
        ("lock, 3", "bad argument #1 to 'lock' (file expected, got number)"),
        ("lock, io.stdout, 'x'", "lock: invalid mode 'x'"),
    ],
)
def test_what_is_no_argument(lua: Any, call: str, why: str) -> None:
    assert lua.execute(f"return pcall(lfs.{call})") == (False, why)
