"""What the registry knows of a class or a function, as text: ``t7 explain nn.Linear``."""

from __future__ import annotations

import difflib
import re

from lua_compat.errors import MappingError
from lua_compat.mapping.functions import GROUPS
from lua_compat.mapping.registry import REGISTRY
from lua_compat.mapping.spellings import SPELLINGS, WRAPPERS


def explain(name: str) -> str:
    """A Torch7 class, its counterpart in Python, and how the fields of one become those of the other.

    Of a function or method of tensors (``torch.cat``, ``x:narrow``): expressions in both languages.

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
        rows = _rows_with(re.split("[.:]", name)[-1]) if not name.startswith("nn.") else []
        if rows:
            return "\n".join(rows)
        near = difflib.get_close_matches(full, [*REGISTRY, *SPELLINGS], 3, 0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise MappingError(f"{full} has no Python counterpart here{hint}")
    lines = [f"{spec.torch7} in Lua is nn.{spec.python.__name__} in Python"]
    if spelling is not None:
        lines.insert(0, f"{full} is another name of {spec.torch7}" + (f": {spelling.note}" if spelling.note else ""))
    about = (spec.python.__doc__ or "").strip().splitlines()
    lines += [f"  {about[0]}"] if about else []
    lines += [f"  Note: {spec.note}."] if spec.note else []
    examples = [line for e in spec.examples for line in (f"  Lua     {e.lua}", f"  Python  {e.python}")]
    pairs = dict.fromkeys(zip(examples[::2], examples[1::2], strict=True))
    lines += [line for pair in pairs for line in pair]
    fields = [(a.field, a.python) for a in spec.attrs] + [(p.field, p.python) for p in spec.params]
    if fields:
        lines.append("  Fields in the file, and the attributes in Python:")
        lines += [f"    {torch7:<16} {python}" for torch7, python in fields]
    return "\n".join(lines)


def _rows_with(function: str) -> list[str]:
    """The expressions in which a function or method is called, in both languages."""
    called = re.compile(rf"(?:\btorch\.|:){re.escape(function)}\(")
    lines = []
    for rows in GROUPS.values():
        for row in rows:
            if called.search(row.lua):
                lines += [f"  Lua     {row.lua}", f"  Python  {row.python}"]
                lines += [f"  Note: {row.note}."] if row.note else []
    return lines
