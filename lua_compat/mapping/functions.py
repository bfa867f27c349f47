"""Functions and methods in both languages: rows of an expression each, over the same tensors.

Every row is evaluated in both languages by the tests, and the values compared. In the expressions, ``x`` and ``y`` are
tensors of 3 by 4 numbers, ``v`` and ``w`` of 4, ``b`` of 3 by 4 bits, ``i`` a list of indices (counted as the language
counts), and ``torch`` is Torch7 on one side and ``pytorch_from_lua`` on the other.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One expression in both languages and in PyTorch, and what differs.

    Attributes:
        lua: the expression in Lua.
        python: the expression in Python.
        note: what differs, for the documents.
        pytorch: the expression in PyTorch; empty where the Python one is right there as it stands, `NO_PYTORCH` where
            PyTorch has nothing for it.
    """

    lua: str
    python: str
    note: str = ""
    pytorch: str = ""

    @property
    def in_pytorch(self) -> str | None:
        """The expression in PyTorch; None where there is none."""
        return None if self.pytorch == NO_PYTORCH else self.pytorch or self.python


#: What stands for the PyTorch form of a row that PyTorch has nothing for.
NO_PYTORCH = "none"


#: What the names stand for, in Lua and in Python; drawn from the same random stream.
LUA_SETUP = """
torch.manualSeed(7)
local x, y = torch.randn(3, 4), torch.randn(3, 4)
local v, w = torch.randn(4), torch.randn(4)
local b = torch.gt(x, 0)
local i = torch.LongTensor{3, 1}
"""
PYTHON_SETUP = """
torch.manual_seed(7)
x, y = torch.randn(3, 4), torch.randn(3, 4)
v, w = torch.randn(4), torch.randn(4)
b = x > 0
i = torch.tensor([2, 0])
"""

