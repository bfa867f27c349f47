-- The first file that runs in a new Lua: how modules are found, what errors look like. Python calls it with `bridge`.

local bridge = ...

package.loaded.python = _G.python
_G.python = nil

--------------------------------------------------------------------------------------------- garbage collection

-- Collections run as a whole, never a bit at a time. lupa forgets a Python object when its userdata is finalized; were the
-- object to come to Lua again after its userdata was found dead, but before that was finalized, lupa would forget it
-- although a new userdata stands for it, and the memory behind it would be anybody's. A whole collection has no such
-- moment. A step multiplier of 0 means that in LuaJIT.
local collect = collectgarbage
collect('setstepmul', 0)
local multiplier = 200 -- what a script believes it to be

function _G.collectgarbage(what, argument)
   if what == 'setstepmul' then
      local before = multiplier
      multiplier = tonumber(argument) or 0
      return before
   end
   return collect(what, argument)
end

---------------------------------------------------------------------------------------------- what Lua 5.2 has more

-- Torch7 came with a LuaJIT that was built with these.
table.unpack = unpack
function table.pack(...) return {n = select('#', ...), ...} end
function _G.rawlen(value) return #value end

local plain_pairs, getmetatable, rawget, type = pairs, debug.getmetatable, rawget, type
function _G.pairs(t)
   local meta = type(t) == 'table' and getmetatable(t) or nil
   local own = meta ~= nil and rawget(meta, '__pairs') or nil
   if own ~= nil then return own(t) end
   return plain_pairs(t)
end

-------------------------------------------------------------------------------------------------- finding modules

local folder = bridge.folder
local bundled_path = folder .. '/?.lua;' .. folder .. '/?/init.lua'

-- A penlight that the user has comes before ours; every other package of ours comes before one of that name in
-- LUA_PATH, which may well be the original and would look for its C library.
local function searched(name, templates)
   local file = package.searchpath(name, templates)
   if file == nil then return nil end
   local chunk, problem = loadfile(file)
   if chunk == nil then error(("error loading module '%s' from file '%s':\n\t%s"):format(name, file, problem), 0) end
   return chunk
end

-- Packages for a GPU, in the folder `gpu`. A script that asks for one where it was not told to do without gets the error
-- that a machine without a GPU gave, and goes its other way.
local GPU = {cutorch = true, cunn = true, cudnn = true, inn = true, fbcunn = true}
local NO_GPU = "\n\tno CUDA-capable device is detected: '%s' needs one (th --cuda=cpu has it on the CPU)"

local function of_gpu(name)
   if bridge.cuda == nil then return NO_GPU:format(name) end
   return function()
      require 'gpu.cutorch'
      return require('gpu.' .. name)
   end
end

local function of_ours(name)
   if GPU[name] then return of_gpu(name) end
   local package_name = name:match('^[^.]+')
   if package_name == 'pl' or name:find('/', 1, true) then return nil end
   return searched(name, bundled_path) or ("\n\tno bundled module '%s'"):format(name)
end

local function of_python(name)
   local module = name:match('^_([%w_]+)$')
   if module == nil then return nil end
   local functions = bridge.functions(module)
   if functions == nil then return ("\n\tno functions '%s' in Python"):format(module) end
   return function() return functions end
end

-- require 'data/loader', require '../models/AE': paths, from the working folder or from the script's.
local function of_path(name)
   if not name:find('/', 1, true) then return nil end
   local tried = {}
   for _, base in ipairs {'', bridge.script_folder and bridge.script_folder .. '/' or nil} do
      if name:sub(1, 1) == '/' then base = '' end
      for _, ending in ipairs {'.lua', '', '/init.lua'} do
         local file = base .. name .. ending
         local opened = io.open(file)
         if opened ~= nil then
            local readable = opened:read(0) ~= nil or opened:seek('end') == 0
            opened:close()
            local chunk, problem
            if readable then
               chunk, problem = loadfile(file)
               if chunk == nil then error(("error loading module '%s' from file '%s':\n\t%s"):format(name, file, problem), 0) end
               return chunk
            end
         end
         tried[#tried + 1] = ("\n\tno file '%s'"):format(file)
      end
   end
   return table.concat(tried)
end

table.insert(package.loaders, 2, of_python)
table.insert(package.loaders, 3, of_ours)
table.insert(package.loaders, of_path)
package.path = package.path .. ';' .. bundled_path

package.preload._bridge = function() return bridge end

--------------------------------------------------------------------------------------------------------- errors

local errors = require 'torch.errors'
errors.install()

--- bridge.flush(): writes out what was printed. A script may have closed its output.
function bridge.flush()
   pcall(io.stdout.flush, io.stdout)
   pcall(io.stderr.flush, io.stderr)
end

function os.exit(code)
   bridge.flush()
   if code == nil or code == true then code = 0 elseif code == false then code = 1 end
   bridge.exit(code)
end

return errors.protected, errors.failure
