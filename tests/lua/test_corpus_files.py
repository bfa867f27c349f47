"""The corpus's files in Lua: loaded, saved, loaded again they hold the same; bad ones are refused as in Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lua_compat import t7
from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError
from lua_compat.mapping.spec import REGISTRY
from tests.t7.compare import same
from tests.t7.test_bad_files import BAD, MAY_LOAD
from tests.t7.test_sidecars import FILES, MODELS


@pytest.fixture(scope="module")
def lua() -> Runtime:
    """A Lua in which a class that it lacks is made when a file has an object of it: only the fields matter here."""
    runtime = Runtime()
    runtime.execute("""
        for _, name in ipairs{'nn', 'optim', 'tds'} do require(name) end
        function _G.know(class, version)
            local package_name = class:match('^(.*)%.')
            if torch.getmetatable(class) ~= nil then return end
            if package_name and _G[package_name] == nil then rawset(_G, package_name, {}) end
            torch.class(class).__version = version
        end
        function _G.again(path, once, mode, twice)
            torch.save(once, torch.load(path), mode)
            torch.save(twice, torch.load(once, mode), mode == 'ascii' and 'binary' or 'ascii')
        end
    """)
    return runtime


def classes_in(value: Any) -> dict[str, int | None]:
    """The classes of all objects in a graph, and their versions."""
    seen: dict[int, Any] = {}
    found: dict[str, int | None] = {}
    todo = [value]
    while todo:
        item = todo.pop()
        if id(item) in seen:
            continue
        seen[id(item)] = item
        if isinstance(item, t7.T7Table):
            todo += item.flat()
        elif isinstance(item, t7.TdsVec):
            todo += item.items
        elif isinstance(item, t7.T7Object):
            found[item.class_name] = item.version
            todo.append(item.contents)
        elif isinstance(item, t7.T7Function):
            todo.append(item.upvalues)
    return found


@pytest.mark.parametrize(
    ("path", "mode"),
    [(path, mode) for path in FILES for mode in ("binary", "ascii")] + [(path, "binary") for path in MODELS],
    ids=lambda p: p if isinstance(p, str) else f"{p.parent.name}-{p.stem}",
)
def test_loaded_and_saved_twice_it_holds_the_same(lua: Runtime, path: Path, mode: str, tmp_path: Path) -> None:
    """First in one encoding, then in the other."""
    original = t7.read_file(path)
    for name, version in classes_in(original).items():
        lua.globals.know(name, version)
        # The versions are Torch7's on both sides, where these have the class.
        assert lua.execute("return torch.getmetatable(...).__version", name) == version
        assert name not in REGISTRY or REGISTRY[name].version == version
    once, twice = tmp_path / "once.t7", tmp_path / "twice.t7"
    lua.execute("again(...)", *map(os.fspath, (path, once)), mode, os.fspath(twice))
    reader = t7.open_reader(once)
    assert same(original, reader.read(), ordered=False)
    assert reader.source.binary == (mode == "binary")
    assert same(original, t7.read_file(twice), ordered=False)


@pytest.mark.parametrize("path", [p for p in BAD if p not in MAY_LOAD], ids=lambda p: p.stem)
def test_bad_files_are_refused_with_pythons_words_at_the_scripts_line(lua: Runtime, path: Path) -> None:
    with pytest.raises(t7.T7Error) as in_python:
        t7.read_file(path)
    lua.globals.know("corpus.A", 1)
    with pytest.raises(LuaError) as in_lua:
        lua.execute("\n\nlocal x = torch.load(...)\nreturn x", os.fspath(path))
    assert str(in_lua.value) == f"(code):3: load: {in_python.value}"
    assert isinstance(in_lua.value.__cause__, t7.T7Error)


@pytest.mark.parametrize("path", sorted(MAY_LOAD), ids=lambda p: p.stem)
def test_files_with_a_changed_byte_load_or_are_refused(lua: Runtime, path: Path) -> None:
    try:
        in_python: Any = t7.read_file(path)
    except t7.T7Error as error:
        in_python = error
    code = "return (select(2, pcall(torch.load, ...)))"
    found = lua.execute(code, os.fspath(path))
    if isinstance(in_python, t7.T7Error):
        assert str(in_python) in found
    else:
        assert not isinstance(found, str) or isinstance(in_python, str) or "unknown Torch class" in found


def test_a_bad_file_is_one_clear_line_of_the_command(tmp_path: Path) -> None:
    bad = next(p for p in BAD if p.stem == "string_longer_than_file")
    script = tmp_path / "script.lua"
    script.write_text(f"local x = 1\ntorch.load({os.fspath(bad)!r})\n")
    command = [sys.executable, "-m", "lua_compat.bridge.cli", "script.lua"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    first, *rest = done.stderr.splitlines()
    assert done.returncode == 1
    assert first.startswith(f"th: script.lua:2: load: {bad}: at byte ")
    assert "Traceback" not in done.stderr
    assert rest[0] == "stack traceback:"
