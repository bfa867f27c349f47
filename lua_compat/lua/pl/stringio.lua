-- pl.stringio: texts that are read and written like files.

local stringio = {}

local Writer, Reader = {}, {}
Writer.__index, Reader.__index = Writer, Reader

--- stringio.create(): an object with write, writef, value, close and seek.
function stringio.create() return setmetatable({pieces = {}}, Writer) end

function Writer:write(...)
   for i = 1, select('#', ...) do table.insert(self.pieces, tostring((select(i, ...)))) end
   return self
end

function Writer:writef(format, ...) return self:write(format:format(...)) end

function Writer:value() return table.concat(self.pieces) end

Writer.__tostring = Writer.value

function Writer:seek(whence, offset)
   local length = #self:value()
   if whence == 'set' and (offset or 0) == 0 then self.pieces = {} end
   return length
end

function Writer.close() end

--- stringio.open(text): an object with read, lines, seek and close.
function stringio.open(text) return setmetatable({text = text, at = 1}, Reader) end

local function read_line(self, keep)
   if self.at > #self.text then return nil end
   local last = self.text:find('\n', self.at, true) or #self.text + 1
   local line = self.text:sub(self.at, keep and last or last - 1)
   self.at = last + 1
   return line
end

local formats = {l = read_line, L = function(self) return read_line(self, true) end}

function formats.a(self)
   local rest = self.text:sub(self.at)
   self.at = #self.text + 1
   return rest
end

function formats.n(self)
   local _, last = self.text:find('^%s*[+-]?[%w.]+', self.at)
   if last == nil then return nil end
   local number = tonumber(self.text:sub(self.at, last))
   if number ~= nil then self.at = last + 1 end
   return number
end

local function read_one(self, format)
   if type(format) == 'number' then
      if self.at > #self.text then return nil end
      local part = self.text:sub(self.at, self.at + format - 1)
      self.at = self.at + #part
      return part
   end
   local read = formats[(format or 'l'):match('^%*?(%a)')]
   if read == nil then error(("bad argument #1 to 'read' (invalid format '%s')"):format(tostring(format)), 3) end
   return read(self)
end

function Reader:read(...)
   local n = select('#', ...)
   if n == 0 then return read_one(self) end
   local results = {}
   for i = 1, n do results[i] = read_one(self, (select(i, ...))) end
   return unpack(results, 1, n)
end

function Reader:lines(...)
   local wanted = {...}
   return function() return self:read(unpack(wanted)) end
end

function Reader:seek(whence, offset)
   local from = whence == 'set' and 1 or whence == 'end' and #self.text + 1 or self.at
   self.at = math.max(1, math.min(#self.text + 1, from + (offset or 0)))
   return self.at - 1
end

function Reader.close() end

--- stringio.lines(text): iterates over its lines.
function stringio.lines(text) return stringio.open(text):lines() end

return stringio
