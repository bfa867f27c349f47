-- The passes of nn.gModule: forward through the nodes in their order, backward from the last to the first.
--
-- Tables that a pass fills (`input`, `gradOutput`) and sums of gradients (`gradOutputBuffer`) stay in the nodes' data and
-- are used again by the next one. A whole pass runs under one xpcall, which `at` tells how far it came.

local torch = require 'torch'
local nn = require 'nn'
local nngraph = require 'nngraph'
local kernels = require '_kernels'
local traces = require 'nn.traces'
local new_table = require 'table.new'

local gModule, parent = torch.getmetatable('nn.gModule'), torch.getmetatable('nn.Container')
local type = type

-- What a list of one gives is the element.
local function single(list) return #list == 1 and list[1] or list end

local function emptied(list)
   if list == nil then return {} end
   for i = #list, 1, -1 do list[i] = nil end
   return list
end

---------------------------------------------------------------------------------------------------------- failures

-- A node as errors call it: by its name and the line that made it.
local function told(data)
   local notes = data.annotations or {}
   local place = notes._debugLabel and 'made at ' .. notes._debugLabel:gsub('_$', '') or nil
   if notes.name and place then return notes.name .. ', ' .. place end
   return tostring(notes.name or place or '?')
end

local function place_of(self, at)
   local place = 0
   for i = 1, at do
      if self.forwardnodes[i].data.module then place = place + 1 end
   end
   return place
end

-- Runs pass(self, at, ...), which notes in at[1] which node it works on; the error of a module tells which that is.
local function guarded(self, pass, ...)
   local at = {0}
   local ok, result = xpcall(pass, traces.traced, self, at, ...)
   if ok then return result end
   local node = self.forwardnodes[at[1]]
   local module = node and node.data.module
   if module == nil then error(traces.untraced(result), 0) end
   nngraph.failed(self, node.data)
   error(traces.located(result, self, module, place_of(self, at[1]), told(node.data)), 0)
end

-- A failure of the pass itself at a node.
local function refuse(format, ...) error(format:format(...), 0) end

----------------------------------------------------------------------------------------------------------- forward

