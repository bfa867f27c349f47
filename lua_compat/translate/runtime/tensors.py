"""Tensors: elements of which it is not known whether they are numbers, functions over elements, default types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_from_lua as torch
from pytorch_from_lua.tensor import Tensor


def element(x: Any, place: int) -> Any:
    """``x[place]``: a number where the tensor has one dimension, as in Torch7."""
    found = x[place]
    return found.item() if isinstance(found, Tensor) and found.dim() == 0 else found


def copy_(x: Tensor, values: Tensor) -> Tensor:
    """``x:copy(values)``: as many elements, of whatever shape."""
    return x.copy_(values if x.shape == values.shape else values.reshape(x.shape))


def arange(first: float, last: float, step: float = 1) -> Tensor:
    """Torch7's ``torch.range``: the end included, of the default type."""
    count = int((last - first) / step + 1e-9) + 1
    return torch.arange(count, dtype=torch.get_default_dtype()) * step + first


def default_tensor_type() -> str:
    """``"torch.DoubleTensor"`` or ``"torch.FloatTensor"``."""
    return f"torch.{torch.get_default_dtype().torch7}Tensor"


def apply(x: Tensor, function: Callable[[Any], Any]) -> Tensor:
    """Sets each element to what the function gives for it; one for which it gives nothing stays."""

    def changed(value: Any) -> Any:
        made = function(value)
        return value if made is None else made

    flat = [changed(v) for v in x.reshape(-1).tolist()]
    return x.copy_(torch.tensor(flat, dtype=x.dtype).view(x.shape))


def map_(x: Tensor, other: Tensor, function: Callable[[Any, Any], Any]) -> Tensor:
    """Sets each element to what the function gives for it and that of another tensor."""
    pairs = zip(x.reshape(-1).tolist(), other.reshape(-1).tolist(), strict=True)
    flat = [a if (made := function(a, b)) is None else made for a, b in pairs]
    return x.copy_(torch.tensor(flat, dtype=x.dtype).view(x.shape))


def emptied(x: Tensor) -> Tensor:
    """``x:set()``: without elements."""
    return x.set_(x.new())
