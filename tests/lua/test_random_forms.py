"""Every function that draws, in every form, with the default generator and with one of its own; states."""

from __future__ import annotations

import numpy as np
import pytest

import pytorch_from_lua as ours
from lua_compat import LuaError, Runtime
from pytorch_from_lua.tensor import Tensor
from tests.lua.calling import ALL, REALS


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


# A generator stands where %s is; without one, nothing does.
FORMS = [
    *(f"torch.{name}({arguments})" for name, many in {
        "uniform": ["%s", "%s 2", "%s -1, 3"], "normal": ["%s", "%s 2", "%s 1, 3"], "cauchy": ["%s", "%s 1", "%s 1, 2"],
        "exponential": ["%s", "%s 2"], "logNormal": ["%s", "%s 1", "%s 1, 0.5"], "geometric": ["%s 0.3"],
        "bernoulli": ["%s", "%s 0.2"], "random": ["%s", "%s 6", "%s 3, 9"], "rand": ["%s 3", "%s 2, 2",
        "%s torch.LongStorage{2, 3}"], "randn": ["%s 5", "%s 2, 3", "%s torch.LongStorage{3}"], "randperm": ["%s 7"],
        "multinomial": ["%s p, 2", "%s p, 9, true", "%s p, 3, false", "%s p:view(2, 2), 4, true"],
    }.items() for arguments in many),
    *(f"x:{name}({arguments})" for name, many in {
        "uniform": ["%s", "%s -1, 3"], "normal": ["%s", "%s 1, 3"], "cauchy": ["%s", "%s 1, 2"], "exponential": ["%s",
        "%s 2"], "logNormal": ["%s", "%s 1, 0.5"], "geometric": ["%s 0.3"], "bernoulli": ["%s", "%s 0.2", "%s p",
        "%s p:float()"], "random": ["%s", "%s 6", "%s 3, 9"], "randperm": ["%s 7"], "rand": ["%s 2, 2"],
        "randn": ["%s 4"],
    }.items() for arguments in many),
    *(f"torch.{name}(x, {arguments})" for name, many in {
        "uniform": ["%s -1, 3"], "normal": ["%s 1, 3"], "bernoulli": ["%s 0.2", "%s p"], "random": ["%s 6"],
        "rand": ["%s 2, 2"], "randn": ["%s 4"], "randperm": ["%s 7"],
    }.items() for arguments in many),
    "torch.multinomial(torch.LongTensor(), %s p, 3, true)",
    "torch.multinomialAlias_(torch.LongTensor(9), %s unpack(torch.multinomialAliasSetup(p)))",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_generator_of_its_own_gives_the_default_stream(lua: Runtime, form: str) -> None:
    alone = form % ""
    given = form % "g,"
    for ending in (",)", ", )"):
        given = given.replace(ending, ")")
    first, second, third, after, expected = lua.execute(f"""
        local g, p = torch.Generator(), torch.Tensor{{0.1, 0.2, 0.3, 0.4}}
        local x = torch.Tensor(4)
        torch.manualSeed(77)
        local first = {alone}
        if torch.isTensor(first) then first = first:clone() end
        torch.manualSeed(g, 77)
        torch.manualSeed(5)
        local second = {given}
        if torch.isTensor(second) then second = second:clone() end
        local third = torch.uniform(g)
        local after = torch.uniform()
        torch.manualSeed(5)
        return first, second, third, after, torch.uniform()
    """)  # fmt: skip
    if isinstance(first, Tensor):
        np.testing.assert_array_equal(first.array, second.array)
        assert first.array.size > 0
    else:
        assert first == second
    assert after == expected, "the default stream was drawn from"
    assert 0 <= third < 1


@pytest.mark.parametrize("word", ALL)
def test_types_that_can_be_filled(lua: Runtime, word: str) -> None:
    """Integers have random, geometric, bernoulli and randperm; a draw is stored as C casts it."""
    found = lua.execute(f"""
        torch.manualSeed(3)
        local x = torch.{word}Tensor(50)
        return x:random(9):clone(), x:geometric(0.4):clone(), x:bernoulli(0.3):clone(), x:randperm(6):clone()
    """)
    again = lua.execute("""
        torch.manualSeed(3)
        local x = torch.Tensor(50)
        return x:random(9):clone(), x:geometric(0.4):clone(), x:bernoulli(0.3):clone(), x:randperm(6):clone()
    """)
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one.array, other.array)
    for name in ("uniform", "normal", "cauchy", "exponential", "logNormal", "rand", "randn", "multinomial"):
        has = lua.eval(f"torch.{word}Tensor.{name} ~= nil")
        assert has == (word in REALS)


