"""Small things of torch: what it tells of the machine, timers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lua_compat.bridge import host
from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def test_which_streams_are_terminals(lua):
    assert lua.eval("torch.isatty(io.open('/dev/null'))") is False
    code = "print(torch.isatty(io.stdin), torch.isatty(io.stdout), torch.isatty(io.stderr))"
    done = subprocess.run(
        [sys.executable, "-m", "lua_compat.bridge.cli", "-e", code],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.stdout == "false\tfalse\tfalse\n"


def test_the_machine(lua):
    assert lua.eval("torch.getnumcores()") == os.cpu_count()
    assert lua.eval("select('#', torch.setheaptracking(true))") == 0
    assert lua.eval("select('#', torch.setheaptracking(false))") == 0


def test_the_environment_reaches_commands(lua):
    found = lua.execute("""
        torch.setenv('LUA_COMPAT_TEST', 'a b')
        local shell = io.popen('echo "$LUA_COMPAT_TEST"'):read('*l')
        local before = torch.getenv('LUA_COMPAT_TEST')
        torch.setenv('LUA_COMPAT_TEST', nil)
        return before, shell, torch.getenv('LUA_COMPAT_TEST')
    """)
    assert found == ("a b", "a b", None)


def test_addresses_differ_while_objects_live(lua):
    found = lua.execute("""
        local a, b = {}, {}
        local x, y = torch.Tensor(1), torch.Tensor(1)
        return torch.pointer(a) ~= torch.pointer(b), torch.pointer(a) == torch.pointer(a),
           torch.pointer(x) ~= torch.pointer(y), torch.pointer(x) == torch.pointer(x),
           type(torch.pointer(print)), type(torch.pointer(torch.Generator()))
    """)
    assert found == (True, True, True, True, "number", "number")
    with pytest.raises(LuaError, match="an object expected, got a number"):
        lua.execute("torch.pointer(5)")


def test_a_timer_tells_three_clocks(lua):
    """The process's own time counts microseconds, not the system's ticks."""
    found = lua.execute("""
        local timer = torch.Timer()
        local x = 0
        for i = 1, 2e5 do x = x + math.sin(i) end
        local first = timer:time()
        for i = 1, 2e5 do x = x + math.sin(i) end
        local second = timer:stop():time()
        local keys = {}
        for key in pairs(first) do keys[#keys + 1] = key end
        table.sort(keys)
        return table.concat(keys, ' '), first.user + first.sys > 0, second.user + second.sys > first.user + first.sys,
           second.real > first.real, timer:time().user == second.user
    """)
    assert found == ("real sys user", True, True, True, True)
    user, system = host.FUNCTIONS["cpu"]()
    assert user > 0
    assert system >= 0


@pytest.mark.parametrize("call", ["stop", "resume", "reset"])
def test_the_methods_of_a_timer_chain(lua, call):
    assert lua.eval(f"torch.typename(torch.Timer():{call}())") == "torch.Timer"


def test_toc_is_the_time_since_tic(lua):
    assert lua.execute("local moment = torch.tic(); local since = torch.toc(moment); return since >= 0 and since < 60")
