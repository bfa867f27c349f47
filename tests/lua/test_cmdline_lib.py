from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.lua.lua_library import bare_lua

COMMANDS = """
local cmd = torch.CmdLine()
cmd:text('Train a net')
cmd:argument('-data', 'the data folder')
cmd:text('Options')
cmd:option('-lr', 0.1, 'learning rate')
cmd:option('--name', 'net', 'a name')
cmd:option('-gpu', false, 'use it')
cmd:option('-flag', true, 'on by default')
cmd:option('-sizes', {1, 2}, 'a table')
return cmd
"""


@pytest.fixture
def lua() -> Any:
    runtime = bare_lua(torch=True)
    runtime.execute(f"commands = function() {COMMANDS} end")
    # an exit is an error here, so that a test can see it, and so is standard error
    runtime.execute("""
        os.exit = function(code) error({exit = code}, 0) end
        complaints = {}
        io.stderr = {write = function(_, text) complaints[#complaints + 1] = text end}
    """)
    return runtime


def parsed(lua: Any, words: str) -> dict[str, Any]:
    params = dict(lua.eval(f"commands():parse{{{words}}}"))
    assert list(params.pop("sizes").values()) == [1, 2]
    return params


def test_values_have_the_types_of_their_defaults(lua: Any) -> None:
    assert parsed(lua, "'d', '-lr', '1e-3', '--name', 'x y', '-gpu', '-flag'") == {
        "data": "d",
        "lr": 0.001,
        "name": "x y",
        "gpu": True,
        "flag": False,
    }
    assert parsed(lua, "'d'") == {"data": "d", "lr": 0.1, "name": "net", "gpu": False, "flag": True}


def test_help_is_as_torch7_writes_it(lua: Any) -> None:
    text = lua.execute("return captured(function() commands():help{[0] = 'train.lua'} end)")
    assert re.sub(r"table: 0x[0-9a-f]+", "@", text) == (
        "Usage: train.lua [options] <data>\n"
        "Train a net\n"
        "  <data> the data folder\n"
        "Options\n"
        "  -lr    learning rate [0.1]\n"
        "  --name a name [net]\n"
        "  -gpu   use it [false]\n"
        "  -flag  on by default [true]\n"
        "  -sizes a table [@]\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("", 1, "not enough arguments"),
        ("'d', 'e'", 1, "invalid argument: e"),
        ("'d', '-lr'", 1, "missing argument for option -lr"),
        ("'d', '-lr', 'fast'", 1, "invalid type for option -lr (should be number)"),
        ("'d', '-sizes', '5'", 1, "unknown required option type table"),
        ("'d', '5'", 1, "invalid argument: 5"),
    ],
)
def test_mistakes_end_the_program(lua: Any, words: str, code: int, message: str) -> None:
    text, status, complaint = lua.execute(f"""
        local status
        local text = captured(function()
           local ok, failure = pcall(function() commands():parse{{{words}}} end)
           status = failure.exit
        end)
        return text, status, table.concat(complaints)
    """)
    assert status == code
    assert complaint == message
    assert text.startswith("\n\nUsage: [options] <data>\nTrain a net\n")


@pytest.mark.parametrize("word", ["-h", "-help", "--help"])
def test_help_ends_the_program_well(lua: Any, word: str) -> None:
    text, status = lua.execute(f"""
        local status
        local text = captured(function()
           local ok, failure = pcall(function() commands():parse{{[0] = 'x.lua', 'd', '{word}'}} end)
           status = failure.exit
        end)
        return text, status
    """)
    assert status == 0
    assert text.startswith("Usage: x.lua [options] <data>\n")


def test_an_option_may_be_called_as_the_help_is(lua: Any) -> None:
    assert (
        lua.execute("""
        local cmd = torch.CmdLine()
        cmd:option('-h', 10, 'height')
        return cmd:parse{'-h', '20'}.h
    """)
        == 20
    )


def test_arguments_of_a_type_and_help_without_texts(lua: Any) -> None:
    text, first, second = lua.execute("""
        local cmd = torch.CmdLine()
        cmd:argument('-file', 'a file')
        cmd:argument('-count', nil, 'number')
        cmd:option('--quiet', false)
        local got = cmd:parse{'x.t7', '-3.5', '--quiet'}
        return captured(function() cmd:help{[0] = 'a b.lua'} end), got.file .. tostring(got.quiet), got.count
    """)
    assert text == "Usage: a b.lua [options] <file> <count>\n  <file>  a file\n  <count>\n  --quiet [false]\n"
    assert (first, second) == ("x.t7true", -3.5)
    assert (
        lua.execute("""
        local cmd = torch.CmdLine()
        cmd:argument('-count', 'how many', 'number')
        captured(function() pcall(cmd.parse, cmd, {'many'}) end)
        return complaints[1]
    """)
        == "invalid type for argument -count (should be number)"
    )


