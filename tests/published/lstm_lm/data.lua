-- Words of a text as numbers, in as many columns as there are samples in a batch.
local stringx = require('pl.stringx')
local file = require('pl.file')

local vocabulary, size = {}, 0

local function load_words(path)
   local text = stringx.replace(file.read(path), '\n', '<eos>')
   local words = stringx.split(text)
   print(string.format('Loading %s, size of data = %d', path, #words))
   local x = torch.zeros(#words)
   for i = 1, #words do
      if vocabulary[words[i]] == nil then
         size = size + 1
         vocabulary[words[i]] = size
      end
      x[i] = vocabulary[words[i]]
   end
   return x
end

-- Column i starts i / batch_size of the way into the text.
local function replicate(x, batch_size)
   local length = math.floor(x:size(1) / batch_size)
   local columns = torch.zeros(length, batch_size)
   for i = 1, batch_size do
      local start = torch.round((i - 1) * x:size(1) / batch_size) + 1
      local finish = start + length - 1
      columns:sub(1, length, i, i):copy(x:sub(start, finish))
   end
   return columns
end

return {
   dataset = function(path, batch_size) return replicate(load_words(path), batch_size) end,
   size = function() return size end,
}
