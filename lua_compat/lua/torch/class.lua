-- torch.class and the metatables behind it.
--
-- A class is one table, its metatable `mt`: methods and metamethods lie in it, `mt.__typename` names it, and
-- `getmetatable(mt)` is the metatable of its parent. An instance is a table whose metatable is `mt`.
-- The name of a class leads, in its package table, to a constructor table: calling it builds an instance, reading
-- from it or assigning to it reads or assigns in `mt`.
--
-- The metamethods are the same functions for all classes, so that == and < reach objects of two classes. They
-- look for the class's own forms (__index__, __newindex__, __add__, __tostring__, ...) along the parents.

local getmetatable, setmetatable, rawget, rawset, rawequal = getmetatable, setmetatable, rawget, rawset, rawequal
local type, error, select = type, error, select

local by_name = {}        -- class name -> metatable
local name_of = {}        -- metatable -> class name
local constructors = {}   -- class name -> constructor table
local is_constructor = {} -- constructor table -> true
local cdata_types = {}    -- ctype id -> class name

-- getmetatable, unlike debug.getmetatable, is compiled. It answers a constructor table with its class (__metatable),
-- whence is_constructor: a constructor table is no instance.

local function find_above(mt, key)
   while mt do
      local value = rawget(mt, key)
      if value ~= nil then return value end
      mt = getmetatable(mt)
   end
   return nil
end

-- The first value under `key` in a metatable or in one of its parents. The first four steps are written out:
-- LuaJIT gives up compiling a caller's loop around a loop of two or three turns.
local function find(mt, key)
   if not mt then return nil end
   local value = rawget(mt, key)
   if value ~= nil then return value end
   mt = getmetatable(mt)
   if not mt then return nil end
   value = rawget(mt, key)
   if value ~= nil then return value end
   mt = getmetatable(mt)
   if not mt then return nil end
   value = rawget(mt, key)
   if value ~= nil then return value end
   mt = getmetatable(mt)
   if not mt then return nil end
   value = rawget(mt, key)
   if value ~= nil then return value end
   return find_above(getmetatable(mt), key)
end

local udata_typename = function() return nil end

local function cdata_typename(object)
   local ffi = require 'ffi'
   return cdata_types[tonumber(ffi.typeof(object))]
end

local function typename(object)
   local kind = type(object)
   if kind == 'table' then
      if is_constructor[object] then return nil end
      return name_of[getmetatable(object)]
   end
   if kind == 'userdata' then return udata_typename(object) end
   if kind == 'cdata' then return cdata_typename(object) end
   return nil
end

-- The metatable in which an object's operators are looked up.
local function class_of(object)
   local kind = type(object)
   if kind == 'table' then
      local mt = getmetatable(object)
      return name_of[mt] and not is_constructor[object] and mt
   elseif kind == 'userdata' or kind == 'cdata' then
      local name = typename(object)
      return name and by_name[name]
   end
   return nil
end

-- What an __index__ hook returned: its first value counts when its last one is true.
local function hooked(...)
   local n = select('#', ...)
   if n > 0 and select(n, ...) then return true, (...) end
   return false
end

local function index(object, key)
   local mt = getmetatable(object)
   if not name_of[object] then
      local hook = find(mt, '__index__')
      if hook ~= nil then
         if type(hook) == 'function' then
            local found, value = hooked(hook(object, key))
            if found then return value end
         elseif hook[key] ~= nil then
            return hook[key]
         end
      end
   end
   return find(mt, key)
end

local function newindex(object, key, value)
   if not name_of[object] then
      local hook = find(getmetatable(object), '__newindex__')
      if type(hook) == 'table' then hook[key] = value; return end
      if hook ~= nil and hook(object, key, value) then return end
   end
   if type(object) ~= 'table' then
      error('the class ' .. tostring(typename(object)) .. ' cannot be indexed', 2)
   end
   rawset(object, key, value)
end

local function unary(event, described)
   return function(object, ...)
      local method = find(class_of(object), event)
      if method == nil then error(('%s has no %s operator'):format(typename(object), described), 2) end
      return method(object, ...)
   end
end

