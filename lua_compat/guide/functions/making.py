"""Making tensors."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

MAKING = (
    Row("torch.Tensor{{1, 2}, {3, 4}}", "torch.tensor([[1., 2.], [3., 4.]])", "float32 by default in Python"),
    Row("torch.Tensor()", "torch.empty(0)", "has no dimensions in Lua, one of size 0 in Python"),
    Row("torch.Tensor(2, 3):fill(7)", "torch.full((2, 3), 7.)"),
    Row("torch.Tensor(2, 3):zero()", "torch.empty(2, 3).zero_()", "neither is filled as it is made"),
    Row("torch.Tensor(x:size()):zero()", "torch.zeros(x.shape)"),
    Row("torch.Tensor(x):fill(1)", "x.view_as(x).fill_(1)", "on the same memory"),
    Row("torch.IntTensor{1, 2}", "torch.tensor([1, 2], dtype=torch.int32)"),
    Row("x.new(2, 3):zero()", "x.new_empty(2, 3).zero_()", "of the type of `x`"),
    Row("torch.zeros(2, 3)", "torch.zeros(2, 3)"),
    Row("torch.ones(2, 3)", "torch.ones(2, 3)"),
    Row("x:zeros(2, 3)", "torch.zeros(2, 3, out=x)", "resizes `x`", "x.resize_(2, 3).zero_()"),
    Row("x:ones(2, 3)", "torch.ones(2, 3, out=x)", "resizes `x`", "x.resize_(2, 3).fill_(1)"),
    Row("torch.eye(3)", "torch.eye(3)"),
    Row("x:eye(3, 4)", "torch.eye(3, 4, out=x)"),
    Row("torch.range(1, 5)", "torch.arange(1., 6.)", "Lua includes the end"),
    Row("torch.range(0, 1, 0.25)", "torch.arange(0, 1.25, 0.25)", "by a step"),
    Row("x:view(12):range(1, 12)", "torch.arange(1., 13., out=x.view(12))"),
    Row("torch.linspace(0, 1, 5)", "torch.linspace(0, 1, 5)", "100 steps where none are given in Lua"),
    Row("v:linspace(0, 1, 4)", "torch.linspace(0, 1, 4, out=v)"),
    Row("torch.logspace(0, 2, 3)", "torch.logspace(0, 2, 3)"),
    Row("v:logspace(0, 2, 4)", "torch.logspace(0, 2, 4, out=v)"),
    Row("torch.diag(v)", "torch.diag(v)"),
    Row("torch.diag(a, 1)", "torch.diag(a, 1)", "of a matrix, the elements on a diagonal"),
    Row("torch.tril(a)", "torch.tril(a)"),
    Row("torch.triu(a, 1)", "torch.triu(a, 1)"),
    Row("x:clone()", "x.clone()"),
    Row(
        "torch.cat(x, y, 1)",
        "torch.cat([x, y], 0)",
        "the last dimension where none is given in Lua, the first in Python",
    ),
    Row("torch.cat({x, y}, 2)", "torch.cat([x, y], 1)"),
)
