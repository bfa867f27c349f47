"""Steps of training: closures of Torch7's optimizers and loops by hand become what Python has for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lua_compat import Runtime
from lua_compat.translate import translate
from lua_compat.translate.runtime import MemoryFile, Table
from tests.translate.test_constructs import lua, own_settings, printed_by_lua, printed_by_python

__all__ = ["lua", "own_settings"]

NET = """
require 'nn'
require 'optim'
torch.manualSeed(1)
torch.setdefaulttensortype('torch.DoubleTensor')
local net = nn.Sequential():add(nn.Linear(3, 4)):add(nn.Tanh()):add(nn.Linear(4, 2)):add(nn.LogSoftMax())
local criterion = nn.ClassNLLCriterion()
local x, y = torch.randn(6, 3), torch.Tensor {1, 2, 1, 2, 1, 2}
"""
FLAT = NET + "local w, dw = net:getParameters()\n"
FEVAL = """
local function feval(p)
   if p ~= w then w:copy(p) end
   dw:zero()
   local out = net:forward(x)
   local loss = criterion:forward(out, y)
   net:backward(x, criterion:backward(out, y))
   return loss, dw
end
"""
LOOP = """
for i = 1, 4 do
   local _, losses = optim.%s(feval, w, state)
   print(string.format('%%.6f', losses[1]))
end
"""
#: Each script with what its translation says.
CASES: dict[str, tuple[str, str]] = {
    "the closure of a loop": (
        FLAT
        + """
local state = {learningRate = 0.1, momentum = 0.9}
for i = 1, 4 do
   local feval = function()
      dw:zero()
      local out = net:forward(x)
      local loss = criterion:forward(out, y)
      local d = criterion:backward(out, y)
      net:backward(x, d)
      return loss, dw
   end
   local _, losses = optim.sgd(feval, w, state)
   print(string.format('step %d: %.6f', i, losses[1]))
end
""",
        """
optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9, dampening=0.9)
for i in range(1, 5):
    optimizer.zero_grad()
    out = net(x)
    loss = criterion(out, y.long() - 1)
    loss.backward()
    optimizer.step()
    print(f"step {i}: {loss.item():.6f}")
""",
    ),
    "clipped, halved, with a falling rate": (
        FLAT
        + """
local config = {learningRate = 0.1, learningRateDecay = 0.2, weightDecay = 1e-3, evalCounter = 0}
local function feval()
   dw:zero()
   local loss = criterion:forward(net:forward(x), y)
   net:backward(x, criterion:backward(net.output, y))
   dw:clamp(-0.05, 0.05) -- not too far
   dw:div(2)
   return loss / 2, dw
end
for i = 1, 4 do
   local _, losses = optim.sgd(feval, w, config)
   print(string.format('%.6f', losses[1]))
end
print(w:nElement())
""",
        """
optimizer = optim.SGD(net.parameters(), lr=0.1, weight_decay=1e-3)
scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step * 0.2))
for i in range(1, 5):
    optimizer.zero_grad()
    loss = criterion(net(x), y.long() - 1)
    loss.backward()
    nn.utils.clip_grad_value_(net.parameters(), 0.05)  # not too far
    for p in net.parameters():
        p.grad.div_(2)
    losses = loss.item() / 2
    optimizer.step()
    scheduler.step()
    print(f"{losses:.6f}")
print(sum(p.numel() for p in net.parameters()))
""",
    ),
    "a rate that the script sets": (
        FLAT
        + "local state = {learningRate = 0.05, beta1 = 0.5}"
        + FEVAL
        + """
for i = 1, 4 do
   local _, losses = optim.adam(feval, w, state)
   if i == 2 then state.learningRate = state.learningRate / 2 end
   print(string.format('%.6f %.4f', losses[1], state.learningRate))
end
print(string.format('%.6f', w:sum()))
""",
        """    optimizer.step()
    if i == 2:
        optimizer.param_groups[0]["lr"] /= 2
