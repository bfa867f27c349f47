"""Files, time, the command line: what scripts ask of the system."""

from __future__ import annotations

import argparse
import builtins
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

from lua_compat.translate.runtime.tables import Table
from lua_compat.translate.runtime.text import tonumber, tostring


class _Globals(threading.local):
    """Lua's ``_G``: each thread has its own, as each of Torch7's threads has."""

    def __getattr__(self, name: str) -> Any:
        return None


G = _Globals()
package = Table(path="")


def print(*args: Any) -> None:
    """Lua's ``print``: tabs between, numbers as Lua shows them."""
    sys.stdout.write("\t".join([tostring(a) for a in args]) + "\n")


def write(*args: Any) -> None:
    """``io.write``."""
    sys.stdout.write("".join([tostring(a) for a in args]))


# -- files


def open(path: str, mode: str = "r") -> Any:
    """The file, or None where it cannot be opened."""
    try:
        return builtins.open(path, mode.replace("b", ""), encoding="latin-1", newline="")
    except OSError:
        return None


def read_from(file: Any, what: Any = "*l") -> Any:
    """``file:read``: a line, all, a number of bytes, or a number; None at the end."""
    if isinstance(what, (int, float)):
        return file.read(int(what)) or None
    word = what.lstrip("*")[:1]
    if word == "a":
        return file.read()
    line = file.readline()
    if not line:
        return None
    return tonumber(line) if word == "n" else line if word == "L" else line.rstrip("\n")


def read(what: Any = "*l") -> Any:
    """``io.read``."""
    return read_from(sys.stdin, what)


def write_to(file: Any, *args: Any) -> Any:
    """``file:write``."""
    file.write("".join([tostring(a) for a in args]))
    return file


def lines(source: Any) -> Iterator[str]:
    """The lines of a file, given itself or by its name, without their ends."""
    if isinstance(source, str):
        with builtins.open(source, encoding="latin-1", newline="") as file:
            for line in file:
                yield line.rstrip("\n")
        return
    for line in source:
        yield line.rstrip("\n")


def seek(file: Any, whence: str = "cur", offset: int = 0) -> int:
    """``file:seek``: moves to a place and says which it is."""
    base = {"set": 0, "cur": file.tell(), "end": 0}[whence]
    if whence == "end":
        file.seek(0, os.SEEK_END)
        base = file.tell()
    file.seek(base + int(offset))
    return int(file.tell())


def dirname(path: str) -> str:
    """``paths.dirname``: "." for a bare name."""
    return os.path.dirname(path) or "."


def extname(path: str) -> str | None:
    """The extension without its point, or None."""
    found = os.path.splitext(path)[1]
    return found[1:] if found else None


def mkdir(path: str) -> bool:
    """``lfs.mkdir``."""
    os.makedirs(path, exist_ok=True)
    return True


def rmall(path: str, answer: str) -> None:
    """``paths.rmall(path, 'yes')``."""
    if answer == "yes":
        shutil.rmtree(path, ignore_errors=True)


def iterfiles(path: str) -> Iterator[str]:
    """The names of the files of a folder."""
    return iter([name for name in os.listdir(path) if os.path.isfile(os.path.join(path, name))])


def iterdirs(path: str) -> Iterator[str]:
    """The names of the folders in a folder."""
    return iter([name for name in os.listdir(path) if os.path.isdir(os.path.join(path, name))])


def tmpname() -> str:
    """The name of a new temporary file."""
    handle, name = tempfile.mkstemp()
    os.close(handle)
    return name


def beside(file: str, name: str) -> str:
    """A path from the folder of a script."""
    return os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(file)), name))


# -- time


class Timer:
    """``torch.Timer``: real, user and system seconds since it was made or reset."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> Timer:
        """Begins from zero."""
        self._start, self._kept, self._running = _now(), (0.0, 0.0, 0.0), True
        return self

    def stop(self) -> Timer:
        """Stands still until `resume`."""
        if self._running:
            self._kept, self._running = self._elapsed(), False
        return self

    def resume(self) -> Timer:
        """Goes on."""
        if not self._running:
            self._start, self._running = _now(), True
        return self

    def _elapsed(self) -> tuple[float, float, float]:
        if not self._running:
            return self._kept
        a, b, c = [k + n - s for k, n, s in zip(self._kept, _now(), self._start, strict=True)]
        return a, b, c

    def time(self) -> Table:
        """The seconds, as ``real``, ``user`` and ``sys``."""
        real, user, system = self._elapsed()
        return Table(real=real, user=user, sys=system)


def _now() -> tuple[float, float, float]:
    used = os.times()
    return time.monotonic(), used.user, used.system


_TIC = [0.0]


def tic() -> float:
    """The time, from which `toc` counts."""
    _TIC[0] = time.time()
    return _TIC[0]


def toc(since: float | None = None) -> float:
    """Seconds since `tic`, or since what it gave."""
    return time.time() - (_TIC[0] if since is None else since)


def format_time(seconds: float) -> str:
    """``xlua.formatTime``."""
    if seconds < 1:
        return f"{int(seconds * 1000)}ms"
    days, rest = divmod(int(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, whole = divmod(rest, 60)
    parts = [(days, "D"), (hours, "h"), (minutes, "m"), (whole, "s")]
    return " ".join([f"{n}{unit}" for n, unit in parts if n]) or "0s"


def progress(current: float, goal: float) -> None:
    """``xlua.progress``: a bar on the terminal."""
    width = 40
    done = int(width * current / goal) if goal else width
    sys.stderr.write(f"\r [{'=' * done}{'.' * (width - done)}] {tostring(current)}/{tostring(goal)}")
    if current >= goal:
        sys.stderr.write("\n")
    sys.stderr.flush()


# -- the command line


def number(text: str) -> Any:
    """An option that is a number: int where it is whole."""
    found = tonumber(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"needs a number, got {text!r}")
    return int(found) if float(found).is_integer() else found


def option(parser: argparse.ArgumentParser, name: str, value: Any, about: str = "") -> None:
    """Adds an option of the kind of its default, with one dash or two: Torch7's ``cmd:option``."""
    word = name.lstrip("-")
    names = (f"-{word}", f"--{word}")
    text = about.replace("%", "%%")
    if isinstance(value, bool):
        parser.add_argument(*names, action="store_false" if value else "store_true", help=text)
    elif isinstance(value, (int, float)):
        parser.add_argument(*names, type=number, default=value, help=text)
    else:
        parser.add_argument(*names, default=value, help=text)


def option_string(prefix: str, params: Any, ignored: Any = None) -> str:
    """``cmd:string``: a name made of the options that were given."""
    words = [f"{k}={tostring(v)}" for k, v in sorted(dict(params).items()) if not (ignored or {}).get(k)]
    return ",".join([prefix, *words]) if prefix else ",".join(words)
