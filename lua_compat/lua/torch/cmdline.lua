-- torch.CmdLine: options of a script.
--
--   local cmd = torch.CmdLine()
--   cmd:text('Options')
--   cmd:option('-lr', 0.1, 'learning rate')
--   local opt = cmd:parse(arg)
--
-- An option's type is that of its default; naming a boolean one turns its default round. An option may have a default of
-- another type, a table say, which then cannot be given as a word.

local torch = require 'torch'

local function stripped(key) return (key:gsub('^%-+', '')) end

local CmdLine = torch.class('torch.CmdLine', torch)

--- torch.CmdLine([between arguments [, between key and value]]): the separators that cmd:string uses.
function CmdLine:__init(argument_separator, key_separator)
   self.argseparator = argument_separator or ','
   self.keyseparator = key_separator or '='
   self.options = {}
   self.arguments = {}
   self.helplines = {}
   self.dateformat = nil
   self.silentio = false
end

---------------------------------------------------------------------------------------- description

--- cmd:argument(key, help [, type]): a word that must be given, in this order.
function CmdLine:argument(key, help, kind)
   if type(key) ~= 'string' then error("bad argument #1 to 'argument' (a name expected)", 2) end
   local argument = {key = key, help = help, type = kind or 'string'}
   table.insert(self.arguments, argument)
   table.insert(self.helplines, argument)
end

--- cmd:option(key, default, help [, type]).
function CmdLine:option(key, default, help, kind)
   if type(key) ~= 'string' then error("bad argument #1 to 'option' (a name expected)", 2) end
   if default == nil then error('option ' .. key .. ' has no default value', 2) end
   kind = kind or type(default)
   if kind ~= type(default) then error('option ' .. key .. ' has wrong default type value', 2) end
   local option = {key = key, default = default, help = help, type = kind}
   self.options[key] = option
   table.insert(self.helplines, option)
end

--- cmd:text([line]): a line of the help.
function CmdLine:text(line)
   if line ~= nil and type(line) ~= 'string' then
      error(("bad argument #1 to 'text' (string expected, got %s)"):format(torch.type(line)), 2)
   end
   table.insert(self.helplines, line or '')
end

--- cmd:default(): the options' defaults by name.
function CmdLine:default()
   local params = {}
   for key, option in pairs(self.options) do params[stripped(key)] = option.default end
   return params
end

-------------------------------------------------------------------------------------------- parsing

--- cmd:error(message): writes it to standard error and prints the help, and ends the program with status 1.
function CmdLine:error(message)
   print('')
   io.stderr:write(tostring(message))
   print('')
   self:help()
   os.exit(1)
end

local function converted(self, entry, what, text)
   if entry.type == 'string' then return text end
   local number
   if entry.type == 'number' then
      number = tonumber(text)
   else
      self:error('unknown required option type ' .. tostring(entry.type))
   end
   if number == nil then self:error(('invalid type for %s %s (should be %s)'):format(what, entry.key, entry.type)) end
   return number
end

local function read_option(self, option, params, words, i)
   if option.type == 'boolean' then
      params[stripped(option.key)] = not option.default
      return i
   end
   if words[i + 1] == nil then self:error('missing argument for option ' .. option.key) end
   params[stripped(option.key)] = converted(self, option, 'option', words[i + 1])
   return i + 1
end

--- cmd:parse(words): the options and arguments by name, dashes left out. Prints the help for -h, -help, --help.
function CmdLine:parse(words)
   words = words or rawget(_G, 'arg') or {}
   local params = self:default()
   local i, taken = 1, 0
   while i <= #words do
      local word = words[i]
      if (word == '-help' or word == '-h' or word == '--help') and self.options[word] == nil then
         self:help(words)
         os.exit(0)
      end
      if self.options[word] ~= nil then
         i = read_option(self, self.options[word], params, words, i)
      else
         taken = taken + 1
         local argument = self.arguments[taken]
         if argument == nil then self:error('invalid argument: ' .. tostring(word)) end
         params[stripped(argument.key)] = converted(self, argument, 'argument', word)
      end
      i = i + 1
   end
   if taken ~= #self.arguments then self:error('not enough arguments') end
   return params
end

----------------------------------------------------------------------------------------------- help

local function shown_key(entry)
   if entry.default ~= nil then return entry.key end
   return '<' .. stripped(entry.key) .. '>'
end

