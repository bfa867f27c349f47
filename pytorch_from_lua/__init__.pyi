"""Signatures for type checkers and editors; made by scripts/make_signatures.py, so do not edit."""

import builtins
from collections.abc import Sequence
from pytorch_from_lua.tensor._methods import Histogram
from pytorch_from_lua.tensor._methods import MantissaExponent
from pytorch_from_lua.tensor._methods import MinMax
from pytorch_from_lua.tensor._methods import ValuesIndices
from pytorch_from_lua.tensor._types import DTypeLike
from pytorch_from_lua.tensor._types import Number
from pytorch_from_lua.tensor._types import Operand
from pytorch_from_lua.tensor._types import Sizes
from pytorch_from_lua.tensor._types import TensorLike
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.factorizations import QR
from pytorch_from_lua.tensor.factorizations import SVDV
from pytorch_from_lua.tensor.matrices import SignLogAbsDet
from pytorch_from_lua.tensor.matrices import TriangularSolution
from pytorch_from_lua.tensor.reduction import Dims
from pytorch_from_lua.tensor.reflections import PackedQR
from typing import Any
from typing import Literal
from typing import overload
from pytorch_from_lua.tensor.dtype import DType as DType
from pytorch_from_lua.tensor.generator import Generator as Generator
from pytorch_from_lua.tensor.storage import Storage as Storage
from pytorch_from_lua.tensor.tensor import Tensor as Tensor
from pytorch_from_lua.tensor.creation import as_tensor as as_tensor
from pytorch_from_lua.tensor.creation import asarray as asarray
from pytorch_from_lua.tensor.joining import atleast_1d as atleast_1d
from pytorch_from_lua.tensor.joining import atleast_2d as atleast_2d
from pytorch_from_lua.tensor.joining import atleast_3d as atleast_3d
from pytorch_from_lua import autograd as autograd
from pytorch_from_lua.tensor.windows import bartlett_window as bartlett_window
from pytorch_from_lua.tensor.windows import blackman_window as blackman_window
from pytorch_from_lua.tensor.joining import block_diag as block_diag
from pytorch_from_lua.tensor.joining import broadcast_shapes as broadcast_shapes
from pytorch_from_lua.tensor.joining import broadcast_tensors as broadcast_tensors
from pytorch_from_lua.tensor.joining import broadcast_to as broadcast_to
from pytorch_from_lua.tensor.ordering import bucketize as bucketize
from pytorch_from_lua.autograd.promotion import can_cast as can_cast
from pytorch_from_lua.tensor.joining import cartesian_prod as cartesian_prod
from pytorch_from_lua.tensor.norms import cdist as cdist
from pytorch_from_lua.tensor.products import chain_matmul as chain_matmul
from pytorch_from_lua.tensor.joining import combinations as combinations
from pytorch_from_lua.tensor.distances import cosine_similarity as cosine_similarity
from pytorch_from_lua import cuda as cuda
from pytorch_from_lua.tensor.calculus import cumulative_trapezoid as cumulative_trapezoid
from pytorch_from_lua import data as data
from pytorch_from_lua.tensor.backend import Device as _device

device = _device
from pytorch_from_lua.tensor.dtype import DType as _dtype

dtype = _dtype
from pytorch_from_lua.tensor.einsum import einsum as einsum
from pytorch_from_lua.tensor.creation import empty_like as empty_like
from pytorch_from_lua.tensor.creation import empty_strided as empty_strided
from pytorch_from_lua.autograd.mode import enable_grad as enable_grad
from pytorch_from_lua import errors as errors
from pytorch_from_lua.tensor.dtype import finfo as finfo
from pytorch_from_lua.tensor.creation import from_dlpack as from_dlpack
from pytorch_from_lua.tensor.creation import from_numpy as from_numpy
from pytorch_from_lua.tensor.creation import frombuffer as frombuffer
from pytorch_from_lua.tensor.creation import full_like as full_like
from pytorch_from_lua.tensor.dtype import get_default_dtype as get_default_dtype
from pytorch_from_lua.threads import get_num_threads as get_num_threads
from pytorch_from_lua.tensor.sampling import get_rng_state as get_rng_state
from pytorch_from_lua.tensor.calculus import gradient as gradient
from pytorch_from_lua.tensor.windows import hamming_window as hamming_window
from pytorch_from_lua.tensor.windows import hann_window as hann_window
from pytorch_from_lua.tensor.dtype import iinfo as iinfo
from pytorch_from_lua.autograd.mode import inference_mode as inference_mode
from pytorch_from_lua.tensor.sampling import initial_seed as initial_seed
from pytorch_from_lua.autograd.mode import is_grad_enabled as is_grad_enabled
from pytorch_from_lua.tensor.functions import is_storage as is_storage
from pytorch_from_lua.tensor.functions import is_tensor as is_tensor
from pytorch_from_lua.tensor.ordering import isin as isin
from pytorch_from_lua.tensor.windows import kaiser_window as kaiser_window
from pytorch_from_lua import kernels as kernels
from pytorch_from_lua import linalg as linalg
from pytorch_from_lua.serialization import load as load
from pytorch_from_lua.tensor.factorizations import lu_unpack as lu_unpack
from pytorch_from_lua.tensor.sampling import manual_seed as manual_seed
from pytorch_from_lua.tensor.joining import meshgrid as meshgrid
from pytorch_from_lua import nn as nn
from pytorch_from_lua.autograd.mode import no_grad as no_grad
from pytorch_from_lua.tensor.sampling import normal as normal
from pytorch_from_lua.tensor.creation import ones_like as ones_like
from pytorch_from_lua import optim as optim
from pytorch_from_lua.tensor.distances import pairwise_distance as pairwise_distance
from pytorch_from_lua.tensor.distances import pdist as pdist
from pytorch_from_lua.tensor.sampling import poisson as poisson
from pytorch_from_lua.tensor.functions import polygamma as polygamma
from pytorch_from_lua.autograd.promotion import promote_types as promote_types
from pytorch_from_lua.tensor.sampling import rand_like as rand_like
from pytorch_from_lua.tensor.sampling import randint_like as randint_like
from pytorch_from_lua.tensor.sampling import randn_like as randn_like
from pytorch_from_lua.tensor.functions import real as real
from pytorch_from_lua.autograd.promotion import result_type as result_type
from pytorch_from_lua import safetensors as safetensors
from pytorch_from_lua.serialization import save as save
from pytorch_from_lua.tensor.creation import scalar_tensor as scalar_tensor
from pytorch_from_lua.tensor.ordering import searchsorted as searchsorted
from pytorch_from_lua.tensor.sampling import seed as seed
from pytorch_from_lua import serialization as serialization
from pytorch_from_lua.tensor.dtype import set_default_dtype as set_default_dtype
from pytorch_from_lua.tensor.legacy import set_default_tensor_type as set_default_tensor_type
from pytorch_from_lua.autograd.mode import set_grad_enabled as set_grad_enabled
from pytorch_from_lua.threads import set_num_threads as set_num_threads
from pytorch_from_lua.tensor.printing import set_printoptions as set_printoptions
from pytorch_from_lua.tensor.sampling import set_rng_state as set_rng_state
from pytorch_from_lua import special as special
from pytorch_from_lua.tensor.joining import split as split
from pytorch_from_lua.tensor.statistics import std_mean as std_mean
from pytorch_from_lua.tensor.creation import tensor as tensor
from pytorch_from_lua.tensor.einsum import tensordot as tensordot
from pytorch_from_lua.tensor.calculus import trapezoid as trapezoid
from pytorch_from_lua.tensor.calculus import trapezoid as _trapz

