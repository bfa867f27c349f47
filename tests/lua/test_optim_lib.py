from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lua_compat import Runtime
from pytorch_from_lua.kernels import compiled

METHODS = ["sgd", "nag", "asgd", "rprop", "adam", "adamax", "adagrad", "adadelta", "rmsprop"]


@pytest.fixture
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("""
        require 'optim'
        scales = torch.Tensor{1, 2, 4}
        function bowl(x) local g = torch.cmul(scales, x); return 0.5 * torch.dot(g, x), g end
        function valley(x)
           local a, b = x[1], x[2]
           local c = b - a ^ 2
           return 100 * c ^ 2 + (1 - a) ^ 2, torch.Tensor{-400 * a * c - 2 * (1 - a), 200 * c}
        end
    """)
    return runtime


@pytest.mark.parametrize("method", METHODS)
def test_each_method_goes_downhill_in_place(lua: Any, method: str) -> None:
    first, last, same, evaluations = lua.execute(f"""
        local x, config = torch.Tensor{{1, 1, 1}}, {{}}
        local first, last
        for i = 1, 20 do
           local y, losses = optim.{method}(bowl, x, config)
           assert(#losses == 1 and torch.isTensor(y))
           first, last = first or losses[1], losses[1]
        end
        local y = optim.{method}(bowl, x, config)
        return first, last, torch.pointer == nil or y == x, config.evalCounter or config.t or 21
    """)
    assert first == pytest.approx(3.5)
    assert last < first
    assert same is True
    assert evaluations == 21


@pytest.mark.parametrize("method", METHODS)
def test_a_state_apart_leaves_the_settings_alone(lua: Any, method: str) -> None:
    assert lua.execute(f"""
        local config, state = {{learningRate = 0.01}}, {{}}
        optim.{method}(bowl, torch.ones(3), config, state)
        return config.dfdx == nil and config.m == nil and config.paramVariance == nil and config.delta == nil
           and config.t == nil and config.evalCounter == nil, next(state) ~= nil
    """) == (True, True)


def test_sgd_by_hand(lua: Any) -> None:
    # g = (2, 4), then v = 0.9 v + (1 - 0.5) g
    assert lua.execute("""
        local function f(x) return 0, torch.Tensor{2, 4} end
        local x, config = torch.zeros(2), {learningRate = 0.1, momentum = 0.9, dampening = 0.5}
        optim.sgd(f, x, config) optim.sgd(f, x, config)
        return x[1], x[2], config.dfdx[1], config.evalCounter
    """) == pytest.approx((-0.2 - 0.1 * (0.9 * 2 + 0.5 * 2), -0.4 - 0.1 * (0.9 * 4 + 0.5 * 4), 2.8, 2))


def test_sgd_refuses_nesterov_without_momentum(lua: Any) -> None:
    message = lua.execute("return select(2, pcall(optim.sgd, bowl, torch.ones(3), {nesterov = true}))")
    assert "Nesterov momentum" in message


def test_adam_first_step_is_the_learning_rate(lua: Any) -> None:
    assert lua.execute("""
        local x = torch.Tensor{1, -1, 3}
        optim.adam(bowl, x, {learningRate = 0.1})
        return x[1], x[2], x[3]
    """) == pytest.approx((0.9, -0.9, 2.9), abs=1e-7)


@pytest.mark.parametrize(
    "call",
    ["cg(valley, x, {maxEval = 300})", "lbfgs(valley, x, {maxIter = 80, lineSearch = optim.lswolfe})"],
)
def test_methods_with_a_line_search_cross_the_valley(lua: Any, call: str) -> None:
    a, b, evaluations = lua.execute(f"""
        local x = torch.Tensor{{-1.2, 1}}
        local y, losses, n = optim.{call}
        return y[1], y[2], n
    """)
    assert (a, b) == pytest.approx((1, 1), abs=1e-3)
    assert evaluations > 10


