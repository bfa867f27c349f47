-- xlua.Profiler: named stopwatches.
--
--   local profiler = xlua.Profiler()
--   profiler:start('load'); ...; profiler:lap('load'); profiler:printAll()

local host = require '_host'
local colors = require 'sys.colors'

local Profiler = {}
Profiler.__index = Profiler

local function new(_, on, sync)
   return setmetatable({on = on ~= false, sync = sync, list = {}, names = {}}, Profiler)
end

local function watch(self, name)
   local entry = self.list[name]
   if entry == nil then
      entry = {name = name, count = 0, sum = 0, real = 0}
      self.list[name] = entry
      table.insert(self.names, name)
   end
   return entry
end

--- profiler:start(name).
function Profiler:start(name)
   if not self.on then return end
   watch(self, name).started = host.monotonic()
end

--- profiler:lap(name): the seconds since start; the sum and the count are kept.
function Profiler:lap(name)
   if not self.on then return 0 end
   if self.sync then self.sync() end
   local entry = self.list[name]
   if entry == nil or entry.started == nil then error(('profiler: %s was not started'):format(tostring(name)), 2) end
   entry.real = host.monotonic() - entry.started
   entry.sum, entry.count = entry.sum + entry.real, entry.count + 1
   return entry.real
end

--- profiler:reset(name), profiler:resetAll(): forget what was measured.
function Profiler:reset(name)
   local entry = self.list[name]
   if entry ~= nil then entry.sum, entry.count, entry.real, entry.started = 0, 0, 0, nil end
end

function Profiler:resetAll()
   for _, name in ipairs(self.names) do self:reset(name) end
end

--- profiler:get(name): {real =, sum =, count =, mean =}; nil for an unknown name.
function Profiler:get(name)
   local entry = self.list[name]
   if entry == nil then return nil end
   local mean = entry.count > 0 and entry.sum / entry.count or 0
   return {real = entry.real, sum = entry.sum, count = entry.count, mean = mean}
end

local function line(self, name)
   local times = self:get(name)
   print(('%s%-20s%s last %10.3f ms, mean %10.3f ms, total %10.3f ms, %d laps'):format(
      colors.Cyan, tostring(name), colors.none, times.real * 1e3, times.mean * 1e3, times.sum * 1e3, times.count))
end

--- profiler:print(name), profiler:printAll().
function Profiler:print(name)
   if self.list[name] ~= nil then line(self, name) end
end

function Profiler:printAll()
   for _, name in ipairs(self.names) do line(self, name) end
end

return setmetatable(Profiler, {__call = new})