""",
    ),
    "a long closure stays a function": (
        FLAT
        + """
local state, seen = {learningRate = 0.1}, 0
local function feval()
   dw:zero()
   local loss = 0
   for k = 1, 2 do
      local half, wanted = x:narrow(1, 3 * k - 2, 3), y:narrow(1, 3 * k - 2, 3)
      local out = net:forward(half)
      loss = loss + criterion:forward(out, wanted)
      net:backward(half, criterion:backward(out, wanted))
      local _, best = out:max(2)
      seen = seen + best:size(1)
   end
   if loss > 100 then print('far') end
   if seen > 100 then print('many') end
   if seen < 0 then print('none') end
   return loss, dw
end
for i = 1, 4 do
   local _, losses = optim.rmsprop(feval, w, state)
   print(string.format('%.6f %d', losses[1], seen))
end
""",
        """        out = net(half)
        error = criterion(out, wanted.long() - 1)
        loss += error.item()
        error.backward()
        best = out.detach().max(1, keepdim=True)[1] + 1
""",
    ),
    "a loop by hand": (
        NET
        + """
for i = 1, 4 do
   net:forward(x)
   local loss = criterion:forward(net.output, y)
   net:zeroGradParameters()
   net:backward(x, criterion:backward(net.output, y))
   net:updateParameters(0.1)
   print(string.format('%.6f', loss))
end
""",
        """
optimizer = optim.SGD(net.parameters(), lr=0.1)
for i in range(1, 5):
    output = net(x)
    loss = criterion(output, y.long() - 1)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
""",
    ),
    "a rate of each epoch": (
        NET
        + """
for epoch = 1, 2 do
   local rate = 0.1 / epoch
   for i = 1, 2 do
      net:zeroGradParameters()
      local out = net:forward(x)
      local loss = criterion:forward(out, y)
      net:backward(x, criterion:backward(out, y))
      net:updateParameters(rate)
      print(string.format('%.6f', loss))
   end
end
""",
        """
    rate = 0.1 / epoch
    optimizer = optim.SGD(net.parameters(), lr=rate)
    for i in range(1, 3):
        optimizer.zero_grad()
""",
    ),
    "a rate of each step": (
        NET
        + """
for i = 1, 4 do
   net:zeroGradParameters()
   local out = net:forward(x)
   local loss = criterion:forward(out, y)
   net:backward(x, criterion:backward(out, y))
   net:updateParameters(0.1 / i)
   print(string.format('%.6f', loss))
end
""",
        """    loss.backward()
    net.updateParameters(0.1 / i)
""",
    ),
    "a loss that is printed": (
        NET
        + """
for i = 1, 4 do
   net:zeroGradParameters()
   local out = net:forward(x)
   print(string.format('%.6f', criterion:forward(out, y)))
   net:backward(x, criterion:backward(out, y))
   net:updateParameters(0.1)
end
""",
        """    loss = criterion(out, y.long() - 1)
    print(f"{loss.item():.6f}")
    loss.backward()
""",
    ),
    "a criterion of the script": (
        FLAT
        + """
local Off, parent = torch.class('nn.OffCriterion', 'nn.Criterion')
function Off:updateOutput(input, target)
   self.output = (input - target):norm() ^ 2
   return self.output
end
function Off:updateGradInput(input, target)
   self.gradInput = (input - target) * 2
   return self.gradInput
end
local off, t = nn.OffCriterion(), torch.zeros(6, 2)
for i = 1, 4 do
   optim.sgd(function()
      net:zeroGradParameters()
      local out = net:forward(x)
      local loss = off:forward(out, t)
      net:backward(x, off:backward(out, t))
      print(string.format('%.6f', loss))
      return loss, dw
   end, w, {learningRate = 0.01})
end
""",
        """    out = net(x)
    loss = off(out, t)
    loss.backward()
    print(f"{loss.item():.6f}")
    optimizer.step()
