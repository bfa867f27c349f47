-- th -g and th -gg: what a script does with global variables that it never set, told or refused.

--- watch(strict): from here on. A global is known once it was set, and what is there already is.
return function(strict)
   local meta = getmetatable(_G) or {}
   local found = meta.__index
   local known = {}

   local function tell(what, name, level)
      local text = ('%s global variable %s'):format(what, tostring(name))
      if strict then error(text, level) end
      local caller = debug.getinfo(level, 'Sl')
      local place = caller ~= nil and caller.currentline > 0 and (' @ %s:%d'):format(caller.short_src, caller.currentline) or ''
      io.write(text, place, '\n')
   end

   local function of_the_script(level)
      local caller = debug.getinfo(level + 1, 'S')
      return caller ~= nil and caller.what ~= 'C' and not caller.source:find(require('_bridge').folder, 1, true)
   end

   function meta.__newindex(t, name, value)
      rawset(t, name, value)
      if known[name] or not of_the_script(2) then return end
      known[name] = true
      if strict then rawset(t, name, nil) end
      tell('created', name, 3)
   end

   function meta.__index(t, name)
      local value
      if type(found) == 'function' then value = found(t, name) end
      if value == nil and not known[name] and of_the_script(2) then tell('read of an unknown', name, 3) end
      return value
   end

   setmetatable(_G, meta)
end
