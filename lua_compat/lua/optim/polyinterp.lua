-- The minimum of the polynomial through points with given values and slopes. No function of C is held as a local, so
-- that a state with a line search can be saved.

local huge = math.huge

-- Two points: the cubic's minimum between them; their middle where it has none.
local function of_two(points)
   local a, b = points[1], points[2]
   if b[1] < a[1] then a, b = b, a end
   local d1 = a[3] + b[3] - 3 * (a[2] - b[2]) / (a[1] - b[1])
   local square = d1 * d1 - a[3] * b[3]
   if square < 0 then return (a[1] + b[1]) / 2 end
   local d2 = math.sqrt(square)
   local place = b[1] - (b[1] - a[1]) * ((b[3] + d2 - d1) / (b[3] - a[3] + 2 * d2))
   return math.min(math.max(place, a[1]), b[1])
end

-- Solves A c = b by elimination with pivoting; A and b are overwritten.
local function solve(A, b)
   local n = #b
   for k = 1, n do
      local pivot = k
      for i = k + 1, n do
         if math.abs(A[i][k]) > math.abs(A[pivot][k]) then pivot = i end
      end
      A[k], A[pivot], b[k], b[pivot] = A[pivot], A[k], b[pivot], b[k]
      for i = k + 1, n do
         local factor = A[i][k] / A[k][k]
         for j = k, n do A[i][j] = A[i][j] - factor * A[k][j] end
         b[i] = b[i] - factor * b[k]
      end
   end
   for k = n, 1, -1 do
      for j = k + 1, n do b[k] = b[k] - A[k][j] * b[j] end
      b[k] = b[k] / A[k][k]
   end
   return b
end

-- Coefficients, the constant first, of the polynomial of degree 2n - 1 through n points and slopes.
local function coefficients(points)
   local A, b, n = {}, {}, #points
   for i, point in ipairs(points) do
      A[i], A[n + i] = {}, {}
      for power = 0, 2 * n - 1 do
         A[i][power + 1] = point[1] ^ power
         A[n + i][power + 1] = power == 0 and 0 or power * point[1] ^ (power - 1)
      end
      b[i], b[n + i] = point[2], point[3]
   end
   return solve(A, b)
end

local function value_at(c, x)
   local sum = 0
   for i = #c, 1, -1 do sum = sum * x + c[i] end
   return sum
end

-- The real zeros of a polynomial between two bounds: between each two zeros of its derivative by bisection.
local function zeros(c, from, to)
   while #c > 1 and c[#c] == 0 do c[#c] = nil end
   if #c <= 1 then return {} end
   if #c == 2 then return {-c[1] / c[2]} end
   local derivative = {}
   for i = 2, #c do derivative[i - 1] = (i - 1) * c[i] end
   local marks, found = {from}, {}
   for _, z in ipairs(zeros(derivative, from, to)) do
      if z > from and z < to then marks[#marks + 1] = z end
   end
   marks[#marks + 1] = to
   for i = 1, #marks - 1 do
      local low, high = marks[i], marks[i + 1]
      local at_low, at_high = value_at(c, low), value_at(c, high)
      if at_low * at_high <= 0 then
         for _ = 1, 200 do
            local middle = (low + high) / 2
            if middle == low or middle == high then break end
            if value_at(c, middle) * at_low > 0 then low = middle else high = middle end
         end
         found[#found + 1] = math.abs(value_at(c, low)) < math.abs(value_at(c, high)) and low or high
      end
   end
   return found
end

local function bounded(points, from, to)
   local c = coefficients(points)
   local slope = {}
   for i = 2, #c do slope[i - 1] = (i - 1) * c[i] end
   local candidates = {from, to}
   for _, point in ipairs(points) do candidates[#candidates + 1] = point[1] end
   local finite = true
   for _, value in ipairs(slope) do finite = finite and value == value and math.abs(value) ~= huge end
   if finite then
      for _, z in ipairs(zeros(slope, from, to)) do candidates[#candidates + 1] = z end
   end
   local best, lowest = (from + to) / 2, huge
   for _, x in ipairs(candidates) do
      local value = value_at(c, x)
      if x >= from and x <= to and value < lowest then best, lowest = x, value end
   end
   return best, lowest
end

--- optim.polyinterp(points [, from, to]): `points` has a row (x, f(x), f'(x)) for each point, a tensor or a table of
--- tables. Returns where the polynomial is lowest, with bounds or more than two points its value there too.
local function polyinterp(points, from, to)
   local rows = {}
   local n = type(points) == 'table' and #points or points:size(1)
   for i = 1, n do rows[i] = {points[i][1], points[i][2], points[i][3]} end
   if n == 2 and from == nil and to == nil then return of_two(rows) end
   local low, high = huge, -huge
   for _, row in ipairs(rows) do low, high = math.min(low, row[1]), math.max(high, row[1]) end
   return bounded(rows, from or low, to or high)
end

return polyinterp
