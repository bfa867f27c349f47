-- Many values of a .t7 file at once: what lua_compat/t7/scan.lua found becomes Lua's tables, without a crossing for each.
--
-- A slot has a code for each value, and arrays have what the codes stand for: see lua_compat/t7/scanner.py.

local ffi = require 'ffi'
local cast, text = ffi.cast, ffi.string

local ints_type, doubles_type = ffi.typeof 'const int32_t *', ffi.typeof 'const double *'
local bytes_type, address_type = ffi.typeof 'const char *', ffi.typeof 'uintptr_t'

local function at(kind, address) return cast(kind, cast(address_type, address)) end

local CLASSES = {'tds.Hash', 'tds.Vec'} -- by kind

-- The arrays by name, as addresses, and with them the first code of each kind; new_object makes an instance of a class.
-- Gives a function that makes the values of the last scan.
return function(arrays, codes, new_object)
   local slots, numbers = at(ints_type, arrays.slots), at(doubles_type, arrays.numbers)
   local blob = at(bytes_type, arrays.blob)
   local string_start, string_size = at(ints_type, arrays.string_start), at(ints_type, arrays.string_size)
   local long_start, long_size = at(doubles_type, arrays.long_start), at(ints_type, arrays.long_size)
   local table_index, table_kind = at(ints_type, arrays.table_index), at(ints_type, arrays.table_kind)
   local table_start, table_size = at(ints_type, arrays.table_start), at(ints_type, arrays.table_size)
   local table_order = at(ints_type, arrays.table_order)
   local known = at(ints_type, arrays.known)
   local NUMBERS, STRINGS, LONGS, TABLES, KNOWN = codes.numbers, codes.strings, codes.longs, codes.tables, codes.known

   local strings, longs, tables, objects = {}, {}, {}, {}

   local function value_of(code)
      if code < NUMBERS then
         if code > 2 then return code - 2 end
         if code == 0 then return nil end
         return code == 2
      end
      if code < STRINGS then return numbers[code - NUMBERS] end
      if code < LONGS then return strings[code - STRINGS] end
      if code < TABLES then return longs[code - LONGS] end
      if code < KNOWN then return tables[code - TABLES + 1] end
      return objects[known[code - KNOWN]]
   end

   -- Entries from the slots first, first + step, ... before stop; a key whose value is missing is left.
   local function put(t, first, stop, step)
      for place = first, stop - 2 * step, 2 * step do
         t[value_of(slots[place])] = value_of(slots[place + step])
      end
   end

   local function put_list(t, first, stop)
      for place = first, stop - 1 do t[place - first + 1] = value_of(slots[place]) end
   end

   -- by_number: the file's objects by their numbers, as far as Lua has them. data: the address of the file.
   -- string_count, ...: how many there are of each; `done` of the containers have all of their values.
   -- open: the ordinal of a table that has not, and where its slots end, for each of these.
   -- target: the table around, or nil; the slots of its values, backwards; the key without a value that came before them.
   -- Gives the containers made.
   return function(by_number, data, string_count, long_count, table_count, done, open, target, first, stop, key)
      objects, strings, longs, tables = by_number, {}, {}, {}
      local bytes = at(bytes_type, data)
      for k = 0, string_count - 1 do strings[k] = text(blob + string_start[k], string_size[k]) end
      for k = 0, long_count - 1 do longs[k] = text(bytes + long_start[k], long_size[k]) end
      for k = 0, table_count - 1 do
         local kind = table_kind[k]
         local made
         if kind == 0 then made = {} else made = new_object(CLASSES[kind]) end
         tables[k + 1] = made
         objects[table_index[k]] = made
      end
      -- In the order of the file: a tds container takes a copy of a table.
      for i = 0, done - 1 do
         local k = table_order[i]
         local from = table_start[k]
         if table_kind[k] == 2 then
            put_list(tables[k + 1], from, from + table_size[k])
         else
            put(tables[k + 1], from, from + table_size[k], 1)
         end
      end
      for k, to in pairs(open) do put(tables[k + 1], table_start[k], to, 1) end
      if target ~= nil then
         if key ~= nil and first > stop then
            target[key] = value_of(slots[first])
            first = first - 1
         end
         put(target, first, stop, -1)
      end
      local made = tables
      objects, strings, longs, tables = nil, nil, nil, nil -- nothing is kept alive from here
      return made
   end
end
