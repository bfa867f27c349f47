"""The names that a real Torch7 has in these packages are here too. Those of torch: test_inventory.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lua_compat import Runtime

API = Path(__file__).parent.parent / "conformance" / "api"


def names(package: str) -> list[str]:
    lines = (API / f"{package}.txt").read_text().split()
    assert len(lines) > 10
    return lines


@pytest.fixture(scope="module")
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("""
        paths, sys, xlua = require 'paths', require 'sys', require 'xlua'
        require 'optim'
        image = require 'image'
        function has(name)
           local class, method = name:match('^(.-):(.+)$')
           if class ~= nil then return torch.getmetatable(class)[method] ~= nil end
           local value = _G
           for part in name:gmatch('[^.]+') do value = value[part] end
           return value ~= nil
        end
    """)
    return runtime


@pytest.mark.parametrize("package", ["paths", "sys", "xlua", "optim", "image"])
def test_every_name_is_there(lua: Any, package: str) -> None:
    has = lua.globals.has
    assert [name for name in names(package) if not has(name)] == []