""",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_steps_are_written_as_python_has_them_and_print_the_same(
    name: str, lua: Runtime, capfd: pytest.CaptureFixture[str]
) -> None:
    code, wanted = CASES[name]
    made = translate(code)
    assert wanted in made.text
    assert made.unsure == ()
    assert printed_by_python(code, capfd) == printed_by_lua(code, lua, capfd)


@pytest.mark.parametrize(
    ("made", "lua_target", "python"),
    [
        ("nn.MSECriterion()", "torch.zeros(6, 2)", "criterion = nn.MSELoss()\n"),
        ("nn.ClassNLLCriterion()", "torch.LongTensor(6):fill(2)", "criterion(out, t.long() - 1)"),
        ("nn.CosineEmbeddingCriterion()", "torch.ones(3)", "lua.Criterion(nn.CosineEmbeddingLoss())"),
        ("nn.ParallelCriterion():add(nn.MSECriterion())", "{torch.zeros(6, 2)}", "lua.Criterion(nn.ParallelLoss("),
    ],
)
def test_a_criterion_that_gives_losses_is_pythons_own(made: str, lua_target: str, python: str) -> None:
    code = (
        NET
        + f"""
local criterion = {made}
local t = {lua_target}
net:zeroGradParameters()
local out = net:forward(x)
local loss = criterion:forward(out, t)
net:backward(x, criterion:backward(out, t))
"""
    )
    assert python in translate(code).text
    asked = code + "print(criterion:forward(net:forward(x), t))"
    assert "lua.Criterion(" in translate(asked).text


@pytest.mark.parametrize(
    ("word", "state", "python"),
    [
        ("sgd", "learningRate = 0.1, momentum = 0.9, dampening = 0, nesterov = true", "nesterov=True"),
        ("sgd", "learningRate = 0.1, momentum = 0.9, dampening = 0.1", "momentum=0.9, dampening=0.1)"),
        ("sgd", "learningRate = 0.1, momentum = 0, learningRateDecay = 0", "optim.SGD(net.parameters(), lr=0.1)"),
        ("adam", "learningRate = 0.1, beta2 = 0.99, epsilon = 1e-4", "lr=0.1, betas=(0.9, 0.99), eps=1e-4)"),
        ("adamax", "learningRate = 0.1", "optim.Adamax(net.parameters(), lr=0.1, eps=1e-38)"),
        ("adagrad", "learningRateDecay = 0.1", "optim.Adagrad(net.parameters(), lr_decay=0.1, lr=1e-3)"),
        ("adadelta", "rho = 0.8", "optim.Adadelta(net.parameters(), rho=0.8)"),
        ("rmsprop", "learningRate = 0.01, alpha = 0.9", "optim.RMSprop(net.parameters(), lr=0.01, alpha=0.9)"),
    ],
)
def test_options_have_their_counterparts(
    word: str, state: str, python: str, lua: Runtime, capfd: pytest.CaptureFixture[str]
) -> None:
    code = FLAT + f"local state = {{{state}}}" + FEVAL + LOOP % word
    assert python in translate(code).text
    assert printed_by_python(code, capfd) == printed_by_lua(code, lua, capfd)


STATE = "local state = {learningRate = 0.1}"


@pytest.mark.parametrize(
    "code",
    [
        FLAT + "local state = {learningRate = 0.1, learningRates = torch.ones(26)}" + FEVAL + LOOP % "sgd",
        FLAT + "local state = {momentum = 0.9}" + FEVAL + LOOP % "nag",
        FLAT + STATE + FEVAL + LOOP % "sgd" + "print(dw:norm() > 0)",
        FLAT + STATE + FEVAL + LOOP % "sgd" + "for k in pairs(state) do assert(k) end",
        FLAT + STATE + FEVAL + LOOP % "sgd" + LOOP % "sgd",
        FLAT + STATE + "dw:zero()" + FEVAL.replace("dw:zero()", "") + LOOP % "sgd",
        FLAT + STATE + FEVAL.replace("return", "if loss < 0 then return 0, dw end return") + LOOP % "sgd",
        FLAT + "local twin = net:clone('weight', 'bias')" + STATE + FEVAL + LOOP % "sgd",
        FLAT + STATE + "state.momentum = 0.9" + FEVAL + LOOP % "sgd",
        NET.replace("local criterion", "net:zeroGradParameters() local criterion")
        + "local w, dw = net:getParameters()"
        + "for i = 1, 4 do"
        + FEVAL
        + "optim.sgd(feval, w, {learningRate = 0.1, momentum = 0.9}) print(w:sum()) end",
    ],
)
def test_what_is_not_provable_keeps_torch7s_call(code: str, lua: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    text = translate(code).text
    assert "lua.optim." in text
    assert "optimizer" not in text
    assert printed_by_python(code, capfd) == printed_by_lua(code, lua, capfd)


@pytest.mark.parametrize(
    "between",
    ["y:fill(1)", "out:mul(2)", "net:forward(x * 2)", "x = x * 1", "out = out * 1", "print(net.gradInput)"],
)
def test_a_step_that_something_comes_between_stays(between: str) -> None:
    code = (
        NET
        + f"""
