-- pl.file: whole files.

local host = require '_host'
local utils = require 'pl.utils'
local path = require 'pl.path'

local file = {
   read = utils.readfile, write = utils.writefile, access_time = path.getatime, modified_time = path.getmtime,
   creation_time = path.getctime,
}

--- file.copy(source, target [, only if new]), file.move(source, target): true; or false and a message.
function file.copy(source, target, only_new)
   utils.assert_string(1, source)
   utils.assert_string(2, target)
   if only_new and host.kind(target) ~= nil then return false, target .. ': exists already' end
   local ok, message = host.copyfile(source, target)
   return ok or false, message
end

function file.move(source, target)
   local ok, message = host.movefile(utils.assert_string(1, source), utils.assert_string(2, target))
   return ok or false, message
end

--- file.delete(name): true; nil and a message.
function file.delete(name) return os.remove(utils.assert_string(1, name)) end

return file
