"""From a model to a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lua_compat.errors import ExportError
from lua_compat.export.onnx import (
    activation,
    convolution,
    linear,
    normalization,
    padding,
    pooling,
    recurrent,
    structure,
    table,
    upsampling,
)
from lua_compat.export.onnx import shape as shapes
from lua_compat.export.onnx.graph import Graph, Port, element_type
from lua_compat.export.onnx.inputs import alone_of, batches_of, dtype_of, examples_of
from lua_compat.export.onnx.library import library, opset_of, save
from lua_compat.export.onnx.row import Table
from lua_compat.export.onnx.trace import Trace
from lua_compat.export.onnx.values import (
    PROBES,
    FixedBatchError,
    Size,
    UnsupportedError,
    Value,
    WantsIndicesError,
    leaves,
)
from lua_compat.mapping.objects import TorchObject
from pytorch_from_lua.errors import TensorError
from pytorch_from_lua.nn import Graph as GraphModule
from pytorch_from_lua.nn import Loss, LossTable, Module, ModuleFromLoss, RNNBase
from pytorch_from_lua.nn.protocol import tree_leaves

#: Every class that can be written, and those of which it is known why they cannot.
TABLE: Table = {
    **activation.ROWS,
    **convolution.ROWS,
    **linear.ROWS,
    **normalization.ROWS,
    **padding.ROWS,
    **pooling.ROWS,
    **recurrent.ROWS,
    **shapes.ROWS,
    **structure.ROWS,
    **table.ROWS,
    **upsampling.ROWS,
}

#: How far the rows of a batch may be from the same rows in a smaller one, by rounding alone.
_ROUNDING = 1e-3


def write(
    model: Module, path: str | os.PathLike[str], input_shape: Any = None, *, opset: int | None = None
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
        opset: the version of ONNX's operations, from 20; None is the newest that is known.

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
    """
    library()
    if not isinstance(model, Module):
        raise ExportError(f"model: needs a module, got {type(model).__name__}")
    version = opset_of(opset)
    _refuse(_known_refusals(model))
    graph = traced(model, examples_of(model, input_shape))
    graph.without_unused()
    save(graph, path, version, {"indices": "from 0", "mode": "evaluation"})
    return graph.notes


def _known_refusals(model: Module) -> dict[str, str]:
    """The modules of which it is clear beforehand that they cannot be written."""
    found: dict[str, str] = {}
    for place, module in model.named_modules():
        row = TABLE.get(type(module))
        if isinstance(module, TorchObject):
            found[place] = f"{module.class_name}: has no Python counterpart"
        elif isinstance(module, (Loss, LossTable, ModuleFromLoss)):
            found[place] = f"{type(module).__name__}: is a loss; what is written is the model that is trained with it"
        elif row is None:
            found[place] = f"{type(module).__name__}: no ONNX form of it is known here"
        else:
            reason = row.refuse(module)
            if reason is not None:
                found[place] = f"{type(module).__name__}: {reason}"
    return found


def _refuse(refused: dict[str, str]) -> None:
    if refused:
        told = "\n".join([f"  at {place}: {why}" if place else f"  {why}" for place, why in refused.items()])
        raise ExportError(f"ONNX: the model has modules that cannot be written:\n{told}")


def traced(model: Module, examples: Any) -> Graph:
    """The graph of a model, for a batch of any size where that can be."""
    dtype = dtype_of(model)
    with _in_evaluation(model) as notes:
        while True:
            why: list[str] = []
            try:
                graph = _any_batch(model, examples, dtype, why) or _one_batch(model, examples, dtype, why)
                break
            except WantsIndicesError as error:
                _take_for_indices(examples, error)
    graph.notes[:0] = notes
    _tell_types(graph, model)
    return graph


def _take_for_indices(examples: Any, error: WantsIndicesError) -> None:
    every = leaves(examples)
    for i in error.inputs:
        if every[i].looked_up or every[i].tensor is not None:
            raise ExportError("input: needs whole numbers, counted from 0, where the model looks them up")
        every[i].bound = error.bound
    if not error.inputs:
        raise ExportError("ONNX: the model looks up what it makes of floating-point constants")


def _any_batch(model: Module, examples: Any, dtype: Any, why: list[str]) -> Graph | None:
    """The graph for any size of the batch; None where there is no batch, or its size matters: ``why`` tells."""
    dims = (0, 1) if any(isinstance(m, RNNBase) and not m.batch_first for m in model.modules()) else (0,)
    for dim in dims:
        given = batches_of(examples, dim, dtype)
        if given is None:
            continue
        try:
            graph, outputs = _walk(model, given)
        except FixedBatchError as error:
            why.append(str(error))
            continue
        except (TensorError, ArithmeticError, ValueError, IndexError):
            continue  # what is no batch has a size that the model needs
        if _is_batch(outputs):
            if any(e.shape[dim] == 1 for e in leaves(examples)):
                _tell_of_one(graph, model, examples, outputs)
            return graph
    return None


