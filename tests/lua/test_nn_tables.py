"""Table modules, decorators and small layers in Lua: options, single samples, what they refuse."""

from __future__ import annotations

import pytest

from lua_compat import Runtime


@pytest.fixture(scope="module")
def lua() -> Runtime:
    runtime = Runtime()
    runtime.execute("require 'nn'")
    return runtime


ONES = "local function o(...) return torch.ones(...) end "

#: A module, what it is given, and words of the error.
BAD: list[tuple[str, str, list[str]]] = [
    ("nn.DotProduct()", "{o(2, 3), o(2, 4)}", ["nn.DotProduct", "2x3 and 2x4", "same sizes"]),
    ("nn.DotProduct()", "{o(2)}", ["nn.DotProduct", "a table of 1", "table of two"]),
    ("nn.CosineDistance()", "o(2, 3)", ["nn.CosineDistance", "2x3", "table of two"]),
    ("nn.PairwiseDistance(2)", "{o(2, 3, 4), o(2, 3, 4)}", ["nn.PairwiseDistance", "2x3x4", "at most 2 dimensions"]),
    ("nn.PairwiseDistance(2)", "{o(2), 'a'}", ["nn.PairwiseDistance", "input[2] is a string", "a tensor is needed"]),
    ("nn.MM()", "{o(2, 3), o(2, 3)}", ["nn.MM", "2x3 and 2x3", "that fit"]),
    ("nn.MM(true)", "{o(2, 3), o(3, 3)}", ["nn.MM", "2x3 (transposed) and 3x3"]),
    ("nn.MM()", "{o(2, 3, 4), o(3, 4, 5)}", ["nn.MM", "2x3x4 and 3x4x5"]),
    ("nn.MV()", "{o(2, 3), o(2)}", ["nn.MV", "2x3 and 2", "that fit"]),
    ("nn.ZipTable()", "{{o(1), o(1)}, {o(1)}}", ["nn.ZipTable", "input[2] is a table of 1", "one length"]),
    ("nn.ZipTableOneToMany()", "{o(1), o(1)}", ["nn.ZipTableOneToMany", "input[2] is a tensor of sizes 1"]),
    (
        "nn.CAddTensorTable()",
        "{o(2), {o(2), o(3)}}",
        ["nn.CAddTensorTable", "input[2][2]", "of input[1], 2"],
    ),
    ("nn.MixtureTable()", "{o(2, 3), {o(2, 4), o(2, 4)}}", ["nn.MixtureTable", "weights for 3 experts", "has 2"]),
    ("nn.MixtureTable()", "{o(2, 2), {o(2, 4), o(3, 4)}}", ["nn.MixtureTable", "input[2][2]", "3x4"]),
    ("nn.MixtureTable()", "{o(2, 2, 2), {}}", ["nn.MixtureTable", "2x2x2", "one or two dimensions"]),
    ("nn.MixtureTable()", "{o(2), torch.FloatTensor(2, 3)}", ["nn.MixtureTable", "torch.FloatTensors"]),
    ("nn.Index(1)", "{o(2, 3), torch.LongTensor{3}}", ["nn.Index", "from 3 to 3", "1 to 2"]),
    ("nn.Index(3)", "{o(2, 3), torch.LongTensor{1}}", ["nn.Index", "2x3", "dimension 3"]),
    ("nn.MaskedSelect()", "{o(2), o(2)}", ["nn.MaskedSelect", "torch.DoubleTensor", "torch.ByteTensor"]),
    ("nn.MaskedSelect()", "{o(2), torch.ByteTensor(3):fill(1)}", ["nn.MaskedSelect", "2 and 3"]),
    ("nn.OneHot(3)", "torch.Tensor{1, 4}", ["nn.OneHot", "from 1 to 4", "1 to 3 are allowed"]),
    ("nn.OneHot(3)", "torch.Tensor()", ["nn.OneHot", "no elements"]),
    ("nn.L1Penalty(1)", "{o(2)}", ["nn.L1Penalty", "input is a table", "a tensor is needed"]),
    ("nn.GradientReversal()", "3", ["nn.GradientReversal", "input is a number"]),
    ("nn.Collapse(2)", "{}", ["nn.Collapse", "a table"]),
    ("nn.Convert('bchw', 'bf')", "o(2, 3)", ["nn.Convert", "2 dimensions", "bchw"]),
    ("nn.Convert('bchw', 'bct')", "o(2, 3, 4, 5)", ["nn.Convert", "bchw to bct"]),
    ("nn.Bottle(nn.Linear(4, 2), 2, 1)", "o(2, 3, 4)", ["nn.Bottle", "nn.Linear has 2 dimensions", "nOutputDim is 1"]),
    ("nn.CAddTable()", "{o(2), o(3)}", ["nn.CAddTable", "input[2] has sizes 3, input[1] has 2"]),
    ("nn.CAddTable(true)", "{o(2), o(3)}", ["nn.CAddTable", "input[2] has sizes 3"]),
    ("nn.CAddTable()", "o(2, 3)", ["nn.CAddTable", "a tensor of sizes 2x3", "a table of one or more tensors"]),
    ("nn.CSubTable()", "{o(2)}", ["nn.CSubTable", "a table of 1, a table of 2 tensors"]),
    ("nn.CMulTable()", "{}", ["nn.CMulTable", "a table of 0"]),
    ("nn.CDivTable()", "{o(2), torch.FloatTensor(2)}", ["nn.CDivTable", "input[2] is a torch.FloatTensor"]),
    ("nn.CMaxTable()", "{o(2), 'a'}", ["nn.CMaxTable", "input[2] is a string"]),
    ("nn.JoinTable(1)", "{o(2, 2), o(3, 3)}", ["nn.JoinTable", "3x3", "2x2", "may differ in dimension 1 alone"]),
    ("nn.JoinTable(3)", "{o(2, 2)}", ["nn.JoinTable", "2x2", "dimension 3"]),
    ("nn.SplitTable(3)", "o(2, 2)", ["nn.SplitTable", "2x2", "dimension 3"]),
    ("nn.SelectTable(1)", "nil", ["nn.SelectTable", "input is nil, a table is needed"]),
    ("nn.NarrowTable(2, 2)", "{o(1), o(2)}", ["nn.NarrowTable", "a table of 2, elements 2 to 3"]),
    ("nn.SelectTable(5)", "{o(1)}", ["nn.SelectTable", "does not exist in the input table: 5", "a table of 1"]),
    ("nn.Linear(3, 2)", "nil", ["input is nil, a tensor is needed"]),
    ("nn.Linear(3, 2)", "{o(2, 3)}", ["input is a table, a tensor is needed"]),
    ("nn.ReLU()", "3", ["input is a number, a tensor is needed"]),
    ("nn.SpatialMaxPooling(2, 2)", "nil", ["input is nil, a tensor is needed"]),
    ("nn.LookupTable(10, 2)", "torch.Tensor{1, 11}", ["nn.LookupTable", "index 11", "from 1 to 10"]),
    ("nn.LookupTable(10, 2)", "torch.Tensor{0, 1}", ["nn.LookupTable", "index 0", "from 1 to 10"]),
    ("nn.FlattenTable()", "3", ["nn.FlattenTable", "a number"]),
    ("nn.MM()", "{o(2, 3), torch.FloatTensor(3, 2)}", ["nn.MM", "input[2] is a torch.FloatTensor"]),
    ("nn.ParallelTable():add(nn.Tanh()):add(nn.Tanh())", "{o(1)}", ["nn.ParallelTable", "a table of 1, 2 modules"]),
    ("nn.Concat(2)", "o(4, 2)", ["nn.Concat", "holds no modules"]),
    (
        "nn.Concat(1):add(nn.Identity()):add(nn.Narrow(2, 1, 1))",
        "o(4, 2)",
        ["nn.Concat", "module 2 has sizes 4x1"],
    ),
    ("nn.Parallel(1, 1):add(nn.Tanh())", "o(4, 2)", ["nn.Parallel", "4x2", "1 modules", "dimension 1"]),
    ("nn.MapTable()", "{o(1)}", ["nn.MapTable", "holds no module"]),
    ("nn.NaN(nn.Identity(), 7)", "torch.Tensor{0 / 0}", ["NaN found in input of module (id=7)", "nn.Identity"]),
    ("nn.NaN(nn.Log())", "torch.Tensor{-1}", ["NaN found in output", "nn.Log"]),
]


