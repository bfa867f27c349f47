-- cjson.safe: as cjson, but encode and decode answer nil and a message where cjson raises an error.

require 'cjson'

return package.loaded['cjson.safe']
