"""Loops that numba compiles: when to use one, and how it is made.

The loops stand in the files ``loops*.py`` as plain Python. Importing numba takes longer than starting, so arrays go
through numpy until a loop has had enough work to pay for that; what numba compiles is kept on disk for the next
process. ``PYTORCH_FROM_LUA_NUMBA=0`` in the environment turns the loops off, ``=1`` uses them from the first call on.

Whichever way is taken, the numbers are the same to the last bit, but for three kinds. The loops of
``loops_transcendental.py`` and ``loops_smooth.py``: exp and the like are within one unit in the last place of the exact
value there, and so they are in numpy, whose bits differ between processors too. Those over explicit vectors
(`_WITH_VECTORS`), of convolutions and sums in float32: they add up in another order, and `winograd` computes another
way, within some 2e-6 of the largest value. And small products of matrices, whose sums are in the order of the depth,
where a BLAS may have another. They can change numbers at the call that uses up `PATIENCE`; who needs the same bits from
every call of a process sets the variable to 0 or 1.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import (
    loops,
    loops_depthwise,
    loops_elements,
    loops_image,
    loops_pooling,
    loops_smooth,
    loops_transcendental,
)
from pytorch_from_lua.kernels.namespace import Array

SETTING = os.environ.get("PYTORCH_FROM_LUA_NUMBA", "")
PATIENCE = 200  # calls, a large array counting for many
ELEMENTS_A_CALL = 1 << 14
_TYPES = ("f", "d")
_OF_MASKS = ("nonzero",)
_TRANSCENDENTAL = (loops_transcendental, loops_smooth)
_MODULES = (loops, loops_depthwise, loops_elements, loops_image, loops_pooling, *_TRANSCENDENTAL)
_LOOPS = {name: f for module in _MODULES for name, f in vars(module).items() if inspect.isfunction(f)}
#: What a loop that is written for one type has behind its name.
_WORDS = {"f": "_float", "d": "_double"}
#: The loops over explicit vectors, by name: the file in which they are. All but products are of float32.
_WITH_VECTORS = {
    "direct_forward": "loops_direct",
    "direct_weight": "loops_direct",
    "leaky": "loops_layers",
    "small_product": "loops_product",
    **{f"channel_{name}": "loops_layers" for name in ("affine", "back", "moments", "sums", "variances")},
    **{f"winograd_{name}": "loops_winograd" for name in ("input", "gradient", "output", "weight", "weight_gradient")},
}
_ready: dict[tuple[str, str], Callable[..., Any]] = {}
_left: dict[tuple[str, str], int] = {}
_off: list[str] = []
"""Why there are no loops, where there are none."""
_MAKING = threading.RLock()


def has_vectors() -> bool:
    """Whether the loops of ``loops_transcendental.py`` are faster than numpy on this processor, as far as is known.

    With AVX-512 numpy has vectors of its own for these functions.
    """
    features: dict[str, bool] = {}
    for module in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        with contextlib.suppress(ImportError, AttributeError):
            features = features or import_module(module).__cpu_features__
    wide = any(f.startswith(("AVX512", "X86_V4")) and here for f, here in features.items())
    return bool(features.get("AVX2") and features.get("FMA3")) and not wide


VECTORS = has_vectors()


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


def is_ready(name: str, x: Array) -> bool:
    """Whether `loop` has one already."""
    return (name, x.dtype.char) in _ready


def dense(x: Array) -> Array:
    """Return ``x`` with its elements in order: the layout in which every loop is fastest, and some only work."""
    return np.ascontiguousarray(x)


def _compile(name: str, key: tuple[str, str]) -> Callable[..., Any] | None:
    with _MAKING:  # of two threads that want a loop at once, one makes it
        return _ready.get(key) or _made(name, key)


def _made(name: str, key: tuple[str, str]) -> Callable[..., Any] | None:
    made: Callable[..., Any]
    try:
        import numba

        file = _WITH_VECTORS.get(name)
        if file is not None:
            # Written with numba's own types, so that they cannot be imported before.
            _ready[key] = made = getattr(import_module(f"pytorch_from_lua.kernels.{file}"), name)
            return made
        function = _LOOPS.get(name) or _LOOPS[name + _WORDS[key[1]]]
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
        if function.__module__ in [module.__name__ for module in _TRANSCENDENTAL]:
            options["fastmath"] = {"contract"}
            _compile_helpers(numba, options)
        # Compiled at its first call, for the types that it gets then.
        made = numba.njit(cache=True, **options)(function)
    except (ImportError, RuntimeError) as error:  # not installed, or no folder to keep the compiled code in
        _off.append(str(error))
        return None
    _ready[key] = made
    return made


def _compile_helpers(numba: Any, options: dict[str, Any]) -> None:
    """Put compiled functions in the place of those that the loops call."""
    for module in _TRANSCENDENTAL:
        for name, function in list(vars(module).items()):
            if name.startswith("_") and inspect.isfunction(function):
                own = {**options, "fastmath": loops_transcendental.FLAGS.get(name, options["fastmath"])}
                setattr(module, name, numba.njit(**own)(function))
