-- graph.Graph: nodes and edges, each by place, and the places by node and edge.

local torch = require 'torch'
local graph = require 'graph'

local Graph = torch.class('graph.Graph')

function Graph:__init() self.nodes, self.edges = {}, {} end

local function enlist(list, item)
   if list[item] then return false end
   table.insert(list, item)
   list[item] = #list
   return true
end

--- Adds an edge, or each of a list, with its nodes. A node's `id` is its place.
function Graph:add(edge)
   for _, each in ipairs(torch.typename(edge) and {edge} or edge) do
      for _, node in ipairs {each.from, each.to} do
         if enlist(self.nodes, node) then node.id = #self.nodes end
      end
      if enlist(self.edges, each) then each.from:add(each.to) end
   end
   return self
end

--- The nodes that no edge leads to.
function Graph:roots()
   local led_to, roots = {}, {}
   for _, edge in ipairs(self.edges) do led_to[edge.to] = true end
   for _, node in ipairs(self.nodes) do
      if not led_to[node] then roots[#roots + 1] = node end
   end
   return roots
end

--- The nodes that no edge leaves.
function Graph:leaves()
   local left, leaves = {}, {}
   for _, edge in ipairs(self.edges) do left[edge.from] = true end
   for _, node in ipairs(self.nodes) do
      if not left[node] then leaves[#leaves + 1] = node end
   end
   return leaves
end

--- A graph with all edges turned round, whose nodes are new ones with the same data; and the new node of each node.
function Graph:reverse()
   local reversed, new = graph.Graph(), {}
   local function copy(node)
      new[node] = new[node] or node.new(node.data)
      return new[node]
   end
   for _, edge in ipairs(self.edges) do
      local from, to = copy(edge.to), copy(edge.from)
      reversed:add(graph.Edge(from, to))
   end
   return reversed, new
end

--- The nodes in an order in which every edge leads forward.
function Graph:topsort()
   if self:hasCycle() then error('graph.Graph: there is no such order, the graph has a cycle', 2) end
   local reversed, new = self:reverse()
   local original, sorted = {}, {}
   for node, copy in pairs(new) do original[copy] = node end
   for _, root in ipairs(reversed:roots()) do
      root:dfs_dirty(function(node) sorted[#sorted + 1] = original[node] end)
   end
   return sorted
end

function Graph:hasCycle()
   local roots = self:roots()
   local reached = {}
   for _, root in ipairs(roots) do
      if root:hasCycle() then return true end
      root:bfs(function(node) reached[node] = true end)
   end
   -- what no root leads to goes round in a circle
   for _, node in ipairs(self.nodes) do
      if not reached[node] then return true end
   end
   return false
end

--- A deep copy.
function Graph:clone() return torch.deserialize(torch.serialize(self)) end

function Graph:todot(title) return graph.todot(self, title) end
