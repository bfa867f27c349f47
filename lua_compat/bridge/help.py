"""What the interactive loop asks Python about a name: ``require '_help'``."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

#: The most names shown for one that is not known, and how many of them for their spelling alone.
_SHOWN, _SPELLED = 12, 5
#: How like a name has to be, from 0 to 1.
_LIKENESS = 0.7


def _explain(name: str) -> str | None:
    """What the registry knows of a class or function; None where it knows nothing."""
    from lua_compat.errors import MappingError
    from lua_compat.guide.explain import explain

    if "." not in name and ":" not in name:  # a variable of the user's may have the name of a class
        return None
    try:
        return explain(name)
    except MappingError:
        return None


def _near(name: str, known: str) -> str:
    """The names among ``known``, a line each, that have ``name`` in them or are spelled like it; a line each."""
    names = known.split("\n")
    wanted = _last(name).lower()

    def rank(found: str) -> tuple[bool, bool, int, str]:
        last = _last(found)
        return not last.startswith(_last(name)), not last.lower().startswith(wanted), len(found), found

    having = sorted((n for n in names if wanted in n.lower()), key=rank) if len(wanted) > 2 else []
    whole = {n.lower(): n for n in names}
    like = [whole[n] for n in difflib.get_close_matches(name.lower(), whole, _SPELLED, _LIKENESS)]
    if not like and not having:  # the name alone, wherever it stands
        ends = {_last(n).lower(): n for n in names}
        like = [ends[n] for n in difflib.get_close_matches(wanted, ends, _SPELLED, _LIKENESS)]
    return "\n".join(list(dict.fromkeys([*like, *having]))[:_SHOWN])


def _last(name: str) -> str:
    return name.replace(":", ".").split(".")[-1]


#: For Lua.
FUNCTIONS: dict[str, Callable[..., Any]] = {"explain": _explain, "near": _near}
