"""scipy, and cupyx.scipy for arrays on a GPU: special functions, LAPACK and what is built on it.

Imported here alone and when first needed, since that takes longer than everything else of a start.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import parallel
from pytorch_from_lua.kernels.namespace import Array

_LETTERS = {"f": "s", "d": "d"}  # in the names of BLAS and LAPACK


@functools.cache
def package(xp: Any, name: str) -> Any:
    """Return the package ``name`` of scipy for the arrays of ``xp``: ``special``, ``linalg``, ``linalg.lapack``.

    >>> import numpy as np
    >>> float(package(np, "special").erf(0.0))
    0.0
    """
    found = importlib.import_module(f"{'scipy' if xp is np else 'cupyx.scipy'}.{name}")
    parallel.govern()  # a BLAS of scipy's own came with it
    return found


def routine(library: str, a: Array, name: str) -> Callable[..., Any]:
    """Return the routine ``name`` of ``linalg.lapack`` or ``linalg.blas`` for the element type of a numpy array.

    >>> import numpy as np
    >>> routine("linalg.blas", np.ones(2), "dot")(np.ones(2), np.ones(2))
    2.0
    """
    found: Callable[..., Any] = getattr(package(np, library), _LETTERS[a.dtype.char] + name)
    return found
