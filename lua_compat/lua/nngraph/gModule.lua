-- nn.gModule: a net out of nodes. The backward graph leads from `outnode` to the inputs, the forward graph from
-- `innode` to the outputs; both have their nodes in an order of their own (`forwardnodes`, `backwardnodes`).

local torch = require 'torch'
local nn = require 'nn'
local nngraph = require 'nngraph'

local gModule, parent = torch.class('nn.gModule', 'nn.Container')

-- What a pass leaves in the data of a node.
local OF_A_PASS = {'input', 'gradOutput', 'gradOutputBuffer'}
-- The fields that say the graph: tables in circles, which no recursion over tables may enter.
local GRAPH = {'innode', 'outnode', 'fg', 'bg', 'forwardnodes', 'backwardnodes', 'modules'}

------------------------------------------------------------------------------------------------------ construction

local function listed(value, what)
   if torch.typename(value) == 'nngraph.Node' then return {value} end
   if type(value) ~= 'table' or torch.typename(value) then
      error(('nn.gModule: %s need to be a table of nodes, got %s'):format(what, torch.type(value)), 4)
   end
   for i, node in ipairs(value) do
      if torch.typename(node) ~= 'nngraph.Node' then
         error(('nn.gModule: %s %d needs to be a node, is %s'):format(what:sub(1, -2), i, torch.type(node)), 4)
      end
   end
   if #value == 0 then error(('nn.gModule: there need to be %s'):format(what), 4) end
   return value
end

-- The data of every node that the outputs need.
local function needed(outnode)
   local found = {}
   outnode:bfs(function(node) found[node.data] = node end)
   return found
end

local function check_inputs(inputs, outnode)
   local found, given = needed(outnode), {}
   for i, node in ipairs(inputs) do
      if not found[node.data] then
         error(('nn.gModule: input %d (%s) is not used by any output'):format(i, node:graphNodeName()), 4)
      end
      if given[node.data] then error(('nn.gModule: inputs %d and %d are one node'):format(given[node.data], i), 4) end
      if #node.children > 0 then
         error(('nn.gModule: input %d (%s) has an input of its own'):format(i, node:graphNodeName()), 4)
      end
      given[node.data] = i
   end
   for data, node in pairs(found) do
      if #node.children == 0 and not given[data] then
         error(('nn.gModule: %s, made at %s, has no input and is none of the inputs'):format(
            node:graphNodeName(), tostring((data.annotations or {})._debugLabel)), 4)
      end
   end
end

function gModule:__init(inputs, outputs)
   parent.__init(self)
   inputs, outputs = listed(inputs, 'inputs'), listed(outputs, 'outputs')
   local outnode = nngraph.Node {}
   for _, node in ipairs(outputs) do outnode:add(node, true) end
   check_inputs(inputs, outnode)

   -- One node at the start: with several inputs its table is split among them.
   local innode = nngraph.Node {}
   local parts = #inputs == 1 and {innode} or {innode:split(#inputs)}
   for i, node in ipairs(inputs) do node:add(parts[i], true) end

   self.bg = outnode:graph()
   local new
   self.fg, new = self.bg:reverse()
   self.outnode = outnode
   self.innode = new[innode]
   self.forwardnodes = self.fg:topsort()
   self.backwardnodes = self.bg:topsort()
   for _, node in ipairs(self.forwardnodes) do
      node.data.forwardNodeId = node.id
      if node.data.module then table.insert(self.modules, node.data.module) end
   end
   self.nInputs = #inputs
   self.verbose = false
end

----------------------------------------------------------------------------------------------------------- passes

-- The name of a node, or where it was made.
local function told(data)
   local notes = data.annotations or {}
   return tostring(notes.name or notes._debugLabel or '?')
end

-- Calls fn(data, module, its place in `modules`) for the nodes in their order.
local function each(self, fn)
   local place = 0
   for _, node in ipairs(self.forwardnodes) do
      if node.data.module then place = place + 1 end
      fn(node.data, node.data.module, place)
   end
end

-- The same from the last node to the first.
local function each_back(self, fn)
   local place, nodes = #self.modules, self.forwardnodes
   for i = #nodes, 1, -1 do
      local data = nodes[i].data
      fn(data, data.module, place)
      if data.module then place = place - 1 end
   end
end

local function called(self, data, place, method, ...)
   local ok, result = pcall(self.rethrowErrors, self, data.module, place, method, ...)
   if ok then return result end
   nngraph.failed(self, data)
   if type(result) == 'string' then
      result = result:gsub('^(In %d+ module of [^\n]*):\n', function(head)
         return ('%s (%s):\n'):format(head, told(data))
      end, 1)
   end
   error(result, 0)
end

