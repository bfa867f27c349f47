-- Runs the cases of one file, compares them with their goldens and writes what came of each: for programs, where
-- check.lua is for people.
-- Usage: th run_cases.lua AREA/FILE REPORT
-- REPORT gets a line a case, `ok<TAB>name` or `FAIL<TAB>name<TAB>reason`, and last `end<TAB>number of lines`; without that
-- last line the run died on the way. In names and reasons a backslash, tab, newline and carriage return are escaped.
-- What the cases print goes to standard output and is nobody's business.
require 'torch'
require 'paths'
local here = arg[0]:match('^(.*)/') or '.'
local Case = dofile(paths.concat(here, 'case.lua'))
local label, report_path = arg[1], arg[2]
local area, file = label:match('^(%w+)/([%w_]+)$')
assert(area and report_path, 'usage: th run_cases.lua AREA/FILE REPORT')
local needs = {tensor = {}, torch = {}, nn = {'nn'}, criterion = {'nn'}, optim = {'optim'}, nngraph = {'nngraph'},
               image = {'image'}, util = {'xlua', 'sys', 'paths', 'tds'}}

local ESCAPES = {['\\'] = '\\\\', ['\t'] = '\\t', ['\n'] = '\\n', ['\r'] = '\\r'}
local function escaped(text) return (tostring(text):gsub('[\\\t\n\r]', ESCAPES)) end

local lines = {}
local function report(name, why)
   lines[#lines + 1] = why and 'FAIL\t' .. escaped(name) .. '\t' .. escaped(why) or 'ok\t' .. escaped(name)
end

local golden, order = {}, {}
for _, r in ipairs(torch.load(paths.concat(here, 'golden', area, file .. '.t7'))) do
   golden[r.name] = r
   order[#order + 1] = r.name
end

-- The first difference between a case's results and its golden ones, or nil.
local function difference(result, want)
   for i = 1, math.max(result.n, want.n) do
      local why = Case.differs(result.values[i], want.values[i], 'result ' .. i)
      if why then return why end
   end
end

local function judge(result)
   local want = golden[result.name]
   if want == nil then return 'no golden' end
   if not result.ok then return result.err or 'error' end
   -- A comparison asks the values for their sizes and elements: that may fail too.
   local compared, why = pcall(difference, result, want)
   if compared then return why end
   return 'comparing: ' .. tostring(why)
end

-- A package that is not there fails the cases that use it, not those beside them.
for _, package in ipairs(needs[area] or {}) do
   local found, why = pcall(require, package)
   if not found then print('require ' .. package .. ': ' .. tostring(why)) end
end
local ran, results = pcall(Case.run, paths.concat(here, 'cases', area, file .. '.lua'))
local seen = {}
if ran then
   for _, result in ipairs(results) do
      seen[result.name] = true
      report(result.name, judge(result))
   end
end
local missing = ran and 'the file did not run this case' or 'the file did not run: ' .. tostring(results)
for _, name in ipairs(order) do
   if not seen[name] then report(name, missing) end
end

local out = assert(io.open(report_path, 'w'))
for _, line in ipairs(lines) do out:write(line, '\n') end
out:write('end\t', #lines, '\n')
out:close()
