"""Methods that single classes of ``nn`` have beside those of every module."""

from __future__ import annotations

from lua_compat.guide.calls.spec import Call, Chapter
from lua_compat.guide.functions import NO_PYTORCH

LUA = """\
require 'nn'
local function fill(l)
   for _, p in ipairs(l:parameters()) do p:copy(torch.linspace(-1, 1, p:nElement())) end
   l:zeroGradParameters()
   return l
end
local x, im, i = torch.linspace(-1, 1, 8):view(2, 4), torch.linspace(-1, 1, 32):view(1, 2, 4, 4), torch.Tensor{1, 2, 2}
local e = fill(nn.LookupTable(5, 3))
local function slopes() e:forward(i); e:backward(i, torch.ones(3, 3)); return e.gradWeight end
"""
PYTHON = """\
torch.set_default_dtype(torch.float64)


def fill(l):
    for p in l.parameters():
        p.data.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
    return l


x, im, i = torch.linspace(-1, 1, 8).view(2, 4), torch.linspace(-1, 1, 32).view(1, 2, 4, 4), torch.tensor([0, 1, 1])
e = fill(nn.Embedding(5, 3))


def slopes():
    e(i).sum().backward()
    return e.weight.grad
"""


def _each(method: str, *classes: str) -> str:
    return " ".join([f"nn.{name}:{method}" for name in classes])


_SLOPES = ("slopes()", "slopes()")

