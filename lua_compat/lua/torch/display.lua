-- What print and tostring show of tensors and storages.

local ops = require '_ops'
local types = require 'torch.types'

types.define('__tostring__', ops.tensor_text)
types.define_storage('__tostring__', ops.storage_text)
