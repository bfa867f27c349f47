-- pl.types: questions about values.

local utils = require 'pl.utils'

local types = {is_callable = utils.is_callable, is_type = utils.is_type}

--- types.type(object): the name of its class, or Lua's type; 'file' for an open file.
function types.type(object)
   local kind = type(object)
   if kind ~= 'table' and kind ~= 'userdata' then return kind end
   local mt = getmetatable(object)
   if type(mt) == 'table' and rawget(mt, '_name') ~= nil then return mt._name end
   if io.type(object) ~= nil then return 'file' end
   return kind == 'userdata' and 'unknown userdata' or kind
end

--- types.is_integer(x).
function types.is_integer(x) return type(x) == 'number' and math.floor(x) == x end

--- types.is_empty(object [, ignore blanks]): nil, an empty table or string.
function types.is_empty(object, ignore_blanks)
   if object == nil then return true end
   if type(object) == 'table' then return next(object) == nil end
   if type(object) == 'string' then return object == '' or (ignore_blanks and not object:find('%S')) or false end
   return true
end

local function has(object, event)
   if type(object) == 'table' then return true end
   local mt = getmetatable(object)
   return type(mt) == 'table' and mt[event] ~= nil
end

--- types.is_indexable(x), is_iterable(x), is_writeable(x).
function types.is_indexable(object) return has(object, '__index') or type(object) == 'string' end

function types.is_iterable(object) return has(object, '__pairs') end

function types.is_writeable(object) return has(object, '__newindex') end

local words = {yes = true, ['true'] = true, t = true, y = true, ['1'] = true}

--- types.to_bool(value [, words, check objects]): 'yes', 'true', 't', 'y', '1' and non-zero numbers are true.
function types.to_bool(value, true_words, check_objects)
   if type(value) == 'boolean' then return value end
   if type(value) == 'number' then return value ~= 0 end
   if type(value) == 'string' then
      local word = value:lower()
      if words[word] then return true end
      for _, other in ipairs(true_words or {}) do
         if other:lower() == word then return true end
      end
      return false
   end
   if check_objects then return not types.is_empty(value) end
   return false
end

return types
