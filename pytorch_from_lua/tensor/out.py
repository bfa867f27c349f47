"""The argument ``out`` of functions: a tensor that takes the result."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from pytorch_from_lua.autograd.engine import is_grad_enabled
from pytorch_from_lua.autograd.promotion import can_cast
from pytorch_from_lua.errors import AllocationError, AutogradError, DTypeError, ShapeError
from pytorch_from_lua.tensor.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def stored(name: str, result: Any, out: Any) -> Any:
    """A function's result written to the tensors that the caller gave for it.

    Raises:
        AutogradError: where the result carries a gradient, which would be lost.
        DTypeError: where the type of ``out`` is of a lower kind than the result's.
        ShapeError: for another number of tensors than there are results.
    """
    if isinstance(result, tuple):
        if not isinstance(out, (tuple, list)) or len(out) != len(result):
            raise ShapeError(f"out: {name} needs a tuple of {len(result)} tensors, got {type(out).__name__}")
        for r, o in zip(result, out, strict=True):
            stored(name, r, o)
        return type(result)(*out) if hasattr(result, "_fields") else tuple(out)
    if not isinstance(out, Tensor):
        raise DTypeError(f"out: {name} needs a tensor, got {type(out).__name__}")
    if is_grad_enabled() and (result.requires_grad or out.requires_grad):
        raise AutogradError(f"out: {name} records gradients, and a result written elsewhere would lose them")
    if not can_cast(result.dtype, out.dtype):
        raise DTypeError(f"out: {name} gives {result.dtype.name}, which cannot be stored as {out.dtype.name}")
    if out.shape != result.shape:
        out.resize_(result.shape)
    return out.copy_(result)


def takes_out(function: F) -> F:
    """A function of tensors, with an argument ``out`` for its result; see `stored`."""

    @functools.wraps(function)
    def with_out(*args: Any, out: Any = None, **options: Any) -> Any:
        result = function(*args, **options)
        return result if out is None else stored(function.__name__, result, out)

    with_out.__doc__ = f"{function.__doc__}\n\n    ``out``, a tensor, takes the result's shape and values.\n    "
    return cast(F, with_out)


#: What numpy says of sizes that no memory could hold, before it tries.
_TOO_LARGE = ("array is too big", "Maximum allowed dimension exceeded", "Maximum allowed size exceeded")


def _unallocated(make: Any, args: Any, error: Exception) -> AllocationError:
    given = ", ".join(map(repr, args))
    return AllocationError(f"{make.__name__}: {make.__name__}({given}) cannot be allocated: {error}")


def writes_out(make: F) -> F:
    """A function that makes a tensor, with an argument ``out`` whose type counts where none is given."""

    @functools.wraps(make)
    def function(*args: Any, out: Any = None, **options: Any) -> Any:
        if out is None:
            try:
                return make(*args, **options)
            except MemoryError as error:
                raise _unallocated(make, args, error) from None
            except ValueError as error:
                if str(error).startswith(_TOO_LARGE):
                    raise _unallocated(make, args, error) from None
                raise
        if isinstance(out, Tensor) and options.get("dtype") is None:
            options["dtype"] = out.dtype
        return stored(make.__name__, make(*args, **options), out)

    return cast(F, function)
