-- fbcunn: what it added to nn is with cunn.

return require 'gpu.cunn'
