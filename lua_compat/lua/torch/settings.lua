-- Settings of the whole library. How many threads numpy's matrix products use is fixed when the process starts (by
-- OMP_NUM_THREADS); the number set here is what scripts read back, and what our own loops go by.

local torch = require 'torch'
local errors = require 'torch.errors'
local host = require '_host'

local threads = host.cores()

function torch.setnumthreads(n)
   if type(n) ~= 'number' or n < 1 then errors.argument(1, 'setnumthreads', 'a number above 0 expected, got %s', tostring(n)) end
   threads = math.floor(n)
end
function torch.getnumthreads() return threads end
function torch.getnumcores() return host.cores() end
function torch.setheaptracking() end -- Lua already collects when storages grew
