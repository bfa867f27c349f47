-- Copies of a value that was read from a file in memory: scripts that unroll a cell through time read one file a hundred
-- times, and from the second time on its value is copied, which takes a tenth of the time of reading it.
--
-- A value can be copied if it is all plain: numbers, strings, booleans, tables, tensors, storages and objects whose class
-- has no way of its own to read them.

local torch = require 'torch'
local types = require 'torch.types'

local next, type, rawset = next, type, rawset
local AT_ONCE = 100 -- tensors that cross in one call

local copies = {}

-- All tables and all tensors and storages below a value, in lists; nil where it is not all plain.
local function survey(root, is_plain)
   local tables, leaves, known, at = {}, {}, {}, 1
   local function meet(value)
      local kind = type(value)
      if kind == 'table' then
         if not known[value] then
            if not is_plain(value) then return false end
            known[value] = true
            tables[#tables + 1] = value
         end
      elseif kind == 'userdata' then
         if not known[value] then
            if not (types.is_tensor(value) or types.is_storage(value)) then return false end
            known[value] = true
            leaves[#leaves + 1] = value
         end
      elseif kind == 'function' or kind == 'thread' or kind == 'cdata' then
         return false
      end
      return true
   end
   if not meet(root) then return nil end
   while tables[at] do
      for key, value in next, tables[at] do
         if not meet(key) or not meet(value) then return nil end
      end
      at = at + 1
   end
   return {root = root, tables = tables, leaves = leaves}
end

local function put(object, key, value) object[key] = value end

-- The copy of what was surveyed. `twins(leaf, ...)` gives other tensors and storages with the same elements, and
-- `new_object(class)` an object without fields.
local function copied(found, twins, new_object)
   local new = {}
   local leaves = found.leaves
   for first = 1, #leaves, AT_ONCE do
      local last = math.min(first + AT_ONCE - 1, #leaves)
      local made = {twins(unpack(leaves, first, last))}
      for i = first, last do new[leaves[i]] = made[i - first + 1] end
   end
   local setters, setter_of = {}, {}
   for i, old in ipairs(found.tables) do
      local name = torch.typename(old)
      if name == nil then
         new[old], setters[i] = {}, rawset
      else
         if setter_of[name] == nil then
            setter_of[name] = torch.getmetatable(name).__newindex__ == nil and rawset or put
         end
         new[old], setters[i] = new_object(name), setter_of[name]
      end
   end
   for i, old in ipairs(found.tables) do
      local target, set = new[old], setters[i]
      for key, value in next, old do
         local key_of, value_of = new[key], new[value]
         if key_of == nil then key_of = key end
         if value_of == nil then value_of = value end
         set(target, key_of, value_of)
      end
   end
   if new[found.root] ~= nil then return new[found.root] end
   return found.root
end

local kept = {} -- of the file read last: its token, and what was surveyed of a value that no script has

--- copies.keep(token, value, is_plain, twins, new_object): keeps a copy of the value of the file that the token stands for.
function copies.keep(token, value, is_plain, twins, new_object)
   local found = survey(value, is_plain)
   kept = {token = token, found = found and survey(copied(found, twins, new_object), is_plain) or nil}
end

--- copies.has(token), copies.another(twins, new_object): whether there is one, and another copy of it.
function copies.has(token) return kept.token == token and kept.found ~= nil end

function copies.knows(token) return kept.token == token end

function copies.another(twins, new_object) return copied(kept.found, twins, new_object) end

--- copies.forget(): nothing is kept any more.
function copies.forget() kept = {} end

return copies