def test_the_stream_is_pythons(lua: Runtime) -> None:
    ours.manual_seed(99)
    python = [ours.rand(3, dtype=ours.float64), ours.randn(3, dtype=ours.float64), ours.randperm(5),
              ours.rand(2, dtype=ours.float64)]  # fmt: skip
    found = lua.execute(
        "torch.manualSeed(99); return torch.rand(3), torch.randn(3), torch.randperm(5) - 1, torch.rand(2)"
    )
    for one, other in zip(python, found, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.array)
    ours.manual_seed(4)
    from_python = ours.rand(1, dtype=ours.float64).item()
    assert lua.execute("torch.manualSeed(4); return torch.uniform()") == from_python


@pytest.mark.parametrize("draws", range(5))
def test_a_state_holds_half_a_normal_pair(lua: Runtime, draws: int) -> None:
    same, other, kind, size = lua.execute(f"""
        local g = torch.Generator()
        torch.manualSeed(g, 12)
        for i = 1, {draws} do torch.normal(g) end
        local state = torch.getRNGState(g)
        local a = torch.randn(g, 5)
        local b = torch.random(g)
        torch.setRNGState(g, state)
        local same = torch.randn(g, 5):equal(a) and torch.random(g) == b
        local h = torch.Generator()
        torch.setRNGState(h, state)
        local default = torch.getRNGState()
        torch.setRNGState(state)
        local third = torch.randn(5):equal(a)
        torch.setRNGState(default)
        return same, torch.randn(h, 5):equal(a) and third, torch.type(state), state:nElement()
    """)
    assert (same, other, kind) == (True, True, "torch.ByteTensor")
    assert size > 624 * 4


def test_seeds(lua: Runtime) -> None:
    assert lua.execute("""
        local g = torch.Generator()
        torch.manualSeed(g, 31)
        torch.manualSeed(32)
        local a, b = torch.initialSeed(g), torch.initialSeed()
        local s = torch.seed(g)
        return a, b, torch.initialSeed(g) == s, torch.initialSeed(), s ~= torch.seed(g)
    """) == (31, 32, True, 32, True)  # fmt: skip


def test_alias_tables_in_every_form(lua: Runtime) -> None:
    assert lua.execute("""
        local p = torch.Tensor{0.1, 0.2, 0.3, 0.4}
        local t = torch.multinomialAliasSetup(p)
        local J, q = torch.multinomialAliasSetup_(p)
        local mine = {torch.LongTensor(), torch.Tensor()}
        local same = torch.multinomialAliasSetup(p, mine)
        local K, r = p:multinomialAliasSetup_()
        assert(rawequal(same, mine) and mine[1]:equal(J) and mine[2]:equal(q) and t[1]:equal(J) and t[2]:equal(q))
        assert(K:equal(J) and r:equal(q))
        torch.manualSeed(1)
        local a = torch.multinomialAlias(torch.LongTensor(2, 3), t)
        torch.manualSeed(1)
        local b = torch.multinomialAlias_(torch.LongTensor(2, 3), J, q)
        torch.manualSeed(1)
        local c = torch.DoubleTensor.multinomialAlias_(torch.LongTensor(2, 3), J, q)
        local f = torch.multinomialAliasSetup(p:float())
        return a:equal(b) and a:equal(c), a:min() >= 1 and a:max() <= 4, torch.type(f[2])
    """) == (True, True, "torch.FloatTensor")  # fmt: skip


