-- nn: Torch7's modules and criteria. Each class is a small Lua class; what touches elements is a kernel, called once.

local nn = {}
_G.nn = nn
package.loaded.nn = nn -- the files below ask for it while it grows

nn.utils = require 'nn.utils'

-- A class comes after those that it is made of. A new family of modules is a new name here.
for _, name in ipairs {
   'Module', 'Criterion', 'Container', 'Sequential',
   'linear', 'pointwise',
   'convolution', 'full_convolution', 'connected', 'temporal',
   'pooling', 'padding', 'normalization', 'views', 'branches', 'tables', 'dimensions',
   'templates', 'bilinear', 'normalize', 'gates',
   'Decorator', 'DontCast', 'watching', 'DepthConcat', 'Convert', 'comparing', 'zipping', 'picking', 'passing',
   'weightnorm', 'sparse', 'PartialLinear', 'Kmeans', 'contrast',
   'StochasticGradient', 'Jacobian', 'hessian',
   'adaptive_pooling', 'volumetric_pooling', 'unpooling', 'upsampling', 'feature_pooling',
   'criterions', 'EmbeddingCriterion', 'MSEVariantCriterion', 'ModuleCriterion',
   'first_layer', 'old_files',
} do
   require('nn.' .. name)
end

-- The self-tests are read when they are asked for.
function nn.test(...)
   require 'nn.selftest'
   return nn.test(...)
end
function nn.testTHNN(...)
   require 'nn.selftest'
   return nn.testTHNN(...)
end

return nn
