-- A picture with the content of one and the style of another, by the losses of Gatys et al. within a convolutional net.
-- The net is a small one of fixed random weights: what is shown here are the loss layers, not the pictures.
require 'torch'
require 'nn'
require 'image'
require 'optim'

torch.setdefaulttensortype('torch.FloatTensor')

local cmd = torch.CmdLine()
cmd:option('-style_image', 'style.png', 'Style target image')
cmd:option('-content_image', 'content.png', 'Content target image')
cmd:option('-image_size', 48, 'Maximum height / width of generated image')
cmd:option('-gpu', 0, 'Zero-indexed ID of the GPU to use; for CPU mode set -gpu = -1')
cmd:option('-content_weight', 5)
cmd:option('-style_weight', 100)
cmd:option('-tv_weight', 1e-3)
cmd:option('-num_iterations', 20)
cmd:option('-normalize_gradients', false)
cmd:option('-init', 'random', 'random|image')
cmd:option('-optimizer', 'lbfgs', 'lbfgs|adam')
cmd:option('-learning_rate', 1e1)
cmd:option('-print_iter', 5)
cmd:option('-save_iter', 10)
cmd:option('-output_image', 'out.png')
cmd:option('-style_scale', 1.0)
cmd:option('-pooling', 'max', 'max|avg')
cmd:option('-seed', -1)
cmd:option('-content_layers', 'relu2_1', 'layers for content')
cmd:option('-style_layers', 'relu1_1,relu2_1', 'layers for style')

local function preprocess(img)
   local mean_pixel = torch.FloatTensor({103.939, 116.779, 123.68})
   local perm = torch.LongTensor {3, 2, 1}
   img = img:index(1, perm):mul(256.0)
   mean_pixel = mean_pixel:view(3, 1, 1):expandAs(img)
   img:add(-1, mean_pixel)
   return img
end

local function deprocess(img)
   local mean_pixel = torch.FloatTensor({103.939, 116.779, 123.68})
   mean_pixel = mean_pixel:view(3, 1, 1):expandAs(img)
   img = img + mean_pixel
   local perm = torch.LongTensor {3, 2, 1}
   img = img:index(1, perm):div(256.0)
   return img
end

-- The content's loss: passes its input through and keeps what it adds up to.
local ContentLoss, parent = torch.class('nn.ContentLoss', 'nn.Module')

function ContentLoss:__init(strength, target, normalize)
   parent.__init(self)
   self.strength = strength
   self.target = target
   self.normalize = normalize or false
   self.loss = 0
   self.crit = nn.MSECriterion()
end

function ContentLoss:updateOutput(input)
   if input:nElement() == self.target:nElement() then
      self.loss = self.crit:forward(input, self.target) * self.strength
   else
      print('WARNING: Skipping content loss')
   end
   self.output = input
   return self.output
end

function ContentLoss:updateGradInput(input, gradOutput)
   if input:nElement() == self.target:nElement() then
      self.gradInput = self.crit:backward(input, self.target)
   end
   if self.normalize then
      self.gradInput:div(torch.norm(self.gradInput, 1) + 1e-8)
   end
   self.gradInput:mul(self.strength)
   self.gradInput:add(gradOutput)
   return self.gradInput
end

local function GramMatrix()
   local net = nn.Sequential()
   net:add(nn.View(-1):setNumInputDims(2))
   local concat = nn.ConcatTable()
   concat:add(nn.Identity())
   concat:add(nn.Identity())
   net:add(concat)
   net:add(nn.MM(false, true))
   return net
end

local StyleLoss, parent = torch.class('nn.StyleLoss', 'nn.Module')

function StyleLoss:__init(strength, target, normalize)
   parent.__init(self)
   self.normalize = normalize or false
   self.strength = strength
   self.target = target
   self.loss = 0
   self.gram = GramMatrix()
   self.G = nil
   self.crit = nn.MSECriterion()
end

function StyleLoss:updateOutput(input)
   self.G = self.gram:forward(input)
   self.G:div(input:nElement())
   self.loss = self.crit:forward(self.G, self.target)
   self.loss = self.loss * self.strength
   self.output = input
   return self.output
