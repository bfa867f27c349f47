-- nn: Torch7's modules and criteria. Each class is a small Lua class; what touches elements is a kernel, called once.

local nn = {}
_G.nn = nn
package.loaded.nn = nn -- the files below ask for it while it grows

nn.utils = require 'nn.utils'

for _, name in ipairs {
   'Module', 'Criterion', 'Container', 'Sequential',
} do
   require('nn.' .. name)
end

for _, name in ipairs(require 'nn.families') do
   require('nn.' .. name)
end

for _, name in ipairs {'criterions', 'EmbeddingCriterion', 'MSEVariantCriterion', 'ModuleCriterion'} do
   require('nn.' .. name)
end

return nn
