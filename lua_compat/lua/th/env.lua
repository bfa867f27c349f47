-- What a script finds in place before it runs: torch, paths, sys and xlua, penlight's modules as globals on first use,
-- its methods of strings, and output that reaches a pipe line by line.

io.stdout:setvbuf('line')

require 'torch'
paths, sys, xlua = require 'paths', require 'sys', require 'xlua'

-- Class modules and function modules of penlight. Such a global is looked for when a script first reads it while it is
-- not set, so a script's own `path` or `data` comes before, and one that does not exist stays nil.
local penlight = {}
for name in ([[app array2d class comprehension compat config data Date dir file func input lapp lexer List Map
   MultiMap OrderedMap operator path permute pretty seq Set sip stringio stringx tablex template test text types url utils xml]]):gmatch('%S+') do
   penlight[name] = 'pl.' .. name
end

local function has_module(name)
   return package.preload[name] ~= nil or package.loaded[name] ~= nil or package.searchpath(name, package.path) ~= nil
end

local global = getmetatable(_G) or {}
local before = global.__index
function global.__index(t, name)
   local module = penlight[name]
   if module ~= nil and has_module(module) then
      penlight[name] = nil
      local value = require(module)
      rawset(t, name, value)
      return value
   end
   if type(before) == 'function' then return before(t, name) end
   return before and before[name]
end
setmetatable(_G, global)

-- ('a,b'):split(','): the functions of penlight's stringx are methods of strings, as in the original `th`; loaded when a
-- script first uses one.
setmetatable(string, {__index = function(_, name)
   return type(name) == 'string' and has_module('pl.stringx') and require('pl.stringx')[name] or nil
end})
