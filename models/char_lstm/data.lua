-- A text as numbers, cut into batches that go on from one another.
require 'torch'

local Data = {}

--- Reads a text. `vocab` lists its characters; without one they are taken from the text, in order of their bytes.
function Data.load(path, vocab, opt)
   local file = assert(io.open(path, 'rb'))
   local text = file:read('*a')
   file:close()
   if vocab == nil then
      vocab = {}
      local seen = {}
      for letter in text:gmatch('.') do
         if not seen[letter] then vocab[#vocab + 1], seen[letter] = letter, true end
      end
      table.sort(vocab)
   end
   local number_of = {}
   for number, letter in ipairs(vocab) do number_of[letter] = number end
   local codes = torch.LongTensor(#text)
   for i = 1, #text do codes[i] = assert(number_of[text:sub(i, i)], 'a character that the vocabulary lacks') end

   -- Row b of `x` is a piece of the text; `y` has the character after each of x. Columns are cut into sequences.
   local per_batch = opt.batch_size * opt.seq_length
   local batches = math.floor((#text - 1) / per_batch)
   local x = codes:narrow(1, 1, batches * per_batch):view(opt.batch_size, -1):split(opt.seq_length, 2)
   local y = codes:narrow(1, 2, batches * per_batch):view(opt.batch_size, -1):split(opt.seq_length, 2)
   local train = math.floor(batches * opt.train_frac)
   assert(train > 0 and train < batches, 'the text is too short: fewer or shorter sequences are needed')
   return {x = x, y = y, train = train, batches = batches, vocab = vocab}
end

return Data
