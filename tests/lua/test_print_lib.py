from __future__ import annotations

from typing import Any

import pytest

from tests.lua.lua_library import bare_lua


@pytest.fixture
def lua() -> Any:
    runtime = bare_lua(torch=True)
    runtime.execute("""
        th_print = require 'torch.print'
        function shown(...)
           local n, values = select('#', ...), {...}
           return captured(function() th_print(unpack(values, 1, n)) end)
        end
    """)
    return runtime


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("shown()", "\n"),
        ("shown(1, 'a', nil, true)", "1\ta\tnil\ttrue\n"),
        ("shown{}", "{}\n"),
        ("shown{1, 'two', x = false}", '{\n  1 : 1\n  2 : "two"\n  x : false\n}\n'),
        ("shown{b = 1, a = 2, [10] = 3}", "{\n  10 : 3\n  a : 2\n  b : 1\n}\n"),
        ("shown('t', {1})", "t\t{\n  1 : 1\n}\n"),
        ("shown{{1}}", "{\n  1 : \n    {\n      1 : 1\n    }\n}\n"),
    ],
)
def test_what_th_printed(lua: Any, call: str, expected: str) -> None:
    assert lua.eval(call) == expected


def test_tables_are_opened_four_deep(lua: Any) -> None:
    text = lua.eval("shown{{{{{5}}}}}")
    assert text.count("{\n") == 4
    assert "              1 : table: 0x" in text


def test_a_cycle_ends(lua: Any) -> None:
    assert lua.execute("local t = {}; t.t = t; return shown(t)").count("t : ") == 4


def test_an_object_prints_itself_and_empty_tables_stay_closed(lua: Any) -> None:
    assert lua.eval("shown(torch.Timer())") == "torch.Timer [status: running]\n"
    assert lua.eval("shown{{}}").startswith("{\n  1 : table: 0x")


def test_it_is_the_global_print(lua: Any) -> None:
    assert lua.eval("print == th_print") is True
