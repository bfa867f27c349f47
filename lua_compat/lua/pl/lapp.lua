-- pl.lapp: a command line parser whose options are read from the help text.
--
--   local opt = lapp [[
--   Trains a net.
--      -s,--save   (default "logs")  folder for the logs
--      -r,--rate   (default 0.05)    learning rate
--      -f,--full                     a flag
--      --kind      (sgd|adam default sgd)  one of several words
--      -n          (number)          an option that must be given
--      <input>     (string)          a word that must be given
--      <others...> (default nil)     all further words
--   ]]
--
-- opt.save, opt.rate, ... are the values, opt.log_name the name of a file that was opened for `log`; the words that no
-- <name> takes are opt[1], opt[2], ...

local host_open = io.open

local lapp = {callback = nil, show_usage_error = true, slack = false}

local types = {}      -- name -> {converter, constraint}
local open_files = {}
local standard_files = {
   stdin = {io.stdin, 'file-in'}, stdout = {io.stdout, 'file-out'}, stderr = {io.stderr, 'file-out'},
}

----------------------------------------------------------------------------------------------------- failures

local usage_text = ''

-- The script's file without its folder and extension.
local function script_name()
   local arg = rawget(_G, 'arg')
   local name = (arg and arg[0] or 'unknown'):match('[^/]*$')
   return name:match('^(.+)%.[^.]*$') or name
end

--- lapp.quit(message [, without usage]): prints to the error output, and ends the program with status 1.
function lapp.quit(message, no_usage)
   if no_usage == 'throw' then error(message, 2) end
   if message ~= nil then io.stderr:write(message, '\n\n') end
   if not no_usage then io.stderr:write((usage_text:gsub('\n$', '')), '\n') end
   os.exit(1)
end

--- lapp.error(message [, without usage]): the same with the script's name before it. lapp.show_usage_error = 'throw'
--- makes all of these Lua errors.
function lapp.error(message, no_usage)
   if not lapp.show_usage_error then no_usage = true
   elseif lapp.show_usage_error == 'throw' then no_usage = 'throw' end
   lapp.quit(script_name() .. ': ' .. message, no_usage)
end

function lapp.assert(condition, message)
   if not condition then lapp.error(message) end
end