@pytest.mark.parametrize("method", ["cmaes", "de"])
def test_evolution_needs_no_gradient(lua: Any, method: str) -> None:
    loss, moved = lua.execute(f"""
        torch.manualSeed(5)
        local x = torch.Tensor{{2, -1, 3}}
        local best, losses = optim.{method}(function(v) return (bowl(v)) end, x, {{maxEval = 1500}})
        return losses[#losses], (bowl(x))
    """)
    assert loss < 1e-2
    assert moved == pytest.approx(loss)


def test_polyinterp(lua: Any) -> None:
    # x^3 - x has its minimum at 1/sqrt(3); its values and slopes at 0, 1 and at -1, 0, 1
    assert lua.eval("(optim.polyinterp(torch.Tensor{{0, 0, -1}, {1, 0, 2}}))") == pytest.approx(3**-0.5)
    place, value = lua.eval("optim.polyinterp(torch.Tensor{{0, 0, -1}, {1, 0, 2}}, 0, 1)")
    assert (place, value) == pytest.approx((3**-0.5, 3**-1.5 - 3**-0.5))
    place, value = lua.eval("optim.polyinterp({{-1, 0, 2}, {0, 0, -1}, {1, 0, 2}})")
    assert (place, value) == pytest.approx((3**-0.5, 3**-1.5 - 3**-0.5))


def test_fista_shrinks_to_the_known_solution(lua: Any) -> None:
    # 1/2 |x - b|^2 + |x|_1 has its minimum at the soft threshold of b
    assert lua.execute("""
        local b = torch.Tensor{3, -2, 0.5}
        local function f(x) local d = x - b; return 0.5 * torch.dot(d, d), d end
        local function g(x) return torch.abs(x):sum() end
        local function shrink(x, L)
           x:copy(torch.sign(x):cmul(torch.abs(x):add(-1 / L):cmax(0)))
        end
        local params = {doFistaUpdate = true, errthres = 1e-12, maxiter = 200}
        local y, history = optim.FistaLS(f, g, shrink, torch.zeros(3), params)
        return y[1], y[2], y[3]
    """) == pytest.approx((2, -1, 0), abs=1e-4)


def test_checkgrad_tells_right_from_wrong(lua: Any) -> None:
    right, wrong, unchanged = lua.execute("""
        local x = torch.Tensor{0.3, 0.2}
        local right = optim.checkgrad(valley, x, 1e-6)
        local wrong = optim.checkgrad(function(v) local f, g = valley(v) return f, g:mul(2) end, x, 1e-6)
        return right, wrong, x[1] == 0.3 and x[2] == 0.2
    """)
    assert right < 1e-6
    assert wrong > 0.3
    assert unchanged is True


def test_confusion_matrix_text_and_shares(lua: Any) -> None:
    text, mat, total, ignored = lua.execute("""
        local c = optim.ConfusionMatrix({'cat', 'dog'})
        c:add(1, 1) c:add(2, 1)
        c:batchAdd(torch.Tensor{{0.9, 0.1}, {0.2, 0.8}, {0.3, 0.7}}, torch.LongTensor{1, 2, 0})
        return tostring(c), c.mat[1][2], c.totalValid, c.mat:sum()
    """)
    assert text == (
        "ConfusionMatrix:\n"
        "[[       2       1]   66.667% \t[class: cat]\n"
        " [       0       1]]  100.000% \t[class: dog]\n"
        " + average row correct: 83.333334326744% \n"
        " + average rowUcol correct (VOC measure): 58.333334326744% \n"
        " + global correct: 75%"
    )
    assert (mat, total, ignored) == (1, 0.75, 4)


def test_confusion_matrix_refuses_what_does_not_fit(lua: Any) -> None:
    assert "2 predictions for 3 targets" in lua.execute(
        "return select(2, pcall(function() optim.ConfusionMatrix(2):batchAdd(torch.ones(2), torch.ones(3)) end))"
    )


