"""What the Lua libraries need from the operating system and plain Lua cannot give: ``require '_host'``.

Every function takes and returns strings, numbers, booleans or ``None``. A failure is never an exception in Lua: the
function answers ``None, message`` (two values there). Several strings in one answer are joined by NUL, which no
file name can contain.

File names are answered as the operating system's bytes, so that a name that is no UTF-8 survives the trip.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import stat
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

Value = str | bytes | int | float | bool | None
Answer = Value | tuple[Value, ...]
_Function = TypeVar("_Function", bound=Callable[..., Any])

FUNCTIONS: dict[str, Callable[..., Answer]] = {}


def _text(value: str | bytes) -> str:
    """Lua strings arrive as bytes or str, depending on the runtime's encoding."""
    return os.fsdecode(value)


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}" if error.filename is not None else error.strerror
    return f"{type(error).__name__}: {error}"


def _exported(function: _Function) -> _Function:
    """Registers a function under its name; its exceptions become ``None, message``."""

    @functools.wraps(function)
    def answer(*args: Any) -> Answer:
        try:
            result: Answer = function(*args)
        except Exception as error:  # whatever it is, Lua gets words
            return None, _reason(error)
        return result

    FUNCTIONS[function.__name__] = answer
    return function


# ---------------------------------------------------------------------------------------------------- files


@_exported
def kind(path: str | bytes) -> str | None:
    """'file', 'directory' or 'other'; ``None`` where nothing is. Links are followed."""
    try:
        mode = os.stat(_text(path)).st_mode
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(mode):
        return "directory"
    return "file" if stat.S_ISREG(mode) else "other"


@_exported
def is_link(path: str | bytes) -> bool:
    return os.path.islink(_text(path))


@_exported
def size(path: str | bytes) -> int:
    return os.stat(_text(path)).st_size


@_exported
def modified(path: str | bytes) -> float:
    """Seconds since 1970 of the last change."""
    return os.stat(_text(path)).st_mtime


@_exported
def accessed(path: str | bytes) -> float:
    return os.stat(_text(path)).st_atime


_KINDS = ("file", "directory", "link", "socket", "named pipe", "char device", "block device")
_TESTS = (stat.S_ISREG, stat.S_ISDIR, stat.S_ISLNK, stat.S_ISSOCK, stat.S_ISFIFO, stat.S_ISCHR, stat.S_ISBLK)


def _with_number(function: _Function) -> _Function:
    """For functions whose failure is ``None``, the system's message without a name, and its number."""

    @functools.wraps(function)
    def answer(*args: Any) -> Answer:
        try:
            result: Answer = function(*args)
        except OSError as error:
            return None, error.strerror, error.errno
        return result

    return _exported(answer)  # type: ignore[return-value]


@_with_number
def attributes(path: str | bytes, follow: bool) -> tuple[Value, ...]:
    """Kind, device, inode, links, owner, group, device that it is, times of access, modification and change, size,
    permissions, blocks and their size.
    """
    found = os.stat(_text(path), follow_symlinks=bool(follow))
    kind = next((name for name, test in zip(_KINDS, _TESTS, strict=True) if test(found.st_mode)), "other")
    return (
        *(kind, found.st_dev, found.st_ino, found.st_nlink, found.st_uid, found.st_gid, found.st_rdev),
        *(int(found.st_atime), int(found.st_mtime), int(found.st_ctime), found.st_size),
        *(stat.filemode(found.st_mode)[1:], found.st_blocks, found.st_blksize),
    )


@_exported
def link_target(path: str | bytes) -> bytes:
    return os.readlink(os.fsencode(path))


@_with_number
def make_folder(path: str | bytes) -> bool:
    os.mkdir(_text(path))
    return True


@_with_number
def remove_folder(path: str | bytes) -> bool:
    os.rmdir(_text(path))
    return True


@_with_number
def link(old: str | bytes, new: str | bytes, symbolic: bool = False) -> bool:
    (os.symlink if symbolic else os.link)(_text(old), _text(new))
    return True


@_with_number
def touch(path: str | bytes, accessed: float | None = None, modified: float | None = None) -> bool:
    """Sets the times of a file, to now where they are left out."""
    accessed = time.time() if accessed is None else accessed
    os.utime(_text(path), (accessed, accessed if modified is None else modified))
    return True


@_with_number
def lock(descriptor: float, mode: str | bytes, start: float, length: float) -> bool:
    """Locks bytes of an open file for reading ``r`` or writing ``w``, or unlocks them with ``u``; a length of 0 is
    all that follows. It does not wait.
    """
    import fcntl  # Unix only

    how = {"r": fcntl.LOCK_SH | fcntl.LOCK_NB, "w": fcntl.LOCK_EX | fcntl.LOCK_NB, "u": fcntl.LOCK_UN}[_text(mode)]
    fcntl.lockf(int(descriptor), how, int(length), int(start))
    return True


