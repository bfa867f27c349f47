"""Packages of pure Lua do what they do in Torch7: small ones in the manner of those that scripts bring along.

Each folder of ``packages/`` is found by LUA_PATH, as its ``test.lua`` is run by `th`: a checker of arguments that
generates code, data sets whose closures travel, recurrent modules that change `nn`'s classes, a differentiator that
replaces the operators of tensors, testers derived from torch's, and what talks to C and to Lua's own tables.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lua_compat import LuaError, Runtime

FOLDER = Path(__file__).with_name("packages")
PACKAGES = sorted(path.parent.name for path in FOLDER.glob("*/test.lua"))


def test_there_are_packages() -> None:
    assert PACKAGES == ["checked", "gradtape", "host", "recur", "suites", "worknet"]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_does_what_its_own_test_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUA_PATH", f"{FOLDER}/?.lua;{FOLDER}/?/init.lua;;")
    lua = Runtime()
    lua.run(FOLDER / name / "test.lua")
    assert lua.eval(f"type(package.loaded['{name}'])") == ("function" if name == "checked" else "table")


def test_a_package_whose_test_fails_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LUA_PATH", f"{FOLDER}/?.lua;{FOLDER}/?/init.lua;;")
    (tmp_path / "test.lua").write_text("local worknet = require 'worknet'\nassert(worknet.Dataset():size() == 1)\n")
    with pytest.raises(LuaError, match="assertion failed"):
        Runtime().run(tmp_path / "test.lua")


def test_calling_python_is_untouched_by_a_class_that_can_be_called() -> None:
    lua = Runtime()
    lua.set_global("twice", lua.function(lambda value: 2 * value))
    told = lua.execute("""
        local ops = require '_ops'
        torch.getmetatable('torch.FloatTensor').__call__ = function(x, y) return x:sum() + y end
        local ok, message = pcall(function() return torch.DoubleTensor(1)() end)
        return twice(4), torch.FloatTensor{1, 2}(3), torch.add(torch.ones(2), 1):sum(), ops.dim(torch.ones(2, 2)), ok,
           message:match('[^:]*$')
    """)
    assert told == (8, 6, 4, 2, False, "torch.DoubleTensor has no call operator")
