-- pl.url: texts as parts of addresses, and back.

local url = {}

--- url.quote(text [, plus]): what has a meaning in an address as %XX; with plus, a blank as +. url.unquote(text).
function url.quote(text, plus)
   if type(text) ~= 'string' then return text end
   text = text:gsub('\n', '\r\n'):gsub('([^%w /_.~-])', function(c) return ('%%%02X'):format(c:byte()) end)
   return (text:gsub(' ', plus and '+' or '%%20'))
end

function url.unquote(text)
   if type(text) ~= 'string' then return text end
   text = text:gsub('+', ' '):gsub('%%(%x%x)', function(digits) return string.char(tonumber(digits, 16)) end)
   return (text:gsub('\r\n', '\n'))
end

return url
