from __future__ import annotations

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
return cmd
"""


@pytest.fixture
def lua() -> Any:
    runtime = bare_lua(torch=True)
    runtime.execute(f"commands = function() {COMMANDS} end")
    # an exit is an error here, so that a test can see it
    runtime.execute("os.exit = function(code) error({exit = code}, 0) end")
    return runtime


def parsed(lua: Any, words: str) -> dict[str, Any]:
    return dict(lua.eval(f"commands():parse{{{words}}}"))


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
    assert lua.execute("return captured(function() commands():help{[0] = 'train.lua'} end)") == (
        "Usage: train.lua [options] <data>\n"
        "Train a net\n"
        "  <data> the data folder\n"
        "Options\n"
        "  -lr    learning rate [0.1]\n"
        "  --name a name [net]\n"
        "  -gpu   use it [false]\n"
        "  -flag  on by default [true]\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("", 1, "not enough arguments"),
        ("'d', 'e'", 1, "invalid argument: e"),
        ("'d', '-lr'", 1, "missing argument for option -lr"),
        ("'d', '-lr', 'fast'", 1, "invalid argument for option -lr (should be a number)"),
        ("'-help'", 0, "Usage:"),
    ],
)
def test_mistakes_and_help_end_the_program(lua: Any, words: str, code: int, message: str) -> None:
    text, status = lua.execute(f"""
        local status
        local text = captured(function()
           local ok, failure = pcall(function() commands():parse{{{words}}} end)
           status = failure.exit
        end)
        return text, status
    """)
    assert status == code
    assert message in text


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


def test_an_option_without_a_default_is_refused(lua: Any) -> None:
    assert "option -x has no default value" in lua.execute(
        "return select(2, pcall(commands().option, commands(), '-x'))"
    )


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
