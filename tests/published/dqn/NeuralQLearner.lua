local nql = torch.class('dqn.NeuralQLearner')

function nql:__init(args)
   self.state_dim = args.state_dim
   self.actions = args.actions
   self.n_actions = #self.actions
   self.verbose = args.verbose
   self.ep_start, self.ep_end, self.ep_endt = 1, 0.1, args.ep_endt or 400
   self.lr = args.lr or 0.02
   self.minibatch_size = args.minibatch_size or 16
   self.discount = args.discount or 0.9
   self.hist_len = args.hist_len or 2
   self.learn_start = args.learn_start or 100
   self.target_q = args.target_q or 50
   self.clip_delta = 1
   self.network = args.network
   if type(self.network) == 'string' then
      local ok, err = pcall(dofile, self.network)
      if not ok then error('no network in ' .. self.network .. ': ' .. tostring(err)) end
      self.network = err(self)
   end
   self.network:float()
   self.transitions = dqn.TransitionTable {
      stateDim = self.state_dim, numActions = self.n_actions, histLen = self.hist_len, maxSize = 500, bufferSize = 64,
   }
   self.numSteps = 0
   self.lastState, self.lastAction, self.lastTerminal = nil, nil, nil
   self.w, self.dw = self.network:getParameters()
   self.dw:zero()
   self.deltas = self.dw:clone():fill(0)
   self.tmp = self.dw:clone():fill(0)
   self.g = self.dw:clone():fill(0)
   self.g2 = self.dw:clone():fill(0)
   self.target_network = self.network:clone()
end

function nql:getQUpdate(args)
   local s, a, r, s2, term = args.s, args.a, args.r, args.s2, args.term
   term = term:clone():float():mul(-1):add(1)
   local q2_max = self.target_network:forward(s2):float():max(2)
   local q2 = q2_max:clone():mul(self.discount):cmul(term)
   local delta = r:clone():float():add(q2)
   local q_all = self.network:forward(s):float()
   local q = torch.FloatTensor(q_all:size(1))
   for i = 1, q_all:size(1) do
      q[i] = q_all[i][a[i]]
   end
   delta:add(-1, q)
   delta[delta:ge(self.clip_delta)] = self.clip_delta
   delta[delta:le(-self.clip_delta)] = -self.clip_delta
   local targets = torch.zeros(self.minibatch_size, self.n_actions):float()
   for i = 1, math.min(self.minibatch_size, a:size(1)) do
      targets[i][a[i]] = delta[i]
   end
   return targets, delta, q2_max
end

function nql:qLearnMinibatch()
   local s, a, r, s2, term = self.transitions:sample(self.minibatch_size)
   local targets = self:getQUpdate {s = s, a = a, r = r, s2 = s2, term = term}
   self.dw:zero()
   self.network:backward(s, targets)
   -- RMSprop centred, with the numbers of the paper.
   self.g:mul(0.95):add(0.05, self.dw)
   self.tmp:cmul(self.dw, self.dw)
   self.g2:mul(0.95):add(0.05, self.tmp)
   self.tmp:cmul(self.g, self.g)
   self.tmp:mul(-1)
   self.tmp:add(self.g2)
   self.tmp:add(0.01)
   self.tmp:sqrt()
   self.deltas:mul(0):addcdiv(self.lr, self.dw, self.tmp)
   self.w:add(self.deltas)
end

function nql:perceive(reward, rawstate, terminal, testing)
   local state = rawstate:float()
   self.transitions:add_recent_state(state, terminal)
   if self.lastState and not testing then
      self.transitions:add(self.lastState, self.lastAction, reward, self.lastTerminal)
   end
   local curState = self.transitions:get_recent():resize(1, self.hist_len * self.state_dim)
   local actionIndex = 1
   if not terminal then actionIndex = self:eGreedy(curState, testing and 0 or nil) end
   self.numSteps = self.numSteps + 1
   if self.numSteps > self.learn_start and not testing then
      self:qLearnMinibatch()
   end
   self.lastState, self.lastAction, self.lastTerminal = state:clone(), actionIndex, terminal
   if self.numSteps % self.target_q == 1 then self.target_network = self.network:clone() end
   return terminal and 0 or actionIndex
end

function nql:eGreedy(state, testing_ep)
   self.ep = testing_ep or (self.ep_end + math.max(0, (self.ep_start - self.ep_end) *
      (self.ep_endt - math.max(0, self.numSteps - self.learn_start)) / self.ep_endt))
   if torch.uniform() < self.ep then
      return torch.random(1, self.n_actions)
   end
   return self:greedy(state)
end

function nql:greedy(state)
   local q = self.network:forward(state):float():squeeze()
   local maxq, besta = q[1], {1}
   for a = 2, self.n_actions do
      if q[a] > maxq then
         besta, maxq = {a}, q[a]
      elseif q[a] == maxq then
         besta[#besta + 1] = a
      end
   end
   self.bestq = maxq
   return besta[torch.random(1, #besta)]
end

function nql:report()
   local function norms(of)
      local text = {}
      for i, module in ipairs(self.network:listModules()) do
         if module.weight then
            text[#text + 1] = ('%d: %.2f'):format(i, of(module))
         end
      end
      return table.concat(text, ', ')
   end
   print('weight norms   ' .. norms(function(m) return torch.abs(m.weight):mean() end))
   print('largest weight ' .. norms(function(m) return torch.abs(m.weight):max() end))
end
