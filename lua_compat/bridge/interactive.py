"""The interactive loop of ``th``: lines are read, edited and completed here, and run in Lua."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lua_compat.bridge import interrupt
from lua_compat.errors import LuaError

if TYPE_CHECKING:
    from lua_compat.bridge.runtime import Runtime

#: The lines that the history keeps.
_REMEMBERED = 5000
#: What ends the word that is completed. No brackets: `net.modules[1]:f` is one word. No quotes: readline would close
#: one by itself, after a folder as well.
_DELIMITERS = " \t\n\\`@$><=;|&{}()+-*/%^#,~?"
_WORD = re.compile(f"[^{re.escape(_DELIMITERS)}]*$")
_NAME = re.compile(r"(?:[A-Za-z_]\w*(?:\[\d+\])*[.:])*\w*$")
_INDENT = "   "


def interact(lua: Runtime, greeting: str, report: Callable[[LuaError], None]) -> int | None:
    """Reads and runs input until its end; the code that os.exit was given, None at the end of the input.

    Args:
        lua: where the input runs.
        greeting: printed first.
        report: called with each error.
    """
    sys.stdout.write(greeting + "\n")
    lines = _Lines(lua)
    repl = lua.require("th.repl")
    lua.call(repl.start, sys.stdout.isatty())
    try:
        with interrupt.session():
            return _loop(lua, repl, lines, report)
    finally:
        lua.call(repl.stop)


def _loop(lua: Runtime, repl: Any, lines: _Lines, report: Callable[[LuaError], None]) -> int | None:
    while True:
        reading = True
        try:
            chunk = _read_chunk(lua, repl, lines)
            if chunk is None:
                sys.stdout.write("\n")
                return None
            reading = False
            sys.stdout.flush()
            lua.call(repl.run, chunk)
        except LuaError as error:
            lua.flush()
            error.lua_traceback = of_the_input(error.lua_traceback)
            report(error)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 0
        except KeyboardInterrupt:
            lua.flush()
            sys.stdout.write("\n" if reading else "\n(interrupted)\n")


def of_the_input(traceback: str) -> str:
    """A traceback without the lines of the loop itself, which stand below the input's."""
    return "\n".join(line for line in traceback.split("\n") if "/lua/th/repl.lua:" not in line)


def _read_chunk(lua: Runtime, repl: Any, lines: _Lines) -> Any:
    """One input as a compiled function, of as many lines as it takes; None at the end of the input."""
    text = ""
    while True:
        line = lines.read("th> " if not text else "..> ")
        if line is None:
            return None
        text += line + "\n"
        compiled = lua.call(repl.compile, text)
        if not isinstance(compiled, tuple):
            return compiled
        if compiled[1] is not True:
            raise LuaError(compiled[1])


class _Lines:
    """Lines from the user; with readline edited, completed by the tab key, and remembered beyond the session."""

    def __init__(self, lua: Runtime) -> None:
        self._readline: Any = None
        self._path = os.path.join(os.path.expanduser("~"), ".th_history")
        self._new = 0
        if not sys.stdin.isatty():
            return
        try:
            import readline
        except ImportError:
            return
        self._readline = readline
        readline.set_completer(Completer(lua, lambda: readline.get_line_buffer()[: readline.get_endidx()]))
        readline.set_completer_delims(_DELIMITERS)
        readline.set_auto_history(False)
        libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
        if not libedit:  # pasted text with tabs in it is text
            readline.parse_and_bind("set enable-bracketed-paste on")
        readline.clear_history()
        with contextlib.suppress(OSError):  # the first time there is none
            readline.read_history_file(self._path)
        atexit.register(self._save)

    def read(self, prompt: str) -> str | None:
        """A line without its end; None where there is no more."""
        if self._readline is not None:
            prompt = f"\001\x1b[1;34m\002{prompt}\001\x1b[0m\002"  # in blue; readline must not count the codes
        try:
            line = input(prompt)
        except EOFError:
            return None
        self._remember(line.rstrip())
        return line

    def _remember(self, line: str) -> None:
        readline = self._readline
        if readline is None or not line:
            return
        length = readline.get_current_history_length()
        if length == 0 or readline.get_history_item(length) != line:
            readline.add_history(line)
            self._new += 1

    def _save(self) -> None:
        """Adds this session's lines to those that other sessions may have written meanwhile."""
        with contextlib.suppress(OSError):  # a home that cannot be written is no reason to fail
            if not os.path.exists(self._path):
                with open(self._path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)):
                    pass
            if not hasattr(self._readline, "append_history_file"):  # an editline that has none
                self._readline.write_history_file(self._path)
                return
            self._readline.append_history_file(self._new, self._path)
            self._readline.clear_history()
            self._readline.read_history_file(self._path)
            self._readline.set_history_length(_REMEMBERED)
            if self._readline.get_current_history_length() > _REMEMBERED:
                self._readline.write_history_file(self._path)


class Completer:
    """What readline asks for a word that was begun: its first completion, its second, ...

    Args:
        lua: whose names are offered.
        line: tells what stands before the cursor.
    """

    def __init__(self, lua: Runtime, line: Callable[[], str]) -> None:
        self._lua = lua
        self._line = line
        self._complete = lua.require("th.complete")
        self._offers: list[str] = []

    def __call__(self, begun: str, state: int) -> str | None:
        if state == 0:
            self._offers = self.offers(begun)
        return self._offers[state] if state < len(self._offers) else None

    def offers(self, begun: str) -> list[str]:
        """All completions of the word that was begun."""
        line = self._line()
        if not line.strip():
            return [_INDENT]
        string = _open_string(line)
        if string is not None:
            return _files(string, begun, quote=string[0])
        if re.match(r"\s*\$", line):
            return _files(re.split(r"[\s$]", line)[-1], begun)
        name = _NAME.search(begun)[0]  # type: ignore[index]  # in t['a'..x.y it is x.y; it may be empty
        if not name and begun.endswith((".", ":")):  # the fields of what is no name
            return []
        found: str = self._lua.call(self._complete, name)
        return [begun[: len(begun) - len(name)] + offer for offer in found.split("\n")] if found else []


def offers(lua: Runtime, line: str) -> tuple[list[str], str]:
    """The completions of the last word of a line, and that word."""
    begun = _WORD.search(line)[0]  # type: ignore[index]  # it may be empty
    return (Completer(lua, lambda: line).offers(begun) if line.strip() else []), begun


def _open_string(line: str) -> str | None:
    """The line from a quote on that nothing closes; None where there is no such quote."""
    quote, start, at = "", 0, 0
    while at < len(line):
        character = line[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote, start = character, at
        elif line.startswith("--", at):
            return None
        at += 1
    return line[start:] if quote else None


def _files(begun_path: str, begun: str, quote: str = "") -> list[str]:
    """The files and folders whose names go on from a path, with the quote before it; ``begun`` is its replaced end."""
    folder, name = os.path.split(begun_path[len(quote) :])
    kept = len(begun_path) - len(begun)
    try:
        entries = sorted(os.listdir(os.path.expanduser(folder) or "."))
    except OSError:
        return []
    found = []
    for entry in entries:
        if not entry.startswith(name) or (entry.startswith(".") and not name.startswith(".")):
            continue
        path = os.path.join(folder, entry)
        found.append((quote + path + ("/" if os.path.isdir(os.path.expanduser(path)) else quote))[kept:])
    return found
