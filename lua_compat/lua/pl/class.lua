-- pl.class: classes, `class(base)`, `class.Name(base)`, `class{...}`.
--
--   local Animal = class()
--   function Animal:_init(name) self.name = name end
--   local Dog = class(Animal)
--   function Dog:_init(name) self:super(name) end
--   Dog('rex'):is_a(Animal)

local function call_constructor(class, object, ...)
   local base = rawget(class, '_base')
   local before = rawget(object, 'super')
   -- while a constructor runs, `self:super(...)` is that of the class's parent
   local base_init = base ~= nil and base._init or nil
   if base_init ~= nil then
      rawset(object, 'super', function(self, ...) call_constructor(base, self, ...) end)
   end
   local init = rawget(class, '_init')
   local result
   if init ~= nil then
      result = init(object, ...)
   elseif base ~= nil then
      call_constructor(base, object, ...)
   end
   rawset(object, 'super', before)
   return result
end

local function is_a(self, class)
   if class == nil then return getmetatable(self) end
   local mine = getmetatable(self)
   if type(class) == 'string' then return type(mine) == 'table' and mine._name == class end
   while mine ~= nil do
      if rawequal(mine, class) then return true end
      mine = rawget(mine, '_base')
   end
   return false
end

local function class_of(class, object)
   if type(object) ~= 'table' or type(getmetatable(object)) ~= 'table' then return false end
   return is_a(object, class)
end

local function cast(class, object) return setmetatable(object, class) end

-- LuaJIT looks for metamethods in the metatable alone, so a child has its parent's.
local events = {}
for name in ('add sub mul div mod pow unm concat len eq lt le call tostring gc mode pairs ipairs'):gmatch('%a+') do
   events[#events + 1] = '__' .. name
end

local function construct(class, ...)
   local object = setmetatable({}, class)
   local replaced = call_constructor(class, object, ...)
   if replaced ~= nil then
      object = replaced
      setmetatable(object, class)
   end
   local post = class._post_init
   if post ~= nil then post(object) end
   return object
end

local function lookup(class)
   local handler = class._handler
   if handler == nil then return class end
   return function(object, key)
      local value = class[key]
      if value == nil then value = handler(object, key) end
      return value
   end
end

local function default_text(object)
   local mt = getmetatable(object)
   setmetatable(object, nil)
   local text = tostring(object)
   setmetatable(object, mt)
   return mt._name == nil and text or mt._name .. ': ' .. text:gsub('^table: ', '')
end

-- A class in a new table, or in one that is there already: utils.stdmt has some, so that results are lists before pl.List
-- is loaded.
local function new_class(base, name, content, into)
   local class = into or {}
   class._name, class._base = name or class._name or base and base._name, base
   if base ~= nil then
      for _, event in ipairs(events) do class[event] = base[event] end
      class._handler = base._handler
   end
   class.is_a, class.class_of, class.cast, class._class = is_a, class_of, cast, class
   for key, value in pairs(content or {}) do class[key] = value end
   class.__index = lookup(class)
   class.catch = function(self, handler)
      if type(self) == 'function' then handler = self end
      class._handler = handler
      class.__index = lookup(class)
   end
   if class.__tostring == nil then class.__tostring = default_text end
   return setmetatable(class, {__call = construct, __index = base})
end

-- class(base), class(base, nil, table), class{_init = ...}: a plain table without a class's marks is the content.
local function define(first, name, into)
   if type(first) == 'table' and rawget(first, '_class') == nil then
      local base, content = rawget(first, '_base'), {}
      for key, value in pairs(first) do
         if key ~= '_base' then content[key] = value end
      end
      return new_class(base, name or content._name, content)
   end
   if first ~= nil and type(first) ~= 'table' then error('class: a class or a table of methods expected', 3) end
   return new_class(first, name, nil, into)
end

local class = {}

--- class.properties: a base whose children answer a field from get_NAME and set it with set_NAME.
class.properties = new_class(nil, 'properties')
class.properties._class_with_properties = true

return setmetatable(class, {
   __call = function(_, first, _, into) return define(first, nil, into) end,
   -- class.Name(base) also sets the global Name
   __index = function(_, name)
      return function(first)
         local made = define(first, name)
         local environment = getfenv(2)
         rawset(environment, name, made)
         return made
      end
   end,
})
