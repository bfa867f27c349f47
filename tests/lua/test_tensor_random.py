"""Random numbers from Lua: who draws from which generator, into what."""

from __future__ import annotations

import pytest

from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import LuaError


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def test_a_tensors_draws_are_those_of_single_numbers(lua):
    assert (
        lua.execute("""
        local same = {}
        for _, name in ipairs{'uniform', 'normal', 'cauchy', 'logNormal', 'exponential'} do
            torch.manualSeed(3)
            local x = torch.Tensor(3)
            x[name](x)
            torch.manualSeed(3)
            same[#same + 1] = x[1] == torch[name]() and x[2] == torch[name]() and x[3] == torch[name]()
        end
        return unpack(same)
    """)
        == (True,) * 5
    )


def test_a_generator_is_taken_in_every_form(lua):
    assert (
        lua.execute("""
        local g = torch.Generator()
        local function draw(f) torch.manualSeed(g, 8); torch.manualSeed(1); local v = f(); return v end
        local a = draw(function() return torch.uniform(g) end)
        local b = draw(function() return torch.Tensor(1):uniform(g, 0, 1)[1] end)
        local c = draw(function() return torch.rand(g, 1)[1] end)
        local d = draw(function() return torch.rand(torch.Tensor(), g, 1)[1] end)
        local e = draw(function() return torch.Tensor(1):uniform(g)[1] end)
        return a == b, b == c, c == d, d == e, a == (torch.manualSeed(8) or torch.uniform())
    """)
        == (True,) * 5
    )


@pytest.mark.parametrize("call", [
    "torch.random(5, 2)", "torch.Tensor(2):random(5, 2)", "torch.normal(0, 0)", "torch.geometric(2)",
    "torch.manualSeed('a')",
    "torch.multinomial(torch.Tensor{-1, 2}, 1)", "torch.randperm(0)", "torch.setRNGState(torch.ByteTensor(3))",
    "torch.IntTensor(2):normal()",
])  # fmt: skip
def test_impossible_draws_are_refused(lua, call):
    with pytest.raises(LuaError):
        lua.execute(f"return {call}")


def test_initial_seeds_and_seeds(lua):
    assert lua.execute("local s = torch.seed(); return s == torch.initialSeed(), s >= 0") == (True, True)


def test_alias_tables_draw_what_the_probabilities_say(lua):
    shares = lua.execute("""
        torch.manualSeed(4)
        local tables = torch.multinomialAliasSetup(torch.Tensor{0.1, 0.2, 0.7})
        local x = torch.multinomialAlias(torch.LongTensor(10000), tables)
        return x:eq(1):sum() / 1e4, x:eq(2):sum() / 1e4, x:eq(3):sum() / 1e4
    """)
    assert shares == pytest.approx((0.1, 0.2, 0.7), abs=0.02)
