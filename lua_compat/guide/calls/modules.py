"""What every module can do: the methods of ``nn.Module`` and of containers."""

from __future__ import annotations

from lua_compat.guide.calls.spec import Call, Chapter
from lua_compat.guide.functions import NO_PYTORCH

LUA = """\
require 'nn'
local m = nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh()):add(nn.Linear(3, 2))
for _, p in ipairs(m:parameters()) do p:copy(torch.linspace(-1, 1, p:nElement())) end
local x, g = torch.linspace(-1, 1, 8):view(2, 4), torch.linspace(0, 1, 4):view(2, 2)
m:zeroGradParameters(); m:forward(x); m:backward(x, g)
"""
PYTHON = """\
torch.set_default_dtype(torch.float64)
m = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
for p in m.parameters():
    p.data.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
x, g = torch.linspace(-1, 1, 8).view(2, 4), torch.linspace(0, 1, 4).view(2, 2)
m(x).backward(g)
"""

#: The gradient of the first weight, and that weight.
_SLOPES = ("m:get(1).gradWeight", "m[0].weight.grad")
_WEIGHT = ("m:get(1).weight", "m[0].weight")
_RESULT = ("m:forward(x)", "m(x)")

PASSES = Chapter(
    "Forward and backward",
    "`m` is a net of two linear layers that went forward with `x` and backward with the gradient `g` once.",
    LUA,
    PYTHON,
    (
        Call("nn.Module:forward", "m:forward(x)", "m(x)"),
        Call("nn.Module:updateOutput", "m:updateOutput(x)", "m.updateOutput(x)", "m(x)", "`m.output` keeps it"),
        Call(
            "nn.Module:backward",
            "m:backward(x, g)",
            "m.backward(x, g)",
            "x.requires_grad_(); m(x).backward(g)",
            "autograd finds the gradients: a module has no backward pass of its own",
            ("m.gradInput", "m.gradInput", "x.grad"),
        ),
        Call(
            "nn.Module:updateGradInput",
            "m:updateGradInput(x, g)",
            "m.updateGradInput(x, g)",
            "torch.autograd.grad(m(x.requires_grad_()), x, g)[0]",
        ),
        Call(
            "nn.Module:accGradParameters",
            "m:updateGradInput(x, g); m:accGradParameters(x, g, 0.5)",
            "m.accGradParameters(x, g, 0.5)",
            "m(x).backward(0.5 * g)",
            "gradients add up in all three, until they are set to 0",
            _SLOPES,
        ),
        Call(
            "nn.Module:backwardUpdate nn.Module:accUpdateGradParameters nn.Module:sharedAccUpdateGradParameters "
            "nn.Module:defaultAccUpdateGradParameters",
            "m:zeroGradParameters(); m:backwardUpdate(x, g, 0.1)",
            "m.zeroGradParameters(); m.backward(x, g); m.updateParameters(0.1)",
            "m.zero_grad(); m(x).backward(g); optim.SGD(m.parameters(), lr=0.1).step()",
            "a step of gradient descent during the backward pass; an optimizer takes it afterwards",
            _WEIGHT,
        ),
        Call(
            "nn.Module:clearState",
            "m:clearState()",
            "m.clearState()",
            NO_PYTORCH,
            "drops `output`, `gradInput` and buffers before saving; a module of PyTorch keeps none of them",
            _RESULT,
        ),
    ),
)

