-- Looking at a net: pictures of it, and of one that failed.

local graph = require 'graph'
local nngraph = require 'nngraph'

local debugging = false

--- nngraph.setDebug(on): a net that fails writes a picture of itself, with the node that failed in red, into
-- NAME.dot (and NAME.svg where Graphviz is installed): the net's `name`, nngraph_error where it has none.
function nngraph.setDebug(on) debugging = on and true or false end

-- Called where the module of a node failed.
function nngraph.failed(net, data)
   if not debugging then return end
   local notes = data.annotations or {}
   data.annotations = notes
   local before = notes.graphAttributes
   local marked = {}
   for key, value in pairs(before or {}) do marked[key] = value end
   marked.color, marked.style, marked.fillcolor = 'red', 'filled', 'red'
   notes.graphAttributes = marked
   local ok, path = pcall(graph.dot, net.fg, 'error', net.name or 'nngraph_error')
   notes.graphAttributes = before
   io.stderr:write(ok and ('nngraph: the graph that failed is in ' .. path .. '\n') or path .. '\n')
end

--- nngraph.display(net): writes pictures of both graphs beside each other and says where.
function nngraph.display(net)
   local name = os.tmpname()
   os.remove(name)
   for _, side in ipairs {{'fg', 'forward'}, {'bg', 'backward'}} do
      print('nngraph: ' .. graph.dot(net[side[1]], side[2], name .. '_' .. side[2]))
   end
end
