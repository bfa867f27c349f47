"""Errors that cross between the languages: strings in Lua, exceptions with their cause in Python."""

from __future__ import annotations

import signal
import textwrap

import numpy as np
import pytest

import lua_compat
from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor import Tensor


@pytest.fixture
def lua(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runtime = Runtime()

    def fails(*args):
        raise ShapeError("source: 3 elements do not fit into 4")

    def breaks():
        return {}["missing"]

    def interrupted():
        raise KeyboardInterrupt

    for function in (fails, breaks, interrupted):
        runtime.set_global(function.__name__, runtime.function(function))
    return runtime


def _run(lua, tmp_path, code):
    (tmp_path / "script.lua").write_text(textwrap.dedent(code))
    return lua.run("script.lua")  # a short name: Lua's messages shorten long ones


def test_pcall_sees_a_string_with_the_scripts_line(lua, tmp_path):
    ok, message, found = _run(lua, tmp_path, """\
        local function step()
           fails(1)
           return 1
        end
        local ok, e = pcall(step)
        return ok, e, e:find('do not fit', 1, true) ~= nil
        """)  # fmt: skip
    assert (ok, found) == (False, True)
    assert message == "script.lua:2: source: 3 elements do not fit into 4"


def test_files_of_ours_are_not_named_as_the_place(lua, tmp_path):
    lua.set_global("vector", Tensor.from_array(np.zeros(3)))
    _, message = _run(lua, tmp_path, "\nlocal function visit() local x = vector[7]; return x end\nreturn pcall(visit)")
    assert message.startswith("script.lua:2: bad argument #2 to '?' (index 7 is out of range")


def test_xpcall_handlers_see_strings_and_get_arguments(lua):
    assert lua.execute("return xpcall(fails, function(e) return type(e) .. ' ' .. #e:match('3 elements') end)") == (
        False, "string 10"
    )  # fmt: skip
    assert lua.execute("return xpcall(function(a, b) return a + b end, print, 3, 4)") == (True, 7)
    ok, trace = lua.execute("return xpcall(function() fails() end, debug.traceback)")
    assert ok is False
    assert "do not fit" in trace
    assert "stack traceback" in trace


def test_coroutines_see_strings(lua):
    ok, kind, message, status = lua.execute(
        """
        local co = coroutine.create(function(x)
           local y = coroutine.yield(x + 1)
           fails(y)
        end)
        assert(select(2, coroutine.resume(co, 1)) == 2)
        local ok, e = coroutine.resume(co, 5)
        return ok, type(e), e, coroutine.status(co)
        """,
        name="=place",
    )
    assert (ok, kind, status) == (False, "string", "dead")
    assert message == "place:4: source: 3 elements do not fit into 4"
    assert lua.execute(
        "local f = coroutine.wrap(function() coroutine.yield(1) fails() end); f(); return type(select(2, pcall(f)))"
    ) == "string"  # fmt: skip
    assert lua.execute(
        "return coroutine.wrap(function(...) local a = pcall(coroutine.yield, ...); return a, 'end' end)(7, 8)"
    ) == (7, 8)


def test_values_other_than_strings_stay_what_they_are(lua):
    assert lua.execute("local ok, e = pcall(error, {code = 3}); return type(e), e.code") == ("table", 3)
    assert lua.execute("local ok, e = pcall(error); return ok, e == nil") == (False, True)
    with pytest.raises(LuaError, match="table value") as caught:
        lua.execute("error({code = 4})")
    assert caught.value.value.code == 4


def test_an_uncaught_exception_is_the_cause(lua, tmp_path):
    with pytest.raises(LuaError) as caught:
        _run(lua, tmp_path, "local function inner()\n fails()\n return 1 end\nlocal x = inner()")
    error = caught.value
    assert isinstance(error.__cause__, ShapeError)
    assert (error.file, error.line) == ("script.lua", 2)
    assert str(error) == ("script.lua:2: source: 3 elements do not fit into 4")
    assert "in function 'inner'" in error.lua_traceback
    assert error.__cause__.__traceback__ is not None
    assert "fails" in lua_compat.last_traceback()


def test_the_cause_is_found_again_in_a_message_with_more_around_it(lua):
    with pytest.raises(LuaError, match=r"In 2 module of nn.Sequential") as caught:
        lua.execute("local ok, e = pcall(fails); error('In 2 module of nn.Sequential:\\n' .. e)")
    assert isinstance(caught.value.__cause__, ShapeError)


def test_an_error_of_the_script_has_no_cause_of_an_earlier_one(lua):
    lua.execute("pcall(fails)")
    with pytest.raises(LuaError, match="of its own") as caught:
        lua.execute("error('of its own')")
    assert caught.value.__cause__ is None


def test_mistakes_in_python_say_what_kind(lua):
    assert lua.execute("return select(2, pcall(breaks))", name="=x").endswith("KeyError: 'missing'")


def test_lua_errors_have_a_place(lua):
    with pytest.raises(LuaError) as caught:
        lua.execute("local x = 1\nlocal y = x.field.more", name="=thing.lua")
    assert (caught.value.file, caught.value.line) == ("thing.lua", 2)
    assert caught.value.__cause__ is None
    with pytest.raises(LuaError, match="unexpected symbol"):
        lua.execute("x = = 1")
    with pytest.raises(LuaError, match=r"nothing\.lua"):
        lua.run("nothing.lua")


def test_a_stack_that_is_too_deep_is_an_error_like_others(lua):
    with pytest.raises(LuaError, match="stack overflow"):
        lua.execute("local function f() return 1 + f() end return f()")
    assert lua.eval("1 + 1") == 2


def test_neither_an_interrupt_nor_os_exit_can_be_caught(lua):
    with pytest.raises(KeyboardInterrupt):
        lua.execute("pcall(interrupted); reached = true")
    with pytest.raises(KeyboardInterrupt):
        lua.execute("xpcall(interrupted, function() reached = true end); reached = true")
    with pytest.raises(KeyboardInterrupt):
        lua.execute("coroutine.wrap(function() pcall(interrupted) end)(); reached = true")
    with pytest.raises(SystemExit) as end:
        lua.execute("pcall(os.exit, 3); reached = true")
    assert end.value.code == 3
    assert lua.globals.reached is None


@pytest.fixture
def interruptible():
    """Python's handler of Ctrl-C, which a process that was started in the background does not have."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_of_python_ends_a_script_at_its_next_call(lua, interruptible):
    lua.set_global("interrupt", lua.function(lambda: signal.raise_signal(signal.SIGINT)))
    lua.set_global("work", lua.function(lambda: None))
    with pytest.raises(KeyboardInterrupt):
        lua.execute("local n = 0; while n < 1e6 do n = n + 1; pcall(work); if n == 1000 then pcall(interrupt) end end")
    assert lua.eval("1 + 1") == 2


def test_an_error_through_three_languages_keeps_its_first_place(lua):
    outer = lua.function(lambda: lua.execute("fails()", name="=inner.lua"))
    message = lua.execute("local f = ...; return select(2, pcall(f))", outer, name="=outer.lua")
    assert message == "inner.lua:1: source: 3 elements do not fit into 4"


def test_errors_raise_names_the_scripts_line(lua):
    lua.execute("package.loaded.lib = {go = function() require('torch.errors').raise('%s is not %d', 'x', 3) end}")
    message = lua.execute("\nreturn select(2, pcall(function() require('lib').go() end))", name="=s.lua")
    assert message.endswith("x is not 3")
