"""Loops that numba compiles: when to use one, and how it is made.

The loops stand in ``loops.py`` and ``loops_elements.py`` as plain Python. Importing numba takes longer than starting,
so arrays go through numpy until a loop has had enough work to pay for that; what numba compiles is kept on disk for the
next process. Whichever way is taken, the numbers are the same to the last bit. ``PYTORCH_FROM_LUA_NUMBA=0`` in the
environment turns the loops off, ``=1`` uses them from the first call on.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import loops, loops_elements
from pytorch_from_lua.kernels.namespace import Array

SETTING = os.environ.get("PYTORCH_FROM_LUA_NUMBA", "")
PATIENCE = 200  # calls, a large array counting for many
ELEMENTS_A_CALL = 1 << 14
_TYPES = ("f", "d")
_OF_MASKS = ("nonzero",)
_LOOPS = {name: f for module in (loops, loops_elements) for name, f in vars(module).items() if callable(f)}
_ready: dict[tuple[str, str], Callable[..., Any]] = {}
_left: dict[tuple[str, str], int] = {}
_off: list[str] = []
"""Why there are no loops, where there are none."""


def loop(name: str, x: Array) -> Callable[..., Any] | None:
    """Return the compiled loop ``name`` for arrays like ``x``, or None where numpy should do it."""
    if not isinstance(x, np.ndarray):
        return None
    key = (name, x.dtype.char)
    ready = _ready.get(key)
    if ready is not None:
        return ready
    if SETTING == "0" or _off or x.dtype.char not in (("?",) if name in _OF_MASKS else _TYPES):
        return None
    left = _left.get(key, PATIENCE) - 1 - x.size // ELEMENTS_A_CALL
    _left[key] = left
    return _compile(name, key) if left < 0 or SETTING == "1" else None


def dense(x: Array) -> Array:
    """Return ``x`` with its elements in order: the one layout that the loops are compiled for."""
    return np.ascontiguousarray(x)


def _compile(name: str, key: tuple[str, str]) -> Callable[..., Any] | None:
    try:
        import numba

        # Compiled at its first call, for the types that it gets then.
        made: Callable[..., Any] = numba.njit(cache=True, nogil=True, error_model="numpy")(_LOOPS[name])
    except (ImportError, RuntimeError) as error:  # not installed, or no folder to keep the compiled code in
        _off.append(str(error))
        return None
    _ready[key] = made
    return made
