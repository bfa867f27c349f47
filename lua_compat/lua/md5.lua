-- md5: digests and the cipher that the package of this name builds of them. `require 'md5'` gives the package.

local bit = require 'bit'
local digests = require '_digests'

local md5 = {}

local HASH, LONGEST_KEY = 16, 256

local function check_string(name, n, value)
   if type(value) == 'number' then return tostring(value) end
   if type(value) ~= 'string' then
      local kind = value == nil and 'no value' or type(value)
      error(("bad argument #%d to '%s' (string expected, got %s)"):format(n, name, kind), 3)
   end
   return value
end

--- md5.sum(message): 16 bytes. md5.sumhexa(message): the same as 32 hexadecimal digits.
function md5.sum(message) return digests.md5(check_string('sum', 1, message)) end

function md5.sumhexa(message)
   return (digests.md5(check_string('sumhexa', 1, message)):gsub('.', function(c) return ('%02x'):format(c:byte()) end))
end

local function exclusive_or(a, b)
   local letters = {}
   for i = 1, #a do letters[i] = string.char(bit.bxor(a:byte(i), b:byte(i))) end
   return table.concat(letters)
end

--- md5.exor(a, b): the bytes of two strings of one length under exclusive or.
function md5.exor(a, b)
   a, b = check_string('exor', 1, a), check_string('exor', 2, b)
   if #a ~= #b then error("bad argument #2 to 'exor' (lengths must be equal)", 2) end
   return exclusive_or(a, b)
end

-- The message under a stream of digests: each is that of the last 16 enciphered bytes (the seed at first) and the key.
local function stream(message, key, seed, deciphering)
   local block, pieces = seed .. ('\0'):rep(HASH - #seed), {}
   for from = 1, #message, HASH do
      local piece = message:sub(from, from + HASH - 1)
      local changed = exclusive_or(piece, digests.md5(block .. key))
      local cipher = deciphering and piece or changed
      block = cipher .. block:sub(#cipher + 1)
      pieces[#pieces + 1] = changed
   end
   return table.concat(pieces)
end

local function check_key(name, key)
   key = check_string(name, 2, key)
   if #key > LONGEST_KEY then error(('key too long (> %d)'):format(LONGEST_KEY), 3) end
   return key
end

--- md5.crypt(message, key [, seed]): the message enciphered; the seed, up to 16 bytes, makes each time another text of it.
function md5.crypt(message, key, seed)
   message, key = check_string('crypt', 1, message), check_key('crypt', key)
   seed = seed == nil and digests.md5(('%.6f'):format(require('_host').wall())) or check_string('crypt', 3, seed)
   if #seed > HASH then error(("bad argument #3 to 'crypt' (seed too long (> %d))"):format(HASH), 2) end
   return string.char(#seed) .. seed .. stream(message, key, seed, false)
end

--- md5.decrypt(text, key): the message.
function md5.decrypt(text, key)
   text, key = check_string('decrypt', 1, text), check_key('decrypt', key)
   local length = text:byte(1)
   if length == nil or length > HASH or #text < length + 1 then
      error("bad argument #1 to 'decrypt' (invalid cyphered string)", 2)
   end
   return stream(text:sub(length + 2), key, text:sub(2, length + 1), true)
end

rawset(_G, 'md5', md5) -- scripts name it without keeping what require gives

return md5
