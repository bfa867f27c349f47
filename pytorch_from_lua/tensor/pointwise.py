"""Operations element by element: functions, arithmetic, comparisons, and their operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply, apply_, operation, operation_
from pytorch_from_lua.autograd.promotion import fitted, result_type
from pytorch_from_lua.autograd.shortcut import computed, floats, readable, short
from pytorch_from_lua.errors import DTypeError, RangeError
from pytorch_from_lua.kernels import fused
from pytorch_from_lua.tensor._methods import binary, operators, predicate, unary
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import bool_

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytorch_from_lua.tensor._types import Number, Operand, TensorLike
    from pytorch_from_lua.tensor.tensor import Tensor

_ADD, _ADD_, _SUB, _SUB_ = operation("add"), operation_("add"), operation("sub"), operation_("sub")
_ADDCMUL, _ADDCDIV, _LERP = operation("addcmul"), operation("addcdiv"), operation("lerp")
_CLAMP, _WHERE, _POW = operation("clamp"), operation("where"), operation("pow")
_NUMBERS = (float, int)


class Pointwise:
    """Methods that compute each element of the result from the elements at its place."""

    __slots__ = ()

    abs, abs_ = unary("abs", "\\|x|", "[-2, 3] -> [2, 3]")
    acos, acos_ = unary("acos", "the angle whose cosine is x", "[0.5, 1.0] -> [1.0472, 0.0000]")
    acosh, acosh_ = unary("acosh", "the number whose hyperbolic cosine is x", "[1.0, 2.0] -> [0.0000, 1.3170]")
    asin, asin_ = unary("asin", "the angle whose sine is x", "[0.5, 1.0] -> [0.5236, 1.5708]")
    asinh, asinh_ = unary("asinh", "the number whose hyperbolic sine is x", "[0.0, 1.0] -> [0.0000, 0.8814]")
    atan, atan_ = unary("atan", "the angle whose tangent is x", "[0, 1] -> [0.0000, 0.7854]")
    atanh, atanh_ = unary("atanh", "the number whose hyperbolic tangent is x", "[0.0, 0.5] -> [0.0000, 0.5493]")
    ceil, ceil_ = unary("ceil", "x rounded up", "[-1.5, 1.5] -> [-1., 2.]")
    cos, cos_ = unary("cos", "the cosine", "[0, 1] -> [1.0000, 0.5403]")
    cosh, cosh_ = unary("cosh", "the hyperbolic cosine", "[0.0, 1.0] -> [1.0000, 1.5431]")
    exp, exp_ = unary("exp", "e to the power of x", "[0, 1] -> [1.0000, 2.7183]")
    exp2, exp2_ = unary("exp2", "2 to the power of x", "[0, 3] -> [1., 8.]")
    expm1, expm1_ = unary("expm1", "exp(x) - 1", "[0, 1] -> [0.0000, 1.7183]")
    floor, floor_ = unary("floor", "x rounded down", "[-1.5, 1.5] -> [-2., 1.]")
    frac, frac_ = unary("frac", "x - trunc(x)", "[-1.5, 1.5] -> [-0.5000, 0.5000]", refused="booleans")
    log, log_ = unary("log", "the natural logarithm", "[1, 2] -> [0.0000, 0.6931]")
    log10, log10_ = unary("log10", "the logarithm to base 10", "[1, 10] -> [0., 1.]")
    log1p, log1p_ = unary("log1p", "log(1 + x)", "[0, 1] -> [0.0000, 0.6931]")
    log2, log2_ = unary("log2", "the logarithm to base 2", "[1, 8] -> [0., 3.]")
    logical_not, logical_not_ = unary("logical_not", "whether x is 0", "[0, 2] -> [ True, False]")
    neg, neg_ = unary("neg", "-x", "[1, -2] -> [-1, 2]", refused="booleans")
    reciprocal, reciprocal_ = unary("reciprocal", "1 / x", "[2, 4] -> [0.5000, 0.2500]")
    relu, relu_ = unary("relu", "max(x, 0)", "[-1, 2] -> [0, 2]", refused="booleans")
    rsqrt, rsqrt_ = unary("rsqrt", "1 / sqrt(x)", "[1, 4] -> [1.0000, 0.5000]")
    sigmoid, sigmoid_ = unary("sigmoid", "1 / (1 + exp(-x))", "[0.0, 2.0] -> [0.5000, 0.8808]")
    sign, sign_ = unary("sign", "-1, 0 or 1", "[-5, 0, 3] -> [-1, 0, 1]")
    sin, sin_ = unary("sin", "the sine", "[0, 1] -> [0.0000, 0.8415]")
    sinh, sinh_ = unary("sinh", "the hyperbolic sine", "[0.0, 1.0] -> [0.0000, 1.1752]")
    sqrt, sqrt_ = unary("sqrt", "the square root", "[4, 9] -> [2., 3.]")
    square, square_ = unary("square", "x * x", "[-2, 3] -> [4, 9]")
    tan, tan_ = unary("tan", "the tangent", "[0, 1] -> [0.0000, 1.5574]")
    tanh, tanh_ = unary("tanh", "the hyperbolic tangent", "[0.0, 1.0] -> [0.0000, 0.7616]")
    trunc, trunc_ = unary("trunc", "x rounded towards 0", "[-1.5, 1.5] -> [-1., 1.]")
    bitwise_not, bitwise_not_ = unary(
        "bitwise_not", "every bit flipped", "[0, 5] -> [-1, -6]", refused="floating-point numbers"
    )
    isfinite = predicate("isfinite", "whether x is a finite number", "[1.0, float('inf')] -> [ True, False]")
    isinf = predicate("isinf", "whether x is infinite", "[1.0, float('inf')] -> [False, True]")
    isnan = predicate("isnan", "whether x is not a number", "[1.0, float('nan')] -> [False, True]")
    isneginf = predicate("isneginf", "whether x is minus infinity", "[1.0, -float('inf')] -> [False, True]")
    isposinf = predicate("isposinf", "whether x is infinity", "[1.0, float('inf')] -> [False, True]")
    isreal = predicate("isreal", "true", "[1, 2] -> [True, True]")
    positive = predicate("positive", "x", "[1, -2] -> [ 1, -2]", refused="booleans")
    signbit = predicate("signbit", "whether x has a minus sign, which -0 has too", "[1.0, -0.0] -> [False, True]")

    atan2, atan2_ = binary(
        "atan2", "the angle of the point (y, x)", "[1.0, 1.0], tensor([1.0, -1.0]) -> [0.7854, 2.3562]"
    )
    bitwise_and, bitwise_and_ = binary("bitwise_and", "x & y", "[5, 6], 3 -> [1, 2]", refused="floating-point numbers")
    bitwise_or, bitwise_or_ = binary("bitwise_or", "x | y", "[5, 6], 3 -> [7, 7]", refused="floating-point numbers")
    bitwise_xor, bitwise_xor_ = binary("bitwise_xor", "x ^ y", "[5, 6], 3 -> [6, 5]", refused="floating-point numbers")
    bitwise_left_shift, bitwise_left_shift_ = binary(
        "bitwise_left_shift", "x << y", "[1, 3], 2 -> [ 4, 12]", operation_name="lshift"
    )
    bitwise_right_shift, bitwise_right_shift_ = binary(
        "bitwise_right_shift", "x >> y", "[4, 12], 2 -> [1, 3]", operation_name="rshift"
    )
    copysign, copysign_ = binary("copysign", "x with the sign of y", "[1.0, 2.0], -1 -> [-1., -2.]")
    eq, eq_ = binary("eq", "x == y", "[1, 2], 2 -> [False, True]")
    floor_divide, floor_divide_ = binary("floor_divide", "x / y rounded down", "[7, -7], 2 -> [ 3, -4]")
    fmax, _ = binary(
        "fmax",
        "the larger of x and y; where one is NaN, the other",
        "[1.0, float('nan')], tensor([3.0, 2.0]) -> [3., 2.]",
    )
    fmin, _ = binary(
        "fmin",
        "the smaller of x and y; where one is NaN, the other",
        "[1.0, float('nan')], tensor([3.0, 2.0]) -> [1., 2.]",
    )
    fmod, fmod_ = binary("fmod", "what is left of x / y, with the sign of x", "[7, -7], 3 -> [ 1, -1]")
    gcd, gcd_ = binary(
        "gcd", "the greatest common divisor", "[12, 18], 8 -> [4, 2]", refused="floating-point numbers and booleans"
    )
    ge, ge_ = binary("ge", "x >= y", "[1, 2], 2 -> [False, True]")
    gt, gt_ = binary("gt", "x > y", "[1, 2], 2 -> [False, False]")
    hypot, hypot_ = binary("hypot", "sqrt(x² + y²)", "[3.0, 5.0], tensor([4.0, 12.0]) -> [ 5., 13.]")
    lcm, lcm_ = binary(
        "lcm", "the least common multiple", "[4, 6], 10 -> [20, 30]", refused="floating-point numbers and booleans"
    )
    le, le_ = binary("le", "x <= y", "[1, 2], 2 -> [True, True]")
    logical_and, logical_and_ = binary("logical_and", "whether neither is 0", "[0, 2], 1 -> [False, True]")
    logical_or, logical_or_ = binary("logical_or", "whether one is not 0", "[0, 2], 0 -> [False, True]")
    logical_xor, logical_xor_ = binary("logical_xor", "whether exactly one is not 0", "[0, 2], 1 -> [ True, False]")
    lt, lt_ = binary("lt", "x < y", "[1, 2], 2 -> [ True, False]")
    maximum, _ = binary("maximum", "the larger of x and y", "[1, 5], tensor([3, 2]) -> [3, 5]")
    minimum, _ = binary("minimum", "the smaller of x and y", "[1, 5], tensor([3, 2]) -> [1, 2]")
    mul, mul_ = binary("mul", "x * y", "[1, 2], tensor([[3], [4]]) -> [[3, 6], [4, 8]]")
    ne, ne_ = binary("ne", "x != y", "[1, 2], 2 -> [ True, False]")
    nextafter, nextafter_ = binary(
        "nextafter",
        "the floating-point number next to x in the direction of y",
        "[1.0], tensor([2.0]) -> [1.0000]",
        refused="whole numbers and booleans",
    )
    remainder, remainder_ = binary("remainder", "what is left of x / y, with the sign of y", "[7, -7], 3 -> [1, 2]")

    del _

    # Second names, most of them numpy's.
    absolute, absolute_ = abs, abs_
    arccos, arccos_ = acos, acos_
    arccosh, arccosh_ = acosh, acosh_
    arcsin, arcsin_ = asin, asin_
    arcsinh, arcsinh_ = asinh, asinh_
    arctan, arctan_ = atan, atan_
    arctan2, arctan2_ = atan2, atan2_
    arctanh, arctanh_ = atanh, atanh_
    fix, fix_ = trunc, trunc_
    greater, greater_ = gt, gt_
    greater_equal, greater_equal_ = ge, ge_
    less, less_ = lt, lt_
    less_equal, less_equal_ = le, le_
    multiply, multiply_ = mul, mul_
    negative, negative_ = neg, neg_
    not_equal, not_equal_ = ne, ne_
    sgn, sgn_ = sign, sign_

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
    if TYPE_CHECKING:

        def __eq__(self, other: object) -> Tensor: ...  # type: ignore[override]

        def __ne__(self, other: object) -> Tensor: ...  # type: ignore[override]

    else:
        __eq__ = operators("eq", "==")[0]
        __ne__ = operators("ne", "!=")[0]
    __hash__ = object.__hash__  # by identity: equality of tensors is a tensor
    __neg__ = neg
    __abs__ = abs
    __invert__ = bitwise_not

    __pos__ = positive

    def round(self, *, decimals: int = 0) -> Tensor:
        """x rounded to the nearest whole number, halves to the even one; with ``decimals``, to so many places.

        Raises:
            DTypeError: for whole numbers that are to be rounded to places.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0.5, 1.5, 2.345]).round(), tensor([2.345]).round(decimals=1)
        (tensor([0., 2., 2.]), tensor([2.3000]))
        """
        return apply("round", self) if decimals == 0 else apply("round_decimals", self, decimals=decimals)

    def round_(self, *, decimals: int = 0) -> Self:
        """`round`, in place."""
        return apply_("round", self) if decimals == 0 else apply_("round_decimals", self, decimals=decimals)

    def div(self, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """``x / y``, element by element; of whole numbers in the default floating-point type.

        Args:
            other: y, a tensor or a number.
            rounding_mode: ``"trunc"`` cuts the quotient off, ``"floor"`` rounds it down; both keep whole numbers whole.

        Raises:
            RangeError: for another rounding mode.
            DivisionError: where whole numbers are rounded that are divided by 0.

        >>> from pytorch_from_lua import tensor
        >>> x = tensor([7, -7])
        >>> x.div(2), x.div(2, rounding_mode="trunc"), x.div(2, rounding_mode="floor")
        (tensor([ 3.5000, -3.5000]), tensor([ 3, -3]), tensor([ 3, -4]))
        """
        return apply(_division(rounding_mode), self, other)

    def div_(self, other: Operand, *, rounding_mode: str | None = None) -> Self:
        """`div`, in place."""
        return apply_(_division(rounding_mode), self, other)

    divide, divide_ = div, div_
    true_divide, true_divide_ = binary("div", "x / y", "[1, 2], 4 -> [0.2500, 0.5000]")

    def add(self, other: Operand, *, alpha: Number = 1) -> Tensor:
        """``x + alpha * y``, element by element.

        y is a tensor or a number; both broadcast. The type is the one both promote to.

        Raises:
            ShapeError: where the shapes do not broadcast.
            DTypeError: for ``alpha`` with a fraction where both are of whole numbers.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).add(10, alpha=2)
        tensor([21, 22])
        """
        return _ADD(self, other if alpha == 1 else _weighted(self, other, alpha))

    def add_(self, other: Operand, *, alpha: Number = 1) -> Self:
        """``x + alpha * y``, element by element, in place."""
        return _ADD_(self, other if alpha == 1 else _weighted(self, other, alpha))

    def sub(self, other: Operand, *, alpha: Number = 1) -> Tensor:
        """``x - alpha * y``, element by element.

        y is a tensor or a number; both broadcast. The type is the one both promote to.

        Raises:
            ShapeError: where the shapes do not broadcast.
            DTypeError: for booleans; ``alpha`` as in `add`.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).sub(10, alpha=2)
        tensor([-19, -18])
        """
        return _SUB(self, other if alpha == 1 else _weighted(self, other, alpha))

    def sub_(self, other: Operand, *, alpha: Number = 1) -> Self:
        """``x - alpha * y``, element by element, in place."""
        return _SUB_(self, other if alpha == 1 else _weighted(self, other, alpha))

    subtract, subtract_ = sub, sub_

    def pow(self, exponent: Operand) -> Tensor:
        """x to the power of ``exponent``, element by element.

        Raises:
            RangeError: for whole numbers and a number under 0, for their powers are none.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3]).pow(2), tensor([1.0, 2.0]).pow(-1)
        (tensor([1, 4, 9]), tensor([1.0000, 0.5000]))
        """
        return _POW(self, exponent)

    def pow_(self, exponent: Operand) -> Self:
        """`pow`, in place."""
        return apply_("pow", self, exponent)

    def heaviside(self, values: Operand) -> Tensor:
        """0 below 0, ``values`` at 0, 1 above, element by element.

        Raises:
            DTypeError: where the two types differ.

        >>> from pytorch_from_lua import tensor
        >>> tensor([-1.0, 0.0, 2.0]).heaviside(tensor(0.5))
        tensor([0.0000, 0.5000, 1.0000])
        """
        return apply("heaviside", self, values)

    def heaviside_(self, values: Operand) -> Self:
        """`heaviside`, in place."""
        return apply_("heaviside", self, values)

    def rsub(self, other: Operand, *, alpha: Number = 1) -> Tensor:
        """``y - alpha * x``, element by element.

        y is a tensor or a number; both broadcast. The type is the one both promote to.

        Raises:
            ShapeError: where the shapes do not broadcast.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).rsub(10)
        tensor([9, 8])
        """
        return _SUB(other, self if alpha == 1 else _weighted(other, self, alpha))

    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
        """``x + value * tensor1 * tensor2``.

        All three broadcast; the type is the one they promote to.

        Raises:
            ShapeError: where the shapes do not broadcast.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).addcmul(tensor([3, 4]), tensor([5, 6]))
        tensor([16, 26])
        """
        if value.__class__ is float or value.__class__ is int:
            made = short(_addcmul, (self, tensor1, tensor2), value)
            if made is not None:
                return made
        return _ADDCMUL(self, tensor1, tensor2, value=value)

    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Self:
        """``x + value * tensor1 * tensor2``, in place."""
        return apply_("addcmul", self, tensor1, tensor2, value=value)

    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
        """``x + value * tensor1 / tensor2``.

        All three broadcast; the type is the one they promote to.

        Raises:
            ShapeError: where the shapes do not broadcast.
            DTypeError: for whole numbers.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, 2.0]).addcdiv(tensor([3.0, 4.0]), tensor([2.0, 8.0]))
        tensor([2.5000, 2.5000])
        """
        return _ADDCDIV(self, tensor1, tensor2, value=value)

    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Self:
        """``x + value * tensor1 / tensor2``, in place."""
        return apply_("addcdiv", self, tensor1, tensor2, value=value)

    def lerp(self, end: Operand, weight: Operand) -> Tensor:
        """``x + weight * (end - x)``.

        All three broadcast.

        Raises:
            ShapeError: where the shapes do not broadcast.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0.0, 10.0]).lerp(tensor([1.0, 20.0]), 0.5)
        tensor([ 0.5000, 15.0000])
        """
        if weight.__class__ is float:
            made = short(fused.lerp, (self, end), weight)
            if made is not None:
                return made
        return _LERP(self, end, weight)

    def lerp_(self, end: Operand, weight: Operand) -> Self:
        """``x + weight * (end - x)``, in place."""
        return apply_("lerp", self, end, weight)

    def clamp(self, min: Operand | None = None, max: Operand | None = None) -> Tensor:
        """``x``, at least ``min`` and at most ``max``: ``min(max(x, min), max)``. Where they cross, ``max`` counts.

        Args:
            min: the lower limit, a number or a tensor that broadcasts; None sets none.
            max: the upper limit, likewise.

        Raises:
            RangeError: where there is neither.
            DTypeError: for a number as one limit and a tensor as the other.

        >>> from pytorch_from_lua import tensor
        >>> tensor([-2, 0, 5]).clamp(-1, 3), tensor([-2, 0, 5]).clamp(min=tensor([0, 1, 2]))
        (tensor([-1,  0,  3]), tensor([0, 1, 5]))
        """
        if min.__class__ in _NUMBERS and max.__class__ in _NUMBERS and self.dtype.is_floating_point:  # type: ignore[attr-defined]
            made = short(fused.clamp, (self,), min, max)
            return _CLAMP(self, min=min, max=max) if made is None else made
        if _limits_are_tensors(min, max):
            return apply("clamp_between", self, min, max)
        x, low, high = _limited(self, min, max)
        return _CLAMP(x, min=low, max=high)

    def clamp_(self, min: Operand | None = None, max: Operand | None = None) -> Self:
        """`clamp`, in place."""
        if _limits_are_tensors(min, max):
            return apply_("clamp_between", self, min, max)
        x, low, high = _limited(self, min, max)
        if x is not self:
            raise DTypeError(f"clamp_: a result of {x.dtype.name} cannot be stored as {self.dtype.name}")  # type: ignore[attr-defined]
        return apply_("clamp", self, min=low, max=high)

    clip, clip_ = clamp, clamp_

    def clamp_min(self, min: Operand | None) -> Tensor:
        """``x``, at least ``min``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 5]).clamp_min(3)
        tensor([3, 5])
        """
        return self.clamp(min)

    def clamp_min_(self, min: Operand | None) -> Self:
        """``x``, at least ``min``, in place."""
        return self.clamp_(min)

    def clamp_max(self, max: Operand | None) -> Tensor:
        """``x``, at most ``max``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 5]).clamp_max(3)
        tensor([1, 3])
        """
        return self.clamp(None, max)

    def clamp_max_(self, max: Operand | None) -> Self:
        """``x``, at most ``max``, in place."""
        return self.clamp_(None, max)

    def where(self, condition: TensorLike, other: Operand) -> Tensor:
        """``x`` where ``condition`` is true, else ``other``.

        Raises:
            DTypeError: for a condition that is neither of booleans nor of bytes.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).where(tensor([True, False]), 0)
        tensor([1, 0])
        """
        return chosen(condition_of(condition), self, other)


def condition_of(given: Any) -> Any:
    """A condition, after a look at its type: booleans, or bytes as Torch7 has them.

    Raises:
        DTypeError: for another type.
    """
    if isinstance(given, TensorBase):
        if given.dtype is bool_:
            return given
        kind: Any = given.dtype
    else:
        kind = np.asarray(given).dtype
    if getattr(kind, "numpy", kind) not in ("bool", "uint8"):
        name = kind.name if isinstance(given, TensorBase) else repr(given)
        raise DTypeError(f"condition: needs bool (or uint8, as Torch7 has it), got {name}")
    return given


def chosen(condition: Any, x: Any, y: Any) -> Any:
    """``x`` where the condition, already looked at, is true, else ``y``."""
    if condition.__class__ is x.__class__ is y.__class__ and x.dtype is y.dtype and condition.dtype is bool_:
        a, b, c = floats(x), readable(y), readable(condition)
        if a is not None and b is not None and c is not None:
            made = computed(x.dtype, fused.where, c, a, b)
            if made is not None:
                return made
    return _WHERE(condition, x, y)


def _addcmul(x: Any, y: Any, z: Any, value: float) -> Any:
    return fused.addcmul(x, value, y, z)


def _division(rounding_mode: str | None) -> str:
    """The operation that a rounding mode of `div` stands for."""
    found = {None: "div", "trunc": "trunc_divide", "floor": "floor_divide"}.get(rounding_mode)
    if found is None:
        raise RangeError(f"rounding_mode: needs None, 'trunc' or 'floor', got {rounding_mode!r}")
    return found


def _weighted(x: Any, other: Any, alpha: Any) -> Any:
    """``alpha * other``, about to be added to ``x``."""
    kinds = {t.dtype.numpy.kind for t in (x, other) if isinstance(t, TensorBase)}
    if isinstance(alpha, float) and "f" not in kinds:
        raise DTypeError(f"alpha: needs a whole number where the tensors have whole numbers, got {alpha}")
    if not isinstance(other, TensorBase):
        return other * alpha
    if kinds == {"b"}:
        return apply("logical_and", other, bool(alpha))
    return apply("mul", other, alpha)


def _limits_are_tensors(low: Any, high: Any) -> bool:
    if low is None and high is None:
        raise RangeError("min, max: at least one is needed")
    tensors = [isinstance(limit, TensorBase) for limit in (low, high) if limit is not None]
    if any(tensors) and not all(tensors):
        raise DTypeError("min, max: both must be numbers or both tensors, got one of each")
    return tensors[0]


def _limited(x: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """``x`` in the type that it and its limits promote to, and the limits as that type holds them."""
    dtype = x.dtype
    if dtype.is_floating_point:
        return x, low, high
    found = result_type(*[value for value in (x, low, high) if value is not None])
    if not found.is_floating_point and found is not bool_:
        low, high = [None if value is None else fitted(int(value), found) for value in (low, high)]
    return x if found is dtype else apply("to", x, dtype=found), low, high
