-- The world of 4 x 3 squares of Russell and Norvig (Artificial Intelligence, 1995), for many walkers at once.
--
--   . . . +    + ends a walk with 1, - ends it with -1, # is a wall; every other step costs 0.04.
--   . # . -    A step goes where it is meant to with probability 0.8, and to either side of that with 0.1;
--   . . . .    who would walk into a wall stays. Walks start in the corner at the bottom left.
require 'torch'

local GridWorld = torch.class('GridWorld')

local MAP = {'...+', '.#.-', '....'}
local MOVES = {{-1, 0}, {0, 1}, {1, 0}, {0, -1}} -- up, right, down, left
local REWARDS = {['+'] = 1, ['-'] = -1, ['.'] = -0.04}

GridWorld.states, GridWorld.actions = 12, 4

function GridWorld:__init(walkers)
   self.walkers = walkers
end

--- Puts all walkers to the start; gives their states, numbers of squares.
function GridWorld:reset()
   self.row, self.column, self.done = {}, {}, {}
   for i = 1, self.walkers do self.row[i], self.column[i], self.done[i] = 3, 1, false end
   return self:state()
end

function GridWorld:state()
   local state = torch.LongTensor(self.walkers)
   for i = 1, self.walkers do state[i] = (self.row[i] - 1) * 4 + self.column[i] end
   return state
end

--- One step of all walkers. Gives their states, their rewards, and which of them had not arrived before.
function GridWorld:step(actions)
   local chance = torch.rand(self.walkers)
   local rewards, walking = torch.zeros(self.walkers), torch.zeros(self.walkers)
   for i = 1, self.walkers do
      if not self.done[i] then
         local turn = chance[i] < 0.8 and 0 or chance[i] < 0.9 and 1 or 3
         local move = MOVES[(actions[i] - 1 + turn) % 4 + 1]
         local row, column = self.row[i] + move[1], self.column[i] + move[2]
         local square = MAP[row] and MAP[row]:sub(column, column) or ''
         if square ~= '' and column > 0 and square ~= '#' then self.row[i], self.column[i] = row, column end
         square = MAP[self.row[i]]:sub(self.column[i], self.column[i])
         rewards[i], walking[i] = REWARDS[square], 1
         self.done[i] = square ~= '.'
      end
   end
   return self:state(), rewards, walking
end
