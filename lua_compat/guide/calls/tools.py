"""What surrounds training: measuring, logging, checking gradients, walking over nested tables."""

from __future__ import annotations

from lua_compat.guide.calls.spec import Call, Chapter

MEASURES_LUA = """\
require 'optim'
local y = torch.Tensor{{0.7, 0.2, 0.1}, {0.1, 0.3, 0.6}, {0.5, 0.2, 0.3}, {0.2, 0.7, 0.1}}
local t = torch.Tensor{1, 3, 2, 2}
local cm = optim.ConfusionMatrix(3)
cm:batchAdd(y, t); cm:updateValids()
"""
MEASURES_PYTHON = """\
from pathlib import Path

torch.set_default_dtype(torch.float64)
y = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.5, 0.2, 0.3], [0.2, 0.7, 0.1]])
t = torch.tensor([0, 2, 1, 1])
mat = torch.bincount(t * 3 + y.argmax(1), minlength=9).view(3, 3)
"""

MEASURES = Chapter(
    "Measuring and logging",
    "`y` are the scores of four samples in three classes, `t` their labels. What Torch7 has classes for is a line in "
    "Python and in PyTorch.",
    MEASURES_LUA,
    MEASURES_PYTHON,
    (
        Call(
            "optim.ConfusionMatrix optim.ConfusionMatrix:batchAdd",
            "cm.mat",
            "mat",
            note="rows are the labels, columns what was taken for them",
        ),
        Call(
            "optim.ConfusionMatrix:add",
            "cm:add(y[3], t[3])",
            "mat[t[2], y[2].argmax()] += 1",
            value=("cm.mat", "mat"),
        ),
        Call("optim.ConfusionMatrix:zero", "cm:zero()", "mat.zero_()", value=("cm.mat", "mat")),
        Call(
            "optim.ConfusionMatrix:updateValids",
            "cm.totalValid",
            "(y.argmax(1) == t).double().mean().item()",
            note="the share of right answers",
        ),
        Call(
            "optim.ConfusionMatrix:updateValids",
            "cm.averageValid",
            "(mat.diag() / mat.sum(1)).mean().item()",
            note="the mean of the classes' shares; single precision in Lua",
        ),
        Call(
            "optim.ConfusionMatrix:farFrr",
            "(cm:farFrr())",
            "1 - mat.diag() / mat.sum(1)",
            note="rates of false rejection; the second result are those of false acceptance",
        ),
        Call(
            "optim.Logger optim.Logger:setNames optim.Logger:add",
            "log = optim.Logger('train.log'); log:setNames{'loss'}; log:add{0.25}",
            "with open('train.log', 'w') as log: print('loss', 0.25, sep='\\n', file=log)",
            note="a text file with a column for each name",
            value=(
                "tonumber(io.open('train.log'):read('*a'):match('%d.%d+e.%d+'))",
                "float(Path('train.log').read_text().split()[1])",
            ),
        ),
    ),
)

CHECKS_LUA = """\
require 'nn'; require 'optim'
local function fill(l)
   for _, p in ipairs(l:parameters()) do p:copy(torch.linspace(-1, 1, p:nElement())) end
   return l
end
local l, x, g = fill(nn.Linear(4, 3)), torch.linspace(-1, 1, 8):view(2, 4), torch.ones(2, 3)
"""
CHECKS_PYTHON = """\
torch.set_default_dtype(torch.float64)


def fill(l):
    for p in l.parameters():
        p.data.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
    return l


l, x, g = fill(nn.Linear(4, 3)), torch.linspace(-1, 1, 8).view(2, 4).requires_grad_(), torch.ones(2, 3)
"""

