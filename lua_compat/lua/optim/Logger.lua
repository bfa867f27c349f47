-- optim.Logger: columns of numbers, written to a text file as they come.
--
--   local logger = optim.Logger('train.log')
--   logger:setNames{'loss', 'accuracy'}
--   logger:add{0.5, 91.2}
-- or logger:add{loss = 0.5, accuracy = 91.2}, which names the columns itself.

local host = require '_host'
local paths = require 'paths'

local Logger = torch.class('optim.Logger')

--- optim.Logger(file name [, stamped]): stamped adds the date and time to the name; without a name, standard output.
function Logger:__init(filename, stamped)
   self.name = filename
   if filename == nil then
      io.write('<Logger> no path given, logging to standard output\n')
      self.file = io.stdout
   else
      host.makedirs(paths.dirname(filename))
      if stamped then self.name = filename .. '-' .. os.date('%Y_%m_%d_%X') end
      local file, message = io.open(self.name, 'w')
      if file == nil then error('optim.Logger: ' .. message, 3) end
      self.file = file
   end
   self.empty = true
   self.symbols = {}
   self.styles = {}
   self.names = {}
   self.idx = {}
   self.figures = {}
   self.showPlot = true
   self.defaultStyle = '+'
   self.logscale = false
end

local function add_column(self, key, name)
   self.file:write(name, '\t')
   self.symbols[key] = {}
   self.styles[key] = {self.defaultStyle}
   self.names[key] = name
end

--- logger:setNames(names): the heading, in this order.
function Logger:setNames(names)
   self.names, self.empty, self.nsymbols = {}, false, #names
   for key, name in ipairs(names) do add_column(self, key, tostring(name)) end
   self.file:write('\n')
   self.file:flush()
   return self
end

-- The keys of a row: 1, 2, ... for a list, else the names, sorted, so that every row has the columns in one order.
local function columns(row)
   local keys = {}
   for key in pairs(row) do keys[#keys + 1] = key end
   table.sort(keys, function(a, b)
      if type(a) == type(b) then return a < b end
      return type(a) == 'number'
   end)
   return keys
end

local function cell(value)
   if type(value) == 'number' then return ('%11.4e'):format(value) end
   if type(value) == 'string' then return value end
   error(('optim.Logger: only numbers and strings can be logged, not a %s'):format(torch.type(value)), 4)
end

--- logger:add(row): a row of numbers and strings, a list or a table by name.
function Logger:add(row)
   local keys = columns(row)
   if self.empty then
      self.empty, self.nsymbols = false, #keys
      for _, key in ipairs(keys) do add_column(self, key, tostring(key)) end
      self.file:write('\n')
   end
   local cells = {}
   for i, key in ipairs(keys) do cells[i] = cell(row[key]) .. '\t' end
   self.file:write(table.concat(cells), '\n')
   self.file:flush()
   for _, key in ipairs(keys) do
      self.symbols[key] = self.symbols[key] or {}
      table.insert(self.symbols[key], row[key])
   end
   return self
end

--- logger:style(styles): kept with the logger: a plot style for all columns, a list, or one by name.
function Logger:style(styles)
   for key in pairs(self.names) do
      local style = type(styles) == 'table' and styles[key] or styles
      self.styles[key] = type(style) == 'table' and style or {style}
   end
   return self
end

--- logger:display(on), logger:setlogscale(on): whether plots are shown, and drawn with a logarithmic y axis.
function Logger:display(on) self.showPlot = on end

function Logger:setlogscale(on) self.logscale = on end

--- logger:plot(): there is no gnuplot here; says where the columns are.
function Logger:plot()
   if not self.plot_told then
      self.plot_told = true
      local place = self.name or 'the output'
      io.write(('<Logger> no plot: there is no gnuplot here; the columns are in %s\n'):format(place))
   end
end

return Logger
