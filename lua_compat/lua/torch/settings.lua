-- Settings of the whole library. The number of threads is one for both languages: it governs numpy's matrix products
-- and our own loops. In a thread of `threads` it is that thread's own, and governs our loops alone.

local torch = require 'torch'
local errors = require 'torch.errors'
local core = require '_core'
local host = require '_host'

function torch.setnumthreads(n)
   if type(n) ~= 'number' or n < 1 then errors.argument(1, 'setnumthreads', 'a number above 0 expected, got %s', tostring(n)) end
   core.set_num_threads(math.floor(n))
end
function torch.getnumthreads() return core.get_num_threads() end
function torch.getnumcores() return host.cores() end
function torch.setheaptracking() end -- Lua already collects when storages grew
