-- pl.compat: what differs between Lua versions.

local utils = require 'pl.utils'

return {
   lua51 = true, jit = true, jit52 = false, dir_separator = package.config:sub(1, 1), is_windows = false,
   execute = utils.execute, load = utils.load, setfenv = setfenv, getfenv = getfenv,
}
