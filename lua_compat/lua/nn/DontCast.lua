-- nn.DontCast: a module that keeps its type when the net around it is converted.

local torch = require 'torch'
local nn = require 'nn'

local DontCast, parent = torch.class('nn.DontCast', 'nn.Decorator')

-- The type of the first tensor in a value.
local function type_of(value)
   if torch.isTensor(value) then return torch.typename(value) end
   if type(value) == 'table' then
      for _, item in pairs(value) do
         local found = type_of(item)
         if found then return found end
      end
   end
end

-- The values in tensors of a type, those of `kept` where they are of it.
local function converted(kept, value, type_name)
   if torch.isTensor(value) then
      if torch.typename(kept) ~= type_name then kept = torch.getmetatable(type_name).new() end
      return kept:resize(value:size()):copy(value)
   end
   local result = {}
   for key, item in pairs(value) do result[key] = converted(type(kept) == 'table' and kept[key] or nil, item, type_name) end
   return result
end

--- castin: whether inputs are converted for the module; castout: whether its outputs are converted to the net's type (as
--- castin where nil); moduleType: the module's type, found from its parameters where nil.
function DontCast:__init(module, castin, castout, moduleType)
   parent.__init(self, module)
   self.castin = castin
   if castout == nil then self.castout = castin else self.castout = castout end
   self.moduleType = moduleType
   if (self.castin or self.castout) and not self.moduleType then
      local parameters = module:parameters()
      self.moduleType = parameters and type_of(parameters) or type_of(module.output) or module:type()
   end
end

local function inward(self, field, value)
   if not self.castin or type_of(value) == self.moduleType then return value end
   self[field] = converted(self[field], value, self.moduleType)
   return self[field]
end

local function outward(self, kept, value, type_name)
   if type_of(value) == type_name then return value end
   return converted(kept, value, type_name)
end

function DontCast:updateOutput(input)
   local output = self.modules[1]:updateOutput(inward(self, '_input', input))
   self.output = self.castout and outward(self, self.output, output, self._type) or output
   return self.output
end

function DontCast:updateGradInput(input, gradOutput)
   local given = self.castout and type_of(gradOutput) ~= type_of(self.modules[1].output)
   if given then
      self._gradOutput = converted(self._gradOutput, gradOutput, type_of(self.modules[1].output))
      gradOutput = self._gradOutput
   end
   local gradInput = self.modules[1]:updateGradInput(inward(self, '_input', input), gradOutput)
   self.gradInput = self.castin and outward(self, self.gradInput, gradInput, type_of(input)) or gradInput
   return self.gradInput
end

local function accumulate(name)
   DontCast[name] = function(self, input, gradOutput, factor)
      local module_type = type_of(self.modules[1].output)
      if self.castout and type_of(gradOutput) ~= module_type then gradOutput = converted(nil, gradOutput, module_type) end
      self.modules[1][name](self.modules[1], inward(self, '_input', input), gradOutput, factor)
   end
end
accumulate('accGradParameters')
accumulate('accUpdateGradParameters')
accumulate('sharedAccUpdateGradParameters')

--- What goes out is of the type from now on; the module itself keeps its own.
function DontCast:type(type_name)
   if not type_name then return self._type end
   if self.castout and type_of(self.output) ~= type_name then self.output = converted(nil, self.output, type_name) end
   if self.castin and type_of(self.gradInput) ~= type_name then self.gradInput = converted(nil, self.gradInput, type_name) end
   self._type = type_name
   return self
end
