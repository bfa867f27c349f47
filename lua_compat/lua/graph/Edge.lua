-- graph.Edge: from one node to another.

local torch = require 'torch'

local Edge = torch.class('graph.Edge')

function Edge:__init(from, to) self.from, self.to = from, to end
