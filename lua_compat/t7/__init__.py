"""Torch7's ``.t7`` files, binary and ASCII: reading, writing and the ``t7`` command line."""

from lua_compat.errors import T7Error
from lua_compat.t7.builder import Builder, GraphBuilder
from lua_compat.t7.describe import Describer, GraphDescriber, UnwritableError
from lua_compat.t7.files import bytes_reader, open_reader, read_bytes, read_file, write_bytes, write_file
from lua_compat.t7.reader import Reader
from lua_compat.t7.values import T7Function, T7Object, T7Opaque, T7Table, TdsHash, TdsVec
from lua_compat.t7.writer import Writer

__all__ = [
    "Builder",
    "Describer",
    "GraphBuilder",
    "GraphDescriber",
    "Reader",
    "T7Error",
    "T7Function",
    "T7Object",
    "T7Opaque",
    "T7Table",
    "TdsHash",
    "TdsVec",
    "UnwritableError",
    "Writer",
    "bytes_reader",
    "open_reader",
    "read_bytes",
    "read_file",
    "write_bytes",
    "write_file",
]
