-- Replay memory: a ring of frames, of which transitions with a history of frames are drawn.
local trans = torch.class('dqn.TransitionTable')

function trans:__init(args)
   self.stateDim = args.stateDim
   self.numActions = args.numActions
   self.histLen = args.histLen
   self.maxSize = args.maxSize or 1024
   self.bufferSize = args.bufferSize or 64
   self.numEntries = 0
   self.insertIndex = 0
   self.recent_s, self.recent_t = {}, {}

   self.s = torch.ByteTensor(self.maxSize, self.stateDim):fill(0)
   self.a = torch.LongTensor(self.maxSize):fill(0)
   self.r = torch.zeros(self.maxSize)
   self.t = torch.ByteTensor(self.maxSize):fill(0)
   self.action_encodings = torch.eye(self.numActions)

   local size = self.histLen * self.stateDim
   self.buf_a = torch.LongTensor(self.bufferSize):fill(0)
   self.buf_r = torch.zeros(self.bufferSize)
   self.buf_term = torch.ByteTensor(self.bufferSize):fill(0)
   self.buf_s = torch.ByteTensor(self.bufferSize, size):fill(0)
   self.buf_s2 = torch.ByteTensor(self.bufferSize, size):fill(0)
end

function trans:size()
   return self.numEntries
end

function trans:empty()
   return self.numEntries == 0
end

function trans:fill_buffer()
   assert(self.numEntries >= self.bufferSize)
   self.buf_ind = 1
   for buf_ind = 1, self.bufferSize do
      local s, a, r, s2, term = self:sample_one()
      self.buf_s[buf_ind]:copy(s)
      self.buf_a[buf_ind] = a
      self.buf_r[buf_ind] = r
      self.buf_s2[buf_ind]:copy(s2)
      self.buf_term[buf_ind] = term
   end
   self.buf_s = self.buf_s:contiguous()
end

function trans:sample_one()
   assert(self.numEntries > 1)
   local index
   local valid = false
   while not valid do
      -- The state after the one drawn has to be there too.
      index = torch.random(2, self.numEntries - self.histLen)
      if self.t[index + self.histLen - 1] == 0 then valid = true end
   end
   return self:get(index)
end

function trans:concatFrames(index)
   local fullstate = torch.ByteTensor(self.histLen, self.stateDim):zero()
   local zero_out, episode_start = false, self.histLen
   for i = self.histLen - 1, 1, -1 do
      if not zero_out and self.t[index + i - 1] == 1 then zero_out = true end
      if not zero_out then episode_start = i end
   end
   for i = episode_start, self.histLen do
      fullstate[i]:copy(self.s[index + i - 1])
   end
   return fullstate
end

function trans:get(index)
   local s = self:concatFrames(index)
   local s2 = self:concatFrames(index + 1)
   local ar_index = index + self.histLen - 1
   return s:view(-1), self.a[ar_index], self.r[ar_index], s2:view(-1), self.t[ar_index + 1]
end

function trans:get_recent()
   local fullstate = torch.ByteTensor(self.histLen, self.stateDim):zero()
   local n = #self.recent_s
   for i = 1, math.min(n, self.histLen) do
      if i > 1 and self.recent_t[n - i + 1] == 1 then break end
      fullstate[self.histLen - i + 1]:copy(self.recent_s[n - i + 1])
   end
   return fullstate:float():div(255)
end

function trans:add_recent_state(s, term)
   table.insert(self.recent_s, s:clone():float():mul(255):byte())
   table.insert(self.recent_t, term and 1 or 0)
   if #self.recent_s > self.histLen then
      table.remove(self.recent_s, 1)
      table.remove(self.recent_t, 1)
   end
end

function trans:sample(batch_size)
   local size = batch_size or self.bufferSize
   assert(size <= self.bufferSize)
   if not self.buf_ind or self.buf_ind + size - 1 > self.bufferSize then
      self:fill_buffer()
   end
   local index = self.buf_ind
   self.buf_ind = self.buf_ind + size
   local range = {{index, index + size - 1}}
   return self.buf_s[range]:float():div(255), self.buf_a[range], self.buf_r[range],
      self.buf_s2[range]:float():div(255), self.buf_term[range]
end

function trans:add(s, a, r, term)
   assert(s and a and r, 'a part of the transition is missing')
   if self.numEntries < self.maxSize then self.numEntries = self.numEntries + 1 end
   self.insertIndex = self.insertIndex + 1
   if self.insertIndex > self.maxSize then self.insertIndex = 1 end
   self.s[self.insertIndex] = s:clone():float():mul(255)
   self.a[self.insertIndex] = a
   self.r[self.insertIndex] = r
   self.t[self.insertIndex] = term and 1 or 0
end

-- What is replayed is not saved, only how much of it there may be.
function trans:write(file)
   file:writeObject({self.stateDim, self.numActions, self.histLen, self.maxSize, self.bufferSize,
      self.numEntries, self.insertIndex, self.recent_s, self.recent_t})
end

function trans:read(file)
   local stateDim, numActions, histLen, maxSize, bufferSize = unpack(file:readObject())
   self:__init {stateDim = stateDim, numActions = numActions, histLen = histLen, maxSize = maxSize,
      bufferSize = bufferSize}
end
