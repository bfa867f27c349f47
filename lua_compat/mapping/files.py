"""``load`` and ``save``: ``.t7`` files as Python values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from lua_compat import t7
from lua_compat.mapping.load import Loader, Maker
from lua_compat.mapping.save import Saver


def load(
    path: str | os.PathLike[str],
    *,
    classes: Mapping[str, Maker] | None = None,
    long_size: int | None = None,
    mmap: bool = True,
) -> Any:
    """The value that a ``.t7`` file holds, as Python has it.

    Numbers are int where whole, else float; strings are str (bytes where not UTF-8). A table with keys 1..n only is a
    list, any other a dict whose keys can also be read as attributes. Objects of registered classes are ``nn`` modules
    whose parameters lie in the mapped file (writing to them never writes to it); others are `TorchObject`. One object
    in the file is one object in memory. Indices of classes and labels in data are what they were: from 1.

    Args:
        path: the file, binary or ASCII.
        classes: Torch7 class name to a function that makes a value of its fields, for classes of your own.
        long_size: 4 or 8 where the width of ``long`` is known; else it is found from the file.
        mmap: whether storages are mapped; False reads all at once.

    Raises:
        T7Error: where the file is not a well-formed ``.t7`` file.
        MappingError: where an object of a registered class has not the fields of its class.
    """
    return Loader(classes).value(t7.read_file(path, long_size=long_size, mmap=mmap))


def save(path: str | os.PathLike[str], value: Any, *, format: str = "binary", long_size: int = 8) -> None:
    """Writes a value to a ``.t7`` file that Torch7 can read; beside the file first, then renamed into place.

    Modules become the objects of their Torch7 classes; lists and dicts tables; numbers doubles.

    Args:
        path: the file.
        value: numbers, strings, None, tensors, numpy arrays, modules, and lists and dicts of them.
        format: ``"binary"`` or ``"ascii"``.
        long_size: the width of ``long`` of the machine that will read it, 4 or 8.

    Raises:
        MappingError: with every value that Torch7 has nothing for, and its place; no file is written then.
    """
    t7.write_file(path, Saver().graph(value), format=format, long_size=long_size)
