"""A bare LuaJIT with the project's own Lua libraries on its path: no tensors, no runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lupa.luajit21 as lupa

from lua_compat.bridge import host

LIBRARIES = Path(host.__file__).parent.parent / "lua"

# A read or a write of an undeclared global inside the libraries is an error: every variable is to be local.
_GUARD = """
local allowed = {torch = true, arg = true, conformance = true, nosuch = true, optim = true, print = true,
   print_new = true, print_old = true, setprintlevel = true}
local function from_library()
   local info = debug.getinfo(3, 'S')  -- nil where Python reads or sets a global
   return info ~= nil and info.source:find('lua_compat', 1, true) ~= nil
end
setmetatable(_G, {
   __newindex = function(t, name, value)
      if from_library() and not allowed[name] then error('global set: ' .. tostring(name), 2) end
      rawset(t, name, value)
   end,
   __index = function(_, name)
      if from_library() and not allowed[name] then error('global read: ' .. tostring(name), 2) end
   end,
})
"""

CAPTURE = """
function captured(fn)
   local out, write, before = {}, io.write, print
   io.write = function(...)
      for i = 1, select('#', ...) do out[#out + 1] = tostring((select(i, ...))) end
      return io.stdout
   end
   print = function(...)
      local texts = {}
      for i = 1, select('#', ...) do texts[i] = tostring((select(i, ...))) end
      out[#out + 1] = table.concat(texts, '\\t') .. '\\n'
   end
   local ok, failure = pcall(fn)
   io.write, print = write, before
   if not ok then error(failure, 0) end
   return table.concat(out)
end
"""

_TORCH = """
torch = {}
package.loaded.torch = torch
require('torch.class').install(torch)
require('torch.cmdline')
require('torch.timer')
"""


def bare_lua(torch: bool = False) -> Any:
    """A ``LuaRuntime`` with the libraries and, on request, a ``torch`` of classes, CmdLine and Timer alone."""
    lua = lupa.LuaRuntime(unpack_returned_tuples=True)
    host.install(lua)
    lua.execute(f"package.path = '{LIBRARIES}/?.lua;{LIBRARIES}/?/init.lua;' .. package.path")
    lua.execute(_GUARD)
    lua.execute(CAPTURE)
    if torch:
        lua.execute(_TORCH)
    return lua
