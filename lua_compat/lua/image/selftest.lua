-- image.test([names]): what must hold on every machine, tried with torch.Tester.

local torch = require 'torch'

return function(image)
   local cases = {}

   local function close(tester, a, b, tolerance, what) tester:assertTensorEq(a, b, tolerance, what) end

   function cases.flips(tester)
      local x = torch.rand(3, 5, 7)
      close(tester, image.hflip(image.hflip(x)), x, 0, 'hflip twice')
      close(tester, image.vflip(image.vflip(x)), x, 0, 'vflip twice')
   end

   function cases.scales(tester)
      local x = torch.rand(3, 8, 8)
      close(tester, image.scale(x, 4, 4), image.scale(x:float(), 4, 4):double(), 1e-6, 'types')
      tester:eq(image.scale(x, '^4'):size(2), 4, 'the shorter side')
   end

   function cases.colors(tester)
      local x = torch.rand(3, 5, 7):mul(0.8):add(0.1)
      for _, space in ipairs {'yuv', 'hsl', 'hsv', 'lab'} do
         close(tester, image[space .. '2rgb'](image['rgb2' .. space](x)), x, 1e-4, space)
      end
   end

   function cases.png(tester)
      local x = torch.ByteTensor(3, 6, 5):random(0, 255)
      tester:eq(image.decompressPNG(image.compressPNG(x), 3, 'byte'), x, 'PNG in memory')
   end

   function image.test(names)
      local tester = torch.Tester()
      local wrapped = {}
      for name, case in pairs(cases) do wrapped[name] = function() case(tester) end end
      tester:add(wrapped)
      tester:run(names)
   end
end
