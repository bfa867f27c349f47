-- nngraph.simple_print: pictures with one node for each module and nothing else, for nets that are large.

local graph = require 'graph'
local torch = require 'torch'
local nngraph = require 'nngraph'

local simple_print = {}

-- A node shows its name, or its module.
local Plain = torch.class('nngraph.PlainNode', 'graph.Node')

function Plain:graphNodeName()
   local data = self.data
   local name = data.annotations and data.annotations.name
   local text = data.module and tostring(data.module):match('^[^\n]*') or nil
   if name and text then return name .. '\n' .. text end
   return tostring(name or text or self.title)
end

function Plain:label() return '' end

-- Whether a picture shows it: modules that do something, nodes with a name, and where the net begins and ends.
local function is_shown(node)
   local data = node.data
   if data.annotations and data.annotations.name then return true end
   return data.module ~= nil and torch.type(data.module) ~= 'nn.Identity'
end

-- The graph without the nodes that only hand on.
local function simple(self)
   local made, new, first, last = graph.Graph(), {}, {}, {}
   for _, node in ipairs(self:roots()) do first[node] = true end
   for _, node in ipairs(self:leaves()) do last[node] = true end
   for _, node in ipairs(self.nodes) do
      if is_shown(node) or first[node] or last[node] then
         new[node] = nngraph.PlainNode(node.data)
         new[node].title = first[node] and 'input' or last[node] and 'output' or ''
      end
   end
   -- the nodes that are shown and come next after one
   local function following(node, found, seen)
      for _, child in ipairs(node.children) do
         if new[child] then
            found[#found + 1] = new[child]
         elseif not seen[child] then
            seen[child] = true
            following(child, found, seen)
         end
      end
      return found
   end
   for _, node in ipairs(self.nodes) do
      if new[node] then
         local linked = {}
         for _, other in ipairs(following(node, {}, {})) do
            if not linked[other] then made:add(graph.Edge(new[node], other)) end
            linked[other] = true
         end
      end
   end
   return made
end

--- nngraph.simple_print.todot(graph[, title[, path]]), nngraph.simple_print.dot(graph[, title[, name]]): as graph.todot and
--- graph.dot, of the simpler picture.
function simple_print.todot(self, title, path) return graph.todot(simple(self), title, path) end

function simple_print.dot(self, title, name) return graph.dot(simple(self), title, name) end

nngraph.simple_print = simple_print
return simple_print
