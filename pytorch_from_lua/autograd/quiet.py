"""Divisions by zero and overflows give inf and nan here without a warning, as in both Torches.

``numpy.errstate`` takes as long as an operation on a small array. numpy keeps its state in a context variable, so that
a function that runs in a context of its own, in which all is ignored, costs a tenth of that and leaves the user's
state alone. Only one thread can be in a context; one that finds it taken sets the variable and resets it.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np


def _choose() -> tuple[Callable[..., Any], Callable[[], Any], Callable[[Any], None]]:
    try:
        from numpy._core import umath

        variable = umath._extobj_contextvar
        state = umath._make_extobj(all="ignore")
    except (ImportError, AttributeError):  # a numpy that has it under other names
        return _silent, _enter, _leave
    context = contextvars.Context()
    place = variable.set
    context.run(place, state)

    def hush() -> Any:
        return place(state)

    return context.run, hush, variable.reset


def _silent(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    with np.errstate(all="ignore"):
        return function(*args, **options)


def _enter() -> np.errstate:
    state = np.errstate(all="ignore")
    state.__enter__()
    return state


def _leave(state: np.errstate) -> None:
    state.__exit__(None, None, None)


#: ``silent(function, ...)`` calls it; an error that `again` may be able to mend is a RuntimeError.
#: ``state = hush()`` before and ``unhush(state)`` after do the same for several calls.
silent, hush, unhush = _choose()


def again(error: RuntimeError, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Calls a function that `silent` could not start because another thread is there; else raises the error."""
    if not str(error).startswith("cannot enter context"):
        raise error
    state = hush()
    try:
        return function(*args, **options)
    finally:
        unhush(state)
