"""Every public name of a real Torch7's ``nn`` and ``nngraph`` is here: a class, or a function that can be called."""

from __future__ import annotations

from typing import Any

import pytest

from lua_compat import Runtime
from tests.corpus import ROOT

LINES = (ROOT / "api" / "nn.txt").read_text().split()


@pytest.fixture(scope="module")
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("require 'nn' require 'nngraph'")
    return runtime


def test_the_inventory_is_whole() -> None:
    assert len(LINES) == len(set(LINES)) == 1411


def missing(lua: Any) -> set[str]:
    """The lines that nothing here answers to."""
    kind = lua.eval("""function(line)
        local class, method = line:match('^(nn%.%w+):(.+)$')
        if class then
           local mt = torch.getmetatable(class)
           return mt and type(mt[method]) or 'nil'
        end
        local value = _G
        for part in line:gmatch('[^.]+') do
           if type(value) ~= 'table' then return 'nil' end
           value = value[part]
        end
        if torch.getmetatable(line) then return 'class' end
        return type(value)
    end""")
    wanted = dict.fromkeys(LINES, ("class", "function"))
    return {line for line in LINES if lua.call(kind, line) not in wanted[line]}


def test_every_name_is_a_class_or_a_function(lua: Any) -> None:
    assert sorted(missing(lua)) == []


def test_classes_are_real_ones(lua: Any) -> None:
    """Of the names with methods: torch.class made them, their parents lead to nn.Module or nn.Criterion."""
    is_real = lua.eval("""function(name)
        local mt = torch.getmetatable(name)
        if not mt then return 'none' end
        local above = mt
        while getmetatable(above) do above = getmetatable(above) end
        return above.__typename
    end""")
    owners = {line.partition(":")[0] for line in LINES if ":" in line}
    roots = {name: lua.call(is_real, name) for name in sorted(owners)}
    alone = {name for name, root in roots.items() if root not in ("nn.Module", "nn.Criterion")}
    assert alone == {"nn.StochasticGradient"}
