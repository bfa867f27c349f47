"""A weight as a length and a direction for each output (Salimans and Kingma, 2016)."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.parameter import Parameter
from pytorch_from_lua.tensor import Tensor


def normalised(v: Tensor, g: Tensor, dim: int | None) -> Tensor:
    """``g v / |v|``, with a length for each index of ``dim``, or one for all where None."""
    if dim is None:
        return apply("weight_norm", v.reshape(1, -1), g.reshape(1, 1), eps=0.0, added=0.0).reshape(v.shape)  # type: ignore[no-any-return]
    front = v.transpose(0, dim)
    rows = front.reshape(v.shape[dim], -1)
    made = apply("weight_norm", rows, g.reshape(-1, 1), eps=0.0, added=0.0)
    return made.reshape(front.shape).transpose(0, dim)  # type: ignore[no-any-return]


def lengths(v: Tensor, dim: int | None) -> Tensor:
    """``|v|`` for each index of ``dim``, so that it broadcasts; without dimensions where None."""
    if dim is None:
        return (v * v).sum().sqrt()
    others = [i for i in range(v.ndim) if i != dim]
    squares = v * v
    return (squares.sum(others, keepdim=True) if others else squares).sqrt()


class WeightNorm:
    """The hook of one weight: what makes it before each call of the module.

    Args:
        name: the name of the weight.
        dim: the dimension of the outputs, or None.
    """

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, dim

    def weight(self, module: Module) -> Tensor:
        """The weight of the two parameters."""
        return normalised(getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g"), self.dim)

    def __call__(self, module: Module, _: Any) -> None:
        module.__dict__[self.name] = self.weight(module)


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Any:
    """Puts a parameter of the module as ``name_g``, its lengths, and ``name_v``, its directions; returns the module.

    The weight is worked out before each call, so that what is learned are the two.

    Args:
        module: a module with the parameter.
        name: its name.
        dim: the dimension of the outputs, each of which has a length of its own; None, and
            as in PyTorch -1, for one length of all.

    Raises:
        ModuleError: where there is no such parameter, or it is normalised already.

    >>> from pytorch_from_lua import nn
    >>> [name for name, _ in weight_norm(nn.Linear(4, 3)).named_parameters()]
    ['bias', 'weight_g', 'weight_v']
    """
    held: Any = module._parameters.get(name)
    if held is None:
        raise ModuleError(f"weight_norm: {type(module).__name__} has no parameter {name!r}")
    if dim == -1:
        dim = None
    if dim is not None and not 0 <= dim < held.ndim:
        raise ModuleError(f"weight_norm: dim needs to be one of {name}'s {held.ndim} dimensions, got {dim}")
    hook = WeightNorm(name, dim)
    value = held.detach()
    del module._parameters[name]
    module.register_parameter(f"{name}_g", Parameter(lengths(value, dim)))
    module.register_parameter(f"{name}_v", Parameter(value.clone()))
    handle = module.register_forward_pre_hook(hook)
    module.__dict__.setdefault("_weight_norms", {})[name] = (hook, handle)
    hook(module, None)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Any:
    """Makes the weight a parameter of its own again, of the values that it has; returns the module.

    Raises:
        ModuleError: where `weight_norm` has not been applied to it.
    """
    found = module.__dict__.get("_weight_norms", {}).pop(name, None)
    if found is None:
        raise ModuleError(f"remove_weight_norm: {name!r} of {type(module).__name__} is not normalised")
    hook, handle = found
    value = hook.weight(module).detach().clone()
    handle.remove()
    module.__dict__.pop(name, None)
    del module._parameters[f"{name}_g"], module._parameters[f"{name}_v"]
    module.register_parameter(name, Parameter(value))
    return module
