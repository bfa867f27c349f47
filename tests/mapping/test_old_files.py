"""Files from before a class had all of its fields: what they lack is what it did then, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat import Runtime, t7
from lua_compat.mapping.registry import REGISTRY
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua.nn.protocol import tree_leaves
from pytorch_from_lua.tensor import Tensor
from tests.mapping.lua_side import close, flat, runtime
from tests.module_cases import drawn


class Old(NamedTuple):
    """A class as it was: what makes one of today that does the same, the fields that were not there, its input."""

    lua: str
    without: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...] = ((2, 3, 6, 6),)
    values: str = "normal"
    having: Any = {}  # noqa: RUF012 - never changed
    target: tuple[tuple[int, ...], str] | None = None


_PAD, _PAD3 = ("padW", "padH"), ("padT", "padW", "padH")
_ROWS, _PAIR, _VOLUME = ((4, 5),), ((3, 4), (3, 4)), ((2, 3, 4, 5, 4),)
_WORK = ("_input", "_gradOutput", "_output", "finput", "fgradInput", "_type", "train")


_NLL = ("ignoreIndex", "output_tensor", "total_weight_tensor", "target")


def _std(fields: dict[str, Any]) -> Tensor:
    return Tensor.from_array((fields["running_var"].array + fields["eps"]) ** -0.5)


OLD: list[Old] = [
    Old("nn.SpatialConvolution(3, 4, 3, 3)", _PAD),
    Old("nn.SpatialConvolution(3, 4, 3, 3, 1, 1, 1)", _PAD, having={"padding": 1.0}),
    Old("nn.SpatialConvolutionMM(3, 4, 3, 3, 1, 1, 1)", _PAD, having={"padding": 1.0}),
    Old("nn.SpatialConvolution(3, 4, 3, 3):noBias()", _WORK),
    Old("nn.SpatialFullConvolution(3, 4, 3, 3, 2, 2)", ("adjW", "adjH", *_PAD)),
    Old("nn.VolumetricConvolution(3, 2, 2, 2, 2)", _PAD3, _VOLUME),
    Old("nn.SpatialMaxPooling(2, 2)", (*_PAD, "ceil_mode", "indices")),
    Old("nn.SpatialAveragePooling(2, 2, 2, 2)", (*_PAD, "ceil_mode", "count_include_pad", "divide")),
    Old("nn.VolumetricMaxPooling(2, 2, 2)", (*_PAD3, "ceil_mode", "indices"), _VOLUME),
    Old("nn.VolumetricAveragePooling(2, 2, 2, 2, 2, 2)", (*_PAD3, "ceil_mode", "count_include_pad"), _VOLUME),
    Old("nn.BatchNormalization(5)", ("running_var", "save_mean", "save_std"), _ROWS, having={"running_std": _std}),
    Old("nn.SpatialBatchNormalization(3)", ("running_var", "save_mean", "save_std"), having={"running_std": _std}),
    Old("nn.BatchNormalization(5)", ("momentum", "affine", *_WORK), _ROWS),
    Old("nn.Dropout(0, true)", ("inplace",), _ROWS),
    Old("nn.SpatialDropout(0)", ("stochastic_inference",)),
    Old("nn.Linear(5, 3)", ("addBuffer", *_WORK), _ROWS),
    Old("nn.Linear(5, 3, false)", ("addBuffer",), _ROWS),
    Old("nn.LookupTable(10, 4)", ("paddingValue", "shouldScaleGradByFreq", "_count", "_input"), ((3, 5),), "labels:10"),
    Old("nn.ReLU()", ("inplace",), _ROWS),
    Old("nn.Threshold(0.5, 0.1)", ("inplace",), _ROWS),
    Old("nn.ReLU6()", ("inplace",), _ROWS),
    Old("nn.ELU()", ("inplace",), _ROWS),
    Old("nn.LeakyReLU()", ("inplace",), _ROWS),
    Old("nn.HardTanh()", ("min_val", "max_val", "inplace"), _ROWS),
    Old("nn.SoftPlus()", ("threshold",), _ROWS),
    Old("nn.AddConstant(2)", ("inplace",), _ROWS),
    Old("nn.MulConstant(2)", ("inplace",), _ROWS),
    Old("nn.PReLU()", ("nOutputPlane",), _ROWS),
    Old("nn.Sqrt()", ("eps",), _ROWS, "positive"),
    Old("nn.CMul(5)", ("_output", "_weight", "_expand", "_repeat", "_sum", "_gradWeight"), _ROWS),
    Old("nn.CAdd(5)", ("_output", "_bias", "_expand", "_repeat", "_gradBias"), _ROWS),
    Old("nn.Add(5)", ("scalar", "_ones"), _ROWS),
    Old("nn.View(108)", ("numInputDims",)),
    Old("nn.Reshape(108)", ("batchMode", "_input", "_gradOutput")),
    Old("nn.Reshape(3, 36)", ("batchMode",)),
    Old("nn.Transpose({2, 3})", ("numInputDims",)),
    Old("nn.Squeeze()", ("numInputDims",), ((2, 1, 3),)),
    Old("nn.Narrow(2, 2)", ("length",)),
    Old("nn.Replicate(3)", ("dim", "ndim"), _ROWS),
    Old("nn.Sum(2)", ("nInputDims", "sizeAverage", "squeeze")),
    Old("nn.Mean(2)", ("nInputDims", "squeeze")),
    Old("nn.Max(2)", ("nInputDims",)),
    Old("nn.Min(2)", ("nInputDims",)),
    Old("nn.JoinTable(2)", ("nInputDims", "size"), _PAIR),
    Old("nn.SplitTable(2)", ("nInputDims",), _ROWS),
    Old("nn.CAddTable()", ("inplace",), _PAIR),
    Old("nn.Normalize(2)", ("eps",), _ROWS),
    Old("nn.Padding(2, 2)", ("index", "value"), _ROWS),
    Old("nn.Sequential():add(nn.Linear(5, 3)):add(nn.Tanh())", ("train", "_type"), _ROWS),
    Old("nn.MSECriterion()", ("sizeAverage",), _ROWS, target=((4, 5), "normal")),
    Old("nn.ClassNLLCriterion()", ("sizeAverage", "ignoreIndex"), _ROWS, target=((4,), "labels:5")),
    Old("nn.SmoothL1Criterion()", ("sizeAverage",), _ROWS, target=((4, 5), "normal")),
    Old("nn.MultiMarginCriterion()", ("p", "margin", "sizeAverage"), _ROWS, target=((4,), "labels:5")),
    Old("nn.MarginCriterion()", ("margin", "sizeAverage"), _ROWS, target=((4, 5), "signs")),
    Old("nn.AbsCriterion()", ("sizeAverage",), _ROWS, target=((4, 5), "normal")),
    Old("nn.BCECriterion()", ("sizeAverage", "buffer"), _ROWS, "probabilities", target=((4, 5), "bits")),
    Old("nn.BCECriterion(torch.range(1, 5))", ("sizeAverage",), _ROWS, "probabilities", target=((4, 5), "bits")),
    Old("nn.DistKLDivCriterion()", ("sizeAverage",), _ROWS, target=((4, 5), "probabilities")),
    Old("nn.SoftMarginCriterion()", ("sizeAverage",), _ROWS, target=((4, 5), "signs")),
    Old("nn.HingeEmbeddingCriterion()", ("margin", "sizeAverage"), _ROWS, target=((4, 5), "signs")),
    Old("nn.MultiLabelMarginCriterion()", ("sizeAverage", "isTarget"), _ROWS, target=((4, 5), "label sets")),
    Old("nn.MultiLabelSoftMarginCriterion()", ("sizeAverage", "sigmoid"), _ROWS, target=((4, 5), "bits")),
    Old("nn.ClassNLLCriterion(torch.range(1, 5))", (*_NLL, "sizeAverage"), _ROWS, target=((4,), "labels:5")),
    Old("nn.CrossEntropyCriterion()", ("sizeAverage", "oldSizeAverage"), _ROWS, target=((4,), "labels:5")),
    Old("nn.SpatialClassNLLCriterion()", (*_NLL, "sizeAverage"), target=((2, 6, 6), "labels:3")),
    Old("nn.MultiMarginCriterion(1, torch.range(1, 5))", ("p", "sizeAverage"), _ROWS, target=((4,), "labels:5")),
    Old("nn.CosineEmbeddingCriterion()", ("margin", "sizeAverage"), _PAIR, target=((3,), "signs")),
    Old("nn.L1HingeEmbeddingCriterion()", ("margin",), _PAIR, target=((1,), "signs")),
    Old("nn.MarginRankingCriterion()", ("margin", "sizeAverage"), _PAIR, target=((3, 4), "signs")),
    Old("nn.DistanceRatioCriterion()", ("sizeAverage",), _PAIR, target=((), "signs")),
    Old("nn.ClassSimplexCriterion(5)", ("sizeAverage", "_target"), _ROWS, target=((4,), "labels:5")),
    Old("nn.WeightedMSECriterion(torch.range(1, 5))", ("sizeAverage", "buffer"), _ROWS, target=((4, 5), "normal")),
    Old("nn.SpatialAutoCropMSECriterion()", ("sizeAverage",), target=((2, 3, 6, 7), "normal")),
]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    made = runtime()
    made.execute("require 'nn'")
    return made


RUN = """
local path, module, target, training = ...
module = module or torch.load(path)
if not target then
   if training then module:training() else module:evaluate() end