end

function StyleLoss:updateGradInput(input, gradOutput)
   local dG = self.crit:backward(self.G, self.target)
   dG:div(input:nElement())
   self.gradInput = self.gram:backward(input, dG)
   if self.normalize then
      self.gradInput:div(torch.norm(self.gradInput, 1) + 1e-8)
   end
   self.gradInput:mul(self.strength)
   self.gradInput:add(gradOutput)
   return self.gradInput
end

local TVLoss, parent = torch.class('nn.TVLoss', 'nn.Module')

function TVLoss:__init(strength)
   parent.__init(self)
   self.strength = strength
   self.x_diff = torch.Tensor()
   self.y_diff = torch.Tensor()
end

function TVLoss:updateOutput(input)
   self.output = input
   return self.output
end

function TVLoss:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):zero()
   local C, H, W = input:size(1), input:size(2), input:size(3)
   self.x_diff:resize(3, H - 1, W - 1)
   self.y_diff:resize(3, H - 1, W - 1)
   self.x_diff:copy(input[{{}, {1, -2}, {1, -2}}])
   self.x_diff:add(-1, input[{{}, {1, -2}, {2, -1}}])
   self.y_diff:copy(input[{{}, {1, -2}, {1, -2}}])
   self.y_diff:add(-1, input[{{}, {2, -1}, {1, -2}}])
   self.gradInput[{{}, {1, -2}, {1, -2}}]:add(self.x_diff):add(self.y_diff)
   self.gradInput[{{}, {1, -2}, {2, -1}}]:add(-1, self.x_diff)
   self.gradInput[{{}, {2, -1}, {1, -2}}]:add(-1, self.y_diff)
   self.gradInput:mul(self.strength)
   self.gradInput:add(gradOutput)
   return self.gradInput
end

