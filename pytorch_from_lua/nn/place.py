"""Where in a tree of modules an error happened: one line, which each module around completes as the error passes."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.tensor import Tensor

_LONGEST = 160  # characters of a module's name with its numbers


def tell(error: Exception, module: Any, inputs: tuple[Any, ...]) -> None:
    """Adds, or completes, the line with the module that failed, its place below ``module`` and what it was given.

    The error keeps its type. The place that it names is a path for ``get_submodule`` of the outermost module called.
    """
    told = error.__dict__.get("_module_place")
    if told is None:
        before, failed = _text(error), module
        given = ", ".join(described(value) for value in inputs) or "nothing"
        line = f"{name(module)}, which was given {given}"
        where = f"in {line}"
    else:
        before, failed, line = told
        path = next((path for path, below in module._places() if below is failed), None)
        if path is None:  # a module that is kept where nobody looks for modules
            return
        where = f"in module {path} of {type(module).__name__}: {line}"
    error._module_place = (before, failed, line)  # type: ignore[attr-defined]
    if before is not None:
        error.args = (f"{before}\n  {where}", *error.args[1:])
    elif hasattr(error, "add_note"):
        error.__dict__["__notes__"] = [note for note in getattr(error, "__notes__", []) if not note.endswith(line)]
        error.add_note(where)


def _text(error: Exception) -> str | None:
    """The message where the error has one that a line can be added to."""
    plain = error.args and isinstance(error.args[0], str) and not isinstance(error, KeyError)
    return error.args[0] if plain else None


def name(module: Any) -> str:
    """The module on one line, without what is below it."""
    try:
        text = f"{type(module).__name__}({module.extra_repr()})"
        return text if len(text) <= _LONGEST else text[: _LONGEST - 4] + "...)"
    except Exception:  # a module that is half built; the error that is told matters more
        return type(module).__name__


def described(value: Any) -> str:
    """What a module was given, in a few words."""
    if isinstance(value, Tensor):
        return f"{value.dtype.name} {tuple(value.shape)}"
    if isinstance(value, (list, tuple)):
        inside = ", ".join(described(v) for v in value[:6]) + (", ..." if len(value) > 6 else "")
        return f"[{inside}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {described(v)}" for k, v in list(value.items())[:6]) + "}"
    return f"{type(value).__name__} {value!r}" if isinstance(value, (int, float, str)) else type(value).__name__
