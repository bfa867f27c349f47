-- graph.Node: what it holds (`data`) and the nodes that edges lead to (`children`, by place and the places by node).

local torch = require 'torch'
local graph = require 'graph'

local Node = torch.class('graph.Node')

function Node:__init(data)
   self.data = data
   self.children = {}
   self.visited = false
   self.marked = false
end

--- Edges from here to a node or to each of a list; one that is there already stays one.
function Node:add(child)
   for _, node in ipairs(torch.typename(child) and {child} or child) do
      if not self.children[node] then
         table.insert(self.children, node)
         self.children[node] = #self.children
      end
   end
   return self
end

-- All nodes that can be reached, this one first.
local function reached(self)
   local found, known, at = {self}, {[self] = true}, 1
   while found[at] do
      for _, child in ipairs(found[at].children) do
         if not known[child] then
            known[child] = true
            found[#found + 1] = child
         end
      end
      at = at + 1
   end
   return found
end

-- The walk from an unmarked state, which it leaves unmarked.
local function afresh(self, method, callback)
   local nodes = reached(self)
   for _, node in ipairs(nodes) do node.visited = false end
   self[method](self, callback)
   for _, node in ipairs(nodes) do node.visited = false end
end

--- bfs(callback): every node once, the nearest ones first. bfs_dirty takes and leaves the marks in `visited`.
function Node:bfs(callback) afresh(self, 'bfs_dirty', callback) end

function Node:bfs_dirty(callback)
   if self.visited then return end
   local queue, at = {self}, 1
   self.visited = true
   while queue[at] do
      local node = queue[at]
      callback(node)
      for _, child in ipairs(node.children) do
         if not child.visited then
            child.visited = true
            queue[#queue + 1] = child
         end
      end
      at = at + 1
   end
end

--- dfs(callback): every node once, each after all that it leads to. dfs_dirty takes and leaves the marks in `visited`.
function Node:dfs(callback) afresh(self, 'dfs_dirty', callback) end

function Node:dfs_dirty(callback) self:visit(nil, callback) end

--- visit(before, after): goes down in depth; calls before(node) on the way down and after(node) on the way up.
function Node:visit(before, after)
   if self.visited then return end
   -- A list instead of calls of calls: an unrolled net is deeper than Lua's stack.
   local path, at = {}, {}
   local function enter(node)
      node.visited = true
      if before then before(node) end
      path[#path + 1], at[#at + 1] = node, 0
   end
   enter(self)
   while #path > 0 do
      local top = #path
      at[top] = at[top] + 1
      local child = path[top].children[at[top]]
      if child == nil then
         local node = path[top]
         path[top], at[top] = nil, nil
         if after then after(node) end
      elseif not child.visited then
         enter(child)
      end
   end
end

--- Whether a way leads from a node that can be reached back to itself.
function Node:hasCycle()
   local nodes, found = reached(self), false
   for _, node in ipairs(nodes) do node.visited, node.marked = false, false end
   self:visit(function(node)
      node.marked = true -- while the walk is below it
   end, function(node)
      for _, child in ipairs(node.children) do found = found or child.marked end
      node.marked = false
   end)
   for _, node in ipairs(nodes) do node.visited, node.marked = false, false end
   return found
end

--- The graph of all that can be reached from here.
function Node:graph()
   local made = graph.Graph()
   self:bfs(function(node)
      for _, child in ipairs(node.children) do made:add(graph.Edge(node, child)) end
   end)
   return made
end

--- The text that a picture shows.
function Node:label()
   if type(self.data) ~= 'table' or torch.typename(self.data) then return tostring(self.data) end
   local lines = {}
   for key, value in pairs(self.data) do lines[#lines + 1] = tostring(key) .. ' = ' .. tostring(value) end
   table.sort(lines)
   return table.concat(lines, '\n')
end

--- The name in a picture, and attributes of Graphviz by name.
function Node:graphNodeName() return 'Node' .. tostring(self.id) end

function Node:graphNodeAttributes() return {} end