trapz = _trapz
from pytorch_from_lua.tensor.joining import tril_indices as tril_indices
from pytorch_from_lua.tensor.joining import triu_indices as triu_indices
from pytorch_from_lua.tensor.joining import unravel_index as unravel_index
from pytorch_from_lua.tensor.joining import vander as vander
from pytorch_from_lua.tensor.statistics import var_mean as var_mean
from pytorch_from_lua.tensor.functions import where as where
from pytorch_from_lua.tensor.creation import zeros_like as zeros_like

BoolTensor = Tensor
ByteTensor = Tensor
CharTensor = Tensor
DoubleTensor = Tensor
FloatTensor = Tensor
HalfTensor = Tensor
IntTensor = Tensor
LongTensor = Tensor
ShortTensor = Tensor
Size = tuple[builtins.int, ...]

def abs(input: Operand, *, out: Tensor | None = None) -> Tensor:
    r"""\|x|, element by element."""

def abs_(input: Tensor, /) -> Tensor:
    r"""\|x|, element by element, in place."""

def absolute(input: Operand, *, out: Tensor | None = None) -> Tensor:
    r"""\|x|, element by element."""

def acos(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the angle whose cosine is x, element by element."""

def acos_(input: Tensor, /) -> Tensor:
    """the angle whose cosine is x, element by element, in place."""

def acosh(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the number whose hyperbolic cosine is x, element by element."""

def acosh_(input: Tensor, /) -> Tensor:
    """the number whose hyperbolic cosine is x, element by element, in place."""

def add(input: Operand, other: Operand, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """``x + alpha * y``, element by element."""

def addbmm(
    input: Operand, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
) -> Tensor:
    """``beta * x + alpha * sum(bmm(batch1, batch2))``."""

def addcdiv(
    input: Operand, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1, out: Tensor | None = None
) -> Tensor:
    """``x + value * tensor1 / tensor2``."""

def addcmul(
    input: Operand, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1, out: Tensor | None = None
) -> Tensor:
    """``x + value * tensor1 * tensor2``."""

def addmm(
    input: Operand, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
) -> Tensor:
    """``beta * x + alpha * mat1 @ mat2``."""

def addmv(
    input: Operand, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
) -> Tensor:
    """``beta * x + alpha * mat @ vec``."""

def addr(
    input: Operand, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
) -> Tensor:
    """``beta * x + alpha * outer(vec1, vec2)``."""

def adjoint(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The last two dimensions swapped; numbers here are real, so nothing is conjugated."""

def all(input: Operand, dim: Dims = None, keepdim: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """Whether no element is 0."""

def allclose(
    input: Operand,
    other: Operand,
    rtol: builtins.float = 1e-05,
    atol: builtins.float = 1e-08,
    equal_nan: builtins.bool = False,
) -> builtins.bool:
    """Whether all elements are close, as `isclose` has it."""

def amax(input: Operand, dim: Dims = None, keepdim: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """The largest element; where there are several, they share its gradient."""

def amin(input: Operand, dim: Dims = None, keepdim: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """The smallest element; where there are several, they share its gradient."""

def aminmax(
    input: Operand,
    *,
    dim: builtins.int | None = None,
    keepdim: builtins.bool = False,
    out: tuple[Tensor, ...] | None = None,
) -> MinMax:
    """The pair (min, max) of the smallest and the largest element."""

def angle(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The angle of x in the complex plane: 0, for negative numbers π; NaN stays."""

def any(input: Operand, dim: Dims = None, keepdim: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is not 0."""

def arange(
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The numbers from ``start`` (0 where only one is given) up to, not including, ``end``, ``step`` apart."""

def arccos(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the angle whose cosine is x, element by element."""

def arccos_(input: Tensor, /) -> Tensor:
    """the angle whose cosine is x, element by element, in place."""

def arccosh(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the number whose hyperbolic cosine is x, element by element."""

def arccosh_(input: Tensor, /) -> Tensor:
    """the number whose hyperbolic cosine is x, element by element, in place."""

def arcsin(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the angle whose sine is x, element by element."""

def arcsin_(input: Tensor, /) -> Tensor:
    """the angle whose sine is x, element by element, in place."""

def arcsinh(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the number whose hyperbolic sine is x, element by element."""

def arcsinh_(input: Tensor, /) -> Tensor:
    """the number whose hyperbolic sine is x, element by element, in place."""

def arctan(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the angle whose tangent is x, element by element."""

def arctan2(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """the angle of the point (y, x), element by element."""

def arctan_(input: Tensor, /) -> Tensor:
    """the angle whose tangent is x, element by element, in place."""

def arctanh(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the number whose hyperbolic tangent is x, element by element."""

def arctanh_(input: Tensor, /) -> Tensor:
    """the number whose hyperbolic tangent is x, element by element, in place."""

def argmax(
    input: Operand, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The place of the largest element; among all elements in row-major order where ``dim`` is None."""

def argmin(
    input: Operand, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The place of the smallest element; among all elements in row-major order where ``dim`` is None."""

def argsort(
    input: Operand,
    dim: builtins.int = -1,
    descending: builtins.bool = False,
    stable: builtins.bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The places of the elements in their order."""

def argwhere(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The indices of the elements that are not 0: (elements, dimensions)."""

def as_strided(
    input: Operand,
    size: Sequence[builtins.int],
    stride: Sequence[builtins.int],
    storage_offset: builtins.int | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Any view of the storage."""

def as_strided_scatter(
    input: Operand,
    src: TensorLike,
    size: Sequence[builtins.int],
    stride: Sequence[builtins.int],
    storage_offset: builtins.int | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy, row-major, with ``src`` in the elements that `as_strided` of the copy shows."""

def asin(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the angle whose sine is x, element by element."""

def asin_(input: Tensor, /) -> Tensor:
    """the angle whose sine is x, element by element, in place."""

def asinh(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the number whose hyperbolic sine is x, element by element."""

def asinh_(input: Tensor, /) -> Tensor:
    """the number whose hyperbolic sine is x, element by element, in place."""

def atan(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the angle whose tangent is x, element by element."""

def atan2(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """the angle of the point (y, x), element by element."""

def atan_(input: Tensor, /) -> Tensor:
    """the angle whose tangent is x, element by element, in place."""

def atanh(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the number whose hyperbolic tangent is x, element by element."""

def atanh_(input: Tensor, /) -> Tensor:
    """the number whose hyperbolic tangent is x, element by element, in place."""

def baddbmm(
    input: Operand, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
) -> Tensor:
    """``beta * x + alpha * bmm(batch1, batch2)``."""

def bernoulli(
    input: Operand, p: Operand | None = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """1 with the probability that this tensor has at each place (or ``p`` everywhere), else 0."""

def bincount(
    input: Operand, weights: Tensor | None = None, minlength: builtins.int = 0, *, out: Tensor | None = None
) -> Tensor:
    """How often each whole number from 0 on is there, (n,) giving (max + 1,)."""

def bitwise_and(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x & y, element by element."""

def bitwise_left_shift(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x << y, element by element."""

def bitwise_not(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """every bit flipped, element by element."""

def bitwise_or(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x | y, element by element."""

def bitwise_right_shift(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x >> y, element by element."""

def bitwise_xor(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x ^ y, element by element."""

def bmm(input: Operand, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of two stacks of matrices: (b, n, k) by (b, k, m) gives (b, n, m)."""

bool: DType

def cat(tensors: Sequence[Tensor], dim: builtins.int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one after another along a dimension that they have."""

def ceil(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """x rounded up, element by element."""

def ceil_(input: Tensor, /) -> Tensor:
    """x rounded up, element by element, in place."""

def cholesky(input: Operand, upper: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """The triangle L with ``A = L L^T``; see `torch.linalg.cholesky`."""

def cholesky_inverse(input: Operand, upper: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """The inverse of A for the factor of ``A = L L^T`` (or ``A = L^T L`` where ``upper`` is true)."""

def cholesky_solve(input: Operand, L: Tensor, upper: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """X with ``A X = B`` for the factor of ``A = L L^T`` (or ``A = L^T L`` where ``upper`` is true)."""

def chunk(
    input: Operand, chunks: builtins.int, dim: builtins.int = 0, *, out: tuple[Tensor, ...] | None = None
) -> tuple[Tensor, ...]:
    """At most ``chunks`` views of equal size; the last one may be smaller."""

def clamp(
    input: Operand, min: Operand | None = None, max: Operand | None = None, *, out: Tensor | None = None
) -> Tensor:
    """``x``, at least ``min`` and at most ``max``: ``min(max(x, min), max)``. Where they cross, ``max`` counts."""

def clamp_(input: Tensor, /, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """`clamp`, in place."""

def clamp_max(input: Operand, max: Operand | None, *, out: Tensor | None = None) -> Tensor:
    """``x``, at most ``max``."""

def clamp_max_(input: Tensor, /, max: Operand | None) -> Tensor:
    """``x``, at most ``max``, in place."""

def clamp_min(input: Operand, min: Operand | None, *, out: Tensor | None = None) -> Tensor:
    """``x``, at least ``min``."""

def clamp_min_(input: Tensor, /, min: Operand | None) -> Tensor:
    """``x``, at least ``min``, in place."""

def clip(
    input: Operand, min: Operand | None = None, max: Operand | None = None, *, out: Tensor | None = None
) -> Tensor:
    """``x``, at least ``min`` and at most ``max``: ``min(max(x, min), max)``. Where they cross, ``max`` counts."""

def clip_(input: Tensor, /, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """`clamp`, in place."""

def clone(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """A copy with memory of its own; gradients flow back to this tensor."""

def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors side by side, vectors and numbers as columns."""

def concat(tensors: Sequence[Tensor], dim: builtins.int = 0, *, out: Tensor | None = None) -> Tensor:
    """`cat` under another name."""

def concatenate(
    tensors: Sequence[Tensor], axis: builtins.int = 0, *, dim: builtins.int | None = None, out: Tensor | None = None
) -> Tensor:
    """`cat` under numpy's name, with its name for the dimension."""

def conj(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The tensor itself: all numbers here are real."""

def copysign(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x with the sign of y, element by element."""

def corrcoef(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The correlation coefficients of variables, a row each: the covariances over the standard deviations."""

def cos(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the cosine, element by element."""

def cos_(input: Tensor, /) -> Tensor:
    """the cosine, element by element, in place."""

def cosh(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the hyperbolic cosine, element by element."""

def cosh_(input: Tensor, /) -> Tensor:
    """the hyperbolic cosine, element by element, in place."""

def count_nonzero(input: Operand, dim: Dims = None, *, out: Tensor | None = None) -> Tensor:
    """How many elements are not 0."""

def cov(
    input: Operand,
    *,
    correction: builtins.int = 1,
    fweights: Tensor | None = None,
    aweights: Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The covariance matrix of variables, a row each: ``(x - mean) (x - mean)ᵀ / (n - correction)``."""

def cross(input: Operand, other: Tensor, dim: builtins.int | None = None, *, out: Tensor | None = None) -> Tensor:
    """The cross product of vectors of 3 elements along one dimension; the others broadcast."""

def cummax(input: Operand, dim: builtins.int, *, out: tuple[Tensor, ...] | None = None) -> ValuesIndices:
    """The largest of the elements up to each one, and the last place it was at: the pair (values, indices)."""

def cummin(input: Operand, dim: builtins.int, *, out: tuple[Tensor, ...] | None = None) -> ValuesIndices:
    """The smallest of the elements up to each one, and the last place it was at: the pair (values, indices)."""

def cumprod(input: Operand, dim: builtins.int, *, dtype: DTypeLike | None = None, out: Tensor | None = None) -> Tensor:
    """The product of the elements up to each one; of booleans and integers in int64."""

def cumsum(input: Operand, dim: builtins.int, *, dtype: DTypeLike | None = None, out: Tensor | None = None) -> Tensor:
    """The sum of the elements up to each one; of booleans and integers in int64."""

default_generator: Generator

def deg2rad(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """``x π / 180``, element by element."""

def deg2rad_(input: Tensor, /) -> Tensor:
    """`deg2rad`, in place."""

def det(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The determinant. (..., n, n) gives (...)."""

def detach(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The same memory without history."""

def detach_(input: Tensor, /) -> Tensor:
    """Forgets its history, in place."""

def diag(input: Operand, diagonal: builtins.int = 0, *, out: Tensor | None = None) -> Tensor:
    """A copy of a matrix's diagonal, or the matrix with a vector on its diagonal and zeros elsewhere."""

def diag_embed(
    input: Operand,
    offset: builtins.int = 0,
    dim1: builtins.int = -2,
    dim2: builtins.int = -1,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Zeros with the last dimension on a diagonal of two new ones."""

def diagflat(input: Operand, offset: builtins.int = 0, *, out: Tensor | None = None) -> Tensor:
    """A matrix of zeros with all elements, in row-major order, on a diagonal."""

def diagonal(
    input: Operand,
    offset: builtins.int = 0,
    dim1: builtins.int = 0,
    dim2: builtins.int = 1,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The elements whose indices along two dimensions differ by ``offset``, along a new last dimension."""

def diagonal_scatter(
    input: Operand,
    src: TensorLike,
    offset: builtins.int = 0,
    dim1: builtins.int = 0,
    dim2: builtins.int = 1,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with ``src`` on a diagonal."""

def diff(
    input: Operand,
    n: builtins.int = 1,
    dim: builtins.int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """``x[i + 1] - x[i]`` along ``dim``, ``n`` times over; of booleans whether they differ."""

def digamma(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the derivative of lgamma(x), element by element."""

def dist(input: Operand, other: Operand, p: builtins.float = 2, *, out: Tensor | None = None) -> Tensor:
    """The `norm` of the difference: ``(x - y).norm(p)``."""

def div(input: Operand, other: Operand, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """``x / y``, element by element; of whole numbers in the default floating-point type."""

def divide(input: Operand, other: Operand, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """``x / y``, element by element; of whole numbers in the default floating-point type."""

def dot(input: Operand, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of the products of the elements of two vectors."""

double: DType

def dsplit(
    input: Operand, indices_or_sections: builtins.int | Sequence[builtins.int], *, out: tuple[Tensor, ...] | None = None
) -> tuple[Tensor, ...]:
    """The third dimension in equal parts, or cut at these indices."""

def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors one behind the other, along the third dimension."""

e: builtins.float

def empty(
    *shape: Sizes,
    size: Sizes | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """A tensor whose values are not set."""

def eq(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x == y, element by element."""

def equal(input: Operand, other: Operand) -> builtins.bool:
    """Whether two tensors have the same shape and the same elements."""

def erf(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the error function, 2/√π ∫₀ˣ exp(-t²) dt, element by element."""

def erf_(input: Tensor, /) -> Tensor:
    """the error function, 2/√π ∫₀ˣ exp(-t²) dt, element by element, in place."""

def erfc(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """1 - erf(x), element by element."""

def erfc_(input: Tensor, /) -> Tensor:
    """1 - erf(x), element by element, in place."""

def erfinv(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the number whose error function is x, element by element."""

def exp(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """e to the power of x, element by element."""

def exp2(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """2 to the power of x, element by element."""

def exp2_(input: Tensor, /) -> Tensor:
    """2 to the power of x, element by element, in place."""

def exp_(input: Tensor, /) -> Tensor:
    """e to the power of x, element by element, in place."""

def expm1(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """exp(x) - 1, element by element."""

def expm1_(input: Tensor, /) -> Tensor:
    """exp(x) - 1, element by element, in place."""

def eye(
    n: builtins.int,
    m: builtins.int | None = None,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """A matrix with ones on its diagonal and zeros elsewhere."""

def fill(input: Operand, value: Operand, *, out: Tensor | None = None) -> Tensor:
    """A tensor like this in which every element is ``value``, a number or a tensor of one element."""

def fill_(input: Tensor, /, value: Operand) -> Tensor:
    """Every element becomes ``value``, a number or a tensor of one element."""

def fix(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """x rounded towards 0, element by element."""

def fix_(input: Tensor, /) -> Tensor:
    """x rounded towards 0, element by element, in place."""

def flatten(
    input: Operand, start_dim: builtins.int = 0, end_dim: builtins.int = -1, *, out: Tensor | None = None
) -> Tensor:
    """The dimensions from ``start_dim`` to ``end_dim`` as one."""

def flip(input: Operand, *dims: Sizes, out: Tensor | None = None, **options: Any) -> Tensor:
    """A copy with the order of indices reversed in these dimensions."""

def fliplr(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """A copy with the order of the second dimension reversed."""

def flipud(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """A copy with the order of the first dimension reversed."""

float: DType
float16: DType
float32: DType
float64: DType

def float_power(input: Operand, exponent: Operand, *, out: Tensor | None = None) -> Tensor:
    """x to the power of ``exponent``, element by element, computed and given in float64."""

def floor(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """x rounded down, element by element."""

def floor_(input: Tensor, /) -> Tensor:
    """x rounded down, element by element, in place."""

def floor_divide(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x / y rounded down, element by element."""

def fmax(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """the larger of x and y; where one is NaN, the other, element by element."""

def fmin(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """the smaller of x and y; where one is NaN, the other, element by element."""

def fmod(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """what is left of x / y, with the sign of x, element by element."""

def frac(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """x - trunc(x), element by element."""

def frac_(input: Tensor, /) -> Tensor:
    """x - trunc(x), element by element, in place."""

def frexp(input: Operand, *, out: tuple[Tensor, ...] | None = None) -> MantissaExponent:
    """(mantissa, exponent) with ``x = mantissa * 2 ** exponent`` and a mantissa of 0.5 to 1, element by element."""

def full(
    size: Sizes,
    fill_value: Operand,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """A tensor in which every element is ``fill_value``, whose type decides where none is given."""

def gather(input: Operand, dim: builtins.int, index: TensorLike, *, out: Tensor | None = None) -> Tensor:
    """``result[i][j] = x[index[i][j]][j]`` for ``dim = 0``, and so for the others."""

def gcd(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """the greatest common divisor, element by element."""

def gcd_(input: Tensor, /, other: Operand) -> Tensor:
    """the greatest common divisor, element by element, in place."""

def ge(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x >= y, element by element."""

def geqrf(input: Operand, *, out: tuple[Tensor, ...] | None = None) -> PackedQR:
    """``Q R = A`` as LAPACK leaves it: for `ormqr` and `torch.linalg.householder_product`."""

def ger(input: Operand, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Every product of an element of one vector and one of the other: (n,) and (m,) give (n, m)."""

def greater(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x > y, element by element."""

def greater_equal(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x >= y, element by element."""

def gt(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x > y, element by element."""

half: DType

def heaviside(input: Operand, values: Operand, *, out: Tensor | None = None) -> Tensor:
    """0 below 0, ``values`` at 0, 1 above, element by element."""

def histc(
    input: Operand,
    bins: builtins.int = 100,
    min: builtins.float = 0,
    max: builtins.float = 0,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """How many elements lie in each of ``bins`` intervals of one width between ``min`` and ``max``."""

def histogram(
    input: Operand,
    bins: builtins.int | TensorLike,
    *,
    range: Sequence[builtins.float] | None = None,
    weight: Tensor | None = None,
    density: builtins.bool = False,
    out: tuple[Tensor, ...] | None = None,
) -> Histogram:
    """The pair (hist, bin_edges): how many elements lie in each bin."""

def hsplit(
    input: Operand, indices_or_sections: builtins.int | Sequence[builtins.int], *, out: tuple[Tensor, ...] | None = None
) -> tuple[Tensor, ...]:
    """The second dimension (of a vector its only one) in equal parts, or cut at these indices."""

def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors side by side: along the second dimension, vectors and numbers along the first."""

def hypot(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """sqrt(x² + y²), element by element."""

def i0(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the modified Bessel function of the first kind of order 0, element by element."""

def i0_(input: Tensor, /) -> Tensor:
    """the modified Bessel function of the first kind of order 0, element by element, in place."""

def index_add(
    input: Operand,
    dim: builtins.int,
    index: TensorLike,
    source: Tensor,
    *,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with ``alpha`` times the slices of ``source`` added at these indices of one dimension."""

def index_copy(
    input: Operand, dim: builtins.int, index: TensorLike, source: TensorLike, *, out: Tensor | None = None
) -> Tensor:
    """A copy with the slices of ``source`` written at these indices of one dimension; see `index_add`."""

def index_fill(
    input: Operand, dim: builtins.int, index: TensorLike, value: Operand, *, out: Tensor | None = None
) -> Tensor:
    """A copy with a number at these indices of one dimension."""

def index_put(
    input: Operand,
    indices: TensorLike,
    values: Operand,
    accumulate: builtins.bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with ``result[indices] = values``, or ``+=`` with every index counted, where ``accumulate`` is true."""

def index_reduce(
    input: Operand,
    dim: builtins.int,
    index: TensorLike,
    source: TensorLike,
    reduce: str,
    *,
    include_self: builtins.bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """A copy in which these indices of one dimension hold a reduction of what `index_copy` would write there."""

def index_select(input: Operand, dim: builtins.int, index: TensorLike, *, out: Tensor | None = None) -> Tensor:
    """A copy of the listed indices of one dimension."""

inf: builtins.float

def inner(input: Operand, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of products along the last dimension of both: (..., k) and (::, k) give (..., ::); with numbers `mul`."""

int: DType
int16: DType
int32: DType
int64: DType
int8: DType

def inverse(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The inverse: ``inv(A) @ A`` is the unit matrix. (..., n, n)."""

def is_complex(input: Operand) -> builtins.bool:
    """False: there are no complex numbers here."""

def is_conj(input: Operand) -> builtins.bool:
    """False: all numbers here are real."""

def is_floating_point(input: Operand) -> builtins.bool:
    """Whether the elements are of a floating-point type."""

def is_nonzero(input: Operand) -> builtins.bool:
    """Whether the only element is not 0."""

def is_same_size(input: Operand, other: TensorBase) -> builtins.bool:
    """Whether the other tensor has the same shape."""

def is_signed(input: Operand) -> builtins.bool:
    """Whether the element type has negative numbers."""

def isclose(
    input: Operand,
    other: Operand,
    rtol: builtins.float = 1e-05,
    atol: builtins.float = 1e-08,
    equal_nan: builtins.bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Whether ``|x - y| <= atol + rtol |y|``, element by element."""

def isfinite(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """whether x is a finite number, element by element."""

def isinf(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """whether x is infinite, element by element."""

def isnan(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """whether x is not a number, element by element."""

def isneginf(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """whether x is minus infinity, element by element."""

def isposinf(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """whether x is infinity, element by element."""

def isreal(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """true, element by element."""

def kron(input: Operand, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kronecker's product: every element of ``input`` times all of ``other``, as blocks."""

def kthvalue(
    input: Operand,
    k: builtins.int,
    dim: builtins.int = -1,
    keepdim: builtins.bool = False,
    *,
    out: tuple[Tensor, ...] | None = None,
) -> ValuesIndices:
    """The k-th smallest element (from 1): the pair (values, indices)."""

def lcm(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """the least common multiple, element by element."""

def lcm_(input: Tensor, /, other: Operand) -> Tensor:
    """the least common multiple, element by element, in place."""

def ldexp(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """``x * 2 ** y``, element by element."""

def ldexp_(input: Tensor, /, other: Operand) -> Tensor:
    """`ldexp`, in place."""

def le(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x <= y, element by element."""

def lerp(input: Operand, end: Operand, weight: Operand, *, out: Tensor | None = None) -> Tensor:
    """``x + weight * (end - x)``."""

def less(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x < y, element by element."""

def less_equal(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x <= y, element by element."""

def lgamma(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the logarithm of the gamma function's magnitude, element by element."""

def linspace(
    start: Number,
    end: Number,
    steps: builtins.int,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """``steps`` numbers from ``start`` to ``end``, both included, evenly spaced; in whole numbers cut off."""

def log(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the natural logarithm, element by element."""

def log10(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the logarithm to base 10, element by element."""

def log10_(input: Tensor, /) -> Tensor:
    """the logarithm to base 10, element by element, in place."""

def log1p(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """log(1 + x), element by element."""

def log1p_(input: Tensor, /) -> Tensor:
    """log(1 + x), element by element, in place."""

def log2(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the logarithm to base 2, element by element."""

def log2_(input: Tensor, /) -> Tensor:
    """the logarithm to base 2, element by element, in place."""

def log_(input: Tensor, /) -> Tensor:
    """the natural logarithm, element by element, in place."""

def log_softmax(
    input: Operand, dim: builtins.int, *, dtype: DTypeLike | None = None, out: Tensor | None = None
) -> Tensor:
    """The logarithm of `softmax`, computed as ``x - logsumexp(x)``."""

def logaddexp(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """log(exp(x) + exp(y)), element by element."""

def logaddexp2(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """log2(2**x + 2**y), element by element."""

def logcumsumexp(input: Operand, dim: builtins.int, *, out: Tensor | None = None) -> Tensor:
    """``log(cumsum(exp(x)))`` along ``dim``, without overflow."""

def logdet(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the determinant; nan where that is negative, -inf where it is 0."""

def logical_and(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """whether neither is 0, element by element."""

def logical_not(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """whether x is 0, element by element."""

def logical_or(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """whether one is not 0, element by element."""

def logical_xor(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """whether exactly one is not 0, element by element."""

def logit(input: Operand, eps: builtins.float | None = None, *, out: Tensor | None = None) -> Tensor:
    """``log(x / (1 - x))``, element by element, with x cut off at ``eps`` and ``1 - eps`` where that is given."""

def logit_(input: Tensor, /, eps: builtins.float | None = None) -> Tensor:
    """`logit`, in place."""

def logspace(
    start: builtins.float,
    end: builtins.float,
    steps: builtins.int,
    base: builtins.float = 10.0,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """``base`` to the powers of ``steps`` evenly spaced numbers from ``start`` to ``end``."""

def logsumexp(input: Operand, dim: Dims, keepdim: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """``log(sum(exp(x)))`` without overflow."""

long: DType

def lt(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x < y, element by element."""

def lu(
    input: Operand,
    pivot: builtins.bool = True,
    get_infos: builtins.bool = False,
    *,
    out: tuple[Tensor, ...] | None = None,
) -> tuple[Tensor, ...]:
    """`lu_factor` as `torch.lu` has it: a tuple (LU, pivots), or (LU, pivots, infos) where they are asked for."""

def lu_solve(input: Operand, LU_data: Tensor, LU_pivots: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`torch.linalg.lu_solve` in its old order of arguments."""

def masked_fill(input: Operand, mask: TensorLike, value: Operand, *, out: Tensor | None = None) -> Tensor:
    """A copy with a number where the mask, which broadcasts with the tensor, is true."""

def masked_scatter(input: Operand, mask: TensorLike, source: TensorLike, *, out: Tensor | None = None) -> Tensor:
    """A copy with the elements of ``source``, in row-major order, where the mask is true."""

def masked_select(input: Operand, mask: TensorLike, *, out: Tensor | None = None) -> Tensor:
    """The elements where the mask, which broadcasts with the tensor, is true, in one dimension."""

def matmul(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """The product of matrices in the last two dimensions; the others broadcast. A vector is a row or a column."""

def matrix_exp(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """``exp(A) = 1 + A + A A / 2 + ...`` (..., n, n), by scaling and squaring (Higham 2005)."""

def matrix_power(input: Operand, n: builtins.int, *, out: Tensor | None = None) -> Tensor:
    """``A @ A @ ... @ A``, ``n`` times; of the inverse for a negative ``n``; the unit matrix for 0."""

@overload
def max(input: Operand, dim: None = None, keepdim: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """The largest element; with a ``dim`` the pair (values, indices); with a tensor the larger of both."""

@overload
def max(
    input: Operand, dim: builtins.int, keepdim: builtins.bool = False, *, out: tuple[Tensor, ...] | None = None
) -> ValuesIndices:
    """The largest element; with a ``dim`` the pair (values, indices); with a tensor the larger of both."""

@overload
def max(input: Operand, dim: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The largest element; with a ``dim`` the pair (values, indices); with a tensor the larger of both."""

def maximum(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """the larger of x and y, element by element."""

def mean(
    input: Operand,
    dim: Dims = None,
    keepdim: builtins.bool = False,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The sum divided by the number of elements."""

@overload
def median(input: Operand, dim: None = None, keepdim: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """The element in the middle, the lower one of two; with a ``dim`` the pair (values, indices)."""

@overload
def median(
    input: Operand, dim: builtins.int, keepdim: builtins.bool = False, *, out: tuple[Tensor, ...] | None = None
) -> ValuesIndices:
    """The element in the middle, the lower one of two; with a ``dim`` the pair (values, indices)."""

@overload
def min(input: Operand, dim: None = None, keepdim: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """The smallest element; with a ``dim`` the pair (values, indices); with a tensor the smaller of both."""

@overload
def min(
    input: Operand, dim: builtins.int, keepdim: builtins.bool = False, *, out: tuple[Tensor, ...] | None = None
) -> ValuesIndices:
    """The smallest element; with a ``dim`` the pair (values, indices); with a tensor the smaller of both."""

@overload
def min(input: Operand, dim: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smallest element; with a ``dim`` the pair (values, indices); with a tensor the smaller of both."""

def minimum(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """the smaller of x and y, element by element."""

def mm(input: Operand, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of two matrices: (n, k) by (k, m) gives (n, m)."""

def mode(
    input: Operand, dim: builtins.int = -1, keepdim: builtins.bool = False, *, out: tuple[Tensor, ...] | None = None
) -> ValuesIndices:
    """The commonest element: the pair (values, indices)."""

def moveaxis(
    input: Operand,
    source: builtins.int | Sequence[builtins.int],
    destination: builtins.int | Sequence[builtins.int],
    *,
    out: Tensor | None = None,
) -> Tensor:
    """`movedim` under numpy's name."""

def movedim(
    input: Operand,
    source: builtins.int | Sequence[builtins.int],
    destination: builtins.int | Sequence[builtins.int],
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Dimensions moved to other places; the rest keep their order."""

def msort(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The elements in order along the first dimension."""

def mul(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x * y, element by element."""

def multinomial(
    input: Operand,
    num_samples: builtins.int,
    replacement: builtins.bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Draws indices with probabilities in proportion to the weights: (n,) or (rows, n) gives (..., num_samples)."""

def multiply(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x * y, element by element."""

def mv(input: Operand, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of a matrix (n, k) and a vector (k,): (n,)."""

def mvlgamma(input: Operand, p: builtins.int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the multivariate gamma function: ``log(π) p (p - 1) / 4 + Σ lgamma(x + (1 - j) / 2)``."""

nan: builtins.float

def nan_to_num(
    input: Operand,
    nan: builtins.float | None = None,
    posinf: builtins.float | None = None,
    neginf: builtins.float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """x with NaN replaced by ``nan`` (0 where None), infinities by the largest finite numbers or those given."""

def nan_to_num_(
    input: Tensor,
    /,
    nan: builtins.float | None = None,
    posinf: builtins.float | None = None,
    neginf: builtins.float | None = None,
) -> Tensor:
    """`nan_to_num`, in place."""

def nanmean(
    input: Operand,
    dim: Dims = None,
    keepdim: builtins.bool = False,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The mean of the elements that are not NaN."""

@overload
def nanmedian(input: Operand, dim: None = None, keepdim: builtins.bool = False, *, out: Tensor | None = None) -> Tensor:
    """The `median` of the elements that are not NaN."""

@overload
def nanmedian(
    input: Operand, dim: builtins.int, keepdim: builtins.bool = False, *, out: tuple[Tensor, ...] | None = None
) -> ValuesIndices:
    """The `median` of the elements that are not NaN."""

def nanquantile(
    input: Operand,
    q: TensorLike,
    dim: builtins.int | None = None,
    keepdim: builtins.bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """`quantile` of the elements that are not NaN."""

def nansum(
    input: Operand,
    dim: Dims = None,
    keepdim: builtins.bool = False,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The sum, with NaN counted as 0."""

def narrow(
    input: Operand, dim: builtins.int, start: builtins.int, length: builtins.int, *, out: Tensor | None = None
) -> Tensor:
    """``length`` indices of one dimension, from ``start``."""

def narrow_copy(
    input: Operand, dim: builtins.int, start: builtins.int, length: builtins.int, *, out: Tensor | None = None
) -> Tensor:
    """A copy of ``length`` indices of one dimension, from ``start``."""

def ne(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x != y, element by element."""

def neg(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """-x, element by element."""

def neg_(input: Tensor, /) -> Tensor:
    """-x, element by element, in place."""

def negative(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """-x, element by element."""

def negative_(input: Tensor, /) -> Tensor:
    """-x, element by element, in place."""

newaxis: None

def nextafter(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """the floating-point number next to x in the direction of y, element by element."""

@overload
def nonzero(input: Operand, *, as_tuple: Literal[False] = False, out: Tensor | None = None) -> Tensor:
    """The indices of the elements that are not 0: (elements, dimensions), or a tuple with a vector a dimension."""

@overload
def nonzero(input: Operand, *, as_tuple: Literal[True], out: tuple[Tensor, ...] | None = None) -> tuple[Tensor, ...]:
    """The indices of the elements that are not 0: (elements, dimensions), or a tuple with a vector a dimension."""

def norm(
    input: Operand,
    p: builtins.float | str | None = "fro",
    dim: Dims = None,
    keepdim: builtins.bool = False,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """``sum(abs(x) ** p) ** (1 / p)``, over all elements or those along ``dim``."""

def not_equal(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x != y, element by element."""

def numel(input: Operand) -> builtins.int:
    """The number of elements."""

def ones(
    *shape: Sizes,
    size: Sizes | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """A tensor of ones, in the default type where none is given."""

def orgqr(input: Operand, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The first columns of ``H_1 H_2 ... H_k`` with ``H_i = 1 - tau_i v_i v_i^T``."""

def ormqr(
    input: Operand,
    tau: Tensor,
    other: Tensor,
    left: builtins.bool = True,
    transpose: builtins.bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """``Q C``, or ``C Q`` where ``left`` is false, with ``Q = H_1 H_2 ... H_k`` and ``H_i = 1 - tau_i v_i v_i^T``."""

def outer(input: Operand, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Every product of an element of one vector and one of the other: (n,) and (m,) give (n, m)."""

def permute(input: Operand, *dims: Sizes, out: Tensor | None = None, **options: Any) -> Tensor:
    """All dimensions in a new order."""

pi: builtins.float

def pinverse(
    input: Operand,
    rcond: builtins.float | Tensor | None = None,
    hermitian: builtins.bool = False,
    *,
    atol: builtins.float | Tensor | None = None,
    rtol: builtins.float | Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The pseudo-inverse of Moore and Penrose: (..., m, n) gives (..., n, m)."""

def positive(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """x, element by element."""

def pow(input: Operand, exponent: Operand, *, out: Tensor | None = None) -> Tensor:
    """x to the power of ``exponent``, element by element."""

def prod(
    input: Operand,
    dim: builtins.int | None = None,
    keepdim: builtins.bool = False,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The product; of booleans and integers in int64."""

def put(
    input: Operand,
    index: TensorLike,
    source: TensorLike,
    accumulate: builtins.bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with the elements of ``source`` written (or added) at these places in row-major order."""

def qr(input: Operand, some: builtins.bool = True, *, out: tuple[Tensor, ...] | None = None) -> QR:
    """`torch.linalg.qr` in its old form: reduced where ``some`` is true, else complete."""

def quantile(
    input: Operand,
    q: TensorLike,
    dim: builtins.int | None = None,
    keepdim: builtins.bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """The numbers under which the shares ``q`` of the elements lie: the sorted elements at ``q (n - 1)``."""

def rad2deg(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """``x 180 / π``, element by element."""

def rad2deg_(input: Tensor, /) -> Tensor:
    """`rad2deg`, in place."""

def rand(
    *shape: Sizes,
    size: Sizes | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Uniform random numbers in [0, 1)."""

def randint(
    low: Any = 0,
    high: Any = None,
    size: Sequence[builtins.int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Random whole numbers in [low, high); in [0, low) for ``randint(low, size)``."""

def randn(
    *shape: Sizes,
    size: Sizes | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Normal random numbers with mean 0 and standard deviation 1."""

def randperm(
    n: builtins.int,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """A random order of 0 .. n-1."""

def ravel(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """All elements in one dimension."""

def reciprocal(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """1 / x, element by element."""

def reciprocal_(input: Tensor, /) -> Tensor:
    """1 / x, element by element, in place."""

def relu(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """max(x, 0), element by element."""

def relu_(input: Tensor, /) -> Tensor:
    """max(x, 0), element by element, in place."""

def remainder(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """what is left of x / y, with the sign of y, element by element."""

def renorm(
    input: Operand, p: builtins.float, dim: builtins.int, maxnorm: builtins.float, *, out: Tensor | None = None
) -> Tensor:
    """Every slice along ``dim`` whose norm is over ``maxnorm`` scaled down to it."""

def repeat_interleave(
    input: Operand,
    repeats: TensorLike | None = None,
    dim: builtins.int | None = None,
    *,
    output_size: builtins.int | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with each index of one dimension repeated in its place; of all elements where ``dim`` is None."""

def reshape(input: Operand, *shape: Sizes, out: Tensor | None = None, **options: Any) -> Tensor:
    """The same elements under another shape: a view where that is possible, else a copy; one size may be -1."""

def roll(
    input: Operand,
    shifts: builtins.int | Sequence[builtins.int],
    dims: builtins.int | Sequence[builtins.int] | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with the indices of these dimensions moved on, the last ones to the front."""

def rot90(
    input: Operand, k: builtins.int = 1, dims: Sequence[builtins.int] = (0, 1), *, out: Tensor | None = None
) -> Tensor:
    """A copy turned ``k`` times by 90 degrees in the plane of two dimensions, from the first towards the second."""

def round(input: Operand, *, decimals: builtins.int = 0, out: Tensor | None = None) -> Tensor:
    """x rounded to the nearest whole number, halves to the even one; with ``decimals``, to so many places."""

def round_(input: Tensor, /, *, decimals: builtins.int = 0) -> Tensor:
    """`round`, in place."""

def row_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """`vstack` under another name."""

def rsqrt(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """1 / sqrt(x), element by element."""

def rsqrt_(input: Tensor, /) -> Tensor:
    """1 / sqrt(x), element by element, in place."""

def rsub(input: Operand, other: Operand, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """``y - alpha * x``, element by element."""

def scatter(
    input: Operand,
    dim: builtins.int,
    index: TensorLike,
    src: TensorLike | None = None,
    *,
    value: Number | None = None,
    reduce: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with ``result[index[i][j]][j] = src[i][j]`` for ``dim = 0``, and so for the others."""

def scatter_add(
    input: Operand, dim: builtins.int, index: TensorLike, src: TensorLike, *, out: Tensor | None = None
) -> Tensor:
    """A copy with ``result[index[i][j]][j] += src[i][j]`` for ``dim = 0``, and so for the others; see `scatter`."""

def scatter_reduce(
    input: Operand,
    dim: builtins.int,
    index: TensorLike,
    src: TensorLike,
    reduce: str,
    *,
    include_self: builtins.bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """A copy in which every place holds a reduction of what `scatter` would write there."""

def select(input: Operand, dim: builtins.int, index: builtins.int, *, out: Tensor | None = None) -> Tensor:
    """One index of one dimension, which goes away."""

def select_scatter(
    input: Operand, src: TensorLike, dim: builtins.int, index: builtins.int, *, out: Tensor | None = None
) -> Tensor:
    """A copy with ``src`` at one index of a dimension."""

def sgn(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """-1, 0 or 1, element by element."""

short: DType

def sigmoid(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """1 / (1 + exp(-x)), element by element."""

def sigmoid_(input: Tensor, /) -> Tensor:
    """1 / (1 + exp(-x)), element by element, in place."""

def sign(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """-1, 0 or 1, element by element."""

def signbit(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """whether x has a minus sign, which -0 has too, element by element."""

def sin(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the sine, element by element."""

def sin_(input: Tensor, /) -> Tensor:
    """the sine, element by element, in place."""

def sinc(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """sin(πx) / (πx), and 1 at 0, element by element."""

def sinc_(input: Tensor, /) -> Tensor:
    """sin(πx) / (πx), and 1 at 0, element by element, in place."""

def sinh(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the hyperbolic sine, element by element."""

def sinh_(input: Tensor, /) -> Tensor:
    """the hyperbolic sine, element by element, in place."""

def slice_scatter(
    input: Operand,
    src: TensorLike,
    dim: builtins.int = 0,
    start: builtins.int | None = None,
    end: builtins.int | None = None,
    step: builtins.int = 1,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with ``src`` at the indices ``start:end:step`` of a dimension."""

def slogdet(input: Operand, *, out: tuple[Tensor, ...] | None = None) -> SignLogAbsDet:
    """The sign and the logarithm of the absolute value of the determinant, where that itself would overflow."""

def softmax(input: Operand, dim: builtins.int, *, dtype: DTypeLike | None = None, out: Tensor | None = None) -> Tensor:
    """``exp(x) / sum(exp(x))`` along ``dim``, without overflow."""

def sort(
    input: Operand,
    dim: builtins.int = -1,
    descending: builtins.bool = False,
    stable: builtins.bool = False,
    *,
    out: tuple[Tensor, ...] | None = None,
) -> ValuesIndices:
    """The elements in order, and where they were."""

def split_with_sizes(
    input: Operand, split_sizes: Sequence[builtins.int], dim: builtins.int = 0, *, out: tuple[Tensor, ...] | None = None
) -> tuple[Tensor, ...]:
    """Views of the sizes listed; `split` with a list."""

def sqrt(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the square root, element by element."""

def sqrt_(input: Tensor, /) -> Tensor:
    """the square root, element by element, in place."""

def square(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """x * x, element by element."""

def square_(input: Tensor, /) -> Tensor:
    """x * x, element by element, in place."""

def squeeze(
    input: Operand, dim: builtins.int | Sequence[builtins.int] | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Without the dimensions of size 1, or without those listed that have size 1."""

def stack(tensors: Sequence[Tensor], dim: builtins.int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors, all of one shape, one after another along a new dimension."""

def std(
    input: Operand,
    dim: Dims = None,
    unbiased: builtins.bool = True,
    keepdim: builtins.bool = False,
    *,
    correction: builtins.int | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The square root of the variance; the arguments are those of `var`."""

def sub(input: Operand, other: Operand, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """``x - alpha * y``, element by element."""

def subtract(input: Operand, other: Operand, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """``x - alpha * y``, element by element."""

def sum(
    input: Operand,
    dim: Dims = None,
    keepdim: builtins.bool = False,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The sum; of booleans and integers in int64, where no ``dtype`` is given."""

def svd(
    input: Operand,
    some: builtins.bool = True,
    compute_uv: builtins.bool = True,
    *,
    out: tuple[Tensor, ...] | None = None,
) -> SVDV:
    """``input = U @ diag(S) @ V.mT``; `torch.linalg.svd` in its old form, with V where that has its transpose."""

def swapaxes(input: Operand, axis0: builtins.int, axis1: builtins.int, *, out: Tensor | None = None) -> Tensor:
    """`transpose` under numpy's name."""

def swapdims(input: Operand, dim0: builtins.int, dim1: builtins.int, *, out: Tensor | None = None) -> Tensor:
    """`transpose` under another name."""

def t(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The transpose of a matrix; a vector as it is."""

def take(input: Operand, index: TensorLike, *, out: Tensor | None = None) -> Tensor:
    """The elements at these places in row-major order; negative ones count from the end."""

def take_along_dim(
    input: Operand, indices: Tensor, dim: builtins.int | None = None, *, out: Tensor | None = None
) -> Tensor:
    """`gather`, where the other dimensions of both broadcast; in row-major order where ``dim`` is None."""

def tan(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the tangent, element by element."""

def tan_(input: Tensor, /) -> Tensor:
    """the tangent, element by element, in place."""

def tanh(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """the hyperbolic tangent, element by element."""

def tanh_(input: Tensor, /) -> Tensor:
    """the hyperbolic tangent, element by element, in place."""

def tensor_split(
    input: Operand,
    indices_or_sections: builtins.int | Sequence[builtins.int] | Tensor,
    dim: builtins.int = 0,
    *,
    out: tuple[Tensor, ...] | None = None,
) -> tuple[Tensor, ...]:
    """Views of nearly equal size, the first ones larger by 1; or, given a list, the views between these indices."""

def tile(input: Operand, *dims: Sizes, out: Tensor | None = None, **options: Any) -> Tensor:
    """A copy repeated so many times; as `repeat`, but missing numbers are taken as 1."""

def topk(
    input: Operand,
    k: builtins.int,
    dim: builtins.int = -1,
    largest: builtins.bool = True,
    sorted: builtins.bool = True,
    *,
    out: tuple[Tensor, ...] | None = None,
) -> ValuesIndices:
    """The ``k`` largest (or smallest) elements, and where they were; always in order, ``sorted`` or not."""

def trace(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """The sum of a matrix's diagonal; of integers in int64."""

def transpose(input: Operand, dim0: builtins.int, dim1: builtins.int, *, out: Tensor | None = None) -> Tensor:
    """Two dimensions swapped."""

def triangular_solve(
    input: Operand,
    A: Tensor,
    upper: builtins.bool = True,
    transpose: builtins.bool = False,
    unitriangular: builtins.bool = False,
    *,
    out: tuple[Tensor, ...] | None = None,
) -> TriangularSolution:
    """X with ``A X = b`` (or ``A^T X = b``) for a triangle A, and a copy of A; `solve_triangular` in its old form."""

def tril(input: Operand, diagonal: builtins.int = 0, *, out: Tensor | None = None) -> Tensor:
    """The elements on and below a diagonal of the last two dimensions, zeros elsewhere."""

def triu(input: Operand, diagonal: builtins.int = 0, *, out: Tensor | None = None) -> Tensor:
    """The elements on and above a diagonal of the last two dimensions, zeros elsewhere."""

def true_divide(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """x / y, element by element."""

def trunc(input: Operand, *, out: Tensor | None = None) -> Tensor:
    """x rounded towards 0, element by element."""

def trunc_(input: Tensor, /) -> Tensor:
    """x rounded towards 0, element by element, in place."""

uint8: DType

def unbind(input: Operand, dim: builtins.int = 0, *, out: tuple[Tensor, ...] | None = None) -> tuple[Tensor, ...]:
    """A view for each index of one dimension, which goes away."""

def unflatten(input: Operand, dim: builtins.int, sizes: Sequence[builtins.int], *, out: Tensor | None = None) -> Tensor:
    """One dimension as several."""

@overload
def unique(
    input: Operand,
    sorted: builtins.bool = True,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    dim: builtins.int | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The different elements, in order; with a ``dim`` the different slices along it."""

@overload
def unique(
    input: Operand,
    sorted: builtins.bool = True,
    return_inverse: builtins.bool = False,
    return_counts: builtins.bool = False,
    dim: builtins.int | None = None,
    *,
    out: Any = None,
) -> Any:
    """The different elements, in order; with a ``dim`` the different slices along it."""

@overload
def unique_consecutive(
    input: Operand,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    dim: builtins.int | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The elements without those that equal the one before; with a ``dim`` the slices along it."""

@overload
def unique_consecutive(
    input: Operand,
    return_inverse: builtins.bool = False,
    return_counts: builtins.bool = False,
    dim: builtins.int | None = None,
    *,
    out: Any = None,
) -> Any:
    """The elements without those that equal the one before; with a ``dim`` the slices along it."""

def unsqueeze(input: Operand, dim: builtins.int, *, out: Tensor | None = None) -> Tensor:
    """A new dimension of size 1 at ``dim``."""

def var(
    input: Operand,
    dim: Dims = None,
    unbiased: builtins.bool = True,
    keepdim: builtins.bool = False,
    *,
    correction: builtins.int | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The mean of the squared distances from the mean, with ``n - correction`` in place of ``n``."""

def vdot(input: Operand, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of the products of the elements of two vectors; numbers here are real, so it is `dot`."""

def vsplit(
    input: Operand, indices_or_sections: builtins.int | Sequence[builtins.int], *, out: tuple[Tensor, ...] | None = None
) -> tuple[Tensor, ...]:
    """The first dimension in equal parts, or cut at these indices."""

def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors one below the other, along the first dimension; vectors are rows."""

def xlogy(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """x * log(y), and 0 where x is 0, element by element."""

def xlogy_(input: Tensor, /, other: Operand) -> Tensor:
    """x * log(y), and 0 where x is 0, element by element, in place."""

def zero_(input: Tensor, /) -> Tensor:
    """Every element becomes 0."""

def zeros(
    *shape: Sizes,
    size: Sizes | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: builtins.bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """A tensor of zeros, in the default type where none is given."""
