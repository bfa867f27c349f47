-- Modules of nested tables: zipping, adding, and mixing what experts say.

local torch = require 'torch'
local nn = require 'nn'
local checks = require 'nn.checks'
local kernels = require '_kernels'

local function nested(name, more)
   local Class, parent = torch.class('nn.' .. name, 'nn.Module')
   function Class:__init()
      parent.__init(self)
      self.output, self.gradInput = {}, {}
      if more then more(self) end
   end
   return Class
end

-- The rows of a table of tables as its columns.
local function swapped(value)
   local result = {}
   for i, row in ipairs(value) do
      for j, item in ipairs(row) do
         result[j] = result[j] or {}
         result[j][i] = item
      end
   end
   return result
end

local Zip = nested('ZipTable')

--- {{a1, a2}, {b1, b2}} to {{a1, b1}, {a2, b2}}.
function Zip:updateOutput(input)
   for i, row in ipairs(input) do
      if type(row) ~= 'table' or #row ~= #input[1] then
         checks.fail(self, 'input[%d] is %s, tables of one length are needed', i, checks.told(row))
      end
   end
   self.output = swapped(input)
   return self.output
end

function Zip:updateGradInput(_, gradOutput)
   self.gradInput = swapped(gradOutput)
   return self.gradInput
end

local ZipOne = nested('ZipTableOneToMany', function(self) self.gradInputEl = torch.Tensor() end)

-- The input {one, {several}}.
local function one_and_many(self, input)
   local one, many = checks.pair(self, input)
   checks.tensor(self, one, 'input[1]')
   if type(many) ~= 'table' or #many == 0 then
      checks.fail(self, 'input[2] is %s, a table of at least one is needed', checks.told(many))
   end
   return one, many
end

--- {v, {a, b}} to {{v, a}, {v, b}}.
function ZipOne:updateOutput(input)
   local one, many = one_and_many(self, input)
   self.output = {}
   for i, item in ipairs(many) do self.output[i] = {one, item} end
   return self.output
end

function ZipOne:updateGradInput(input, gradOutput)
   local one, many = one_and_many(self, input)
   self.gradInputEl:resizeAs(one):zero()
   local gradients = {}
   for i = 1, #many do
      self.gradInputEl:add(gradOutput[i][1])
      gradients[i] = gradOutput[i][2]
   end
   self.gradInput = {self.gradInputEl, gradients}
   return self.gradInput
end

local AddEach = nested('CAddTensorTable', function(self) self.output = torch.Tensor() end)

--- {v, {a, b}} to {v + a, v + b}.
function AddEach:updateOutput(input)
   local one, many = one_and_many(self, input)
   for i, item in ipairs(many) do
      if checks.tensor(self, item, ('input[2][%d]'):format(i)):nElement() ~= one:nElement() then
         checks.fail(self, 'input[2][%d] has sizes %s, those of input[1], %s, are needed', i, checks.sizes(item),
            checks.sizes(one))
      end
   end
   self.output = {}
   for i, item in ipairs(many) do self.output[i] = torch.add(item, one) end
   return self.output
end

function AddEach:updateGradInput(input, gradOutput)
   local one, many = one_and_many(self, input)
   local sum = one.new():resizeAs(one):zero()
   local gradients = {}
   for i = 1, #many do
      sum:add(gradOutput[i])
      gradients[i] = gradOutput[i]:clone()
   end
   self.gradInput = {sum, gradients}
   return self.gradInput
end

------------------------------------------------------------------------------------------------------- MixtureTable

local Mixture, mixture_parent = torch.class('nn.MixtureTable', 'nn.Module')

--- What experts say, {gater, experts}, weighted by the gater: (experts) or (batch, experts). The experts are a table of
--- tensors, or one tensor that has them along dimension `dim`.
function Mixture:__init(dim)
   mixture_parent.__init(self)
   self.dim = dim
   self.size, self.size2 = torch.LongStorage(), torch.LongStorage()
   self.batchSize = 0
   self.backwardSetup = false
   self.gradInput = {}
