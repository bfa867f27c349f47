-- graph: directed graphs of nodes and edges, walks over them, and their picture in the language of Graphviz.


local graph = {}
_G.graph = graph
package.loaded.graph = graph -- the files below ask for it while it grows

for _, name in ipairs {'Node', 'Edge', 'Graph', 'dot'} do require('graph.' .. name) end

return graph
