-- What runs in the Lua of a thread: takes a job as a string, gives its answer as one.

local carry = require 'threads.carry'

local function packed(ended, ...) return ended, {n = select('#', ...), ...} end

return function(id)
   rawset(_G, '__threadid', id)
   return function(text, held)
      local number, job_text = text:match('^(%d+):(.*)$')
      local ended, results = packed(xpcall(function()
         local job = carry.read(job_text, held)
         return job.callback(unpack(job.arguments, 1, job.arguments.n))
      end, debug.traceback))
      local answer = {number = tonumber(number), ended = ended, thread = id, results = results}
      if not ended then answer.results = tostring(results[1]) end
      local written, answer_text, answer_held = pcall(carry.write, answer, held ~= nil)
      if written then return answer_text, answer_held end
      answer.ended, answer.results = false, tostring(answer_text)
      return carry.write(answer, false)
   end
end
