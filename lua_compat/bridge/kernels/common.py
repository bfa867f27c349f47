"""What every kernel for Lua shares: the table of functions, and results written in place.

A function takes the module's own tensors: results first, which are resized where their shape changed and written
through their strides, then what they are computed from. Nothing is returned but numbers. Lua's dimensions and labels
count from 1 and are translated here.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from pytorch_from_lua.errors import DTypeError, ShapeError, TensorError
from pytorch_from_lua.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])

#: Every function by the name under which Lua finds it.
FUNCTIONS: dict[str, Callable[..., Any]] = {}


def exported(function: F) -> F:
    """Registers a function under its own name.

    For Lua there is one thing more: where it stumbles over what is no tensor, the error says which argument that was.
    """
    name = function.__name__
    if name in FUNCTIONS:
        raise ValueError(f"name: two functions are called {name!r}")
    needed = [
        (place, parameter.name)
        for place, parameter in enumerate(inspect.signature(function).parameters.values())
        if parameter.annotation == "Tensor"
    ]

    @functools.wraps(function)
    def told(*args: Any) -> Any:
        try:
            return function(*args)
        except TensorError:
            raise
        except (AttributeError, TypeError):
            for place, parameter in needed:
                given = args[place] if place < len(args) else None
                if not isinstance(given, Tensor):
                    raise DTypeError(f"{_spoken(parameter)} is {_kind(given)}, a tensor is needed") from None
            raise

    FUNCTIONS[name] = told
    return function


def _spoken(parameter: str) -> str:
    """The name of a parameter as Torch7 writes it: ``gradOutput``."""
    first, *rest = parameter.split("_")
    return first + "".join(map(str.title, rest))


def _kind(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    return "a string" if isinstance(value, (str, bytes)) else "a table"


def result(tensor: Tensor, shape: tuple[int, ...]) -> Any:
    """The array of a result of that shape; the tensor is resized first where it has another."""
    if tensor._shape != shape:
        tensor.resize_(shape)
    storage = tensor._kept
    if storage is None:  # it is made at this first question
        storage = tensor._storage
    storage.version += 1
    return tensor._array if tensor._seen is storage._buffer else tensor.array


def changed(tensor: Tensor) -> Any:
    """The array of a tensor that is added to in place."""
    tensor._storage.version += 1
    return tensor.array


def same_type(module: str, input: Tensor, own: Tensor) -> None:
    """Raises where the input is not of the module's type."""
    if input.dtype is not own.dtype:
        raise DTypeError(
            f"{module}: input is a torch.{input.dtype.torch7}Tensor, the module is of torch.{own.dtype.torch7}Tensor"
        )


def same_count(module: str, input: Tensor, gradient: Tensor, name: str = "gradOutput") -> None:
    """Raises where two tensors differ in the number of elements."""
    if input._shape != gradient._shape and input.numel() != gradient.numel():
        raise ShapeError(f"{module}: {name} has sizes {sizes(gradient)}, input has {sizes(input)}")


def sizes(tensor: Tensor) -> str:
    """The sizes of a tensor as Torch7 writes them: ``2x3``."""
    return "x".join(map(str, tensor.shape)) if tensor.numel() else "no elements"


def plane(name: str, input: Tensor, planes: int | None = None) -> None:
    """Raises where the input is not (C, H, W) or (N, C, H, W) with the planes needed."""
    if input.ndim not in (3, 4) or (planes is not None and input._shape[-3] != planes):
        wanted = "3 or 4 dimensions" if planes is None else f"{planes} planes, in 3 or 4 dimensions"
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, {wanted} are needed")


def image(name: str, input: Tensor, dims: int) -> None:
    """Raises where the input is not planes of ``dims`` dimensions, or a batch of them."""
    if input.ndim not in (dims + 1, dims + 2):
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, {dims + 1} or {dims + 2} dimensions are needed")
