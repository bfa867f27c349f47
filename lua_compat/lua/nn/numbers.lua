-- Checks of the numbers that a constructor is given. `numbers(class, name, value, least, ...)`: each must be a whole
-- number of at least `least`; no `least` is any number.

return function(class, ...)
   local given = {...}
   for i = 1, select('#', ...), 3 do
      local name, value, least = given[i], given[i + 1], given[i + 2]
      if type(value) ~= 'number' or (least and (value < least or value ~= math.floor(value))) then
         local wanted = least and 'a whole number of at least ' .. least or 'a number'
         error(('%s: %s is %s, %s is needed'):format(class, name, tostring(value), wanted), 3)
      end
   end
end
