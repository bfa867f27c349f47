"""Ctrl-C stops ``th`` at once, whatever its script is doing.

Python's own handler raises KeyboardInterrupt when the script next calls a function of ours, which ends it as an error
does. A loop that LuaJIT has compiled and that calls nothing never comes there, and never looks at Lua's hooks either:
a thread waits for the signal, and ends the process when the gentle way took too long.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

#: The exit code of a program that Ctrl-C ended.
EXIT_CODE = 128 + signal.SIGINT
#: Seconds for the gentle way.
_PATIENCE = 0.3


class _Watch:
    """Knows whether Python's handler ran after a signal came."""

    def __init__(self, reading: int) -> None:
        self._reading = reading
        self._delivered = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Python's handler: runs in the main thread, when that next runs Python code."""
        self._delivered = True
        raise KeyboardInterrupt

    def wait(self) -> None:
        """Waits for signals until the pipe is closed; ends the process where one is not handled in time."""
        while True:
            signals = os.read(self._reading, 1)
            if not signals:
                os.close(self._reading)
                return
            if signals[0] != signal.SIGINT:
                continue
            threading.Event().wait(_PATIENCE)
            if not self._delivered:
                _flush_c()
                os.write(2, b"th: interrupted\n")
                os._exit(EXIT_CODE)
            self._delivered = False


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """While inside, an interrupt ends the process soon even if no Python code runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    watch = _Watch(reading)
    handler = signal.signal(signal.SIGINT, watch.handle)
    descriptor = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=watch.wait, daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor)
        signal.signal(signal.SIGINT, handler)
        os.close(writing)


def _flush_c() -> None:
    """Writes out what Lua printed; not for ever, where the reader of a pipe has stopped reading."""
    flushing = threading.Thread(target=ctypes.CDLL(None).fflush, args=(None,), daemon=True)
    flushing.start()
    flushing.join(_PATIENCE)