end

-- The gater and a table of the experts.
local function mixed(self, input)
   local gater, experts = checks.pair(self, input)
   checks.tensor(self, gater, 'input[1]')
   if gater:dim() ~= 1 and gater:dim() ~= 2 then
      checks.fail(self, 'input[1] has sizes %s, one or two dimensions are needed', checks.sizes(gater))
   end
   local dimG = gater:dim()
   local dim = self.dim or dimG
   local as_table = not torch.isTensor(experts)
   if not as_table and (experts:dim() < dim or (dimG == 2 and experts:size(1) ~= gater:size(1))) then
      checks.fail(self, 'input[2] has sizes %s, experts along dimension %d for a gater of %s are needed',
         checks.sizes(experts), dim, checks.sizes(gater))
   end
   local count = as_table and #experts or experts:size(dim)
   if count ~= gater:size(dimG) then
      checks.fail(self, 'input[1] has weights for %d experts, input[2] has %d', gater:size(dimG), count)
   end
   for i = 1, as_table and count or 0 do
      checks.tensor(self, experts[i], ('input[2][%d]'):format(i))
      if not experts[i]:isSameSizeAs(experts[1]) or (dimG == 2 and experts[i]:size(1) ~= gater:size(1)) then
         checks.fail(self, 'input[2][%d] has sizes %s, which do not go with the gater and the first expert', i,
            checks.sizes(experts[i]))
      end
   end
   local list = {}
   for i = 1, count do
      list[i] = as_table and experts[i] or experts:select(dim, i)
      if torch.typename(list[i]) ~= torch.typename(gater) then
         checks.fail(self, 'the experts are %ss, the gater is a %s', torch.typename(list[i]), torch.typename(gater))
      end
   end
   self.dim, self.dimG, self.table = dim, dimG, as_table
   self.batchSize = dimG == 2 and gater:size(1) or 1
   return gater, list
end

function Mixture:updateOutput(input)
   local gater, experts = mixed(self, input)
   kernels.mixture_forward(self.output, gater, unpack(experts))
   return self.output
end

function Mixture:updateGradInput(input, gradOutput)
   local gater, experts = mixed(self, input)
   if not checks.tensor(self, gradOutput, 'gradOutput'):isSameSizeAs(experts[1]) then
      checks.fail(self, 'gradOutput has sizes %s, those of an expert, %s, are needed', checks.sizes(gradOutput),
         checks.sizes(experts[1]))
   end
   local of_gater = self.gradInput[1] or gater.new()
   local of_experts = self.gradInput[2]
   if self.table then
      if type(of_experts) ~= 'table' then of_experts = {} end
      for i, expert in ipairs(experts) do of_experts[i] = (of_experts[i] or gater.new()):resizeAs(expert) end
      for i = #of_experts, #experts + 1, -1 do of_experts[i] = nil end
   else
      if not torch.isTensor(of_experts) then of_experts = input[2].new() end
      of_experts:resizeAs(input[2])
   end
   kernels.mixture_backward_gater(of_gater, gradOutput, gater, unpack(experts))
   for i = 1, #experts do
      local into = self.table and of_experts[i] or of_experts:select(self.dim, i)
      kernels.mixture_backward_expert(into, gradOutput, gater, i)
   end
   self.gradInput = {of_gater, of_experts}
   return self.gradInput
end

-- What files hold of the work space of other implementations.
local WORK = {'_gaterView', '_expert', '_expertView', '_sum', '_expert2', '_expertView2'}

function Mixture:type(type_name, done)
   if type_name then
      for _, name in ipairs(WORK) do self[name] = nil end
      self.backwardSetup = false
   end
   return mixture_parent.type(self, type_name, done)
end

function Mixture:clearState()
   nn.utils.clear(self, WORK)
   return mixture_parent.clearState(self)
end
