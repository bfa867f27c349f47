-- What runs in the Lua of a thread: takes a job as a string, gives its answer as one.

local torch = require 'torch'

local function packed(ended, ...) return ended, {n = select('#', ...), ...} end

return function(id)
   rawset(_G, '__threadid', id)
   return function(text)
      local number, job_text = text:match('^(%d+):(.*)$')
      local ended, results = packed(xpcall(function()
         local job = torch.deserialize(job_text)
         return job.callback(unpack(job.arguments, 1, job.arguments.n))
      end, debug.traceback))
      local answer = {number = tonumber(number), ended = ended, thread = id, results = results}
      if not ended then answer.results = tostring(results[1]) end
      local written, answer_text = pcall(torch.serialize, answer)
      if written then return answer_text end
      answer.ended, answer.results = false, tostring(answer_text)
      return torch.serialize(answer)
   end
end
