-- optim.Logger: columns of numbers, written to a text file as they come, and plotted by gnuplot.
--
--   local logger = optim.Logger('train.log')
--   logger:setNames{'loss', 'accuracy'}
--   logger:add{0.5, 91.2}
--   logger:style{'-', '+'}
--   logger:plot()   -- in a window, and in train.log.eps
-- or logger:add{loss = 0.5, accuracy = 91.2}, which names the columns itself.

local host = require '_host'
local paths = require 'paths'

local Logger = torch.class('optim.Logger')

--- optim.Logger(file name [, stamped]): stamped adds the date and time to the name; without a name, standard output.
function Logger:__init(filename, stamped)
   if filename == nil then
      self.name, self.file = 'stdout', io.stdout
      io.write('<Logger> no path given, logging to standard output\n')
   else
      self.name, self.epsfile = filename, filename .. '.eps'
      host.makedirs(paths.dirname(filename))
      if stamped then filename = filename .. '-' .. os.date('%Y_%m_%d_%X') end
      local file, message = io.open(filename, 'w')
      if file == nil then error('optim.Logger: ' .. message, 3) end
      self.file = file
   end
   self.empty = true
   self.symbols = {}
   self.styles = {}
   self.names = {}
   self.idx = {}
   self.showPlot = true
   self.defaultStyle = '+'
   self.logscale = false
end

local function add_column(self, key, name)
   self.file:write(name, '\t')
   self.symbols[key] = {}
   self.styles[key] = {self.defaultStyle}
   self.names[key] = name
   self.idx[name] = key
end

--- logger:setNames(names): the heading, in this order.
function Logger:setNames(names)
   self.names, self.idx, self.empty, self.nsymbols = {}, {}, false, #names
   for key, name in ipairs(names) do add_column(self, key, tostring(name)) end
   self.file:write('\n')
   self.file:flush()
   return self
end

-- Keys in order: 1, 2, ... of a list, else the names, sorted, so that every row has the columns in one order.
local function sorted_keys(row)
   local keys = {}
   for key in pairs(row) do keys[#keys + 1] = key end
   table.sort(keys, function(a, b)
      if type(a) == type(b) then return a < b end
      return type(a) == 'number'
   end)
   return keys
end

local function cell(key, value)
   if type(value) == 'number' then return ('%11.4e'):format(value) end
   if type(value) == 'string' then return value end
   local text = 'optim.Logger:add: %s: only numbers and strings can be logged, got %s'
   error(text:format(tostring(key), torch.type(value)), 3)
end

--- logger:add(row): a row of numbers and strings, a list or a table by name.
function Logger:add(row)
   local keys = sorted_keys(row)
   local cells = {}
   for i, key in ipairs(keys) do cells[i] = cell(key, row[key]) .. '\t' end
   if self.empty then
      self.empty, self.nsymbols = false, #keys
      for _, key in ipairs(keys) do add_column(self, key, tostring(key)) end
      self.file:write('\n')
   end
   self.file:write(table.concat(cells), '\n')
   self.file:flush()
   for _, key in ipairs(keys) do
      self.symbols[key] = self.symbols[key] or {}
      table.insert(self.symbols[key], row[key])
   end
   return self
end

--- logger:style(styles): how columns are plotted ('-', '+', '.', '~', '|', ...), by number or name: a style, or a list
--- of some, which are drawn over one another. One style alone is for all columns.
function Logger:style(styles)
   if type(styles) == 'string' then
      local all = styles
      styles = {}
      for key in pairs(self.names) do styles[key] = all end
   end
   for key, style in pairs(styles) do
      if type(style) ~= 'string' and type(style) ~= 'table' then
         local text = 'optim.Logger:style: %s: needs a style or a list of styles, got %s'
         error(text:format(tostring(key), torch.type(style)), 2)
      end
      self.styles[key] = type(style) == 'string' and {style} or style
   end
   return self
end

--- logger:display(on), logger:setlogscale(on): whether plots are shown, and drawn with a logarithmic y axis.
function Logger:display(on) self.showPlot = on end

function Logger:setlogscale(on) self.logscale = on end

-- What gnuplot.plot takes: a curve for each style of a column. Two points are needed, of numbers.
local function add_curves(self, key, curves)
   local values = self.symbols[key]
   if values == nil or #values < 2 then return end
   local numbers = torch.Tensor(#values)
   for i, value in ipairs(values) do numbers[i] = tonumber(value) or 0 / 0 end
   for _, style in ipairs(self.styles[key] or {self.defaultStyle}) do
      curves[#curves + 1] = {tostring(self.names[key] or key), numbers, style}
   end
end

local function curves_of(self, names)
   local curves = {}
   if #names == 0 then
      for _, key in ipairs(sorted_keys(self.symbols)) do add_curves(self, key, curves) end
   end
   for _, name in ipairs(names) do
      local key = self.idx[name]
      if key == nil then
         local known = {}
         for i, other in ipairs(sorted_keys(self.idx)) do known[i] = tostring(other) end
         local text = 'optim.Logger:plot: no column %s, there are: %s'
         error(text:format(tostring(name), table.concat(known, ', ')), 3)
      end
      add_curves(self, key, curves)
   end
   return curves
end

local function draw(self, gnuplot, curves)
   if self.logscale then gnuplot.raw('set logscale y') end
   gnuplot.plot(curves)
   if self.plotRawCmd ~= nil then gnuplot.raw(self.plotRawCmd) end
   gnuplot.grid('on')
   gnuplot.title('<Logger::' .. self.name .. '>')
end

--- logger:plot([name, ...]): draws these columns, or all: in a window where plots are shown (logger:display), and
--- in logger.epsfile, the log's name with .eps, where there is a log. logger.plotRawCmd is given to gnuplot too.
function Logger:plot(...)
   local gnuplot = require 'gnuplot'
   local curves = curves_of(self, {...})
   if #curves == 0 then return end
   if self.showPlot then
      self.figure = gnuplot.figure(self.figure)
      draw(self, gnuplot, curves)
   end
   if self.epsfile ~= nil then
      os.remove(self.epsfile)
      local figure = gnuplot.epsfigure(self.epsfile)
      draw(self, gnuplot, curves)
      gnuplot.plotflush()
      gnuplot.close(figure)
   end
end

return Logger