net:zeroGradParameters()
local out = net:forward(x)
local loss = criterion:forward(out, y)
{between}
net:backward(x, criterion:backward(out, y))
"""
    )
    text = translate(code).text
    assert "criterion.backward(out, y)" in text
    assert "loss.backward()" not in text


def test_names_of_the_closure_do_not_take_those_of_the_script(lua: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    code = FLAT + STATE + FEVAL + "local out, loss = 5, 6" + LOOP % "sgd" + "print(out, loss)"
    assert printed_by_python(code, capfd) == printed_by_lua(code, lua, capfd)
    assert printed_by_python(code, capfd).endswith("5\t6\n")


def test_samples_drawn_one_by_one(lua: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    code = """
require 'nn'
torch.manualSeed(3)
torch.setdefaulttensortype('torch.DoubleTensor')
local mlp = nn.Sequential():add(nn.Linear(2, 20)):add(nn.Tanh()):add(nn.Linear(20, 1))
local criterion = nn.MSECriterion()
for i = 1, 20 do
   local input, output = torch.randn(2), torch.Tensor(1)
   output[1] = input[1] * input[2] > 0 and -1 or 1
   -- feed it to the neural network and the criterion
   criterion:forward(mlp:forward(input), output)
   mlp:zeroGradParameters()
   mlp:backward(input, criterion:backward(mlp.output, output))
   mlp:updateParameters(0.01)
end
local x = torch.Tensor {0.5, -0.5}
print(string.format('%.5f', mlp:forward(x)[1]))
"""
    made = translate(code)
    assert made.unsure == ()
    assert "    loss = criterion(mlp(input), output)\n    optimizer.zero_grad()\n" in made.text
    assert printed_by_python(code, capfd) == printed_by_lua(code, lua, capfd)


def test_the_trainer_of_nn(lua: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    code = (
        NET
        + """
local data = {}
function data:size() return 6 end
for i = 1, data:size() do data[i] = {x[i], y[i]} end
local trainer = nn.StochasticGradient(net, criterion)
trainer.learningRate = 0.05
trainer.learningRateDecay = 0.1
trainer.maxIteration = 3
trainer.hookIteration = function(self, iteration, loss) print(iteration, string.format('%.6f', loss)) end
trainer:train(data)
"""
    )
    made = translate(code)
    assert made.unsure == ()
    assert "trainer = lua.StochasticGradient(net, criterion)\n" in made.text
    wanted = printed_by_lua(code, lua, capfd)
    assert wanted.count("current error") == 3
    assert [line[:28] for line in printed_by_python(code, capfd).splitlines()] == [
        line[:28] for line in wanted.splitlines()
    ]


TUTORIAL = """
require 'nn'
require 'optim'
torch.manualSeed(2)
torch.setdefaulttensortype('torch.DoubleTensor')
confusion = optim.ConfusionMatrix({'1', '2', '3'})
model = nn.Sequential()
model:add(nn.Reshape(12))
model:add(nn.Linear(12, 3))
model:add(nn.LogSoftMax())
criterion = nn.ClassNLLCriterion()
parameters, gradParameters = model:getParameters()
optimState = {learningRate = 0.1, weightDecay = 0, momentum = 0, learningRateDecay = 1e-2}
optimMethod = optim.sgd
trainData = {data = torch.randn(20, 12), labels = torch.Tensor(20):random(3), size = function() return 20 end}

