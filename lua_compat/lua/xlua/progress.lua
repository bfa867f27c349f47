-- xlua.progress: a bar that is drawn over itself, with the time left (in the end, the time taken) and that of a step.
--
--  [=====================>......... 12/40 ...................]  ETA: 3s120ms | Step: 112ms

local host = require '_host'
local formatTime = require('xlua.format').formatTime

local NARROW, WIDE = 80, 120  -- columns taken where there is no terminal; the most ever taken
local ROOM_FOR_TIMES = 34
local REMEMBERED = 100        -- the time of a step is the mean over this many steps

local bar  -- the bar being drawn: its first moment, the moments and positions of the last steps, how far it got

local function width()
   return math.min(host.columns() or NARROW, WIDE)
end

local function drawn(filled, length)
   local done = math.min(filled, length)
   local head = done > 0 and '>' or ''
   return string.rep('=', math.max(done - 1, 0)) .. head .. string.rep('.', length - math.max(done, 0))
end

local function times(current, goal, finished)
   local now = host.monotonic() - bar.start
   local steps = current - bar.positions[1]
   local step = steps == 0 and 0 or (now - bar.moments[1]) / steps
   table.insert(bar.positions, current)
   table.insert(bar.moments, now)
   if #bar.positions > REMEMBERED then
      table.remove(bar.positions, 1)
      table.remove(bar.moments, 1)
   end
   local left = math.max(0, (goal - current) * step)
   local total = finished and ' Tot: ' .. formatTime(now) or ' ETA: ' .. formatTime(left)
   return total .. ' | Step: ' .. formatTime(math.max(0, step))
end

--- xlua.progress(current, goal): draws how far the count has come; the bar ends when current reaches goal.
local function progress(current, goal)
   if type(current) ~= 'number' or type(goal) ~= 'number' then
      error('xlua.progress(current, goal): two numbers expected', 2)
   end
   local columns = width()
   local length = columns - ROOM_FOR_TIMES
   local filled = goal > 0 and math.floor(current * length / goal) or length
   if bar == nil or (bar.finished and filled < bar.filled) then
      bar = {start = host.monotonic(), moments = {0}, positions = {current}}
   elseif bar.finished then
      return
   else
      io.write('\r')
   end
   bar.filled, bar.finished = filled, filled >= length

   local room = columns - length - 4
   local tail = times(current, goal, bar.finished)
   local back = 5 + #tail + math.floor(length / 2)
   io.write(' [', drawn(filled, length), '] ', string.rep(' ', room), string.rep('\b', room), tail,
            string.rep('\b', back), ' ', current, '/', goal, ' ', bar.finished and '\n' or '', '\r')
   io.flush()
end

return progress