def _tell_of_one(graph: Graph, model: Module, examples: Any, outputs: Any) -> None:
    """Torch7's View and others give a batch of 1 back without its dimension; the graph keeps it."""
    alone = model(_only(alone_of(examples, dtype_of(model))))
    if [t.ndim for t in tree_leaves(alone)] != [value.ndim for value in leaves(outputs)]:
        graph.notes.append("a batch of 1 keeps its dimension in the output, which the model drops")


def _one_batch(model: Module, examples: Any, dtype: Any, why: list[str]) -> Graph:
    given = alone_of(examples, dtype)
    try:
        graph, _ = _walk(model, given)
    except FixedBatchError as error:
        raise ExportError(f"ONNX: {error}") from None
    except (TensorError, ArithmeticError, IndexError):
        model(_only(alone_of(examples, dtype)))  # says where in the model
        raise
    told = "the model does not treat the first dimension of its inputs as a batch"
    graph.notes.append(f"all sizes are fixed: {'; '.join(why) or told}")
    return graph


def _only(given: Any) -> Any:
    """The nesting with the one tensor of each list."""
    return _each(lambda runs: runs[0], given)


def _walk(model: Module, given: Any) -> tuple[Graph, Any]:
    """Traces the model with an input: a nesting of lists of tensors, one for each size of the batch that is tried."""
    from pytorch_from_lua import no_grad

    graph = Graph()
    trace = Trace(TABLE, graph)
    names = iter(_names("input", _nested(given), _node_names(model)))
    numbers = iter(range(len(_flat(given))))

    def taken(runs: Any) -> Value:
        value = trace.value(graph.fresh(next(names)), runs, frozenset({next(numbers)}))
        graph.inputs.append(Port(value.name, element_type(value), value.shape))
        return value

    inputs = _each(taken, given)
    with no_grad():
        try:
            outputs = trace.call(model, "", inputs)
        except UnsupportedError as error:
            trace.refused = trace.refused or {"": f"{type(model).__name__}: {error}"}
    _refuse(trace.refused)
    graph.indices = trace.indices
    for value in leaves(outputs):
        if not isinstance(value, Value):
            raise ExportError(f"ONNX: the model gives a {type(value).__name__}, needs tensors")
        if value.stale is not None:
            raise ExportError(f"ONNX: an output is {value.stale}")
    graph.give(leaves(outputs), [graph.fresh(name) for name in _names("output", outputs, [])])
    return graph, outputs


def _each(function: Any, given: Any) -> Any:
    """The nesting with ``function`` of every list of tensors."""
    if isinstance(given, list) and not isinstance(given[0], list):
        return function(given)
    return [_each(function, item) for item in given]


def _flat(given: Any) -> list[Any]:
    found: list[Any] = []
    _each(found.append, given)
    return found


def _nested(given: Any) -> Any:
    """The nesting with 0 for every list of tensors."""
    return _each(lambda runs: 0, given)


def _names(stem: str, tree: Any, own: list[str | None]) -> list[str]:
    """A name for each leaf: the stem, or the stem and its places in the nesting, unless it has one of its own."""
    if not isinstance(tree, (list, tuple, dict)):
        return [stem]
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    found: list[str] = []
    for key, item in items:
        named = own[key] if isinstance(key, int) and key < len(own) else None
        found += _names(named or f"{stem}_{key}", item, [])
    return found


def _node_names(model: Module) -> list[str | None]:
    """What the inputs of a graph are called there."""
    return [step.name for step in model.steps[: model.num_inputs]] if isinstance(model, GraphModule) else []


def _is_batch(outputs: Any) -> bool:
    """Whether each output has one dimension of the batch's size, whose rows are the same in batches of other sizes."""
    small, last, whole = PROBES
    for value in leaves(outputs):
        dims = [i for i, dim in enumerate(value.shape) if not isinstance(dim, int)]
        if len(dims) != 1 or value.shape[dims[0]] != Size():
            return False
        first, end, every = [np.moveaxis(run.array, dims[0], 0) for run in value.runs]
        if not (_close(first, every[:small]) and _close(end, every[whole - last :])):
            return False
    return True


def _close(a: Any, b: Any) -> bool:
    return bool(np.allclose(a, b, rtol=_ROUNDING, atol=_ROUNDING, equal_nan=True))


def _tell_types(graph: Graph, model: Module) -> None:
    changed = sorted({t.dtype.name for t in [*model.parameters(), *model.buffers()] if t.dtype.is_floating_point})
    changed = [name for name in changed if name != "float32"]
    if changed:
        graph.notes.append(f"{', '.join(changed)} became float32")
    looked_up = [port.name for i, port in enumerate(graph.inputs) if i in graph.indices]
    if looked_up:
        graph.notes.append(f"indices, counted from 0: {', '.join(looked_up)}")


@contextmanager
def _in_evaluation(model: Module) -> Iterator[list[str]]:
    """The model in evaluation, and what there is to tell of that; afterwards its modules are in the modes they were."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        trained = any(mode for _, mode in modes)
        yield ["written as it behaves in evaluation; the model was in training mode"] if trained else []
    finally:
        for module, mode in modes:
            module.__dict__["training"] = mode


__all__ = ["TABLE", "traced", "write"]
