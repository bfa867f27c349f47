"""Fields of modules of ``nn``: where Python has what a script reads as ``conv.kW``.

Found by making a module with different numbers everywhere, converting it with the registry, and looking where each
field's value went.
"""

from __future__ import annotations

import functools
from typing import Any

import pytorch_from_lua as torch
from lua_compat.errors import LuaError, MappingError
from lua_compat.mapping.registry import REGISTRY
from lua_compat.translate import modules

_SIZES = ["5, 8, 11, 14, 3, 2, 1, 0", "5, 8, 2, 3, 4, 6, 7, 9, 1, 0, 12, 13", "5, 8, 11", "5, 8", "5", "0.5", ""]


@functools.cache
def _sample(name: str) -> tuple[Any, Any] | None:
    """A module of a class in Lua and in Python, with numbers that tell its fields apart."""
    state = torch.get_rng_state()  # a translated script asks too, and draws the numbers of the original
    try:
        lua = modules._runtime()
        for sizes in _SIZES:
            try:
                made = lua.execute(f"return {name}({sizes})")
                return made, lua.to_python(made)
            except (LuaError, MappingError):
                continue
        return None
    finally:
        torch.set_rng_state(state)


@functools.cache
def attribute(name: str, field: str) -> tuple[str, bool] | None:
    """The expression for a field of a class, over ``{}``, and whether it is a whole number; None where it is not known.

    >>> attribute("nn.SpatialConvolution", "kW")
    ('{}.kernel_size[1]', True)
    """
    spec = REGISTRY[name]
    for attr in spec.attrs:
        if attr.field == field and attr.kind.to_python(1) == 1:
            return f"{{}}.{attr.python}", False
    for param in spec.params:
        if param.field == field:
            return f"{{}}.{param.python}.data", False
    sample = _sample(name)
    if sample is None:
        return None
    value = sample[0][field]
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    found = []
    for word, held in vars(sample[1]).items():
        if word.startswith("_") or word == "training":
            continue
        if isinstance(held, tuple):
            found += [f"{{}}.{word}[{i}]" for i, v in enumerate(held) if v == value]
        elif not isinstance(held, bool) and held == value:
            found.append(f"{{}}.{word}")
    if not found:
        return _of_weight(sample, value)
    return found[0], float(value).is_integer()


def _of_weight(sample: tuple[Any, Any], value: float) -> tuple[str, bool] | None:
    weight = sample[1]._parameters.get("weight")
    if weight is None:
        return None
    found = [i for i, size in enumerate(weight.shape) if size == value]
    return (f"{{}}.weight.shape[{found[0]}]", True) if len(found) == 1 else None
