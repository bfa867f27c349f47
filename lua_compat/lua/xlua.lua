-- xlua: a progress bar, named arguments, and helpers around tables, packages and errors.

local host = require '_host'
local format = require 'xlua.format'
local arguments = require 'xlua.arguments'
local colors = require 'sys.colors'

local xlua = {
   formatTime = format.formatTime,
   table2string = format.table2string,
   progress = require 'xlua.progress',
   unpack = arguments.unpack,
   unpack_class = arguments.unpack_class,
   usage = arguments.usage,
   usage_module = arguments.usage_module,
   OptionParser = require 'xlua.OptionParser',
   Profiler = require 'xlua.Profiler',
}

--------------------------------------------------------------------------------------------- printing, logs

local LONGEST = 40 -- of a value that xlua.print shows whole

local function short(value)
   if type(value) == 'userdata' then return '<userdata>' end
   local text = tostring(value):gsub('\n', '\\n')
   return #text > LONGEST and text:sub(1, LONGEST) .. colors.none .. ' ... ' or text
end

local function print_table(t)
   local mt = getmetatable(t)
   if type(mt) == 'table' and mt.__tostring ~= nil then return io.write(tostring(t)) end
   if type(rawget(t, 'usage')) == 'string' then io.write(t.usage, '\n\nFIELDS:\n') end
   local lines = {}
   for _, key in ipairs(format.keys(t)) do lines[#lines + 1] = '[' .. tostring(key) .. '] = ' .. short(t[key]) end
   io.write('{', table.concat(lines, ',\n '), '}')
end

--- xlua.print(value, ...): prints, a table with a field a line and long ones cut; behind it what else there is.
function xlua.print(value, ...)
   if type(value) == 'table' then print_table(value) else io.write(tostring(value)) end
   if select('#', ...) == 0 then return io.write('\n') end
   io.write('    ')
   print(...)
end

--- xlua.log(file [, append]): from here on print writes to that file too. Returns a function that ends it.
function xlua.log(name, append)
   local file, message = io.open(name, append and 'a' or 'w')
   if file == nil then error(message, 2) end
   local before = _G.print
   _G.print = function(...)
      before(...)
      local parts = {}
      for i = 1, select('#', ...) do parts[i] = tostring((select(i, ...))) end
      file:write(table.concat(parts, '\t'), '\n')
      file:flush()
   end
   return function()
      _G.print = before
      file:close()
   end
end

--- xlua.logfile: the same, as other scripts call it.
xlua.logfile = xlua.log

--- xlua.error(message [, function's name [, usage text]]): an error with the name and the usage.
function xlua.error(message, name, usage)
   if usage ~= nil and type(usage) ~= 'string' then
      error(("bad argument #3 to 'error' (usage text expected, got %s)"):format(type(usage)), 2)
   end
   local where = name and colors.Cyan .. '<' .. tostring(name) .. '> ' or ''
   error(where .. colors.red .. tostring(message) .. colors.none .. (usage and '\n' .. usage or ''), 3)
end

--- xlua.trycatch(try [, catch [, finally]]): catch gets the error, finally runs in any case.
function xlua.trycatch(try, catch, finally)
   local ok, failure = pcall(try)
   if not ok and catch ~= nil then catch(failure) end
   if finally ~= nil then finally() end
   return ok
end

------------------------------------------------------------------------------------------- packages, globals

--- xlua.installed(name): whether require would find a package.
function xlua.installed(name)
   if package.loaded[name] ~= nil or package.preload[name] ~= nil then return true end
   local file = name:gsub('%.', '/')
   for template in (package.path .. ';' .. package.cpath):gmatch('[^;]+') do
      if host.kind((template:gsub('%?', (file:gsub('%%', '%%%%'))))) == 'file' then return true end
   end
   return false
end

--- xlua.require(name [, luarocks]): the package; nil, and a word on standard output, where it cannot be loaded.
function xlua.require(name, luarocks)
   local ok, loaded = pcall(require, name)
   if ok then return loaded end
   print(("warning: package '%s' could not be loaded: %s"):format(name, tostring(loaded)))
   if luarocks then
      print(('         a Lua package: luarocks install %s'):format(luarocks == true and name or luarocks))
   end
   return nil
end

--- xlua.envparams(defaults): the table with each value that an environment variable of its name replaces.
function xlua.envparams(defaults)
   local params = {}
   for name, value in pairs(defaults) do
      local given = host.getenv(tostring(name))
      if given ~= nil and type(value) == 'number' then given = tonumber(given) end
      if given ~= nil and type(value) == 'boolean' then given = given == 'true' or given == '1' end
      if given == nil then given = value end
      params[name] = given
   end
   return params
end

-- The globals that were there when xlua was loaded are not the user's.
local standard = {}
for name in pairs(_G) do standard[name] = true end
for name in pairs(package.loaded) do standard[name] = true end
local packages = {
   torch = true, nn = true, optim = true, image = true, paths = true, sys = true, xlua = true, arg = true,
   who = true, import = true, help = true, noColors = true, _LAST = true, _RESULTS = true, -- the interactive loop's
}

local function own_globals()
   local names = {}
   for name in pairs(_G) do
      local known = standard[name] or packages[name] or package.loaded[name] ~= nil
      if type(name) == 'string' and not known then names[#names + 1] = name end
   end
   table.sort(names)
   return names
end

--- xlua.who(): prints the user's globals and their types; returns the packages' names and the globals.
function xlua.who()
   local torch = rawget(_G, 'torch')
   local loaded, own = {}, {}
   for name in pairs(package.loaded) do loaded[#loaded + 1] = name end
   table.sort(loaded)
   for _, name in ipairs(own_globals()) do
      own[name] = rawget(_G, name)
      print(('%-24s %s'):format(name, torch and torch.type and torch.type(own[name]) or type(own[name])))
   end
   return {['user loaded packages'] = loaded, ['user variables'] = own}
end

--- xlua.clear(name, ...): forgets globals. xlua.clearall(): all of the user's.
function xlua.clear(...)
   for _, name in ipairs{...} do
      if type(name) == 'string' then rawset(_G, name, nil) end
   end
   collectgarbage()
end

function xlua.clearall() xlua.clear(unpack(own_globals())) end

return xlua
