-- nngraph.Node: a place in a net. Its children are the nodes that it takes its input from.
--
-- `data` says what happens there and is shared by the two nodes, one of the backward and one of the forward graph, that
-- stand for one place: `module`, or `selectindex` (of its input's elements one), or neither (the input, as it is);
-- `mapindex` (the data of the inputs by place, and the places by data), `reverseMap` (the nodes that take its output),
-- `annotations`, `nSplitOutputs` (of how many elements its output is).

local torch = require 'torch'
local nngraph = require 'nngraph'

local Node, parent = torch.class('nngraph.Node', 'graph.Node')

-- Nodes in files of older versions have none.
local function notes_of(node) return node.data.annotations or {} end

-- The line of the script that made the node.
local function place()
   local level = 3
   while true do
      local info = debug.getinfo(level, 'Sl')
      if info == nil then return '[?]' end
      local own = info.short_src:find('nngraph/[%w]+%.lua$') or info.short_src:find('torch/class%.lua$')
      if info.what ~= 'C' and not own and info.currentline > 0 then
         return ('[%s]:%d'):format(info.short_src, info.currentline)
      end
      level = level + 1
   end
end

function Node:__init(data)
   parent.__init(self, data)
   data.annotations = data.annotations or {}
   data.mapindex = data.mapindex or {}
   data.reverseMap = data.reverseMap or {}
   data.annotations._debugLabel = data.annotations._debugLabel or place() .. '_'
end

--- Takes a node, or each of a list, as an input, where `as_input` is true; as a mere child of the graph otherwise.
function Node:add(child, as_input)
   parent.add(self, child)
   if as_input then
      local mapindex = self.data.mapindex
      for _, node in ipairs(torch.typename(child) and {child} or child) do
         if mapindex[node.data] then
            error(('nngraph: the same node twice in one call: %s is input %d already'):format(
               node:graphNodeName(), mapindex[node.data]), 3)
         end
         table.insert(mapindex, node.data)
         mapindex[node.data] = #mapindex
         node.data.reverseMap = node.data.reverseMap or {}
         node.data.reverseMap[self] = true
      end
   end
   return self
end

--- The elements of the table that this node gives, as that many nodes.
function Node:split(count)
   if type(count) ~= 'number' or count < 1 then
      error('nngraph.Node:split: the number of outputs is needed, got ' .. tostring(count), 2)
   end
   local label = notes_of(self)._debugLabel or '[?]'
   local whole = nngraph.Node {nSplitOutputs = count, annotations = {_debugLabel = label .. ' split at ' .. place()}}
   whole:add(self, true)
   local parts = {}
   for i = 1, count do
      parts[i] = nngraph.Node {selectindex = i, annotations = {_debugLabel = label .. '-' .. i}}
      parts[i]:add(whole, true)
   end
   return unpack(parts)
end

--- Adds notes: `name` and `description` are shown in pictures, `graphAttributes` are attributes of Graphviz.
function Node:annotate(notes)
   self.data.annotations = notes_of(self)
   for key, value in pairs(notes) do self.data.annotations[key] = value end
   return self
end

--- a - module is module(a); a - b - c chains.
function Node.__sub__(before, after) return after(before) end

--------------------------------------------------------------------------------------------------------- pictures

local function shown(value, level)
   if torch.isTensor(value) then
      return ('%s[%s]'):format(torch.type(value), table.concat(value:size():totable(), 'x'))
   elseif type(value) == 'table' and not torch.typename(value) then
      if level > 2 then return '{...}' end
      local parts = {}
      for i, item in ipairs(value) do parts[i] = shown(item, level + 1) end
      return '{' .. table.concat(parts, ', ') .. '}'
   end
   return torch.typename(value) or tostring(value)
end

--- What happens at the node and what the last pass left there; names and descriptions are for graphNodeName and the
-- tooltip.
function Node:label()
   local data, lines = self.data, {}
   if data.module then lines[#lines + 1] = 'module = ' .. tostring(data.module) end
   for _, key in ipairs {'selectindex', 'nSplitOutputs', 'input', 'gradOutput'} do
      if data[key] ~= nil then lines[#lines + 1] = key .. ' = ' .. shown(data[key], 0) end
   end
   return table.concat(lines, '\n')
end

function Node:graphNodeName()
   local notes = notes_of(self)
   return tostring(notes.name or self.data.module and torch.type(self.data.module) or 'Node' .. tostring(self.id or ''))
end

function Node:graphNodeAttributes()
   local notes = notes_of(self)
   local attributes = {tooltip = (notes.description and notes.description .. '\n' or '') .. tostring(notes._debugLabel)}
   for key, value in pairs(notes.graphAttributes or {}) do attributes[key] = value end
   return attributes
end

--- nngraph.annotateNodes(): nodes in the caller's local variables, and in tables there, take the variables' names.
function nngraph.annotateNodes(level)
   level = (level or 1) + 1
   local function take(value, name)
      if torch.typename(value) == 'nngraph.Node' and notes_of(value).name == nil then value:annotate {name = name} end
   end
   local index = 1
   while true do
      local name, value = debug.getlocal(level, index)
      if name == nil then return end
      take(value, name)
      if type(value) == 'table' and torch.typename(value) == nil then
         for key, item in pairs(value) do take(item, name .. '_' .. tostring(key)) end
      end
      index = index + 1
   end
end
