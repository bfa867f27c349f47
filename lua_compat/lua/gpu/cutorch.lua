-- cutorch where there is no GPU: the Cuda types, and a device that is the CPU. `th --cuda=cpu` has it.
--
-- All that is computed is computed at once, so streams and events have nothing to wait for. Cuda tensors draw from the CPU's
-- generator; the device has one of its own, whose seed and state scripts set and ask for, and from which nothing is drawn.

local torch = require 'torch'
local types = require 'torch.types'
local errors = require 'torch.errors'

local cutorch = {
   _state = {}, magma = true, hasHalf = true, hasFastHalfInstructions = function() return true end,
   hasHalfInstructions = function() return true end, driverVersion = 8000, runtimeVersion = 8000,
}
_G.cutorch = cutorch

for _, word in ipairs(types.words) do
   if types.base[word] ~= word then
      for _, role in ipairs {'Tensor', 'Storage'} do
         torch[word .. role] = torch.getconstructortable('torch.' .. word .. role)
      end
   end
end

--------------------------------------------------------------------------------------------------------- devices

local function check_device(name, device)
   if device ~= nil and device ~= 1 then
      errors.raise('cutorch.%s: cuda runtime error (10) : invalid device ordinal: %s; --cuda=cpu has device 1 alone', name,
         tostring(device))
   end
end

function cutorch.getDeviceCount() return 1 end
function cutorch.getDevice() return 1 end
function cutorch.setDevice(device)
   if device == nil then errors.argument(1, 'setDevice', 'number expected, got nil') end
   check_device('setDevice', device)
end

--- cutorch.withDevice(device, f, ...): what f(...) returns.
function cutorch.withDevice(device, f, ...)
   check_device('withDevice', device)
   return f(...)
end

-- Free and total bytes of main memory; what is free includes what the system would give back.
local function memory()
   local found = {}
   local file = io.open('/proc/meminfo')
   if file ~= nil then
      for line in file:lines() do
         local name, kilobytes = line:match('^(%w+):%s*(%d+)')
         if name ~= nil then found[name] = kilobytes * 1024 end
      end
      file:close()
   end
   local total = found.MemTotal or 0
   return found.MemAvailable or found.MemFree or total, total
end

--- cutorch.getMemoryUsage([device]): free bytes, all bytes.
function cutorch.getMemoryUsage(device)
   check_device('getMemoryUsage', device)
   return memory()
end

function cutorch.getDeviceProperties(device)
   check_device('getDeviceProperties', device)
   local free, total = memory()
   return {
      name = 'CPU (th --cuda=cpu)', totalGlobalMem = total, freeGlobalMem = free, major = 6, minor = 0, warpSize = 32,
      multiProcessorCount = torch.getnumcores(), maxThreadsPerBlock = 1024, maxThreadsPerMultiProcessor = 2048,
      sharedMemPerBlock = 49152, regsPerBlock = 65536, totalConstMem = 65536, textureAlignment = 512, memPitch = 2147483647,
      clockRate = 1000000, memoryClockRate = 1000000, memoryBusWidth = 64, l2CacheSize = 0, asyncEngineCount = 1,
      canMapHostMemory = 1, computeMode = 0, concurrentKernels = 1, deviceOverlap = 1, ECCEnabled = 0, integrated = 1,
      kernelExecTimeoutEnabled = 0, pciBusID = 0, pciDeviceID = 0, pciDomainID = 0, tccDriver = 0, unifiedAddressing = 1,
      maxTexture1D = 65536, maxThreadsDim = 1024, maxGridSize = 2147483647, maxTexture1DLinear = 134217728,
      maxSurface1D = 65536,
   }
end

function cutorch.deviceReset() end
function cutorch.setHeapTracking() end
function cutorch.isCachingAllocatorEnabled() return false end
function cutorch.emptyCache() collectgarbage() end
function cutorch.getState() return cutorch._state end