end
torch.manualSeed(4)
local output = module:forward(input, target)
if torch.isTensor(output) then output = output:clone() end
local gradient = target and module:backward(input, target)
if not target and training then
   local function ones(value)
      if torch.isTensor(value) then return value:clone():fill(1) end
      local made = {}
      for i, v in ipairs(value) do made[i] = ones(v) end
      return made
   end
   if module.zeroGradParameters then module:zeroGradParameters() end
   local clone = torch.isTensor(input) and input:clone() or input
   module:forward(clone)
   gradient = module:backward(clone, ones(module.output))
end
return H.flat {output, gradient}
"""


def old_file(old: Old, lua: Runtime, path: Path) -> None:
    """Writes the module without its later fields, beside the one of today, which Lua has as ``today``."""
    lua.set_global("path", str(path))
    lua.execute(f"torch.manualSeed(3); today = {old.lua}; torch.save(path, today)")
    raw = t7.read_file(path)
    fields = dict(raw.contents.items())
    for name, value in old.having.items():
        fields[name] = value(fields) if callable(value) else value
    for name in old.without:
        fields.pop(name, None)
    t7.write_file(path, T7Object(raw.class_name, 1, T7Table.of(fields)))


#: Classes that only Lua has as yet.
IN_BOTH = [row for row in OLD if re.findall(r"nn\.\w+", row.lua)[0] in REGISTRY]


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("old", IN_BOTH, ids=[f"{i}-{row.lua.replace(' ', '')}" for i, row in enumerate(IN_BOTH)])
def test_an_old_file_gives_what_it_gave(old: Old, training: bool, tmp_path: Path, lua: Runtime) -> None:
    old_file(old, lua, tmp_path / "old.t7")
    if old.target is not None and not training:
        return
    random = np.random.RandomState(5)
    arrays = [drawn(shape, old.values, random) for shape in old.shapes]
    given = [Tensor.from_array(a) for a in arrays]
    shift = old.values.startswith("labels")
    lua.execute("input = H.given(...)", *[Tensor.from_array(a.astype(np.float64) + shift) for a in arrays])
    target = None if old.target is None else drawn(*old.target, random)
    lua_target = None if target is None else Tensor.from_array(target.astype(np.float64) + (target.dtype.kind == "i"))
    lua.execute("target = ...", lua_target)
    path = str(tmp_path / "old.t7")
    today = flat(lua.execute("local run, path, training = ...; return loadstring(run)(path, today, target, training)",
                             RUN, path, training))  # fmt: skip
    loaded = flat(lua.execute("local run, path, training = ...; return loadstring(run)(path, nil, target, training)",
                              RUN, path, training))  # fmt: skip
    for ours, want in zip(loaded, today, strict=True):
        close(ours, want, "Lua")
    module = lua_compat.load(path)
    if target is None:
        module.train(training)
    torch.manual_seed(4)
    fed = given if len(given) > 1 else given[0]
    output = module(fed) if target is None else module._of(fed, Tensor.from_array(target))
    outputs = list(tree_leaves(output))
    for made, want in zip(outputs, today[: len(outputs)], strict=True):
        close(made, want, "Python")


def test_the_first_dropout_scaled_in_evaluation(tmp_path: Path, lua: Runtime) -> None:
    path = tmp_path / "old.t7"
    old_file(Old("nn.Dropout(0.5)", ("v2", "inplace")), lua, path)
    lua.set_global("path", str(path))
    assert lua.execute("m = torch.load(path); m:evaluate(); return m:forward(torch.ones(3)):sum()") == 1.5
    assert lua.execute("m:training(); return m:forward(torch.ones(50)):max()") == 1
    module = lua_compat.load(path)
    module.eval()
    assert module(torch.ones(3)).tolist() == [0.5] * 3
    module.train()
    assert module(torch.ones(50)).max().item() == 1
