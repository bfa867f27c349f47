-- Comma-separated values as text: rows out of a text, a row as text. Values are strings.

local text = {}

--- text.records(content, separator): the places in a text where its rows begin and end, {first, last} in turn. A line that
--- ends within quotation marks goes on, and they begin where a value does; an empty line is no row.
function text.records(content, separator)
   local places, from, n = {}, 1, #content
   local at, quoted = 1, false
   local before = separator:byte(-1)
   while from <= n do
      local stop = content:find('[\n"]', at)
      if stop == nil then stop = n + 1 end
      if content:byte(stop) == 34 then
         at = stop + 1
         if not quoted then
            quoted = stop == from or content:byte(stop - 1) == before
         elseif content:byte(at) == 34 then
            at = at + 1
         else
            quoted = false
         end
      elseif quoted and stop <= n then
         at = stop + 1
      else
         local last = stop - 1
         if content:byte(last) == 13 then last = last - 1 end
         if last >= from then
            places[#places + 1] = from
            places[#places + 1] = last
         end
         from, at, quoted = stop + 1, stop + 1, false
      end
   end
   return places
end

--- text.fields(record, separator): the values in a row. One in quotation marks may hold separators, ends of lines, and
--- quotation marks written twice.
function text.fields(record, separator)
   local values, at, n = {}, 1, #record
   while true do
      local value
      if record:byte(at) == 34 then
         local pieces = {}
         at = at + 1
         while true do
            local close = record:find('"', at, true)
            if close == nil then -- never closed: all that is left
               pieces[#pieces + 1] = record:sub(at)
               at = n + 1
               break
            end
            pieces[#pieces + 1] = record:sub(at, close - 1)
            at = close + 1
            if record:byte(at) ~= 34 then break end
            pieces[#pieces + 1] = '"'
            at = at + 1
         end
         local stop = record:find(separator, at, true) or n + 1
         value = table.concat(pieces) .. record:sub(at, stop - 1)
         at = stop
      else
         local stop = record:find(separator, at, true) or n + 1
         value = record:sub(at, stop - 1)
         at = stop
      end
      values[#values + 1] = value
      if at > n then return values end
      at = at + #separator
   end
end

--- text.row(values, separator): a row as text, its values in quotation marks where they have to be.
function text.row(values, separator)
   local cells = {}
   for i = 1, #values do
      local cell = tostring(values[i])
      if cell:find('[\r\n"]') or cell:find(separator, 1, true) then cell = '"' .. cell:gsub('"', '""') .. '"' end
      cells[i] = cell
   end
   return table.concat(cells, separator)
end

return text
