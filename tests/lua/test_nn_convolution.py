"""Convolutions in Lua beside what the corpus has: methods, a second input, old files, tables of connections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat import Runtime
from lua_compat.errors import LuaError
from pytorch_from_lua import nn
from pytorch_from_lua.tensor import Tensor
from tests.corpus import ROOT

CLASSES = [
    "nn.SpatialConvolution(2, 3, 3, 2)",
    "nn.SpatialConvolutionMM(2, 3, 3, 2)",
    "nn.SpatialDilatedConvolution(2, 3, 3, 2)",
    "nn.SpatialFullConvolution(2, 3, 3, 2)",
    "nn.SpatialDepthWiseConvolution(2, 3, 3, 2)",
    "nn.SpatialConvolutionLocal(2, 3, 5, 5, 3, 2)",
    "nn.SpatialConvolutionMap(nn.tables.full(2, 3), 3, 2)",
    "nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 3, 2)",
    "nn.SpatialSubSampling(2, 3, 2)",
    "nn.TemporalConvolution(5, 3, 2)",
    "nn.TemporalRowConvolution(5, 2)",
    "nn.TemporalSubSampling(5, 2)",
    "nn.VolumetricConvolution(2, 3, 2, 3, 2)",
    "nn.VolumetricDilatedConvolution(2, 3, 2, 3, 2)",
    "nn.VolumetricFullConvolution(2, 3, 2, 3, 2)",
]
NAMES = {expression.partition("(")[0] for expression in CLASSES}


@pytest.fixture(scope="module")
def lua() -> Runtime:
    made = Runtime()
    made.execute("require 'nn'")
    return made


def test_every_name_of_torch7_is_there_and_can_be_called(lua: Runtime) -> None:
    lines = (ROOT / "api" / "nn.txt").read_text().split()
    mine = [line for line in lines if line.partition(":")[0] in NAMES or line.startswith("nn.tables.")]
    assert len(mine) > 100
    callable_ = lua.execute("""
        return function(name, method)
            if method == '' then return type(loadstring('return ' .. name)()) ~= 'nil' end
            return type(torch.getmetatable(name)[method]) == 'function'
        end
    """)
    missing = [line for line in mine if not lua.call(callable_, *line.partition(":")[::2])]
    assert missing == []


@pytest.mark.parametrize("expression", CLASSES)
def test_types_and_memory(lua: Runtime, expression: str) -> None:
    """A converted module computes in its new type; one that is cleared goes on; parameters stay views of flat ones."""
    volume = "Volumetric" in expression
    shape = "2, 4, 5, 5" if volume else "7, 5" if "Temporal" in expression else "2, 5, 5"
    found = lua.execute(f"""
        local m = {expression}
        local flat, gradients = m:getParameters()
        m:zeroGradParameters() -- new ones hold what was in memory
        local x = torch.randn({shape})
        local y = m:forward(x):clone()
        m:backward(x, y)
        assert(gradients:abs():sum() > 0)
        assert(m:clearState() == m)
        assert(m.output:nElement() == 0 and m.gradInput:nElement() == 0)
        local again = (m:forward(x) - y):abs():max()
        flat:mul(0)
        assert(m:forward(x):abs():max() == 0)
        assert(m:float() == m)
        assert(torch.type(m:forward(x:float())) == 'torch.FloatTensor')
        assert(m:reset() == nil or true)
        assert(m.weight:abs():max() > 0)
        return again
    """)
    assert found == 0


@pytest.mark.parametrize("name", ["SpatialFullConvolution", "VolumetricFullConvolution"])
def test_a_second_input_says_the_size_of_the_output(lua: Runtime, name: str) -> None:
    deep = name.startswith("Volumetric")
    many = 3 if deep else 2
    numbers = ", ".join(["3"] * many + ["2"] * many + ["1"] * many)
    sizes = ", ".join(["3"] * many)
    for wanted in (5, 6):
        target = ", ".join([str(wanted)] * many)
        out, size, zeros, kind = lua.execute(f"""
            local m = nn.{name}(2, 3, {numbers})
            local x, like = torch.randn(4, 2, {sizes}), torch.randn(4, 7, {target})
            local y = m:forward{{x, like}}
            local g, wide = m:backward({{x, like}}, y), y:size(4)
            local high, zeros = g[1]:size(3), g[2]:nElement() + g[2]:abs():sum()
            return wide, high, zeros, torch.type(m:backward(x, m:forward(x)))
        """)
        assert (out, size) == (wanted, 3)
        assert zeros == 4 * 7 * wanted**many
        assert kind == "torch.DoubleTensor"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("nn.SpatialFullConvolution(2, 3, 4, 4, 2, 2, 0, 0, 2)", ["nn.SpatialFullConvolution: adjW is 2", "dW of 2"]),
        (
            "nn.SpatialFullConvolution(2, 3, 4, 5):forward(torch.ones(3, 4, 4))",
            ["nn.SpatialFullConvolution(2 -> 3, 4x5): input has sizes 3x4x4, 2 planes"],
        ),
        (
            "nn.VolumetricConvolution(2, 3, 3, 4, 5):forward(torch.ones(2, 2, 9, 9))",
            ["nn.VolumetricConvolution(2 -> 3, 3x4x5): input has sizes 2x2x9x9, output would be 0x5x6: too small"],
        ),
        (
            "nn.VolumetricConvolution(2, 3, 1, 1, 1):float():forward(torch.ones(2, 2, 2, 2))",
            ["nn.VolumetricConvolution(2 -> 3, 1x1x1)", "torch.DoubleTensor", "torch.FloatTensor"],
        ),
        (
            "nn.TemporalConvolution(3, 4, 5):forward(torch.ones(4, 3))",
            ["nn.TemporalConvolution(3 -> 4, 5): input has sizes 4x3, 5 frames or more are needed"],
        ),
        (
            "nn.TemporalRowConvolution(3, 2, 1, true):forward(torch.ones(4, 3))",
            ["nn.TemporalRowConvolution(3, 2): input has sizes", "frames of 3 features"],
        ),
        (
            "nn.SpatialConvolutionLocal(2, 3, 5, 4, 3, 3):forward(torch.ones(2, 5, 5))",
            ["nn.SpatialConvolutionLocal(2 -> 3, 3x3): input is 5 wide and 5 high, the module is for images of 5x4"],
        ),
        ("nn.SpatialConvolutionLocal(2, 3, 2, 4, 3, 3)", ["an image of 2x4 is smaller than a kernel of 3x3"]),
        (
            "nn.SpatialSubSampling(2, 3, 2):forward(torch.ones(2, 1, 5))",
            ["nn.SpatialSubSampling(2, 3x2): input has sizes 2x1x5, output would be 0x3: too small"],
        ),
        ("nn.tables.random(3, 4, 5)", ["nn.tables.random: 5 of 3 planes cannot be chosen"]),
        (
            "(function() local m = nn.SpatialConvolutionMap(nn.tables.oneToOne(2), 2, 2) m.connTable[2][1] = 7 "
            "return m:forward(torch.ones(2, 3, 3)) end)()",
            ["nn.SpatialConvolutionMap(2 -> 2, 2x2)", "connects input plane 7, there are planes 1 to 2"],
        ),
        (
            "(function() local m = nn.SpatialConvolution(2, 3, 2, 2) local x = torch.ones(2, 3, 3) m:forward(x) "
            "return m:backward(x, torch.ones(3, 3, 3)) end)()",
            ["nn.SpatialConvolution(2 -> 3, 2x2): gradOutput has sizes 3x3x3, 3x2x2 is needed"],
        ),
    ],
)
def test_errors_name_the_module_with_its_numbers(lua: Runtime, call: str, words: list[str]) -> None:
    with pytest.raises(LuaError) as caught:
        lua.execute(f"return {call}")
    for word in words:
        assert word in str(caught.value)


def test_tables_of_connections(lua: Runtime) -> None:
    def rows(call: str) -> Any:
        return lua.execute(f"torch.manualSeed(3) return {call}").array.tolist()

    assert rows("nn.tables.full(2, 3)") == [[1, 1], [2, 1], [1, 2], [2, 2], [1, 3], [2, 3]]
    assert rows("nn.tables.oneToOne(3)") == [[1, 1], [2, 2], [3, 3]]
    chosen = rows("nn.tables.random(5, 4, 2)")
    assert [to for _, to in chosen] == [1, 1, 2, 2, 3, 3, 4, 4]
    first, second = rows("torch.randperm(5):cat(torch.randperm(5), 2):t()")
    assert [source for source, _ in chosen] == [*first[:4], *second[:4]]
    # Another permutation is drawn when one is used up, whether it is needed or not.
    after = lua.execute("torch.manualSeed(3) nn.tables.random(5, 4, 2) return torch.uniform()")
    assert after == lua.execute("torch.manualSeed(3) for _ = 1, 3 do torch.randperm(5) end return torch.uniform()")


def test_parameters_decay(lua: Runtime) -> None:
    share = lua.execute("""
        local m = nn.SpatialConvolutionMap(nn.tables.full(2, 3), 3, 2)
        local before = m.weight:clone()
        m:decayParameters(0.25)
        return (m.weight - before * 0.75):abs():max()
    """)
    assert share < 1e-15


@pytest.mark.parametrize(
    ("expression", "old", "input"),
    [
        ("nn.SpatialFullConvolution(2, 3, 3, 2, 2, 2)", "adjW adjH", "2, 4, 4"),
        ("nn.VolumetricConvolution(2, 3, 2, 2, 2)", "padT padW padH", "2, 3, 3, 3"),
        ("nn.VolumetricFullConvolution(2, 3, 2, 2, 2)", "adjT adjW adjH", "2, 3, 3, 3"),
        ("nn.SpatialDepthWiseConvolution(2, 1, 2, 2)", "finput fgradInput", "2, 3, 3"),
        ("nn.TemporalRowConvolution(4, 2)", "featFirst", "3, 4"),
    ],
)
def test_fields_that_old_files_lack(lua: Runtime, expression: str, old: str, input: str, tmp_path: Path) -> None:
    path = str(tmp_path / "old.t7")
    want = lua.execute(
        f"""
        local path, old = ...
        local m = {expression}
        torch.manualSeed(1)
        local x = torch.randn({input})
        local y = m:forward(x):clone()
        for name in old:gmatch('%S+') do m[name] = nil end
        torch.save(path, m)
        local again = torch.load(path)
        assert((again:forward(x) - y):abs():max() == 0)
        return y
        """,
        path,
        old,
    )
    module = lua_compat.load(path)
    torch.manual_seed(1)
    x = torch.randn(*map(int, input.split(",")), dtype=torch.float64)
    np.testing.assert_allclose(module(x).array, want.array, rtol=1e-12, atol=1e-12)


def test_a_convolution_of_each_plane_is_saved_as_torch7_has_it(lua: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "saved.t7"
    for many in (1, 2):
        made = nn.SpatialDepthWiseConvolution(3, many, (2, 3), stride=(1, 2), padding=(0, 1), dtype=torch.float64)
        module = made if many == 2 else nn.Conv2d(3, 3, (2, 3), stride=(1, 2), padding=(0, 1), groups=3).double()
        lua_compat.save(path, module)
        x = np.random.RandomState(0).standard_normal((2, 3, 4, 5))
        name, theirs = lua.execute(
            "local path, x = ... local m = torch.load(path) return torch.type(m), m:forward(x)",
            str(path),
            Tensor.from_array(x),
        )
        assert name == "nn.SpatialDepthWiseConvolution"
        mine = module(Tensor.from_array(x)).array
        np.testing.assert_allclose(theirs.array, mine, rtol=1e-12, atol=1e-14)
        again = lua_compat.load(path)
        assert isinstance(again, nn.SpatialDepthWiseConvolution)
        np.testing.assert_allclose(again.conv2d()(Tensor.from_array(x)).array, mine, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(4, 6, 3, dilation=2, groups=2),
        nn.Conv2d(2, 3, 2, padding="same"),
        nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"),
        nn.ConvTranspose2d(2, 4, 3, groups=2),
        nn.ConvTranspose2d(2, 4, 3, dilation=2),
        nn.Conv1d(2, 3, 3),
    ],
    ids=repr,
)
def test_what_torch7_cannot_say_is_refused(module: Any, tmp_path: Path) -> None:
    with pytest.raises(lua_compat.errors.MappingError, match=type(module).__name__):
        lua_compat.save(tmp_path / "no.t7", module)


def test_padding_by_word_is_saved_in_numbers(lua: Runtime, tmp_path: Path) -> None:
    lua_compat.save(tmp_path / "same.t7", nn.Conv2d(2, 3, (3, 5), padding="same"))
    assert lua.execute("local m = torch.load((...)) return m.padH, m.padW", str(tmp_path / "same.t7")) == (1, 2)
