-- A checker of arguments: rules in, a function out whose source is generated for just these rules. Types are looked for
-- along metatables; several rules for one name are overloads; what the code needs are upvalues, set by debug.setupvalue.

local env = require 'checked.env'

local function is_optional(rule) return rule.default ~= nil or rule.defaultf ~= nil or rule.opt end

-- The source of a function that returns the checked arguments, or nothing where they do not fit.
local function source(rules, named)
   local lines, upvalues = {}, {istype = env.istype}
   local names = {}
   for i, rule in ipairs(rules) do
      names[i] = rule.name
      if rule.default ~= nil then upvalues['default_' .. rule.name] = rule.default end
      if rule.defaultf then upvalues['defaultf_' .. rule.name] = rule.defaultf end
      if rule.check then upvalues['check_' .. rule.name] = rule.check end
   end
   local upvalue_names = {}
   for name in pairs(upvalues) do upvalue_names[#upvalue_names + 1] = name end
   table.sort(upvalue_names)
   lines[#lines + 1] = 'local ' .. table.concat(upvalue_names, ', ')
   lines[#lines + 1] = 'return function(...)'
   lines[#lines + 1] = '  local narg, arg = select("#", ...), {...}'
   if named then lines[#lines + 1] = '  if narg ~= 1 or type(arg[1]) ~= "table" or getmetatable(arg[1]) then return false end' end
   for i, rule in ipairs(rules) do
      local value = named and ('arg[1].%s'):format(rule.name) or ('arg[%d]'):format(i)
      lines[#lines + 1] = ('  local %s = %s'):format(rule.name, value)
      local test = ('istype(%s, %q)'):format(rule.name, rule.type)
      if rule.check then test = test .. (' and check_%s(%s)'):format(rule.name, rule.name) end
      if is_optional(rule) then
         lines[#lines + 1] = ('  if %s == nil then'):format(rule.name)
         if rule.default ~= nil then lines[#lines + 1] = ('    %s = default_%s'):format(rule.name, rule.name) end
         if rule.defaultf then lines[#lines + 1] = ('    %s = defaultf_%s()'):format(rule.name, rule.name) end
         lines[#lines + 1] = ('  elseif not (%s) then return false end'):format(test)
      else
         lines[#lines + 1] = ('  if not (%s) then return false end'):format(test)
      end
   end
   if not named then lines[#lines + 1] = ('  if narg > %d then return false end'):format(#rules) end
   lines[#lines + 1] = '  return true' .. (#names > 0 and ', ' .. table.concat(names, ', ') or '')
   lines[#lines + 1] = 'end'
   return table.concat(lines, '\n'), upvalues
end

local function compile(rules, named)
   local code, upvalues = source(rules, named)
   local chunk = assert(loadstring(code, '=checked'))
   local made = chunk()
   local seen = {}
   for i = 1, math.huge do
      local name = debug.getupvalue(made, i)
      if not name then break end
      seen[name] = true
      if upvalues[name] ~= nil then debug.setupvalue(made, i, upvalues[name]) end
   end
   return made, seen
end

local function usage(rules)
   local lines = {}
   for _, rule in ipairs(rules) do
      local shown = ('%s = %s'):format(rule.name, rule.type)
      lines[#lines + 1] = is_optional(rule) and '[' .. shown .. ']' or shown
   end
   return '(' .. table.concat(lines, ', ') .. ')'
end

local overloads = setmetatable({}, {__mode = 'k'})

return function(rules)
   local ways = {compile(rules, false)}
   if not rules.nonamed then ways[#ways + 1] = (compile(rules, true)) end
   local before = rules.overload and overloads[rules.overload]
   local list = {}
   for _, entry in ipairs(before or {}) do list[#list + 1] = entry end
   list[#list + 1] = {ways = ways, rules = rules}

   local function pick(entry, ok, ...)
      if ok then
         if entry.rules.call then return true, entry.rules.call(...) end
         return true, ...
      end
      return false
   end
   local function finish(ok, ...) return ... end
   local function call(...)
      for _, entry in ipairs(list) do
         for _, way in ipairs(entry.ways) do
            if way and type(way) == 'function' then
               local answers = {n = 0}
               local function keep(...) answers = {n = select('#', ...), ...} end
               keep(pick(entry, way(...)))
               if answers[1] then return finish(unpack(answers, 1, answers.n)) end
            end
         end
      end
      local given = {}
      for i = 1, select('#', ...) do given[i] = env.type((select(i, ...))) end
      error(('invalid arguments: %s\nexpected: %s'):format(table.concat(given, ', '), usage(rules)), 2)
   end
   overloads[call] = list
   return call
end
