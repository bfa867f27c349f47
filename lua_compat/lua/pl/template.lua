-- pl.template: texts with Lua in them: lines that begin with # are code, $(expression) is its value.

local stringx = require 'pl.stringx'
local utils = require 'pl.utils'

local template = {}

-- The pieces of a line outside code, as calls of the function that collects.
local function add_text(code, line, inline, brackets)
   local from = 1
   while true do
      local first, last, expression = line:find(utils.escape(inline) .. '(%b' .. brackets .. ')', from)
      local plain = line:sub(from, first and first - 1)
      if plain ~= '' then code[#code + 1] = ('put_(%q)'):format(plain) end
      if first == nil then return end
      code[#code + 1] = 'put_(tostring(' .. expression:sub(2, -2) .. '))'
      from = last + 1
   end
end

--- template.compile(text [, options]): an object whose :render(table [, parent]) gives the text; nil and a message.
function template.compile(text, options)
   options = options or {}
   local escape, inline = options.escape or '#', options.inline_escape or '$'
   local brackets = options.inline_brackets or '()'
   local code = {'return function(put_) '}
   for _, line in ipairs(stringx.splitlines(text, true)) do
      local lua = line:match('^%s*' .. utils.escape(escape) .. '(.*)$')
      if lua ~= nil then code[#code + 1] = (lua:gsub('\n$', '')) else add_text(code, line, inline, brackets) end
   end
   code[#code + 1] = 'end'
   local chunk, problem = loadstring(table.concat(code, '\n'), options.chunk_name or 'TMP')
   if chunk == nil then return nil, problem end
   local compiled = {}
   function compiled.render(_, values, parent)
      local pieces = {}
      local base = setmetatable({tostring = tostring}, {__index = parent or (values and values._parent)})
      setfenv(chunk, setmetatable({}, {__index = function(_, name)
         local value
         if values ~= nil then value = values[name] end
         if value == nil then value = base[name] end
         return value
      end}))
      local ok, failure = pcall(chunk(), function(piece) pieces[#pieces + 1] = piece end)
      if not ok then return nil, failure end
      return table.concat(pieces)
   end
   return compiled
end

--- template.substitute(text [, values]): values._parent is where else names are looked for, values._escape and the like
--- replace the marks. The text; nil and a message.
function template.substitute(text, values)
   values = values or {}
   local compiled, problem = template.compile(text, {
      escape = values._escape, inline_escape = values._inline_escape, inline_brackets = values._brackets,
      chunk_name = values._chunk_name,
   })
   if compiled == nil then return nil, problem end
   return compiled:render(values, values._parent)
end

return template