@pytest.mark.parametrize(("code", "message"), [
    ("commands():option('-x')", "option -x has no default value"),
    ("commands():option('-x', '5', 'help', 'number')", "option -x has wrong default type value"),
    ("commands():option(5, 5)", "a name expected"),
    ("commands():argument()", "a name expected"),
    ("commands():text({})", "string expected, got table"),
    ("commands():addTime({})", "argument #1 to 'addTime' (string expected, got table)"),
    ("commands():addTime('name', 5)", "argument #2 to 'addTime' (string expected, got number)"),
    ("commands():log('/no/such/folder/log.txt')", "No such file or directory"),
])  # fmt: skip
def test_what_is_refused(lua: Any, code: str, message: str) -> None:
    assert message in lua.eval(f"select(2, pcall(function() {code} end))")


def test_the_name_of_a_run_has_what_differs_from_the_defaults(lua: Any) -> None:
    assert lua.execute("""
        local cmd, names = commands(), {}
        captured(function()
           names[1] = cmd:string('exp', cmd:parse{'d', '-lr', '0.2', '-gpu'}, {data = true})
           names[2] = cmd:string('exp', cmd:parse{'d'}, {})
           names[3] = cmd:string('exp', cmd:parse{'d'}, {data = true})
           names[4] = cmd:string('exp', cmd:parse{'d'}, {data = true, flag = false})
        end)
        return unpack(names)
    """) == ("exp,gpu=t,lr=0.2", "exp,data=d,", "exp", "exp,flag=t")


def test_a_log_gets_what_is_printed(lua: Any, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    shown = lua.execute(f"""
        return captured(function()
           local cmd = commands()
           cmd:log('{log}', {{lr = 1, name = 'x'}})
           print('loss', 0.5)
           cmd:silent()
           print('only in the log')
        end)
    """)
    lines = log.read_text().splitlines()
    assert lines[0].startswith("[program started on ")
    assert lines[1:] == [
        "[command line arguments]",
        "lr\t1",
        "name\tx",
        "[----------------------]",
        "loss\t0.5",
        "only in the log",
    ]
    assert shown.splitlines() == lines[:-1]


@pytest.mark.parametrize(("arguments", "stamp"), [
    ("", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: "),
    ("'my net'", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\[my net\]: "),
    ("'', '%Y'", r"\d{4}\[\]: "),
])  # fmt: skip
def test_times_stand_in_the_log_alone(lua: Any, tmp_path: Path, arguments: str, stamp: str) -> None:
    log = tmp_path / "log.txt"
    shown = lua.execute(f"""
        return captured(function()
           local cmd = commands()
           cmd:log('{log}')
           cmd:addTime({arguments})
           print('Your log message', 5)
        end)
    """)
    assert re.fullmatch(stamp + "Your log message\t5", log.read_text().splitlines()[-1])
    assert shown.endswith("]\nYour log message\t5\n")


def test_a_second_log_takes_the_place_of_the_first_and_may_be_an_open_file(lua: Any, tmp_path: Path) -> None:
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    shown = lua.execute(f"""
        return captured(function()
           local cmd = commands()
           cmd:log('{first}')
           print('one')
           local file = io.open('{second}', 'w')
           cmd:log(file)
           print('two')
        end)
    """)
    assert first.read_text().splitlines()[-1] == "one"
    assert second.read_text().splitlines()[-1] == "two"
    assert shown.count("two") == 1


def test_a_timer_counts_while_it_runs(lua: Any) -> None:
    assert lua.execute("""
        local host, timer = require '_host', torch.Timer()
        host.sleep(0.02)
        timer:stop()
        local stopped = timer:time().real
        host.sleep(0.02)
        local same = timer:time().real == stopped
        timer:resume()
        host.sleep(0.02)
        local longer = timer:time().real > stopped
        timer:reset()
        local t = timer:time()
        return stopped >= 0.02, same, longer, t.real < stopped + 0.02, type(t.user), type(t.sys),
           torch.type(timer), tostring(timer), tostring(timer:stop())
    """) == (
        True,
        True,
        True,
        True,
        "number",
        "number",
        "torch.Timer",
        "torch.Timer [status: running]",
        "torch.Timer [status: stopped]",
    )


def test_tic_and_toc(lua: Any) -> None:
    assert lua.execute("local t = torch.tic(); require('_host').sleep(0.01); return torch.toc(t) >= 0.01") is True
