"""Lua's normalisations, templates, sparse and weight-normalised layers: gradients, behaviour, what is refused."""

from __future__ import annotations

import pytest

from lua_compat import LuaError, Runtime


@pytest.fixture(scope="module")
def lua() -> Runtime:
    runtime = Runtime()
    runtime.execute("require 'nn'")
    return runtime


JACOBIANS = {
    "nn.Cosine(4, 3)": "2, 4",
    "nn.Euclidean(4, 3)": "2, 4",
    "nn.WeightedEuclidean(4, 3)": "4",
    "nn.Normalize(2)": "2, 4",
    "nn.Normalize(3)": "4",
    "nn.Normalize(math.huge)": "2, 4",
    "nn.GatedLinearUnit()": "2, 4",
    "nn.CReLU(1)": "2, 4",
    "nn.Maxout(4, 3, 2)": "2, 4",
    "nn.SpatialCrossMapLRN(3, 0.3)": "4, 3, 3",
    "nn.SpatialCrossMapLRN(3, 0.3, 0.6, 2)": "2, 4, 3, 3",
    "nn.SpatialSubtractiveNormalization(2, torch.rand(3, 3))": "2, 5, 4",
    "nn.SpatialDivisiveNormalization(2, torch.rand(3, 3))": "2, 2, 5, 4",
    "nn.LinearWeightNorm(4, 3)": "2, 4",
    "nn.WeightNorm(nn.Linear(4, 3))": "2, 4",
    "nn.WeightNorm(nn.SpatialConvolution(2, 3, 2, 2), 2)": "2, 3, 3",
    "nn.PartialLinear(4, 3)": "2, 4",
}


@pytest.mark.parametrize("module", JACOBIANS)
def test_the_gradient_is_the_derivative(module: str, lua: Runtime) -> None:
    lua.execute("torch.manualSeed(7)")
    assert lua.execute(f"return nn.Jacobian.testJacobian({module}, torch.randn({JACOBIANS[module]}))") < 1e-5


#: Each says of some Lua that it is true.
TRUE = {
    "a normalised weight lies between the two": """
        local m = nn.WeightNorm(nn.Linear(4, 3))
        m:forward(torch.randn(2, 4))
        return (m.weight:norm(2, 2) - m.g):abs():max() < 1e-4""",
    "weight normalisation learns and is saved without its weight": """
        local m, x = nn.WeightNorm(nn.Linear(4, 3)), torch.randn(5, 4)
        local before = m:forward(x):clone()
        m:zeroGradParameters() m:backward(x, before) m:updateParameters(0.1)
        local after, copy = m:forward(x):clone(), m:clone()
        local held = copy.modules[1].weight
        return after:norm() < before:norm() and (copy:forward(x) - after):abs():max() < 1e-12
           and torch.pointer(held) == torch.pointer(copy.weight) and m.modules[1].weight ~= nil""",
    "a linear layer through a normalised one and back": """
        local l, x = nn.Linear(4, 2), torch.randn(3, 4)
        local n = nn.LinearWeightNorm.fromLinear(l)
        return (n:forward(x) - l:forward(x)):abs():max() < 1e-12
           and (n:toLinear():forward(x) - l:forward(x)):abs():max() < 1e-12""",
    "a sparse layer is a linear one": """
        local s, l = nn.SparseLinear(4, 2, true), nn.Linear(4, 2)
        l.weight:copy(s.weight) l.bias:copy(s.bias)
        local x, dense = {torch.Tensor {{1, 2}, {3, -1}}, torch.Tensor {{4, 0.5}}}, torch.zeros(2, 4)
        dense[1][1], dense[1][3], dense[2][4] = 2, -1, 0.5
        local g = torch.randn(2, 2)
        s:zeroGradParameters() l:zeroGradParameters()
        local same = (s:forward(x) - l:forward(dense)):abs():max() < 1e-12
        local found, whole = s:backward(x, g), l:backward(dense, g)
        return same and (s.gradWeight - l.gradWeight):abs():max() < 1e-12
           and (s.gradBias - l.gradBias):abs():max() < 1e-12
           and math.abs(found[1][2][2] - whole[1][3]) < 1e-12 and found[1][2][1] == 3""",
    "an index layer is a sparse one": """
        local i, s = nn.IndexLinear(4, 2, true), nn.SparseLinear(4, 2)
        i:reset() s.weight:copy(i.weight:t()) s.bias:copy(i.bias)
        local keys, values = {torch.LongTensor {1, 3}, torch.LongTensor {4}}, {torch.Tensor {2, -1}, torch.Tensor {0.5}}
        local x, g = {torch.Tensor {{1, 2}, {3, -1}}, torch.Tensor {{4, 0.5}}}, torch.randn(2, 2)
        local same = (i:forward {keys, values} - s:forward(x)):abs():max() < 1e-12
        local flat = i:forward {torch.LongTensor {1, 3, 4}, torch.Tensor {2, -1, 0.5}, torch.LongTensor {2, 1}}
        same = same and (flat - s.output):abs():max() < 1e-12
        i:zeroGradParameters() s:zeroGradParameters()
        i:forward {keys, values}
        local found = i:backward({keys, values}, g)
        s:backward(x, g)
        return same and (i.gradWeight - s.gradWeight:t()):abs():max() < 1e-12 and found[2][1]:size(1) == 2""",
    "k-means ends where each centre is a mean": """
        local k, x = nn.Kmeans(2, 3), torch.randn(30, 3)
        k:initKmeansPlus(x)
        local last
        for _ = 1, 20 do
           k:zeroGradParameters() k:forward(x) k:backward(x, k.output) k:updateParameters(1)
           assert(not last or k.loss <= last + 1e-9)
           last = k.loss
        end
        return k.gradWeight:abs():max() < 1e-12 and k.clusterSampleCount:sum() == 30""",
    "only the outputs of the partition": """
        local p, x = nn.PartialLinear(4, 5), torch.randn(3, 4)
        local all = p:forward(x):clone()
        p:setPartition(torch.LongTensor {2, 4})
        p:zeroGradParameters()
        local some = p:forward(x)
        p:backward(x, torch.ones(3, 2))
        return (some - all:index(2, torch.LongTensor {2, 4})):abs():max() < 1e-12
           and p.gradBias:view(-1):eq(torch.Tensor {0, 3, 0, 3, 0}):all()""",
    "the gradient of a lookup goes straight into its weight": """
        local m, i = nn.LookupTable(3, 2):accUpdateOnly(), torch.LongTensor {2}
        local before = m.weight:clone()
        m:forward(i) m:backwardUpdate(i, torch.ones(1, 2), 0.5)
        return m.gradWeight == nil and (m.weight - before):sum() == -1""",
    "rows are brought to the largest norm": """
        local m = nn.LookupTable(3, 2):setMaxNorm(0.1)
        m.weight:fill(1)
        m:renorm(torch.LongTensor {2})
        return math.abs(m.weight[2]:norm() - 0.1) < 1e-6 and m.weight[1]:norm() > 1""",
    "noise in training only": """
        local m, x = nn.WhiteNoise(0, 1), torch.zeros(50)
        local noisy = m:forward(x):clone()
        m:evaluate()
        return noisy:std() > 0.5 and m:forward(x):abs():max() == 0""",
}  # fmt: skip


