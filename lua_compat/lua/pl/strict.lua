-- require 'pl.strict': from here on a global that no main chunk set, and nothing made with rawset, is an error.

local strict = {}

local function caller_of(level)
   local info = debug.getinfo(level + 1, 'S')
   return info and info.what or 'C'
end

-- Globals of a table, strict or made so; `known` are the names that may be nil.
local function watch(name, t, known)
   local meta = getmetatable(t)
   if meta == nil then
      meta = {}
      setmetatable(t, meta)
   end
   local before, before_new = meta.__index, meta.__newindex
   for key in pairs(known or {}) do known[key] = true end
   local declared = known or {}
   local whose = name and (" in module '%s'"):format(name) or ''

   function meta.__newindex(object, key, value)
      if not declared[key] then
         local what = caller_of(2)
         if what ~= 'main' and what ~= 'C' then
            error(("assign to undeclared global '%s'%s"):format(tostring(key), whose), 2)
         end
         declared[key] = true
      end
      if type(before_new) == 'function' then return before_new(object, key, value) end
      rawset(object, key, value)
   end

   function meta.__index(object, key)
      local value
      if type(before) == 'function' then value = before(object, key) elseif before ~= nil then value = before[key] end
      if value == nil and not declared[key] and caller_of(2) ~= 'C' then
         error(("variable '%s' is not declared%s"):format(tostring(key), whose), 2)
      end
      return value
   end
   return t
end

--- strict.module([name,] [table,] [known]): a table that refuses names that are not there.
function strict.module(name, t, known) return watch(name, t or {}, known) end

--- strict.make_all_strict(t): the tables in a table.
function strict.make_all_strict(t)
   for key, value in pairs(t) do
      if type(value) == 'table' and value ~= t then strict.module(key, value) end
   end
end

--- strict.closed_module(t, name): t for reading only.
function strict.closed_module(t, name)
   return setmetatable({}, {
      __index = strict.module(name, t),
      __newindex = function(_, key) error(("module '%s': cannot set '%s'"):format(tostring(name), tostring(key)), 2) end,
   })
end

watch(nil, _G, {_PROMPT = true, _PROMPT2 = true, __global = true})

return strict
