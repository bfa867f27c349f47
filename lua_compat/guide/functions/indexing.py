"""Elements, indices and masks."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

INDEXING = (
    Row("x[2][3]", "x[1, 2]", "a number in Lua, a tensor of no dimensions in Python; `.item()` makes it a number"),
    Row("x[2]", "x[1]"),
    Row("x[-1]", "x[-1]"),
    Row("x[{2, 3}]", "x[1, 2].item()"),
    Row("x[{{}, 2}]", "x[:, 1]"),
    Row("x[{{2, 3}, {1, 2}}]", "x[1:3, 0:2]", "Lua's ranges include the end"),
    Row("x[b]", "x[b]"),
    Row("x[2][3] = 5; x", "x[1, 2] = 5; x"),
    Row("x[{{}, 2}] = 0; x", "x[:, 1] = 0; x"),
    Row("x[{2, {1, 2}}] = torch.Tensor{8, 9}; x", "x[1, 0:2] = torch.tensor([8., 9.]); x"),
    Row("x[b] = 0; x", "x[b] = 0; x"),
    Row("x:fill(2)", "x.fill_(2)"),
    Row("x:zero()", "x.zero_()"),
    Row("x:index(1, i)", "x.index_select(0, i)"),
    Row("x:indexCopy(1, i, y:narrow(1, 1, 2)); x", "x.index_copy_(0, i, y.narrow(0, 0, 2)); x"),
    Row("x:indexAdd(1, i, y:narrow(1, 1, 2)); x", "x.index_add_(0, i, y.narrow(0, 0, 2)); x"),
    Row("x:indexFill(1, i, 5); x", "x.index_fill_(0, i, 5); x"),
    Row("v:gather(1, i)", "v.gather(0, i)", "sizes must match outside of the dimension in Lua"),
    Row("v:scatter(1, i, w:narrow(1, 1, 2))", "v.scatter_(0, i, w[:2])"),
    Row("v:scatter(1, i, 5)", "v.scatter_(0, i, 5)"),
    Row("x:maskedSelect(b)", "x.masked_select(b)"),
    Row("x:maskedFill(b, 0); x", "x.masked_fill_(b, 0); x"),
    Row("x:maskedCopy(b, y)", "x.masked_scatter_(b, y)"),
    Row("b:nonzero()", "b.nonzero() + 1", "indices count from 1 in Lua"),
    Row(
        "x:apply(function(e) return e * 2 end)",
        "x.apply_(lambda e: e * 2)",
        "slow in Python: write `x * 2` where you can",
    ),
    Row("x:map(y, function(e, f) return e + f end)", "x.map_(y, lambda e, f: e + f)"),
    Row(
        "x:map2(y, y, function(e, f, g) return e * f - g end)",
        "x.copy_(x * y - y)",
        "write the formula over whole tensors",
    ),
)
