-- nngraph: nets as graphs. A module that is called with nodes gives a node; nn.gModule makes a module of them.

local torch = require 'torch'
local nn = require 'nn'
require 'graph'

local nngraph = {}
_G.nngraph = nngraph
package.loaded.nngraph = nngraph -- the files below ask for it while it grows

for _, name in ipairs {'Node', 'gModule', 'passes', 'nesting', 'debug', 'simple_print'} do require('nngraph.' .. name) end

local function named(value)
   return torch.typename(value) or (type(value) == 'string' and ('%q'):format(value)) or type(value)
end

-- module(), module(node), module{node, node}: a node that takes what those nodes give.
local function call(self, ...)
   local name = torch.type(self)
   if select('#', ...) > 1 then
      error(('%s: one node, or several in one table {a, b}, is needed to make a node, got %d arguments'):format(
         name, select('#', ...)), 2)
   end
   local input = ...
   if select('#', ...) == 1 and (input == nil or (type(input) ~= 'table') or
         (torch.typename(input) and torch.typename(input) ~= 'nngraph.Node')) then
      error(('%s: a node or a table of nodes is needed, got %s; a module runs by forward()'):format(
         name, named(input)), 2)
   end
   local node = nngraph.Node {module = self}
   for i, given in ipairs(torch.typename(input) and {input} or input or {}) do
      if torch.typename(given) ~= 'nngraph.Node' then
         error(('%s: input %d needs to be a node, is %s'):format(name, i, named(given)), 2)
      end
      node:add(given, true)
   end
   return node
end

local Module, Criterion = torch.getmetatable('nn.Module'), torch.getmetatable('nn.Criterion')
Module.__call__ = call

--- -module is module(), and a - b is b(a).
function Module.__unm__(self) return self() end

function Module.__sub__(before, after) return after(before) end

--- A criterion in a graph takes a table of input and target.
function Criterion.__call__(self, ...) return nn.ModuleFromCriterion(self)(...) end

return nngraph
