local Sequencer, parent = torch.class('nn.Sequencer', 'nn.Decorator')

function Sequencer:__init(module)
   assert(torch.isTypeOf(module, 'nn.AbstractRecurrent'), 'expecting nn.AbstractRecurrent')
   parent.__init(self, module)
   self.module = module
   self.output = {}
end

function Sequencer:updateOutput(input)
   self.module:forget()
   self.output = {}
   for step, x in ipairs(input) do self.output[step] = self.module:updateOutput(x) end
   return self.output
end

function Sequencer:updateGradInput() error 'backward is one call' end

function Sequencer:backward(input, gradOutput)
   self.gradInput = {}
   for step = #input, 1, -1 do self.gradInput[step] = self.module:backwardStep(step, input[step], gradOutput[step]) end
   return self.gradInput
end
