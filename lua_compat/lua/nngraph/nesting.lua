-- Nested tables as the input of a node: nngraph.nest.

local torch = require 'torch'
local nn = require 'nn'
local nngraph = require 'nngraph'

-- A table of one around what comes.
local JustTable = torch.class('nngraph.JustTable', 'nn.Module')

function JustTable:updateOutput(input)
   self.output = {input}
   return self.output
end

function JustTable:updateGradInput(_, gradOutput)
   self.gradInput = gradOutput[1]
   return self.gradInput
end

-- The one element of the table that comes.
local JustElement = torch.class('nngraph.JustElement', 'nn.Module')

function JustElement:updateOutput(input)
   if type(input) ~= 'table' or #input ~= 1 then
      error(('%s: a table of one element is needed, got %s'):format(torch.type(self),
         type(input) == 'table' and 'one of ' .. #input or 'a ' .. torch.type(input)), 2)
   end
   self.output = input[1]
   return self.output
end

function JustElement:updateGradInput(_, gradOutput)
   self.gradInput = {gradOutput}
   return self.gradInput
end

for _, Class in ipairs {JustTable, JustElement} do
   function Class:clearState()
      self.output, self.gradInput = torch.Tensor():type(self._type), torch.Tensor():type(self._type)
      return self
   end
end

--- nngraph.nest(nodes): a node that gives the outputs of a nested table of nodes in tables nested like it.
function nngraph.nest(input)
   if torch.typename(input) == 'nngraph.Node' then return input end
   if type(input) ~= 'table' or torch.typename(input) then
      error('nngraph.nest: a nested table of nodes is needed, got ' .. torch.type(input), 2)
   end
   local nodes = {}
   for i, item in ipairs(input) do nodes[i] = nngraph.nest(item) end
   if #nodes == 1 then return nngraph.JustTable()(nodes[1]) end
   return nn.Identity()(nodes)
end