OPTIONS = Chapter(
    "Options of single classes",
    "What is a method in Lua is an argument or an attribute in Python. `fill` gives a module parameters from -1 to 1.",
    LUA,
    PYTHON,
    (
        Call(
            _each(
                "noBias",
                *("Linear", "SpatialConvolution", "SpatialConvolutionMM", "SpatialDepthWiseConvolution"),
                *("SpatialFullConvolution", "TemporalRowConvolution", "VolumetricConvolution"),
                "VolumetricFullConvolution",
            ),
            "fill(nn.Linear(4, 3):noBias()):forward(x)",
            "fill(nn.Linear(4, 3, bias=False))(x)",
        ),
        Call(
            _each("setp", "Dropout", "SpatialDropout", "VolumetricDropout"),
            "d = nn.Dropout(0.5); d:setp(0.2)",
            "d = nn.Dropout(0.5); d.p = 0.2",
            value=("d.p", "d.p"),
        ),
        Call(
            _each("ceil", "SpatialMaxPooling", "SpatialAveragePooling", "VolumetricMaxPooling"),
            "nn.SpatialMaxPooling(3, 3, 2, 2):ceil():forward(im)",
            "nn.MaxPool2d(3, 2, ceil_mode=True)(im)",
        ),
        Call(
            _each("floor", "SpatialMaxPooling", "SpatialAveragePooling", "VolumetricMaxPooling"),
            "nn.SpatialMaxPooling(3, 3, 2, 2):floor():forward(im)",
            "nn.MaxPool2d(3, 2, ceil_mode=False)(im)",
            note="the default",
        ),
        Call(
            "nn.SpatialAveragePooling:setCountExcludePad",
            "nn.SpatialAveragePooling(3, 3, 2, 2, 1, 1):setCountExcludePad():forward(im)",
            "nn.AvgPool2d(3, 2, 1, count_include_pad=False)(im)",
        ),
        Call(
            "nn.SpatialAveragePooling:setCountIncludePad",
            "nn.SpatialAveragePooling(3, 3, 2, 2, 1, 1):setCountIncludePad():forward(im)",
            "nn.AvgPool2d(3, 2, 1, count_include_pad=True)(im)",
            note="the default",
        ),
        Call(
            _each("fixPoolingRegions", "SpatialFractionalMaxPooling", "VolumetricFractionalMaxPooling"),
            "f = nn.SpatialFractionalMaxPooling(2, 2, 2, 2):fixPoolingRegions()",
            "f = nn.FractionalMaxPool2d(2, 2); f.fix_pooling_regions()",
            "f = nn.FractionalMaxPool2d(2, 2, _random_samples=torch.rand(1, 2, 2))",
            "the windows of the first pass are those of all",
            ("f:forward(im):clone():equal(f:forward(im))", "torch.equal(f(im), f(im))"),
        ),
        Call(
            "nn.LookupTable:setPadding",
            "e:setPadding(2)",
            "e.padding_idx = 1",
            note="its row is not trained; the index counts from 1 in Lua, from 0 in Python",
            value=_SLOPES,
        ),
        Call(
            "nn.LookupTable:setMaxNorm nn.LookupTable:renorm",
            "e:setMaxNorm(1)",
            "e.max_norm = 1.0",
            note="rows that are looked up are scaled to this norm at most",
            value=("e:forward(i)", "e(i)"),
        ),
        Call(
            "nn.LookupTable:setNormType",
            "e:setMaxNorm(1); e:setNormType(1)",
            "e.max_norm, e.norm_type = 1.0, 1.0",
            value=("e:forward(i)", "e(i)"),
        ),
        Call("nn.LookupTable:scaleGradByFreq", "e:scaleGradByFreq()", "e.scale_grad_by_freq = True", value=_SLOPES),
        Call(
            "nn.PartialLinear:setPartition",
            "l = fill(nn.PartialLinear(4, 5)); l:setPartition(torch.LongTensor{1, 4})",
            "l = fill(nn.PartialLinear(4, 5)); l.set_partition([0, 3])",
            "l = fill(nn.Linear(4, 5)); l = lambda x, l=l: nn.functional.linear(x, l.weight[[0, 3]], l.bias[[0, 3]])",
            "outputs count from 1 in Lua, from 0 in Python",
            ("l:forward(x)", "l(x)"),
        ),
        Call(
            "nn.PartialLinear:resetPartition",
            "l = fill(nn.PartialLinear(4, 5)); l:setPartition(torch.LongTensor{1, 4}); l:resetPartition()",
            "l = fill(nn.PartialLinear(4, 5)); l.set_partition([0, 3]); l.reset_partition()",
            "l = fill(nn.Linear(4, 5))",
            value=("l:forward(x)", "l(x)"),
        ),
        Call(
            _each("setNumInputDims", "View", "Squeeze", "Unsqueeze", "Transpose"),
            "nn.View(4):setNumInputDims(1):forward(x)",
            "nn.View(4, num_input_dims=1)(x)",
            "x.view(-1, 4)",
            "with as many dimensions the input is one sample, with more a batch",
        ),
        Call(
            "nn.View:resetSize",
            "v = nn.View(4); v:resetSize(8)",
            "v = nn.View(8)",
            "v = lambda x: x.view(8)",
            value=("v:forward(x)", "v(x)"),
        ),
        Call(
            "nn.GradientReversal:setLambda",
            "r = nn.GradientReversal(1); r:setLambda(0.5)",
            "r = nn.GradientReversal(1); r.set_lambda(0.5)",
            NO_PYTORCH,
            "PyTorch needs an `autograd.Function` for it",
            ("r:forward(x) and r:backward(x, x)", "r.backward(x, x)"),
        ),
        Call(
            "nn.LinearWeightNorm:fromLinear nn.LinearWeightNorm:initFromWeight",
            "nn.LinearWeightNorm.fromLinear(fill(nn.Linear(4, 3))):forward(x)",
            "nn.utils.weight_norm(fill(nn.Linear(4, 3)))(x)",
            "nn.utils.parametrizations.weight_norm(fill(nn.Linear(4, 3)))(x)",
        ),
        Call(
            "nn.LinearWeightNorm:toLinear",
            "l = nn.LinearWeightNorm.fromLinear(fill(nn.Linear(4, 3))):toLinear()",
            "l = nn.utils.remove_weight_norm(nn.utils.weight_norm(fill(nn.Linear(4, 3))))",
            "n = nn.utils.parametrizations.weight_norm(fill(nn.Linear(4, 3))); "
            "l = nn.utils.parametrize.remove_parametrizations(n, 'weight')",
            value=("l:forward(x)", "l(x)"),
        ),
        Call(
            "nn.MapTable:add nn.MapTable:resize",
            "nn.MapTable():add(nn.Tanh()):forward{x, im}",
            "nn.MapTable(nn.Tanh())([x, im])",
            "[nn.Tanh()(a) for a in (x, im)]",
            "Lua makes a copy of the module for each element, which share parameters",
        ),
        Call(
            "nn.Kmeans:initRandom nn.Kmeans:initKmeansPlus",
            "k = nn.Kmeans(2, 4); torch.manualSeed(1); k:initRandom(x)",
            "k = nn.Kmeans(2, 4); torch.manual_seed(1); k.init_random(x)",
            NO_PYTORCH,
            "`initKmeansPlus(x, p)` draws the next centre by its distance from the others, and is there in Lua alone",
            ("k.weight", "k.weight"),
        ),
        Call(
            "nn.SpatialConvolutionMap:decayParameters",
            "l = fill(nn.SpatialConvolutionMap(nn.tables.oneToOne(2), 2, 2)); l:decayParameters(0.1)",
            "l = fill(nn.SpatialConvolutionMap([(0, 0), (1, 1)], 2)); [p.data.mul_(0.9) for p in l.parameters()]",
            "l = fill(nn.Conv2d(2, 2, 2, groups=2)); [p.data.mul_(0.9) for p in l.parameters()]",
            "`weight_decay` of an optimizer",
            ("l:forward(im)", "l(im)"),
        ),
        Call(
            "nn.tables.full",
            "nn.tables.full(2, 3)",
            "torch.tensor([(i, o) for o in range(3) for i in range(2)]) + 1.0",
            note="connections of planes, (from, to); they count from 1 in Lua",
        ),
        Call(
            "nn.tables.oneToOne",
            "nn.tables.oneToOne(3)",
            "torch.tensor([(i, i) for i in range(3)]) + 1.0",
            note="`groups` of a convolution",
        ),
        Call(
            "nn.tables.random",
            "nn.tables.random(4, 3, 2):size(1)",
            "len([(i, o) for o in range(3) for i in torch.randperm(4)[:2].tolist()])",
            note="drawn: only the size is the same",
        ),
    ),
)
