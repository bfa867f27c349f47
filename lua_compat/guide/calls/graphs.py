"""Nets as graphs: what nngraph has."""

from __future__ import annotations

from lua_compat.guide.calls.spec import Call, Chapter

LUA = """\
require 'nngraph'
local function fill(l)
   for _, p in ipairs(l:parameters()) do p:copy(torch.linspace(-1, 1, p:nElement())) end
   return l
end
local i = torch.linspace(-1, 1, 8):view(2, 4)
local function nodes()
   local x = nn.Identity()()
   return x, nn.Linear(4, 3)(x)
end
local x, h = nodes()
local net = fill(nn.gModule({x}, {nn.CMulTable()({h, nn.Tanh()(h)})}))
x, h = nodes()
"""
PYTHON = """\
torch.set_default_dtype(torch.float64)


def fill(l):
    for p in l.parameters():
        p.data.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
    return l


i = torch.linspace(-1, 1, 8).view(2, 4)


def nodes():
    x = nn.Node()
    return x, x >> nn.Linear(4, 3)


x, h = nodes()
net = fill(nn.Graph(x, nn.Node(nn.CMulTable(), h, h >> nn.Tanh())))
x, h = nodes()
"""
PYTORCH = """\
torch.set_default_dtype(torch.float64)


def fill(l):
    for p in l.parameters():
        p.data.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
    return l


i = torch.linspace(-1, 1, 8).view(2, 4)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, x):
        h = self.linear(x)
        return h * h.tanh()


net = fill(Net())
"""

GRAPHS = Chapter(
    "nngraph",
    "A node is a module and what it takes its input from. In PyTorch, the graph is what `forward` computes.",
    LUA,
    PYTHON,
    (
        Call("nn.gModule", "net:forward(i)", "net(i)"),
        Call(
            "nngraph.Node nngraph.Node:new nngraph.Node:add",
            "n = fill(nn.gModule({x}, {nn.ReLU()(h)}))",
            "n = fill(nn.Graph(x, h >> nn.ReLU()))",
            "n = lambda i: net.linear(i).relu()",
            "in Lua also `h - nn.ReLU()`; several inputs are `nn.Node(module, a, b)` in Python",
            ("n:forward(i)", "n(i)"),
        ),
        Call(
            "nngraph.Node:split",
            "a, b, c = nn.SplitTable(2)(h):split(3); n = fill(nn.gModule({x}, {a, c}))",
            "a, b, c = nn.Node(nn.SplitTable(1), h).split(3); n = fill(nn.Graph(x, [a, c]))",
            "n = lambda i: [net.linear(i).unbind(1)[k] for k in (0, 2)]",
            "",
            ("n:forward(i)", "n(i)"),
        ),
        Call(
            "nngraph.Node:annotate nngraph.annotateNodes nngraph.Node:graphNodeName nngraph.Node:graphNodeAttributes",
            "h:annotate{name = 'hidden'}",
            "h.name = 'hidden'",
            "net.hidden = net.linear",
            "shown in pictures and, in Python, by `print(net)`; `nngraph.annotateNodes()` names all local variables",
            ("h:graphNodeName()", "h.name", "[k for k, _ in net.named_modules(remove_duplicate=False)][-1]"),
        ),
        Call(
            "nngraph.nest nngraph.JustTable nngraph.JustElement",
            "n = nn.gModule({x}, {nn.FlattenTable()(nngraph.nest{x, {x, nn.Tanh()(x)}})})",
            "n = nn.Graph(x, nn.Node(nn.FlattenTable(), x, nn.Node(nn.Identity(), x, x >> nn.Tanh())))",
            "n = lambda i: [i, i, i.tanh()]",
            "a nested table of nodes as one input",
            ("n:forward(i)", "n(i)"),
        ),
        Call(
            "nn.gModule:replace nn.gModule:map",
            "net:replace(function(l) return torch.type(l) == 'nn.Tanh' and nn.Sigmoid() or l end)",
            "net[1] = nn.Sigmoid()",
            "net.forward = lambda x: net.linear(x) * net.linear(x).sigmoid()",
            "a node is told by its name, its number or its module in Python",
            ("net:forward(i)", "net(i)"),
        ),
    ),
    PYTORCH,
)
