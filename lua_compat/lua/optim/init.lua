-- optim: algorithms that minimise a function of one tensor.
--
-- Each is called as `x, losses = optim.method(opfunc, x [, config [, state]])`: opfunc(x) gives f(x) and its gradient,
-- x is changed in place, `config` holds the settings, `state` (config itself when left out) what is carried from call
-- to call, and `losses` is the table of the values that f took.

_G.optim = rawget(_G, 'optim') or {}
local optim = _G.optim

optim.sgd = require 'optim.sgd'
optim.nag = require 'optim.nag'
optim.asgd = require 'optim.asgd'
optim.rprop = require 'optim.rprop'
for name, method in pairs(require 'optim.adaptive') do optim[name] = method end
optim.cg = require 'optim.cg'
optim.lbfgs = require 'optim.lbfgs'
optim.polyinterp = require 'optim.polyinterp'
optim.lswolfe = require 'optim.lswolfe'
optim.FistaLS = require 'optim.fista'
optim.cmaes = require 'optim.cmaes'
optim.de = require 'optim.de'
optim.checkgrad = require 'optim.checkgrad'
require 'optim.ConfusionMatrix'
require 'optim.Logger'

return optim
