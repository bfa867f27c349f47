-- Recurrent modules over nn: what nn lacks is put into its classes after the fact, and each class has a file.

require 'nn'
recur = {version = 2}
unpack = unpack or table.unpack

torch.include('recur', 'Module.lua')
torch.include('recur', 'AbstractRecurrent.lua')
torch.include('recur', 'Recurrence.lua')
torch.include('recur', 'Sequencer.lua')

return recur
