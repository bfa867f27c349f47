"""Operations on tensors as scripts write them: the script and its translation print the same numbers."""

from __future__ import annotations

import pytest

from lua_compat import Runtime
from lua_compat.translate import translate
from tests.translate.test_constructs import lua, own_settings, printed_by_lua, printed_by_python

__all__ = ["lua", "own_settings"]

BEFORE = """
local function show(x)
   if not torch.isTensor(x) then return print(x) end
   local words, flat = {}, x:clone():double():view(-1)
   for i = 1, flat:size(1) do words[i] = string.format('%.3f', flat[i]) end
   print(table.concat(x:size():totable(), 'x') .. ': ' .. table.concat(words, ' '))
end
torch.manualSeed(1)
torch.setdefaulttensortype('torch.DoubleTensor')
local x, y = torch.range(1, 12):view(3, 4), torch.linspace(-1, 1, 12):view(3, 4)
"""
LINES = """
x[{2,3}] = 100 show(x)
x[x:gt(6)] = 0 show(x)
x[2] = 7 show(x)
x[{{},2}] = -1 show(x)
x[{{1,2},{2,3}}]:fill(0) show(x)
show(x[{{},{2}}])
show(x[{2}])
show(x:sub(1,2,2,3))
show(x:select(2,1))
show(x:narrow(2,2,2))
show(x:t())
show(x:transpose(1,2):contiguous():view(-1))
show(torch.cat(x,y,1)) show(torch.cat({x,y},2))
show(x:index(1,torch.LongTensor{3,1}))
show(x:gather(2,torch.LongTensor{{1,2},{2,3},{4,1}}))
local m,i = x:max(2) show(m) show(i)
local s,i = torch.sort(y,2,true) show(s) show(i)
show(x:sum(1)) show(x:mean(2)) show(x:std()) show(x:sum())
show(torch.mm(x,y:t())) show(x*y:t())
show(torch.cmul(x,y)) show(x+y) show(x-1) show(2*x) show(x/2) show(-x)
x:add(1):mul(2):div(4) show(x)
x:add(0.5,y) show(x)
x:addcmul(2,y,y) show(x)
x:map(y, function(a,b) return a*b end) show(x)
x:apply(function(a) return a+1 end) show(x)
show(x:eq(y)) show(x:ge(6):sum())
show(torch.abs(y)) show(torch.pow(y,2)) show(y:clone():abs():sqrt())
show(x:view(2,6)) show(x:view(-1,3)) show(x:reshape(4,3)) show(x:resize(2,2))
show(torch.zeros(2,3):fill(4)) show(torch.ones(2):mul(3)) show(torch.eye(2))
show(x:clone():cumsum(1)) show(torch.cumsum(x,2))
show(x:norm()) show(x:norm(1)) show(torch.dist(x,y))
show(x:nElement()) show(x:dim()) show(x:size(1)) show(#x:size())
for i = 1, x:size(1) do for j = 1, x:size(2) do x[i][j] = x[i][j] * 2 end end show(x)
show(torch.multinomial(torch.ones(5),3)) show(torch.randperm(5)) show(torch.rand(2)) show(torch.randn(3))
show(torch.Tensor(3):uniform(0,1)) show(torch.Tensor(4):random(1,6)) show(torch.Tensor(3):bernoulli(0.5))
show(x:expand(3,4)) show(torch.repeatTensor(torch.Tensor{1,2},2,2)) show(x:repeatTensor(1,2))
show(x:squeeze()) show(x:view(1,3,4):squeeze(1)) show(torch.add(x,2)) show(torch.add(x,2,y))
show(x:clamp(2,5)) show(torch.clamp(y,-0.5,0.5)) show(torch.sign(y)) show(torch.floor(y))
show(x:min()) show(x:max()) local a = x:min(1) show(a)
local z = x:clone() z:zero() show(z) show(x:equal(z)) show(x:isSameSizeAs(y)) show(torch.isTensor(x))
show(x:storage():size()) show(x:split(2,1)[1]) show(x:chunk(2,2)[2])
show(x[1][2] + x[3][4]) show(x[-1]) show(x:unfold(2,2,1)) show(x:mode(2))
show(torch.histc(y,4)) show(torch.trace(torch.mm(x,x:t()))) show(torch.dot(x[1],y[1])) show(torch.ger(x[1],y[1]))
show(x:type()) show(torch.type(x)) show(x:float():type()) show(x:long()) show(x:double())
local ind = torch.nonzero(x:gt(5)) show(ind)
show(x:maskedSelect(x:gt(5))) x:maskedFill(x:gt(5), 0) show(x)
x:scatter(2, torch.LongTensor{{1},{2},{3}}, 9) show(x)
x:indexFill(1, torch.LongTensor{2}, 8) show(x) x:indexCopy(1, torch.LongTensor{1}, y[{{2}}]) show(x)
x:copy(y) show(x) x:cmul(y) show(x) x:cdiv(y + 3) show(x) x:csub(y) show(x) x:addmm(y, torch.ones(4,4)) show(x)
local r = torch.zeros(3, 4) r:addmm(x, y, torch.ones(4,4)) show(r) r:addmm(x, 2, y, torch.ones(4,4)) show(r)
local r = torch.zeros(3, 4) show(r:sum(x, 2)) show(torch.Tensor():mean(x, 1))
local r, w = torch.zeros(12), torch.ones(3, 4) r:add(2, x) r:add(w) r:cmul(x) r:csub(y) show(r) w:cdiv(r) show(w)
show(torch.zeros(3):addmv(x[{{},1}], y, torch.ones(4))) show(torch.zeros(3, 4):addr(x, x[{{},2}], y[1]))
local r = torch.zeros(2, 3, 4) local part = r[{1, {}}] part:addmm(x, y, torch.ones(4,4)) show(r)
require 'nn' local v = nn.View(1, 12) show(v:forward(x)) v:resetSize(2, 6) show(v:forward(x))
show(torch.addmv(torch.zeros(3), x, torch.ones(4))) show(torch.bmm(x:view(1,3,4), y:view(1,4,3)))
x:set(y) show(x) show(x:isContiguous()) show(x:stride(1)) show(x:nDimension())
show(torch.max(x)) show(torch.max(x,1)) show((torch.max(x,1)))
show(torch.mean(x)) show(torch.var(x)) show(torch.prod(torch.Tensor{2,3}))
show(torch.exp(torch.Tensor{0,1})) show(torch.log(torch.Tensor{1,2})) show(torch.tanh(y))
show(torch.sigmoid(y)) show(torch.round(y)) show(torch.cmax(x,y)) show(torch.gt(x,y))
local v, k = y:topk(2, 2, true, true) show(v) show(k)
show(x:sub(2, -1)) show(x:sub(1, -2, 2, -1)) show(x:narrow(1, 2, 1):sub(1, 1, 2, 3))
local s, i = torch.sort(y:view(-1), true) print(i[1] == 12, s[1] == y[3][4], i[2] ~= 3)
local function best(p) local c, i = torch.sort(p, true) if i[1] == 4 then print('yes') end end best(x[1]) best(-x[1])
collectgarbage() local n = #(arg or {}) show(n * 0)
""".strip().splitlines()


@pytest.mark.parametrize("line", LINES)
def test_operations_print_the_same(line: str, lua: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    code = BEFORE + line
    assert translate(code).unsure == ()
    wanted = printed_by_lua(code, lua, capfd)
    assert wanted.strip()
    assert printed_by_python(code, capfd) == wanted