PARAMETERS = Chapter(
    "Parameters",
    "The same `m`, `x` and `g`.",
    LUA,
    PYTHON,
    (
        Call(
            "nn.Module:parameters",
            "w, dw = m:parameters()",
            "w = list(m.parameters())",
            "",
            "two lists in Lua; in Python an iterator, and each parameter has its `grad`",
            ("#w + w[4]:sum() + dw[4]:sum()", "len(w) + w[3].sum().item() + w[3].grad.sum().item()"),
        ),
        Call(
            "nn.Module:getParameters nn.Module:flatten",
            "p, dp = m:getParameters()",
            "p, dp = m.getParameters()",
            "p = nn.utils.parameters_to_vector(m.parameters())",
            "one flat tensor that the parameters lie on; PyTorch's vector is a copy, and optimizers need none",
            ("p", "p"),
        ),
        Call(
            "nn.Module:zeroGradParameters",
            "m:zeroGradParameters()",
            "m.zeroGradParameters()",
            "m.zero_grad(set_to_none=False)",
            "`zero_grad()` drops the gradients, which saves memory; they are None then",
            _SLOPES,
        ),
        Call(
            "nn.Module:updateParameters",
            "m:updateParameters(0.1)",
            "m.updateParameters(0.1)",
            "optim.SGD(m.parameters(), lr=0.1).step()",
            "",
            _WEIGHT,
        ),
        Call(
            "nn.Module:reset",
            "m:reset()",
            "for l in m.modules(): getattr(l, 'reset_parameters', int)()",
            "",
            "from the same random stream in Lua and Python; PyTorch draws other numbers of the same distribution",
            ("m:get(1).weight:abs():max() <= 0.5", "m[0].weight.abs().max().item() <= 0.5"),
        ),
        Call(
            "nn.Module:clone",
            "n = m:clone()",
            "n = m.clone()",
            "n = copy.deepcopy(m)",
            "",
            ("n:forward(x)", "n(x)"),
        ),
        Call(
            "nn.Module:share",
            "n = m:clone('weight', 'bias'); m:get(1).weight:zero()",
            "n = m.clone().share(m, 'weight', 'bias'); m[0].weight.data.zero_()",
            "n = nn.Sequential(*m); m[0].weight.data.zero_()",
            "in Python one module may stand at several places; that shares its parameters and their gradients",
            ("n:forward(x)", "n(x)"),
        ),
        Call(
            "nn.Module:type nn.Module:float nn.Module:double nn.Module:cuda",
            "m:float()",
            "m.float()",
            "",
            "`m:type('torch.FloatTensor')` is the same. `m:cuda()` is `m.cuda()`, or `m.to('cuda')`. Lua's tensors are "
            "double, Python's float32",
            ("m:forward(x:float())", "m(x.float())"),
        ),
    ),
)

TREE = Chapter(
    "The tree of modules",
    "The same `m`, `x` and `g`.",
    LUA,
    PYTHON,
    (
        Call(
            "nn.Module:training",
            "m:training()",
            "m.train()",
            "",
            "the field `train` in Lua is `training` in Python",
            ("m:get(1).train", "m[0].training"),
        ),
        Call(
            "nn.Module:evaluate",
            "m:evaluate()",
            "m.eval()",
            "",
            "",
            ("m:get(1).train", "m[0].training"),
        ),
        Call(
            "nn.Module:apply",
            "m:apply(function(l) if l.bias then l.bias:fill(1) end end)",
            "m.apply(lambda l: hasattr(l, 'bias') and l.bias.data.fill_(1))",
            "",
            "a container comes before what is in it in Lua, after it in Python",
            _RESULT,
        ),
        Call("nn.Module:listModules", "#m:listModules()", "len(m.listModules())", "len(list(m.modules()))"),
        Call(
            "nn.Module:findModules",
            "#m:findModules('nn.Linear')",
            "len(m.findModules(nn.Linear))",
            "len([l for l in m.modules() if isinstance(l, nn.Linear)])",
            "by the name in Lua, by the class in Python; Lua's second result, the containers, is `named_modules()`",
        ),
        Call(
            "nn.Module:replace",
            "m:replace(function(l) return torch.type(l) == 'nn.Tanh' and nn.Sigmoid() or l end)",
            "m.apply(lambda l: [setattr(l, k, nn.Sigmoid()) for k, c in l.named_children() if isinstance(c, nn.Tanh)])",
            "",
            "one place alone: `m[1] = nn.Sigmoid()`",
            _RESULT,
        ),
        Call(
            "nn.Module:write nn.Module:read",
            "torch.save('m.t7', m); n = torch.load('m.t7')",
            "lua_compat.save('m.t7', m); n = lua_compat.load('m.t7')",
            "torch.save(m.state_dict(), 'm.pt'); n = copy.deepcopy(m); n.load_state_dict(torch.load('m.pt'))",
            "PyTorch saves the tensors, and the program builds the net",
            ("n:forward(x)", "n(x)"),
        ),
        Call("nn.Module:__tostring__", "tostring(m):match('Tanh')", "repr(m)[repr(m).index('Tanh'):][:4]"),
        Call("nn.Container:size", "m:size()", "len(m)"),
        Call("nn.Container:get", "m:get(1).weight", "m[0].weight", "", "places count from 1 in Lua, from 0 in Python"),
        Call("nn.Container:add nn.Sequential:add", "m:add(nn.Tanh())", "m.append(nn.Tanh())", "", "", _RESULT),
        Call("nn.Sequential:insert", "m:insert(nn.Tanh(), 1)", "m.insert(0, nn.Tanh())", "", "", _RESULT),
        Call("nn.Sequential:remove", "m:remove(2)", "m.pop(1)", "", "without a place, the last one", _RESULT),
        Call(
            "nn.Container:applyToModules",
            "m:applyToModules(function(l) l:evaluate() end)",
            "for l in m.children(): l.eval()",
            "",
            "the modules right below, and not those below them",
            ("m:get(1).train", "m[0].training"),
        ),
    ),
)
