-- An agent that learns to walk a corridor to its end, by what it is rewarded for.
if not dqn then
   dqn = {}
   require 'torch'
   require 'nn'
   require 'Rectifier'
   require 'TransitionTable'
   require 'NeuralQLearner'
end

local cmd = torch.CmdLine()
cmd:text()
cmd:text('Train Agent in Environment:')
cmd:text()
cmd:text('Options:')
cmd:option('-agent_params', '', 'string of agent parameters')
cmd:option('-steps', 900, 'number of training steps to perform')
cmd:option('-eval_freq', 300, 'frequency of greedy evaluation')
cmd:option('-seed', 1, 'fixed input seed for repeatable experiments')
cmd:option('-save', '', 'where to save the agent')
cmd:option('-verbose', 2, 'the higher the level, the more information is printed')
cmd:text()
local opt = cmd:parse(arg)

-- 'a=1,b="c"' as a table, read by Lua itself.
local function str_to_table(str)
   if type(str) == 'table' then return str end
   local loaded = assert(loadstring('return {' .. str .. '}'))
   return loaded()
end

torch.manualSeed(opt.seed)
torch.setdefaulttensortype('torch.FloatTensor')

local Corridor = {}
Corridor.__index = Corridor
function Corridor.new(length) return setmetatable({length = length, at = 1, left = 3 * length}, Corridor) end
function Corridor:observe()
   local x = torch.zeros(self.length)
   x[self.at] = 1
   return x, self.reward or 0, self.at == self.length or self.left == 0
end
function Corridor:step(action)
   self.at = math.max(1, self.at + (action == 'right' and 1 or -1))
   self.left = self.left - 1
   self.reward = self.at == self.length and 1 or -0.02
end

local args = str_to_table(opt.agent_params)
args.actions = {'left', 'right'}
args.state_dim = 6
args.verbose = opt.verbose
args.network = args.network or 'network.lua'
local agent = dqn.NeuralQLearner(args)

local function evaluate()
   local total = 0
   for episode = 1, 5 do
      local world = Corridor.new(args.state_dim)
      agent.transitions.recent_s, agent.transitions.recent_t = {}, {}
      local screen, reward, terminal = world:observe()
      while not terminal do
         world:step(args.actions[agent:perceive(reward, screen, terminal, true)])
         screen, reward, terminal = world:observe()
         total = total + reward
      end
   end
   agent.lastState = nil
   return total / 5
end

local world = Corridor.new(args.state_dim)
local screen, reward, terminal = world:observe()
local episodes = 0
for step = 1, opt.steps do
   local action = agent:perceive(reward, screen, terminal)
   if terminal then
      episodes = episodes + 1
      world = Corridor.new(args.state_dim)
   else
      world:step(args.actions[action])
   end
   screen, reward, terminal = world:observe()
   if step % opt.eval_freq == 0 then
      local average = evaluate()
      print(('Steps: %d (epsilon %.2f), episodes: %d, average reward: %.2f'):format(step, agent.ep or 0, episodes, average))
      agent:report()
      world = Corridor.new(args.state_dim)
      screen, reward, terminal = world:observe()
      collectgarbage()
   end
end
if opt.save ~= '' then
   agent.target_network = nil
   torch.save(opt.save, {agent = agent, model = agent.network, arguments = opt})
   local again = torch.load(opt.save)
   print('Saved:', again.agent, again.agent.transitions:size(), torch.typename(again.model))
end
