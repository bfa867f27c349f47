-- pl.data: tables of rows and named columns out of text files, those with commas or tabs as well as those with blanks.

local utils = require 'pl.utils'
local stringx = require 'pl.stringx'
local List = require 'pl.List'
local stringio = require 'pl.stringio'

local data = {}

local Data = {}
Data.__index = Data

local function row_text(row, delimiter)
   return table.concat(utils.array_tostring(row), delimiter)
end

-- The pieces of a line; a delimiter between quotes is none.
local function fields(line, delimiter)
   if delimiter == ' ' then return stringx.split(line) end
   local list, from = {}, 1
   while true do
      local quoted, after = line:match('^%s*"(.-)"%s*()', from)
      local first, last
      if quoted ~= nil and (after > #line or line:sub(after, after + #delimiter - 1) == delimiter) then
         list[#list + 1] = quoted
         if after > #line then return list end
         first, last = after, after + #delimiter - 1
      else
         first, last = line:find(delimiter, from, true)
         list[#list + 1] = stringx.strip(line:sub(from, first and first - 1))
         if first == nil then return list end
      end
      from = last + 1
   end
end

local function guessed(line)
   for _, delimiter in ipairs{'\t', ',', ';'} do
      if line:find(delimiter, 1, true) then return delimiter end
   end
   return ' '
end

--- data.read(file name or file [, {delim =, fieldnames =, no_convert =, numfields =}]): the first line names the columns
--- unless they are given. nil and a message where it cannot be opened.
function data.read(file, options)
   options = options or {}
   local opened = file
   if type(file) == 'string' then
      local problem
      opened, problem = io.open(file)
      if opened == nil then return nil, problem end
   end
   local result = setmetatable({original_fieldnames = {}, fieldnames = nil}, Data)
   local delimiter, names = options.delim, options.fieldnames
   if type(names) == 'string' then names = fields(names, guessed(names)) end
   for line in opened:lines() do
      line = line:gsub('\r$', '')
      if line:find('%S') and not line:find('^#') then
         delimiter = delimiter or guessed(line)
         local row = fields(line, delimiter)
         if names == nil then
            names = row
         else
            for i, text in ipairs(row) do
               if not options.no_convert then row[i] = tonumber(text) or text end
            end
            result[#result + 1] = List(row)
         end
      end
   end
   if type(file) == 'string' then opened:close() end
   result.delim = delimiter or ' '
   result.original_fieldnames = List(names or {})
   result.fieldnames = List(names or {}):map(function(name) return (name:gsub('%W', '_')) end)
   return result
end

--- data.new(rows [, names]): the same of a table of rows.
function data.new(rows, names)
   local result = setmetatable({delim = ' '}, Data)
   for i, row in ipairs(rows) do result[i] = row end
   names = names or rows.fieldnames or {}
   if type(names) == 'string' then names = fields(names, guessed(names)) end
   result.original_fieldnames, result.fieldnames = List(names), List(names)
   return result
end

local function column(self, name)
   if type(name) == 'number' then return name end
   local i = self.fieldnames:index(name) or self.original_fieldnames:index(name)
   if i ~= nil then return i end
   local names = self.fieldnames:join(', ')
   error(("data: no column is called '%s'; there are: %s"):format(tostring(name), names), 3)
end

--- table:column_by_name(name): its values, a List.
function Data:column_by_name(name)
   local i, values = column(self, name), {}
   for k, row in ipairs(self) do values[k] = row[i] end
   return List(values)
end

--- table:column_names().
function Data:column_names() return self.fieldnames end

--- table:copy_select(names [, accepts]): the rows of these columns ('a,b' or a list) that a function of the row accepts.
function Data:copy_select(names, accepts)
   if type(names) == 'string' then names = fields(names, guessed(names)) end
   local places, rows = {}, {}
   for i, name in ipairs(names) do places[i] = column(self, name) end
   for _, row in ipairs(self) do
      if accepts == nil or accepts(row) then
         local part = {}
         for i, place in ipairs(places) do part[i] = row[place] end
         rows[#rows + 1] = part
      end
   end
   return data.new(rows, names)
end

--- table:write_row(file, row), table:write(file).
function Data:write_row(file, row) file:write(row_text(row, self.delim), '\n') end

function Data:write(file)
   self:write_row(file, self.fieldnames)
   for _, row in ipairs(self) do self:write_row(file, row) end
end

function Data:__tostring()
   local text = stringio.create()
   self:write(text)
   return text:value()
end

return data