--- lapp.open(name [, mode]).
function lapp.open(name, mode)
   local file, message = host_open(name, mode)
   if file == nil then lapp.error(message, true) end
   open_files[#open_files + 1] = file
   return file
end

-------------------------------------------------------------------------------------------------------- types

--- lapp.add_type(name, converter, constraint): the converter is a function or the name of a type.
function lapp.add_type(name, converter, constraint) types[name] = {converter = converter, constraint = constraint} end

local function number_of(text, integer)
   local value = tonumber(text)
   if value == nil then lapp.error('unable to convert to number: ' .. tostring(text)) end
   if integer and value % 1 ~= 0 then lapp.error('not an integer: ' .. tostring(text)) end
   return value
end

local function converted(text, option)
   local kind = option.type
   if kind == 'number' or kind == 'float' then return number_of(text) end
   if kind == 'int' or kind == 'integer' then return number_of(text, true) end
   if kind == 'file-in' then return standard_files[text] and standard_files[text][1] or lapp.open(text, 'r') end
   if kind == 'file-out' then return standard_files[text] and standard_files[text][1] or lapp.open(text, 'w') end
   local own = types[kind]
   if own == nil then return text end
   local value = text
   if type(own.converter) == 'string' then value = converted(text, {type = own.converter})
   elseif own.converter ~= nil then value = own.converter(text) end
   return value
end

local function checked(value, option)
   if option.words ~= nil and not option.words[value] then
      lapp.error(("value '%s' not in %s"):format(tostring(value), option.word_list))
   end
   if option.low ~= nil and (value < option.low or value > option.high) then
      lapp.error(option.name .. ' out of range')
   end
   local own = types[option.type]
   if own ~= nil and own.constraint ~= nil then own.constraint(value) end
   return value
end

------------------------------------------------------------------------------------------------- the help text

local function unquoted(text) return text:match('^"(.*)"$') or text:match("^'(.*)'$") end

local function set_default(option, text)
   local quoted = unquoted(text)
   option.has_default = true
   if quoted ~= nil then
      option.default, option.type = quoted, option.type or 'string'
   elseif standard_files[text] ~= nil and (option.type == nil or option.type:find('^file')) then
      option.default, option.type = standard_files[text][1], option.type or standard_files[text][2]
      option.default_name = text
   elseif option.type == nil and (text == 'true' or text == 'false') then
      option.default, option.type = text == 'true', 'boolean'
   elseif option.type == nil and tonumber(text) ~= nil then
      option.default, option.type = tonumber(text), 'number'
   else
      option.type = option.type or 'string'
      option.default = converted(text, option)
   end
end

local BUILT_IN = {
   string = true, number = true, float = true, int = true, integer = true, boolean = true, ['file-in'] = true,
   ['file-out'] = true,
}

-- What is in the brackets: a type, a range or words, 'default' and a value.
local function read_brackets(option, text)
   local kind, default = text:match('^(.-)%s*default%s+(.*)$')
   if kind == nil then kind = text end
   kind = kind:gsub('^optional%s*', function()
      option.has_default = true
      return ''
   end)
   if kind:find('%.%.%.$') then
      option.multiple = true
      kind = kind:gsub('%s*%.%.%.$', '')
   end
   local low, high = kind:match('^([%-%d][%d.]-)%.%.([%-%d][%d.]*)$')
   if low ~= nil then
      option.type, option.low, option.high = 'number', tonumber(low), tonumber(high)
   elseif kind:find('|') then
      option.type, option.words, option.word_list = 'string', {}, kind
      for word in kind:gmatch('[^|%s]+') do option.words[word] = true end
   elseif kind ~= '' then
      if not BUILT_IN[kind] and types[kind] == nil then lapp.error(kind .. ' is unknown type') end
      option.type = kind
   end
   if default ~= nil then set_default(option, default) end
end

local function key_of(name) return (name:gsub('%W', '_')) end

-- One line of the text; nil for one that describes nothing.
local function read_line(line)
   local option, rest = {}, nil
   local short, long
   short, long, rest = line:match('^%s*%-([%w])%s*,%s*%-%-([%w][%w_%-]*)(.*)$')
   if short == nil then
      long, rest = line:match('^%s*%-%-([%w][%w_%-]*)(.*)$')
      if long == nil then short, rest = line:match('^%s*%-(%a[%w_]*)(.*)$') end
   end
   if short ~= nil or long ~= nil then
      option.flags, option.key = {short, long}, key_of(long or short)
      option.short, option.long, option.name = short, long, long or short
      if rest:find('^%.%.%.') then
         option.multiple = true
         rest = rest:sub(4)
      end
   else
      local name, dots
      name, dots, rest = line:match('^%s*<([%w][%w_%-]*)(%.?%.?%.?)>(.*)$')
      if name == nil then return nil end
      option.positional, option.key, option.name, option.multiple = true, key_of(name), name, dots == '...'
      option.type = nil
   end
   local brackets = rest:match('^%s*(%b())')
   if brackets ~= nil then
      read_brackets(option, (brackets:sub(2, -2):gsub('^%s+', ''):gsub('%s+$', '')))
   elseif not option.positional then
      option.type, option.default, option.has_default = 'boolean', false, true
   end
   option.type = option.type or 'string'
   return option
end

local function read_usage(text)
   local described = {options = {}, by_flag = {}, positional = {}}
   for line in (text .. '\n'):gmatch('(.-)\r?\n') do
      local option = read_line(line)
      if option ~= nil and option.positional then
         table.insert(described.positional, option)
      elseif option ~= nil then
         table.insert(described.options, option)
         if option.short ~= nil then described.by_flag['-' .. option.short] = option end
         if option.long ~= nil then described.by_flag['--' .. option.long] = option end
      end
   end
   return described
end

-------------------------------------------------------------------------------------------- the command line

local function store(results, option, value, text)
   value = checked(value, option)
   if option.multiple then
      results[option.key] = results[option.key] or {}
      table.insert(results[option.key], value)
   else
      results[option.key] = value
   end
   if option.type == 'file-in' or option.type == 'file-out' then results[option.key .. '_name'] = text end
   if lapp.callback ~= nil then lapp.callback(option.key, value, results) end
end

-- An option takes what is attached to it or the next word; a flag takes nothing, unless it is `--flag=no`.
local function take(results, option, attached, words, i)
   if option.type == 'boolean' then
      if attached == nil then
         store(results, option, not option.default)
      else
         store(results, option, attached == 'true' or attached == '1' or attached == 'yes')
      end
      return i
   end
   if attached == nil then
      i = i + 1
      attached = words[i]
      if attached == nil then lapp.error(option.name .. ' was expecting a value') end
   end
   store(results, option, converted(attached, option), attached)
   return i
end

-- -xvf and -n5: one letter after the other, till one that takes a value, which the rest is.
local function take_letters(results, described, word, words, i)
   local letters = word:sub(2)
   while letters ~= '' do
      local option = described.by_flag['-' .. letters:sub(1, 1)]
      if option == nil then lapp.error('unrecognized parameter: ' .. letters:sub(1, 1)) end
      letters = letters:sub(2)
      if option.type ~= 'boolean' then
         local attached = letters:gsub('^[=:]', '')
         return take(results, option, attached ~= '' and attached or nil, words, i)
      end
      i = take(results, option, nil, words, i)
   end
   return i
end

local function take_option(results, described, word, words, i)
   local flag, attached = word:match('^(%-%-[^=]+)=(.*)$')
   local option = described.by_flag[flag or word]
   if option ~= nil then return take(results, option, attached, words, i) end
   if word == '--help' or word == '-h' then lapp.quit() end
   if word:sub(1, 2) == '--' then lapp.error('unrecognized parameter: ' .. (flag or word):sub(3)) end
   return take_letters(results, described, word, words, i)
end

local function take_positional(results, described, word, count)
   local option = described.positional[count] or described.positional[#described.positional]
   if option ~= nil and (described.positional[count] ~= nil or option.multiple) then
      store(results, option, converted(word, option), word)
   else
      table.insert(results, word)
   end
end

local function set_missing(results, described)
   for _, list in ipairs{described.options, described.positional} do
      for _, option in ipairs(list) do
         if results[option.key] == nil then
            if not option.has_default then lapp.error('missing required parameter: ' .. option.name) end
            results[option.key] = option.default
            if option.multiple then results[option.key] = option.default ~= nil and {option.default} or {} end
            if option.default_name ~= nil then results[option.key .. '_name'] = option.default_name end
         end
      end
   end
end

--- lapp.process_options_string(text [, words]), lapp(text [, words]): the values by name, the other words from 1 on.
function lapp.process_options_string(text, words)
   words = words or rawget(_G, 'arg') or {}
   usage_text = text
   local described = read_usage(text)
   local results, i, count, only_words = {}, 1, 0, false
   while i <= #words do
      local word = words[i]
      if word == '--' and not only_words then
         only_words = true
      elseif not only_words and word:find('^%-') and word ~= '-' and tonumber(word) == nil then
         i = take_option(results, described, word, words, i)
      else
         count = count + 1
         take_positional(results, described, word, count)
      end
      i = i + 1
   end
   set_missing(results, described)
   return results
end

return setmetatable(lapp, {__call = function(_, text, words) return lapp.process_options_string(text, words) end})
