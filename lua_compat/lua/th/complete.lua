-- What the interactive loop offers for a name that was begun: nn.Lin -> nn.Linear(, x:fi -> x:fill(.

local torch = require 'torch'

local WORDS = {}
for word in ([[and break do else elseif end false for function if in local nil not or repeat return then true until
   while]]):gmatch('%S+') do WORDS[#WORDS + 1] = word end

-- Calls visit(table) for each table in which a key of the value is found: itself, and what its metatable leads to.
local function each_table(value, visit)
   local seen = {}
   local function go(t)
      if type(t) ~= 'table' or seen[t] then return end
      seen[t] = true
      visit(t)
      local meta = getmetatable(t)
      if type(meta) == 'table' then
         -- of a class the metatable holds the methods, and its metatable those of the parent
         go(torch.typename(t) ~= nil and meta or rawget(meta, '__index'))
         if rawget(meta, '__typename') ~= nil then go(meta) end
      end
   end
   if type(value) == 'userdata' or type(value) == 'cdata' then
      local class = torch.typename(value)
      go(class and torch.getmetatable(class))
   elseif type(value) == 'string' then
      go(string)
   else
      go(value)
   end
end

local function value_of(path)
   local value = _G
   for name in path:gmatch('[^.:]+') do
      local found
      each_table(value, function(t)
         if found == nil then found = rawget(t, name) end
      end)
      value = found
      if value == nil then return nil end
   end
   return value
end

--- complete(text): the texts that the last name in `text` can become, sorted, a line each.
return function(text)
   local path, separator, begun = text:match('^(.-)([.:]?)([%w_]*)$')
   if separator == '' then path = '' end
   local value = path == '' and _G or path:find('^[%a_][%w_.:]*$') and value_of(path) or nil
   local found, names = {}, {}
   local function offer(name, is_function)
      if name:sub(1, #begun) == begun and not found[name] and (begun ~= '' or name:sub(1, 2) ~= '__') then
         found[name] = true
         names[#names + 1] = path .. separator .. name .. (is_function and '(' or '')
      end
   end
   each_table(value, function(t)
      for key, item in next, t do
         if type(key) == 'string' and key:find('^[%a_][%w_]*$') then
            local called = type(item) == 'function' or type(item) == 'table' and getmetatable(item) ~= nil
               and rawget(getmetatable(item), '__typename') ~= nil and torch.typename(item) == nil
            if separator ~= ':' or type(item) == 'function' then offer(key, called) end
         end
      end
   end)
   if separator == '' then
      for _, word in ipairs(WORDS) do offer(word, false) end
   end
   table.sort(names)
   return table.concat(names, '\n')
end
