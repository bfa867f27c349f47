"""Reductions, statistics, sorting and searching."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

REDUCTIONS = (
    Row("x:sum()", "x.sum()", "a number in Lua; in Python a tensor of no dimensions, which `.item()` makes a number"),
    Row("x:sum(1)", "x.sum(0, keepdim=True)", "the dimension stays in Lua"),
    Row("x:prod()", "x.prod()"),
    Row("x:prod(2)", "x.prod(1, keepdim=True)"),
    Row("x:mean()", "x.mean()"),
    Row("x:mean(2)", "x.mean(1, keepdim=True)"),
    Row("x:std()", "x.std()"),
    Row("x:std(2)", "x.std(1, keepdim=True)"),
    Row("x:var()", "x.var()"),
    Row("x:var(1, true)", "x.var(0, keepdim=True, unbiased=False)", "divided by n"),
    Row("x:norm()", "x.norm()"),
    Row("x:norm(1, 2)", "x.norm(1, 1, keepdim=True)", "the order, and the dimension"),
    Row("torch.renorm(x, 2, 1, 0.5), x:renorm(2, 1, 0.5)", "x.renorm(2, 0, 0.5), x.renorm_(2, 0, 0.5)"),
    Row("x:dist(y)", "x.dist(y)"),
    Row("x:max()", "x.max()"),
    Row("x:max(2)", "p, k = x.max(1, keepdim=True); (p, k + 1)", "indices count from 1 in Lua"),
    Row("x:min()", "x.min()"),
    Row("x:min(2)", "p, k = x.min(1, keepdim=True); (p, k + 1)"),
    Row("x:cumsum(1)", "x.cumsum(0)"),
    Row("x:cumprod(2)", "x.cumprod(1)"),
    Row("a:trace()", "a.trace()"),
    Row("x:histc(5)", "x.histc(5)", "100 bins unless told otherwise; from the least to the greatest element"),
    Row("x:histc(5, -2, 2)", "x.histc(5, -2, 2)"),
    Row("x:bhistc(5, -2, 2)", "torch.stack([r.histc(5, -2, 2) for r in x])", "of each row"),
)

SORTING = (
    Row("v:sort()", "p, k = v.sort(); (p, k + 1)", "indices count from 1 in Lua"),
    Row("x:sort(1, true)", "p, k = x.sort(0, descending=True); (p, k + 1)"),
    Row(
        "v:topk(2, 1, true, true)",
        "p, k = v.topk(2); (p, k + 1)",
        "the smallest, unsorted, unless Lua is told otherwise",
    ),
    Row("x:kthvalue(2)", "p, k = x.kthvalue(2, keepdim=True); (p, k + 1)"),
    Row(
        "x:median()",
        "p, k = x.median(-1, keepdim=True); (p, k + 1)",
        "along the last dimension in Lua; the lower of two",
    ),
    Row("n:mode()", "p, k = n.mode(-1, keepdim=True); (p, k + 1)"),
)
