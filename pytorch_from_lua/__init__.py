"""Torch7 models in Python: tensors, automatic gradients, neural networks and optimisers under PyTorch's names.

>>> import pytorch_from_lua as torch
>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> (x * x).sum().backward()
>>> x.grad
tensor([2., 4.])
"""

from __future__ import annotations

from importlib import import_module
from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from pytorch_from_lua.autograd.engine import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from pytorch_from_lua.autograd.mode import inference_mode
from pytorch_from_lua.autograd.promotion import can_cast, promote_types, result_type
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor.calculus import cumulative_trapezoid, gradient, trapezoid
from pytorch_from_lua.tensor.creation import (
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    empty_strided,
    eye,
    from_dlpack,
    from_numpy,
    frombuffer,
    full,
    full_like,
    linspace,
    logspace,
    ones,
    ones_like,
    scalar_tensor,
    zeros,
    zeros_like,
)
from pytorch_from_lua.tensor.distances import cosine_similarity, pairwise_distance, pdist
from pytorch_from_lua.tensor.dtype import (
    DType,
    bool_,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
)
from pytorch_from_lua.tensor.einsum import einsum, tensordot
from pytorch_from_lua.tensor.factorizations import lu_unpack
from pytorch_from_lua.tensor.functions import (
    FUNCTIONS,
    is_storage,
    is_tensor,
    polygamma,
    real,
    where,
)
from pytorch_from_lua.tensor.generator import Generator, default_generator
from pytorch_from_lua.tensor.joining import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    block_diag,
    broadcast_shapes,
    broadcast_tensors,
    broadcast_to,
    cartesian_prod,
    cat,
    column_stack,
    combinations,
    concat,
    concatenate,
    dstack,
    hstack,
    meshgrid,
    row_stack,
    split,
    stack,
    tril_indices,
    triu_indices,
    unravel_index,
    vander,
    vstack,
)
from pytorch_from_lua.tensor.legacy import TYPED, set_default_tensor_type
from pytorch_from_lua.tensor.norms import cdist
from pytorch_from_lua.tensor.ordering import bucketize, isin, searchsorted
from pytorch_from_lua.tensor.printing import set_printoptions
from pytorch_from_lua.tensor.products import chain_matmul
from pytorch_from_lua.tensor.sampling import (
    get_rng_state,
    initial_seed,
    manual_seed,
    normal,
    poisson,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)
from pytorch_from_lua.tensor.statistics import std_mean, var_mean
from pytorch_from_lua.tensor.storage import Storage
from pytorch_from_lua.tensor.tensor import Tensor
from pytorch_from_lua.tensor.windows import (
    bartlett_window,
    blackman_window,
    hamming_window,
    hann_window,
    kaiser_window,
)
from pytorch_from_lua.threads import get_num_threads, set_num_threads

if TYPE_CHECKING:
    from pytorch_from_lua.serialization import load, save
    from pytorch_from_lua.tensor.creation import tensor  # else it is the package, which can be called

__version__ = "0.1.0"

device = backend.Device
Size: type[tuple[int, ...]] = tuple
trapz = trapezoid
newaxis = None

# Names that come when they are first asked for: packages, because they take time to import, and element types that
# are called as Python's own.
_PACKAGES = (
    "autograd",
    "cuda",
    "data",
    "errors",
    "kernels",
    "linalg",
    "nn",
    "optim",
    "safetensors",
    "serialization",
    "special",
)
_TYPES = {
    "bool": bool_, "double": float64, "dtype": DType, "float": float32, "half": float16, "int": int32, "long": int64,
    "short": int16,
}  # fmt: skip
# Functions that come with a package of those above.
_FILES = ("load", "save")
# What PyTorch has and this package means not to, with the reason.
_MISSING = {
    **dict.fromkeys(
        [
            "cdouble",
            "cfloat",
            "chalf",
            "complex",
            "complex64",
            "complex128",
            "imag",
            "polar",
            "view_as_complex",
            "view_as_real",
        ],
        "there are no complex numbers here",
    ),
    "bfloat16": "there are no numbers of that type here; float16, float32 and float64 are the floating-point types",
}


def __getattr__(name: str) -> Any:
    if name in _TYPES:
        return _TYPES[name]
    if name in _PACKAGES:
        return import_module(f"{__name__}.{name}")
    if name in FUNCTIONS:
        found = globals()[name] = FUNCTIONS[name]  # found without this function from now on
        return found
    if name in TYPED:
        return TYPED[name]
    if name in _FILES:
        return getattr(import_module(f"{__name__}.serialization"), name)
    if name in _MISSING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}: {_MISSING[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PACKAGES, *_FILES, *_TYPES, *TYPED, *FUNCTIONS})


__all__ = [
    "DType",
    "Generator",
    "Size",
    "Storage",
    "Tensor",
    "arange",
    "as_tensor",
    "asarray",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "bartlett_window",
    "blackman_window",
    "block_diag",
    "broadcast_shapes",
    "broadcast_tensors",
    "broadcast_to",
    "bucketize",
    "can_cast",
    "cartesian_prod",
    "cat",
    "cdist",
    "chain_matmul",
    "column_stack",
    "combinations",
    "concat",
    "concatenate",
    "cosine_similarity",
    "cumulative_trapezoid",
    "default_generator",
    "device",
    "dstack",
    "e",
    "einsum",
    "empty",
    "empty_like",
    "empty_strided",
    "enable_grad",
    "eye",
    "finfo",
    "float16",
    "float32",
    "float64",
    "from_dlpack",
    "from_numpy",
    "frombuffer",
    "full",
    "full_like",
    "get_default_dtype",
    "get_num_threads",
    "get_rng_state",
    "gradient",
    "hamming_window",
    "hann_window",
    "hstack",
    "iinfo",
    "inf",
    "inference_mode",
    "initial_seed",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_grad_enabled",
    "is_storage",
    "is_tensor",
    "isin",
    "kaiser_window",
    "linspace",
    "load",
    "logspace",
    "lu_unpack",
    "manual_seed",
    "meshgrid",
    "nan",
    "newaxis",
    "no_grad",
    "normal",
    "ones",
    "ones_like",
    "pairwise_distance",
    "pdist",
    "pi",
    "poisson",
    "polygamma",
    "promote_types",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "real",
    "result_type",
    "row_stack",
    "save",
    "scalar_tensor",
    "searchsorted",
    "seed",
    "set_default_dtype",
    "set_default_tensor_type",
    "set_grad_enabled",
    "set_num_threads",
    "set_printoptions",
    "set_rng_state",
    "split",
    "stack",
    "std_mean",
    "tensor",
    "tensordot",
    "trapezoid",
    "trapz",
    "tril_indices",
    "triu_indices",
    "uint8",
    "unravel_index",
    "vander",
    "var_mean",
    "vstack",
    "where",
    "zeros",
    "zeros_like",
]
