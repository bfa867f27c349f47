"""Lua's pooling, padding and up-sampling: what the corpus does not show, and arguments and inputs that are refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lua_compat.bridge.runtime import Runtime

API = Path(__file__).parents[1] / "conformance" / "api" / "nn.txt"
NAMES = re.compile(r"nn\.\w*(Pool|Padding|UpSampling|PixelShuffle)\w*$")


@pytest.fixture(scope="module")
def lua() -> Runtime:
    runtime = Runtime()
    runtime.execute("require 'nn'")
    return runtime


def test_every_class_and_method_is_there(lua: Runtime) -> None:
    listed = [line.partition(":") for line in API.read_text().split()]
    wanted = [(name, method) for name, _, method in listed if NAMES.match(name) and method]
    assert len(wanted) > 140
    missing = [
        f"{name}:{method}"
        for name, method in wanted
        if not lua.execute("local c, m = ... return type(nn[c]) == 'table' and nn[c][m] ~= nil", name[3:], method)
    ]
    assert missing == []


TRUE = [
    # the same windows again where the regions are fixed, others where they are not
    """
    local m = nn.SpatialFractionalMaxPooling(2, 2, 5, 5):fixPoolingRegions()
    local x = torch.randn(2, 3, 20, 20)
    local first = m:forward(x):clone()
    local same = m:forward(x):equal(first)
    m:fixPoolingRegions(false)
    return same and not m:forward(x):equal(first)
    """,
    # other windows where the input has other planes
    """
    local m = nn.VolumetricFractionalMaxPooling(2, 2, 2, 0.5, 0.5, 0.5):fixPoolingRegions(true)
    m:forward(torch.randn(2, 8, 8, 8))
    m:forward(torch.randn(3, 8, 6, 10))
    return m.output:isSameSizeAs(torch.Tensor(3, 4, 3, 5)) and m.randomSamples:size(2) == 3
    """,
    "return tostring(nn.VolumetricMaxPooling(2, 3, 4, 1, 1, 1, 1, 1, 2)) == "
    "'nn.VolumetricMaxPooling(2x3x4, 1,1,1, 1,1,2)'",
    "return tostring(nn.UpSampling({oheight = 4, owidth = 5}, 'linear')) == 'nn.UpSampling(4, 5, linear)'",
    "return tostring(nn.UpSampling({odepth = 3, oheight = 4, owidth = 5}, 'linear')) == "
    "'nn.UpSampling(3, 4, 5, linear)'",
    "return tostring(nn.SpatialUpSamplingBilinear({oheight = 4, owidth = 5})) == 'nn.SpatialUpSamplingBilinear(4, 5)'",
    "return tostring(nn.FeatureLPPooling(2, 1, 2)) == 'nn.FeatureLPPooling(w=2, s=1, p=2.000000, batch=false)'",
    # corners stay where they are, in planes and volumes
    """
    local x = torch.randn(1, 2, 3, 3, 3)
    local y = nn.UpSampling(2, 'linear'):forward(x)
    return y:size(3) == 6 and y[{1, 2, 6, 1, 6}] == x[{1, 2, 3, 1, 3}]
    """,
    "local y = nn.UpSampling({odepth = 2, oheight = 4, owidth = 5}, 'linear'):forward(torch.ones(1, 1, 3, 3, 3)) "
    "return y:isSameSizeAs(torch.Tensor(1, 1, 2, 4, 5)) and (y - 1):abs():max() < 1e-12",
    "local y = nn.UpSampling(2, 'nearest'):forward(torch.range(1, 8):view(1, 1, 2, 2, 2)) "
    "return y:sum() == 8 * 36 and y[{1, 1, 4, 4, 1}] == 7",
    "return nn.SpatialUpSamplingNearest(3):forward(torch.randn(2, 3, 4)):isSameSizeAs(torch.Tensor(2, 9, 12))",
    "return nn.PixelShuffle(2):forward(torch.randn(8, 2, 3)):isSameSizeAs(torch.Tensor(2, 4, 6))",
    # padding in the middle
    "local m = nn.Padding(1, -2, 1, 9, 3) local y = m:forward(torch.range(1, 4)) "
    "return y:equal(torch.Tensor {1, 2, 9, 9, 3, 4}) and m:backward(torch.range(1, 4), y):equal(torch.range(1, 4))",
    "local y = nn.Padding(1, 2, 1, 9, 2):forward(torch.range(1, 4)) return y:equal(torch.Tensor {1, 2, 3, 9, 9, 4})",
    "return nn.SpatialReflectionPadding(1):forward(torch.randn(2, 3, 3)):size(2) == 5",
    "return nn.SpatialReplicationPadding(-1, 0, 0, 0):forward(torch.range(1, 4):view(1, 2, 2))"
    ":equal(torch.Tensor {2, 4}:view(1, 2, 1))",
    # one sample of features, and sequences of a batch
    "return nn.FeatureLPPooling(2, 1, 2):forward(torch.Tensor {3, 4, 0}):equal(torch.Tensor {5, 4})",
    """
    local m = nn.TemporalMaxPooling(2)
    local x = torch.Tensor {{{1, 5}, {2, 4}, {9, 0}, {8, 1}, {7, 7}}}
    local y = m:forward(x)
    local g = m:backward(x, y)
    return y:equal(torch.Tensor {{{2, 5}, {9, 1}}}) and g:sum() == y:sum() and g[{1, 1, 2}] == 5
    """,
    # of each feature the largest frames, as they come
    """
    local m = nn.TemporalDynamicKMaxPooling(2)
    local y = m:forward(torch.Tensor {{1, 9}, {5, 8}, {3, 7}})
    return y:equal(torch.Tensor {{5, 9}, {3, 8}})
    """,
    # the place of what is unpooled is the pooling module's, also in a copy of both
    """
    local p = nn.SpatialMaxPooling(2, 2)
    local net = nn.Sequential():add(p):add(nn.SpatialMaxUnpooling(p)):clone()
    local x = torch.rand(1, 4, 4)
    local y = net:forward(x)
    return net:get(2).pooling == net:get(1) and y:max() == x:max() and (torch.eq(y, x) + torch.eq(y, 0)):min() == 1
    """,
    # a module of single precision and back
    "local m = nn.VolumetricMaxPooling(2, 2, 2):float() m:forward(torch.randn(1, 2, 2, 2):float()) m:double() "
    "return m:forward(torch.ones(1, 2, 2, 2)):sum() == 1 and torch.type(m.indices) == 'torch.LongTensor'",
    "local m = nn.SpatialAdaptiveMaxPooling(1, 1):float() m:forward(torch.randn(1, 2, 2):float()) m:double() "
    "return m:forward(torch.ones(1, 2, 2)):sum() == 1",
]


@pytest.mark.parametrize("code", TRUE)
def test_is_true(lua: Runtime, code: str) -> None:
    assert lua.execute(code) is True


REFUSED = {
    # constructors
    "nn.VolumetricMaxPooling(2, 2)": "nn.VolumetricMaxPooling: kH is nil, a whole number of at least 1",
    "nn.VolumetricMaxPooling(2, 2, 2, 0)": "dT is 0, a whole number of at least 1",
    "nn.VolumetricAveragePooling(2.5, 2, 2)": "nn.VolumetricAveragePooling: kT is 2.5",
    "nn.SpatialAdaptiveMaxPooling(3)": "nn.SpatialAdaptiveMaxPooling: H is nil",
    "nn.SpatialAdaptiveAveragePooling(0, 1)": "nn.SpatialAdaptiveAveragePooling: W is 0",
    "nn.SpatialFractionalMaxPooling(2, 2, 3)": "nn.SpatialFractionalMaxPooling: the output for H is nil",
    "nn.SpatialFractionalMaxPooling(2, 2, 3, 0.5)": "outH is 0.5",
    "nn.SpatialMaxUnpooling(nn.SpatialAveragePooling(2, 2))": "a nn.SpatialMaxPooling is needed",
    "nn.SpatialMaxUnpooling(nn.SpatialMaxPooling(3, 3, 2, 2))": "windows of 3 and steps of 2",
    "nn.VolumetricMaxUnpooling(nn.SpatialMaxPooling(2, 2))": "a nn.VolumetricMaxPooling is needed",
    "nn.SpatialUpSamplingNearest(1.5)": "nn.SpatialUpSamplingNearest: scale is 1.5",
    "nn.SpatialUpSamplingBilinear({oheight = 3})": "nn.SpatialUpSamplingBilinear: owidth is nil",
    "nn.UpSampling(2, 'cubic')": 'mode is cubic, "nearest" or "linear"',
    "nn.UpSampling({oheight = 3, owidth = 3}, 'nearest')": "needs a factor",
    "nn.PixelShuffle()": "nn.PixelShuffle: upscaleFactor is nil",
    "nn.Padding(1)": "nn.Padding: pad is nil",
    "nn.SpatialReflectionPadding()": "nn.SpatialReflectionPadding: pad_l is nil",
    "nn.FeatureLPPooling(1, 1, 2)": "width is 1, a whole number of at least 2",
    "nn.FeatureLPPooling(17, 1, 2)": "width is 17, stride 1; 2 to 16 and 1 to 4",
    "nn.TemporalMaxPooling()": "nn.TemporalMaxPooling: kW is nil",
    # inputs
    "nn.VolumetricMaxPooling(2, 2, 2):forward(torch.ones(3, 3))": "input has sizes 3x3, 4 or 5 dimensions",
    "nn.VolumetricMaxPooling(3, 3, 3):forward(torch.ones(1, 2, 4, 4))": "output would be 0x1x1: too small",
    "nn.VolumetricMaxPooling(2, 2, 2, 1, 1, 1, 2, 0, 0):forward(torch.ones(1, 4, 4, 4))": "more than half",
    "nn.VolumetricAveragePooling(3, 3, 3):forward(torch.ones(1, 2, 4, 4))": "output would be 0x1x1: too small",
    "nn.SpatialAdaptiveMaxPooling(2, 2):forward(torch.ones(4))": "nn.SpatialAdaptiveMaxPooling: input has sizes 4",
    "nn.SpatialAdaptiveAveragePooling(2, 2):forward(torch.ones(4, 4))": "input has sizes 4x4, 3 or 4 dimensions",
    "nn.SpatialFractionalMaxPooling(3, 3, 3, 3):forward(torch.ones(1, 5, 5))": "too small for 3x3 windows of 3x3",
    "nn.SpatialFractionalMaxPooling(3, 3, 3, 3):forward(torch.ones(5, 5))": "input has 2 dimensions, 3 or 4",
    "nn.SpatialMaxUnpooling(nn.SpatialMaxPooling(2, 2)):forward(torch.ones(1, 2, 2))": "has seen no input yet",
    "nn.TemporalMaxPooling(4):forward(torch.ones(3, 2))": "input has sizes 3x2, 4 frames are needed",
    "nn.TemporalMaxPooling(4):forward(torch.ones(3))": "input has sizes 3, 2 or 3 dimensions",
    "nn.TemporalDynamicKMaxPooling(4):forward(torch.ones(3, 2))": "input has 3 frames, 4 are needed",
    "nn.TemporalDynamicKMaxPooling(4):forward(torch.ones(3))": "input has 1 dimensions, 2 or 3",
    "nn.SpatialReflectionPadding(3):forward(torch.ones(1, 3, 3))": "nn.SpatialReflectionPadding: input has sizes 1x3x3",
    "nn.SpatialReplicationPadding(1):forward(torch.ones(3))": "nn.SpatialReplicationPadding: input has sizes 3",
    "nn.SpatialReplicationPadding(-3, 0, 0, 0):forward(torch.ones(1, 3, 3))": "leave none",
    "nn.Padding(3, 1):forward(torch.ones(3))": "input has 1 dimensions, dimension 3",
    "nn.Padding(1, -1, 1, 0, 6):forward(torch.ones(3))": "index is 6, dimension 1 of the input has 3 elements",
    "nn.SpatialUpSamplingNearest(2):forward(torch.ones(3))": "input has 1 dimensions, 3 or 4",
    "nn.UpSampling(2, 'linear'):forward(torch.ones(3, 3, 3))": "a batch of 4 or 5",
    "nn.UpSampling({oheight = 3, owidth = 3}, 'linear'):forward(torch.ones(1, 1, 2, 2, 2))": "no odepth",
    "nn.PixelShuffle(2):forward(torch.ones(3, 2, 2))": "input has sizes 3x2x2; 3 or 4 dimensions and a multiple of 4",
    "nn.FeatureLPPooling(4, 1, 2):forward(torch.ones(3))": "input has sizes 3, 4 features are needed",
    "nn.FeatureLPPooling(2, 1, 2, true):forward(torch.ones(3))": "input has sizes 3, 2 to 4 dimensions",
}


@pytest.mark.parametrize("code", REFUSED)
def test_is_refused(lua: Runtime, code: str) -> None:
    ok, message = lua.execute(f"return pcall(function() return {code} end)")
    assert not ok
    assert REFUSED[code] in message


BACKWARD = {
    "nn.VolumetricMaxPooling(2, 2, 2)|1, 2, 2, 2": "nn.VolumetricMaxPooling: gradOutput has sizes 7",
    "nn.VolumetricAveragePooling(2, 2, 2)|1, 2, 2, 2": "gradOutput has sizes 7, output has 1x1x1x1",
    "nn.SpatialAdaptiveAveragePooling(2, 2)|1, 3, 3": "gradOutput has sizes 7, output has 1x2x2",
    "nn.SpatialAdaptiveMaxPooling(2, 2)|1, 3, 3": "gradOutput has sizes 7",
    "nn.SpatialFractionalMaxPooling(2, 2, 2, 2)|1, 5, 5": "gradOutput has sizes 7",
    "nn.SpatialUpSamplingNearest(2)|1, 3, 3": "gradOutput has sizes 7, output has 1x6x6",
    "nn.SpatialReflectionPadding(1)|1, 3, 3": "gradOutput has sizes 7, output has 1x5x5",
    "nn.PixelShuffle(1)|1, 3, 3": "gradOutput has 7 elements, input has 9",
    "nn.Padding(1, 2)|4": "gradOutput has other sizes",
    "nn.TemporalMaxPooling(2)|4, 2": "gradOutput has sizes 7",
    "nn.TemporalDynamicKMaxPooling(2)|4, 2": "gradOutput has other sizes",
    "nn.FeatureLPPooling(2, 2, 2)|4, 2": "gradOutput has sizes 7, output has 2x2",
}


@pytest.mark.parametrize("row", BACKWARD)
def test_a_gradient_of_other_sizes_is_refused_before_anything_is_written(lua: Runtime, row: str) -> None:
    code, shape = row.split("|")
    ok, message, kept = lua.execute(
        f"local m, x = {code}, torch.rand({shape}) m:forward(x) m:backward(x, m.output:clone():fill(1)) "
        "local before = m.gradInput:clone() local ok, message = pcall(m.backward, m, x, torch.ones(7)) "
        "return ok, message, m.gradInput:equal(before)"
    )
    assert not ok
    assert BACKWARD[row] in message
    assert kept


def test_unpooling_of_other_sizes_is_refused(lua: Runtime) -> None:
    ok, message = lua.execute(
        "local p = nn.SpatialMaxPooling(2, 2) p:forward(torch.rand(1, 4, 4)) "
        "local u = nn.SpatialMaxUnpooling(p) return pcall(u.forward, u, torch.rand(1, 3, 3))"
    )
    assert not ok
    assert "nn.SpatialMaxUnpooling: input has sizes 1x3x3, the pooling module kept places of 1x2x2" in message


def test_a_file_of_before_there_was_padding(lua: Runtime) -> None:
    assert lua.execute("""
        local m = nn.VolumetricMaxPooling(2, 2, 2)
        m.padT, m.padW, m.padH, m.ceil_mode = nil, nil, nil, nil
        local again = torch.deserialize(torch.serialize(m))
        return again.padT == 0 and again.padH == 0 and again.ceil_mode == false
            and again:forward(torch.ones(1, 4, 4, 4)):nElement() == 8
    """)
