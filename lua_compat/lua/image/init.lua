-- image: pictures loaded and saved, scaled, warped, filtered, converted and shown.
--
-- A picture is a tensor (H, W) or (planes, H, W) with values from 0 to 1, or of bytes.

local image = {}
_G.image = image -- libimage set it, so scripts require 'image' and go on with image.load

require 'torch'
for _, family in ipairs {'geometry', 'color', 'filters', 'drawing', 'files', 'display', 'selftest'} do
   require('image.' .. family)(image)
end

rawset(_G, 'image', image) -- scripts name it without keeping what require gives

return image
