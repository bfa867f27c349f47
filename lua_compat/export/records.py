"""Models that were saved with an input and what they gave for it, as the conformance corpus has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lua_compat import t7
from lua_compat.mapping import to_python
from lua_compat.t7 import T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.nn.protocol import tree_map
from pytorch_from_lua.tensor import Tensor


class Record(NamedTuple):
    """A model and what it gave.

    Attributes:
        module: the model.
        input: what it takes, labels counted from 0.
        output: what it gave in evaluation.
        random: whether it draws numbers in training.
        draws: whether it draws numbers in evaluation too, so that outputs cannot be compared.
    """

    module: Module
    input: Any
    output: Any
    random: bool
    draws: bool


def read_record(path: Path) -> Record:
    """The record in a file."""
    held = t7.read_file(path)
    module = to_python(held["module"])
    given = labels_from_0(module, plain(held["input"]))
    kinds = (nn.FractionalMaxPool2d, nn.FractionalMaxPool3d)
    draws = any(isinstance(m, kinds) and not m.fixed_regions for m in module.modules())
    return Record(module, given, plain(held["evaluate_output"]), held.get("random") is True, draws)


def plain(value: Any) -> Any:
    """A recorded value with lists for tables."""
    return [plain(v) for v in value.to_list()] if isinstance(value, T7Table) else value


def labels_from_0(module: Any, value: Any) -> Any:
    """The input with what is looked up counted from 0."""
    if isinstance(module, nn.Embedding):
        return tree_map(lambda t: Tensor.from_array(t.array.astype(np.int64) - 1), value)
    if isinstance(module, nn.IndexLinear):
        return [tree_map(lambda t: Tensor.from_array(t.array - 1), value[0]), value[1]]
    if isinstance(module, nn.OneHot):
        return Tensor.from_array(value.array.astype(np.int64) - 1)
    if isinstance(module, nn.Index):
        return [value[0], Tensor.from_array(value[1].array.astype(np.int64) - 1)]
    if isinstance(module, nn.ParallelTable):
        return [labels_from_0(m, v) for m, v in zip(module, value, strict=True)]
    if isinstance(module, nn.Sequential) and len(module):
        return labels_from_0(module[0], value)
    if isinstance(module, nn.Graph) and isinstance(value, list):
        return [labels_of_graph(module, i, v) for i, v in enumerate(value)]
    return value


def labels_of_graph(graph: nn.Graph, place: int, value: Any) -> Any:
    """The value at a place of a graph, which may be looked up there or after modules that leave it as it is."""
    for i, step in enumerate(graph.steps):
        if step.module is not None and step.sources == (place,):
            module = graph.get_submodule(step.module)
            if isinstance(module, nn.Identity):
                return labels_of_graph(graph, i, value)
            return labels_from_0(module, value)
    return value


def as_recorded(module: Any, output: Any) -> Any:
    """The output as Torch7 has it, where numbers of centres count from 1."""
    return (output + 1).to("float64") if isinstance(module, nn.Kmeans) else output
