"""Files that name the classes of cudnn, inn and the rest, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
from lua_compat import Runtime, t7
from lua_compat.errors import MappingError
from lua_compat.guide.explain import explain
from lua_compat.mapping.registry import REGISTRY
from lua_compat.mapping.save import Saver
from lua_compat.mapping.spellings import SPELLINGS, WRAPPERS
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.nn.protocol import tree_leaves
from pytorch_from_lua.tensor import Tensor
from tests.mapping.lua_side import runtime
from tests.module_cases import Case

KNOWN = [name for name, spelling in SPELLINGS.items() if spelling.canonical in REGISTRY]
#: Fields as the other package has them, where a class's own do not do.
FIELDS: dict[str, dict[str, Any]] = {
    "cudnn.ClippedReLU": {"ceiling": 0.7, "min_val": None, "max_val": None, "mode": "CUDNN_ACTIVATION_CLIPPED_RELU"},
    "cudnn.ReLU": {"mode": "CUDNN_ACTIVATION_RELU", "nElem": 3.0},
    "cudnn.SpatialAveragePooling": {"mode": "CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING", "count_include_pad": None},
    "inn.SpatialMaxPooling": {"ceil_mode": None, "padW": None, "padH": None},
    "inn.SpatialAveragePooling": {"ceil_mode": None, "padW": None, "padH": None},
}


@pytest.fixture(scope="module")
def lua() -> Runtime:
    made = runtime()
    made.execute("require 'nn'")
    return made


def respelled(name: str, tmp_path: Path, lua: Runtime) -> tuple[str, Any, Case]:
    """A file with nn's module under the other name, the module as nn's file has it, and what it takes."""
    spelling = SPELLINGS[name]
    case = Case(REGISTRY[spelling.canonical].examples[-1], spelling.canonical)
    path = tmp_path / "module.t7"
    lua.set_global("path", str(path))
    lua.execute(f"torch.save(path, {case.example.lua})")
    module, raw = lua_compat.load(path), t7.read_file(path)
    contents = dict(raw.contents.items()) | FIELDS.get(name, {})
    fields = {k: v for k, v in contents.items() if v is not None}
    t7.write_file(path, T7Object(name, raw.version, T7Table.of(fields)))
    return str(path), module, case


@pytest.mark.parametrize("name", KNOWN)
def test_loads_as_the_class_that_it_is(name: str, tmp_path: Path, lua: Runtime) -> None:
    path, module, case = respelled(name, tmp_path, lua)
    loaded = lua_compat.load(path)
    assert type(loaded) is type(module)
    if name not in FIELDS:
        assert repr(loaded) == repr(module)
    assert set(loaded.__dict__.get("torch7_fields", {})) <= set(module.__dict__.get("torch7_fields", {}))
    saved = tmp_path / "saved.t7"
    lua_compat.save(saved, loaded)
    assert t7.read_file(saved).class_name == Saver().graph(module).class_name
    if case.is_loss:
        return
    loaded.eval()
    given = case.input()
    theirs = list(tree_leaves(loaded(given)))
    told = lua.execute("module = torch.load(path); module:evaluate(); return torch.typename(module)")
    assert told == name
    for x in tree_leaves(given):
        lua.set_global("x", Tensor.from_array(x.array.astype(np.float64) + (0 if x.dtype.is_floating_point else 1)))
    np.testing.assert_allclose(lua.eval("module:forward(x)").array, theirs[0].array, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", WRAPPERS)
def test_what_runs_on_several_devices_is_the_module_in_it(name: str, tmp_path: Path, lua: Runtime) -> None:
    inner = nn.Sequential(nn.Linear(3, 2), nn.Tanh()).double()
    path = tmp_path / "module.t7"
    lua_compat.save(path, inner)
    raw = t7.read_file(path)
    copies = T7Table.of([raw, raw])
    t7.write_file(path, {"net": T7Object(name, 1, T7Table.of({"modules": copies, "dimension": 1.0}))})
    net = lua_compat.load(path).net
    assert repr(net) == repr(inner)
    x = Tensor.from_array(np.ones((2, 3)))
    lua.set_global("path", str(path))
    lua.set_global("x", x)
    np.testing.assert_allclose(lua.eval("torch.load(path).net:forward(x)").array, net(x).array)
    assert "loads as that module" in explain(name)


def test_a_wrapper_around_nothing_shows_what_there_is(tmp_path: Path) -> None:
    t7.write_file(tmp_path / "x.t7", T7Object("nn.DataParallelTable", 1, T7Table.of({"modules": T7Table()})))
    assert lua_compat.load(tmp_path / "x.t7").class_name == "nn.DataParallelTable"


def test_the_same_names_in_lua(lua: Runtime) -> None:
    told = lua.execute("""
        local names = {}
        for package, rows in pairs(require('spellings').rows) do
           for _, row in ipairs(rows) do
              names[#names + 1] = package .. '.' .. row[1] .. '=nn.' .. (row[2] or row[1])
           end
        end
        return table.concat(names, ' ')
    """)
    grouped = {"cudnn.SpatialConvolution=nn.SpatialConvolution", "cudnn.VolumetricConvolution=nn.VolumetricConvolution"}
    assert set(told.split()) - grouped == {f"{s.torch7}={s.canonical}" for s in SPELLINGS.values()}
    brings = Path(lua_compat.__file__).with_name("lua").joinpath("torch", "brings.lua").read_text()
    patterns = [p.replace("%.", r"\.") for p in re.findall(r"\['(\^[^']*)'\] = 'gpu\.(?:cudnn|inn|cunn)'", brings)]
    for name in [*SPELLINGS, *WRAPPERS]:
        assert any(re.search(pattern, name) for pattern in patterns), name


def test_groups_of_planes_go_both_ways(tmp_path: Path, lua: Runtime) -> None:
    for module, name in [
        (nn.Conv2d(4, 6, 3, groups=2), "cudnn.SpatialConvolution"),
        (nn.Conv2d(4, 6, 3), "nn.SpatialConvolution"),
    ]:
        path = tmp_path / "module.t7"
        lua_compat.save(path, module)
        raw = t7.read_file(path)
        assert raw.class_name == name
        raw.class_name = "cudnn.SpatialConvolution"
        t7.write_file(path, raw)
        loaded = lua_compat.load(path)
        assert repr(loaded) == repr(module)
        assert loaded.weight.tolist() == module.weight.tolist()
        lua_compat.save(path, loaded)
        assert t7.read_file(path).class_name == name


@pytest.mark.parametrize(
    ("code", "want"),
    [
        ("cudnn.convert(nn.Sequential():add(nn.ReLU()):add(nn.Linear(2, 2)), cudnn)", "cudnn.ReLU nn.Linear"),
        ("cudnn.convert(nn.Sequential():add(cudnn.ReLU()):add(cudnn.Tanh()), nn)", "nn.ReLU nn.Tanh"),
        (
            "cudnn.convert(nn.Sequential():add(nn.ReLU()):add(nn.Tanh()), cudnn, "
            "function(m) return torch.type(m) == 'nn.Tanh' end)",
            "cudnn.ReLU nn.Tanh",
        ),
        (
            "cudnn.convert(nn.Sequential():add(cudnn.SpatialConvolution(2, 2, 1, 1, 1, 1, 0, 0, 2)), nn)",
            "cudnn.SpatialConvolution",
        ),
        ("nn.Sequential():add(cudnn.ClippedReLU(3, true)):add(inn.SpatialMaxPooling(2, 2))",
         "cudnn.ClippedReLU inn.SpatialMaxPooling"),
    ],
)  # fmt: skip
def test_nets_are_made_and_converted_in_lua(lua: Runtime, code: str, want: str) -> None:
    told = lua.execute(f"""
        require 'cudnn'; require 'inn'; require 'cunn'
        local net, names = {code}, {{}}
        for i, module in ipairs(net.modules) do names[i] = torch.typename(module) end
        return table.concat(names, ' ')
    """)
    assert told == want


def test_data_parallel_table_runs_its_first_module(lua: Runtime) -> None:
    got = lua.execute("""
        require 'cunn'
        local inner = nn.Linear(3, 2)
        local net = nn.DataParallelTable(1, true, false):add(inner, {1, 2}):add(inner:clone(), 2):threads()
        local x = torch.ones(4, 3)
        return (net:forward(x) - inner:forward(x)):abs():max() + #net.modules - 1 + #net:parameters() - 2
    """)
    assert got == 0


def test_padding_in_time_is_refused() -> None:
    spelling = SPELLINGS["cudnn.TemporalConvolution"]
    assert spelling.repair is not None
    with pytest.raises(MappingError, match="padH is 1"):
        spelling.repair({"padH": 1})
    fields: dict[str, Any] = {"weight": Tensor.from_array(np.ones((4, 1, 2, 3)))}
    spelling.repair(fields)
    assert fields["weight"].shape == (4, 6)


def test_explain_knows_the_names() -> None:
    assert explain("cudnn.ClippedReLU").startswith("cudnn.ClippedReLU is another name of nn.HardTanh: from 0 to")
    with pytest.raises(MappingError, match=r"did you mean cudnn\.ReLU"):
        explain("cudnn.Relu")
