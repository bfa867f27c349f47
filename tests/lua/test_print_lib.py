from __future__ import annotations

import re
from typing import Any

import pytest

from lua_compat.bridge.runtime import Runtime
from tests.lua.lua_library import CAPTURE, bare_lua


@pytest.fixture(scope="module")
def whole() -> Any:
    """A Lua with all of torch."""
    runtime = Runtime()
    runtime.execute(
        CAPTURE
        + """
        require 'nn'
        tds = require 'tds'
        function shown(...)
           local n, values = select('#', ...), {...}
           return captured(function() print_new(unpack(values, 1, n)) end)
        end
    """
    )
    return runtime


@pytest.fixture
def lua() -> Any:
    runtime = bare_lua(torch=True)
    runtime.execute("""
        printing = require 'torch.print'
        th_print = printing.print
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


def test_tables_are_opened_five_deep_or_as_deep_as_was_asked_for(lua: Any) -> None:
    text = lua.eval("shown{{{{{{5}}}}}}")
    assert text.count("{\n") == 5
    assert "                  1 : table: 0x" in text
    lua.execute("setprintlevel(2.5)")
    assert re.fullmatch(r"{\n  1 : \n    {\n      1 : table: 0x[0-9a-f]+\n    }\n}\n", lua.eval("shown{{{5}}}"))
    lua.execute("setprintlevel(0)")
    assert lua.eval("print == print_old and print ~= print_new") is True
    lua.execute("setprintlevel(5)")
    assert lua.eval("print == print_new") is True
    assert "expected number [0,+)" in lua.eval("select(2, pcall(setprintlevel, -1))")


def test_a_cycle_ends(lua: Any) -> None:
    assert lua.execute("local t = {}; t.t = t; return shown(t)").count("t : ") == 5


def test_an_object_prints_itself_and_empty_tables_stay_closed(lua: Any) -> None:
    assert lua.eval("shown(torch.Timer())") == "torch.Timer [status: running]\n"
    assert lua.eval("shown{{}}").startswith("{\n  1 : table: 0x")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        # what is in one table of many kinds, and the order of its keys
        (
            "{'a', [3] = 'c', [-1] = 1, [0.5] = 2, [true] = 3, y = 'two words', x = 'a\\nb', [''] = 4, ['a b'] = 5}",
            '{\n  1 : "a"\n  true : 3\n  -1 : 1\n  0.5 : 2\n  3 : "c"\n'
            '   : 4\n  a b : 5\n  x : "a\nb"\n  y : "two words"\n}\n',
        ),
        ("{1, 2, nil, 4}", "{\n  1 : 1\n  2 : 2\n  4 : 4\n}\n"),
        ("{1e15, 0.1, -0.5, 1/0}", "{\n  1 : 1e+15\n  2 : 0.1\n  3 : -0.5\n  4 : inf\n}\n"),
        ("{2^53, 100}", "{\n  1 : 9.007199254741e+15\n  2 : 100\n}\n"),
        ("{false, {true}}", "{\n  1 : false\n  2 : \n    {\n      1 : true\n    }\n}\n"),
        ("{{a = {}}}", "{\n  1 : \n    {\n      a : table: @\n    }\n}\n"),
        ("{f = print_old, c = coroutine.create(print_old)}", "{\n  c : thread: @\n  f : function: builtin@\n}\n"),
        ("{[{}] = 1}", "{\n  table: @ : 1\n}\n"),
        # an object's own text counts at the top only
        ("setmetatable({1}, {__tostring = function() return 'its text' end})", "its text\n"),
        (
            "{x = setmetatable({1}, {__tostring = function() return 'its text' end})}",
            "{\n  x : \n    {\n      1 : 1\n    }\n}\n",
        ),
        ("setmetatable({1}, {__index = {hidden = 2}})", "{\n  1 : 1\n}\n"),
        ("setmetatable({}, {__metatable = 'locked'})", "{}\n"),
        ("{1}, 'x', {2}, nil", "{\n  1 : 1\n}\nx\t{\n  1 : 2\n}\nnil\n"),
        ("{}, {}", "{}\n{}\n"),
        ("'a', torch.Timer(), 1", "a\ttorch.Timer [status: running]\n1\n"),
    ],
)
def test_tables_of_every_kind(lua: Any, call: str, expected: str) -> None:
    text = re.sub(r"0x[0-9a-f]+", "@", lua.eval(f"shown({call})"))
    assert re.sub(r"builtin#?[0-9]+", "builtin@", text) == expected


def test_a_long_table_is_in_order_and_whole(lua: Any) -> None:
    lines = lua.execute("local t = {}; for i = 1, 300 do t[i] = i end; return shown(t)").split("\n")
    assert lines == ["{", *[f"  {i} : {i}" for i in range(1, 301)], "}", ""]


def test_values_in_colors(lua: Any) -> None:
    lua.execute("printing.colors(true)")
    assert lua.eval("shown(1, true, 'x', nil)") == (
        "\x1b[0;36m1\x1b[0m\t\x1b[0;34mtrue\x1b[0m\tx\t\x1b[1;30mnil\x1b[0m\n"
    )
    assert lua.eval("shown{'x'}") == '{\n  1 : \x1b[1;30m"\x1b[0m\x1b[0;32mx\x1b[0m\x1b[1;30m"\x1b[0m\n}\n'
    lua.execute("printing.colors(false)")
    assert lua.eval("shown{'x'}") == '{\n  1 : "x"\n}\n'


def test_it_is_the_global_print(lua: Any) -> None:
    assert lua.eval("print == th_print and print == print_new and print_old ~= print") is True


OBJECTS = [
    ("torch.range(1, 6):resize(2, 3)", " 1  2  3\n 4  5  6\n[torch.DoubleTensor of size 2x3]\n\n"),
    ("{torch.FloatTensor(2, 3, 4)}", "{\n  1 : FloatTensor - size: 2x3x4\n}\n"),
    ("{torch.Tensor()}", "{\n  1 : DoubleTensor - empty\n}\n"),
    ("{torch.LongStorage{4, 5}}", "{\n  1 : LongStorage - size: 2\n}\n"),
    ("torch.LongStorage{4, 5}", " 4\n 5\n[torch.LongStorage of size 2]\n\n"),
    ("'x', torch.ByteTensor{7}", "x\t 7\n[torch.ByteTensor of size 1]\n\n"),
    ("torch.Generator()", "torch.Generator\n"),
    ("{g = torch.Generator()}", "{\n  g : torch.Generator\n}\n"),
    ("{m = torch.MemoryFile()}", "{\n  m : torch.MemoryFile [status: open -- mode: rw]\n}\n"),
    ("torch.type(torch.Tensor)", "table\n"),
    ("nn.Linear(2, 3)", "nn.Linear(2 -> 3)\n"),
]


@pytest.mark.parametrize(("call", "expected"), OBJECTS)
def test_objects_of_torch(call: str, expected: str, whole: Any) -> None:
    assert whole.eval(f"shown({call})") == expected


def test_a_module_in_a_table_shows_its_fields(whole: Any) -> None:
    text = whole.eval("shown{m = nn.Linear(2, 3)}")
    assert "\n      weight : DoubleTensor - size: 3x2\n" in text
    assert '\n      _type : "torch.DoubleTensor"\n' in text


def test_containers_of_tds(whole: Any) -> None:
    assert whole.eval("shown(tds.Vec{5, 'a'})") == whole.eval("tostring(tds.Vec{5, 'a'}) .. '\\n'")
    assert whole.eval("shown(tds.Hash{a = 1})") == whole.eval("tostring(tds.Hash{a = 1}) .. '\\n'")
