-- Pictures of graphs: text for Graphviz, and, where its `dot` is installed, an SVG file.

local graph = require 'graph'

local function quoted(text)
   return '"' .. tostring(text):gsub('[\\"]', '\\%0'):gsub('\n', '\\l') .. '"'
end

--- graph.todot(graph[, title]): the graph in the language of Graphviz.
function graph.todot(self, title)
   local lines = {'digraph G {'}
   if title then lines[#lines + 1] = 'labelloc="t";\nlabel=' .. quoted(title) .. ';' end
   lines[#lines + 1] = 'node [shape = oval];'
   for i, node in ipairs(self.nodes) do
      local attributes = {'label=' .. quoted(node:graphNodeName() .. '\n' .. node:label() .. '\n')}
      local own = node:graphNodeAttributes()
      local names = {}
      for name in pairs(own) do names[#names + 1] = name end
      table.sort(names)
      for _, name in ipairs(names) do attributes[#attributes + 1] = name .. '=' .. quoted(own[name]) end
      lines[#lines + 1] = ('n%d [%s];'):format(i, table.concat(attributes, ' '))
   end
   for _, edge in ipairs(self.edges) do
      lines[#lines + 1] = ('n%d -> n%d;'):format(self.nodes[edge.from], self.nodes[edge.to])
   end
   lines[#lines + 1] = '}'
   return table.concat(lines, '\n') .. '\n'
end

--- graph.dot(graph[, title[, name]]): writes NAME.dot, and NAME.svg where Graphviz is installed; returns the former.
function graph.dot(self, title, name)
   name = name or os.tmpname()
   local path = name .. '.dot'
   local file, reason = io.open(path, 'w')
   if not file then error(('graph.dot: %s cannot be written: %s'):format(path, reason), 2) end
   file:write(graph.todot(self, title))
   file:close()
   local function shell(text) return "'" .. text:gsub("'", "'\\''") .. "'" end
   os.execute(('command -v dot > /dev/null && dot -Tsvg -o %s %s'):format(shell(name .. '.svg'), shell(path)))
   return path
end
