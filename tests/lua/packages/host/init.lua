-- What packages do to Lua itself: C through ffi, hooks, loaders, strict globals, files found by name.

local ffi = require 'ffi'
local host = {name = ..., ffi = ffi}

ffi.cdef [[
void *memcpy(void *to, const void *from, size_t n);
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));
double fabs(double x);
int snprintf(char *s, size_t n, const char *format, ...);
typedef struct { int label; double weight; float point[2]; } host_sample;
]]

--- A tensor over memory of C, and its elements sorted there.
function host.sort(tensor)
   assert(tensor:isContiguous())
   local compare = ffi.cast('int (*)(const void *, const void *)', function(a, b)
      local x, y = ffi.cast('const double *', a)[0], ffi.cast('const double *', b)[0]
      return x < y and -1 or x > y and 1 or 0
   end)
   ffi.C.qsort(torch.data(tensor), tensor:nElement(), ffi.sizeof 'double', compare)
   compare:free()
   return tensor
end

--- The fields of C's samples as tensors: copies made by memcpy.
function host.columns(samples, n)
   local points = torch.FloatTensor(n, 2)
   for i = 0, n - 1 do ffi.C.memcpy(points[i + 1]:data(), samples[i].point, 2 * ffi.sizeof 'float') end
   return points
end

--- Globals that are read or set without being declared are errors, until the function that is returned is called.
function host.strict()
   local before, declared = getmetatable(_G), {}
   setmetatable(_G, {
      __newindex = function(t, name, value)
         local what = debug.getinfo(2, 'S').what
         if not declared[name] and what ~= 'main' and what ~= 'C' then error('assign to undeclared variable ' .. name, 2) end
         declared[name] = true
         rawset(t, name, value)
      end,
      __index = function(_, name) error('variable ' .. tostring(name) .. ' is not declared', 2) end,
   })
   return function() setmetatable(_G, before) end
end

--- Modules made of strings, for as long as the hook is there.
function host.loader(sources)
   local function find(name)
      local source = sources[name]
      if source == nil then return ("\n\tno source '%s'"):format(name) end
      return assert(loadstring(source, '=' .. name))
   end
   table.insert(package.loaders, 2, find)
   return function()
      for i, loader in ipairs(package.loaders) do
         if loader == find then table.remove(package.loaders, i) end
      end
   end
end

--- How many lines of Lua a function runs.
function host.lines(f, ...)
   local count = 0
   jit.off()
   jit.flush()
   debug.sethook(function() count = count + 1 end, 'l')
   local answer = f(...)
   debug.sethook()
   jit.on()
   return count, answer
end

return host
