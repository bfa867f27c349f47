-- inn: the names of modules of imagine-nn that nn has.

local inn = {}
_G.inn = inn
require('spellings').define('inn')

return inn