local function help_line(entry, width)
   if type(entry) == 'string' then return entry end
   local key = shown_key(entry)
   local line = '  ' .. key .. string.rep(' ', width - #key)
   if entry.help ~= nil then line = line .. ' ' .. entry.help end
   if entry.default ~= nil then line = line .. ' [' .. tostring(entry.default) .. ']' end
   return line
end

--- cmd:help([words]): writes the usage, with the script's name where words[0] is that, the texts and a line for each
--- option.
function CmdLine:help(words)
   local width, usage = 0, 'Usage: '
   if words ~= nil and words[0] ~= nil then usage = usage .. words[0] .. ' ' end
   usage = usage .. '[options]'
   for _, argument in ipairs(self.arguments) do usage = usage .. ' <' .. stripped(argument.key) .. '>' end
   for _, entry in ipairs(self.helplines) do
      if type(entry) == 'table' then width = math.max(width, #shown_key(entry)) end
   end
   io.write(usage, '\n')
   for _, entry in ipairs(self.helplines) do io.write(help_line(entry, width), '\n') end
end

------------------------------------------------------------------------------------ names for a run

local function argument_position(self, name)
   for i, argument in ipairs(self.arguments) do
      if stripped(argument.key) == name then return i end
   end
   return nil
end

local function by_stripped_key(self)
   local options = {}
   for key, option in pairs(self.options) do options[stripped(key)] = option end
   return options
end

local function shown_value(value)
   if type(value) == 'boolean' then return value and 't' or 'f' end
   return tostring(value)
end

--- cmd:string(prefix, params, ignore): a name for a run: the prefix, the arguments, and the options that differ from
--- their defaults, sorted. ignore[name] = true leaves one out, = false has it in at its default too.
function CmdLine:string(prefix, params, ignore)
   ignore = ignore or {}
   local options, arguments, known = {}, {}, by_stripped_key(self)
   for name, value in pairs(params) do
      local entry = name .. self.keyseparator .. shown_value(value)
      if ignore[name] then
         print('-- ignore option ' .. name)
      elseif known[name] ~= nil then
         if value ~= known[name].default or ignore[name] == false then table.insert(options, entry) end
      else
         local position = argument_position(self, name)
         if position ~= nil then
            table.insert(arguments, {position, entry})
         else
            print('WARNING: unknown option/argument: ' .. name .. ' IGNORING for DIRECTORY NAME')
         end
      end
   end
   table.sort(options)
   table.sort(arguments, function(a, b) return a[1] < b[1] end)
   for i, argument in ipairs(arguments) do arguments[i] = argument[2] end
   local text = table.concat(options, self.argseparator)
   if #arguments > 0 then text = table.concat(arguments, self.argseparator) .. self.argseparator .. text end
   if text == '' then return prefix or '' end
   return (prefix or '') .. self.argseparator .. text
end

----------------------------------------------------------------------------------------------- logs

--- cmd:silent(): print then writes to the log only.
function CmdLine:silent() self.silentio = true end

--- cmd:addTime([name [, format ('%F %T')]]): each line of the log starts with the time, in os.date's format, and the
--- name: '2012-02-07 08:21:56[name]: line'. What goes to standard output does not.
function CmdLine:addTime(name, format)
   for i, value in ipairs {name or '', format or ''} do
      if type(value) ~= 'string' then
         error(("bad argument #%d to 'addTime' (string expected, got %s)"):format(i, torch.type(value)), 2)
      end
   end
   self.dateformat = format or '%F %T'
   self.datename = (name ~= nil and '[' .. name .. ']' or '') .. ': '
end

local print_before -- what print was before the first log: a later log takes its place

--- cmd:log(file, params): from here on print writes to `file`, a name or an open file, too; first the params.
function CmdLine:log(file, params)
   local log = file
   if io.type(file) ~= 'file' then
      local message
      log, message = io.open(file, 'w')
      if log == nil then error(message, 2) end
   end
   print_before = print_before or _G.print
   _G.print = function(...)
      if not self.silentio then print_before(...) end
      local texts = {}
      for i = 1, select('#', ...) do texts[i] = tostring((select(i, ...))) end
      local stamp = self.dateformat ~= nil and os.date(self.dateformat) .. self.datename or ''
      log:write(stamp, table.concat(texts, '\t'), '\n')
      log:flush()
   end
   print('[program started on ' .. os.date() .. ']')
   print('[command line arguments]')
   local names = {}
   for name in pairs(params or {}) do names[#names + 1] = name end
   table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
   for _, name in ipairs(names) do print(name, params[name]) end
   print('[----------------------]')
end

return CmdLine
