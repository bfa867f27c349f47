-- What Lua writes goes where Python's output goes: into a notebook's cell, say.
--
-- Files that a script opens are written as ever, and so is what programs write that a script starts.

local files = debug.getmetatable(io.stdout).__index
local raw_write, raw_flush, raw_io_write, raw_io_flush = files.write, files.flush, io.write, io.flush
local stdout, stderr, type, select = io.stdout, io.stderr, type, select

local function is_text(...)
   for i = 1, select('#', ...) do
      local kind = type((select(i, ...)))
      if kind ~= 'string' and kind ~= 'number' then return false end
   end
   return true
end

--- output(write, flush): write(stream, text) and flush(stream) are Python's; the stream is 'stdout' or 'stderr'.
return function(write, flush)
   local names = {[stdout] = 'stdout', [stderr] = 'stderr'}

   function files.write(file, ...)
      local name = names[file]
      if name == nil or not is_text(...) then return raw_write(file, ...) end
      if select('#', ...) > 0 then write(name, table.concat {...}) end
      return raw_write(file)
   end

   function files.flush(file)
      if names[file] == nil then return raw_flush(file) end
      flush(names[file])
      return raw_flush(file)
   end

   function io.write(...)
      local file = io.output()
      if names[file] == nil or not is_text(...) then return raw_io_write(...) end
      return files.write(file, ...)
   end

   function io.flush()
      local file = io.output()
      if names[file] == nil then return raw_io_flush() end
      return files.flush(file)
   end

   -- Lua's own print, which setprintlevel(0) brings back
   function _G.print_old(...)
      local words = {}
      for i = 1, select('#', ...) do words[i] = tostring((select(i, ...))) end
      files.write(stdout, table.concat(words, '\t'), '\n')
   end
end
