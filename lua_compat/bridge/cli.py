"""``th``: runs Lua scripts written for Torch7."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lua_compat.bridge.runtime import Runtime
    from lua_compat.errors import LuaError

USAGE = """\
usage: th [options] [script.lua [arguments]]

  -e CODE        run Lua code; may be given several times
  -l NAME        require a library first; may be given several times
  -i, --interactive
                 become interactive after the script or the code (-a, --async the same)
  -g, --globals  tell of each global variable that is made, or read and not there
  -gg, --gglobals
                 the same as errors
  -              read the script from standard input
  --no-bytecode  functions in the files that are loaded do not run: calling one is an error
  --cuda=cpu     cutorch, cunn, cudnn, inn and fbcunn are there, their tensors and modules on the CPU; without it,
                 requiring them fails as on a machine without a GPU
  -h, --help     show this
  -v, --version  show the versions
  --             end of the options

Without a script and without -e, th is interactive, or reads the script from standard input where that is no terminal.
A script finds its arguments in `arg`; `require` searches its folder and LUA_PATH; the globals torch, paths, sys, xlua
and penlight's modules are there. Interactive, `?` says what can be typed, and ~/.th_history keeps the lines.
TH_TRACEBACK=1 in the environment shows Python's calls in an error as well."""


class _UsageError(Exception):
    """Options that make no sense; the message says which."""


@dataclass
class Options:
    """What the command line asks for."""

    code: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    interactive: bool = False
    globals: str | None = None
    bytecode: bool = True
    cuda: str | None = None
    show: str | None = None
    script: str | None = None
    arguments: list[str] = field(default_factory=list)


def parse(argv: list[str]) -> Options:
    """Reads the command line; what follows the script's name belongs to the script."""
    options = Options()
    rest = list(argv)
    taking = {"-e": options.code, "-l": options.libraries}
    while rest:
        word = rest.pop(0)
        if word in taking:
            if not rest:
                raise _UsageError(f"{word} needs a value")
            taking[word].append(rest.pop(0))
        elif word in ("-i", "--interactive", "-a", "--async"):  # the loop of -a was another one in the original
            options.interactive = True
        elif word in ("-g", "--globals", "-gg", "--gglobals"):
            options.globals = "refuse" if word in ("-gg", "--gglobals") else "tell"
        elif word == "--no-bytecode":
            options.bytecode = False
        elif word.split("=")[0] == "--cuda":
            if word != "--cuda=cpu":
                raise _UsageError(f"{word}: the only place for Cuda tensors is the CPU: --cuda=cpu")
            options.cuda = "cpu"
        elif word in ("-h", "--help", "-v", "--version"):
            options.show = "help" if word in ("-h", "--help") else "version"
        elif word == "-" or not word.startswith("-"):
            options.script, options.arguments = word, rest
            break
        elif word in ("-x", "--gfx"):
            raise _UsageError(f"{word} started a server that drew in a browser, which is not here")
        elif word == "--":
            if rest:
                options.script, options.arguments = rest[0], rest[1:]
            break
        elif word[:2] in taking:
            taking[word[:2]].append(word[2:])
        else:
            raise _UsageError(f"unknown option {word}")
    return options


def main(argv: list[str] | None = None) -> int:
    """The command. Returns its exit code: 0, 1 after an error, 2 for wrong options, 130 after Ctrl-C."""
    try:
        options = parse(sys.argv[1:] if argv is None else argv)
    except _UsageError as error:
        print(f"th: {error}\n\n{USAGE}", file=sys.stderr)
        return 2
    if options.show is not None:
        print(USAGE if options.show == "help" else _versions())
        return 0
    from lua_compat.bridge import interrupt

    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `th script.lua | head` ends with head, as other commands do
    try:
        with interrupt.watched():
            return _run(options)
    except KeyboardInterrupt:
        interrupt.ended = True
        print("th: interrupted", file=sys.stderr)
        return interrupt.EXIT_CODE


def _run(options: Options) -> int:
    from lua_compat.bridge.runtime import Runtime
    from lua_compat.errors import LuaError

    lua = Runtime(bytecode=options.bytecode, cuda=options.cuda)
    try:
        for library in options.libraries:
            lua.set_global(library.split(".")[-1], lua.require(library))
        if options.script is None:
            lua.set_arguments("th", options.arguments)
        if options.globals is not None:
            lua.call(lua.require("th.globals"), options.globals == "refuse")
        for code in options.code:
            lua.execute(code, name="=(command line)")
        if options.script == "-" or (not _names_work(options) and not sys.stdin.isatty()):
            lua.set_arguments("-", options.arguments)
            lua.execute(_without_shebang(_standard_input()), *options.arguments, name="=stdin")
        elif options.script is not None:
            lua.run(options.script, options.arguments)
    except LuaError as error:
        lua.flush()
        report(error)
        if not options.interactive:
            return 1
    except SystemExit as end:
        return _code(end)
    except KeyboardInterrupt:
        lua.flush()
        raise
    if options.interactive or (not _names_work(options) and sys.stdin.isatty()):
        return interact(lua) or 0
    lua.flush()
    return 0


def _names_work(options: Options) -> bool:
    return options.script is not None or bool(options.code) or options.interactive


def _standard_input() -> str:
    from lua_compat.bridge import text

    return text.decode(sys.stdin.buffer.read())


def _without_shebang(code: str) -> str:
    return "--" + code if code.startswith("#") else code


def _code(end: SystemExit) -> int:
    return end.code if isinstance(end.code, int) else 0 if end.code is None else 1


def report(error: LuaError) -> None:
    """Writes an error and the calls that led to it to standard error."""
    from lua_compat.bridge.failures import is_expected

    sys.stdout.flush()
    lines = [f"th: {error}"]
    if error.lua_traceback:
        lines.append(error.lua_traceback)
    cause = error.__cause__
    if cause is not None and (os.environ.get("TH_TRACEBACK") or not is_expected(cause)):
        lines.append("the Python calls behind it:\n" + "".join(traceback.format_exception(cause)).rstrip())
    sys.stderr.buffer.write(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
    sys.stderr.flush()


def interact(lua: Runtime) -> int | None:
    """Reads and runs input until its end: the code that os.exit was given, None without one."""
    from lua_compat.bridge import interactive

    hint = "\nTab completes, ?name explains, ? alone tells the rest; Ctrl-D leaves" if sys.stdin.isatty() else ""
    return interactive.interact(lua, _versions() + hint, report)


def _versions() -> str:
    from lua_compat.bridge import core

    return f"th ({core.version()}; LuaJIT in Python {sys.version.split()[0]})"


if __name__ == "__main__":
    sys.exit(main())