local function forward(self, at, func, input)
   local nodes, start, named = self.forwardnodes, self.innode.data, type(func) == 'string'
   local values = new_table(0, #nodes)
   for i = 1, #nodes do
      local data = nodes[i].data
      local sources, given = data.mapindex, data.input or {}
      local count = #sources
      at[1] = i
      if data == start then
         count = 1
         given[1] = input
      else
         for k = 1, count do given[k] = values[sources[k]] end
      end
      for k = #given, count + 1, -1 do given[k] = nil end
      data.input = given
      local value, module = given, data.module
      if count == 1 then value = given[1] end
      if data.selectindex then
         value = given[1][data.selectindex]
      elseif module then
         if named then value = module[func](module, value) else value = func(module, value) end
      end
      local parts = data.nSplitOutputs
      if parts and (type(value) ~= 'table' or #value ~= parts) then
         refuse('nn.gModule: split(%d) of the node %s got %s', parts, told(data),
            type(value) == 'table' and #value .. ' elements' or 'a ' .. torch.type(value))
      end
      values[data] = value
   end
   return single(self.outnode.data.input)
end

--- Runs a function of (module, input), or a method by its name, on the modules in order; the output.
function gModule:runForwardFunction(func, input)
   local count = self.nInputs or #self.innode.children
   if count > 1 then
      if type(input) ~= 'table' then
         error(('nn.gModule: a table of %d inputs is needed, got a %s'):format(count, torch.type(input)), 2)
      elseif #input ~= count then
         error(('nn.gModule: %d inputs are needed, got %d'):format(count, #input), 2)
      end
   end
   self.output = guarded(self, forward, func, input)
   return self.output
end

function gModule:updateOutput(input) return self:runForwardFunction('updateOutput', input) end

---------------------------------------------------------------------------------------------------------- backward

-- The sum of the gradients that came to a node, in memory of its own where there are several: `buffer`, if it fits.
local function summed(came, buffer)
   local first = came[1]
   if torch.isTensor(first) then
      if torch.typename(buffer) ~= torch.typename(first) then buffer = first.new() end
      if kernels.table_sum(buffer, unpack(came)) then return buffer end
      buffer:resizeAs(first):copy(first)
   else
      buffer = nn.utils.recursiveCopy(nn.utils.recursiveResizeAs(buffer or {}, first), first)
   end
   for i = 2, #came do nn.utils.recursiveAdd(buffer, came[i]) end
   return buffer
end

local function zeros_like(value)
   if torch.isTensor(value) then return value.new():resize(value:size()):zero() end
   local result = {}
   for k, v in pairs(value) do result[k] = zeros_like(v) end
   return result
end

-- What came to the parts of a node that was split, as the table that it gave; parts that nothing uses count as 0.
local function joined(data)
   local parts, value = {}, single(data.input)
   for i = 1, data.nSplitOutputs do
      local came = data.gradOutput[i]
      if came == nil or #came == 0 then
         parts[i] = zeros_like(value[i])
      else
         parts[i] = #came == 1 and came[1] or summed(came)
      end
   end
   return parts
end

-- The gradient of what a node gives.
local function arrived(data)
   if data.nSplitOutputs then return joined(data) end
   local came = data.gradOutput
   if #came <= 1 then return came[1] end
   data.gradOutputBuffer = summed(came, data.gradOutputBuffer)
   return data.gradOutputBuffer
end

-- The gradient that updateGradInput left at a node.
local function left(data)
   local came = data.gradOutput
   if #came <= 1 then return came[1] end
   return data.gradOutputBuffer
end

local function forget_gradients(nodes)
   for i = 1, #nodes do
      local data = nodes[i].data
      if data.nSplitOutputs then
         data.gradOutput = {}
      else
         data.gradOutput = emptied(data.gradOutput)
      end
   end
end

-- Most modules have nothing to accumulate.
local nothing = torch.getmetatable('nn.Module').accGradParameters

local function accumulate(module, input, gradient, scale)
   if module.accGradParameters ~= nothing then module:accGradParameters(input, gradient, scale) end
end

-- With a `scale`, parameters' gradients are accumulated on the way, while what they need is in the processor's cache.
local function backward(self, at, gradOutput, scale)
   local nodes, start, finish = self.forwardnodes, self.innode.data, self.outnode.data
   forget_gradients(nodes)
   local result
   for i = #nodes, 1, -1 do
      local data = nodes[i].data
      local sources, gradient = data.mapindex, nil
      at[1] = i
      if data == finish then
         gradient = gradOutput
      else
         gradient = arrived(data)
         local module = data.module
         if data == start then
            result = gradient
         elseif data.selectindex then
            local source, index = sources[1], data.selectindex
            if source.nSplitOutputs then
               local came = source.gradOutput
               came[index] = came[index] or {}
               came[index][#came[index] + 1] = gradient
            else
               local whole = zeros_like(data.input[1])
               whole[index] = gradient
               source.gradOutput[#source.gradOutput + 1] = whole
            end
            sources = nil
         elseif module then
            local input, given = data.input, gradient
            if #input == 1 then input = input[1] end
            gradient = module:updateGradInput(input, given)
            if scale then accumulate(module, input, given, scale) end
         end
      end
      if sources and #sources == 1 then
         local came = sources[1].gradOutput
         came[#came + 1] = gradient
      elseif sources and data ~= start then
         for k = 1, #sources do
            local came = sources[k].gradOutput
            came[#came + 1] = gradient[k]
         end
      end
   end
   self.gradInput = result
   return result
end

local function check_gradient(self, gradOutput)
   local outputs = #self.outnode.children
   if outputs > 1 and (type(gradOutput) ~= 'table' or #gradOutput ~= outputs) then
      error(('nn.gModule: gradOutput needs to be a table of %d, is %s'):format(
         outputs, type(gradOutput) == 'table' and 'one of ' .. #gradOutput or 'a ' .. torch.type(gradOutput)), 3)
   end
end

function gModule:updateGradInput(_, gradOutput)
   check_gradient(self, gradOutput)
   return guarded(self, backward, gradOutput)
end

local own_updateGradInput = gModule.updateGradInput

local function accumulate_all(self, at, scale)
   for i, node in ipairs(self.forwardnodes) do
      local data = node.data
      at[1] = i
      if data.module then accumulate(data.module, single(data.input), left(data), scale) end
   end
end

function gModule:accGradParameters(_, _, scale) guarded(self, accumulate_all, scale or 1) end

local own_accGradParameters = gModule.accGradParameters

--- Both in one pass.
function gModule:backward(input, gradOutput, scale)
   -- A class on top of this one may have its own.
   if self.updateGradInput ~= own_updateGradInput or self.accGradParameters ~= own_accGradParameters then
      return parent.backward(self, input, gradOutput, scale)
   end
   check_gradient(self, gradOutput)
   return guarded(self, backward, gradOutput, scale or 1)
end
