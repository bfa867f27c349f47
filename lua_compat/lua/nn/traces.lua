-- What the error of a module tells: the way that the calls took, and, from the inside out, the places in the containers.

local torch = require 'torch'

local traces = {}

--- traces.traced(err): a handler for xpcall. The innermost module's error gets the way that the calls took.
function traces.traced(err)
   if type(err) == 'string' and not err:find('^In %d+ module of ') then return debug.traceback(err, 2) end
   return err
end

--- traces.untraced(err): without it.
function traces.untraced(err)
   return type(err) == 'string' and err:match('^(.-)\nstack traceback:') or err
end

--- traces.located(err, container, module, index [, node]): with the place of the module that failed in front; `node` is
--- what else is known of it.
function traces.located(err, container, module, index, node)
   if type(err) ~= 'string' then return err end
   if not err:find('^In %d+ module of ') then
      -- The module that failed: a kernel that several classes share, or a script's own code, may not have named it.
      local name = torch.type(module)
      if not traces.untraced(err):find(name, 1, true) then err = name .. ': ' .. err end
   end
   return ('In %d module of %s%s:\n%s'):format(index or 0, torch.type(container), node and ' (' .. node .. ')' or '', err)
end

return traces
