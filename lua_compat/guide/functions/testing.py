"""Unit tests."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row


def _check(lua: str, python: str, note: str = "") -> Row:
    return Row(f"torch.Tester():{lua}", python, note)


TESTING = (
    Row(
        "local t, tests = torch.Tester(), torch.TestSuite()\n"
        "function tests.addition() t:eq(1 + 1, 2) end\nt:add(tests); t:run(); t.countasserts",
        "def test_addition(): assert 1 + 1 == 2\nunittest.FunctionTestCase(test_addition).run().testsRun",
        "a function whose name starts with `test_`, in a file that `pytest` runs",
    ),
    Row(
        "local t = torch.Tester(); t:add(function() t:eq(1, 2) end, 'slow'):disable('slow'):run(); #t.errors",
        "class Slow(unittest.TestCase):\n    @unittest.skip('slow')\n    def test_slow(self): assert 1 == 2\n\n"
        "len(unittest.defaultTestLoader.loadTestsFromTestCase(Slow).run(unittest.TestResult()).failures)",
        "`@pytest.mark.skip`",
    ),
    _check("assert(x:dim() == 2)", "x.dim() == 2", "in a test, with `assert` in front, as those that follow"),
    _check("eq(x, x:clone())", "torch.equal(x, x.clone())"),
    _check("ne(x, y)", "not torch.equal(x, y)"),
    _check("assertGeneralEq({1, {2}}, {1, {2}})", "[1, [2]] == [1, [2]]"),
    _check("assertGeneralNe({1, {2}}, {1, {3}})", "[1, [2]] != [1, [3]]"),
    _check("assertTensorEq(x, x + 1e-9, 1e-6)", "torch.allclose(x, x + 1e-9, rtol=0, atol=1e-6)"),
    _check("assertTensorNe(x, y, 1e-6)", "not torch.allclose(x, y, rtol=0, atol=1e-6)"),
    _check("assertTableEq({lr = 0.1}, {lr = 0.1})", "{'lr': 0.1} == {'lr': 0.1}"),
    _check("assertTableNe({1, 2}, {1, 3})", "[1, 2] != [1, 3]"),
    _check("asserteq(1 + 1, 2)", "1 + 1 == 2"),
    _check("assertne(1, 2)", "1 != 2"),
    _check("assertlt(1, 2)", "1 < 2"),
    _check("assertle(1, 2)", "1 <= 2"),
    _check("assertgt(2, 1)", "2 > 1"),
    _check("assertge(2, 1)", "2 >= 1"),
    _check(
        "assertalmosteq(0.1 + 0.2, 0.3, 1e-9)", "math.isclose(0.1 + 0.2, 0.3, abs_tol=1e-9)", "`pytest.approx(0.3)`"
    ),
    _check(
        "assertError(function() error('no') end)",
        "def fails(): raise ValueError('no')\nunittest.TestCase().assertRaises(Exception, fails) is None",
        "`with pytest.raises(ValueError):`",
    ),
    _check(
        "assertErrorMsg(function() error('no', 0) end, 'no')",
        "def fails(): raise ValueError('no')\nunittest.TestCase().assertRaisesRegex(ValueError, '^no$', fails) is None",
    ),
    _check(
        "assertErrorPattern(function() error('not 5') end, '%d')",
        "def fails(): raise ValueError('not 5')\n"
        r"unittest.TestCase().assertRaisesRegex(ValueError, r'\d', fails) is None",
        r"`with pytest.raises(ValueError, match=r'\d'):`",
    ),
    _check(
        "assertErrorObj(function() error({code = 5}) end, function(e) return e.code == 5 end)",
        "class Problem(Exception): code = 5\ndef fails(): raise Problem\n"
        "unittest.TestCase().assertRaises(Problem, fails) is None",
        "an exception of a class of its own",
    ),
    _check("assertNoError(function() return 1 end)", "(lambda: 1)() == 1", "just call it: an error fails the test"),
    Row(
        "local t = torch.Tester():setEarlyAbort(true):setSummaryOnly(true)\n"
        "t:add(function() t:eq(1, 2) end, 'a'):add(function() t:eq(1, 2) end, 'b'); pcall(t.run, t); #t.errors",
        "result = unittest.TestResult(); result.failfast = True\nclass Two(unittest.TestCase):\n"
        "    def test_a(self): assert 1 == 2\n    def test_b(self): assert 1 == 2\n\n"
        "unittest.defaultTestLoader.loadTestsFromTestCase(Two).run(result); len(result.failures)",
        "`pytest --exitfirst --tb=no`",
    ),
    Row(
        "local t = torch.Tester():setRethrowErrors(true)\n"
        "t:add(function() error('no', 0) end, 'a'); select(2, pcall(t.run, t))",
        "def fails(): raise ValueError('no')\ntry: fails()\nexcept ValueError as e: found = str(e)\nfound",
        "`pytest --pdb` stops where it happened",
    ),
)
