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

#: The exit code of a program that Ctrl-C ended.
EXIT_CODE = 128 + signal.SIGINT
#: Seconds for the gentle way.
_PATIENCE = 0.3


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """While inside, an interrupt ends the process soon even if no Python code runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    ended = threading.Event()
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(reading, ended), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        signal.set_wakeup_fd(before)
        os.close(writing)


def _wait(reading: int, ended: threading.Event) -> None:
    while True:
        signals = os.read(reading, 1)
        if not signals:
            os.close(reading)
            return
        if signals[0] == signal.SIGINT and not ended.wait(_PATIENCE):
            _flush_c()
            os.write(2, b"th: interrupted\n")
            os._exit(EXIT_CODE)


def _flush_c() -> None:
    """Writes out what Lua printed; not for ever, where the reader of a pipe has stopped reading."""
    flushing = threading.Thread(target=ctypes.CDLL(None).fflush, args=(None,), daemon=True)
    flushing.start()
    flushing.join(_PATIENCE)
