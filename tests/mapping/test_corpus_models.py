"""Every module that a real Torch7 saved, of the classes that the registry knows, gives here what it gave there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat import Runtime
from lua_compat.export.records import as_recorded, labels_from_0, plain
from lua_compat.mapping import to_python
from lua_compat.mapping.registry import REGISTRY
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor
from tests.corpus_models import (
    GRADIENT_SCALE,
    MODELS,
    NAMES,
    RUN,
    agree,
    fresh,
    read,
)


def classes_in(value: Any) -> set[str]:
    """The names of all classes in a graph."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, T7Object):
            found.add(item.class_name)
            waiting.append(item.contents)
        elif isinstance(item, T7Table):
            waiting += [*item.keys(), *item.values()]
    return found


CLASSES = {name: classes_in(read(name)["module"]) for name in NAMES}
#: What nn.gModule is made of.
PARTS = {"graph.Edge", "graph.Graph", "nngraph.Node"}
KNOWN = [name for name, classes in CLASSES.items() if classes <= set(REGISTRY) | PARTS]


def undone(name: str, gradient: Any) -> Any:
    """A recorded gradOutput before Torch7 worked in place on it."""
    return gradient * GRADIENT_SCALE[name] if name in GRADIENT_SCALE else gradient


def test_every_other_model_is_run() -> None:
    assert set(NAMES) == set(KNOWN)


def test_the_corpus_has_models_of_nearly_every_module_class() -> None:
    without_a_model = {
        "nn.InstanceNormalization",
        "nn.Parallel",
        "nn.Contiguous",
        "nn.Decorator",
        "nn.GPU",
        "nn.NaN",
        "nn.PrintSize",
        "nn.Profile",
        "nn.SparseLinear",
    }
    criteria = {name for name in REGISTRY if "Criterion" in name or name == "nn.L1Cost"}
    covered = set().union(*(CLASSES[name] for name in KNOWN))
    of_the_registry = {name for name in REGISTRY if name.startswith("nn.")}
    own_files = {name for name in of_the_registry - criteria - covered if name != "nn.Standardize"}
    assert own_files <= without_a_model


@pytest.mark.parametrize("name", KNOWN)
def test_gives_what_torch7_gave(name: str) -> None:
    record = read(name)
    module = to_python(record["module"])
    given = plain(record["input"])
    raw_input = labels_from_0(module, given)
    if record.get("random") is not True:
        assert isinstance(module, nn.Module)
        module.train()
        module.zeroGradParameters()
        agree(as_recorded(module, module.updateOutput(fresh(raw_input))), plain(record["output"]), "output")
    if record.get("random") is not True and record.get("gradOutput") is not None:
        gradient = module.backward(module._trace[0], undone(name, plain(record["gradOutput"])))
        if raw_input is given:
            agree(gradient, plain(record["gradInput"]), "gradInput")
        recorded = plain(record["gradParams"]) if record.get("gradParams") is not None else []
        parameters = list(module.parameters())
        copies = len(recorded) // max(1, len(parameters))  # of a MapTable, which share one gradient
        assert len(recorded) == copies * len(parameters)
        shaped = [g.view(*p.shape) for g, p in zip(recorded, parameters, strict=False)]
        agree([p.grad for p in parameters], shaped, "gradParams")
    # It was saved after one pass of training: what is evaluated is what is in the file.
    module = to_python(read(name)["module"])
    module.eval()
    if record.get("random") is True and isinstance(record["input"], Tensor):
        torch.manual_seed(42)  # some draw in evaluation too: where the stream was then
        torch.randn(*record["input"].shape)
    agree(as_recorded(module, module(fresh(raw_input))), plain(record["evaluate_output"]), "evaluate_output")


@pytest.mark.parametrize("name", KNOWN)
def test_survives_the_way_to_torch7_and_back(name: str, tmp_path: Path) -> None:
    record = read(name)
    module = to_python(record["module"])
    lua_compat.save(tmp_path / "saved.t7", module)
    again = lua_compat.load(tmp_path / "saved.t7")
    given = labels_from_0(module, plain(record["input"]))
    module.eval()
    again.eval()
    torch.manual_seed(7)  # some draw in evaluation too
    wanted = tree_map(lambda t: t.detach(), module(fresh(given)))
    torch.manual_seed(7)
    agree(again(fresh(given)), wanted, "output")
    assert repr(again) == repr(module)


@pytest.fixture(scope="module")
def lua() -> Runtime:
    made = Runtime()
    made.execute("require 'nngraph'")
    return made


@pytest.mark.parametrize("name", KNOWN)
def test_saved_again_it_gives_the_same_in_lua(name: str, tmp_path: Path, lua: Runtime) -> None:
    saved = tmp_path / "saved.t7"
    lua_compat.save(saved, to_python(read(name)["module"]))
    scale = GRADIENT_SCALE.get(name, 1.0)
    compared = lua.to_python(lua.execute(RUN, str(MODELS / f"{name}.t7"), scale, str(saved)))
    assert list(tree_leaves(compared["evaluate_output"][1])), "nothing was recorded"
    for what, (ours, theirs) in compared.items():
        agree(ours, theirs, what)
