-- What is kept of a training, so that it can go on.
require 'paths'

local M = {}

--- The last checkpoint of the folder that -resume names, or nil.
function M.latest(opt)
   if opt.resume == 'none' then return nil end
   return torch.load(paths.concat(opt.resume, 'latest.t7'))
end

function M.save(epoch, model, optimState, best, opt)
   paths.mkdir(opt.save)
   local modelFile = paths.concat(opt.save, 'model_' .. epoch .. '.t7')
   torch.save(modelFile, model:clone():clearState())
   torch.save(paths.concat(opt.save, 'latest.t7'), {
      epoch = epoch, modelFile = modelFile, optimState = optimState, best = best, rng = torch.getRNGState(),
   })
end

return M
