"""What every criterion can do, and the methods of single ones."""

from __future__ import annotations

from lua_compat.guide.calls.spec import Call, Chapter
from lua_compat.guide.functions import NO_PYTORCH

LUA = """\
require 'nn'
local c = nn.ClassNLLCriterion()
local y, t = torch.log(torch.linspace(0.1, 0.9, 6):view(2, 3)), torch.Tensor{3, 1}
local z = torch.linspace(-1, 1, 6):view(2, 3)
"""
PYTHON = """\
torch.set_default_dtype(torch.float64)
c = nn.NLLLoss()
y, t = torch.log(torch.linspace(0.1, 0.9, 6).view(2, 3)), torch.tensor([2, 0])
z = torch.linspace(-1, 1, 6).view(2, 3)
"""

CRITERIONS = Chapter(
    "What every criterion can do",
    "A criterion is a loss in Python. `y` are logarithms of probabilities, `t` are labels, which count from 1 in Lua "
    "and from 0 in Python.",
    LUA,
    PYTHON,
    (
        Call(
            "nn.Criterion:forward nn.Criterion:updateOutput",
            "c:forward(y, t)",
            "c(y, t).item()",
            note="a number in Lua, a tensor of 0 dimensions in Python, from which `backward()` starts",
        ),
        Call(
            "nn.Criterion:backward nn.Criterion:updateGradInput",
            "c:backward(y, t)",
            "c.backward(y, t)",
            "y.requires_grad_(); c(y, t).backward()",
            "in Lua the gradient with respect to the input is returned; the net's `backward` takes it",
            ("c.gradInput", "c.gradInput", "y.grad"),
        ),
        Call(
            "nn.Criterion:updateOutput",
            "nn.ClassNLLCriterion(nil, false):forward(y, t)",
            "nn.NLLLoss(reduction='sum')(y, t).item()",
            note="`sizeAverage = false` is `reduction='sum'`, true is 'mean'; 'none', each loss, is Python's alone",
        ),
        Call(
            "nn.Criterion:clone", "c:clone():forward(y, t)", "c.clone()(y, t).item()", "copy.deepcopy(c)(y, t).item()"
        ),
        Call(
            "nn.Criterion:type nn.Criterion:float nn.Criterion:double nn.Criterion:cuda nn.Criterion:cudaDouble "
            "nn.Criterion:cudaHalf",
            "c:float(); y, t = y:float(), t:float(); c:backward(y, t)",
            "y = y.float().requires_grad_(); c(y, t).backward()",
            note="a criterion in Lua is of a type, as modules are; a loss in Python takes what it is given",
            value=("c.gradInput", "y.grad"),
        ),
        Call(
            "nn.MultiCriterion:add",
            "nn.MultiCriterion():add(nn.MSECriterion(), 0.5):add(nn.AbsCriterion()):forward(y, z)",
            "nn.MultiLoss(nn.MSELoss(), nn.L1Loss(), weights=[0.5, 1])(y, z).item()",
            "(0.5 * nn.MSELoss()(y, z) + nn.L1Loss()(y, z)).item()",
            "losses are added like numbers",
        ),
        Call(
            "nn.ParallelCriterion:add",
            "nn.ParallelCriterion():add(nn.MSECriterion()):add(nn.AbsCriterion(), 2):forward({y, z}, {z, y})",
            "nn.ParallelLoss(nn.MSELoss(), nn.L1Loss(), weights=[1, 2])([y, z], [z, y]).item()",
            "(nn.MSELoss()(y, z) + 2 * nn.L1Loss()(z, y)).item()",
        ),
        Call(
            "nn.ClassSimplexCriterion:getPredictions",
            "nn.ClassSimplexCriterion(3):getPredictions(z)",
            "nn.ClassSimplexLoss(3).getPredictions(z)",
            NO_PYTORCH,
        ),
        Call(
            "nn.ClassSimplexCriterion:getTopPrediction",
            "nn.ClassSimplexCriterion(3):getTopPrediction(z)",
            "nn.ClassSimplexLoss(3).getTopPrediction(z) + 1",
            NO_PYTORCH,
            "labels count from 1 in Lua",
        ),
    ),
)
