-- Whether two values are the same for torch.Tester: numbers and elements up to a tolerance, tables by what they hold.

local torch = require 'torch'

local compare = {}

local function shown(value) return type(value) == 'string' and ('%q'):format(value) or tostring(value) end

-- Two tensors of one type and shape. Where one holds NaN, or both the same infinity, they differ, as in Torch7.
local function elements(a, b, tolerance, what)
   local difference = (a:double() - b:double()):abs():max()
   if difference <= tolerance then return true end
   return false, ('%sEQ(==) violation: max diff=%s, tolerance=%s'):format(what, tostring(difference), tostring(tolerance))
end

--- compare.tensors(a, b, tolerance [, any_shape]): true, or false and why not.
function compare.tensors(a, b, tolerance, any_shape)
   if not any_shape and a:dim() ~= b:dim() then return false, 'The tensors have different dimensions' end
   if a:type() ~= b:type() then return false, 'The tensors have different types' end
   if a:nElement() == 0 and b:nElement() == 0 then return true end
   if a:nElement() ~= b:nElement() or not (any_shape or a:isSameSizeAs(b)) then
      return false, 'The tensors have different sizes'
   end
   return elements(a:contiguous():view(-1), b:contiguous():view(-1), tolerance, 'Tensor')
end

local function storages(a, b, tolerance)
   if #a ~= #b then return false, 'The storages have different sizes' end
   if torch.type(a) ~= torch.type(b) then return false, 'The storages have different types' end
   if #a == 0 then return true end
   local Tensor = torch[torch.type(a):match('%.(%a+)Storage') .. 'Tensor']
   return elements(Tensor(a), Tensor(b), tolerance, 'Storage')
end

local function plain(a, b, tolerance)
   if type(a) == 'number' and type(b) == 'number' then
      if a == b or math.abs(a - b) <= tolerance then return true end
      if tolerance > 0 then
         return false, ('EQ failed: %s ~= %s with tolerance=%s'):format(tostring(a), tostring(b), tostring(tolerance))
      end
   elseif type(a) ~= type(b) or torch.type(a) ~= torch.type(b) then
      return false, ('EQ failed: values have different types (first: %s, second: %s)'):format(torch.type(a), torch.type(b))
   elseif a == b then
      return true
   end
   return false, ('EQ failed: %s ~= %s'):format(shown(a), shown(b))
end

local function leaves(a, b, tolerance)
   if torch.isTensor(a) and torch.isTensor(b) then return compare.tensors(a, b, tolerance) end
   if torch.isStorage(a) and torch.isStorage(b) then return storages(a, b, tolerance) end
   return plain(a, b, tolerance)
end

local function at_place(place, why) return place == '' and why or why .. ' (at ' .. place .. ')' end

--- compare.values(a, b, tolerance): true, or false and why not. Of two differences the one less deep is told.
function compare.values(a, b, tolerance)
   local queue, first, met = {{a, b, ''}}, 1, {}
   while queue[first] ~= nil do
      local x, y, place = unpack(queue[first], 1, 3)
      first = first + 1
      if type(x) == 'table' and type(y) == 'table' and torch.type(x) == torch.type(y) then
         met[x] = met[x] or {}
         if not rawequal(x, y) and not met[x][y] then
            met[x][y] = true
            for key in pairs(y) do
               if x[key] == nil then return false, at_place(place, ('EQ failed: only the second has the key %s'):format(shown(key))) end
            end
            for key, value in pairs(x) do
               if y[key] == nil then return false, at_place(place, ('EQ failed: only the first has the key %s'):format(shown(key))) end
               queue[#queue + 1] = {value, y[key], ('%s[%s]'):format(place, shown(key))}
            end
         end
      else
         local same, why = leaves(x, y, tolerance)
         if not same then return false, at_place(place, why) end
      end
   end
   return true
end

return compare
