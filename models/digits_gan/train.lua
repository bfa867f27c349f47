-- Two nets trained against each other on handwritten digits, as DCGAN does it (Radford et al., 2016).
--   th train.lua -niter 25
require 'torch'
require 'nn'
require 'optim'
require 'image'
require 'paths'

local opt = {
   data = paths.concat(paths.dirname(paths.thisfile()), '../digits/digits.t7'),
   batchSize = 64,   -- pictures in one step
   nz = 20,          -- size of the noise
   ngf = 32,         -- planes of the generator next to the picture
   ndf = 32,         -- planes of the discriminator next to the picture
   niter = 25,       -- passes over the pictures
   lr = 0.001,       -- learning rate of Adam
   beta1 = 0.5,      -- its momentum
   images = 1792,    -- pictures to train on, from the first
   manualSeed = 1,   -- random seed
   save = 'out',     -- folder for the nets and the pictures
}
-- Options as name=value, or as -name value.
local given = {}
for i, word in ipairs(arg) do
   local name, value = word:match('^(%w+)=(.*)$')
   if name == nil and word:match('^%-%a') then name, value = word:match('^%-+(%w+)$'), arg[i + 1] end
   if name ~= nil then given[name] = value end
end
for name, value in pairs(given) do
   assert(opt[name] ~= nil, 'no option ' .. name)
   opt[name] = type(opt[name]) == 'number' and assert(tonumber(value), name .. ' needs a number') or value
end

torch.manualSeed(opt.manualSeed)
torch.setnumthreads(1)
torch.setdefaulttensortype('torch.DoubleTensor')

local pictures = torch.load(opt.data).images:double():div(8):add(-1) -- from -1 to 1
local count = math.floor(opt.images / opt.batchSize) * opt.batchSize
pictures = pictures:narrow(1, 1, count):view(-1, 1, 8, 8)

local function weights_init(m)
   local name = torch.type(m)
   if name:find('Convolution') then
      m.weight:normal(0.0, 0.05)
      m.bias:fill(0)
   elseif name:find('BatchNormalization') then
      m.weight:normal(1.0, 0.02)
      m.bias:fill(0)
   end
end

local netG = nn.Sequential() -- nz x 1 x 1
netG:add(nn.SpatialFullConvolution(opt.nz, opt.ngf * 2, 2, 2))
netG:add(nn.SpatialBatchNormalization(opt.ngf * 2)):add(nn.ReLU(true)) -- 2 x 2
netG:add(nn.SpatialFullConvolution(opt.ngf * 2, opt.ngf, 4, 4, 2, 2, 1, 1))
netG:add(nn.SpatialBatchNormalization(opt.ngf)):add(nn.ReLU(true)) -- 4 x 4
netG:add(nn.SpatialFullConvolution(opt.ngf, 1, 4, 4, 2, 2, 1, 1))
netG:add(nn.Tanh()) -- 8 x 8

local netD = nn.Sequential() -- 1 x 8 x 8
netD:add(nn.SpatialConvolution(1, opt.ndf, 4, 4, 2, 2, 1, 1))
netD:add(nn.LeakyReLU(0.2, true)) -- 4 x 4
netD:add(nn.SpatialConvolution(opt.ndf, opt.ndf * 2, 4, 4, 2, 2, 1, 1))
netD:add(nn.SpatialBatchNormalization(opt.ndf * 2)):add(nn.LeakyReLU(0.2, true)) -- 2 x 2
netD:add(nn.SpatialConvolution(opt.ndf * 2, 1, 2, 2))
netD:add(nn.Sigmoid())
netD:add(nn.View(1):setNumInputDims(3))

torch.manualSeed(opt.manualSeed) -- new batch normalisations draw their weights here and not in Python
netG:apply(weights_init)
netD:apply(weights_init)

local criterion = nn.BCECriterion()
local optimStateG = {learningRate = opt.lr, beta1 = opt.beta1}
local optimStateD = {learningRate = opt.lr, beta1 = opt.beta1}
local parametersD, gradParametersD = netD:getParameters()
local parametersG, gradParametersG = netG:getParameters()
print(string.format('%d parameters in the generator, %d in the discriminator', parametersG:nElement(),
                    parametersD:nElement()))

local real_label, fake_label = 0.9, 0 -- real ones are not quite sure (Salimans et al., 2016)
local label = torch.Tensor(opt.batchSize, 1)
local noise = torch.Tensor(opt.batchSize, opt.nz, 1, 1)
local noise_vis = torch.randn(64, opt.nz, 1, 1) -- for the pictures, the same in every epoch
local real, fake, errD, errG

-- The discriminator: log D(x) + log(1 - D(G(z))) is to grow.
local function fDx()
   gradParametersD:zero()
   label:fill(real_label)
   local output = netD:forward(real)
   local errD_real = criterion:forward(output, label)
   netD:backward(real, criterion:backward(output, label))

   noise:normal(0, 1)
   fake = netG:forward(noise)
   label:fill(fake_label)
   output = netD:forward(fake)
   local errD_fake = criterion:forward(output, label)
   netD:backward(fake, criterion:backward(output, label))
   errD = errD_real + errD_fake
   return errD, gradParametersD
end

-- The generator: log D(G(z)) is to grow.
local function fGx()
   gradParametersG:zero()
   label:fill(real_label)
   local output = netD:forward(fake)
   errG = criterion:forward(output, label)
   netG:backward(noise, netD:updateGradInput(fake, criterion:backward(output, label)))
   return errG, gradParametersG
end

paths.mkdir(opt.save)
for epoch = 1, opt.niter do
   local sumD, sumG = 0, 0
   local batches = torch.randperm(count):long():split(opt.batchSize)
   for _, pick in ipairs(batches) do
      real = pictures:index(1, pick)
      optim.adam(fDx, parametersD, optimStateD)
      optim.adam(fGx, parametersG, optimStateG)
      sumD, sumG = sumD + errD, sumG + errG
   end
   print(string.format('epoch %d: loss of the discriminator %.5f, of the generator %.5f', epoch, sumD / #batches,
                       sumG / #batches))
end

netG:evaluate()
local made = netG:forward(noise_vis):clone():add(1):div(2)
local grid = image.toDisplayTensor {input = made, padding = 1, nrow = 8, min = 0, max = 1}
image.save(paths.concat(opt.save, 'samples.png'), image.scale(grid, grid:size(2) * 4, grid:size(1) * 4, 'simple'))
print('saved samples.png')
netG:clearState()
netD:clearState()
torch.save(paths.concat(opt.save, 'net_G.t7'), netG)
torch.save(paths.concat(opt.save, 'net_D.t7'), netD)
