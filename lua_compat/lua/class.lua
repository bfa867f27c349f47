-- class: classes with one parent, for Lua alone. `require 'class'` gives the package, which sets no global.
--
--   local class = require 'class'
--   local A = class('A')
--   function A:__init(name) self.name = name end
--   local B = class('B', 'A')
--   function B:__init(name) A.__init(self, name) end
--   local b = B('x')

local class = {}

local metatables = {} -- class name -> metatable
local within = {}     -- class name -> the names of it and of all its parents

-- What a script gets: calling it makes an object, reading and writing go to the metatable.
local function constructor(metatable)
   return setmetatable({}, {
      __index = metatable,
      __newindex = metatable,
      __metatable = metatable,
      __call = function(self, ...) return self.new(...) end,
   })
end

--- class(name [, parent's name]), class.new(...): a new class.
function class.new(name, parent)
   if type(name) ~= 'string' then error(('class: the name must be a string, got %s'):format(type(name)), 2) end
   if metatables[name] ~= nil then error(('class <%s> already exists'):format(name), 2) end
   if parent ~= nil and metatables[parent] == nil then
      error(('parent class <%s> does not exist'):format(tostring(parent)), 2)
   end
   local metatable = {__typename = name}
   metatable.__index = metatable
   function metatable.__factory() return setmetatable({}, metatable) end
   function metatable.new(...)
      local object = metatable.__factory()
      object:__init(...)
      return object
   end
   metatables[name], within[name] = metatable, {[name] = true}
   if parent == nil then
      function metatable.__init() end
   else
      setmetatable(metatable, metatables[parent])
      for ancestor in pairs(within[parent]) do within[name][ancestor] = true end
   end
   return constructor(metatable)
end

--- class.metatable(name): where the methods of a class lie; nil where there is none of that name.
function class.metatable(name) return metatables[name] end

--- class.factory(name): an object whose __init was not called.
function class.factory(name)
   local metatable = metatables[name]
   if metatable == nil then error(('unknown class <%s>'):format(tostring(name)), 2) end
   return metatable.__factory()
end

local function class_of(object)
   local kind = type(object)
   if kind == 'userdata' or kind == 'cdata' then
      local torch = package.loaded.torch
      return torch ~= nil and torch.typename(object) or nil
   end
   local metatable = kind == 'table' and getmetatable(object)
   return type(metatable) == 'table' and rawget(metatable, '__typename') or nil
end

--- class.type(object): the name of its class; of anything else Lua's type.
function class.type(object) return class_of(object) or type(object) end

--- class.istype(object, name): whether it is of that class or of one that descends from it; of anything else, of that type.
function class.istype(object, name)
   local own = class_of(object)
   if own == nil then return type(object) == name end
   return within[own] ~= nil and within[own][name] or own == name
end

return setmetatable(class, {__call = function(_, ...) return class.new(...) end})
