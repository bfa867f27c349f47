"""The names that Torch7 and Lua bring: libraries, and constants in them."""

from __future__ import annotations

#: What `require` knows without a file, and what is there without one.
LIBRARIES = {
    *(
        "torch",
        "nn",
        "optim",
        "paths",
        "xlua",
        "sys",
        "image",
        "nngraph",
        "threads",
        "math",
        "string",
        "table",
        "io",
        "os",
    ),
    *(
        "cutorch",
        "cunn",
        "cudnn",
        "lfs",
        "trepl",
        "env",
        "class",
        "tds",
        "cjson",
        "csvigo",
        "gnuplot",
        "debug",
        "package",
    ),
    *("coroutine", "bit", "dok", "pl", "signal", "loadcaffe", "hdf5", "rnn", "dpnn", "jit"),
}
#: Of those, what the translation has.
TRANSLATED = {
    *(
        "torch",
        "nn",
        "optim",
        "paths",
        "xlua",
        "sys",
        "image",
        "nngraph",
        "threads",
        "math",
        "string",
        "table",
        "io",
        "os",
    ),
    *("cutorch", "cunn", "cudnn", "lfs", "trepl", "env", "package"),
}
#: Constants and functions as values, with the helper of the runtime (or the expression) that stands for them.
CONSTANTS = {
    "math.pi": "math.pi",
    "math.huge": "math.inf",
    "tostring": "tostring",
    "tonumber": "tonumber",
    "print": "print_",
    "type": "lua_type",
    "unpack": "unpack",
    "error": "error",
    "assert": "check",
    "optim.lswolfe": "optim.lswolfe",
    "_VERSION": "VERSION",
    "string.format": "format",
    "string.sub": "sub",
    "string.match": "match",
    "string.find": "find",
    "string.gmatch": "gmatch",
    "table.concat": "concat",
    "table.unpack": "unpack",
    "package.path": "package.path",
    "package.cpath": "package.path",
}
