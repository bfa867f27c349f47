"""nn's own means of testing and training in Lua: Jacobian, SparseJacobian, hessian, nn.test, StochasticGradient."""

from __future__ import annotations

from typing import Any

import pytest

from lua_compat import Runtime


@pytest.fixture(scope="module")
def lua() -> Runtime:
    runtime = Runtime()
    runtime.execute("require 'nn'")
    return runtime


@pytest.mark.parametrize("word", ["dense", "sparse"])
def test_jacobians_find_a_wrong_gradient(lua: Runtime, word: str) -> None:
    """Of the input, of parameters, and of what updates them at once."""
    right, wrong, parameters, updates, io = lua.execute("""
        local J = ... == 'dense' and nn.Jacobian or nn.SparseJacobian
        local function input()
           if J == nn.Jacobian then return torch.randn(3, 2) end
           return torch.cat(torch.range(1, 3):view(3, 1), torch.randn(3, 1), 2)
        end
        local function linear()
           local m = nn.Sequential():add(nn.Linear(2, 4)):add(nn.Tanh())
           return m, m:get(1)
        end
        torch.manualSeed(3)
        local m, l = linear()
        local right = J.testJacobian(m, input())
        local parameters = J.testJacobianParameters(m, input(), l.weight, l.gradWeight)
        local updates = J.testJacobianUpdateParameters(m, input(), l.bias)
        local forward, backward = J.testIO(m, input())
        m:get(2).updateGradInput = function(self, x, g) self.gradInput = g:clone() return self.gradInput end
        return right, J.testJacobian(m, input()), parameters, updates, forward + backward
    """, word)  # fmt: skip
    assert max(right, parameters, updates) < 1e-6
    assert wrong > 1e-2
    assert io == 0


def test_sparse_inputs_are_varied_in_their_values_alone(lua: Runtime) -> None:
    assert lua.execute("""
        local Scale = torch.class('nn.SparseScale_of_the_test', 'nn.Module')
        function Scale:updateOutput(x)
           assert(x:select(2, 1):equal(torch.Tensor{2, 7}))
           self.output:resize(2):copy(x:select(2, 2)):mul(3)
           return self.output
        end
        function Scale:updateGradInput(x, g)
           self.gradInput:resizeAs(x):copy(x):select(2, 2):copy(g):mul(3)
           return self.gradInput
        end
        local x = torch.Tensor{{2, 0.5}, {7, -1}}
        local m = nn.SparseScale_of_the_test()
        local back, forward = nn.SparseJacobian.backward(m, x), nn.SparseJacobian.forward(m, x)
        local near = (forward - back):abs():max() < 1e-6
        return nn.SparseJacobian.testJacobian(m, x) < 1e-6, back:equal(torch.eye(2):mul(3)), near
    """) == (True, True, True)  # fmt: skip


def test_all_ways_to_update_give_the_same(lua: Runtime) -> None:
    errors = lua.to_python(lua.execute("""
        torch.manualSeed(3)
        return nn.Jacobian.testAllUpdate(nn.Linear(3, 2), torch.randn(4, 3), 'weight', 'gradWeight')
    """))  # fmt: skip
    assert len(errors) == 3
    assert all(error < 1e-12 for error in errors.values())


def test_numbers_of_a_square(lua: Runtime) -> None:
    forward, backward, same = lua.execute("""
        local x = torch.Tensor{1, -2, 3}
        local before = x:clone()
        return nn.Jacobian.forward(nn.Square(), x), nn.Jacobian.backward(nn.Square(), x), x:equal(before)
    """)  # fmt: skip
    assert backward.tolist() == [[2, 0, 0], [0, -4, 0], [0, 0, 6]]
    assert abs(forward - backward).max().item() < 1e-6
    assert same


# -- the diagonal of the Hessian -------------------------------------------------------------------------------------


@pytest.fixture
def hessian() -> Runtime:
    runtime = Runtime()
    runtime.execute("require 'nn' nn.hessian.enable() torch.manualSeed(5)")
    return runtime


@pytest.mark.parametrize("make", [
    "nn.Linear(4, 3) | torch.Tensor(4)",
    "nn.SpatialConvolution(2, 3, 2, 3) | torch.Tensor(2, 5, 4)",
    "nn.SpatialConvolution(2, 3, 3, 3, 2, 2) | torch.Tensor(2, 5, 7)",
    "nn.SpatialFullConvolution(2, 3, 3, 3, 2, 2) | torch.Tensor(2, 4, 5)",
    "nn.SpatialConvolutionMap(nn.tables.oneToOne(2), 3, 2) | torch.Tensor(2, 4, 5)",
    "nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 3, 2) | torch.Tensor(2, 4, 5)",
    "nn.Tanh() | torch.Tensor(3, 4)",
    "nn.TanhShrink() | torch.Tensor(3, 4)",
    "nn.Square() | torch.Tensor(3, 4)",
    "nn.Sigmoid() | torch.Tensor(5)",
])  # fmt: skip
def test_the_backward_pass_of_second_derivatives(hessian: Runtime, make: str) -> None:
    module, given = make.split("|")
    assert hessian.execute(f"""
        local m, x = {module}, {given}
        local worst = nn.Jacobian.testDiagHessianInput(m, x)
        if m.weight then
           worst = math.max(worst, nn.Jacobian.testDiagHessianWeight(m, x), nn.Jacobian.testDiagHessianBias(m, x))
        end
        assert(x:abs():max() > 0.1)
        return worst
    """) < 1e-9  # fmt: skip