@_exported
def listdir(path: str | bytes) -> bytes:
    """The names in a folder, without '.' and '..', in byte order, joined by NUL."""
    return b"\0".join(sorted(os.listdir(os.fsencode(path))))


@_exported
def mkdir(path: str | bytes) -> bool:
    """Makes one folder. A folder that is there already is no failure."""
    name = _text(path)
    with contextlib.suppress(FileExistsError):
        os.mkdir(name)
    if not os.path.isdir(name):
        raise FileExistsError(errno.EEXIST, "there is a file of that name", name)
    return True


@_exported
def makedirs(path: str | bytes) -> bool:
    os.makedirs(_text(path), exist_ok=True)
    return True


@_exported
def rmdir(path: str | bytes) -> bool:
    os.rmdir(_text(path))
    return True


@_exported
def rmtree(path: str | bytes) -> bool:
    """Removes a file or a whole folder; a link is removed, not what it points to."""
    import shutil

    name = _text(path)
    if os.path.isdir(name) and not os.path.islink(name):
        shutil.rmtree(name)
    else:
        os.remove(name)
    return True


@_exported
def copyfile(source: str | bytes, target: str | bytes) -> bool:
    import shutil

    name = _text(target)
    if os.path.isdir(name):
        name = os.path.join(name, os.path.basename(_text(source)))
    shutil.copyfile(_text(source), name)
    return True


@_exported
def movefile(source: str | bytes, target: str | bytes) -> bool:
    import shutil

    shutil.move(_text(source), _text(target))
    return True


@_exported
def realpath(path: str | bytes) -> bytes:
    return os.path.realpath(os.fsencode(path))


@_exported
def cwd() -> bytes:
    return os.getcwdb()


@_exported
def chdir(path: str | bytes) -> bool:
    os.chdir(_text(path))
    return True


@_exported
def tmpname() -> bytes:
    """The path of a new, empty file."""
    import tempfile  # needed seldom, and slow to import; so are shutil and platform

    handle, path = tempfile.mkstemp(prefix="lua_")
    os.close(handle)
    return os.fsencode(path)


@_exported
def home() -> bytes:
    return os.path.expanduser(b"~")


@_exported
def which(program: str | bytes) -> bytes | None:
    """The path of a program on PATH."""
    import shutil

    found = shutil.which(_text(program))
    return None if found is None else os.fsencode(found)


# -------------------------------------------------------------------------------------- process and machine


@_exported
def getenv(name: str | bytes) -> bytes | None:
    value = os.environ.get(_text(name))
    return None if value is None else os.fsencode(value)


@_exported
def setenv(name: str | bytes, value: str | bytes | None) -> bool:
    """``None`` removes the variable."""
    if value is None:
        os.environ.pop(_text(name), None)
    else:
        os.environ[_text(name)] = _text(value)
    return True


@_exported
def getpid() -> int:
    return os.getpid()


@_exported
def cores() -> int:
    return os.cpu_count() or 1


@_exported
def executable() -> str:
    """The path of the Python interpreter that runs Lua."""
    return sys.executable


@_exported
def prefix() -> str:
    """The folder that this Python and what belongs to it are installed in."""
    return sys.prefix


@_exported
def uname() -> tuple[str, str, str]:
    """System, host and machine: 'Linux', 'box', 'x86_64'."""
    import platform

    return platform.system(), platform.node(), platform.machine()


# ----------------------------------------------------------------------------------------------------- time


@_exported
def wall() -> float:
    """Seconds since 1970, to the microsecond."""
    return time.time()


@_exported
def monotonic() -> float:
    """Seconds from a fixed moment; never set back."""
    return time.perf_counter()


@_exported
def cpu() -> tuple[float, float]:
    """Seconds that the process has spent in its own code and in the system."""
    try:
        import resource  # Unix only; counts microseconds where os.times counts hundredths of a second
    except ImportError:
        used = os.times()
        return used.user, used.system
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime, usage.ru_stime


@_exported
def sleep(seconds: float) -> bool:
    time.sleep(max(0.0, seconds))
    return True


# ------------------------------------------------------------------------------------------------- terminal


@_exported
def isatty(stream: str | bytes) -> bool:
    """Whether 'stdin', 'stdout' or 'stderr' is a terminal."""
    number = {"stdin": 0, "stdout": 1, "stderr": 2}.get(_text(stream)) if isinstance(stream, (str, bytes)) else stream
    return number is not None and os.isatty(number)


@_exported
def columns() -> int | None:
    """The terminal's width; ``None`` where standard output is no terminal."""
    try:
        return os.get_terminal_size(1).columns or None
    except OSError:
        return None


def install(lua: Any) -> None:
    """Makes ``require '_host'`` answer a Lua table of these functions, in a ``lupa.LuaRuntime``."""
    functions = lua.table_from(FUNCTIONS)
    lua.globals().package.preload["_host"] = lua.eval("function(t) return function() return t end end")(functions)
