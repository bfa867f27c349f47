"""Operations element by element: functions, arithmetic, comparisons, and their operators."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.engine import apply, apply_
from pytorch_from_lua.tensor._methods import binary, operators, predicate, unary


class Pointwise:
    """Methods that compute each element of the result from the elements at its place."""

    __slots__ = ()

    abs, abs_ = unary("abs", "\\|x|")
    acos, acos_ = unary("acos", "the angle whose cosine is x")
    acosh, acosh_ = unary("acosh", "the number whose hyperbolic cosine is x")
    asin, asin_ = unary("asin", "the angle whose sine is x")
    asinh, asinh_ = unary("asinh", "the number whose hyperbolic sine is x")
    atan, atan_ = unary("atan", "the angle whose tangent is x")
    atanh, atanh_ = unary("atanh", "the number whose hyperbolic tangent is x")
    ceil, ceil_ = unary("ceil", "x rounded up")
    cos, cos_ = unary("cos", "the cosine")
    cosh, cosh_ = unary("cosh", "the hyperbolic cosine")
    exp, exp_ = unary("exp", "e to the power of x")
    exp2, exp2_ = unary("exp2", "2 to the power of x")
    expm1, expm1_ = unary("expm1", "exp(x) - 1")
    floor, floor_ = unary("floor", "x rounded down")
    frac, frac_ = unary("frac", "x - trunc(x)")
    log, log_ = unary("log", "the natural logarithm")
    log10, log10_ = unary("log10", "the logarithm to base 10")
    log1p, log1p_ = unary("log1p", "log(1 + x)")
    log2, log2_ = unary("log2", "the logarithm to base 2")
    logical_not, logical_not_ = unary("logical_not", "whether x is 0")
    neg, neg_ = unary("neg", "-x")
    reciprocal, reciprocal_ = unary("reciprocal", "1 / x")
    relu, relu_ = unary("relu", "max(x, 0)")
    round, round_ = unary("round", "x rounded to the nearest whole number, halves to the even one")
    rsqrt, rsqrt_ = unary("rsqrt", "1 / sqrt(x)")
    sigmoid, sigmoid_ = unary("sigmoid", "1 / (1 + exp(-x))")
    sign, sign_ = unary("sign", "-1, 0 or 1")
    sin, sin_ = unary("sin", "the sine")
    sinh, sinh_ = unary("sinh", "the hyperbolic sine")
    sqrt, sqrt_ = unary("sqrt", "the square root")
    square, square_ = unary("square", "x * x")
    tan, tan_ = unary("tan", "the tangent")
    tanh, tanh_ = unary("tanh", "the hyperbolic tangent")
    trunc, trunc_ = unary("trunc", "x rounded towards 0")
    bitwise_not, bitwise_not_ = unary("bitwise_not", "every bit flipped")
    isfinite = predicate("isfinite", "whether x is a finite number")
    isinf = predicate("isinf", "whether x is infinite")
    isnan = predicate("isnan", "whether x is not a number")

    atan2, atan2_ = binary("atan2", "the angle of the point (y, x)")
    bitwise_and, bitwise_and_ = binary("bitwise_and", "x & y")
    bitwise_or, bitwise_or_ = binary("bitwise_or", "x | y")
    bitwise_xor, bitwise_xor_ = binary("bitwise_xor", "x ^ y")
    div, div_ = binary("div", "x / y")
    eq, eq_ = binary("eq", "x == y")
    floor_divide, floor_divide_ = binary("floor_divide", "x / y rounded down")
    fmod, fmod_ = binary("fmod", "what is left of x / y, with the sign of x")
    ge, ge_ = binary("ge", "x >= y")
    gt, gt_ = binary("gt", "x > y")
    hypot, hypot_ = binary("hypot", "sqrt(x² + y²)")
    le, le_ = binary("le", "x <= y")
    logical_and, logical_and_ = binary("logical_and", "whether neither is 0")
    logical_or, logical_or_ = binary("logical_or", "whether one is not 0")
    logical_xor, logical_xor_ = binary("logical_xor", "whether exactly one is not 0")
    lt, lt_ = binary("lt", "x < y")
    maximum, _ = binary("maximum", "the larger of x and y")
    minimum, _ = binary("minimum", "the smaller of x and y")
    mul, mul_ = binary("mul", "x * y")
    ne, ne_ = binary("ne", "x != y")
    pow, pow_ = binary("pow", "x to the power of y")
    remainder, remainder_ = binary("remainder", "what is left of x / y, with the sign of y")

    divide, divide_ = div, div_
    multiply, multiply_ = mul, mul_
    negative, negative_ = neg, neg_
    del _

    __add__, __radd__, __iadd__ = operators("add", "+")
    __sub__, __rsub__, __isub__ = operators("sub", "-")
    __mul__, __rmul__, __imul__ = operators("mul", "*")
    __truediv__, __rtruediv__, __itruediv__ = operators("div", "/")
    __floordiv__, __rfloordiv__, __ifloordiv__ = operators("floor_divide", "//")
    __mod__, __rmod__, __imod__ = operators("remainder", "%")
    __pow__, __rpow__, __ipow__ = operators("pow", "**")
    __and__, __rand__, __iand__ = operators("bitwise_and", "&")
    __or__, __ror__, __ior__ = operators("bitwise_or", "|")
    __xor__, __rxor__, __ixor__ = operators("bitwise_xor", "^")
    __lshift__, __rlshift__, __ilshift__ = operators("lshift", "<<")
    __rshift__, __rrshift__, __irshift__ = operators("rshift", ">>")
    __lt__ = operators("lt", "<")[0]
    __le__ = operators("le", "<=")[0]
    __gt__ = operators("gt", ">")[0]
    __ge__ = operators("ge", ">=")[0]
    __eq__ = operators("eq", "==")[0]
    __ne__ = operators("ne", "!=")[0]
    __hash__ = object.__hash__  # by identity: equality of tensors is a tensor
    __neg__ = neg
    __abs__ = abs
    __invert__ = bitwise_not

    def __pos__(self) -> Any:
        return apply("positive", self)

    def add(self, other: Any, *, alpha: Any = 1) -> Any:
        """``x + alpha * y``, element by element."""
        return apply("add", self, other if alpha == 1 else apply("mul", other, alpha))

    def add_(self, other: Any, *, alpha: Any = 1) -> Any:
        """``x + alpha * y``, element by element, in place."""
        return apply_("add", self, other if alpha == 1 else apply("mul", other, alpha))

    def sub(self, other: Any, *, alpha: Any = 1) -> Any:
        """``x - alpha * y``, element by element."""
        return apply("sub", self, other if alpha == 1 else apply("mul", other, alpha))

    def sub_(self, other: Any, *, alpha: Any = 1) -> Any:
        """``x - alpha * y``, element by element, in place."""
        return apply_("sub", self, other if alpha == 1 else apply("mul", other, alpha))

    def addcmul(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
        """``x + value * tensor1 * tensor2``."""
        return apply("addcmul", self, tensor1, tensor2, value=value)

    def addcmul_(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
        """``x + value * tensor1 * tensor2``, in place."""
        return apply_("addcmul", self, tensor1, tensor2, value=value)

    def addcdiv(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
        """``x + value * tensor1 / tensor2``."""
        return apply("addcdiv", self, tensor1, tensor2, value=value)

    def addcdiv_(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
        """``x + value * tensor1 / tensor2``, in place."""
        return apply_("addcdiv", self, tensor1, tensor2, value=value)

    def lerp(self, end: Any, weight: Any) -> Any:
        """``x + weight * (end - x)``."""
        return apply("lerp", self, end, weight)

    def lerp_(self, end: Any, weight: Any) -> Any:
        """``x + weight * (end - x)``, in place."""
        return apply_("lerp", self, end, weight)

    def clamp(self, min: Any = None, max: Any = None) -> Any:
        """``x``, at least ``min`` and at most ``max``; None sets no limit."""
        return apply("clamp", self, min=min, max=max)

    def clamp_(self, min: Any = None, max: Any = None) -> Any:
        """``x``, at least ``min`` and at most ``max``, in place."""
        return apply_("clamp", self, min=min, max=max)

    def where(self, condition: Any, other: Any) -> Any:
        """``x`` where ``condition`` is true, else ``other``."""
        return apply("where", condition, self, other)
