"""Truth, equality, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytorch_from_lua.tensor import Tensor

VERSION = "Lua 5.1"


class Error(RuntimeError):
    """An error of a script, with any value."""

    def __init__(self, value: Any) -> None:
        self.value = value
        super().__init__(str(value))


def truthy(value: Any) -> bool:
    """Whether Lua takes the value for true: all but nil and false.

    >>> truthy(0), truthy(""), truthy(None)
    (True, True, False)
    """
    return value is not None and value is not False


def default(value: Any, other: Any) -> Any:
    """``value or other``; a function is called for the other value."""
    if truthy(value):
        return value
    return other() if callable(other) else other


def same(a: Any, b: Any) -> bool:
    """``a == b``: tensors, tables and modules are the same where they are one object."""
    if a is b:
        return True
    plain = (int, float, str, bytes)
    if isinstance(a, bool) or isinstance(b, bool):
        return isinstance(a, bool) and isinstance(b, bool) and a == b
    if isinstance(a, plain) and isinstance(b, plain):
        return a == b
    return isinstance(a, tuple) and isinstance(b, tuple) and a == b


def lua_type(value: Any) -> str:
    """What Lua's ``type`` says."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, (str, bytes)):
        return "string"
    if isinstance(value, (Tensor, tuple)):
        return "userdata"
    if callable(value) and not hasattr(value, "parameters"):
        return "function"
    return "table"


def check(value: Any, message: Any = "assertion failed!") -> Any:
    """Lua's ``assert``: the value, which must not be nil or false."""
    if truthy(value):
        return value
    raise Error(message)


def error(value: Any = None) -> Any:
    """Lua's ``error``."""
    raise Error(value)


def pcall(function: Callable[..., Any], *args: Any) -> tuple[Any, ...]:
    """Calls a function: True and what it gives, or False and the error."""
    try:
        made = function(*args)
    except Exception as caught:
        return False, caught.value if isinstance(caught, Error) else str(caught)
    return (True, *made) if isinstance(made, tuple) else (True, made)


def xpcall(function: Callable[..., Any], handler: Callable[..., Any], *args: Any) -> tuple[Any, ...]:
    """`pcall` with a function that makes something of the error."""
    done = pcall(function, *args)
    return done if done[0] else (False, handler(done[1]))


def getmetatable(value: Any) -> Any:
    """The metatable of a table, or None."""
    return getattr(value, "metatable", None)
