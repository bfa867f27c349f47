"""Lua in notebooks: ``%load_ext lua_compat`` gives ``%%lua`` cells and ``%lua`` lines.

One Lua runs for the notebook. What it prints comes out of the cell, in order with what Python prints there. IPython
gives the shell that the magics are registered with, and is imported nowhere here.
"""

from __future__ import annotations

import codecs
import contextlib
import functools
import re
import shlex
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from lua_compat.bridge import failures, interactive, interrupt, text
from lua_compat.bridge.runtime import Runtime
from lua_compat.errors import ArgumentError, LuaError

_NAME = re.compile(r"[A-Za-z_]\w*$")
_LINE = re.compile(r"(?:^|=)\s*%lua\s+")
#: How many lines are shown before and after the one that failed.
_AROUND = 2


class Notebook:
    """The Lua of a notebook, and its magics.

    Args:
        shell: IPython's, which holds the notebook's variables.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._lua: Runtime | None = None
        self._cell: Any = None
        self._sources: dict[str, list[str]] = {}  # the cells that ran, by the names that errors call them

    @property
    def lua(self) -> Runtime:
        """The Lua that all cells share; it starts when it is first needed."""
        return self._lua or self._start()

    def _start(self, **options: Any) -> Runtime:
        self._lua = lua = Runtime(**options)
        lua.call(lua.require("th.output"), lua.function(_Streams().write), lua.function(_flush))
        self._cell = lua.require("th.cell")
        lua.call(self._cell.start)
        return lua

    # -- magics ---------------------------------------------------------------------------------------------------

    def cell(self, line: str, cell: str) -> None:
        """Runs the cell as Lua.

            %%lua [-i NAME[,NAME]] [-o NAME[,NAME]]

        -i brings variables of Python's in, -o globals of Lua's out when the cell has run. Tensors are the same memory
        on both sides, and so are the parameters of modules; numbers, strings and booleans are values; tables become
        lists and dicts, lists and dicts tables. The value of an expression at the end is printed as Torch prints it,
        unless a semicolon follows. `local` variables end with the cell, globals stay.
        """
        with _in_few_words():
            taken, given = _parse(line)
            for name in taken:
                self._take(name)
        self._run(cell, lambda lua, function: lua.call(self._cell.run, function))
        with _in_few_words():
            self._shell.push({name: self._value(name) for name in given})

    def line(self, line: str) -> Any:
        """Runs the line as Lua. The value of an expression comes back as Python has it: ``x = %lua torch.rand(3)``."""
        found = self._run(line, lambda lua, function: lua.call(function))
        if isinstance(found, tuple):
            return tuple(self.lua.to_python(value) for value in found)
        return self.lua.to_python(found)

    def reset(self, line: str) -> None:
        """Starts a new Lua for the cells to come, without the globals and packages of the one before.

            %lua_reset [--cuda=cpu] [--no-bytecode]

        The options are those of `th`.
        """
        known: dict[str, dict[str, Any]] = {"--cuda=cpu": {"cuda": "cpu"}, "--no-bytecode": {"bytecode": False}}
        options: dict[str, Any] = {}
        for word in line.split():
            with _in_few_words():
                if word not in known:
                    raise ArgumentError(f"%lua_reset: {word}: allowed are {' and '.join(known)}")
            options.update(known[word])
        self._start(**options)

    def _run(self, code: str, run: Callable[[Runtime, Any], Any]) -> Any:
        lua = self.lua
        name = f"cell {len(self._sources) + 1}"
        self._sources[name] = code.rstrip().split("\n")
        try:
            with interrupt.watched(), interrupt.session(ends=False):
                compiled = lua.call(self._cell.compile, code, f"={name}")
                if isinstance(compiled, tuple):
                    raise failures.located(compiled[1])
                return run(lua, compiled)
        except LuaError as error:
            _tell(error, self._report(error))
            raise
        except KeyboardInterrupt as interruption:
            _tell(interruption, ["KeyboardInterrupt: the Lua code was interrupted"])
            raise
        finally:
            lua.flush()

    # -- variables ------------------------------------------------------------------------------------------------

    def _take(self, name: str) -> None:
        if name not in self._shell.user_ns:
            raise ArgumentError(f"%%lua -i {name}: Python has no variable of that name")
        self.lua.set_global(name, self.lua.to_lua(self._shell.user_ns[name]))

    def _value(self, name: str) -> Any:
        value = self.lua.globals[name]
        if value is None:
            raise ArgumentError(f"%%lua -o {name}: Lua has no global of that name; a local ends with its cell")
        return self.lua.to_python(value)

    # -- errors ---------------------------------------------------------------------------------------------------

    def _report(self, error: LuaError) -> list[str]:
        """The message, the code around its line, the calls that led there."""
        lines = [f"LuaError: {error}", *self._around(error)]
        if error.lua_traceback:
            lines += interactive.of_the_input(error.lua_traceback).split("\n")
        cause = error.__cause__
        if cause is not None and not failures.is_expected(cause):
            lines += ["the Python calls behind it:", *"".join(traceback.format_exception(cause)).rstrip().split("\n")]
        return lines

    def _around(self, error: LuaError) -> list[str]:
        source, line = self._sources.get(error.file or "", []), error.line or 0
        if not 1 <= line <= len(source):
            return []
        numbers = range(max(1, line - _AROUND), min(len(source), line + _AROUND) + 1)
        return [f"{'-->' if n == line else '   '} {n:3} | {source[n - 1]}".rstrip() for n in numbers]

    # -- completion -----------------------------------------------------------------------------------------------

    def completions(self, context: Any) -> dict[str, Any]:
        """What IPython's completer offers where the cursor is in Lua code.

        Args:
            context: IPython's ``CompletionContext``.
        """
        line = context.text_until_cursor
        started = _LINE.search(line)
        in_cell = context.full_text.startswith("%%lua") and context.cursor_line > 0
        if not in_cell and started is None:
            return {"completions": [], "suppress": False}
        found, begun = interactive.offers(self.lua, line[started.end() :] if started is not None else line)
        return {
            "completions": [_Offer(offer, "function" if offer.endswith("(") else "instance") for offer in found],
            "matched_fragment": begun,
            "suppress": True,
        }


class _Offer(NamedTuple):
    text: str
    type: str


def _parse(line: str) -> tuple[list[str], list[str]]:
    """The names after -i and those after -o."""
    names: dict[str, list[str]] = {"-i": [], "-o": []}
    words = shlex.split(line)
    while words:
        word = words.pop(0)
        if word[:2] not in names:
            raise ArgumentError(f"%%lua: {word}: allowed are -i NAME and -o NAME; the code begins on the next line")
        given = word[2:] or (words.pop(0) if words else "")
        for name in given.split(","):
            if not _NAME.match(name):
                raise ArgumentError(f"%%lua {word[:2]}: needs the name of a variable, got {name!r}")
            names[word[:2]].append(name)
    return names["-i"], names["-o"]


class _Streams:
    """Python's output for Lua's bytes, of which a letter may come in several writes."""

    def __init__(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"stdout": decoder("replace"), "stderr": decoder("replace")}

    def write(self, stream: str, written: str) -> None:
        """Writes to ``stdout`` or ``stderr``."""
        getattr(sys, stream).write(self._decoders[stream].decode(text.encode(written)))


def _flush(stream: str) -> None:
    """On a terminal; a notebook shows what was written a few times a second, and waiting for it takes long."""
    file = getattr(sys, stream)
    if file.isatty():
        file.flush()


def _tell(error: BaseException, lines: list[str]) -> None:
    """Has IPython tell of an error in these lines, without Python's calls, of which none is the user's."""
    vars(error)["_render_traceback_"] = lambda: lines


@contextlib.contextmanager
def _in_few_words() -> Iterator[None]:
    """What is wrong with a magic's arguments is told in one line."""
    try:
        yield
    except ValueError as error:
        _tell(error, [f"{type(error).__name__}: {error}"])
        raise
    except ArgumentError as error:
        _tell(error, [str(error)])
        raise