@pytest.mark.parametrize(("make", "given", "words"), BAD, ids=[f"{make}-{given}" for make, given, _ in BAD])
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    lua: Runtime, make: str, given: str, words: list[str]
) -> None:
    ok, message, same = lua.execute(f"""
        {ONES}
        local m = {make}
        local before = torch.serialize(m)
        local input = {given}
        local ok, message = pcall(m.forward, m, input)
        local container = torch.isTypeOf(m, 'nn.Container')
        return ok, message, container or torch.serialize(m) == before
    """)  # fmt: skip
    assert not ok
    for word in words:
        assert word in message
    assert same


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("nn.Linear(3)", ["nn.Linear", "inputSize is a number and outputSize nil"]),
        ("nn.SpatialConvolution(3, 4)", ["nn.SpatialConvolution", "kW is nil, a number is needed"]),
        ("nn.SpatialConvolution(3)", ["nn.SpatialConvolution", "nOutputPlane is nil"]),
        ("nn.VolumetricConvolution(3, 4, 1, 2)", ["nn.VolumetricConvolution", "kH is nil"]),
        ("nn.Linear(3, 2):updateParameters()", ["nn.Linear", "needs a learning rate"]),
        (
            "nn.SpatialClassNLLCriterion():forward(torch.ones(1, 2, 2, 2), torch.ones(1, 2, 2):fill(3))",
            ["nn.SpatialClassNLLCriterion", "label 3", "1 to 2"],
        ),
    ],
)
def test_what_is_missing_is_named(lua: Runtime, code: str, words: list[str]) -> None:
    message = lua.execute(f"return select(2, pcall(function() return {code} end))")
    for word in words:
        assert word in message
    assert "lua_compat" not in message.partition("\n")[0]