GROUPS: dict[str, tuple[Row, ...]] = {
    "Making tensors": (
        Row("torch.Tensor{{1, 2}, {3, 4}}", "torch.tensor([[1., 2.], [3., 4.]])", "float32 by default in Python"),
        Row("torch.zeros(2, 3)", "torch.zeros(2, 3)"),
        Row("torch.ones(2, 3)", "torch.ones(2, 3)"),
        Row("torch.Tensor(2, 3):fill(7)", "torch.full((2, 3), 7.)"),
        Row("torch.eye(3)", "torch.eye(3)"),
        Row("torch.range(1, 5)", "torch.arange(1., 6.)", "Lua includes the end"),
        Row("torch.linspace(0, 1, 5)", "torch.linspace(0, 1, 5)"),
        Row("torch.rand(2, 2)", "torch.rand(2, 2)", "the same stream after the same seed"),
        Row("torch.randn(5)", "torch.randn(5)"),
        Row("torch.randperm(6)", "torch.randperm(6) + 1", "from 1 and double in Lua, from 0 and int64 in Python"),
    ),
    "Sizes and views": (
        Row("x:dim()", "x.dim()"),
        Row("x:size(1)", "x.size(0)"),
        Row("x:nElement()", "x.numel()"),
        Row("x:isContiguous()", "x.is_contiguous()"),
        Row("x:t()", "x.t()"),
        Row("x:transpose(1, 2)", "x.transpose(0, 1)"),
        Row("x:select(1, 2)", "x.select(0, 1)"),
        Row("x:narrow(2, 2, 3)", "x.narrow(1, 1, 3)"),
        Row("x:view(2, 6)", "x.view(2, 6)"),
        Row("x:view(-1)", "x.view(-1)"),
        Row("x:t():reshape(6, 2)", "x.t().reshape(6, 2)"),
        Row("v:view(1, 4):expand(3, 4)", "v.view(1, 4).expand(3, 4)"),
        Row("x:unfold(2, 2, 1)", "x.unfold(1, 2, 1)"),
        Row("x:view(3, 1, 4):squeeze()", "x.view(3, 1, 4).squeeze()"),
        Row("torch.cat(x, y, 1)", "torch.cat([x, y], 0)"),
        Row("torch.cat({x, y}, 2)", "torch.cat([x, y], 1)"),
        Row("x:clone()", "x.clone()"),
        Row("x:index(1, i)", "x.index_select(0, i)"),
    ),
    "Elements": (
        Row("x[2][3]", "x[1, 2].item()", "a number in Lua, a tensor of 0 dimensions in Python"),
        Row("x[2]", "x[1]"),
        Row("x[-1]", "x[-1]"),
        Row("x[{2, 3}]", "x[1, 2].item()"),
        Row("x[{{}, 2}]", "x[:, 1]"),
        Row("x[{{2, 3}, {1, 2}}]", "x[1:3, 0:2]", "Lua's ranges include the end"),
        Row("x[b]", "x[b]"),
        Row("torch.totable(v)[1]", "v.tolist()[0]"),
    ),
    "Arithmetic": (
        Row("x + y", "x + y"),
        Row("x + 1", "x + 1"),
        Row("-x", "-x"),
        Row("x * 2", "x * 2"),
        Row("torch.cmul(x, y)", "x * y", "`*` of two tensors is the matrix product in Lua"),
        Row("torch.cdiv(x, y)", "x / y"),
        Row("torch.add(x, 0.5, y)", "x + 0.5 * y"),
        Row("torch.pow(x, 2)", "x ** 2"),
        Row("x:clone():add(1)", "x.clone().add_(1)", "methods change the receiver in Lua, those with `_` in Python"),
        Row("x:clone():mul(3)", "x.clone().mul_(3)"),
        Row("x:clone():cmul(y)", "x.clone().mul_(y)"),
        Row("torch.exp(x)", "x.exp()"),
        Row("torch.log(torch.abs(x))", "x.abs().log()"),
        Row("torch.sqrt(torch.abs(x))", "x.abs().sqrt()"),
        Row("torch.tanh(x)", "x.tanh()"),
        Row("torch.sigmoid(x)", "x.sigmoid()"),
        Row("torch.floor(x)", "x.floor()"),
        Row("torch.clamp(x, -1, 1)", "x.clamp(-1, 1)"),
        Row("torch.cmax(x, y)", "torch.maximum(x, y)"),
        Row("torch.gt(x, 0)", "x > 0", "bytes in Lua, booleans in Python"),
        Row("torch.eq(x, x)", "x == x"),
    ),
    "Reductions": (
        Row("x:sum()", "x.sum().item()"),
        Row("x:sum(1)", "x.sum(0, keepdim=True)", "the dimension stays in Lua"),
        Row("x:mean(2)", "x.mean(1, keepdim=True)"),
        Row("x:std()", "x.std().item()"),
        Row("x:var(1)", "x.var(0, keepdim=True)"),
        Row("x:norm()", "x.norm().item()"),
        Row("x:max()", "x.max().item()"),
        Row("(torch.max(x, 2))", "x.max(1, keepdim=True)[0]"),
        Row("select(2, torch.max(x, 2))", "x.max(1, keepdim=True)[1] + 1", "indices count from 1 in Lua"),
        Row("x:prod()", "x.prod().item()"),
        Row("torch.cumsum(x, 1)", "x.cumsum(0)"),
        Row("(torch.sort(v))", "v.sort()[0]"),
    ),
    "Matrices": (
        Row("x * y:t()", "x @ y.t()"),
        Row("torch.mm(x, y:t())", "x.mm(y.t())"),
        Row("x * v", "x @ v"),
        Row("torch.mv(x, v)", "x.mv(v)"),
        Row("torch.dot(v, w)", "v.dot(w).item()"),
        Row("torch.ger(v, w)", "torch.outer(v, w)"),
        Row("torch.addmm(torch.eye(3), x, y:t())", "torch.addmm(torch.eye(3), x, y.t())"),
    ),
    "Types": (
        Row("x:type()", "'torch.' + x.dtype.torch7 + 'Tensor'", pytorch="x.type()"),
        Row("x:float()", "x.float()"),
        Row("x:long()", "x.long()"),
        Row("torch.isTensor(x)", "isinstance(x, torch.Tensor)"),
    ),
    "Random numbers": (
        Row("torch.uniform()", "torch.rand(1).item()"),
        Row("torch.Tensor(4):uniform(-1, 1)", "torch.empty(4).uniform_(-1, 1)"),
        Row("torch.Tensor(4):normal(2, 3)", "torch.empty(4).normal_(2, 3)"),
        Row("torch.Tensor(4):bernoulli(0.3)", "torch.empty(4).bernoulli_(0.3)"),
    ),
}
