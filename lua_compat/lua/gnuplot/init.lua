-- gnuplot: plots, in windows or in files. `require 'gnuplot'` gives the package and sets the global of that name.
--
-- The pictures are matplotlib's; no gnuplot program is needed. Settings (title, labels, ranges, grid) stay from one plot to
-- the next and from one figure to the next, as they do in gnuplot.

local torch = require 'torch'
local plots = require '_plots'
local errors = require 'torch.errors'
local arguments = require 'gnuplot.arguments'

local gnuplot = {}
_G.gnuplot = gnuplot

local session = plots.session()

-- Where a figure is goes to the output; what is not done as asked goes to the error output.
local function told(text)
   if text ~= '' then print(text) end
end

local function warned(text)
   if text ~= '' then io.stderr:write(text, '\n') end
end

------------------------------------------------------------------------------------------------------------ plots

local function draw(solid, layers)
   local panel = plots.begin(session, solid)
   for _, layer in ipairs(layers) do
      if layer.columns ~= nil then
         warned(plots.curve(session, panel, layer.name, layer.format, layer.columns))
      else
         warned(plots.surface(session, panel, layer.name, layer.format, layer.x, layer.y, layer.z))
      end
   end
   plots.show(session, panel)
end

--- gnuplot.plot(['name',] [x,] y [, format]), or any number of such tables: curves in the plane.
--- format: '-' lines, '.' dots, '+' points, '+-' both, '|' boxes, '~' a smooth line, 'v' arrows, or gnuplot's own words.
function gnuplot.plot(...) draw(false, arguments.curves('gnuplot.plot', ...)) end

--- gnuplot.bar([x,] heights): one box a number.
function gnuplot.bar(...)
   local layers = arguments.curves('gnuplot.bar', ...)
   for _, layer in ipairs(layers) do layer.format = layer.format or '|' end
   draw(false, layers)
end

--- gnuplot.splot(['name',] [x, y,] z [, format]), or tables: surfaces over the plane, from matrices.
function gnuplot.splot(...) draw(true, arguments.surfaces('gnuplot.splot', ...)) end

--- gnuplot.scatter3(['name',] x, y, z [, format]), or tables: points in space, from vectors.
function gnuplot.scatter3(...) draw(true, arguments.points('gnuplot.scatter3', ...)) end

--- gnuplot.imagesc(matrix [, palette]): a matrix as an image; palette 'gray' or 'color'.
function gnuplot.imagesc(matrix, palette)
   local cells = arguments.matrix('gnuplot.imagesc', matrix)
   local panel = plots.begin(session, false)
   local names = plots.image(session, panel, cells, palette)
   if names ~= nil then errors.argument(2, 'gnuplot.imagesc', "palette '%s' is not one of %s", palette, names) end
   plots.show(session, panel)
end

gnuplot.histc = require 'gnuplot.hist'

--- gnuplot.hist(tensor [, bins [, min [, max]]]): draws how the values are distributed; returns the counts.
function gnuplot.hist(...)
   local counts = gnuplot.histc(...)
   local x = torch.DoubleTensor(counts.bins)
   for i = 1, counts.bins do x[i] = counts[i].val end
   gnuplot.bar(x, counts.raw)
   return counts
end

--------------------------------------------------------------------------------------------------------- settings

--- gnuplot.raw(command): commands of gnuplot's own; the ones that do nothing here are told of once.
function gnuplot.raw(command)
   if type(command) ~= 'string' then errors.argument(1, 'gnuplot.raw', 'a string expected, got %s', torch.type(command)) end
   for line in plots.command(session, command):gmatch('[^\n]+') do
      warned(("gnuplot.raw: '%s' does nothing here: only the commonest 'set' commands do"):format(line))
   end
end

local function set(...) plots.change(session, table.concat({...}, ' ')) end

local function quoted(text) return "'" .. tostring(text):gsub("'", "''") .. "'" end

--- gnuplot.title, xlabel, ylabel, zlabel(text).
for _, name in ipairs {'title', 'xlabel', 'ylabel', 'zlabel'} do
   gnuplot[name] = function(text)
      if type(text) ~= 'string' and type(text) ~= 'number' then
         errors.argument(1, 'gnuplot.' .. name, 'a string expected, got %s', torch.type(text))
      end
      set('set', name, quoted(text))
   end
end

