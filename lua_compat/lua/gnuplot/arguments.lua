-- What the plotting functions take: ['name',] tensors [, format], or any number of tables of these.

local torch = require 'torch'
local errors = require 'torch.errors'

local arguments = {}

local function doubles(tensor) return torch.DoubleTensor(tensor:size()):copy(tensor) end

-- One curve's or surface's arguments: the name, the tensors, the format.
local function read(fn, given, count)
   local name, format
   local tensors = {}
   for i = 1, count do
      local value = given[i]
      if torch.isTensor(value) then
         if format ~= nil then errors.raise('%s: argument %d is a tensor after the format', fn, i) end
         if value:dim() == 0 then errors.raise('%s: argument %d is a tensor without elements', fn, i) end
         tensors[#tensors + 1] = doubles(value)
      elseif torch.isStorage(value) and #value > 0 then
         local storage = torch.DoubleStorage(#value):copy(value)
         tensors[#tensors + 1] = torch.DoubleTensor(storage)
      elseif type(value) == 'string' and #tensors == 0 and name == nil then
         name = value
      elseif type(value) == 'string' and format == nil then
         format = value
      elseif value ~= nil then
         errors.raise('%s: argument %d: a tensor or a string expected, got %s', fn, i, torch.type(value))
      end
   end
   if #tensors == 0 then errors.raise("%s: at least one tensor expected: ['name',] tensors [, format]", fn) end
   return name or '', tensors, format
end

-- The same for every table, or for the arguments themselves where the first is no table.
local function each(fn, build, ...)
   local count, first = select('#', ...), ...
   if count == 0 then errors.raise("%s: ['name',] tensors [, format] expected, or tables of these", fn) end
   if type(first) ~= 'table' then return {build(fn, read(fn, {...}, count))} end
   local layers, list = {}, {...}
   -- one table of tables is a list of curves
   if count == 1 and type(first[1]) == 'table' then list, count = first, #first end
   for i = 1, count do
      if type(list[i]) ~= 'table' then
         errors.raise('%s: argument %d: a table expected as the first is one, got %s', fn, i, torch.type(list[i]))
      end
      local longest = 0
      for key in pairs(list[i]) do
         if type(key) == 'number' and key > longest then longest = key end
      end
      layers[i] = build(fn, read(fn, list[i], longest))
   end
   return layers
end

local function sizes(tensors)
   local texts = {}
   for i, tensor in ipairs(tensors) do texts[i] = table.concat(tensor:size():totable(), 'x') end
   return table.concat(texts, ' and ')
end

local MOST_COLUMNS = 4 -- x, y, dx, dy; a single row of more is a vector

-- [x,] y as the columns of a matrix; a matrix has its columns already.
local function curve(fn, name, tensors, format)
   local first, second = tensors[1], tensors[2]
   local columns
   local is_row = first:dim() == 2 and first:size(1) == 1 and first:size(2) > MOST_COLUMNS
   if #tensors == 1 and first:dim() == 2 and first:size(2) > 1 and not is_row then
      columns = first
   elseif #tensors == 1 and (first:dim() == 1 or first:dim() == 2) then
      first = first:view(-1)
      columns = torch.cat(torch.range(1, first:size(1)):double(), first, 2)
   elseif #tensors <= 2 and second ~= nil and first:nElement() == second:nElement() then
      columns = torch.cat(first:view(-1, 1), second:view(-1, 1), 2)
   elseif #tensors == 2 and first:dim() == 1 and second:dim() == 2 and first:size(1) == second:size(1) then
      columns = torch.cat(first:view(-1, 1), second, 2)
   elseif #tensors > 2 then
      for i = 2, #tensors do
         if tensors[i]:nElement() ~= first:nElement() then errors.raise('%s: vectors of %s elements', fn, sizes(tensors)) end
      end
      columns = tensors[1]:view(-1, 1)
      for i = 2, #tensors do columns = torch.cat(columns, tensors[i]:view(-1, 1), 2) end
   else
      errors.raise('%s: y, or x and y with as many elements, or a matrix of columns expected, got %s', fn, sizes(tensors))
   end
   return {name = name, columns = columns:contiguous(), format = format}
end

-- [x, y,] z: matrices; x and y may be vectors along the rows and columns.
local function surface(fn, name, tensors, format)
   local z = tensors[#tensors]
   if (#tensors ~= 1 and #tensors ~= 3) or z:dim() ~= 2 then
      errors.raise('%s: a matrix z, or x, y and z expected, got %s', fn, sizes(tensors))
   end
   local rows, columns = z:size(1), z:size(2)
   local x, y = tensors[1], tensors[2]
   if #tensors == 1 then
      x, y = torch.range(1, columns):double(), torch.range(1, rows):double()
   end
   if x:dim() == 1 and x:size(1) == columns then x = x:view(1, columns):expand(rows, columns):contiguous() end
   if y:dim() == 1 and y:size(1) == rows then y = y:view(rows, 1):expand(rows, columns):contiguous() end
   if not (x:isSameSizeAs(z) and y:isSameSizeAs(z)) then
      errors.raise('%s: x, y and z must be of one size, got %s', fn, sizes(tensors))
   end
   return {name = name, x = x, y = y, z = z, format = format or 'lines'}
end

local function point_cloud(fn, name, tensors, format)
   local columns
   if #tensors == 1 and tensors[1]:dim() == 2 and tensors[1]:size(2) == 3 then
      columns = tensors[1]
   elseif #tensors == 3 and tensors[1]:nElement() == tensors[2]:nElement() and tensors[2]:nElement() == tensors[3]:nElement() then
      columns = torch.cat({tensors[1]:view(-1, 1), tensors[2]:view(-1, 1), tensors[3]:view(-1, 1)}, 2)
   else
      errors.raise('%s: x, y and z with as many elements, or a matrix of three columns expected, got %s', fn, sizes(tensors))
   end
   return {name = name, columns = columns, format = format or 'points'}
end

--- arguments.curves(fn, ...), surfaces, points: a list of {name =, format =, columns =} or {..., x =, y =, z =}.
function arguments.curves(fn, ...) return each(fn, curve, ...) end
function arguments.surfaces(fn, ...) return each(fn, surface, ...) end
function arguments.points(fn, ...) return each(fn, point_cloud, ...) end

--- arguments.matrix(fn, value): a matrix as doubles.
function arguments.matrix(fn, value)
   if not torch.isTensor(value) then errors.argument(1, fn, 'a matrix expected, got %s', torch.type(value)) end
   if value:dim() ~= 2 then
      errors.argument(1, fn, 'a matrix expected, got %s of %d dimensions', torch.type(value), value:dim())
   end
   return doubles(value)
end

return arguments
