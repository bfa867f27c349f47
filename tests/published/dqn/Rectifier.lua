-- The rectified linear unit as it was written before nn had one.
local Rectifier, parent = torch.class('nn.Rectifier', 'nn.Module')

function Rectifier:updateOutput(input)
   return self.output:resizeAs(input):copy(input):abs():add(input):div(2)
end

function Rectifier:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(self.output)
   return self.gradInput:sign(self.output):cmul(gradOutput)
end
