"""From a model to a file."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from typing import Any

from lua_compat.errors import ExportError
from lua_compat.export.onnx.graph import Graph
from lua_compat.export.onnx.inputs import examples_of
from lua_compat.export.onnx.library import library, opset_of, save
from lua_compat.export.onnx.registry import TABLE
from lua_compat.export.onnx.row import Emit, Table, rows
from lua_compat.export.onnx.tracing import refuse, traced
from lua_compat.mapping.objects import TorchObject
from pytorch_from_lua.nn import Loss, LossTable, Module, ModuleFromLoss
from pytorch_from_lua.nn.utils.weight_norm import WeightNorm
from pytorch_from_lua.tensor.dtype import float16


def write(
    model: Module,
    path: str | os.PathLike[str],
    input_shape: Any = None,
    *,
    opset: int | None = None,
    emitters: Mapping[type, Emit] | None = None,
) -> list[str]:
    """Writes a model as ONNX, as it behaves in evaluation, with float32 for all floating-point types.

    The model is run to learn the shapes of what its modules give. Where it treats the first dimension of its inputs as
    a batch, which is tried, the graph takes batches of any size. Inputs are called ``input``, or ``input_0``,
    ``input_1_0``, ... where they are a (nested) table; outputs likewise. Indices, which Torch7 counts from 1, count
    from 0, as in Python.

    Args:
        model: the model, as `lua_compat.load` gives it.
        path: the file.
        input_shape: the shape of what the model takes, a tensor, or a list of them for a table; None where its first
            layers tell.
        opset: the version of ONNX's operations, from 20; None is the newest that is known here, to the package
            ``onnx`` and to ONNX Runtime where that is installed.
        emitters: how classes of your own are written: for each a function of a `lua_compat.export.onnx.Call`, which
            has the module and its input, adds operations, and gives the name of the result.

    Returns:
        What a reader of the file should know, which stands in it too: the types that were changed, inputs that are
        indices, why the size of the batch is fixed.

    Raises:
        ExportError: with every module that cannot be written, its place and the reason; where the input's shape is not
            told; where the package ``onnx`` is missing.
        TensorError: what the model says of an input that does not fit it.

    >>> import tempfile
    >>> from pytorch_from_lua import nn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(nn.Sequential(nn.Linear(4, 3), nn.Tanh()), f"{folder}/model.onnx")
    ['written as it behaves in evaluation; the model was in training mode']

    A class of one's own:

    >>> class Scaled(nn.Module):
    ...     def forward(self, x):
    ...         return x * 3
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Scaled().eval(), f"{folder}/model.onnx", (2, 4), emitters={Scaled: lambda c: c.op("Mul", c.x, 3.0)})
    []
    """
    library()
    if not isinstance(model, Module):
        raise ExportError(f"model: needs a module, got {type(model).__name__}")
    version = opset_of(opset)
    table = {**TABLE, **rows(dict(emitters or {}))}
    refuse(_known_refusals(model, table))
    graph = traced(_here(model), examples_of(model, input_shape), table)
    graph.without_unused()
    _tell_types(graph, model)
    save(graph, path, version, {"indices": "from 0", "mode": "evaluation"})
    return graph.notes


def _here(model: Module) -> Module:
    """The model where it can be run as it is: on the CPU, and not in half precision, whose rounding is too coarse."""
    held = [*model.parameters(), *model.buffers()]
    half = any(t.dtype is float16 for t in held)
    if not half and all(t.device.type == "cpu" for t in held):
        return model
    moved = copy.deepcopy(model).to("cpu")
    return moved.float() if half else moved


def _known_refusals(model: Module, table: Table) -> dict[str, str]:
    """The modules of which it is clear beforehand that they cannot be written."""
    found: dict[str, str] = {}
    for place, module in model.named_modules():
        row = table.get(type(module))
        if row is None and isinstance(module, TorchObject):
            found[place] = f"{module.class_name}: has no Python counterpart"
        elif row is None and isinstance(module, (Loss, LossTable, ModuleFromLoss)):
            found[place] = f"{type(module).__name__}: is a loss; what is written is the model that is trained with it"
        elif row is None:
            found[place] = f"{type(module).__name__}: no ONNX form of it is known here"
        else:
            reason = "has hooks, which are not written" if _is_hooked(module) else row.refuse(module)
            if reason is not None:
                found[place] = f"{type(module).__name__}: {reason}"
    return found


def _is_hooked(module: Module) -> bool:
    """Whether hooks may change what it gives; the one that makes a normalised weight is known."""
    hooks = module._hooks
    if hooks is None:
        return False
    before = [hook for hook, _ in hooks.before if not isinstance(hook, WeightNorm)]
    return bool(before or hooks.after)


def _tell_types(graph: Graph, model: Module) -> None:
    changed = sorted({t.dtype.name for t in [*model.parameters(), *model.buffers()] if t.dtype.is_floating_point})
    changed = [name for name in changed if name != "float32"]
    if changed:
        graph.notes.append(f"{', '.join(changed)} became float32")
    looked_up = [port.name for i, port in enumerate(graph.inputs) if i in graph.indices]
    if looked_up:
        graph.notes.append(f"indices, counted from 0: {', '.join(looked_up)}")
