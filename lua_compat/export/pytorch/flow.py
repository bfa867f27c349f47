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


def batch_flow(module: Module, input: Any) -> Flow:
    """`flow_of` for an input whose first dimension is a batch where its shape can be one.

    A batch of one is run as one of two: what goes through a model then tells the batch from a dimension of size 1,
    which some of Torch7's modules do not.
    """
    volumes = any(type(m).__name__.endswith("3d") for m in module.modules())
    batches = {2, 5} if volumes else {2, 4}
    return flow_of(module, _wider(input, batches))


def _wider(input: Any, batches: set[int]) -> Any:
    if isinstance(input, list):
        return [_wider(part, batches) for part in input]
    if isinstance(input, tuple) and len(input) in batches and input[0] == 1:
        return (2, *input[1:])
    return input
