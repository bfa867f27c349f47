-- env: what Torch7 puts into a Lua that was not started by `th`: a print that opens tables. `require 'env'` sets print,
-- print_new, print_old and setprintlevel.

require 'torch'
require 'torch.print'

return {print = _G.print_new, setprintlevel = _G.setprintlevel}
