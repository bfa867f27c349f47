"""Functions and methods in both languages: rows of a snippet each, over the same tensors.

Every row is run in both languages by the tests, and in PyTorch where it is installed, and the values compared. In the
snippets ``x`` and ``y`` are tensors of 3 by 4 numbers, ``v`` and ``w`` of 4, ``a`` is a symmetric positive definite
matrix of 4 by 4, ``b`` of 3 by 4 bits, ``n`` of 4 whole numbers, ``k`` a kernel of 2 by 2, ``i`` a list of indices
(counted as the language counts), ``img`` a picture of 3 planes of 8 by 6, and ``torch`` is Torch7 on one side and
``pytorch_from_lua`` on the other.

To add a row, add it to its family's file; `GROUPS` has them in the order of the documents.
"""

from __future__ import annotations

from lua_compat.guide.functions import (
    classes,
    convolutions,
    files,
    indexing,
    linear_algebra,
    making,
    pictures,
    pointwise,
    random_numbers,
    reductions,
    scripts,
    shapes,
    storages,
    system,
    testing,
    types,
)
from lua_compat.guide.functions.left_out import LEFT_OUT
from lua_compat.guide.functions.row import LUA_SETUP, NO_PYTORCH, PYTHON_SETUP, Row

__all__ = ["GROUPS", "LEFT_OUT", "LUA_SETUP", "NO_PYTORCH", "PYTHON_SETUP", "Row"]

#: The rows by family, under the titles of the documents.
GROUPS: dict[str, tuple[Row, ...]] = {
    "Making tensors": making.MAKING,
    "Types and conversion": types.TYPES,
    "Shapes and views": shapes.SHAPES,
    "Elements and indexing": indexing.INDEXING,
    "Arithmetic": pointwise.ARITHMETIC,
    "Functions of elements": pointwise.FUNCTIONS,
    "Bits": pointwise.BITS,
    "Comparisons": pointwise.COMPARISONS,
    "Reductions": reductions.REDUCTIONS,
    "Sorting and searching": reductions.SORTING,
    "Products": linear_algebra.PRODUCTS,
    "Equations and factorizations": linear_algebra.FACTORIZATIONS,
    "Convolutions": convolutions.CONVOLUTIONS,
    "Random numbers": random_numbers.RANDOM_NUMBERS,
    "Storages": storages.STORAGES,
    "Saving and loading": files.SAVING,
    "Files": files.FILES,
    "Classes": classes.CLASSES,
    "Command lines": scripts.COMMAND_LINES,
    "Time": scripts.TIME,
    "Settings": scripts.SETTINGS,
    "Tests": testing.TESTING,
    "paths": system.PATHS,
    "sys": system.SYS,
    "xlua": system.XLUA,
    "tds": system.TDS,
    "threads": system.THREADS,
    "image": pictures.PICTURES,
}
