-- torch.Timer, torch.tic and torch.toc.

local torch = require 'torch'
local host = require '_host'

-- Real, user and system seconds, from fixed moments.
local function now()
   local user, system = host.cpu()
   return {real = host.monotonic(), user = user, sys = system}
end

local function constructor()
   local timer = torch.setmetatable({}, 'torch.Timer')
   return timer:reset()
end
local Timer = torch.newmetatable('torch.Timer', nil, constructor, nil, nil, torch)

--- timer:reset(): counts from zero again; a running timer goes on running. Returns the timer, as the next two do.
function Timer:reset()
   self.total = {real = 0, user = 0, sys = 0}
   if self.running == nil then self.running = true end
   self.started = now()
   return self
end

--- timer:stop(), timer:resume(): what lies between them is not counted.
function Timer:stop()
   if self.running then
      self.total = self:time()
      self.running = false
   end
   return self
end

function Timer:resume()
   if not self.running then
      self.started, self.running = now(), true
   end
   return self
end

--- timer:time(): {real =, user =, sys =} in seconds.
function Timer:time()
   local time = {}
   local current = self.running and now() or self.started
   for clock, total in pairs(self.total) do
      time[clock] = total + (self.running and current[clock] - self.started[clock] or 0)
   end
   return time
end

function Timer:__tostring__()
   return ('torch.Timer [status: %s]'):format(self.running and 'running' or 'stopped')
end

--- torch.tic(): a moment; torch.toc(moment): the seconds since.
function torch.tic() return host.monotonic() end

function torch.toc(moment) return host.monotonic() - moment end

return Timer
