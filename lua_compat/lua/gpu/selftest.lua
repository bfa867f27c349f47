-- cutorch.test: what operations of Cuda tensors give is what those of Float tensors give, and of the right types.

local torch = require 'torch'

-- Each is evaluated once with Float tensors and once with Cuda ones: x, y of 3x4, m of 4x3, v of 4, p of positive numbers,
-- L and B of places from 1 to 3 and of bytes; T makes a tensor of the type.
local CASES = {
   arithmetic = [[x + y; x - 1; 2 - x; x * 2; x / 4; -x; x * m; torch.add(x, 2, y); torch.mul(x, 3); torch.cmul(x, y);
      torch.cdiv(x, p); torch.pow(p, 2); torch.pow(2, x); torch.clamp(x, -1, 1); torch.cmax(x, y); torch.cmin(x, 0);
      torch.fmod(x, 2); torch.remainder(x, 2); torch.addcmul(x, 2, x, y); torch.addcdiv(x, 2, x, p); torch.lerp(x, y, 0.3);
      x:clone():add(y); x:clone():mul(2):sub(1, 2); x:clone():fill(3); x:clone():zero(); torch.csub(x, y)]],
   functions = [[torch.abs(x); torch.exp(x); torch.log(p); torch.log1p(p); torch.sqrt(p); torch.rsqrt(p); torch.sin(x);
      torch.cos(x); torch.tanh(x); torch.sigmoid(x); torch.floor(x); torch.ceil(x); torch.round(x); torch.trunc(x);
      torch.frac(x); torch.neg(x); torch.cinv(p); torch.sign(x); torch.atan2(x, y)]],
   comparisons = [[torch.gt(x, y); torch.lt(x, 0); x:ge(y); x:le(0); x:eq(x); torch.ne(x, y); torch.gt(x, 0):sum();
      torch.all(x:eq(x)); torch.any(x:ne(x)); x:equal(x:clone())]],
   reductions = [[x:sum(); x:sum(1); x:prod(); x:prod(2); x:mean(); x:mean(2); x:max(); x:min(); x:std(); x:std(1); x:var();
      x:var(2); x:norm(); x:norm(1); x:norm(2, 1); x:dist(y); x:cumsum(1); x:cumprod(2); torch.dot(x, y); torch.trace(x);
      select(1, x:max(1)); select(2, x:max(1)); select(2, x:min(2)); select(1, x:sort(2)); select(2, x:sort(2, true));
      select(1, x:topk(2, 2)); select(2, x:topk(1, 1)); select(1, x:kthvalue(2)); select(1, x:median(1));
      select(1, x:mode(1)); torch.histc(x, 5); torch.renorm(x, 2, 1, 1)]],
   products = [[torch.mm(x, m); torch.mv(x, v); torch.ger(v, v); torch.addmm(T(3, 3):fill(1), x, m);
      torch.addmv(T(3):fill(1), x, v); torch.addr(T(4, 4):fill(1), v, v); torch.bmm(x:view(1, 3, 4), m:view(1, 4, 3));
      torch.baddbmm(T(1, 3, 3):fill(1), x:view(1, 3, 4), m:view(1, 4, 3)); torch.cross(m, m:clone():add(1), 2)]],
   systems = [[torch.inverse(torch.mm(x, m)); torch.gesv(T(3, 1):fill(1), torch.mm(x, m)); torch.gels(T(4, 1):fill(1), m);
      select(2, torch.svd(x)); torch.symeig(torch.mm(m, m:t())); torch.qr(m); torch.potrf(torch.mm(x, x:t()))]],
   views = [[x:t(); x:narrow(2, 2, 2); x:select(1, 2); x[2]; x[{{}, 2}]; x[{{1, 2}, {2, 3}}]; x:view(2, 6); x:transpose(1, 2);
      x:unfold(2, 2, 1); v:view(1, 4):expand(3, 4); v:view(1, 4):expandAs(x); x:t():contiguous(); x:permute(2, 1); x:sub(1, 2);
      torch.squeeze(x:view(1, 3, 4)); torch.reshape(x, 4, 3); torch.repeatTensor(v, 2, 1); x:viewAs(m); x:split(2, 2)[2];
      x:chunk(2, 1)[1]; x:storage(); x:new(2):fill(1); T(x:storage(), 1, 2, 2); T(x)]],
   joining = [[torch.cat(x, y, 1); torch.cat({x, y, x}, 2); T():cat(x, y); torch.diag(v); torch.diag(x); torch.tril(x);
      torch.triu(x)]],
   places = [[x:index(1, L); x:clone():indexFill(1, L, 5); x:clone():indexCopy(1, L, y:narrow(1, 1, 2));
      x:clone():indexAdd(1, L, y:narrow(1, 1, 2)); x:narrow(2, 1, 2):gather(1, L:view(1, 2)); T(3, 2):zero():scatter(1, L:view(1, 2), 7);
      x[x:gt(0)]; x:maskedSelect(B); x:clone():maskedFill(B, 2); x:clone():maskedCopy(B, y); torch.nonzero(x); x:gt(0):nonzero();
      x[2][3]; x[{2, 3}]; #x; x:totable()]],
   conversions = [[x:float():sum(); x:double():type(); x:long(); x:byte(); x:typeAs(y); x:type(x:type()); T{{1, 2}, {3, 4}};
      T(2, 3):copy(torch.range(1, 6)); torch.DoubleTensor(3, 4):copy(x); x:clone():apply(function(v) return v + 1 end);
      x:clone():map(y, function(a, b) return a * b end); tostring(x):match('^[^%[]*')]],
   random = [[T(5):uniform(); T(5):normal(1, 2); T(5):bernoulli(0.3); T(5):exponential(2); T(5):cauchy(); T(5):logNormal();
      T(5):geometric(0.2); T(5):random(9); torch.multinomial(p:view(-1), 3); T():rand(3); T():randn(2, 2); T():randperm(5);
      torch.bernoulli(p:clone():fill(0.5))]],
   creation = [[T():eye(3); T():range(1, 4); T():linspace(0, 1, 5); T():logspace(0, 1, 5); T():zeros(2); T():ones(2, 2);
      T(4):fill(2)]],
}

local NAMESAKES = {Float = 'Cuda', Long = 'CudaLong', Byte = 'CudaByte'}

-- The values of a case's expressions, in a list.
local function evaluated(code, word)
   local own = torch.getmetatable(('torch.%sTensor'):format(word))
   local function made(rows, columns)
      return torch.DoubleTensor(rows, columns or 1):normal():type(own.__typename):squeeze()
   end
   torch.manualSeed(7)
   local x, y, m, v = made(3, 4), made(3, 4), made(4, 3), made(4)
   local beside = word == 'Cuda' and 'Cuda' or ''
   local scope = setmetatable({
      T = torch.getconstructortable(own.__typename), x = x, y = y, m = m, v = v, p = torch.abs(x):add(0.5),
      L = torch.LongTensor{3, 1}:type(('torch.%sLongTensor'):format(beside)),
      B = torch.ByteTensor(3, 4):bernoulli(0.5):type(('torch.%sByteTensor'):format(beside)),
   }, {__index = _G})
   local values = {}
   for expression in code:gmatch('%s*([^;]+)') do
      values[#values + 1] = {expression, setfenv(assert(loadstring('return ' .. expression)), scope)()}
   end
   return values
end

local function compared(tester, plain, cuda, expression)
   if torch.isTensor(plain) or torch.isStorage(plain) then
      local word, role = torch.type(plain):match('^torch%.(%a-)(%u%l+)$')
      -- what is of a plain type whatever it is asked of stays so
      local wanted = ('torch.%s%s'):format(NAMESAKES[word] or word, role)
      if torch.type(cuda) ~= torch.type(plain) then tester:eq(torch.type(cuda), wanted, expression) end
      if torch.isTensor(plain) and torch.isTensor(cuda) then
         tester:eq(torch.type(cuda:storage()), torch.type(cuda):gsub('Tensor', 'Storage'), expression .. ': its storage')
      end
      tester:eq(torch.isTensor(cuda) and cuda:double():totable() or cuda:totable(), plain:totable(), 1e-6, expression)
   else
      tester:eq(cuda, plain, 1e-6, expression)
   end
end

local suite = torch.TestSuite()
local tester

for name, code in pairs(CASES) do
   suite[name] = function()
      local plain, cuda = evaluated(code, 'Float'), evaluated(code, 'Cuda')
      for i, value in ipairs(plain) do
         compared(tester, value[2], cuda[i][2], value[1])
      end
   end
end

return function(names)
   tester = torch.Tester()
   tester:add(suite)
   tester:run(names)
   return tester
end
