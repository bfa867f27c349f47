-- What the interactive loop offers for a name that was begun: nn.Lin -> nn.Linear(, x:fi -> x:fill(.

local lookup = require 'th.lookup'

local WORDS = {}
for word in ([[and break do else elseif end false for function if in local nil not or repeat return then true until
   while]]):gmatch('%S+') do WORDS[#WORDS + 1] = word end

--- complete(text): the texts that the last name in `text` can become, sorted, a line each.
return function(text)
   local path, separator, begun = text:match('^(.-)([.:]?)([%w_]*)$')
   if separator == '' then path = '' end
   local value = _G
   if separator ~= '' then value = lookup.value_of(path) end
   local found, names = {}, {}
   local function offer(name, is_function)
      if name:sub(1, #begun) == begun and not found[name] and (begun ~= '' or name:sub(1, 2) ~= '__') then
         found[name] = true
         names[#names + 1] = path .. separator .. name .. (is_function and '(' or '')
      end
   end
   lookup.each_table(value, function(t)
      for key, item in next, t do
         if type(key) == 'string' and key:find('^[%a_][%w_]*$') then
            local called = type(item) == 'function' or lookup.is_class(item)
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
