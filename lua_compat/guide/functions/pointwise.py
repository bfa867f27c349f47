"""Mathematics element by element."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

#: Functions whose name and meaning are the same: the function makes a tensor, the method changes its own.
_SAME_NAMES = (
    *("acos", "asin", "atan", "ceil", "cos", "cosh", "exp", "floor", "frac", "neg", "round", "sigmoid", "sign", "sin"),
    *("sinh", "tan", "tanh", "trunc"),
)
_OF_POSITIVES = ("log", "log1p", "rsqrt", "sqrt")


def _both(function: str, lua: str = "", python: str = "", note: str = "") -> Row:
    """The function and the method in place."""
    lua, python = lua or function, python or function
    return Row(f"torch.{lua}(x), x:{lua}()", f"x.{python}(), x.{python}_()", note)


ARITHMETIC = (
    Row("x + y", "x + y", "sizes must match in Lua, Python broadcasts"),
    Row("x + 1", "x + 1"),
    Row("x - y", "x - y"),
    Row("-x", "-x"),
    Row("x * 2", "x * 2"),
    Row("x / 2", "x / 2", "of whole numbers, the fraction is dropped in Lua: `n // 2`"),
    Row("n / 2", "n // 2"),
    Row(
        "torch.add(x, 1), x:add(1)", "x + 1, x.add_(1)", "methods change the receiver in Lua, those with `_` in Python"
    ),
    Row("torch.add(x, y), x:add(y)", "x + y, x.add_(y)"),
    Row("torch.add(x, 0.5, y), x:add(0.5, y)", "torch.add(x, y, alpha=0.5), x.add_(y, alpha=0.5)"),
    Row("x:add(y, w:view(1, 4):expand(3, 4))", "torch.add(y, w, out=x)", "a result tensor comes first in Lua"),
    Row("torch.csub(x, y), x:csub(y)", "x - y, x.sub_(y)"),
    Row("torch.csub(x, 0.5, y), x:csub(0.5, y)", "torch.sub(x, y, alpha=0.5), x.sub_(y, alpha=0.5)"),
    Row("torch.mul(x, 3), x:mul(3)", "x * 3, x.mul_(3)"),
    Row("torch.cmul(x, y), x:cmul(y)", "x * y, x.mul_(y)", "`*` of two tensors is the matrix product in Lua"),
    Row("torch.div(x, 3), x:div(3)", "x / 3, x.div_(3)"),
    Row("torch.cdiv(x, y), x:cdiv(y)", "x / y, x.div_(y)"),
    Row("torch.fmod(x, 0.3), x:fmod(0.3)", "x.fmod(0.3), x.fmod_(0.3)", "has the sign of `x`"),
    Row("torch.mod(x, 0.3), x:mod(0.3)", "x.fmod(0.3), x.fmod_(0.3)"),
    Row("torch.cfmod(x, y), x:cfmod(y)", "x.fmod(y), x.fmod_(y)"),
    Row("torch.cmod(x, y), x:cmod(y)", "x.fmod(y), x.fmod_(y)"),
    Row("torch.remainder(x, 0.3), x:remainder(0.3)", "x % 0.3, x.remainder_(0.3)", "has the sign of the divisor"),
    Row("torch.cremainder(x, y), x:cremainder(y)", "x % y, x.remainder_(y)"),
    Row("torch.pow(x, 2), x:pow(2)", "x ** 2, x.pow_(2)"),
    Row("torch.pow(2, x)", "2 ** x"),
    Row("x:abs(); torch.cpow(x, y), x:cpow(y)", "x.abs_(); x ** y, x.pow_(y)"),
    Row("torch.cinv(x), x:cinv()", "x.reciprocal(), x.reciprocal_()"),
    Row(
        "torch.addcmul(x, 0.5, y, y), x:addcmul(0.5, y, y)",
        "torch.addcmul(x, y, y, value=0.5), x.addcmul_(y, y, value=0.5)",
        "`x + 0.5 * y * y`; 1 where no number is given",
    ),
    Row(
        "torch.addcdiv(x, 0.5, y, y), x:addcdiv(0.5, y, y)",
        "torch.addcdiv(x, y, y, value=0.5), x.addcdiv_(y, y, value=0.5)",
    ),
    Row("torch.lerp(x, y, 0.3), x:lerp(y, 0.3)", "torch.lerp(x, y, 0.3), x.lerp_(y, 0.3)"),
    Row("torch.clamp(x, -1, 1), x:clamp(-1, 1)", "x.clamp(-1, 1), x.clamp_(-1, 1)"),
    Row("torch.cmax(x, y), x:cmax(y)", "torch.maximum(x, y), x.copy_(torch.maximum(x, y))"),
    Row("torch.cmin(x, y), x:cmin(y)", "torch.minimum(x, y), x.copy_(torch.minimum(x, y))"),
    Row("torch.cmax(x, 0), x:cmax(0)", "x.clamp(min=0), x.clamp_(min=0)"),
    Row("torch.cmin(x, 0), x:cmin(0)", "x.clamp(max=0), x.clamp_(max=0)"),
)

FUNCTIONS = (
    Row("torch.abs(x), x:abs()", "x.abs(), x.abs_()", "the function makes a tensor, the method changes its own"),
    *[_both(name) for name in _SAME_NAMES],
    *[Row(f"x:abs(); torch.{name}(x), x:{name}()", f"x.abs_(); x.{name}(), x.{name}_()") for name in _OF_POSITIVES],
    Row("torch.atan2(x, y), x:atan2(y)", "torch.atan2(x, y), x.atan2_(y)"),
    Row("torch.exp(2)", "math.exp(2)", "of a number"),
)

BITS = (
    Row("torch.bitand(n, 6), n:bitand(6)", "n & 6, n.bitwise_and_(6)"),
    Row("torch.bitor(n, 6), n:bitor(6)", "n | 6, n.bitwise_or_(6)"),
    Row("torch.bitxor(n, 6), n:bitxor(6)", "n ^ 6, n.bitwise_xor_(6)"),
    Row("torch.lshift(n, 2), n:lshift(2)", "n << 2, n.bitwise_left_shift_(2)"),
    Row("torch.rshift(n, 2), n:rshift(2)", "n >> 2, n.bitwise_right_shift_(2)"),
    Row("torch.cbitand(n, n), n:cbitand(n)", "n & n, n.bitwise_and_(n)"),
    Row("torch.cbitor(n, n), n:cbitor(n)", "n | n, n.bitwise_or_(n)"),
    Row("torch.cbitxor(n, n), n:cbitxor(n)", "n ^ n, n.bitwise_xor_(n)"),
    Row("torch.clshift(n, n), n:clshift(n)", "n << n, n.bitwise_left_shift_(n)"),
    Row("torch.crshift(n, n), n:crshift(n)", "n >> n, n.bitwise_right_shift_(n)"),
)

COMPARISONS = (
    Row("torch.lt(x, y), x:lt(y)", "x < y, x.lt(y)", "bytes of 0 and 1 in Lua, booleans in Python"),
    Row("x:le(0)", "x <= 0"),
    Row("x:gt(0)", "x > 0"),
    Row("x:ge(y)", "x >= y"),
    Row("x:eq(x)", "x == x"),
    Row("x:ne(y)", "x != y"),
    Row("x:equal(x:clone())", "torch.equal(x, x.clone())"),
    Row("torch.isequal(x, x:clone())", "x is x.clone()", "whether they are one object"),
    Row("x == x", "x is x"),
    Row("x:ge(0):all()", "(x >= 0).all()", "of bytes, in Lua"),
    Row("x:ge(0):any()", "(x >= 0).any()"),
    Row("torch.eq(b, 0)", "~b", "not"),
    Row("torch.cmul(b, torch.lt(x, 1))", "b & (x < 1)", "and"),
    Row("torch.cmax(b, torch.lt(x, 1))", "b | (x < 1)", "or"),
)