@pytest.mark.parametrize(("distribution", "mean", "spread"), [
    ("uniform(-1, 3)", 1, 16 / 12), ("normal(2, 3)", 2, 9), ("exponential(2)", 0.5, 0.25),
    ("geometric(0.25)", 4 / 3, 4 / 9),
    ("bernoulli(0.3)", 0.3, 0.21), ("random(10)", 5.5, 99 / 12), ("random(-2, 2)", 0, 2),
])  # fmt: skip
def test_means_and_variances(lua: Runtime, distribution: str, mean: float, spread: float) -> None:
    found, variance = lua.execute(f"""
        torch.manualSeed(1)
        local x = torch.Tensor(40000):{distribution}
        return x:mean(), x:var()
    """)
    assert found == pytest.approx(mean, abs=0.05)
    assert variance == pytest.approx(spread, rel=0.06)


@pytest.mark.parametrize(("call", "said"), [
    ("x:normal(0, 0)", "normal"), ("x:normal(0, -1)", "normal"), ("torch.normal(0, 0)", "normal"),
    ("x:bernoulli(2)", "bernoulli.*2"), ("x:bernoulli(-0.1)", "bernoulli"),
    ("x:bernoulli(torch.Tensor(3))", "bernoulli.*3"),
    ("x:geometric(0)", "geometric"), ("x:geometric(1)", "geometric"), ("torch.geometric(2)", "geometric"),
    ("x:logNormal(1, 0)", "logNormal"), ("x:random(5, 2)", "random.*2.*5"), ("torch.random(5, 2)", "random.*2.*5"),
    ("torch.randperm(0)", "randperm.*0"), ("torch.randperm(-1)", "randperm.*-1"), ("torch.multinomial(x:fill(0), 1)",
    "multinomial.*sum"), ("torch.multinomial(torch.Tensor{1, -1}, 1)", "multinomial"),
    ("torch.multinomial(torch.ones(2), 3)", "multinomial.*3.*2"),
    ("torch.multinomial(torch.ones(2), 0)", "multinomial"),
    ("torch.multinomial(torch.ones(2, 2, 2), 1)", "multinomial.*3 dim"),
    ("x:uniform(1, 2, 3)", "uniform.*number number number"),
    ("torch.manualSeed('a')", "manualSeed"), ("torch.setRNGState(torch.ByteTensor(3))", "setRNGState.*3"),
    ("torch.setRNGState(torch.Tensor(3))", "setRNGState"), ("torch.multinomialAliasSetup(torch.ones(2, 2))",
    "multinomialAliasSetup.*2 dim"), ("torch.multinomialAlias(torch.LongTensor(2), 3)", "multinomialAlias.*number"),
    ("torch.multinomialAlias(torch.Tensor(2), torch.multinomialAliasSetup(torch.ones(2)))",
    "multinomialAlias_.*DoubleTensor"),
    ("torch.rand('a')", "rand.*string"), ("torch.rand({2})", "rand.*table"), ("torch.randn(x, 'a')", "randn.*string"),
    ("x:random('a')", "random.*string"), ("torch.random({})", "random.*table"),
])  # fmt: skip
def test_impossible_draws(lua: Runtime, call: str, said: str) -> None:
    with pytest.raises(LuaError, match=rf"^here:2: .*{said}"):
        lua.execute(f"local x = torch.Tensor(4)\nlocal y = {call}", name="=here")


def test_a_refused_draw_takes_nothing_from_the_stream(lua: Runtime) -> None:
    assert lua.execute("""
        local x = torch.ones(4)
        torch.manualSeed(6)
        pcall(function() x:normal(0, -1) end)
        pcall(function() x:bernoulli(3) end)
        pcall(function() torch.multinomial(torch.Tensor{-1, 2}, 1) end)
        local a = torch.uniform()
        torch.manualSeed(6)
        return a == torch.uniform(), x:sum()
    """) == (True, 4)  # fmt: skip
