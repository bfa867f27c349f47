"""A model as a graph: for batches of any size where it has such, else for the one input that it was given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lua_compat.errors import ExportError
from lua_compat.export.onnx.graph import Graph, Port, element_type
from lua_compat.export.onnx.inputs import alone_of, batches_of, dtype_of
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
from pytorch_from_lua.nn import Graph as GraphModule
from pytorch_from_lua.nn import Module, RNNBase

#: How far the rows of a batch may be from the same rows in a smaller one, by rounding alone.
_ROUNDING = 1e-3


def refuse(refused: dict[str, str]) -> None:
    """Raises an error that lists the modules, given by place with the reasons, if there are any."""
    if refused:
        told = "\n".join([f"  at {place}: {why}" if place else f"  {why}" for place, why in refused.items()])
        raise ExportError(f"ONNX: the model has modules that cannot be written:\n{told}")


def traced(model: Module, examples: Any, table: Table) -> Graph:
    """The graph of a model, for a batch of any size where that can be.

    Args:
        model: the model.
        examples: what it takes, as `lua_compat.export.onnx.inputs.examples_of` gives it.
        table: how each class is written.
    """
    with _in_evaluation(model) as notes:
        while True:
            why: list[str] = []
            try:
                graph = _any_batch(model, examples, table, why) or _one_batch(model, examples, table, why)
                break
            except _OtherInputsError:
                continue
    graph.notes[:0] = notes
    return graph


class _OtherInputsError(Exception):
    """Inputs have become whole numbers, or smaller ones: the model is to be traced anew."""


def _take_for_indices(examples: Any, error: WantsIndicesError) -> None:
    """Makes inputs whole numbers under a bound; raises where any was not."""
    every = leaves(examples)
    if True in [every[i].narrow(error.bound) for i in error.inputs]:
        raise _OtherInputsError


def _any_batch(model: Module, examples: Any, table: Table, why: list[str]) -> Graph | None:
    """The graph for any size of the batch; None where there is no batch, or its size matters: ``why`` tells."""
    dims = (0, 1) if any(isinstance(m, RNNBase) and not m.batch_first for m in model.modules()) else (0,)
    for given in [way for dim in dims for way in batches_of(examples, dim, dtype_of(model))]:
        try:
            graph, outputs = _walk(model, given, table)
        except FixedBatchError as error:
            why.append(str(error))
            continue
        except WantsIndicesError as error:
            _take_for_indices(examples, error)
            continue
        except ExportError:
            raise
        except Exception:  # what is no batch has a size that the model needs: the one input says what else is wrong
            continue
        if _is_batch(outputs):
            if any(1 in e.shape for e in leaves(examples)):
                _tell_of_one(graph, model, examples, table, outputs)
            return graph
    return None


def _tell_of_one(graph: Graph, model: Module, examples: Any, table: Table, outputs: Any) -> None:
    """Torch7's View and others give a batch of 1 back without its dimension; the graph keeps it."""
    try:
        _, alone = _walk(model, alone_of(examples, dtype_of(model)), table)
    except Exception:  # without its dimension, a module further on does not take it
        alone = []
    if [value.ndim for value in leaves(alone)] != [value.ndim for value in leaves(outputs)]:
        graph.notes.append("a batch of 1 keeps its dimension, which the model drops on the way")


def _one_batch(model: Module, examples: Any, table: Table, why: list[str]) -> Graph:
    try:
        graph, _ = _walk(model, alone_of(examples, dtype_of(model)), table)
    except FixedBatchError as error:
        raise ExportError(f"ONNX: {error}") from None
    except WantsIndicesError as error:
        _take_for_indices(examples, error)
        told = f"needs whole numbers from 0 to {error.bound - 1}"
        raise ExportError(f"input: the model looks it up: {told}") from None
    except ExportError:
        raise
    except Exception:
        model(_only(alone_of(examples, dtype_of(model))))  # says where in the model
        raise
    told = "the model does not treat the first dimension of its inputs as a batch"
    graph.notes.append(f"all sizes are fixed: {'; '.join(why) or told}")
    return graph


def _only(given: Any) -> Any:
    """The nesting with the one tensor of each list."""
    return _each(lambda runs: runs[0], given)


def _walk(model: Module, given: Any, table: Table) -> tuple[Graph, Any]:
    """Traces the model with an input: a nesting of lists of tensors, one for each size of the batch that is tried."""
    from pytorch_from_lua import no_grad

    graph = Graph()
    trace = Trace(table, graph)
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
    refuse(trace.refused)
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
