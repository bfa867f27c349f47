-- Cuts the bytes of a .t7 file into values, as fast as compiled code, for lua_compat/t7/scanner.py.
--
-- A scan writes a code for each value into `slots`, and what the codes stand for into arrays of their own; no value of
-- Lua's is made. It stops before whatever the format's handlers must see: malformed data, a class, a function, the end,
-- and in text before whatever is not laid out as Torch7 does.
--
-- This chunk is loaded once for each encoding, so that each gets compiled loops of its own.

local ffi = require 'ffi'
local bit = require 'bit'
local cast, copy, fill = ffi.cast, ffi.copy, ffi.fill
local band, bxor, rshift, tobit = bit.band, bit.bxor, bit.rshift, bit.tobit

pcall(ffi.cdef, [[
   int memcmp(const void *, const void *, size_t);
   double strtod(const char *, char **);
]])
local memcmp, strtod = ffi.C.memcmp, ffi.C.strtod

local NIL, NUMBER, STRING, TABLE, OBJECT, BOOLEAN = 0, 1, 2, 3, 4, 5
local FUNCTION, RECURSIVE_FUNCTION = 7, 8

-- Of the strings in a scan of at least FEW, the share that may differ before most scans give up comparing.
local MOST_DIFFERENT, FEW, SOME = 0.7, 64, 8

local bytes_type = ffi.typeof 'const uint8_t *'
local int_type = ffi.typeof 'const int32_t *'
local double_type = ffi.typeof 'const double *'
local long_type = ffi.typeof 'const int64_t *'
local ints_type = ffi.typeof 'int32_t *'
local doubles_type = ffi.typeof 'double *'

-- What an encoding has: int, number and long read one from `room` bytes at p and give it and its size in bytes, or nil;
-- hash and vec are what begins a container of tds, after its number; smallest is the size of a nil.

local binary = {
   smallest = 4,
   line_end = -1,
   hash = '\3\0\0\0V 0\8\0\0\0tds.Hash',
   vec = '\3\0\0\0V 0\7\0\0\0tds.Vec',
   int = function(p, room)
      if room >= 4 then return cast(int_type, p)[0], 4 end
   end,
   number = function(p, room)
      if room >= 8 then return cast(double_type, p)[0], 8 end
   end,
   long = function(p, room, width)
      if room < width or width == 0 then return end
      if width == 8 then return tonumber(cast(long_type, p)[0]), 8 end
      return cast(int_type, p)[0], 4
   end,
}

local function starts(p, room, text) return room >= #text and memcmp(p, text, #text) == 0 end

local LINE_END, MINUS, ZERO, NINE = 10, 45, 48, 57

-- Digits and a line end.
local function natural(p, room)
   local value, i = 0, 0
   while i < room and i < 10 do
      local c = p[i]
      if c < ZERO or c > NINE then
         if c == LINE_END and i > 0 then return value, i + 1 end
         return
      end
      value = 10 * value + (c - ZERO)
      i = i + 1
   end
end

local is_part = ffi.new('uint8_t[256]') -- of a number's text
for c in ('0123456789+-.eE'):gmatch('.') do is_part[c:byte()] = 1 end

local after = ffi.new('char *[1]')

local function decimal(p, room)
   local first = p[0] == MINUS and 1 or 0
   local value, i = 0, first
   while i < room and i < first + 15 do
      local c = p[i]
      if c < ZERO or c > NINE then break end
      value = 10 * value + (c - ZERO)
      i = i + 1
   end
   if i < room and p[i] == LINE_END and i > first and not (first == 1 and value == 0) then
      return first == 1 and -value or value, i + 1
   end
   while i < room and i < 64 and is_part[p[i]] == 1 do i = i + 1 end
   if i == 0 or i >= room or p[i] ~= LINE_END then return end
   value = strtod(cast('const char *', p), after)
   if cast(bytes_type, after[0]) == p + i then return value, i + 1 end
end

local ascii = {
   smallest = 1,
   line_end = LINE_END,
   hash = '3\nV 0\n8\ntds.Hash\n',
   vec = '3\nV 0\n7\ntds.Vec\n',
   int = natural,
   number = decimal,
   long = natural,
}

