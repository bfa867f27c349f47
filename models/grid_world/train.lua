-- Learns to walk in a small world by the policy gradient REINFORCE (Williams, 1992).
--   th train.lua -updates 100
require 'torch'
require 'nn'
require 'optim'
require 'paths'

paths.dofile('GridWorld.lua')

local cmd = torch.CmdLine()
cmd:text()
cmd:text('REINFORCE in a world of 4 x 3 squares')
cmd:text()
cmd:option('-walkers', 20, 'walks for one update')
cmd:option('-horizon', 25, 'steps after which a walk is broken off')
cmd:option('-updates', 100, 'updates of the policy')
cmd:option('-hidden', 32, 'units of the hidden layer')
cmd:option('-lr', 0.02, 'learning rate of Adam')
cmd:option('-discount', 0.99, 'what a reward is worth one step earlier')
cmd:option('-entropy', 0.02, 'weight of the entropy of the policy, which keeps it trying')
cmd:option('-print_every', 10, 'updates between lines')
cmd:option('-seed', 1, 'random seed')
cmd:text()
local opt = cmd:parse(arg)
torch.manualSeed(opt.seed)

local policy = nn.Sequential()
policy:add(nn.LookupTable(GridWorld.states, opt.hidden)):add(nn.Tanh())
policy:add(nn.Linear(opt.hidden, GridWorld.actions)):add(nn.LogSoftMax())
local parameters, gradients = policy:getParameters()
local world = GridWorld(opt.walkers)

-- One walk of each walker: what it saw, did and got, as tensors of horizon x walkers.
local function walk()
   local states = torch.LongTensor(opt.horizon, opt.walkers)
   local actions = torch.LongTensor(opt.horizon, opt.walkers)
   local rewards, walking = torch.zeros(opt.horizon, opt.walkers), torch.zeros(opt.horizon, opt.walkers)
   local state = world:reset()
   for t = 1, opt.horizon do
      states[t]:copy(state)
      actions[t]:copy(torch.multinomial(torch.exp(policy:forward(state)), 1))
      state, rewards[t], walking[t] = world:step(actions[t])
   end
   return states, actions, rewards, walking
end

local total -- the reward of a walk, on average
local function feval()
   local states, actions, rewards, walking = walk()
   total = rewards:sum() / opt.walkers

   -- What each step led to, less what it led to on average, in units of its spread.
   local returns = rewards:clone()
   for t = opt.horizon - 1, 1, -1 do returns[t]:add(opt.discount, returns[t + 1]) end
   local steps = walking:sum()
   local mean = returns:sum() / steps -- those that have arrived have a return of 0
   local advantage = (returns - mean):cmul(walking)
   advantage:div(math.sqrt(torch.pow(advantage, 2):sum() / steps) + 1e-8)

   -- loss = -sum of advantage * log p(action) + entropy * sum of p log p, per step
   gradients:zero()
   local flat = states:view(-1)
   local log_p = policy:forward(flat)
   local mask = walking:view(-1, 1):expandAs(log_p)
   local p = torch.exp(log_p)
   local plogp = torch.cmul(p, log_p):cmul(mask)
   local chosen = log_p:gather(2, actions:view(-1, 1))
   local loss = (opt.entropy * plogp:sum() - torch.cmul(chosen:view(-1), advantage:view(-1)):sum()) / steps
   local d = torch.add(log_p, 1):cmul(p):cmul(mask):mul(opt.entropy / steps)
   local d_chosen = torch.zeros(log_p:size()):scatter(2, actions:view(-1, 1), advantage:view(-1, 1):clone())
   policy:backward(flat, d:add(-1 / steps, d_chosen))
   return loss, gradients
end

local state, sum = {learningRate = opt.lr}, 0
for update = 1, opt.updates do
   local _, loss = optim.adam(feval, parameters, state)
   sum = sum + total
   if update % opt.print_every == 0 then
      print(string.format('update %d: reward %.5f, loss %.6f', update, sum / opt.print_every, loss[1]))
      sum = 0
   end
end

-- The likeliest way out of every square.
local _, best = policy:forward(torch.range(1, GridWorld.states):long()):max(2)
local arrows = {'^', '>', 'v', '<'}
for row = 1, 3 do
   local line = {}
   for column = 1, 4 do
      local square = (row - 1) * 4 + column
      line[column] = ({[4] = '+', [6] = '#', [8] = '-'})[square] or arrows[best[square][1]]
   end
   print(table.concat(line, ' '))
end