function train()
   epoch = epoch or 1
   local total = 0
   shuffle = torch.randperm(trainData:size())
   for t = 1, trainData:size(), 5 do
      local inputs, targets = {}, {}
      for i = t, math.min(t + 5 - 1, trainData:size()) do
         table.insert(inputs, trainData.data[shuffle[i]])
         table.insert(targets, trainData.labels[shuffle[i]])
      end
      local feval = function(x)
         if x ~= parameters then parameters:copy(x) end
         gradParameters:zero()
         local f = 0
         for i = 1, #inputs do
            local output = model:forward(inputs[i])
            local err = criterion:forward(output, targets[i])
            f = f + err
            local df_do = criterion:backward(output, targets[i])
            model:backward(inputs[i], df_do)
            confusion:add(output, targets[i])
         end
         gradParameters:div(#inputs)
         f = f / #inputs
         total = total + f
         return f, gradParameters
      end
      METHOD(feval, parameters, optimState)
   end
   confusion:updateValids()
   print(string.format('epoch %d: %.6f, %.4f', epoch, total, confusion.totalValid))
   confusion:zero()
   epoch = epoch + 1
end
train()
train()
"""


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("optim.sgd", "        for p in model.parameters():\n            p.grad.div_(len(inputs))\n"),
        ("optimMethod", "optimMethod(feval, parameters, optimState)"),
    ],
)
def test_the_trainer_of_tutorials(method: str, says: str, lua: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    code = TUTORIAL.replace("METHOD", method)
    made = translate(code)
    assert says in made.text
    assert made.unsure == ()
    assert printed_by_python(code, capfd) == printed_by_lua(code, lua, capfd)


BASE = (Path(__file__).parents[1] / "published" / "lstm_lm" / "base.lua").read_text(encoding="utf-8")
CLONES = """
require 'nn'
torch.manualSeed(1)
torch.setdefaulttensortype('torch.DoubleTensor')
local net = nn.Sequential():add(nn.Linear(3, 3)):add(nn.Tanh())
FUNCTION
local w, dw = net:getParameters()
local clones = g_cloneManyTimes(net, 3)
for step = 1, 3 do
   dw:zero()
   local x = {[0] = torch.ones(2, 3)}
   for t = 1, 3 do x[t] = clones[t]:forward(x[t - 1]):clone() end
   local d = x[3]:clone()
   for t = 3, 1, -1 do d = clones[t]:backward(x[t - 1], d) end
   w:add(-0.1, dw)
   print(string.format('%.6f %.6f %.6f', x[3]:norm(), dw:norm(), w:norm()))
end
""".replace("FUNCTION", BASE[BASE.index("function g_cloneManyTimes") : BASE.index("function g_replace_table")])


def test_nets_copied_through_memory_share_what_is_trained(lua: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    assert translate(CLONES).unsure == ()
    assert printed_by_python(CLONES, capfd) == printed_by_lua(CLONES, lua, capfd)


def test_files_in_memory_say_what_they_cannot_do() -> None:
    file = MemoryFile("w")
    table = Table(a=1)
    file.writeObject(table)
    table.a = 2
    reader = MemoryFile("r", file.storage())
    assert reader.readObject().a == 1
    with pytest.raises(EOFError, match="1 objects were read"):
        reader.readObject()
    with pytest.raises(OSError, match="open for reading only"):
        reader.writeObject(table)
    with pytest.raises(ValueError, match="needs 'r', 'w' or 'rw', got 'x'"):
        MemoryFile("x")
