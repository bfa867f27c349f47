from __future__ import annotations

from typing import Any

import pytest

from lua_compat import Runtime


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
           return table.concat(out), ok, ok or tostring(failure)
        end
    """)
    return runtime


def test_what_holds_passes(lua: Any) -> None:
    text, ok, _ = lua.execute("""
        local t = torch.Tester()
        t:add(function()
           t:assert(true) t:eq({1, {2}}, {1, {2}}) t:ne(1, 2) t:assertlt(1, 2) t:assertalmosteq(1, 1.1, 0.2)
           t:assertTensorEq(torch.ones(2), torch.ones(2):add(1e-9), 1e-6) t:eq(torch.ones(2), torch.ones(2))
           t:assertError(function() error('x') end) t:assertErrorPattern(function() error('abc') end, 'b')
           t:assertNoError(function() end)
        end, 'all')
        return run(t)
    """)
    assert ok is True
    assert "Completed 10 asserts in 1 test with 0 failures and 0 errors" in text


def test_failures_and_errors_are_counted_by_test_and_shown(lua: Any) -> None:
    text, ok, failure = lua.execute("""
        local t = torch.Tester()
        t:add(function() t:assert(false, 'this one') t:eq(torch.ones(2), torch.zeros(2)) end, 'fails')
        t:add(function() error('boom') end, 'breaks')
        return run(t)
    """)
    assert ok is False
    assert "An error was found while running tests!" in failure
    assert "Completed 2 asserts in 2 tests with \x1b[0;31m1 failure\x1b[0m and \x1b[0;35m1 error\x1b[0m" in text
    for part in ("this one", "tensors differ by 1", "boom"):
        assert part in text


def test_tests_are_chosen_and_disabled(lua: Any) -> None:
    assert lua.execute("""
        local t, suite, seen = torch.Tester(), torch.TestSuite(), {}
        for _, name in ipairs{'z', 'a', 'm'} do suite[name] = function() seen[#seen + 1] = name end end
        t:add(suite)
        run(t)
        t:disable('a')
        run(t)
        run(t, {'m'})
        return table.concat(seen), (pcall(function() suite.a = 1 end)), (pcall(t.run, t, 'none'))
    """) == ("zamzmm", False, False)