def test_logger(lua: Any, tmp_path: Path) -> None:
    lua.globals.name = str(tmp_path / "sub" / "log")
    lua.execute("""
        local l = optim.Logger(name)
        l:setNames{'loss', 'accuracy'}
        l:add{0.5, 10} l:add{-0.25, 'none'}
        assert(#l.symbols[1] == 2)
    """)
    text = (tmp_path / "sub" / "log").read_text()
    assert text == "loss\taccuracy\t\n 5.0000e-01\t 1.0000e+01\t\n-2.5000e-01\tnone\t\n"


def test_logger_names_columns_itself(lua: Any, tmp_path: Path) -> None:
    lua.globals.name = str(tmp_path / "log")
    lua.execute("local l = optim.Logger(name); l:add{b = 1, a = 2}; l:style('-')")
    assert (tmp_path / "log").read_text() == "a\tb\t\n 2.0000e+00\t 1.0000e+00\t\n"


@pytest.mark.parametrize("kind", ["Float", "Double"])
@pytest.mark.parametrize(
    ("method", "settings", "fields"),
    [("sgd", "momentum = 0.9, weightDecay = 0.01, learningRateDecay = 0.1", "dfdx"), ("adam", "", "m v denom")],
)
def test_one_loop_gives_the_bits_of_tensor_operations(
    method: str, settings: str, fields: str, kind: str, lua: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba")
    found = []
    for setting in ("0", "1"):
        monkeypatch.setattr(compiled, "SETTING", setting)
        monkeypatch.setattr(compiled, "_ready", {})
        found.append(
            lua.execute(f"""
            torch.manualSeed(1)
            local x, config = torch.randn(5000):type('torch.{kind}Tensor'), {{learningRate = 0.05, {settings}}}
            for i = 1, 4 do
               local gradient = torch.randn(5000):type('torch.{kind}Tensor')
               optim.{method}(function() return 1, gradient end, x, config)
            end
            local all = {{x, config.evalCounter or config.t}}
            for field in ('{fields}'):gmatch('%w+') do all[#all + 1] = config[field] end
            return unpack(all)
            """)
        )
    assert found[0][1] == found[1][1] == 4
    assert any(name in dict.fromkeys(key[0] for key in compiled._ready) for name in ("sgd_momentum", "adam_torch7"))
    for plain, fast in zip(*found, strict=True):
        np.testing.assert_array_equal(np.asarray(plain), np.asarray(fast))


def test_a_state_that_shares_elements_is_updated_one_after_another(lua: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(compiled, "SETTING", "1")
    assert lua.execute("""
        local both = torch.ones(5001)
        local x, dfdx = both:narrow(1, 1, 5000), both:narrow(1, 2, 5000)
        optim.sgd(function() return 1, torch.ones(5000) end, x, {learningRate = 1, momentum = 0.5, dfdx = dfdx})
        return both[1], both[2], both[5001]
    """) == (0.0, 0.0, 1.0)


def test_weight_decay_by_parameter_or_for_all(lua: Any) -> None:
    # from x = 1 with a gradient of 0: x - rate * decay * x, and for all parameters where both are given
    for method in ("sgd", "nag"):
        found = lua.execute(f"""
            local function f(x) return 0, torch.zeros(2) end
            local function run(settings)
               local x = torch.ones(2)
               settings.learningRate, settings.momentum = 0.5, {"0" if method == "sgd" else "0.9"}
               optim.{method}(f, x, settings)
               return x[1], x[2]
            end
            local a, b = run{{weightDecays = torch.Tensor{{0.2, 0.4}}}}
            local c, d = run{{weightDecays = torch.Tensor{{0.2, 0.4}}, weightDecay = 0.1}}
            return a, b, c, d
        """)
        assert found == pytest.approx((0.9, 0.8, 0.95, 0.95))


REFUSED = {
    "sgd(torch.ones(2), torch.ones(2))": "optim.sgd: opfunc: needs a function of x, got torch.DoubleTensor",
    "adam(nil, torch.ones(2))": "optim.adam: opfunc: needs a function of x, got nil",
    "cg(bowl, 3)": "optim.cg: x: needs a tensor, got number",
    "lbfgs(bowl, torch.ones(3), 0.1)": "optim.lbfgs: config: needs a table, got number",
    "nag(bowl, torch.ones(3), {}, 0.1)": "optim.nag: state: needs a table, got number",
    "adagrad(function() return 1 end, torch.ones(3))": "optim.adagrad: what opfunc returns after the loss: needs",
    "checkgrad(function() return 1 end, torch.ones(3))": "optim.checkgrad: what opfunc returns after the loss",
    "FistaLS(nil, bowl, bowl, torch.ones(3))": "optim.FistaLS: opfunc: needs a function",
    "nag(bowl, torch.ones(3), {momentum = 0})": "optim.nag: the momentum must be above 0, got 0",
    "cmaes(bowl, torch.ones(3), {popsize = 3})": "popsize: needs to be at least 4, got 3",
}


@pytest.mark.parametrize(("call", "message"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_is_refused(call: str, message: str, lua: Any) -> None:
    assert message in lua.execute(f"return select(2, pcall(function() optim.{call} end))")


def test_lbfgs_says_why_it_stops(lua: Any, capfd: pytest.CaptureFixture[str]) -> None:
    lua.execute("""
        local x = torch.ones(3)
        local state = {}
        optim.lbfgs(bowl, x, {maxIter = 3, learningRate = 0.1, verbose = true}, state)
        optim.lbfgs(bowl, x, {maxEval = 2, maxIter = 9, learningRate = 0.1, verbose = true}, state)
        optim.lbfgs(bowl, torch.zeros(3), {verbose = true})
        assert(state.nIter == 4 and state.funcEval == 5 and state.f_old ~= nil and #state.old_dirs == 3)
    """)
    assert capfd.readouterr().out.splitlines() == [
        "<optim.lbfgs> maxIter iterations done",
        "<optim.lbfgs> maxEval evaluations done",
        "<optim.lbfgs> the gradient is below tolFun at the start",
    ]


def test_cmaes_stops_at_its_target_and_shows_its_way(lua: Any, capfd: pytest.CaptureFixture[str]) -> None:
    last, evaluations, generations = lua.execute("""
        torch.manualSeed(2)
        local function f(x) return (bowl(x)) end
        local _, losses, n = optim.cmaes(f, torch.ones(3), {ftarget = 0.01, verb_disp = 2}, {popsize = 10})
        return losses[#losses], n, #losses
    """)
    assert last <= 0.01
    assert evaluations == 10 * generations < 1000
    assert len(capfd.readouterr().out.splitlines()) == 1 + generations // 2


def test_de_starts_within_its_region(lua: Any) -> None:
    low, high, best = lua.execute("""
        torch.manualSeed(2)
        local low, high = torch.ones(3) * 99, torch.ones(3) * -99
        local function f(x) low:cmin(x) high:cmax(x) return (bowl(x)) end
        local x = torch.zeros(3)
        local _, losses = optim.de(f, x, {maxFEs = 40, popsize = 40, minRegion = 2, maxRegion = torch.Tensor{3, 4, 5}})
        return low, high, losses[1] - bowl(x)
    """)
    assert (np.asarray(low) >= 2).all()
    assert (np.asarray(high) <= [3, 4, 5]).all()
    assert (np.asarray(high) > [2.9, 3.8, 4.7]).all()
    assert best == 0


def test_checkgrad_takes_a_loss_that_is_a_tensor(lua: Any) -> None:
    assert lua.execute("""
        return (optim.checkgrad(function(x) local f, g = bowl(x) return torch.Tensor{f}, g end, torch.ones(3), 1e-6))
    """) == pytest.approx(0, abs=1e-8)