-- The arrays, by name, are those of scanner.py; `sizes` has their capacities and the first code of each kind.
return function(arrays, sizes, is_ascii)
   local encoding = is_ascii and ascii or binary
   local smallest, line_end, HASH, VEC = encoding.smallest, encoding.line_end, encoding.hash, encoding.vec
   local int, number, long = encoding.int, encoding.number, encoding.long
   local slots = cast(ints_type, arrays.slots)
   local numbers = cast(doubles_type, arrays.numbers)
   local blob = cast('uint8_t *', arrays.blob)
   local string_start, string_size = cast(ints_type, arrays.string_start), cast(ints_type, arrays.string_size)
   local string_hash, chains = cast(ints_type, arrays.string_hash), cast(ints_type, arrays.chains)
   local long_start, long_size = cast(doubles_type, arrays.long_start), cast(ints_type, arrays.long_size)
   local table_index, table_kind = cast(ints_type, arrays.table_index), cast(ints_type, arrays.table_kind)
   local table_start, table_size = cast(ints_type, arrays.table_start), cast(ints_type, arrays.table_size)
   local table_order = cast(ints_type, arrays.table_order)
   local known = cast(ints_type, arrays.known)
   local open_table, open_left = cast(ints_type, arrays.open_table), cast(ints_type, arrays.open_left)
   local open_cursor = cast(ints_type, arrays.open_cursor)
   local SLOTS, DEPTH, CHAINS, SHORT = sizes.slots, sizes.depth, sizes.chains, sizes.short
   local SMALL, NUMBERS, STRINGS, LONGS = sizes.small, sizes.NUMBERS, sizes.STRINGS, sizes.LONGS
   local TABLES, KNOWN = sizes.TABLES, sizes.KNOWN
   local mask = CHAINS - 1

   local string_count, blob_size = 0, 0
   -- Looking for the same string takes as long as another one costs: where nearly all differ, only some scans do it.
   local comparing, met, scans = true, 0, 0

   local function new_string(p, size)
      local made = string_count
      string_size[made], string_start[made] = size, blob_size
      copy(blob + blob_size, p, size)
      blob[blob_size + size] = 0
      blob_size = blob_size + size + 1
      string_count = made + 1
      return made
   end

   -- The ordinal of a short string: the same one for the same bytes.
   local function string_of(p, size)
      met = met + 1
      local hash, i = size, 0
      while i + 4 <= size do
         hash = tobit(bxor(hash, cast(int_type, p + i)[0]) * 40503) -- below 2^51, so that no bit of the product is lost
         hash = bxor(hash, rshift(hash, 15))
         i = i + 4
      end
      while i < size do
         hash = tobit(bxor(hash, p[i]) * 40503)
         hash = bxor(hash, rshift(hash, 15))
         i = i + 1
      end
      local place = band(bxor(hash, rshift(hash, 16)), mask)
      while true do
         local found = chains[place] - 1
         if found < 0 then break end
         if string_hash[found] == hash and string_size[found] == size and
            memcmp(blob + string_start[found], p, size) == 0 then return found end
         place = band(place + 1, mask)
      end
      local made = new_string(p, size)
      chains[place], string_hash[made] = made + 1, hash
      return made
   end

   -- address: of the file's first byte; from, stop: where to begin, and the file's end.
   -- left: how many values the container around is still to get; keyed: whether every other one of them is a key.
   -- seen: the array that has, for each object's number below seen_size, 0 or a mark; this scan marks from `first`.
   -- Slots of the container around are taken from the end, those of the containers met from the beginning.
   return function(address, from, stop, left, keyed, seen_address, seen_size, first, width)
      local data = cast(bytes_type, cast('uintptr_t', address))
      local seen = cast(ints_type, cast('uintptr_t', seen_address))
      local position, cursor, step, free = from, SLOTS - 1, -1, 0
      local current, depth, outer_keyed = -1, 0, keyed
      local number_count, long_count, table_count, done, known_count = 0, 0, 0, 0, 0
      local full = false
      string_count, blob_size, met = 0, 0, 0
      scans = scans + 1
      if scans % SOME == 0 then comparing = true end
      if comparing then fill(chains, 4 * CHAINS) end
      while true do
         local code
         if left == 0 then
            if depth == 0 then break end
            code = TABLES + current
            table_order[done] = current
            done = done + 1
            depth = depth - 1
            current, left, cursor = open_table[depth], open_left[depth], open_cursor[depth]
            if depth == 0 then step, keyed = -1, outer_keyed else keyed = table_kind[current] ~= 2 end
         else
            if depth == 0 and cursor <= free then full = true; break end
            local tag, size, length
            tag, length = int(data + position, stop - position)
            if tag == nil then break end
            local place = position + length
            if tag == NUMBER then
               local value
               value, length = number(data + place, stop - place)
               if value == nil then break end
               if value >= 1 and value < SMALL and tobit(value) == value then
                  code = 2 + tobit(value)
               else
                  if value ~= value and keyed and band(left, 1) == 0 then break end
                  numbers[number_count] = value
                  code = NUMBERS + number_count
                  number_count = number_count + 1
               end
               position = place + length
            elseif tag == NIL then
               if keyed and band(left, 1) == 0 then break end
               code = 0
               position = place
            else
               size, length = int(data + place, stop - place)
               if size == nil then break end
               place = place + length
               if tag == STRING then
                  if size < 0 or place + size > stop then break end
                  if size <= SHORT then
                     code = STRINGS + (comparing and string_of or new_string)(data + place, size)
                  else
                     long_start[long_count], long_size[long_count] = place, size
                     code = LONGS + long_count
                     long_count = long_count + 1
                  end
                  position = place + size
                  if size > 0 and position < stop and data[position] == line_end then position = position + 1 end
               elseif tag == BOOLEAN then
                  if size == 0 then code = 1 elseif size == 1 then code = 2 else break end
                  position = place
               elseif tag == TABLE or tag == OBJECT or tag == FUNCTION or tag == RECURSIVE_FUNCTION then
                  if size < 1 or size >= seen_size then break end
                  local mark = seen[size]
                  if mark >= first then
                     code = TABLES + (mark - first)
                     position = place
                  elseif mark > 0 then
                     known[known_count] = size
                     code = KNOWN + known_count
                     known_count = known_count + 1
                     position = place
                  else
                     local count, kind
                     if tag == TABLE then
                        count, length = int(data + place, stop - place)
                        kind = 0
                     elseif tag == OBJECT and starts(data + place, stop - place, HASH) then
                        place = place + #HASH
                        count, length = long(data + place, stop - place, width)
                        kind = 1
                     elseif tag == OBJECT and starts(data + place, stop - place, VEC) then
                        place = place + #VEC
                        count, length = long(data + place, stop - place, width)
                        kind = 2
                     end
                     if count == nil then break end
                     place = place + length
                     if count < 0 or (kind == 2 and 1 or 3) * smallest * count > stop - place then break end
                     if kind ~= 2 then count = 2 * count end
                     if free + count > (depth == 0 and cursor or open_cursor[0]) or depth == DEPTH then
                        full = true
                        break
                     end
                     local made = table_count
                     table_count = made + 1
                     seen[size] = first + made
                     table_index[made], table_kind[made] = size, kind
                     table_start[made], table_size[made] = free, count
                     position = place
                     open_table[depth], open_left[depth], open_cursor[depth] = current, left, cursor
                     depth = depth + 1
                     current, left, cursor, step, keyed = made, count, free, 1, kind ~= 2
                     free = free + count
                     goto continue
                  end
               else
                  break
               end
            end
         end
         slots[cursor] = code
         cursor = cursor + step
         left = left - 1
         ::continue::
      end
      open_table[depth], open_left[depth], open_cursor[depth] = current, left, cursor
      if comparing then comparing = string_count < MOST_DIFFERENT * met or met < FEW end
      return position, full, depth, free, number_count, string_count, blob_size, long_count, table_count, known_count
   end
end