# -- the extension -----------------------------------------------------------------------------------------------------

#: The notebook of this process, once the extension is loaded.
_active: Notebook | None = None
_MAGICS = (("cell", "lua"), ("line", "lua"), ("line", "lua_reset"))


def _function(method: Callable[..., Any], **attributes: Any) -> Callable[..., Any]:
    """A method as a function with attributes, by which IPython knows how to call it."""

    @functools.wraps(method)
    def call(*args: Any) -> Any:
        return method(*args)

    vars(call).update(attributes)
    return call


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext lua_compat`` calls."""
    global _active
    _active = notebook = Notebook(shell)
    methods: tuple[Callable[..., Any], ...] = (notebook.cell, notebook.line, notebook.reset)
    for (kind, name), method in zip(_MAGICS, methods, strict=True):
        # `{` and `$` are Lua's own: IPython is not to put values of Python's there.
        shell.register_magic_function(_function(method, _ipython_magic_no_var_expand=True), kind, name)
    matcher = _function(
        notebook.completions, matcher_api_version=2, matcher_priority=100, matcher_identifier="lua_compat"
    )
    shell.Completer.custom_matchers.append(matcher)


def unload_ipython_extension(shell: Any) -> None:
    """What ``%unload_ext lua_compat`` calls."""
    global _active
    _active = None
    for kind, name in _MAGICS:
        shell.magics_manager.magics[kind].pop(name, None)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", None) != "lua_compat"]


def notebook_runtime() -> Runtime:
    """The Lua that the notebook's ``%%lua`` cells run in.

    Raises:
        RuntimeError: where ``%load_ext lua_compat`` was not run.
    """
    if _active is None:
        raise RuntimeError("there is no notebook with Lua cells: run %load_ext lua_compat first")
    return _active.lua
