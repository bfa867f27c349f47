-- Data sets that wrap one another, and work in other places: closures that travel as bytes.

local tnt = require 'worknet.env'
require 'worknet.dataset'
require 'worknet.listdataset'
return tnt