def test_second_derivatives_of_a_net_on_one_flat_tensor(hessian: Runtime) -> None:
    """As scripts of LeCun's diagonal Levenberg-Marquardt use it."""
    count, seconds, lies_on, positive, before = hessian.execute("""
        local net = nn.Sequential():add(nn.Reshape(4)):add(nn.Linear(4, 3)):add(nn.Tanh()):add(nn.Linear(3, 2))
        local loss = nn.MSECriterion()
        local none = select('#', net:getParameters())
        net:initDiagHessianParameters()
        local p, g, h = net:getParameters()
        local x, t = torch.randn(2, 2), torch.randn(2)
        loss:forward(net:forward(x), t)
        net:backward(x, loss:backward(net.output, t))
        loss:updateDiagHessianInput(net.output, t)
        net:backwardDiagHessian(x, loss.diagHessianInput)
        local last = net:get(4)
        -- 2 / n of the loss times the square of what came in
        local wanted = torch.cmul(net:get(3).output, net:get(3).output):view(1, 3):expand(2, 3)
        assert((last.diagHessianWeight - wanted):abs():max() < 1e-12)
        assert((last.diagHessianBias - 1):abs():max() < 1e-12)
        local sum = 0
        for _, m in ipairs{net:get(2), last} do sum = sum + m.diagHessianWeight:sum() + m.diagHessianBias:sum() end
        net:initDiagHessianParameters()
        local zeroed = h:sum() == 0
        return p:nElement(), h:nElement(), zeroed, sum > 0, none
    """)  # fmt: skip
    assert count == seconds == 4 * 3 + 3 + 3 * 2 + 2
    assert lies_on
    assert positive
    assert before == 2


def test_second_derivatives_accumulate_and_leave_the_module_as_it_was(hessian: Runtime) -> None:
    assert hessian.execute("""
        local m, x = nn.Linear(3, 2), torch.randn(3)
        m:forward(x)
        m:zeroGradParameters()
        local weight, output, ones = m.weight:clone(), m.output:clone(), torch.ones(2)
        m:initDiagHessianParameters()
        m:backwardDiagHessian(x, ones)
        local once = m.diagHessianWeight:clone()
        m:backwardDiagHessian(x, ones)
        return (m.diagHessianWeight - once * 2):abs():max() < 1e-12, m.weight:equal(weight), m.gradWeight:sum() == 0,
           m.output:equal(output)
    """) == (True, True, True, True)  # fmt: skip


def test_a_module_without_second_derivatives_says_so(hessian: Runtime) -> None:
    ok, message = hessian.execute(
        "return pcall(function() local m = nn.SoftMax() m:backwardDiagHessian(torch.ones(2), torch.ones(2)) end)"
    )
    assert not ok
    assert "nn.SoftMax has no updateDiagHessianInput" in message


# -- the self-tests --------------------------------------------------------------------------------------------------

CAPTURED = """
    local function captured(f)
       local write, out = io.write, {}
       io.write = function(...) for _, v in ipairs{...} do out[#out + 1] = tostring(v) end return io.stdout end
       local ok = pcall(f)
       io.write = write
       return table.concat(out), ok
    end
"""


@pytest.mark.parametrize(
    ("call", "count", "broken"),
    [("nn.test", 40, "Tanh"), ("nn.testTHNN", 7, "pointwise")],
)
def test_the_self_tests_pass_and_can_fail(call: str, count: int, broken: str) -> None:
    lua = Runtime()
    text, ok, again, still, default = lua.execute(f"""
        require 'nn'
        {CAPTURED}
        torch.setdefaulttensortype('torch.FloatTensor')
        local text, ok = captured({call})
        nn.Tanh.updateOutput = function(self, x) self.output:resizeAs(x):copy(x) return self.output end
        local again, still = captured(function() {call}{{'{broken}'}} end)
        return text, ok, again, still, torch.getdefaulttensortype()
    """)  # fmt: skip
    assert f"in {count} tests with" in text
    assert ok
    assert not still
    assert "in 1 test with" in again
    assert default == "torch.FloatTensor"


# -- StochasticGradient ----------------------------------------------------------------------------------------------


def test_training_one_example_at_a_time(lua: Runtime) -> None:
    result: Any = lua.to_python(lua.execute("""
        local data = {}
        torch.manualSeed(8)
        for i = 1, 12 do
           local x = torch.randn(2)
           data[i] = {x, torch.Tensor{2 * x[1] - x[2]}}
        end
        function data:size() return 12 end
        local m = nn.Linear(2, 1)
        local trainer = nn.StochasticGradient(m, nn.MSECriterion())
        local defaults = {trainer.learningRate, trainer.learningRateDecay, trainer.maxIteration, trainer.shuffleIndices,
           trainer.verbose}
        trainer.learningRate, trainer.maxIteration, trainer.learningRateDecay = 0.1, 30, 0.01
        local seen, errors, printed = 0, {}, {}
        trainer.hookExample = function(self, example) assert(self == trainer and #example == 2) seen = seen + 1 end
        trainer.hookIteration = function(self, i, err) errors[i] = err end
        local p = print
        _G.print = function(line) printed[#printed + 1] = line end
        trainer:train(data)
        _G.print = p
        return {defaults = defaults, seen = seen, first = errors[1], last = errors[30], count = #errors,
           weight = m.weight, printed = printed}
    """))  # fmt: skip
    assert result["defaults"] == [0.01, 0, 25, True, True]
    assert (result["seen"], result["count"]) == (360, 30)
    assert result["last"] < 1e-6 < result["first"]
    assert abs(result["weight"].array - [[2, -1]]).max() < 1e-3
    assert result["printed"][0] == "# StochasticGradient: training"
    assert result["printed"][1].startswith("# current error = ")
    assert result["printed"][-2] == "# StochasticGradient: you have reached the maximum number of iterations"
    assert result["printed"][-1].startswith("# training error = ")
