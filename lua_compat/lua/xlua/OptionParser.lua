-- xlua.OptionParser: a command line parser with named options.
--
--   local parser = xlua.OptionParser('%prog [options] files')
--   parser:option{'-v', '--verbose', action = 'store_true', dest = 'verbose', help = 'say more'}
--   parser:option{'-n', '--number', action = 'store', dest = 'number', default = 3, help = 'how many'}
--   local options, rest = parser:parse()

local OptionParser = {}
OptionParser.__index = OptionParser

local function new(_, usage)
   usage = usage or 'Usage: %prog [options]'
   local parser = setmetatable({usage = usage, option_descriptions = {}, option_of = {}}, OptionParser)
   parser:option{'-h', '--help', action = 'store_true', dest = 'help', help = 'show this help'}
   return parser
end

--- parser:option{'-s', '--long', dest =, action = 'store' | 'store_true' | 'store_false', default =, help =, req =}.
function OptionParser:option(description)
   if description.dest == nil then
      local long = description[#description]
      description.dest = long:gsub('^%-+', '')
   end
   table.insert(self.option_descriptions, description)
   for _, flag in ipairs(description) do self.option_of[flag] = description end
   return self
end

OptionParser.add_option = OptionParser.option

--- parser:fail(message): writes the message and the help, and ends the program.
function OptionParser:fail(message)
   io.stderr:write(tostring(message), '\n')
   self:help()
   os.exit(1)
end

local function converted(description, text)
   if type(description.default) == 'number' then return tonumber(text) or text end
   return text
end

local function take(parser, options, description, attached, words, i)
   local action = description.action or 'store'
   if action == 'store_true' or action == 'store_false' then
      if attached ~= nil then parser:fail('option ' .. words[i] .. ' takes no value') end
      options[description.dest] = action == 'store_true'
      return i
   end
   if attached == nil then
      i = i + 1
      attached = words[i]
      if attached == nil then parser:fail('option ' .. words[i - 1] .. ' wants a value') end
   end
   options[description.dest] = converted(description, attached)
   return i
end

--- parser:parse([words]): the options by their dest, and the words that are none.
function OptionParser:parse(words)
   words = words or rawget(_G, 'arg') or {}
   local options, rest, i = {}, {}, 1
   while i <= #words do
      local word = words[i]
      local flag, attached = word:match('^(%-%-[^=]+)=(.*)$')
      flag = flag or word
      if self.option_of[flag] ~= nil then
         i = take(self, options, self.option_of[flag], attached, words, i)
      elseif word:match('^%-%-?%a') then
         self:fail('unknown option ' .. word)
      else
         rest[#rest + 1] = word
      end
      i = i + 1
   end
   for _, description in ipairs(self.option_descriptions) do
      if options[description.dest] == nil then options[description.dest] = description.default end
      if description.req and options[description.dest] == nil then
         self:fail('option ' .. description[1] .. ' is required')
      end
   end
   if options.help then
      self:help()
      os.exit(0)
   end
   options.help = nil
   return options, rest
end

--- parser:help(): prints the usage and a line for each option.
function OptionParser:help()
   local arg = rawget(_G, 'arg')
   print((self.usage:gsub('%%prog', (tostring(arg and arg[0] or 'script'):gsub('%%', '%%%%')))))
   print('Options:')
   for _, description in ipairs(self.option_descriptions) do
      local flags = {}
      for _, flag in ipairs(description) do flags[#flags + 1] = flag end
      local default = description.default ~= nil and (' [default = %s]'):format(tostring(description.default)) or ''
      print(('  %-24s %s%s'):format(table.concat(flags, ', '), description.help or '', default))
   end
end

--- parser:summarize(options): a line a value, for a log.
function OptionParser:summarize(options)
   local lines = {}
   for _, description in ipairs(self.option_descriptions) do
      if description.dest ~= 'help' then
         lines[#lines + 1] = description.dest .. ' = ' .. tostring(options[description.dest])
      end
   end
   return table.concat(lines, '\n')
end

return setmetatable(OptionParser, {__call = new})
