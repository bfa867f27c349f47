"""Special functions and what is made of several simple ones, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pytorch_from_lua.autograd.engine import apply, apply_
from pytorch_from_lua.errors import DTypeError, RangeError
from pytorch_from_lua.tensor._methods import MantissaExponent, binary, unary
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import bool_, float64, get_default_dtype, int64

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytorch_from_lua.tensor._types import Operand
    from pytorch_from_lua.tensor.tensor import Tensor


class Special(TensorBase):
    """Methods that compute each element of the result from the elements at its place; whole numbers become floats."""

    __slots__ = ()

    digamma, digamma_ = unary("digamma", "the derivative of lgamma(x)", "[1.0, 2.0] -> [-0.5772, 0.4228]")
    erf, erf_ = unary("erf", "the error function, 2/√π ∫₀ˣ exp(-t²) dt", "[0.0, 1.0] -> [0.0000, 0.8427]")
    erfc, erfc_ = unary("erfc", "1 - erf(x)", "[0.0, 1.0] -> [1.0000, 0.1573]")
    erfinv, erfinv_ = unary("erfinv", "the number whose error function is x", "[0.0, 0.5] -> [0.0000, 0.4769]")
    i0, i0_ = unary("i0", "the modified Bessel function of the first kind of order 0", "[0.0, 1.0] -> [1.0000, 1.2661]")
    lgamma, lgamma_ = unary(
        "lgamma", "the logarithm of the gamma function's magnitude", "[3.0, 4.0] -> [0.6931, 1.7918]"
    )
    sinc, sinc_ = unary("sinc", "sin(πx) / (πx), and 1 at 0", "[0.0, 0.5] -> [1.0000, 0.6366]")
    logaddexp, _ = binary(
        "logaddexp",
        "log(exp(x) + exp(y))",
        "[0.0, 1000.0], tensor([0.0, 1000.0]) -> [6.9315e-01, 1.0007e+03]",
        refused="whole numbers and booleans",
    )
    logaddexp2, _ = binary(
        "logaddexp2",
        "log2(2**x + 2**y)",
        "[0.0, 1.0], tensor([0.0, 1.0]) -> [1., 2.]",
        refused="whole numbers and booleans",
    )
    xlogy, xlogy_ = binary(
        "xlogy", "x * log(y), and 0 where x is 0", "[0.0, 2.0], tensor([0.0, 3.0]) -> [0.0000, 2.1972]"
    )
    del _

    def polygamma(self, n: int) -> Tensor:
        """The derivative of order ``n`` of `digamma`, element by element.

        Raises:
            RangeError: for a negative order.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, 2.0]).polygamma(1)
        tensor([1.6449, 0.6449])
        """
        if n < 0:
            raise RangeError(f"n: needs an order of at least 0, got {n}")
        return apply("polygamma", self, n=n)

    def polygamma_(self, n: int) -> Self:
        """`polygamma`, in place."""
        if n < 0:
            raise RangeError(f"n: needs an order of at least 0, got {n}")
        return apply_("polygamma", self, n=n)

    def mvlgamma(self, p: int) -> Tensor:
        """The logarithm of the multivariate gamma function: ``log(π) p (p - 1) / 4 + Σ lgamma(x + (1 - j) / 2)``.

        Args:
            p: the number of dimensions; j runs from 1 to it.

        Raises:
            RangeError: for p under 1.

        >>> from pytorch_from_lua import tensor
        >>> tensor([2.0, 3.0]).mvlgamma(2)
        tensor([0.4516, 1.5502])
        """
        if p < 1:
            raise RangeError(f"p: needs at least 1 dimension, got {p}")
        if self.dtype is bool_:
            raise DTypeError("mvlgamma: has no meaning for booleans")
        total: Any = p * (p - 1) / 4 * math.log(math.pi)
        for j in range(1, p + 1):
            total = apply("add", apply("lgamma", apply("add", self, (1 - j) / 2)), total)
        return total

    def logit(self, eps: float | None = None) -> Tensor:
        """``log(x / (1 - x))``, element by element, with x cut off at ``eps`` and ``1 - eps`` where that is given.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0.5, 0.75]).logit()
        tensor([0.0000, 1.0986])
        """
        return apply("logit", self, eps=eps)

    def logit_(self, eps: float | None = None) -> Self:
        """`logit`, in place."""
        return apply_("logit", self, eps=eps)

    def deg2rad(self) -> Tensor:
        """``x π / 180``, element by element.

        >>> from pytorch_from_lua import tensor
        >>> tensor([180.0, 90.0]).deg2rad()
        tensor([3.1416, 1.5708])
        """
        return apply("mul", self, math.pi / 180)

    def deg2rad_(self) -> Self:
        """`deg2rad`, in place."""
        return apply_("mul", self, math.pi / 180)

    def rad2deg(self) -> Tensor:
        """``x 180 / π``, element by element.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0.0, 3.14159265]).rad2deg()
        tensor([  0., 180.])
        """
        return apply("mul", self, 180 / math.pi)

    def rad2deg_(self) -> Self:
        """`rad2deg`, in place."""
        return apply_("mul", self, 180 / math.pi)

    def float_power(self, exponent: Operand) -> Tensor:
        """x to the power of ``exponent``, element by element, computed and given in float64.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).float_power(2)
        tensor([1., 4.], dtype=float64)
        """
        return apply("pow", apply("to", self, dtype=float64), _double(exponent))

    def float_power_(self, exponent: Operand) -> Self:
        """`float_power`, in place.

        Raises:
            DTypeError: for a tensor that is not of float64.
        """
        if self.dtype is not float64:
            raise DTypeError(f"float_power_: a result of float64 cannot be stored as {self.dtype.name}")
        return apply_("pow", self, _double(exponent))

    def ldexp(self, other: Operand) -> Tensor:
        """``x * 2 ** y``, element by element.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, 3.0]).ldexp(tensor([2, 1]))
        tensor([4., 6.])
        """
        return apply("mul", self, _power_of_two(self, other))

    def ldexp_(self, other: Operand) -> Self:
        """`ldexp`, in place."""
        return apply_("mul", self, _power_of_two(self, other))

    def angle(self) -> Tensor:
        """The angle of x in the complex plane: 0, for negative numbers π; NaN stays.

        >>> from pytorch_from_lua import tensor
        >>> tensor([2.0, -2.0]).angle()
        tensor([0.0000, 3.1416])
        """
        x = self if self.dtype.is_floating_point else apply("to", self, dtype=get_default_dtype())
        return apply("where", apply("isnan", x), x, apply("where", apply("lt", x, 0), math.pi, apply("mul", x, 0)))

    @property
    def real(self) -> Tensor:
        """The tensor itself: all numbers here are real.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).real
        tensor([1, 2])
        """
        return self  # type: ignore[return-value]

    def conj(self) -> Tensor:
        """The tensor itself: all numbers here are real.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).conj()
        tensor([1, 2])
        """
        return self  # type: ignore[return-value]

    def is_conj(self) -> bool:
        """False: all numbers here are real.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).is_conj()
        False
        """
        return False

    def frexp(self) -> MantissaExponent:
        """(mantissa, exponent) with ``x = mantissa * 2 ** exponent`` and a mantissa of 0.5 to 1, element by element.

        Raises:
            DTypeError: for a type that is not floating-point.

        >>> from pytorch_from_lua import tensor
        >>> mantissa, exponent = tensor([8.0, 3.0]).frexp()
        >>> mantissa, exponent
        (tensor([0.5000, 0.7500]), tensor([4, 2], dtype=int32))
        """
        return MantissaExponent(*apply("frexp", self))

    def nan_to_num(self, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Tensor:
        """x with NaN replaced by ``nan`` (0 where None), infinities by the largest finite numbers or those given.

        >>> from pytorch_from_lua import tensor
        >>> tensor([float("nan"), float("inf"), 1.0]).nan_to_num(posinf=9.0)
        tensor([0., 9., 1.])
        """
        return apply("nan_to_num", self, nan=nan, posinf=posinf, neginf=neginf)

    def nan_to_num_(self, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Self:
        """`nan_to_num`, in place."""
        return apply_("nan_to_num", self, nan=nan, posinf=posinf, neginf=neginf)

    def isclose(self, other: Operand, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
        """Whether ``|x - y| <= atol + rtol |y|``, element by element.

        Args:
            other: y, a tensor of the same type.
            rtol: how far they may differ in relation to y.
            atol: how far they may differ in any case.
            equal_nan: whether NaN is close to NaN.

        Raises:
            DTypeError: where the types differ.
            RangeError: for a negative tolerance.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0, 2.0]).isclose(tensor([1.000001, 2.1]))
        tensor([ True, False])
        """
        if not isinstance(other, TensorBase) or other.dtype is not self.dtype:
            given = other.dtype.name if isinstance(other, TensorBase) else type(other).__name__
            raise DTypeError(f"other: needs a tensor of {self.dtype.name}, got {given}")
        if rtol < 0 or atol < 0:
            raise RangeError(f"rtol, atol: must not be negative, got {rtol} and {atol}")
        close = apply("eq", self, other)
        if equal_nan and self.dtype.is_floating_point:
            close = apply("logical_or", close, apply("logical_and", apply("isnan", self), apply("isnan", other)))
        x, y = (self, other) if self.dtype.is_floating_point else (apply("to", t, dtype=int64) for t in (self, other))
        limit = apply("add", apply("abs", apply("mul", y, float(rtol))), atol)
        distance = apply("abs", apply("sub", x, y))
        near = apply("logical_and", apply("isfinite", distance), apply("le", distance, limit))
        return apply("logical_or", close, near)

    def allclose(self, other: Operand, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
        """Whether all elements are close, as `isclose` has it.

        Raises:
            DTypeError: where the types differ.
            RangeError: for a negative tolerance.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0]).allclose(tensor([1.0 + 1e-7]))
        True
        """
        return bool(self.isclose(other, rtol, atol, equal_nan).array.all())

    def equal(self, other: Operand) -> bool:
        """Whether two tensors have the same shape and the same elements.

        Raises:
            DTypeError: for anything else than a tensor.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).equal(tensor([1, 2]))
        True
        """
        if not isinstance(other, TensorBase):
            raise DTypeError(f"other: needs a tensor, got {type(other).__name__}")
        return bool(self._shape == other._shape and (self.array == other.array).all())


def _power_of_two(x: Any, exponent: Any) -> Any:
    if not isinstance(exponent, TensorBase):
        return 2.0**exponent
    whole = x.dtype.is_floating_point and not exponent.dtype.is_floating_point
    return apply("pow", 2.0, apply("to", exponent, dtype=x.dtype) if whole else exponent)


def _double(exponent: Any) -> Any:
    return apply("to", exponent, dtype=float64) if isinstance(exponent, TensorBase) else float(exponent)
