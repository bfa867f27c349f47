-- threads: jobs that run in threads, each with a Lua of its own. Python has the threads and queues (bridge/threads.py).

local torch = require 'torch'
local functions = require '_threads'
local bridge = require '_bridge'
local carry = require 'threads.carry'

local threads = {}
package.loaded.threads = threads

---------------------------------------------------------------------------------------- mutexes and conditions

-- A class with `new`, `id` and `free`, whose objects hold something by its number.
local function class(name, hold, drop)
   local methods = {}
   local metatable = {__index = methods}
   function methods.new(id) return setmetatable({number = hold(id)}, metatable) end
   function methods:id() return self.number end
   function methods:free()
      drop(self.number)
      self.number = nil
   end
   function methods:__tostring() return name end
   metatable.__tostring = methods.__tostring
   threads[name:match('%.(.*)')] = setmetatable(methods, {__call = function(_, id) return methods.new(id) end})
   return methods
end

local Mutex = class('threads.Mutex', functions.hold_mutex, functions.drop_mutex)
function Mutex:lock() functions.lock(self.number) end
function Mutex:unlock() functions.unlock(self.number) end

local Condition = class('threads.Condition', functions.hold_condition, functions.drop_condition)
function Condition:wait(mutex) functions.wait(self.number, mutex:id()) end
function Condition:signal() functions.signal(self.number) end

--- threads.Thread(code): runs Lua code, a string, in a thread; thread:free() waits for its end.
local Thread = class('threads.Thread', function(code) return functions.single(code, bridge.bytecode, bridge.cuda) end,
   functions.join)
function Thread:id() return functions.single_id(self.number) end

--- threads.safe(f [, mutex]): a function that calls f while it holds the mutex, in whichever thread.
function threads.safe(f, mutex)
   local id = (mutex or Mutex()):id()
   local function finish(held, ended, ...)
      held:unlock()
      held:free()
      if not ended then error((...), 0) end
      return ...
   end
   return function(...)
      local held = require('threads').Mutex(id)
      held:lock()
      return finish(held, pcall(f, ...))
   end
end

---------------------------------------------------------------------------------------------------- Threads

local SHARING = 'threads.sharedserialize'
local serialization = 'threads.serialize'

local Threads = {}
local metatable = {__index = Threads}

local function running(self)
   if self.pool == nil then error('threads.Threads: the threads were terminated', 3) end
end

--- threads.Threads(n [, f1, f2, ...]): n threads, each of which calls every f with its number, from 1. What the last f
--- returns comes in a list, as the second result.
function Threads.new(n, ...)
   if type(n) ~= 'number' or n < 1 or n % 1 ~= 0 then
      error(('threads.Threads: the number of threads needs to be a whole number of at least 1, got %s'):format(tostring(n)), 2)
   end
   local self = setmetatable({N = n, callbacks = {}, pending = 0, last = 0, errors = false, own = true}, metatable)
   self.sharing = serialization == SHARING
   self.pool = functions.pool(n, bridge.bytecode, bridge.cuda)
   self.owner = functions.owner(self.pool)
   local results, count = {}, select('#', ...)
   for j = 1, count do
      local f = select(j, ...)
      for i = 1, n do
         self:addjob(i, f, function(...) if j == count then results[#results + 1] = {...} end end, i)
      end
   end
   self:specific(false)
   return self, results
end

-- The thread that a job is for, from 0: 0 where any may take it.
local function thread_of(self, name, id)
   if not self.own then return 0 end
   if type(id) ~= 'number' or id < 1 or id > self.N or id % 1 ~= 0 then
      error(('threads.Threads:%s: the thread needs to be from 1 to %d, got %s'):format(name, self.N, tostring(id)), 3)
   end
   return id - 1
end

--- acceptsjob([id]): whether addjob would not have to wait.
function Threads:acceptsjob(id)
   running(self)
   return functions.accepts(self.pool, (thread_of(self, 'acceptsjob', id)))
end

-- Puts a job into a queue; one that waits has end callbacks called until the queue has room.
local function add(self, name, waits, ...)
   running(self)
   self.errors = false
   local index = thread_of(self, name, (...))
   local first = self.own and 2 or 1
   local f, finish = select(first, ...)
   if type(f) ~= 'function' then
      error(('threads.Threads:%s: a function expected, got %s'):format(name, torch.type(f)), 2)
   end
   local arguments = {select(first + 2, ...)}
   arguments.n = math.max(select('#', ...) - first - 1, 0)
   while waits and not functions.accepts(self.pool, index) do self:dojob() end
   local text, held = carry.write({callback = f, arguments = arguments}, self.sharing)
   self.last = self.last + 1
   self.callbacks[self.last] = finish or function() end
   self.pending = self.pending + 1
   functions.add(self.pool, index, self.last .. ':' .. text, held)
end

--- addjob([id,] f [, endcallback [, ...]]): has f(...) called in a thread, and later endcallback here, with its
--- results. Where the queue is full, it waits, and calls the end callbacks of the jobs that end meanwhile.
function Threads:addjob(...) return add(self, 'addjob', true, ...) end

--- addasync([id,] f [, endcallback [, ...]]): as addjob, but never waits: the queue grows.
function Threads:addasync(...) return add(self, 'addasync', false, ...) end

--- dojob(): waits for the end of a job and calls its end callback.
function Threads:dojob()
   running(self)
   self.errors = false
   if self.pending == 0 then return end
   local answer = carry.read(functions.answer(self.pool))
   local finish = self.callbacks[answer.number]
   self.callbacks[answer.number] = nil
   self.pending = self.pending - 1
   if not answer.ended then
      self.errors = true
      error(('[thread %d callback] %s'):format(answer.thread, answer.results))
   end
   local results = answer.results
   local ended, problem = xpcall(function() finish(unpack(results, 1, results.n)) end, debug.traceback)
   if not ended then
      self.errors = true
      error(('[thread %d endcallback] %s'):format(answer.thread, tostring(problem)))
   end
end

--- synchronize(): waits for all jobs and calls their end callbacks.
function Threads:synchronize()
   running(self)
   while self.pending > 0 do self:dojob() end
end

--- specific([flag]): whether addjob and acceptsjob take a thread's number first; setting it waits for all jobs.
function Threads:specific(flag)
   running(self)
   if flag == nil then return self.own end
   if type(flag) ~= 'boolean' then error('threads.Threads:specific: a boolean expected, got ' .. type(flag), 2) end
   self:synchronize()
   self.own = flag
   functions.specific(self.pool, flag)
end

function Threads:hasjob() return self.pending > 0 end
function Threads:haserror() return self.errors end

--- terminate(): waits for all jobs and ends the threads.
function Threads:terminate()
   if self.pool == nil then return end
   self:synchronize()
   functions.end_pool(self.pool)
   self.pool = nil
end

--- threads.serialization([name]): how values go to the threads of pools that are made from here on: copied, by
--- 'threads.serialize', or with tensors and storages on memory that all share, by 'threads.sharedserialize'.
function threads.serialization(name)
   if name == nil then return serialization end
   if name == 'torch.serialize' then name = 'threads.serialize' end
   if name ~= 'threads.serialize' and name ~= SHARING then
      error(("threads.serialization: needs 'threads.serialize' or '%s', got '%s'"):format(SHARING, tostring(name)), 2)
   end
   serialization = name
end

Threads.serialization = threads.serialization
threads.Threads = setmetatable(Threads, {__call = function(_, ...) return Threads.new(...) end})

return setmetatable(threads, {__call = function(_, ...) return Threads.new(...) end})
