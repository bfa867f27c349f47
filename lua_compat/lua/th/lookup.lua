-- Names and what they stand for, as a person types them: nn.Linear, x:size, model.modules.

local torch = require 'torch'

local lookup = {}

--- lookup.each_table(value, visit): calls visit(table) for each table in which a key of the value is found: itself, and
--  what its metatable leads to.
function lookup.each_table(value, visit)
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

--- lookup.value_of(path): what 'a.b:c' stands for, without running anything; nil without such a thing.
function lookup.value_of(path)
   if not path:find('^[%a_][%w_.:%[%]]*$') then return nil end
   local value = _G
   for name in path:gmatch('[^.:%[%]]+') do
      local found
      local key = tonumber(name) or name
      lookup.each_table(value, function(t)
         if found == nil then found = rawget(t, key) end
      end)
      value = found
      if value == nil then return nil end
   end
   return value
end

--- lookup.is_class(value): whether it is a class, which is called to make objects.
function lookup.is_class(value)
   if type(value) ~= 'table' or getmetatable(value) == nil then return false end
   return rawget(getmetatable(value), '__typename') ~= nil and torch.typename(value) == nil
end

--- lookup.names(): the names that there are: globals, what is in global tables, and the methods of tensors.
function lookup.names()
   local names = {}
   local function add(prefix, t)
      for key in next, t do
         if type(key) == 'string' and key:find('^%a[%w_]*$') then names[#names + 1] = prefix .. key end
      end
   end
   add('', _G)
   for name, value in next, _G do
      if type(name) == 'string' and type(value) == 'table' and value ~= _G then add(name .. '.', value) end
   end
   add('torch.Tensor:', torch.getmetatable(torch.getdefaulttensortype()))
   table.sort(names)
   return names
end

return lookup
