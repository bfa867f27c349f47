-- What is a value of? Replaceable: packages put their own istype here.

local env = {}

function env.type(value)
   local metatable = getmetatable(value)
   if type(metatable) == 'table' and rawget(metatable, '__typename') then return metatable.__typename end
   return type(value)
end

function env.istype(value, wanted)
   if wanted == '*' then return value ~= nil end
   if type(value) == wanted then return true end
   if wanted == 'torch.*Tensor' then return (env.type(value):match('^torch%..*Tensor$')) ~= nil end
   local metatable = getmetatable(value)
   while type(metatable) == 'table' do
      if rawget(metatable, '__typename') == wanted then return true end
      metatable = getmetatable(metatable)
   end
   return false
end

return env
