"""Signatures for type checkers and editors; made by scripts/make_signatures.py, so do not edit."""

import builtins
from pytorch_from_lua.tensor._types import DTypeLike
from pytorch_from_lua.tensor._types import Operand
from pytorch_from_lua.tensor.reduction import Dims
from pytorch_from_lua.tensor.tensor import Tensor
from pytorch_from_lua.tensor.functions import polygamma as polygamma

def digamma(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the derivative of lgamma(x), element by element."""

def entr(input: Tensor) -> Tensor:
    """``-x log(x)``, element by element; 0 at 0, and minus infinity below."""

def erf(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the error function, 2/√π ∫₀ˣ exp(-t²) dt, element by element."""

def erfc(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """1 - erf(x), element by element."""

def erfcx(input: Tensor) -> Tensor:
    """``exp(x²) erfc(x)``, element by element, without overflow."""

def erfinv(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the number whose error function is x, element by element."""

def exp2(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """2 to the power of x, element by element."""

def expit(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """1 / (1 + exp(-x)), element by element."""

def expm1(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """exp(x) - 1, element by element."""

def gammaln(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the logarithm of the gamma function's magnitude, element by element."""

def i0(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the modified Bessel function of the first kind of order 0, element by element."""

def i1(input: Tensor) -> Tensor:
    """The modified Bessel function of the first kind of order 1, element by element."""

def log1p(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """log(1 + x), element by element."""

def log_ndtr(input: Tensor) -> Tensor:
    """The logarithm of `ndtr`, element by element, also where that is too small for a number."""

def log_softmax(
    input: Operand, dim: builtins.int, *, dtype: DTypeLike | None = None, out: Tensor | None = None
) -> Tensor:
    """The logarithm of `softmax`, computed as ``x - logsumexp(x)``."""

def logit(input: Operand, eps: builtins.float | None = None, *, out: Tensor | None = None) -> Tensor:
    """``log(x / (1 - x))``, element by element, with x cut off at ``eps`` and ``1 - eps`` where that is given."""

def logsumexp(input: Operand, dim: Dims, keepdim: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """``log(sum(exp(x)))`` without overflow."""

def multigammaln(input: Operand, p: builtins.int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the multivariate gamma function: ``log(π) p (p - 1) / 4 + Σ lgamma(x + (1 - j) / 2)``."""

def ndtr(input: Tensor) -> Tensor:
    """The standard normal distribution function, ``erfc(-x / √2) / 2``, element by element."""

def ndtri(input: Tensor) -> Tensor:
    """The number whose `ndtr` is x, element by element."""

def psi(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the derivative of lgamma(x), element by element."""

def round(input: Operand, *, decimals: builtins.int = 0, out: Tensor | None = None) -> Tensor:
    """x rounded to the nearest whole number, halves to the even one; with ``decimals``, to so many places."""

def sinc(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """sin(πx) / (πx), and 1 at 0, element by element."""

def softmax(input: Operand, dim: builtins.int, *, dtype: DTypeLike | None = None, out: Tensor | None = None) -> Tensor:
    """``exp(x) / sum(exp(x))`` along ``dim``, without overflow."""

def xlog1py(input: Tensor, other: Operand) -> Tensor:
    """``x log(1 + y)``, element by element; 0 where x is 0."""

def xlogy(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x * log(y), and 0 where x is 0, element by element."""