local function binary(event, described, otherwise)
   return function(a, b)
      local method = find(class_of(a), event)
      if method == nil then method = find(class_of(b), event) end
      if method ~= nil then return method(a, b) end
      if otherwise then return otherwise(a, b) end
      error(('%s has no %s operator'):format(typename(a) or typename(b), described), 2)
   end
end

local metamethods = {
   __index = index,
   __newindex = newindex,
   __add = binary('__add__', 'addition'),
   __sub = binary('__sub__', 'subtraction'),
   __mul = binary('__mul__', 'multiplication'),
   __div = binary('__div__', 'division'),
   __mod = binary('__mod__', 'modulo'),
   __pow = binary('__pow__', 'power'),
   __concat = binary('__concat__', 'concatenation'),
   __eq = binary('__eq__', 'equality', rawequal),
   __lt = binary('__lt__', 'less than'),
   __le = binary('__le__', 'less or equal'),
   __unm = unary('__unm__', 'negation'),
   __len = unary('__len__', 'length'),
   __call = unary('__call__', 'call'),
   __tostring = function(object)
      local method = find(class_of(object), '__tostring__')
      if method == nil then return typename(object) end
      return method(object)
   end,
}

-- 'a.b.C' -> the table that `_G.a.b` is, 'C'; 'C' -> _G, 'C'.
local function package_of(name, level)
   local path, base = name:match('^(.*)%.([^.]*)$')
   if path == nil then return _G, name end
   local place = _G
   for part in path:gmatch('[^.]+') do
      local inner = type(place) == 'table' and place[part]
      if type(inner) ~= 'table' then
         local reason = 'while creating metatable %s: bad argument #1 (%s is an invalid module name)'
         error(reason:format(name, path), level + 1)
      end
      place = inner
   end
   return place, base
end

local function constructor_table(mt)
   return setmetatable({}, {
      __index = mt,
      __newindex = function(_, key, value) rawset(mt, key, value) end,
      __metatable = mt,
      __call = function(_, ...)
         local build = mt.new
         if build == nil then error(('class %s has no constructor'):format(mt.__typename), 2) end
         return build(...)
      end,
   })
end

local function check_kind(value, kind, position, what, level)
   if value ~= nil and type(value) ~= kind then
      error(("bad argument #%d (%s: %s expected, got %s)"):format(position, what, kind, type(value)), level + 1)
   end
end

local function define(name, parent_name, constructor, destructor, factory, module, level)
   level = level + 1
   if type(name) ~= 'string' then
      error(('bad argument #1 (class name: string expected, got %s)'):format(type(name)), level)
   end
   check_kind(parent_name, 'string', 2, 'parent class name', level)
   check_kind(constructor, 'function', 3, 'constructor', level)
   check_kind(destructor, 'function', 4, 'destructor', level)
   check_kind(factory, 'function', 5, 'factory', level)
   check_kind(module, 'table', 6, 'module', level)
   if by_name[name] ~= nil then error(('class %s is already defined'):format(name), level) end
   local parent
   if parent_name ~= nil then
      parent = by_name[parent_name]
      if parent == nil then
         error(('bad argument #2 (invalid parent class name %s)'):format(parent_name), level)
      end
   end
   local place, base = module, name:match('[^.]*$')
   if place == nil then place, base = package_of(name, level) end

   local mt = {__typename = name, __version = 1, __gc = destructor, __factory = factory, new = constructor}
   for event, method in pairs(metamethods) do mt[event] = method end
   by_name[name], name_of[mt] = mt, name
   if parent ~= nil then
      setmetatable(mt, parent)
      mt.__pairs = rawget(parent, '__pairs') -- which pairs looks for in the metatable alone
   end
   local callable = constructor_table(mt)
   constructors[name], is_constructor[callable] = callable, true
   rawset(place, base, callable)
   return mt, parent
end

local class = {}

--- torch.newmetatable(name [, parent, constructor, destructor, factory, module]): a class from its parts.
function class.newmetatable(name, parent_name, constructor, destructor, factory, module)
   return (define(name, parent_name, constructor, destructor, factory, module, 2))
end

