-- pl.app: a script's own surroundings.

local host = require '_host'
local path = require 'pl.path'
local utils = require 'pl.utils'

local app = {}

--- app.script_name(): the script's file; nil where there is none.
function app.script_name()
   local arg = rawget(_G, 'arg')
   return arg and arg[0]
end

--- app.require_here([folder]): require finds modules beside the script (or in a folder there); returns that folder.
function app.require_here(folder)
   local here = path.dirname(path.abspath(app.script_name() or ''))
   if folder ~= nil then here = path.join(here, folder) end
   package.path = here .. '/?.lua;' .. here .. '/?/init.lua;' .. package.path
   return here .. '/'
end

--- app.appfile(name): a file in a folder of the user's for this script, which is made.
function app.appfile(name)
   local script = path.splitext(path.basename(app.script_name() or 'lua'))
   local folder = path.join(host.home(), '.' .. script)
   if not path.isdir(folder) then
      local ok, message = host.makedirs(folder)
      if not ok then return utils.raise('cannot make ' .. folder .. ': ' .. tostring(message)) end
   end
   return path.join(folder, name)
end

--- app.platform(): 'Linux', 'OSX' or 'Windows'; app.lua(): the interpreter.
function app.platform()
   local name = host.uname()
   return name == 'Darwin' and 'OSX' or name
end

function app.lua()
   local arg = rawget(_G, 'arg')
   return arg and arg[-1] or 'th'
end

--- app.parse_args(words [, flags with values]): flags (a table: --name=value, --name, -abc) and the other words.
function app.parse_args(words, with_values)
   words = words or rawget(_G, 'arg') or {}
   local takes, flags, rest = {}, {}, {}
   for key, name in pairs(with_values or {}) do
      if type(key) == 'string' and name then takes[key] = true elseif type(key) == 'number' then takes[name] = true end
   end
   local i = 1
   while i <= #words do
      local word = words[i]
      local long, value = word:match('^%-%-([^=:]+)[=:](.*)$')
      if long ~= nil then
         flags[long] = value
      elseif word:find('^%-%-?%a') then
         local name = word:match('^%-%-?(.*)$')
         if takes[name] then
            i = i + 1
            if words[i] == nil then return utils.raise("no value for '" .. name .. "'") end
            flags[name] = words[i]
         elseif word:find('^%-%-') then
            flags[name] = true
         else
            local letter, attached = name:match('^(%a)[=:]?(.*)$')
            if attached ~= '' and (takes[letter] or attached:find('^%d')) then flags[letter] = attached
            else
               for single in name:gmatch('.') do flags[single] = true end
            end
         end
      else
         rest[#rest + 1] = word
      end
      i = i + 1
   end
   return flags, rest
end

return app
