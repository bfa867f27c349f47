-- csvigo: files of comma-separated values, read and written. `require 'csvigo'` gives the package and sets the global of that
-- name.

local xlua = require 'xlua'
local text = require 'csvigo.text'

local csvigo = {}
_G.csvigo = csvigo

local function teller(verbose)
   return function(...)
      if verbose then print('<csv>', ...) end
   end
end

local function of_home(path) return (path:gsub('^~', function() return os.getenv('HOME') end)) end

local function is_true(value) return value == true or value == 'true' end

---------------------------------------------------------------------------------------------------------- reading

local function rows_of(content, separator)
   local places, rows = text.records(content, separator), {}
   for i = 1, #places, 2 do rows[#rows + 1] = text.fields(content:sub(places[i], places[i + 1]), separator) end
   return rows
end

-- Rows that are cut into values when they are asked for: rows[i], #rows.
local function large(content, separator)
   local places = text.records(content, separator)
   local rows = newproxy(true)
   local meta = getmetatable(rows)
   function meta.__index(_, i)
      if type(i) ~= 'number' or places[2 * i] == nil then return nil end
      return text.fields(content:sub(places[2 * i - 1], places[2 * i]), separator)
   end
   function meta.__len() return #places / 2 end
   function meta.__tostring() return ('CSV table of %d rows'):format(#places / 2) end
   return rows
end

-- The first row holds names unless there is a number in it.
local function has_names(header, first)
   if header ~= 'auto' then return is_true(header) end
   for _, value in ipairs(first) do
      if tonumber(value) ~= nil then return false end
   end
   return true
end

-- The columns by name, and the names in order.
local function tidied(rows, header)
   local columns, names = {}, {}
   if rows[1] == nil then return columns, names end
   local named = has_names(header, rows[1])
   for i, value in ipairs(rows[1]) do
      names[i] = named and value ~= '' and value or 'var_' .. i
      columns[names[i]] = {}
   end
   for r = named and 2 or 1, #rows do
      for i, value in ipairs(rows[r]) do
         local column = columns[names[i]]
         if column ~= nil then column[#column + 1] = value end
      end
   end
   return columns, names
end

local HELP = [[
query('vars'): the names of the columns
query('all'): all columns
query('union', {name = value or list of values, ...}): the rows where one of these holds
query('inter', {name = value or list of values, ...}): the rows where all of these hold
query('help'): this]]

local function holds(value, wanted)
   if type(wanted) ~= 'table' then return value == tostring(wanted) end
   for _, one in ipairs(wanted) do
      if value == tostring(one) then return true end
   end
   return false
end

-- The rows of columns that fulfil one condition, or all of them.
local function selected(columns, names, conditions, all)
   if type(conditions) ~= 'table' then error('csvigo: query: a table of conditions expected, got ' .. type(conditions), 3) end
   for name in pairs(conditions) do
      if columns[name] == nil then error(("csvigo: query: there is no column '%s'"):format(tostring(name)), 3) end
   end
   local result, n = {}, 0
   for _, name in ipairs(names) do
      result[name] = {}
      n = math.max(n, #columns[name])
   end
   for r = 1, n do
      local found = all
      for name, wanted in pairs(conditions) do
         if holds(columns[name][r], wanted) ~= all then
            found = not all
            break
         end
      end
      if found then
         for _, name in ipairs(names) do table.insert(result[name], columns[name][r]) end
      end
   end
   return result
end

local function asker(columns, names)
   return function(what, conditions)
      if what == 'vars' then return names end
      if what == 'all' then return columns end
      if what == 'union' or what == 'inter' then return selected(columns, names, conditions, what == 'inter') end
      if what == nil or what == 'help' then
         print(HELP)
         return nil
      end
      error(("csvigo: query: vars, all, union, inter or help expected, got %s"):format(tostring(what)), 2)
   end
end

--- csvigo.load(path), csvigo.load{path =, mode =, separator =, header =, skip =, verbose =}: a file's values, as strings.
--- mode 'tidy': a table of columns by name; 'raw': a list of rows; 'large': rows that are read when they are asked for;
--- 'query': a function that selects rows.
function csvigo.load(...)
   local _, path, separator, mode, header, verbose, skip = xlua.unpack({...}, 'csvigo.load', 'reads a CSV file',
      {arg = 'path', type = 'string', help = 'the file', req = true},
      {arg = 'separator', type = 'string', help = 'what stands between values', default = ','},
      {arg = 'mode', type = 'string', help = 'tidy, raw, large or query', default = 'tidy'},
      {arg = 'header', type = 'string | boolean', help = 'whether the first row has names: true, false, auto', default = 'auto'},
      {arg = 'verbose', type = 'boolean', help = 'whether it tells what it does', default = true},
      {arg = 'skip', type = 'number', help = 'how many lines to leave out at the start', default = 0})
   local tell = teller(verbose)
   if mode ~= 'tidy' and mode ~= 'raw' and mode ~= 'large' and mode ~= 'query' then
      error(("csvigo.load: mode: tidy, raw, large or query expected, got '%s'"):format(mode), 2)
   end
   if separator == '' or separator == '"' then
      error(("csvigo.load: separator: one character that is no quotation mark expected, got '%s'"):format(separator), 2)
   end
   path = of_home(path)
   tell('parsing file: ' .. path)
   local file, message = io.open(path, 'rb')
   if file == nil then error('csvigo.load: ' .. message, 2) end
   for _ = 1, skip do file:read() end
   local content = file:read('*a')
   file:close()
   if mode == 'large' then
      tell('parsing done')
      return large(content, separator)
   end
   local rows = rows_of(content, separator)
   if mode == 'raw' then
      tell('parsing done')
      return rows
   end
   tell('tidying up entries')
   local columns, names = tidied(rows, header)
   if mode == 'query' then
      tell('generating query operators')
      tell('parsing done')
      return asker(columns, names)
   end
   tell('parsing done')
   return columns
end

---------------------------------------------------------------------------------------------------------- writing

-- A table of columns as rows; the names, sorted, come first where they are wanted.
local function rows_of_columns(columns, names, header)
   local rows, n = {}, 0
   for _, name in ipairs(names) do
      if type(columns[name]) ~= 'table' then
         error(("csvigo.save: data: column '%s' must be a list, got %s"):format(tostring(name), type(columns[name])), 3)
      end
      n = math.max(n, #columns[name])
   end
   if header then rows[1] = names end
   for r = 1, n do
      local row = {}
      for i, name in ipairs(names) do
         local value = columns[name][r]
         row[i] = value == nil and '' or value
      end
      rows[#rows + 1] = row
   end
   return rows
end

local function sorted_names(columns)
   local names = {}
   for name in pairs(columns) do names[#names + 1] = name end
   table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
   return names
end

local function detected(data)
   if type(data) == 'function' then return 'query' end
   return type(data[1]) == 'table' and 'raw' or 'tidy'
end

--- csvigo.save(path, data), csvigo.save{path =, data =, separator =, mode =, header =, verbose =}: writes a list of rows, a
--- table of columns, or what a query holds.
function csvigo.save(...)
   local _, path, data, separator, mode, header, verbose = xlua.unpack({...}, 'csvigo.save', 'writes a CSV file',
      {arg = 'path', type = 'string', help = 'the file', req = true},
      {arg = 'data', type = 'table | function', help = 'rows, columns by name, or a query', req = true},
      {arg = 'separator', type = 'string', help = 'what stands between values', default = ','},
      {arg = 'mode', type = 'string', help = 'raw, tidy, query or autodetect', default = 'autodetect'},
      {arg = 'header', type = 'string | boolean', help = 'whether the names come first', default = 'true'},
      {arg = 'verbose', type = 'boolean', help = 'whether it tells what it does', default = true})
   local tell = teller(verbose)
   path = of_home(path)
   if mode == 'autodetect' then mode = detected(data) end
   local rows
   if mode == 'raw' then
      rows = data
   elseif mode == 'tidy' then
      rows = rows_of_columns(data, sorted_names(data), is_true(header))
   elseif mode == 'query' then
      rows = rows_of_columns(data('all'), data('vars'), is_true(header))
   else
      error(("csvigo.save: mode: raw, tidy, query or autodetect expected, got '%s'"):format(mode), 2)
   end
   tell('writing to file: ' .. path)
   local lines = {}
   for i, row in ipairs(rows) do lines[i] = text.row(row, separator) .. '\n' end
   local beside = path .. '.part'
   local file, message = io.open(beside, 'wb')
   if file == nil then error('csvigo.save: ' .. message, 2) end
   file:write(table.concat(lines))
   file:close()
   local moved, problem = os.rename(beside, path)
   if not moved then error('csvigo.save: ' .. problem, 2) end
   tell('writing done')
end

return csvigo