--- torch.class(name [, parent] [, module]): the class's metatable, and that of its parent.
function class.class(name, ...)
   local parent_name, module = ...
   if type(parent_name) == 'table' and module == nil then parent_name, module = nil, parent_name end
   local mt, parent
   local function factory() return setmetatable({}, mt) end
   local function constructor(...)
      local object = setmetatable({}, mt)
      local init = object.__init
      if init ~= nil then init(object, ...) end
      return object
   end
   mt, parent = define(name, parent_name, constructor, nil, factory, module, 2)
   return mt, parent
end

--- torch.getmetatable(name): the metatable of a class, nil where there is none of that name.
function class.getmetatable(name) return by_name[name] end

--- torch.getconstructortable(name): what the class's name stands for in its package.
function class.getconstructortable(name) return constructors[name] end

--- torch.factory(name): a function that makes an instance without calling __init.
function class.factory(name)
   local mt = by_name[name]
   return mt and mt.__factory
end

--- torch.setmetatable(object, name): turns a table into an instance of a class; returns the table.
function class.setmetatable(object, name)
   if type(object) ~= 'table' then
      error(("bad argument #1 to 'setmetatable' (table expected, got %s)"):format(type(object)), 2)
   end
   local mt = by_name[name]
   if mt == nil then error(("bad argument #2 to 'setmetatable' (unknown class %s)"):format(tostring(name)), 2) end
   return setmetatable(object, mt)
end

--- torch.metatype(name, ctype): cdata of that C type are then instances of the class; returns the C type.
function class.metatype(name, ctype)
   local mt = by_name[name]
   if mt == nil then error(("bad argument #1 to 'metatype' (unknown class %s)"):format(tostring(name)), 2) end
   local ffi = require 'ffi'
   ctype = ffi.typeof(ctype)
   local function lookup(_, key) return find(mt, key) end
   local events = {__index = lookup, __gc = mt.__gc}
   for event, method in pairs(metamethods) do
      local own = rawget(mt, event)
      if own ~= method then
         events[event] = own -- the class has put its own in the place of the general one
      elseif event ~= '__index' and event ~= '__newindex' then
         events[event] = method
      end
   end
   cdata_types[tonumber(ctype)] = name
   return ffi.metatype(ctype, events)
end

--- torch.typename(object): the name of its class; no value at all for what is no instance, as scripts can count.
function class.typename(object)
   local name = typename(object)
   if name ~= nil then return name end
end

--- torch.type(object): the name of its class, or Lua's type.
function class.type(object) return typename(object) or type(object) end

local function matches(name, spec)
   local match = name:match(spec)
   -- A plain name must match whole; a pattern, which differs from what it matched, may match a part.
   return match ~= nil and (match ~= spec or match == name)
end

--- torch.isTypeOf(object, spec): whether its class or one of the parents is `spec`, a name, a pattern or a class.
function class.isTypeOf(object, spec)
   if type(spec) == 'table' then
      local mt = getmetatable(spec)
      -- a constructor table answers with its class; a metatable may be given as well
      spec = name_of[spec] or (type(mt) == 'table' and mt.__typename)
   end
   if type(spec) ~= 'string' then
      error("bad argument #2 to 'isTypeOf' (a class name, a pattern or a class expected)", 2)
   end
   local mt = class_of(object)
   if mt == nil then
      local name = typename(object)
      return name ~= nil and matches(name, spec)
   end
   while mt do
      local name = name_of[mt]
      if name ~= nil and matches(name, spec) then return true end
      mt = getmetatable(mt)
   end
   return false
end

--- torch.isTensor(object), torch.isStorage(object).
function class.isTensor(object)
   local name = typename(object)
   return name ~= nil and name:find('^torch%..*Tensor$') ~= nil
end

function class.isStorage(object)
   local name = typename(object)
   return name ~= nil and name:find('^torch%..*Storage$') ~= nil
end

local machinery = {find = find, metamethods = metamethods}

--- Puts the class functions into `torch`. `names(userdata)` gives the class name of a userdata that is one of
--- the runtime's own, nil for others.
function machinery.install(torch, names)
   if names ~= nil then udata_typename = names end
   for name, fn in pairs(class) do torch[name] = fn end
   return torch
end

return machinery
