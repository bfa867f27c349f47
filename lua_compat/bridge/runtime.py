"""Runtime: a Lua with Torch7's libraries, in this process and on the same memory."""

from __future__ import annotations

import importlib
import os
import sys
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lua_compat.bridge import cuda as cuda_types
from lua_compat.bridge import text, values
from lua_compat.bridge.failures import Failures
from lua_compat.bridge.memory import Collector
from lua_compat.errors import ArgumentError

#: The folder with the Lua files of this package.
LUA_FOLDER = Path(__file__).resolve().parent.parent / "lua"


class Runtime:
    """One Lua state. Several may live side by side; each has its own globals.

    Args:
        bytecode: whether functions that come out of files (``torch.load``, ``torch.deserialize``, ``file:readObject``)
            run when the Lua code calls them, as they did in Torch7. They can do whatever a script can; give False where
            files are read that are not to be trusted. They are then values that raise an error when they are called.
            `lua_compat.load`, which needs no Lua, never runs a function in a file.
        cuda: ``"cpu"`` where `cutorch`, `cunn`, `cudnn` and the rest are to be there, with their tensors and modules on
            the CPU. Requiring them fails where it is None, as it did on a machine without a GPU.

    Raises:
        ArgumentError: where ``cuda`` is anything else.

    >>> lua = Runtime()
    >>> lua.eval("1 + 1")
    2
    >>> lua.execute("local s = 0; for i = 1, 10 do s = s + i end; return s")
    55
    """

    def __init__(self, *, bytecode: bool = True, cuda: str | None = None) -> None:
        if cuda not in (None, "cpu"):
            raise ArgumentError(f"cuda: needs to be 'cpu' or None, got {cuda!r}")
        from lupa.luajit21 import LuaRuntime, lua_type

        #: ``"table"``, ``"function"``, ... for a value that lives in Lua, None for any other.
        self.lua_type: Callable[[Any], str | None] = lua_type
        self._failures = Failures()
        self._cuda = cuda
        self._lua: Any = LuaRuntime(
            unpack_returned_tuples=True,
            encoding=text.ENCODING,
            source_encoding=text.ENCODING,
            register_eval=False,
            register_builtins=False,
        )
        self._collector = Collector(self._lua)
        self._as_function = self._lua.eval("python.as_function")
        self._load = self._lua.eval("loadstring")
        self._loadfile = self._lua.eval("loadfile")
        self._bridge = self._lua.table_from(
            {
                "folder": str(LUA_FOLDER),
                "functions": self._as_function(_exporter(weakref.ref(self))),
                "explain": self._as_function(self._failures.explain),
                "exit": self._as_function(_exit),
                "interact": self._as_function(_interactor(weakref.ref(self))),
                "bytecode": bytecode,
                "cuda": cuda,
            }
        )
        boot = self._loadfile(str(LUA_FOLDER / "th" / "boot.lua"))
        self._protected, self._failure = boot(self._bridge)
        self.require("th.env")
        self._typename = self._lua.globals().torch.typename
        self._instance = self.require("th.instance")
        self._address = self._lua.eval("function(value) return ('%p'):format(value) end")
        self._flush = self._bridge.flush

    # -- running ------------------------------------------------------------------------------------------------

    def call(self, function: Any, *args: Any) -> Any:
        """Calls a Lua function; several results come as a tuple.

        Raises:
            LuaError: where the function failed.
        """
        # Numbers follow IEEE as they do in Torch7: log(0) is -inf and nobody is warned.
        with np.errstate(all="ignore"), self._collector:
            answer = self._protected(function, *args)
        if answer is True:
            return None
        if answer[0] is True:
            return answer[1] if len(answer) == 2 else answer[1:]
        value, lua_traceback, catchable = self._failure()
        if value is None:  # so deep in the stack that Lua could not even look at the error
            value = answer[1]
        if not catchable:
            raise value
        raise self._failures.raised(value, lua_traceback)

    def execute(self, code: str, *args: Any, name: str = "=(code)") -> Any:
        """Runs Lua code and returns what it returns; ``args`` is its ``...``.

        Raises:
            LuaError: where the code is no Lua or fails.
        """
        return self.call(self._compiled(self._load(code, name)), *args)

    def eval(self, expression: str) -> Any:
        """The value of a Lua expression.

        Raises:
            LuaError: where the expression is no Lua or fails.
        """
        return self.execute(f"return {expression}", name="=(expression)")

    def run(self, path: str | os.PathLike[str], args: Sequence[str] = ()) -> Any:
        """Runs a script, with ``arg`` set and its folder on ``package.path``; returns what it returns.

        Raises:
            LuaError: where the script cannot be read, is no Lua or fails.
        """
        name = os.fspath(path)
        given = [str(a) for a in args]
        self.set_arguments(name, given)
        folder = os.path.dirname(name) or "."
        self._bridge.script_folder = folder
        package = self._lua.globals().package
        own = f"{folder}/?.lua;{folder}/?/init.lua;"
        if not package.path.startswith(own):
            package.path = own + package.path
        sys.stdout.flush()
        try:
            return self.call(self._compiled(self._loadfile(name)), *given)
        finally:
            self._flush()

    def set_arguments(self, name: str, args: Sequence[str]) -> None:
        """Sets Lua's ``arg``: the script's name under 0, its arguments from 1, the interpreter under -1."""
        table = self._lua.table_from(list(args))
        table[0], table[-1] = name, "th"
        self._lua.globals().arg = table

    def require(self, name: str) -> Any:
        """What Lua's ``require`` gives for a module."""
        return self.call(self._lua.globals().require, name)

    @property
    def globals(self) -> Any:
        """Lua's global variables: ``lua.globals.model`` reads one, and assigning sets it."""
        return self._lua.globals()

    def set_global(self, name: str, value: Any) -> None:
        """Sets a global variable of Lua's."""
        self._lua.globals()[name] = value

    def flush(self) -> None:
        """Writes out what Lua has printed so far."""
        self._flush()

    # -- values -------------------------------------------------------------------------------------------------

    def to_python(self, value: Any) -> Any:
        """The Python value for a Lua value, as `lua_compat.load` would give it.

        A list or dict for a table, a module for an object of a Torch7 class. Tensors, the parameters of modules and
        their gradients share Lua's memory.
        """
        return values.to_python(self, value)

    def to_lua(self, value: Any) -> Any:
        """The Lua value for a Python value, which `call` and assigning to `globals` take.

        Raises:
            MappingError: where there is something in it that Lua has nothing like.
        """
        return values.to_lua(self, value)

    def table(self) -> Any:
        """A new Lua table."""
        return self._lua.table()

    def instance(self, name: str) -> Any:
        """A new object of a Torch7 class, whose package is loaded if need be; its ``__init`` is not called.

        Raises:
            LuaError: where there is no such class.
        """
        return self.call(self._instance.make, name)

    def recount(self, values: list[Any]) -> None:
        """Brings up to date what ``#object`` gives for new objects whose class has a length."""
        for value in values:
            self._instance.recount(value)

    def function(self, function: Callable[..., Any]) -> Any:
        """A Lua function that calls a Python function; its tables arrive as Lua tables."""
        return self._as_function(function)

    def typename(self, value: Any) -> str | None:
        """The name of the Torch7 class that a Lua value is an instance of, or None."""
        name: str | None = self._typename(value)
        return name

    def address(self, value: Any) -> str:
        """A text that is the same for the same Lua table or function, while it lives."""
        found: str = self._address(value)
        return found

    # -- what the Lua side calls --------------------------------------------------------------------------------

    def _functions(self, name: str) -> Any:
        """A Lua table of the functions that ``lua_compat/bridge/NAME.py`` exports, or None."""
        full = f"lua_compat.bridge.{name}"
        try:
            module = importlib.import_module(full)
        except ModuleNotFoundError as error:
            if error.name == full:
                return None
            raise
        functions = getattr(module, "FUNCTIONS", None)
        if functions is None:
            return None
        if self._cuda and name == "ops":
            functions = {key: cuda_types.keeping_types(value) for key, value in functions.items()}
        return self._lua.table_from({key: self._as_function(value) for key, value in functions.items()})

    def _compiled(self, loaded: Any) -> Any:
        if isinstance(loaded, tuple):
            raise self._failures.raised(loaded[1], "")
        return loaded


def _exporter(runtime: weakref.ref[Runtime]) -> Callable[[str], Any]:
    """`Runtime._functions` for Lua, which must not hold the runtime that holds it: no collector sees both sides."""

    def functions(name: str) -> Any:
        found = runtime()
        return None if found is None else found._functions(name)

    return functions


def _interactor(runtime: weakref.ref[Runtime]) -> Callable[[], None]:
    """The interactive loop for Lua, which goes on after it unless os.exit ended it."""

    def interact() -> None:
        from lua_compat.bridge import cli

        found = runtime()
        code = None if found is None else cli.interact(found)
        if code is not None:
            raise SystemExit(code)

    return interact


def _exit(code: int) -> None:
    raise SystemExit(int(code))
