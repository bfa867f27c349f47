"""Torch7 files and scripts in Python: ``load`` and ``save`` read and write ``.t7``, ``Runtime`` runs Lua.

``write_model`` writes a loaded model for PyTorch and others, ``load_weights`` puts their weights into one.
In a notebook ``%load_ext lua_compat`` gives ``%%lua`` cells; ``show`` and ``plot_losses`` draw below a cell.
``view`` makes a page to look at what a file holds.
"""

from __future__ import annotations

import importlib
from typing import Any

#: Name -> module; imported when first asked for, so that each use starts fast.
_LAZY = {
    "LuaError": "lua_compat.errors",
    "Runtime": "lua_compat.bridge.runtime",
    "T7Error": "lua_compat.errors",
    "explain": "lua_compat.guide.explain",
    "last_traceback": "lua_compat.bridge.failures",
    "load": "lua_compat.mapping",
    "load_weights": "lua_compat.export.into",
    "load_ipython_extension": "lua_compat.bridge.notebook",
    "notebook_runtime": "lua_compat.bridge.notebook",
    "plot_losses": "lua_compat.bridge.showing",
    "save": "lua_compat.mapping",
    "show": "lua_compat.bridge.showing",
    "unload_ipython_extension": "lua_compat.bridge.notebook",
    "view": "lua_compat.inspection.view",
    "write_model": "lua_compat.export.files",
}

__all__ = [
    "LuaError",
    "Runtime",
    "T7Error",
    "explain",
    "last_traceback",
    "load",
    "load_weights",
    "notebook_runtime",
    "plot_losses",
    "save",
    "show",
    "view",
    "write_model",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