--- gnuplot.grid(on), gnuplot.logscale(on): lines behind the plot; a logarithmic y axis. true or 'on', false or 'off'.
for name, setting in pairs {grid = 'grid', logscale = 'logscale y'} do
   gnuplot[name] = function(on)
      if on ~= true and on ~= false and on ~= 'on' and on ~= 'off' then
         errors.argument(1, 'gnuplot.' .. name, "true, false, 'on' or 'off' expected, got %s", tostring(on))
      end
      set((on == true or on == 'on') and 'set' or 'unset', setting)
   end
end

local across = {left = true, right = true, center = true}
local along = {top = 'top', bottom = 'bottom', middle = 'center', center = 'center'}

--- gnuplot.movelegend(left | right | center, top | bottom | middle).
function gnuplot.movelegend(horizontal, vertical)
   if not across[horizontal] then
      errors.argument(1, 'gnuplot.movelegend', 'left, right or center expected, got %s', tostring(horizontal))
   end
   if along[vertical] == nil then
      errors.argument(2, 'gnuplot.movelegend', 'top, bottom or middle expected, got %s', tostring(vertical))
   end
   plots.legend(session, horizontal, along[vertical])
end

local shapes = {
   auto = {'set size nosquare', 'set autoscale'},
   image = {'set size ratio -1', 'set autoscale fix'},
   equal = {'set size ratio -1', 'set autoscale'},
   fill = {'set size nosquare', 'set autoscale fix'},
   tight = {'set autoscale fix'},
}

--- gnuplot.axis('auto' | 'image' | 'equal' | 'fill'), or {x min, x max, y min, y max [, z min, z max]}, where '' leaves
--- an end to the data.
function gnuplot.axis(shape)
   if type(shape) == 'table' then
      for i, axis in ipairs {'x', 'y', 'z'} do
         local low, high = shape[2 * i - 1], shape[2 * i]
         if low ~= nil or high ~= nil then
            set(('set %srange [%s:%s]'):format(axis, tonumber(low) or '', tonumber(high) or ''))
         end
      end
      return
   end
   local commands = shapes[shape]
   if commands == nil then
      errors.argument(1, 'gnuplot.axis', "'auto', 'image', 'equal', 'fill' or a table of limits expected, got %s", tostring(shape))
   end
   for _, command in ipairs(commands) do set(command) end
end

---------------------------------------------------------------------------------------------------------- figures

--- gnuplot.figure([n]): makes figure n, or a new one, the current one; returns its number.
function gnuplot.figure(n)
   if n ~= nil and (type(n) ~= 'number' or n < 1 or n % 1 ~= 0) then
      errors.argument(1, 'gnuplot.figure', 'a whole number from 1 expected, got %s', tostring(n))
   end
   return plots.figure(session, n)
end

local function file_name(name, path)
   if type(path) ~= 'string' then errors.argument(1, name, 'a file name expected, got %s', torch.type(path)) end
   return path
end

--- gnuplot.pngfigure, epsfigure, pdffigure, svgfigure(file): a new figure for a file, written by plotflush, close or at the
--- end; returns its number. gnuplot.pngprint, ...(file): writes the current figure to a file.
for _, kind in ipairs {'png', 'eps', 'pdf', 'svg'} do
   gnuplot[kind .. 'figure'] = function(path)
      return plots.figure(session, nil, file_name('gnuplot.' .. kind .. 'figure', path), kind)
   end
   gnuplot[kind .. 'print'] = function(path)
      plots.print_to(session, file_name('gnuplot.' .. kind .. 'print', path), kind)
   end
end

--- gnuplot.figprint(file): the same, in the format that the name's ending says.
function gnuplot.figprint(path) plots.print_to(session, file_name('gnuplot.figprint', path)) end

--- gnuplot.plotflush([n]): writes the current figure, or figure n, to its file.
function gnuplot.plotflush(n) told(plots.flush(session, n)) end

--- gnuplot.close([n]): closes the current figure, or figure n. gnuplot.closeall().
function gnuplot.close(n) told(plots.close_one(session, n)) end

function gnuplot.closeall() told(plots.close(session)) end

--- gnuplot.setterm(terminal), setgnuplotterminal(terminal): where the figures to come go: 'x11', 'qt', 'png', 'pdf', ...
function gnuplot.setterm(name)
   if not plots.terminal(session, tostring(name)) then
      errors.argument(1, 'gnuplot.setterm', "there is no terminal '%s'; there are x11, wxt, qt, aqua, png, pdf, svg, eps", tostring(name))
   end
end

gnuplot.setgnuplotterminal = gnuplot.setterm

--- gnuplot.setgnuplotexe(path): no gnuplot program is run, so any will do.
function gnuplot.setgnuplotexe() end

return gnuplot
