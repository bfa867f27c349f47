"""All exception types of this package."""

from __future__ import annotations

from pytorch_from_lua.errors import TensorError


class T7Error(ValueError):
    """A ``.t7`` file that cannot be read, or a value that cannot be written to one.

    Attributes:
        path: the name of the file.
        offset: where in the file, in bytes, or None where a value and not a place in a file is at fault.
        problem: what was wrong there.
    """

    def __init__(self, path: str, offset: int | None, problem: str) -> None:
        self.path = path
        self.offset = offset
        self.problem = problem
        super().__init__(f"{path}: {problem}" if offset is None else f"{path}: at byte {offset}: {problem}")

    def __reduce__(self) -> tuple[type[T7Error], tuple[str, int | None, str]]:
        return type(self), (self.path, self.offset, self.problem)


class FileError(OSError):
    """A ``torch.File`` that cannot be opened, read or written as asked; the message names the function and the file."""


class PlotError(ValueError):
    """A plot that cannot be drawn or written as asked; the message names the function or the file."""


class ArgumentError(TensorError, TypeError):
    """An argument of a kind that an operation of Lua's ``torch`` does not take."""


class LuaError(RuntimeError):
    """An error of a Lua script that the script did not catch. ``__cause__`` is the Python exception behind it, if any.

    Attributes:
        value: the error value: the message, or whatever was given to Lua's ``error``.
        file: the Lua file that the message names, or None.
        line: the line in it.
        lua_traceback: the calls of Lua functions that led there.
    """

    def __init__(
        self,
        message: str,
        *,
        value: object = None,
        file: str | None = None,
        line: int | None = None,
        lua_traceback: str = "",
    ) -> None:
        self.value = message if value is None else value
        self.file = file
        self.line = line
        self.lua_traceback = lua_traceback
        super().__init__(message)


class MappingError(ValueError):
    """An object that has no counterpart on the other side, or whose fields are not those of its class."""


class ExportError(MappingError):
    """A model that cannot be written in a format; the message has every module that is in the way, with its place."""


class TranslateError(ValueError):
    """A Lua script that cannot be read or is no Lua; the message begins with ``file:line:``."""
