-- What the program takes.
local M = {}

function M.parse(arg)
   local cmd = torch.CmdLine()
   cmd:text()
   cmd:text('Tell drawn shapes with a residual net')
   cmd:text()
   cmd:option('-manualSeed', 1, 'random seed')
   cmd:option('-nThreads', 2, 'threads that load pictures; 0: the program itself does')
   cmd:option('-trainImages', 640, 'pictures to train on')
   cmd:option('-valImages', 160, 'pictures to validate on')
   cmd:option('-size', 24, 'height and width of a picture')
   cmd:option('-nEpochs', 6, 'passes over the pictures')
   cmd:option('-batchSize', 32, 'pictures in one step')
   cmd:option('-LR', 0.05, 'learning rate at the start; a tenth after two thirds of the epochs')
   cmd:option('-momentum', 0.9, 'momentum')
   cmd:option('-weightDecay', 1e-4, 'weight decay')
   cmd:option('-planes', 12, 'planes after the first convolution')
   cmd:option('-save', 'checkpoints', 'folder for checkpoints')
   cmd:option('-resume', 'none', 'folder of a checkpoint to go on from')
   cmd:text()
   return cmd:parse(arg or {})
end

return M
