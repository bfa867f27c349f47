"""What happens to an error at the border between the languages, on Python's side.

A Python exception becomes a string for Lua, and is remembered, so that the `LuaError` in which it may come out again
has it as its cause. This is the one place where that is done.
"""

from __future__ import annotations

import re
import threading
import traceback
from typing import Any

from lua_compat.bridge import text
from lua_compat.errors import FileError, LuaError, PlotError, T7Error
from pytorch_from_lua.errors import TensorError

#: What numpy says of sizes that no memory could hold, before it tries.
_TOO_LARGE = ("array is too big", "Maximum allowed dimension exceeded")

_PLACE = re.compile(r"^(?P<file>[^\n]*?):(?P<line>\d+): ")

_OWN = (TensorError, LuaError, T7Error, FileError, PlotError)


class _Last(threading.local):
    """The last Python exception that Lua was told of in this thread, with its traceback."""

    error: BaseException | None = None


_LAST = _Last()


def last_traceback() -> str | None:
    """The Python traceback of the last exception that a Lua script of this thread met, or None."""
    return None if _LAST.error is None else "".join(traceback.format_exception(_LAST.error))


def words(error: BaseException) -> str:
    """An exception as one message: what it says, with the kind of error where that is Python's own."""
    said = error.message if isinstance(error, TensorError) else str(error)
    if _of_lua(error):
        return said.partition("\nstack traceback:\n")[0]
    if isinstance(error, MemoryError) or said.startswith(_TOO_LARGE):
        return f"not enough memory: {said[:1].lower()}{said[1:]}" if said else "not enough memory"
    if isinstance(error, _OWN) and said:
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _of_lua(error: BaseException) -> bool:
    """Whether it is an error of Lua code that Python had called, with the place in the script in front."""
    return isinstance(error, LuaError) or (
        type(error).__module__.startswith("lupa.") and _PLACE.match(str(error)) is not None
    )


def _says(message: str, name: str) -> bool:
    return message.partition(":")[0].replace("_", "").lower() == name.lower() or f"'{name}'" in message


class Failures:
    """Remembers the exception that the last message was made of."""

    def __init__(self) -> None:
        self._message = ""
        self._error: BaseException | None = None

    def explain(self, error: Any, position: str, operation: str | None = None) -> str | bool | None:
        """The message for Lua; None for what no ``pcall`` may catch, False for what is no exception.

        It starts with the function of torch that the script called, unless it says that itself.
        """
        if not isinstance(error, BaseException):
            return False
        if not isinstance(error, Exception):
            return None
        said = words(error)
        if operation is not None and not _of_lua(error) and not _says(said, operation):
            said = f"{operation}: {said}"
        _LAST.error = self._error = error
        self._message = said
        return said if _PLACE.match(said) and _of_lua(error) else position + said

    def raised(self, value: Any, lua_traceback: str) -> LuaError:
        """The exception for an error value that no Lua code caught."""
        if isinstance(value, str):
            message = value
        else:
            message = f"(error object is a {_kind(value)} value)"
        error = located(message, value, lua_traceback)
        if self._error is not None and self._message in message:
            error.__cause__ = self._error
            self._error = None
        return error


def located(message: str, value: Any = None, lua_traceback: str = "") -> LuaError:
    """The exception for a message of Lua's, which begins with the file and the line where it knows them."""
    place = _PLACE.match(message)
    return LuaError(
        text.encode(message).decode("utf-8", "replace"),
        value=value,
        file=place["file"] if place else None,
        line=int(place["line"]) if place else None,
        lua_traceback=lua_traceback,
    )


def is_expected(cause: BaseException) -> bool:
    """Whether an exception speaks of what the script did, rather than of a mistake of ours."""
    return isinstance(cause, (*_OWN, OSError))


def _kind(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    from lupa.luajit21 import lua_type

    return lua_type(value) or "userdata"
