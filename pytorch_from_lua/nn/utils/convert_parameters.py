"""All parameters as one vector (PyTorch's ``nn.utils.convert_parameters``)."""

from __future__ import annotations

from collections.abc import Iterable

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters, one after the other: a new tensor, which gradients go through.

    Raises:
        ModuleError: for no parameters.

    >>> from pytorch_from_lua import nn, tensor
    >>> parameters_to_vector([tensor([[1.0, 2.0]]), tensor([3.0])])
    tensor([1., 2., 3.])
    """
    rows = [p.reshape(-1) for p in parameters]
    if not rows:
        raise ModuleError("parameters: needs one or more, got none")
    return apply("cat", *rows, dim=0)  # type: ignore[no-any-return]


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Gives the parameters the elements of a vector, in their order; each keeps its memory.

    Raises:
        ModuleError: where the vector has not as many elements as the parameters together; they stay as they were.
    """
    items = list(parameters)
    count = sum(p.numel() for p in items)
    if vec.ndim != 1 or vec.numel() != count:
        raise ModuleError(f"vec: needs shape ({count},), as many elements as the parameters, got {vec.shape}")
    start = 0
    for p in items:
        p.detach().copy_(vec.detach()[start : start + p.numel()].reshape(p.shape))
        start += p.numel()