CHECKS = Chapter(
    "Checking gradients",
    "`l` is a linear layer.",
    CHECKS_LUA,
    CHECKS_PYTHON,
    (
        Call(
            "optim.checkgrad",
            "optim.checkgrad(function(x) return torch.pow(x, 3):sum(), torch.pow(x, 2) * 3 end, x) < 1e-6",
            "torch.autograd.gradcheck(lambda x: x.pow(3).sum(), x)",
            note="the relative error in Lua; true, or an error that says where, in Python",
        ),
        Call(
            "nn.Jacobian.testJacobian nn.SparseJacobian.testJacobian",
            "nn.Jacobian.testJacobian(l, x) < 1e-6",
            "torch.autograd.gradcheck(l, x)",
            note="of the input; Lua draws it anew",
        ),
        Call(
            "nn.Jacobian.testJacobianParameters nn.SparseJacobian.testJacobianParameters",
            "nn.Jacobian.testJacobianParameters(l, x, l.weight, l.gradWeight) < 1e-6",
            "torch.autograd.gradcheck(lambda w: nn.functional.linear(x, w), l.weight)",
            note="of a parameter",
        ),
        Call(
            "nn.Jacobian.backward nn.SparseJacobian.backward nn.Jacobian.forward nn.SparseJacobian.forward",
            "nn.Jacobian.backward(l, x)",
            "torch.stack([torch.autograd.grad(o, x, retain_graph=True)[0].view(-1) for o in l(x).view(-1)], 1)",
            note="the matrix of derivatives, a row for each number of the input",
        ),
        Call(
            "nn.Jacobian.testIO nn.SparseJacobian.testIO",
            "e = nn.Jacobian.testIO(l, x)",
            "lua_compat.save('l.t7', l); n = lua_compat.load('l.t7')",
            "torch.save(l.state_dict(), 'l.pt'); n = copy.deepcopy(l); n.load_state_dict(torch.load('l.pt'))",
            "whether a module comes back from a file as it was",
            ("e == 0", "torch.equal(n(x), l(x))"),
        ),
        Call(
            "nn.hessian.enable",
            "nn.hessian.enable(); l:forward(x); h = l:backwardDiagHessian(x, g)",
            "h = g @ l.weight.detach() ** 2",
            note="second derivatives as in LeCun's Efficient BackProp: those of the weights, squared, hand them on",
            value=("h", "h"),
        ),
    ),
)

NESTED_LUA = """\
require 'nn'
local a, b = torch.linspace(-1, 1, 8):view(2, 4), torch.ones(2, 4)
local u, v = {a, {b}}, {b, {a}}
"""
NESTED_PYTHON = """\
torch.set_default_dtype(torch.float64)
a, b = torch.linspace(-1, 1, 8).view(2, 4), torch.ones(2, 4)
u, v = [a, b], [b, a]
"""

NESTED = Chapter(
    "nn.utils: nested tables of tensors",
    "`u` and `v` hold the same two tensors, in Lua nested in tables. A comprehension does it in Python.",
    NESTED_LUA,
    NESTED_PYTHON,
    (
        Call(
            "nn.utils.recursiveType",
            "nn.utils.recursiveType(u, 'torch.FloatTensor')[1]",
            "[t.float() for t in u][0]",
        ),
        Call("nn.utils.recursiveFill", "nn.utils.recursiveFill(u, 2)", "for t in u: t.fill_(2)", value=("b", "b")),
        Call(
            "nn.utils.recursiveAdd",
            "nn.utils.recursiveAdd(u, 0.5, v)",
            "for t, o in zip(u, v): t.add_(o, alpha=0.5)",
            value=("b", "b"),
        ),
        Call(
            "nn.utils.recursiveCopy",
            "w = nn.utils.recursiveCopy(nil, u)",
            "w = [t.clone() for t in u]",
            value=("w[1]", "w[0]"),
        ),
        Call(
            "nn.utils.recursiveResizeAs",
            "w = nn.utils.recursiveResizeAs({}, u)",
            "w = [torch.empty_like(t) for t in u]",
            value=("w[2][1]:size(2)", "w[1].size(1)"),
        ),
        Call("nn.utils.addSingletonDimension", "nn.utils.addSingletonDimension(a, 2)", "a.unsqueeze(1)"),
        Call("nn.utils.contiguousView", "nn.utils.contiguousView(nil, a:t(), -1)", "a.t().contiguous().view(-1)"),
    ),
)

LOOP_LUA = """\
require 'nn'
local m, c = nn.Linear(4, 2), nn.MSECriterion()
for _, p in ipairs(m:parameters()) do p:copy(torch.linspace(-1, 1, p:nElement())) end
local data = {{torch.ones(4), torch.zeros(2)}, {torch.linspace(-1, 1, 4), torch.ones(2)}}
function data:size() return 2 end
"""
LOOP_PYTHON = """\
torch.set_default_dtype(torch.float64)
m, c = nn.Linear(4, 2), nn.MSELoss()
for p in m.parameters():
    p.data.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
data = [(torch.ones(4), torch.zeros(2)), (torch.linspace(-1, 1, 4), torch.ones(2))]
"""

LOOPS = Chapter(
    "nn.StochasticGradient",
    "`data` are pairs of an input and a target. Training is a loop that you write, in Python as in PyTorch.",
    LOOP_LUA,
    LOOP_PYTHON,
    (
        Call(
            "nn.StochasticGradient nn.StochasticGradient:train",
            "s = nn.StochasticGradient(m, c); s.learningRate, s.maxIteration, s.shuffleIndices = 0.1, 3, false; "
            "s:train(data)",
            "o = optim.SGD(m.parameters(), lr=0.1)\n"
            "for x, t in 3 * data: o.zero_grad(); c(m(x), t).backward(); o.step()",
            note="shuffled once, before the first pass, unless told otherwise; a `DataLoader` shuffles each pass",
            value=("m.weight", "m.weight"),
        ),
    ),
)