for _, name in ipairs {'PeerToPeerAccess', 'KernelPeerToPeerAccess'} do
   cutorch['get' .. name] = function(from, to)
      check_device('get' .. name, from)
      check_device('get' .. name, to)
      return true
   end
   cutorch['set' .. name] = function(from, to)
      check_device('set' .. name, from)
      check_device('set' .. name, to)
   end
end

----------------------------------------------------------------------------------------------- streams and events

-- Nothing is ever under way: waiting is over at once.
for _, name in ipairs {
   'synchronize', 'synchronizeAll', 'streamSynchronize', 'streamWaitFor', 'streamWaitForMultiDevice', 'streamBarrier',
   'streamBarrierMultiDevice',
} do
   cutorch[name] = function() end
end

-- How many streams, or handles, are reserved, and which of them is current; 0 is the default one.
local function numbered(reserve, how_many, get, set, first)
   local reserved, current = first, first
   cutorch[reserve] = function(n)
      if type(n) ~= 'number' then errors.argument(1, reserve, 'number expected, got %s', torch.type(n)) end
      reserved = math.max(reserved, n)
   end
   cutorch[how_many] = function() return reserved end
   cutorch[get] = function() return current end
   cutorch[set] = function(n)
      if type(n) ~= 'number' or n < first or n > reserved then
         errors.raise('cutorch.%s: %s is not reserved, allowed are %d to %d', set, tostring(n), first, reserved)
      end
      current = n
   end
end
numbered('reserveStreams', 'getNumStreams', 'getStream', 'setStream', 0)
numbered('reserveBlasHandles', 'getNumBlasHandles', 'getBlasHandle', 'setBlasHandle', 1)
function cutorch.setDefaultStream() cutorch.setStream(0) end

local Event = torch.class('cutorch.Event')
function Event:__init() end
function Event:record() return self end
function Event:waitOn() return self end
function Event:synchronize() return self end

--------------------------------------------------------------------------------------------------- random numbers

local generator = torch.Generator()
torch.manualSeed(generator, 0)

function cutorch.manualSeed(seed)
   if type(seed) ~= 'number' then errors.argument(1, 'manualSeed', 'number expected, got %s', torch.type(seed)) end
   torch.manualSeed(generator, seed)
end
function cutorch.seed() return torch.seed(generator) end
function cutorch.initialSeed() return torch.initialSeed(generator) end
function cutorch.getRNGState() return torch.getRNGState(generator) end
function cutorch.setRNGState(state) torch.setRNGState(generator, state) end
cutorch.manualSeedAll, cutorch.seedAll = cutorch.manualSeed, cutorch.seed

---------------------------------------------------------------------------------------------------------- tensors

for word, class in pairs(types.tensors) do
   if types.base[word] ~= word then
      --- x:getDevice(): the device that x is on; 0 for one that has no elements yet.
      class.getDevice = function(x) return x:nElement() > 0 and 1 or 0 end
      class.isManaged = function() return false end
   end
end
for word, class in pairs(types.storages) do
   if types.base[word] ~= word then class.getDevice = function(s) return #s > 0 and 1 or 0 end end
end

-- Memory that a device and the CPU both see, of a plain type: all of it is.
local function host_tensor(word)
   return function(...) return torch[word .. 'Tensor'](...) end
end
cutorch.createCudaHostTensor = host_tensor 'Float'
for _, word in ipairs {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half'} do
   cutorch[('createCudaHost%sTensor'):format(word)] = host_tensor(word)
end
cutorch.createFloatUVATensor = host_tensor 'Float'
function cutorch.createCudaUVATensor(...) return torch.CudaTensor(...) end
function cutorch.toFloatUVATensor(x) return x:float() end
function cutorch.toCudaUVATensor(x) return x:cuda() end
function cutorch.isManagedPtr() return false end

--- cutorch.test([names]): compares the operations of Cuda tensors with those of Float tensors.
function cutorch.test(names)
   return require 'gpu.selftest'(names)
end

return cutorch
