"""What goes through the modules of a model for an input: shapes, which a file does not tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytorch_from_lua.nn import Module
from pytorch_from_lua.nn.summary import _tensors, record

#: By the ``id`` of a module, the shapes of its input and its output: a tuple for a tensor, a list for a table.
Flow = Mapping[int, tuple[Any, Any]]


def flow_of(module: Module, input: Any) -> Flow:
    """Runs a module, in evaluation, and gives what went through it; a module that is called twice has its first call.

    Args:
        module: the module.
        input: a tensor, a shape, or a list of them.
    """
    calls = record(module, _tensors(module, input))
    return {key: (_shape(made[0].input), _shape(made[0].output)) for key, made in calls.items()}


def _shape(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(n, int) for n in value):
        return tuple(value)
    return [_shape(v) for v in value] if isinstance(value, list) else value