-- What a list of one gives is the element.
local function single(list) return #list == 1 and list[1] or list end

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
   local values, start = {}, self.innode.data
   each(self, function(data, module, place)
      local given
      if data == start then
         given = {input}
      else
         given = {}
         for i, source in ipairs(data.mapindex) do given[i] = values[source] end
      end
      data.input = given
      local value = single(given)
      if data.selectindex then
         value = given[1][data.selectindex]
      elseif module then
         if type(func) == 'string' then
            value = called(self, data, place, func, value)
         else
            value = func(module, value)
         end
      end
      if data.nSplitOutputs and (type(value) ~= 'table' or #value ~= data.nSplitOutputs) then
         error(('nn.gModule: split(%d) at %s got %s'):format(data.nSplitOutputs, told(data),
            type(value) == 'table' and #value .. ' elements' or 'a ' .. torch.type(value)), 0)
      end
      values[data] = value
   end)
   self.output = single(self.outnode.data.input)
   return self.output
end

function gModule:updateOutput(input) return self:runForwardFunction('updateOutput', input) end

-- The gradient of what a node gives: the one that came, or the sum of those that came, in memory of its own.
local function total(data)
   local came = data.gradOutput
   if #came <= 1 then return came[1] end
   local function copy(value)
      if torch.isTensor(value) then return value:clone() end
      local result = {}
      for k, v in pairs(value) do result[k] = copy(v) end
      return result
   end
   local sum = copy(came[1])
   for i = 2, #came do nn.utils.recursiveAdd(sum, came[i]) end
   data.gradOutputBuffer = sum
   return sum
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
      parts[i] = came and total {gradOutput = came} or zeros_like(value[i])
   end
   return parts
end

local function arrived(data)
   if data.nSplitOutputs then return joined(data) end
   return total(data)
end

local function send(source, index, gradient)
   local came = source.gradOutput
   if index == nil then
      came[#came + 1] = gradient
   else
      came[index] = came[index] or {}
      table.insert(came[index], gradient)
   end
end

function gModule:updateGradInput(input, gradOutput)
   local outputs = #self.outnode.children
   if outputs > 1 and (type(gradOutput) ~= 'table' or #gradOutput ~= outputs) then
      error(('nn.gModule: gradOutput needs to be a table of %d, is %s'):format(
         outputs, type(gradOutput) == 'table' and 'one of ' .. #gradOutput or 'a ' .. torch.type(gradOutput)), 2)
   end
   each(self, function(data) data.gradOutput, data.gradOutputBuffer = {}, nil end)
   local start, finish = self.innode.data, self.outnode.data
   each_back(self, function(data, module, place)
      if data == start then
         self.gradInput = arrived(data)
      elseif data == finish then
         for i, source in ipairs(data.mapindex) do send(source, nil, outputs == 1 and gradOutput or gradOutput[i]) end
      elseif data.selectindex then
         local source, gradient = data.mapindex[1], arrived(data)
         if source.nSplitOutputs then
            send(source, data.selectindex, gradient)
         else
            local whole = zeros_like(data.input[1])
            whole[data.selectindex] = gradient
            send(source, nil, whole)
         end
      else
         local gradient = arrived(data)
         if module then gradient = called(self, data, place, 'updateGradInput', single(data.input), gradient) end
         if #data.mapindex == 1 then gradient = {gradient} end
         for i, source in ipairs(data.mapindex) do send(source, nil, gradient[i]) end
      end
   end)
   return self.gradInput
end

-- The gradient that updateGradInput left at a node.
local function left(data) return data.gradOutputBuffer or data.gradOutput[1] end

function gModule:accGradParameters(_, _, scale)
   each(self, function(data, module, place)
      if module then called(self, data, place, 'accGradParameters', single(data.input), left(data), scale or 1) end
   end)
end

------------------------------------------------------------------------------------------- the module as a whole

local function forget(self)
   for _, node in ipairs(self.forwardnodes) do
      for _, name in ipairs(OF_A_PASS) do node.data[name] = nil end
   end
end

function gModule:clearState()
   forget(self)
   return parent.clearState(self)
end

--- The type, or, given one, this module converted. What the last pass left at the nodes is dropped.
function gModule:type(type_name, done)
   if not type_name then return self._type end
   done = done or {}
   if done[self] then return self end
   forget(self)
   local kept = {}
   for _, name in ipairs(GRAPH) do kept[name], self[name] = self[name], nil end
   local modules = kept.modules
   for _, module in ipairs(modules) do module:type(type_name, done) end
   parent.type(self, type_name, done)
   for name, value in pairs(kept) do self[name] = value end
   return self
end

--- Calls fn(module, other) for the modules of this and of another gModule of the same graph, node by node.
function gModule:map(other, fn)
   if #self.forwardnodes ~= #other.forwardnodes then
      error(('nn.gModule:map: graphs of %d and %d nodes'):format(#self.forwardnodes, #other.forwardnodes), 2)
   end
   for i, node in ipairs(self.forwardnodes) do
      local mine, theirs = node.data.module, other.forwardnodes[i].data.module
      if (mine == nil) ~= (theirs == nil) then error('nn.gModule:map: the graphs differ at node ' .. i, 2) end
      if mine then fn(mine, theirs) end
   end
end

--- What fn(module) returns for each module below, from the bottom up, in its place.
function gModule:replace(fn)
   local result = fn(self)
   self.modules = {}
   for _, node in ipairs(self.forwardnodes) do
      if node.data.module then
         node.data.module = node.data.module:replace(fn)
         table.insert(self.modules, node.data.module)
      end
   end
   return result
end

--- Files of older versions lack lists that follow from the graph.
function gModule:read(file)
   for key, value in pairs(file:readObject()) do self[key] = value end
   self.forwardnodes = self.forwardnodes or self.fg:topsort()
   self.backwardnodes = self.backwardnodes or self.bg:topsort()
   self.nInputs = self.nInputs or #self.innode.children
   if self.modules == nil then
      self.modules = {}
      for _, node in ipairs(self.forwardnodes) do
         if node.data.module then table.insert(self.modules, node.data.module) end
      end
   end
   return self
end

function gModule:__tostring__() return self.name or torch.type(self) end