local function build_cnn()
   local net = nn.Sequential()
   local names, planes = {}, 3
   local function conv(name, to)
      net:add(nn.SpatialConvolution(planes, to, 3, 3, 1, 1, 1, 1))
      names[#names + 1] = 'conv' .. name
      net:add(nn.ReLU(true))
      names[#names + 1] = 'relu' .. name
      planes = to
   end
   conv('1_1', 8)
   conv('1_2', 8)
   net:add(nn.SpatialMaxPooling(2, 2, 2, 2))
   names[#names + 1] = 'pool1'
   conv('2_1', 16)
   conv('3_1', 16)
   for i, name in ipairs(names) do net:get(i).name = name end
   return net:float()
end

local function main(params)
   if params.gpu >= 0 then
      local ok = pcall(require, 'cutorch')
      if not ok then
         print('cutorch is not there, falling back on CPU mode')
         params.gpu = -1
      else
         require 'cunn'
         cutorch.setDevice(params.gpu + 1)
      end
   end
   if params.seed >= 0 then torch.manualSeed(params.seed) end
   local function to_device(x) return params.gpu >= 0 and x:cuda() or x:float() end

   local cnn = to_device(build_cnn())
   local content_image = image.load(params.content_image, 3)
   content_image = image.scale(content_image, params.image_size, 'bilinear')
   local content_image_caffe = to_device(preprocess(content_image):float())
   local style_size = math.ceil(params.style_scale * params.image_size)
   local style_image = image.scale(image.load(params.style_image, 3), style_size, 'bilinear')
   local style_image_caffe = to_device(preprocess(style_image):float())

   local content_layers = params.content_layers:split(',')
   local style_layers = params.style_layers:split(',')
   local content_losses, style_losses = {}, {}
   local next_content_idx, next_style_idx = 1, 1
   local net = nn.Sequential()
   if params.tv_weight > 0 then
      net:add(to_device(nn.TVLoss(params.tv_weight):float()))
   end
   for i = 1, #cnn do
      if next_content_idx <= #content_layers or next_style_idx <= #style_layers then
         local layer = cnn:get(i)
         local name = layer.name
         if torch.type(layer):find('MaxPooling') and params.pooling == 'avg' then
            assert(layer.padW == 0 and layer.padH == 0)
            net:add(to_device(nn.SpatialAveragePooling(layer.kW, layer.kH, layer.dW, layer.dH):float()))
            print('Replacing max pooling at layer ' .. i .. ' with average pooling')
         else
            net:add(layer)
         end
         if name == content_layers[next_content_idx] then
            print('Setting up content layer', i, ':', layer.name)
            local target = net:forward(content_image_caffe):clone()
            local loss_module = to_device(nn.ContentLoss(params.content_weight, target, params.normalize_gradients):float())
            net:add(loss_module)
            table.insert(content_losses, loss_module)
            next_content_idx = next_content_idx + 1
         end
         if name == style_layers[next_style_idx] then
            print('Setting up style layer  ', i, ':', layer.name)
            local gram = to_device(GramMatrix():float())
            local target_features = net:forward(style_image_caffe):clone()
            local target_i = gram:forward(target_features):clone()
            target_i:div(target_features:nElement())
            local loss_module = to_device(nn.StyleLoss(params.style_weight, target_i, params.normalize_gradients):float())
            net:add(loss_module)
            table.insert(style_losses, loss_module)
            next_style_idx = next_style_idx + 1
         end
      end
   end
   -- The weights are not trained.
   cnn = nil
   for _, module in ipairs(net:findModules('nn.SpatialConvolution')) do
      module.gradWeight = nil
      module.gradBias = nil
   end
   collectgarbage()

   local img
   if params.init == 'random' then
      img = torch.randn(content_image:size()):float():mul(0.001)
   elseif params.init == 'image' then
      img = content_image_caffe:clone():float()
   else
      error('Invalid init type')
   end
   img = to_device(img)

   local y = net:forward(img)
   local dy = img.new(#y):zero()

   local optim_state
   if params.optimizer == 'lbfgs' then
      optim_state = {maxIter = params.num_iterations, verbose = false, tolX = -1, tolFun = -1}
   elseif params.optimizer == 'adam' then
      optim_state = {learningRate = params.learning_rate}
   else
      error(string.format('Unrecognized optimizer "%s"', params.optimizer))
   end

   local num_calls = 0
   local function maybe_print(t, loss)
      if params.print_iter > 0 and t % params.print_iter == 0 then
         print(string.format('Iteration %d / %d', t, params.num_iterations))
         for i, loss_module in ipairs(content_losses) do
            print(string.format('  Content %d loss: %.3f', i, loss_module.loss))
         end
         for i, loss_module in ipairs(style_losses) do
            print(string.format('  Style %d loss: %.3f', i, loss_module.loss))
         end
         print(string.format('  Total loss: %.3f', loss))
      end
   end

   local function maybe_save(t)
      if (params.save_iter > 0 and t % params.save_iter == 0) or t == params.num_iterations then
         local disp = deprocess(img:double():float())
         disp = image.minmax {tensor = disp, min = 0, max = 1}
         local filename = params.output_image
         if t ~= params.num_iterations then
            local ext = paths.extname(filename)
            filename = string.format('%s/%s_%d.%s', paths.dirname(filename), paths.basename(filename, ext), t, ext)
         end
         image.save(filename, disp)
      end
   end

   local function feval(x)
      num_calls = num_calls + 1
      net:forward(x)
      local grad = net:updateGradInput(x, dy)
      local loss = 0
      for _, mod in ipairs(content_losses) do loss = loss + mod.loss end
      for _, mod in ipairs(style_losses) do loss = loss + mod.loss end
      maybe_print(num_calls, loss)
      maybe_save(num_calls)
      collectgarbage()
      return loss, grad:view(grad:nElement())
   end

   if params.optimizer == 'lbfgs' then
      print('Running optimization with L-BFGS')
      local x, losses = optim.lbfgs(feval, img, optim_state)
   else
      print('Running optimization with ADAM')
      for t = 1, params.num_iterations do
         local x, losses = optim.adam(feval, img, optim_state)
      end
   end
end

main(cmd:parse(arg))
