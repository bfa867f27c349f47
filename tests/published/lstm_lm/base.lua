-- Globals that the main program uses, as such scripts had them.
function g_init_gpu(args)
   local id = args[1] or 1
   cutorch.setDevice(id)
   g_make_deterministic(1)
   print(string.format('Using %d-th gpu', id))
end

function g_make_deterministic(seed)
   torch.manualSeed(seed)
   cutorch.manualSeed(seed)
   torch.zeros(1, 1):cuda():uniform()
end

function g_cloneManyTimes(net, T)
   local clones = {}
   local params, gradParams = net:parameters()
   local mem = torch.MemoryFile('w'):binary()
   mem:writeObject(net)
   for t = 1, T do
      local reader = torch.MemoryFile(mem:storage(), 'r'):binary()
      local clone = reader:readObject()
      reader:close()
      local cloneParams, cloneGradParams = clone:parameters()
      for i = 1, #params do
         cloneParams[i]:set(params[i])
         cloneGradParams[i]:set(gradParams[i])
      end
      clones[t] = clone
      collectgarbage()
   end
   mem:close()
   return clones
end

function g_replace_table(to, from)
   assert(#to == #from)
   for i = 1, #to do
      to[i]:copy(from[i])
   end
end

local function each_dropout(node, disabled)
   if type(node) == 'table' and node.__typename == nil then
      for i = 1, #node do
         node[i]:apply(function(m) each_dropout(m, disabled) end)
      end
      return
   end
   if string.match(node.__typename, 'Dropout') then
      node.train = not disabled
   end
end

function g_disable_dropout(node) each_dropout(node, true) end

function g_enable_dropout(node) each_dropout(node, false) end

function g_f3(value) return string.format('%.3f', value) end

function g_d(value) return string.format('%d', torch.round(value)) end
