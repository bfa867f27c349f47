"""What the registry knows of a class, as text: ``t7 explain nn.Linear``."""

from __future__ import annotations

import difflib

from lua_compat.errors import MappingError
from lua_compat.mapping.registry import REGISTRY
from lua_compat.mapping.spellings import SPELLINGS, WRAPPERS


def explain(name: str) -> str:
    """A Torch7 class, its counterpart in Python, and how the fields of one become those of the other.

    Raises:
        MappingError: for a class that is not in the registry, with the names that are like it, and for a file.
    """
    if "/" in name or name.endswith(".t7"):
        raise MappingError(f"{name} is a file: explain takes a class, such as nn.Linear; inspect and show take files")
    full = name if "." in name else f"nn.{name}"
    if full in WRAPPERS:
        return f"{full} in Lua runs a module on several devices; in Python it loads as that module"
    spelling = SPELLINGS.get(full)
    spec = REGISTRY.get(full if spelling is None else spelling.canonical)
    if spec is None:
        near = difflib.get_close_matches(full, [*REGISTRY, *SPELLINGS], 3, 0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise MappingError(f"{full} has no Python counterpart here{hint}")
    lines = [f"{spec.torch7} in Lua is nn.{spec.python.__name__} in Python"]
    if spelling is not None:
        lines.insert(0, f"{full} is another name of {spec.torch7}" + (f": {spelling.note}" if spelling.note else ""))
    about = (spec.python.__doc__ or "").strip().splitlines()
    lines += [f"  {about[0]}"] if about else []
    lines += [f"  Note: {spec.note}."] if spec.note else []
    for example in spec.examples:
        lines += [f"  Lua     {example.lua}", f"  Python  {example.python}"]
    fields = [(a.field, a.python) for a in spec.attrs] + [(p.field, p.python) for p in spec.params]
    if fields:
        lines.append("  Fields in the file, and the attributes in Python:")
        lines += [f"    {torch7:<16} {python}" for torch7, python in fields]
    return "\n".join(lines)