#: Lua that fails by itself.
WORKS = {
    "single samples have one number": """
        local a, b = torch.Tensor{1, 2}, torch.Tensor{3, 5}
        assert(nn.DotProduct():forward{a, b}:equal(torch.Tensor{13}))
        assert(nn.PairwiseDistance(1):forward{a, b}:equal(torch.Tensor{5}))
        local c = nn.CosineDistance()
        assert(math.abs(c:forward{a, b}[1] - 13 / math.sqrt(5 * 34)) < 1e-9)
        assert(c:backward({a, b}, torch.ones(1))[2]:isSameSizeAs(b))
    """,
    "gradients follow the inputs' sizes from call to call": """
        local m = nn.MM()
        for _, n in ipairs{2, 5, 3} do
           local input = {torch.randn(n, 3), torch.randn(3, n + 1)}
           m:forward(input)
           local gradients = m:backward(input, torch.ones(n, n + 1))
           assert(gradients[1]:isSameSizeAs(input[1]) and gradients[2]:isSameSizeAs(input[2]))
        end
        assert(not pcall(m.backward, m, {torch.ones(2, 3), torch.ones(3, 2)}, torch.ones(3, 2)))
    """,
    "an in-place multiplication of many": """
        local m, input = nn.CMulTable(), {torch.rand(3) + 1, torch.rand(3) + 1, torch.rand(3) + 1}
        m:forward(input)
        local wanted = m:updateGradInput(input, torch.ones(3))[2]:clone()
        assert((m:updateGradInput_efficient(input, torch.ones(3))[2] - wanted):abs():max() < 1e-12)
        m:clearState()
        assert(m.tout:nElement() == 0)
    """,
    "a mixture of a tensor, and of one sample": """
        local gater, experts = torch.Tensor{0.25, 0.75}, torch.Tensor{{1, 2, 3}, {5, 6, 7}}
        local m = nn.MixtureTable()
        assert(m:forward{gater, experts}:equal(torch.Tensor{4, 5, 6}))
        local g = m:backward({gater, experts}, torch.ones(3))
        assert(g[1]:equal(torch.Tensor{6, 18}) and g[2][2]:equal(torch.Tensor(3):fill(0.75)))
        assert(m:type('torch.FloatTensor'):forward{gater:float(), {experts[1]:float(), experts[2]:float()}}[3] == 6)
    """,
    "picked elements get their gradients": """
        local x = torch.range(1, 6):view(2, 3)
        local m = nn.Index(2)
        assert(m:forward{x, torch.LongTensor{3, 3, 1}}:equal(torch.Tensor{{3, 3, 1}, {6, 6, 4}}))
        local g = m:backward({x, torch.LongTensor{3, 3, 1}}, torch.ones(2, 3))
        assert(g[1]:equal(torch.Tensor{{1, 0, 2}, {1, 0, 2}}))
        local mask = torch.ByteTensor{{1, 0, 0}, {0, 1, 0}}
        local s = nn.MaskedSelect():float()
        assert(s:forward{x:float(), mask}:equal(torch.FloatTensor{1, 5}))
        local gs = s:backward({x:float(), mask}, torch.FloatTensor{7, 8})
        assert(gs[1][1][1] == 7 and gs[1][2][2] == 8 and gs[1]:sum() == 15 and gs[2]:sum() == 0)
        assert(s:type() == 'torch.FloatTensor' and s._gradMask:type() == 'torch.ByteTensor')
        local hot = nn.OneHot(4):float():forward(torch.LongTensor{{1, 4}, {2, 2}})
        assert(hot:type() == 'torch.FloatTensor' and hot:size(3) == 4 and hot[1][2][4] == 1 and hot:sum() == 4)
    """,
    "objects of the first version of GradientReversal": """
        local m = nn.GradientReversal(3)
        m.lambda = nil
        local file = torch.MemoryFile()
        file:writeObject({m.output})
        local read = nn.GradientReversal()
        read.lambda = nil
        file = torch.MemoryFile()
        file:writeObject({output = torch.Tensor()})
        file:seek(1)
        read:read(file, 1)
        assert(read.lambda == 1)
        m:setLambda(0.5)
        assert(m:backward(torch.ones(1), torch.ones(1))[1] == -0.5)
    """,
    "the penalty without what comes back": """
        local m = nn.L1Penalty(2, true, false)
        local x = torch.Tensor{1, -2}
        m:forward(x)
        assert(m.loss == 3 and m:backward(x, torch.ones(2)):equal(torch.Tensor{1, -1}))
    """,
    "a constant of a batch": """
        local m = nn.Constant(torch.Tensor{{1, 2}}, 1)
        assert(m:forward(torch.ones(3, 4)):size(1) == 3 and m.output[3][1][2] == 2)
        assert(m:backward(torch.ones(3, 4), m.output):equal(torch.zeros(3, 4)))
        assert(m:forward(torch.ones(4)):equal(torch.Tensor{{1, 2}}))
    """,
    "Bottle hands everything on": """
        local m = nn.Bottle(nn.Linear(4, 2))
        local x, g = torch.randn(2, 3, 4), torch.randn(2, 3, 2)
        local twin = m:get(1):clone()
        m:zeroGradParameters() twin:zeroGradParameters()
        m:forward(x) m:backward(x, g)
        twin:forward(x:view(6, 4)) twin:backward(x:view(6, 4), g:view(6, 2))
        assert((m:get(1).gradWeight - twin.gradWeight):abs():max() < 1e-12)
        m:forward(x) m:updateGradInput(x, g) m:accUpdateGradParameters(x, g, 0.1)
        twin:updateParameters(0.1)
        assert((m:get(1).weight - twin.weight):abs():max() < 1e-12)
        assert(m:forward(torch.randn(5, 4)):size(1) == 5)
        assert(nn.Bottle(nn.Sum(2), 2, 1):forward(torch.ones(2, 3, 4)):equal(torch.Tensor(2, 3):fill(4)))
        assert(m:forward(torch.randn(4, 3, 2):transpose(1, 3)):size(3) == 2)
    """,
    "a decorator of one's own": """
        local Twice, parent = torch.class('nn.TwiceOfTheTest', 'nn.Decorator')
        function Twice:updateOutput(input) return parent.updateOutput(self, input):mul(2) end
        local m = nn.TwiceOfTheTest(nn.Linear(2, 2))
        m:get(1).weight:fill(1) m:get(1).bias:zero()
        assert(m:forward(torch.ones(2)):equal(torch.Tensor{4, 4}) and #m:parameters() == 2)
        assert(tostring(m) == 'nn.TwiceOfTheTest @ nn.Linear(2 -> 2)')
        local Other = torch.class('nn.OtherOfTheTest', 'nn.Container')
        nn.Decorator.decorate(Other)
        local o = nn.OtherOfTheTest()
        o.modules[1] = nn.Identity()
        assert(o:forward(torch.ones(1))[1] == 1 and tostring(o) == 'nn.OtherOfTheTest @ nn.Identity')
    """,
    "DontCast keeps its module's type": """
        local inner = nn.Linear(3, 2)
        local net = nn.Sequential():add(nn.DontCast(inner, true)):add(nn.Linear(2, 1)):float()
        assert(inner.weight:type() == 'torch.DoubleTensor' and net:get(2).weight:type() == 'torch.FloatTensor')
        local x = torch.FloatTensor(4, 3):fill(1)
        local y = net:forward(x)
        assert(y:type() == 'torch.FloatTensor' and net:get(1).output:type() == 'torch.FloatTensor')
        net:zeroGradParameters()
        local g = net:backward(x, torch.FloatTensor(4, 1):fill(1))
        assert(g:type() == 'torch.FloatTensor' and inner.gradWeight:abs():sum() > 0)
        assert(tostring(net:get(1)) == 'nn.DontCast @ nn.Linear(3 -> 2)')
    """,
    "GPU hands everything on": """
        local m = nn.GPU(nn.Linear(3, 2), 2)
        assert(m.device == 2 and m.outdevice == 2 and tostring(m) == 'nn.GPU(2) @ nn.Linear(3 -> 2)')
        assert(m:forward(torch.ones(4, 3)):size(2) == 2 and m:backward(torch.ones(4, 3), torch.ones(4, 2)):size(2) == 3)
        m:setDevice(3)
        assert(m.device == 3 and m:clone().device == 3 and #m:parameters() == 2)
        assert(nn.GPU.recursiveModuleDevice(nn.Sequential():add(m), 1) and m.device == 1)
        assert(not pcall(nn.GPU, nn.Identity()))
    """,
    "Profile tells how long calls took": """
        local lines, p = {}, print
        _G.print = function(line) lines[#lines + 1] = line end
        local m = nn.Profile(nn.Linear(2, 2), 2, 'mine')
        for i = 1, 4 do
           m:forward(torch.ones(2))
           m:backward(torch.ones(2), torch.ones(2))
        end
        _G.print = p
        assert(#lines == 4 and lines[1]:match('^mine took [%d.]+ seconds for 2 forward passes$'), lines[1])
        assert(lines[4]:match('^mine took [%d.]+ seconds for 4 backward passes$'))
        assert(m:clone():forward(torch.ones(2)):nElement() == 2)
    """,
    "PrintSize prints sizes": """
        local lines, p = {}, print
        _G.print = function(a, b) lines[#lines + 1] = a .. table.concat(b:totable(), 'x') end
        local m, x = nn.PrintSize('here'), torch.ones(2, 3)
        assert(m:forward(x) == x and m:backward(x, x) == x)
        _G.print = p
        assert(lines[1] == 'here:input\\n2x3' and lines[2] == 'here:gradOutput\\n2x3')
    """,
    "NaN passes what is whole and counts": """
        local a, b = nn.NaN(nn.Linear(2, 2)), nn.NaN(nn.Linear(2, 2))
        assert(b.id == a.id + 1 and a:forward(torch.ones(2)):nElement() == 2)
        assert(tostring(a) == 'nn.NaN @ nn.Linear(2 -> 2) (id=' .. a.id .. ')')
        local x = torch.ones(2)
        a:forward(x)
        local ok, message = pcall(a.backward, a, x, torch.Tensor{0 / 0, 1})
        assert(not ok and message:find('NaN found in gradOutput'))
        a:get(1).weight:fill(0 / 0)
        ok, message = pcall(a.forward, a, x)
        assert(not ok and message:find('NaN found in parameters'))
    """,
    "Convert": """
        local x = torch.range(1, 24):view(2, 3, 4)
        assert(nn.Convert('bwc', 'bcw'):forward(x):equal(x:transpose(2, 3):contiguous()))
        assert(nn.Convert('bwc', 'bf'):forward(x):equal(x:contiguous():view(2, 12)))
        assert(nn.Convert('bwc', 'fb'):forward(x):equal(x:contiguous():view(2, 12):t()))
        assert(nn.Convert('wc', 'cw'):forward(x[1]):equal(x[1]:t()))
        local m = nn.Convert('wbc', 'bf')
        assert(m:forward(x:transpose(1, 2)):equal(x:contiguous():view(2, 12)))
        assert(m:backward(x:transpose(1, 2), m.output:clone()):equal(x:transpose(1, 2):contiguous()))
        assert(m:forward(torch.ones(3, 5, 4)):size(1) == 5)
        assert(nn.Convert():float():forward(x):type() == 'torch.FloatTensor')
        assert(nn.Convert('bf', 'b'):forward(torch.Tensor{{1, 2}, {3, 4}}):equal(torch.Tensor{1, 3}))
        assert(m:findAxis('c') == 3 and m:findAxis('z', nil, true) == nil and not pcall(m.findAxis, m, 'z'))
    """,
    "only modules are added": """
        for _, wrong in ipairs{3, 'a', true} do
           local ok, message = pcall(function() nn.Sequential():add(wrong) end)
           assert(not ok and message:find('nn.Sequential: add needs a module, got ' .. type(wrong)))
           assert(not pcall(function() nn.ConcatTable():add(wrong) end))
        end
        assert(not pcall(function() nn.Sequential():add(nil) end))
    """,
    "DepthConcat of odd and even sizes": """
        local m = nn.DepthConcat(1):add(nn.Identity()):add(nn.Narrow(2, 1, 2))
        local x = torch.ones(1, 5)
        assert(m:forward(x):equal(torch.Tensor{{1, 1, 1, 1, 1}, {0, 1, 1, 0, 0}}))
        assert(m:backward(x, torch.range(1, 10):view(2, 5)):equal(torch.Tensor{{1 + 7, 2 + 8, 3, 4, 5}}))
        assert(torch.isTypeOf(m, 'nn.Concat') and tostring(m):find('nn.DepthConcat {', 1, true) == 1)
    """,
}


@pytest.mark.parametrize("what", WORKS)
def test_what_works(lua: Runtime, what: str) -> None:
    lua.execute(WORKS[what])
