"""torch.Tester and torch.TestSuite."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lua_compat import Runtime
from lua_compat.errors import LuaError


@pytest.fixture
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("""
        function run(tester, ...)
           local out, write = {}, io.write
           io.write = function(...)
              for i = 1, select('#', ...) do out[#out + 1] = tostring((select(i, ...))) end
           end
           local ok, failure = pcall(tester.run, tester, ...)
           io.write = write
           return table.concat(out), ok, tostring(failure)
        end
        t = torch.Tester()
        -- one assertion on its own: what it returned, and the text of what was noted
        function held(code)
           local f, result = loadstring(code), nil
           local tester = torch.Tester()
           tester:add(function() t = tester; result = f() end, 'one')
           local text = run(tester)
           local noted = tester.errors[1] or ''
           return result, noted:match('^one\\n(.-)\\n\\t') or noted, #tester.warnings
        end
    """)
    return runtime


HOLD = [
    "t:assert(true)",
    "t:assert(1 == 1, 'with a message')",
    "t:eq(1, 1)",
    "t:eq('a', 'a', 'message')",
    "t:eq(1, 1.05, 0.1)",
    "t:eq(1, 1.05, 0.1, 'message')",
    "t:eq(1, 1.05, 'message', 0.1)",
    "t:eq(nil, nil)",
    "t:eq({1, {2}}, {1, {2}})",
    "t:eq({1, {a = torch.ones(2)}}, {1, {a = torch.ones(2):add(1e-9)}}, 1e-6)",
    "t:eq(torch.ones(2), torch.ones(2))",
    "t:eq(torch.Tensor(), torch.Tensor())",
    "t:eq(torch.LongStorage{1, 2}, torch.LongStorage{1, 2})",
    "t:eq(torch.FloatStorage{1, 2}, torch.FloatStorage{1, 2.5}, 0.6)",
    "t:ne(1, 2)",
    "t:ne('1', 1)",
    "t:ne({1}, {1, 2})",
    "t:ne({1, x = 2}, {1})",
    "t:ne(torch.ones(2), torch.ones(3))",
    "t:ne(torch.ones(2), torch.ones(2):float())",
    "t:ne(torch.ones(4), torch.ones(2, 2))",
    "t:ne(torch.ones(2), torch.zeros(2), 0.5)",
    "t:ne(torch.LongStorage{1}, torch.IntStorage{1})",
    "t:ne(torch.Tensor{0/0}, torch.Tensor{0/0})",
    "t:assertGeneralEq({1}, {1})",
    "t:assertGeneralNe({1}, {2}, 'message')",
    "t:assertlt(1, 2)",
    "t:assertle(2, 2, 'message')",
    "t:assertgt('b', 'a')",
    "t:assertge(2, 2)",
    "t:asserteq(t, t)",
    "t:assertne({}, {})",
    "t:assertalmosteq(1, 1 + 1e-17)",
    "t:assertalmosteq(1, 1.1, 0.2, 'message')",
    "t:assertTensorEq(torch.ones(2), torch.ones(2):add(1e-9), 1e-6)",
    "t:assertTensorEq(torch.ByteTensor{1, 255}, torch.ByteTensor{1, 255}, 'message')",
    "t:assertTensorNe(torch.ones(2), torch.zeros(2), 1e-3, 'message')",
    "t:assertTableEq({1, {2}}, {1, {2}})",
    "t:assertTableEq({1}, {1.05}, 0.1)",
    "t:assertTableNe({1}, {2}, 'message')",
    "t:assertError(function() error('x') end)",
    "t:assertErrorMsg(function() error('x', 0) end, 'x', 'message')",
    "t:assertErrorPattern(function() error('abc') end, 'b')",
    "t:assertErrorObj(function() error({code = 1}) end, function(e) return e.code == 1 end)",
    "t:assertNoError(function() end, 'message')",
]


@pytest.mark.parametrize("code", HOLD)
def test_an_assertion_that_holds_says_so(lua: Any, code: str) -> None:
    assert lua.eval(f"held({f'return {code}'!r})") == (True, "", 0)


FAIL = [
    ("t:assert(false)", "BOOL violation condition=false"),
    ("t:assert(1 > 2, 'sizes')", "sizes\nBOOL violation condition=false"),
    ("t:eq(1, 2)", "EQ failed: 1 ~= 2"),
    ("t:eq(1, 2, 0.5, 'm')", "m\nEQ failed: 1 ~= 2 with tolerance=0.5"),
    ("t:eq('a', 'b')", 'EQ failed: "a" ~= "b"'),
    ("t:eq(1, '1')", "EQ failed: values have different types (first: number, second: string)"),
    ("t:eq({1, {a = 2}}, {1, {a = 3}})", 'EQ failed: 2 ~= 3 (at [2]["a"])'),
    ("t:eq({{{1}}, 2}, {{{0}}, 3})", "EQ failed: 2 ~= 3 (at [2])"),
    ("t:eq({1, 2}, {1})", "EQ failed: only the first has the key 2"),
    ("t:eq({1}, {1, x = 2})", 'EQ failed: only the second has the key "x"'),
    ("t:eq(torch.ones(2), torch.zeros(2))", "TensorEQ(==) violation: max diff=1, tolerance=0"),
    ("t:eq(torch.ones(4), torch.ones(2, 2))", "The tensors have different dimensions"),
    ("t:eq(torch.ones(2), torch.ones(3), 'm')", "m\nThe tensors have different sizes"),
    ("t:eq(torch.ones(2), torch.FloatTensor(2):fill(1))", "The tensors have different types"),
    ("t:eq(torch.LongStorage{1}, torch.LongStorage{5})", "StorageEQ(==) violation: max diff=4, tolerance=0"),
    ("t:ne(1, 1.05, 0.1)", "NE failed: the values are equal, with tolerance=0.1"),
    ("t:assertlt(2, 1)", "LT failed: 2 >= 1"),
    ("t:assertle(2, 1, 'm')", "m\nLE failed: 2 > 1"),
    ("t:assertgt(1, 2)", "GT failed: 1 <= 2"),
    ("t:assertge(1, 2)", "GE failed: 1 < 2"),
    ("t:asserteq(1, 2)", "EQ failed: 1 ~= 2"),
    ("t:assertne(1, 1)", "NE failed: 1 == 1"),
    ("t:assertalmosteq(1, 2, 'm', 0.5)", "m\nALMOST_EQ failed: 1 ~= 2 with tolerance=0.5"),
    ("t:assertError(function() end)", "ERROR violation: err=nil"),
    ("t:assertErrorMsg(function() error('x', 0) end, 'y')", "ERROR violation: err=x"),
    ("t:assertErrorPattern(function() error('x', 0) end, 'y', 'm')", "m\nERROR violation: err=x"),
    ("t:assertNoError(function() error('x', 0) end)", "ERROR violation: err=x"),
]


@pytest.mark.parametrize(("code", "text"), FAIL)
def test_an_assertion_that_fails_says_why(lua: Any, code: str, text: str) -> None:
    result, noted, warnings = lua.eval(f"held({f'return {code}'!r})")
    assert result is False
    assert noted.startswith(text)
    assert warnings == 0


@pytest.mark.parametrize(("code", "text"), [
    ("t:eq(1, 1, 'a', 'b')", "already have message"),
    ("t:eq(1, 1, 1, 2)", "already have tolerance"),
    ("t:eq(1, 1, -1)", "tolerance cannot be negative"),
    ("t:eq(1, 1, {})", "should be a tolerance or a message"),
    ("t:asserteq(1, 1, 5)", "should be a message"),
    ("t:assertTensorEq({1}, torch.ones(1))", "First argument should be a Tensor"),
    ("t:assertTableEq({1}, 5)", "Second argument should be a Table"),
])  # fmt: skip
def test_wrong_arguments_are_errors_of_the_test(lua: Any, code: str, text: str) -> None:
    result, noted, _ = lua.eval(f"held({f'return {code}'!r})")
    assert result is None
    assert noted.startswith(" Function call failed\n")
    assert text in noted


def test_doubtful_calls_hold_with_a_warning(lua: Any) -> None:
    assert lua.eval("held('return t:assert(5)')") == (True, "", 1)
    assert lua.eval("held('return t:assertTensorEq(torch.ones(4), torch.ones(2, 2))')") == (True, "", 1)


def test_cyclic_tables_are_compared(lua: Any) -> None:
    assert lua.execute("""
        local function ring(n) local a = {n}; a.next = {n + 1, next = a}; return a end
        local first, second = t:eq(ring(1), ring(1)), t:eq(ring(1), ring(2))
        return first, second
    """) == (True, False)


OUTPUT = """\
Running 4 tests
1/4 passes ........................................................... [WAIT]\r\
1/4 passes ........................................................... [PASS]
2/4 fails ............................................................ [WAIT]\r\
2/4 fails ............................................................ [FAIL]
3/4 breaks ........................................................... [WAIT]\r\
3/4 breaks ........................................................... [ERROR]
4/4 left ............................................................. [WAIT]\r\
4/4 left ............................................................. [SKIP]
Completed 4 asserts in 4 tests with 1 failure and 1 error and 1 disabled
"""
SECTIONS = """\
--------------------------------------------------------------------------------
fails
this one
BOOL violation condition=false
\t(suite):7: in function <(suite):6>
--------------------------------------------------------------------------------
breaks
 Function call failed
(suite):10: boom
stack traceback:
\t[C]: in function 'error'
\t(suite):10: in function <(suite):10>

--------------------------------------------------------------------------------
"""
SUITE = """\
local suite = torch.TestSuite()
function suite.passes()
   t:assert(true)
   t:eq(1, 1)
end
function suite.fails()
   t:assert(false, 'this one')
   t:ne(1, 2)
end
function suite.breaks() error('boom') end
function suite.left() error('not run') end
t:add(suite):disable('left')
"""


def test_the_output(lua: Any) -> None:
    lua.execute(SUITE, name="=(suite)")
    text, ok, failure = lua.eval("run(t)")
    assert ok is False
    assert failure.endswith("An error was found while running tests!")
    dotted = [line for line in text.split("\n") if "[WAIT]" in line]
    # a line is as wide as a terminal
    assert {len(line.split("\r")[0]) for line in dotted} == {80}
    strip = lambda output: re.sub(r" \.+ ", " . ", output)  # noqa: E731 - both sides the same way
    assert strip(text) == strip(OUTPUT + SECTIONS)
    assert lua.eval("t.countasserts") == 4


def test_the_summary_alone(lua: Any) -> None:
    lua.execute(SUITE, name="=(suite)")
    assert lua.eval("t:setSummaryOnly(true) == t") is True
    text, ok, _ = lua.eval("run(t)")
    assert ok is False
    assert text.endswith("and 1 disabled\n")
    assert "this one" not in text


def test_colors_where_a_script_runs(lua: Any) -> None:
    lua.execute(SUITE + "arg = {[0] = 'x.lua'}", name="=(suite)")
    text = lua.eval("(run(t))")
    assert "[\x1b[0;32mPASS\x1b[0m]" in text
    assert "with \x1b[0;31m1 failure\x1b[0m and \x1b[0;35m1 error\x1b[0m and \x1b[0;33m1 disabled\x1b[0m" in text
    assert "with \x1b[0;32m0 failures\x1b[0m and \x1b[0;32m0 errors\x1b[0m" in lua.eval("(run(t, 'passes'))")


def test_an_early_abort_ends_after_the_test_that_failed(lua: Any) -> None:
    lua.execute(SUITE, name="=(suite)")
    assert lua.eval("t:setEarlyAbort(true) == t") is True
    text, ok, _ = lua.eval("run(t)")
    assert ok is False
    assert "Aborting on first error, not all tests have been executed\nCompleted 4 asserts in 4 tests" in text
    assert "breaks" not in text


def test_errors_go_through_where_they_are_rethrown(lua: Any) -> None:
    lua.execute(SUITE, name="=(suite)")
    assert lua.eval("t:setRethrowErrors(true) == t") is True
    with pytest.raises(LuaError, match="this one"):
        lua.execute("t:run('fails')")
    with pytest.raises(LuaError, match=r"\(suite\):10: boom"):
        lua.execute("t:run('breaks')")


def test_set_up_and_tear_down_surround_each_test(lua: Any) -> None:
    assert lua.execute("""
        local seen = {}
        local function note(what) return function(name) seen[#seen + 1] = what .. (name or '') end end
        local suite = torch.TestSuite()
        suite._setUp, suite._tearDown = note '+', note '-'
        suite.one = note 'run1'
        suite.two = note 'run2'
        t:add(suite)
        local text = run(t)
        return table.concat(seen, ' '), text:match('Running (%d)')
    """) == ("+one run1 -one +two run2 -two", "2")


def test_tests_are_chosen_by_name_and_by_pattern(lua: Any) -> None:
    assert lua.execute("""
        local suite, seen = torch.TestSuite(), {}
        for _, name in ipairs{'zeta', 'alpha', 'mu', 'alphabet'} do
           suite[name] = function() seen[#seen + 1] = name end
        end
        t:add(suite)
        t:add(function() seen[#seen + 1] = 'f' end)
        run(t)
        run(t, {'mu', '^z'})
        run(t, 'alpha')
        local ok, why = pcall(t.run, t, 'none')
        return table.concat(seen, ' '), ok, (why:gsub('^.*: ', ''))
    """) == ("zeta alpha mu alphabet f zeta mu alpha alphabet", False, "Couldn't find test 'none'")


def test_a_run_that_goes_well_returns_zero(lua: Any) -> None:
    assert lua.execute("t:add(function() end, 'a'); local _, ok, result = run(t); return ok, result") == (True, "0")


@pytest.mark.parametrize(("code", "message"), [
    ("local s = torch.TestSuite(); function s.a() end; function s.a() end", "Test a is already defined."),
    ("local s = torch.TestSuite(); s.a = {}", "Nested tables of tests are not supported"),
    ("local s = torch.TestSuite(); s.a = 5", "Only functions are supported as members of a TestSuite"),
    ("t:add(print, 'a'); t:add(print, 'a')", "Test with name a already exists!"),
    ("t:add({}, 'a')", "takes no name"),
    ("t:add(5)", "a function or a table of functions expected"),
    ("t:disable('a')", "Unrecognized test 'a'"),
    ("t:disable(5)", "a name or a table of names expected"),
    ("t:run(5)", "a name or a table of names expected"),
])  # fmt: skip
def test_what_is_refused(lua: Any, code: str, message: str) -> None:
    with pytest.raises(LuaError, match=re.escape(message)) as caught:
        lua.execute(code, name="=here")
    assert str(caught.value).startswith("here:1: ")


def test_a_plain_table_of_tests_is_a_warning(lua: Any) -> None:
    text, ok, _ = lua.execute("t:add{b = function() end, a = function() end}; return run(t)")
    assert ok is True
    assert "with 0 failures and 0 errors and 1 warning\n" in text
    assert text.index("1/2 a ") < text.index("2/2 b ")