@pytest.mark.parametrize("what", TRUE)
def test_behaviour(what: str, lua: Runtime) -> None:
    assert lua.execute(f"torch.manualSeed(7) {TRUE[what]}") in (True, 1)


REFUSED = {
    "nn.Bilinear(4, 3, 0)": "nn.Bilinear: outputSize is 0",
    "nn.Bilinear(4, 3, 2):forward(torch.randn(2, 4))": "nn.Bilinear: input is torch.DoubleTensor, a table of two",
    "nn.Bilinear(4, 3, 2):forward {torch.randn(2, 4), torch.randn(3, 3)}": "nn.Bilinear.4x3 -> 2.: inputs have sizes",
    "nn.Cosine(4, 3):forward(torch.randn(2, 5))": r"nn.Cosine\(4 -> 3\): input has sizes 2x5, vectors of 4",
    "nn.WeightedEuclidean(4, 3):forward(torch.randn(5))": r"nn.WeightedEuclidean\(4 -> 3\): input has sizes 5",
    "nn.Normalize(0)": "nn.Normalize: p is 0",
    "nn.Normalize(2):forward(torch.randn(2, 2, 2))": "nn.Normalize: input has sizes 2x2x2",
    "nn.GatedLinearUnit():forward(torch.randn(2, 3))": "an even size of the last dimension is needed",
    "nn.CReLU(2):forward(torch.randn(2))": r"nn.CReLU\(2\): input has 1 dimensions, 2 or 3",
    "nn.SpatialCrossMapLRN(0)": "nn.SpatialCrossMapLRN: size is 0",
    "nn.SpatialCrossMapLRN(3):forward(torch.randn(2, 3))": "nn.SpatialCrossMapLRN: input has sizes 2x3",
    "nn.SparseLinear(4, 2):forward(torch.Tensor {{9, 2}})": "nn.SparseLinear: index 9 is outside of 1 to 4",
    "nn.SparseLinear(4, 2):forward(3)": "nn.SparseLinear: input is number",
    "nn.IndexLinear(4, 2):forward {{torch.LongTensor {1}}, {torch.Tensor {1, 2}}}": "has 1 keys and 2 values",
    "nn.Kmeans(0, 2)": "nn.Kmeans: k is 0",
    "nn.Kmeans(2, 2):forward(torch.randn(3, 3))": r"nn.Kmeans\(2, 2\): input has sizes 3x3",
    "nn.WeightNorm(nn.Tanh())": "nn.WeightNorm: nn.Tanh has no weight",
    "nn.SpatialSubtractiveNormalization(2, torch.rand(4, 4))": "kernel is 4x4",
    "nn.SpatialDivisiveNormalization(2, torch.rand(3, 3)):forward(torch.rand(3, 5, 5))": "2 planes in 3 or 4",
    "nn.BatchNormalization(3):checkInputDim(torch.randn(2, 4))": r"nn.BatchNormalization\(3\): input has sizes 2x4",
}


@pytest.mark.parametrize("call", REFUSED)
def test_refused(call: str, lua: Runtime) -> None:
    with pytest.raises(LuaError, match=REFUSED[call]):
        lua.execute(f"return {call}")
