"""cutorch, cunn, cudnn and the rest: not there on a machine without a GPU, and on the CPU where that is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lua_compat
from lua_compat import LuaError, Runtime, t7
from lua_compat.bridge import cli, cuda
from lua_compat.errors import ArgumentError
from pytorch_from_lua import nn
from pytorch_from_lua.tensor import dtype as dtypes

PACKAGES = ("cutorch", "cunn", "cudnn", "inn", "fbcunn")


@pytest.fixture(scope="module")
def plain() -> Runtime:
    return Runtime()


@pytest.fixture(scope="module")
def lua() -> Runtime:
    made = Runtime(cuda="cpu")
    made.execute("for name in ('cutorch cunn cudnn inn fbcunn'):gmatch('%S+') do require(name) end")
    return made


# -- without a GPU ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*PACKAGES, "cunnx", "ccn2", "cltorch", "clnn"])
def test_requiring_fails_and_scripts_go_their_other_way(plain: Runtime, name: str) -> None:
    ok, message = plain.execute("return pcall(require, ...)", name)
    assert ok is False
    assert message.startswith(f"module '{name}' not found:")
    assert ("no CUDA-capable device is detected" in message) == (name in PACKAGES)
    assert plain.eval(f"{name}, torch.CudaTensor, torch.DoubleTensor.cuda") == (None, None, None)


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.parse(["--cuda=cpu", "x.lua"]).cuda == "cpu"
    assert cli.parse(["x.lua", "--cuda=cpu"]).cuda is None
    assert "--cuda=cpu" in cli.USAGE
    for wrong in ("--cuda", "--cuda=0"):
        assert cli.main([wrong]) == 2
        assert "--cuda=cpu" in capsys.readouterr().err
    with pytest.raises(ArgumentError, match="cuda: needs to be 'cpu' or None, got 'gpu'"):
        Runtime(cuda="gpu")


# -- types ------------------------------------------------------------------------------------------------------------

NAMESAKES = {word: made.torch7 for word, made in zip(dtypes.BY_TORCH7, cuda.NAMESAKES.values(), strict=True)}


@pytest.mark.parametrize(("word", "own"), NAMESAKES.items(), ids=NAMESAKES.values())
def test_each_type_has_its_namesake(lua: Runtime, word: str, own: str) -> None:
    told = lua.execute(f"""
        local x = torch.{word}Tensor{{{{1, 2}}, {{3, 4}}}}
        local c = x:{own[0].lower() + own[1:]}()
        local s = c:storage()
        return torch.type(c), torch.type(s), torch.{own}Tensor(2):fill(3):sum(), torch.type(c:t()), torch.type(c[1]),
           c[2][1], torch.type(c:{word.lower()}()), torch.type(x:type('torch.{own}Tensor')), torch.type(c:new(3)),
           torch.type(torch.{own}Storage(2)), torch.isTensor(c), torch.isTypeOf(c, 'torch.{own}Tensor'),
           torch.type(torch.{word}Tensor(2, 2):copy(c):add(1)), c:elementSize() == x:elementSize(),
           tostring(c):match('%[(.*)%]')
    """)  # fmt: skip
    assert told == (
        *(f"torch.{own}Tensor", f"torch.{own}Storage", 6, f"torch.{own}Tensor", f"torch.{own}Tensor", 3),
        *(f"torch.{word}Tensor", f"torch.{own}Tensor", f"torch.{own}Tensor", f"torch.{own}Storage", True, True),
        *(f"torch.{word}Tensor", True, f"torch.{own}Tensor of size 2x2"),
    )


def test_operations_give_what_those_of_float_tensors_give(lua: Runtime) -> None:
    assert lua.execute("return cutorch.test().countasserts") > 450  # it raises where one fails


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x + x:float()", "torch.CudaTensor and torch.FloatTensor"),
        ("x:add(x:float())", "invalid arguments of add: CudaTensor FloatTensor"),
        ("x:float():add(x)", "invalid arguments of add: FloatTensor CudaTensor"),
        ("torch.mm(x, x:cudaDouble())", "invalid arguments of mm: CudaTensor CudaDoubleTensor"),
        ("x:set(x:float())", "torch.CudaTensor or its storage expected, got torch.FloatTensor"),
        ("torch.CudaTensor(x:float())", "CudaTensor or CudaStorage expected, got torch.FloatTensor"),
        ("torch.cat(x, x:float())", "CudaTensor expected, got torch.FloatTensor"),
        ("nn.Linear(2, 2):cuda():forward(x:float())", "input is a torch.FloatTensor, the module is of torch.Cuda"),
        ("nn.Linear(2, 2):forward(x)", "input is a torch.CudaTensor, the module is of torch.DoubleTensor"),
        ("cutorch.setDevice(2)", "invalid device ordinal: 2"),
        ("cutorch.setDevice()", "number expected, got nil"),
        ("cutorch.getMemoryUsage(0)", "invalid device ordinal: 0"),
        ("cutorch.setStream(7)", "7 is not reserved"),
    ],
)  # fmt: skip
def test_mixing_types_and_asking_for_what_is_not_there(lua: Runtime, code: str, message: str) -> None:
    with pytest.raises(LuaError) as caught:
        lua.execute(f"local x = torch.CudaTensor(2, 2):fill(1); return {code}")
    assert message in str(caught.value)


def test_places_and_masks_may_be_of_either_side(lua: Runtime) -> None:
    told = lua.execute("""
        local x = torch.CudaTensor{{1, 2}, {3, 4}}
        local out = {}
        for _, L in ipairs {torch.LongTensor{2}, torch.CudaLongTensor{2}} do out[#out + 1] = x:index(1, L)[1][2] end
        for _, B in ipairs {torch.ByteTensor{{0, 1}, {1, 0}}, torch.CudaByteTensor{{0, 1}, {1, 0}}} do
           local y = x:clone()
           y:maskedFill(B, 0)
           out[#out + 1] = x[B]:sum() + y:sum()
        end
        out[#out + 1] = (pcall(torch.FloatTensor(2, 2).index, torch.FloatTensor(2, 2), 1, torch.CudaLongTensor{2}))
        return unpack(out)
    """)
    assert told == (4, 4, 10, 10, False)


def test_the_default_type_may_be_a_cuda_type() -> None:
    own = Runtime(cuda="cpu")
    told = own.execute("""
        require 'cunn'
        torch.setdefaulttensortype('torch.CudaTensor')
        local m = nn.Sequential():add(nn.Linear(2, 2)):add(nn.Tanh())
        return torch.type(torch.Tensor(2)), torch.type(torch.zeros(2)), torch.type(torch.rand(2)), m:type(),
           torch.type(m:forward(torch.ones(3, 2))), torch.type(torch.range(1, 3)), torch.type(torch.Storage(2)),
           torch.type(torch.randn(2):storage())
    """)
    assert told == (*["torch.CudaTensor"] * 6, *["torch.CudaStorage"] * 2)


def test_numbers_are_those_of_the_cpus_generator(lua: Runtime) -> None:
    same = lua.execute("""
        torch.manualSeed(5)
        local a = torch.FloatTensor(4):uniform()
        torch.manualSeed(5)
        cutorch.manualSeed(99); cutorch.manualSeedAll(98); cutorch.seed()
        local b = torch.CudaTensor(4):uniform()
        cutorch.manualSeed(7)
        local state = cutorch.getRNGState()
        local seed = cutorch.initialSeed()
        cutorch.manualSeed(8)
        cutorch.setRNGState(state)
        return (a - b:float()):abs():max(), seed, torch.type(state), cutorch.getRNGState():equal(state)
    """)
    assert same == (0, 7, "torch.ByteTensor", True)


# -- the device -------------------------------------------------------------------------------------------------------


def test_questions_about_the_device(lua: Runtime) -> None:
    told = lua.execute("""
        local p = cutorch.getDeviceProperties(cutorch.getDevice())
        local free, total = cutorch.getMemoryUsage(1)
        cutorch.reserveStreams(2); cutorch.setStream(2); local stream = cutorch.getStream(); cutorch.setDefaultStream()
        cutorch.reserveBlasHandles(2); cutorch.setBlasHandle(2)
        local e = cutorch.Event(); e:record(); e:waitOn()
        cutorch.streamWaitFor(1, {2}); cutorch.streamBarrier({1, 2}); cutorch.synchronize(); cutorch.synchronizeAll()
        cutorch.deviceReset()
        return cutorch.getDeviceCount(), cutorch.withDevice(1, function(a, b) return a + b end, 2, 3), type(p.name),
           p.totalGlobalMem == total and total > 0, free > 0 and free <= total, stream, cutorch.getStream(),
           cutorch.getNumStreams(), cutorch.getBlasHandle(), torch.CudaTensor(2):getDevice(),
           torch.CudaTensor():getDevice(), cutorch.hasHalf, torch.type(cutorch.createCudaHostTensor(2, 3)),
           torch.type(cutorch.createCudaHostDoubleTensor(2)), cutorch.getPeerToPeerAccess(1, 1)
    """)
    assert told == (
        *(1, 5, "string", True, True, 2, 0, 2, 2, 1, 0, True),
        *("torch.FloatTensor", "torch.DoubleTensor", True),
    )


# -- modules ----------------------------------------------------------------------------------------------------------

LAYERS = {
    "SpatialConvolution": ("3, 4, 3, 3, 1, 1, 1, 1", "2, 3, 5, 5"),
    "SpatialFullConvolution": ("3, 4, 3, 3", "2, 3, 5, 5"),
    "VolumetricConvolution": ("2, 3, 2, 2, 2", "1, 2, 3, 4, 4"),
    "TemporalConvolution": ("4, 3, 2", "2, 5, 4"),
    "SpatialMaxPooling": ("2, 2", "2, 3, 4, 4"),
    "VolumetricMaxPooling": ("2, 2, 2", "1, 2, 4, 4, 4"),
    "SpatialAveragePooling": ("3, 3, 1, 1, 1, 1", "2, 3, 4, 4"),
    "VolumetricAveragePooling": ("2, 2, 2", "1, 2, 4, 4, 4"),
    "ReLU": ("", "3, 4"),
    "Sigmoid": ("", "3, 4"),
    "Tanh": ("", "3, 4"),
    "ELU": ("", "3, 4"),
    "SoftMax": ("", "3, 4"),
    "LogSoftMax": ("", "3, 4"),
    "SpatialSoftMax": ("", "2, 3, 4, 4"),
    "SpatialLogSoftMax": ("", "2, 3, 4, 4"),
    "BatchNormalization": ("4", "5, 4"),
    "SpatialBatchNormalization": ("3", "2, 3, 4, 4"),
    "VolumetricBatchNormalization": ("2", "2, 2, 3, 4, 4"),
    "SpatialCrossMapLRN": ("3", "2, 4, 3, 3"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_cudnn_modules_compute_and_learn_as_nns_do(lua: Runtime, name: str) -> None:
    given, sizes = LAYERS[name]
    told = lua.execute(f"""
        local function run(package, method)
           torch.manualSeed(3)
           local m = package.{name}({given})[method](package.{name}({given}))
           torch.manualSeed(4)
           m:reset()
           local x = torch.DoubleTensor({sizes}):normal()[method](torch.DoubleTensor({sizes}):normal())
           m:zeroGradParameters()
           local y = m:forward(x)
           local g = m:backward(x, y:clone():fill(0.5))
           local _, gradients = m:parameters()
           return m, y, g, gradients and gradients[1] or y
        end
        local a, ya, ga, pa = run(nn, 'float')
        local b, yb, gb, pb = run(cudnn, 'cuda')
        local function off(a, b) return (a - b:float()):abs():max() end
        return torch.type(b), torch.type(yb), torch.type(gb), off(ya, yb), off(ga, gb), off(pa, pb)
    """)
    assert told == (f"cudnn.{name}", "torch.CudaTensor", "torch.CudaTensor", 0, 0, 0)


def test_convolutions_of_cudnn_have_their_modes(lua: Runtime) -> None:
    told = lua.execute("""
        local m = cudnn.SpatialConvolution(4, 4, 3, 3, 1, 1, 1, 1, 2):fastest():setMode(1, 2, 3)
        local modes = {m.fmode, m.bdmode, m.bwmode}
        m:resetMode():noBias()
        return modes[1], modes[2], modes[3], m.fmode, m.bias, m.groups, torch.type(cudnn.version), cudnn.benchmark
    """)
    assert told == (1, 2, 3, None, None, 2, "number", False)


@pytest.mark.parametrize(
    ("name", "sizes", "softmax"),
    [("Spatial", (2, 3, 2, 4), "SpatialLogSoftMax"), ("Volumetric", (2, 3, 2, 4, 2), "VolumetricLogSoftMax")],
    ids=["planes", "volumes"],
)
def test_losses_of_every_place(lua: Runtime, name: str, sizes: tuple[int, ...], softmax: str) -> None:
    rng = np.random.default_rng(2)
    scores, labels = rng.normal(size=sizes), rng.integers(0, 3, (sizes[0], *sizes[2:]))
    lua.set_global("scores", lua.to_lua(scores))
    lua.set_global("labels", lua.to_lua(labels + 1.0))
    loss, gradient, probabilities, single = lua.execute(f"""
        local c = cudnn.{name}CrossEntropyCriterion():cuda()
        local x, t = scores:cuda(), labels:cuda()
        local loss = c:forward(x, t)
        local one = cudnn.{name}CrossEntropyCriterion():cuda():forward(x[1], t[1])
        return loss, c:backward(x, t):double(), cudnn.{softmax}():cuda():forward(x):double(), one
    """)
    logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    chosen = np.take_along_axis(logs, labels[:, None], 1)
    np.testing.assert_allclose(probabilities.array, logs, rtol=1e-5)
    np.testing.assert_allclose(loss, -chosen.mean(), rtol=1e-5)
    np.testing.assert_allclose(single, -chosen[0].mean(), rtol=1e-5)
    expected = np.exp(logs)
    np.put_along_axis(expected, labels[:, None], np.take_along_axis(expected, labels[:, None], 1) - 1, 1)
    np.testing.assert_allclose(gradient.array, expected / labels.size, rtol=1e-4, atol=1e-8)
    with pytest.raises(LuaError, match="a label for each place"):
        lua.execute(f"cudnn.{name}CrossEntropyCriterion():cuda():forward(scores:cuda(), torch.CudaTensor(3):fill(1))")


def test_a_net_over_several_devices(lua: Runtime) -> None:
    told = lua.execute("""
        local inner, begun = nn.Sequential():add(cudnn.SpatialConvolution(1, 2, 3, 3)):add(cudnn.ReLU(true)), 0
        local net = nn.DataParallelTable(1, true, true):add(inner, {1, 2}):threads(function() begun = begun + 1 end)
        net.gradInput = nil
        net = net:cuda()
        local x = torch.CudaTensor(4, 1, 5, 5):fill(1)
        local y = net:forward(x)
        net:backward(x, y)
        net:syncParameters()
        return begun, net:get(2) == inner, #net.gpuAssignments, torch.type(y), y:size(2),
           net:getParameters():nElement(), tostring(net):match('^[^{]*')
    """)
    assert told == (1, True, 2, "torch.CudaTensor", 2, 20, "DataParallelTable: 2 x nn.Sequential ")


# -- files and Python -------------------------------------------------------------------------------------------------


def test_saved_models_have_the_cuda_names_and_load_everywhere(lua: Runtime, plain: Runtime, tmp_path: Path) -> None:
    path = str(tmp_path / "model.t7")
    lua.set_global("path", path)
    want = lua.execute("""
        torch.manualSeed(1)
        local net = nn.Sequential():add(cudnn.SpatialConvolution(1, 2, 3, 3)):add(cudnn.ReLU(true)):add(nn.View(-1))
        net = net:cuda()
        shared = torch.CudaTensor(6):fill(2)
        local half = torch.CudaHalfTensor{1, 2}
        torch.save(path, {net = net, long = torch.CudaLongTensor{7}, whole = shared, part = shared:narrow(1, 2, 2),
           half = half, empty = torch.CudaTensor()})
        torch.save(path .. '.ascii', half, 'ascii')
        local again = torch.load(path)
        again.whole[2] = 5
        assert(torch.type(again.long) == 'torch.CudaLongTensor')
        assert(torch.type(again.net:get(1).weight) == 'torch.CudaTensor')
        assert(again.part[1] == 5 and torch.type(again.part:storage()) == 'torch.CudaStorage')
        assert(torch.type(again.empty) == 'torch.CudaTensor')
        assert(torch.type(again.empty:resize(2):storage()) == 'torch.CudaStorage')
        assert(torch.type(torch.load(path .. '.ascii', 'ascii')) == 'torch.CudaHalfTensor')
        return net:forward(torch.CudaTensor(1, 4, 4):fill(1)):double()
    """)  # fmt: skip
    raw = t7.read_file(path)
    assert raw["net"].contents["modules"][1].class_name == "cudnn.SpatialConvolution"
    shown = (tmp_path / "model.t7").read_bytes()
    for name in (b"torch.CudaTensor", b"torch.CudaStorage", b"torch.CudaLongTensor", b"torch.CudaHalfStorage"):
        assert name in shown
    plain.set_global("path", path)
    kinds = plain.execute("""
        require 'nn'
        local t = torch.load(path)
        return torch.type(t.long), torch.type(t.net:get(1)), torch.type(t.half),
           t.net:float():forward(torch.FloatTensor(1, 4, 4):fill(1)):double()
    """)
    assert kinds[:3] == ("torch.LongTensor", "cudnn.SpatialConvolution", "torch.HalfTensor")
    np.testing.assert_array_equal(kinds[3].array, want.array)
    loaded = lua_compat.load(path)
    assert loaded["long"].tolist() == [7]
    x = np.ones((1, 4, 4), np.float32)
    np.testing.assert_allclose(loaded["net"](lua.to_lua(x)).array.reshape(-1), want.array, rtol=1e-6)


def test_numbers_of_cuda_storages_in_files(lua: Runtime) -> None:
    told = lua.execute("""
        local file = torch.MemoryFile('rw')
        torch.CudaTensor{1, 2}:write(file)
        file:seek(1)
        local x = torch.CudaTensor()
        x:read(file)
        local copy = nn.Linear(2, 2):cuda():clone()
        return x:sum(), torch.type(x:storage()), torch.type(copy.weight), torch.type(copy.weight:storage())
    """)
    assert told == (3, "torch.CudaStorage", "torch.CudaTensor", "torch.CudaStorage")


def test_python_gets_plain_tensors_on_the_same_memory(lua: Runtime) -> None:
    lua.execute("x = torch.CudaTensor{1, 2, 3}; m = nn.Linear(2, 1):cuda()")
    lua.execute("views = {x, x:narrow(1, 2, 1), x:storage()}")
    whole, part, storage = lua.to_python(lua.globals.views)
    assert whole.dtype is dtypes.float32
    assert part.storage() is storage is whole.storage()
    whole.fill_(9)
    assert lua.eval("x[2]") == 9
    module = lua.to_python(lua.globals.m)
    assert module.weight.dtype is dtypes.float32
    module.weight.detach().fill_(4)
    assert lua.eval("m.weight:sum()") == 8
    assert lua.typename(lua.to_lua(whole)) == "torch.FloatTensor"


def test_pointers_have_the_structures_of_cuda_tensors(lua: Runtime) -> None:
    told = lua.execute("""
        local ffi = require 'ffi'
        local x = torch.CudaTensor{1, 2, 3}
        x:data()[1] = 8
        return x[2], tostring(ffi.typeof(x:data())), tostring(ffi.typeof(x:cdata())), tonumber(x:cdata().size[0]),
           torch.isequal(torch.pushudata(x:cdata(), 'torch.CudaTensor'), x)
    """)
    assert told == (8, "ctype<float *>", "ctype<struct THCudaTensor *>", 3, True)


@pytest.mark.parametrize(
    ("name", "python", "options"),
    [
        ("RNNTanh", "RNN", {}),
        ("RNNReLU", "RNN", {"nonlinearity": "relu"}),
        ("LSTM", "LSTM", {}),
        ("GRU", "GRU", {}),
        ("BLSTM", "LSTM", {"bidirectional": True}),
        ("BGRU", "GRU", {"bidirectional": True}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_recurrent_nets_are_those_of_python(lua: Runtime, name: str, python: str, options: dict[str, object]) -> None:
    net = getattr(nn, python)(3, 4, 2, **options).double()
    weights = dict(net.named_parameters())
    ends = [f"l{layer}{way}" for layer in range(2) for way in ("", "_reverse")[: 2 if name[0] == "B" else 1]]
    flat = [weights[f"{kind}_{end}"] for end in ends for kind in ("weight_ih", "weight_hh")]
    flat += [weights[f"{kind}_{end}"] for end in ends for kind in ("bias_ih", "bias_hh")]
    lua.set_global("weight", lua.to_lua(np.concatenate([w.detach().array.reshape(-1) for w in flat])))
    x = np.random.default_rng(1).normal(size=(5, 2, 3))
    lua.set_global("x", lua.to_lua(x))
    output, first, last, input_error, weight_error, again = lua.execute(f"""
        local m = cudnn.{name}(3, 4, 2)
        assert(m.weight:nElement() == weight:nElement())
        m.weight:copy(weight)
        local y = m:forward(x):clone()
        local batch_first = cudnn.{name}(3, 4, 2, true)
        batch_first.weight:copy(weight)
        local turned = batch_first:forward(x:transpose(1, 2):contiguous()):transpose(1, 2)
        local copy = torch.deserialize(torch.serialize(m))
        local last, again = m.hiddenOutput:clone(), (copy:forward(x) - y):abs():max()
        local g, e = torch.randn(y:size()), 1e-5
        m:zeroGradParameters()
        m:backward(x, g)
        -- the gradients along one way through all inputs, and through all weights
        local function off(tensor, gradient)
           local way = torch.randn(tensor:size())
           local found = torch.cmul(gradient, way):sum()
           tensor:add(e, way)
           local high = torch.cmul(m:forward(x), g):sum()
           tensor:add(-2 * e, way)
           local low = torch.cmul(m:forward(x), g):sum()
           tensor:add(e, way)
           return math.abs((high - low) / (2 * e) - found)
        end
        local dx, dw = m.gradInput:clone(), m.gradWeight:clone()
        return y, turned:contiguous(), last, off(x, dx), off(m.weight, dw), again
    """)
    want, state = net(lua.to_lua(x))
    hidden = state[0] if isinstance(state, tuple) else state
    np.testing.assert_allclose(output.array, want.detach().array, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(first.array, want.detach().array, rtol=1e-10, atol=1e-12)
    assert again == 0
    assert max(input_error, weight_error) < 1e-6
    np.testing.assert_allclose(last.array, hidden.detach().array, rtol=1e-10, atol=1e-12)
