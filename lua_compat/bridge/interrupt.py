"""Ctrl-C stops ``th`` at once, whatever its script is doing.

Python's own handler raises KeyboardInterrupt when the script next calls a function of ours, which ends it as an error
does. A loop that LuaJIT has compiled and that calls nothing never comes there, and never looks at Lua's hooks either:
a thread waits for the signal, and ends the process when the gentle way took too long. In the interactive loop it asks
for a second Ctrl-C first, for the session is worth more than a script; loops that were typed there look at `_flag`, so
that the gentle way works for them (``lua/th/loops.lua``).
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

#: The exit code of a program that Ctrl-C ended.
EXIT_CODE = 128 + signal.SIGINT
#: Seconds for the gentle way.
_PATIENCE = 0.3
#: The same in the interactive loop, where nothing is lost by waiting.
_PATIENCE_OF_A_SESSION = 1.0
#: Python's handler may run so many seconds before the thread hears of the signal.
_HEAD_START = 0.2

#: Not 0 from the moment at which a signal came till something of Python's ran.
_flag = ctypes.c_int32(0)


#: Whether an interrupt has ended the program, which then waits for no thread's work.
ended = False


class _Watch:
    """Knows when Python's handler ran last."""

    def __init__(self, reading: int) -> None:
        self._reading = reading
        self._handled = -math.inf
        #: whether the process is a session that a single signal does not end
        self.keeps_session = False
        #: whether a second one does
        self.ends = True

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Python's handler: runs in the main thread, when that next runs Python code."""
        self._handled = time.monotonic()
        _flag.value = 0
        raise KeyboardInterrupt

    def _nudge(self, came: float) -> None:
        """Wakes the main thread up where the signal came just before it began to wait for a key.

        Readline then does not hear of it till the next key; but it hears of a signal that tells of the window's size.
        """
        threading.Event().wait(_HEAD_START)
        if self._handled < came - _HEAD_START and hasattr(signal, "SIGWINCH"):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGWINCH)

    def wait(self) -> None:
        """Waits for signals until the pipe is closed; ends the process where one is not handled in time."""
        asked = math.inf  # when the user was told that a second Ctrl-C ends the session
        while True:
            signals = os.read(self._reading, 1)
            if not signals:
                os.close(self._reading)
                return
            if signals[0] != signal.SIGINT:
                continue
            came = time.monotonic()
            _flag.value = 1
            if self.keeps_session:
                self._nudge(came)
            threading.Event().wait(_PATIENCE_OF_A_SESSION if self.keeps_session else _PATIENCE)
            if self._handled >= came - _HEAD_START:
                _flag.value = 0
            elif self.keeps_session and not (self.ends and self._handled < asked < came):
                asked = time.monotonic()
                way = b"another Ctrl-C ends th" if self.ends else b"restarting the kernel ends it"
                os.write(2, b"\nth: this does not stop by itself; " + way + b"\n")
            else:
                _flush_c()
                os.write(2, b"th: interrupted\n")
                os._exit(EXIT_CODE)


_active: _Watch | None = None


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """While inside, an interrupt ends the process soon even if no Python code runs."""
    global _active
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    _active = watch = _Watch(reading)
    handler = signal.signal(signal.SIGINT, watch.handle)
    descriptor = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=watch.wait, daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor)
        signal.signal(signal.SIGINT, handler)
        os.close(writing)
        _active = None


@contextlib.contextmanager
def session(*, ends: bool = True) -> Iterator[None]:
    """While inside, what does not stop at an interrupt is ended by the second one only, or by none unless ``ends``."""
    before = _active is not None and _active.keeps_session
    if _active is not None:
        _active.keeps_session, _active.ends = True, ends
    try:
        yield
    finally:
        if _active is not None:
            _active.keeps_session = before


def _flush_c() -> None:
    """Writes out what Lua printed; not for ever, where the reader of a pipe has stopped reading."""
    flushing = threading.Thread(target=ctypes.CDLL(None).fflush, args=(None,), daemon=True)
    flushing.start()
    flushing.join(_PATIENCE)


def _address_of_flag() -> int:
    """Where Lua finds the flag."""
    return ctypes.addressof(_flag)


def _give_way() -> None:
    """Lets Python's handler run, which raises KeyboardInterrupt where a signal came."""
    time.sleep(0)
    _flag.value = 0


#: For Lua: ``require '_interrupt'``.
FUNCTIONS: dict[str, Callable[..., Any]] = {"address": _address_of_flag, "give_way": _give_way}
