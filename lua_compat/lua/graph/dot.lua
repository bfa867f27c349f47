-- Pictures of graphs: text for Graphviz, and files that its programs draw.

local graph = require 'graph'

local function quoted(text)
   return '"' .. tostring(text):gsub('[\\"]', '\\%0'):gsub('\n', '\\l') .. '"'
end

local function shell(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function write(path, text, name)
   local file, reason = io.open(path, 'w')
   if not file then error(('%s: %s cannot be written: %s'):format(name, path, reason), 3) end
   file:write(text)
   file:close()
end

local function text_of(self, title)
   local lines = {'digraph G {'}
   if title then lines[#lines + 1] = 'labelloc="t";\nlabel=' .. quoted(title) .. ';' end
   lines[#lines + 1] = 'node [shape = oval];'
   for i, node in ipairs(self.nodes) do
      local label = node:label()
      local attributes = {'label=' .. quoted(node:graphNodeName() .. (label == '' and '' or '\n' .. label .. '\n'))}
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

--- graph.todot(graph[, title[, path]]): the graph in the language of Graphviz; written to a file too where one is named.
function graph.todot(self, title, path)
   local text = text_of(self, title)
   if path ~= nil then write(path, text, 'graph.todot') end
   return text
end

-- Has a program of Graphviz draw; answers whether it is there. What it complains of is an error.
local function drawn(program, format, source, target)
   if os.execute(('command -v %s > /dev/null 2>&1'):format(shell(program))) ~= 0 then return false end
   local pipe = io.popen(('%s -T%s -o %s %s 2>&1'):format(shell(program), format, shell(target), shell(source)))
   local said = pipe:read('*a')
   pipe:close()
   local file = io.open(target)
   if file == nil or said:find('Error') then error(('graph.dot: %s failed: %s'):format(program, said), 4) end
   file:close()
   return true
end

-- 'net.png' -> 'net', 'png'; a name without a known ending is all stem.
local FORMATS = {svg = true, png = true, pdf = true, ps = true, jpg = true, gif = true}

local function parts(name)
   local stem, ending = name:match('^(.+)%.(%w+)$')
   if stem and (FORMATS[ending] or ending == 'dot') then return stem, ending end
   return name, nil
end

local function picture(self, program, title, name)
   local stem, ending = parts(name)
   local source = stem .. '.dot'
   write(source, text_of(self, title), 'graph.dot')
   if ending == 'dot' then return source end
   local target = stem .. '.' .. (ending or 'svg')
   if drawn(program, ending or 'svg', source, target) then return target end
   io.stderr:write(('graph.dot: there is no %s (apt install graphviz), so only %s was written\n'):format(program, source))
   return source
end

--- graph.dot(graph[, title[, name]]): writes NAME.dot, and NAME.svg where Graphviz is installed; a name that ends in .svg,
--- .png, .pdf, .ps, .jpg or .gif says which kind of picture, one in .dot that none is wanted. Returns the path of the
--- picture, or that of NAME.dot where there is none.
function graph.dot(self, title, name)
   if type(self) ~= 'table' or self.nodes == nil then
      error('graph.dot: a graph is needed, such as the field fg of a gModule, got ' .. type(self), 2)
   end
   return picture(self, 'dot', title, name or os.tmpname())
end

--- graph.graphvizFile(graph, program, name): the same by another program of Graphviz: neato, fdp, circo, twopi.
function graph.graphvizFile(self, program, name) return picture(self, program or 'dot', nil, name or os.tmpname()) end
