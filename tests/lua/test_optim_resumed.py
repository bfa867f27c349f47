"""Training that stops, is saved with torch.save, and goes on: the same bits as without a stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lua_compat import Runtime

#: A method, and its settings.
RUNS = [
    ("sgd", "learningRate = 0.1, momentum = 0.9, learningRateDecay = 0.1"),
    ("sgd", "learningRate = 0.1, momentum = 0.9, dampening = 0, nesterov = true, weightDecay = 0.01"),
    ("sgd", "learningRate = 0.1, learningRates = torch.rand(6), weightDecays = torch.rand(6)"),
    (
        "nag",
        "learningRate = 0.05, learningRateDecay = 0.1, learningRates = torch.rand(6), weightDecays = torch.rand(6)",
    ),
    ("asgd", "eta0 = 0.1, t0 = 2"),
    ("rprop", "niter = 2"),
    ("adam", "learningRate = 0.01, learningRateDecay = 0.1, weightDecay = 0.01"),
    ("adamax", "learningRate = 0.01"),
    ("adagrad", "learningRate = 0.1, learningRateDecay = 0.1"),
    ("adadelta", "rho = 0.8"),
    ("rmsprop", "initialMean = 0.5"),
    ("cg", "maxIter = 3"),
    ("lbfgs", "maxIter = 2, nCorrection = 3, learningRate = 0.5"),
    ("lbfgs", "maxIter = 2, lineSearch = optim.lswolfe"),
    ("cmaes", "maxEval = 20"),
    ("de", "popsize = 5, maxEval = 20"),
]


@pytest.fixture(scope="module")
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("""
        require 'nn'
        require 'optim'
        function goes_on(method, settings, path, apart, kind)
           torch.manualSeed(3)
           torch.setdefaulttensortype(kind)
           local made = assert(loadstring('return {' .. settings .. '}'))
           local scales, start = torch.rand(6):add(0.5), torch.randn(6)
           local function f(x)
              local error = x - 1
              return torch.cmul(scales, error):cmul(error):sum() / 2, torch.cmul(scales, error)
           end
           local function run(n, saved)
              local random = torch.getRNGState()
              torch.manualSeed(7)
              local c = {x = start:clone(), config = made()}
              c.state = apart and {} or c.config
              local losses = {}
              torch.setRNGState(random)
              torch.manualSeed(11)
              for i = 1, n do
                 local _, l = optim[method](f, c.x, c.config, c.state)
                 losses[i] = l[#l]
                 if i == saved then
                    torch.save(path, {c, torch.getRNGState()})
                    torch.manualSeed(99)
                    local loaded = torch.load(path)
                    c = loaded[1]
                    torch.setRNGState(loaded[2])
                    if not apart then assert(rawequal(c.config, c.state)) end
                 end
              end
              return losses, c.x
           end
           torch.manualSeed(5)
           local losses, x = run(6)
           torch.manualSeed(5)
           local again, y = run(6, 3)
           torch.setdefaulttensortype('torch.DoubleTensor')
           for i = 1, 6 do assert(losses[i] == again[i], 'loss ' .. i) end
           return torch.add(x, -1, y):abs():max(), losses[1], losses[6]
        end
    """)
    return runtime


@pytest.mark.parametrize("kind", ["torch.DoubleTensor", "torch.FloatTensor"])
@pytest.mark.parametrize("apart", [False, True], ids=["one-table", "two-tables"])
@pytest.mark.parametrize(("method", "settings"), RUNS, ids=[f"{method}-{i}" for i, (method, _) in enumerate(RUNS)])
def test_a_state_goes_on_where_it_was(
    method: str, settings: str, apart: bool, kind: str, lua: Any, tmp_path: Path
) -> None:
    difference, first, last = lua.globals.goes_on(method, settings, str(tmp_path / "state.t7"), apart, kind)
    assert difference == 0
    assert last < first or last < 1e-10


def test_every_method_is_among_the_runs() -> None:
    names = (Path(__file__).parent.parent / "conformance" / "api" / "optim.txt").read_text().split()
    others = {"optim.ConfusionMatrix", "optim.Logger", "optim.checkgrad", "optim.lswolfe", "optim.polyinterp"}
    methods = {name for name in names if ":" not in name} - others - {"optim.FistaLS"}
    assert methods == {f"optim.{name}" for name, _ in RUNS}


def test_fista_goes_on_with_its_step(lua: Any, tmp_path: Path) -> None:
    kept, found, difference, calls = lua.execute(
        """
        local path = ...
        local b = torch.Tensor{3, -2, 0.5}
        local calls = 0
        local function f(x) calls = calls + 1; local d = x - b; return 2 * torch.dot(d, d), d * 4 end
        local function zero() return 0 end
        local function shrink(x, L) x:copy(torch.sign(x):cmul(torch.abs(x):add(-1 / L):cmax(0))) end
        local function run(params) return (optim.FistaLS(f, zero, shrink, torch.zeros(3), params)):clone() end
        local params = {maxiter = 2, doFistaUpdate = true, errthres = 0}
        run(params)
        torch.save(path, params)
        local kept, loaded = params.L, torch.load(path)
        calls = 0
        local x, y = run(params), run(loaded)
        return kept, loaded.L, torch.add(x, -1, y):abs():max(), calls
        """,
        str(tmp_path / "state.t7"),
    )
    assert (kept, found) == pytest.approx((0.1 * 1.5**10, 0.1 * 1.5**10))
    assert difference == 0
    assert calls == 2 * 2 * 2  # two calls of two iterations, each of which fits at once
