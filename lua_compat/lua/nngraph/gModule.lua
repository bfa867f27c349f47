-- nn.gModule: a net out of nodes. The backward graph leads from `outnode` to the inputs, the forward graph from
-- `innode` to the outputs; both have their nodes in an order of their own (`forwardnodes`, `backwardnodes`).

local torch = require 'torch'
local nn = require 'nn'
local nngraph = require 'nngraph'

local gModule, parent = torch.class('nn.gModule', 'nn.Container')

-- What a pass (passes.lua) leaves in the data of a node.
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

require('torch.serialize').of_fields[gModule.read] = true

function gModule:__tostring__() return self.name or torch.type(self) end

