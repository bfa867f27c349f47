-- treplutils: what trepl had in C.

local host = require '_host'

local NAMES = {[io.stdin] = 'stdin', [io.stdout] = 'stdout', [io.stderr] = 'stderr'}

return {
   --- isatty([file]): whether it is a terminal; standard output where none is given.
   isatty = function(file) return host.isatty(NAMES[file or io.stdout] or 'none') == true end,
}
