"""``threads.Threads``: jobs that run beside the script, each thread with globals of its own."""

from __future__ import annotations

import inspect
import queue
import threading
from collections.abc import Callable
from typing import Any


class Threads:
    """A pool of threads.

    Args:
        count: how many.
        init: functions that each thread calls first, with its number.
    """

    def __init__(self, count: int, *init: Callable[..., Any]) -> None:
        self.count = int(count)
        self._jobs: queue.Queue[Any] = queue.Queue()
        self._done: queue.Queue[Any] = queue.Queue()
        self._pending = 0
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(i + 1, init), daemon=True) for i in range(self.count)
        ]
        ready: list[threading.Event] = []
        self._ready = ready
        for thread in self._threads:
            event = threading.Event()
            ready.append(event)
            thread.start()
            event.wait()

    def _work(self, number: int, init: tuple[Callable[..., Any], ...]) -> None:
        try:
            for function in init:
                function(number) if inspect.signature(function).parameters else function()
        except BaseException as error:  # told to the script when it asks
            self._error = error
        self._ready[number - 1].set()
        while True:
            job = self._jobs.get()
            if job is None:
                return
            function, back, args = job
            try:
                self._done.put((function(*args), back, None))
            except BaseException as error:  # told to the script by dojob
                self._done.put((None, back, error))

    def addjob(self, function: Callable[..., Any], back: Callable[..., Any] | None = None, *args: Any) -> None:
        """Runs a function in a thread; ``back`` is called here with what it gave."""
        while not self.acceptsjob():
            self.dojob()
        self.addasync(function, back, *args)

    def addasync(self, function: Callable[..., Any], back: Callable[..., Any] | None = None, *args: Any) -> None:
        """As `addjob`, but where no thread is free, the job waits for one, and not the script."""
        self._pending += 1
        self._jobs.put((function, back, args))

    def acceptsjob(self) -> bool:
        """Whether a thread is free."""
        return self._pending < self.count

    def hasjob(self) -> bool:
        """Whether there is a job that was not done yet."""
        return self._pending > 0

    def dojob(self) -> None:
        """Waits for a job, and calls what is to be called behind it."""
        made, back, error = self._done.get()
        self._pending -= 1
        if error is not None:
            self._error = error
            return
        if back is not None:
            back(*made) if isinstance(made, tuple) else back(made)

    def haserror(self) -> bool:
        """Whether a job failed."""
        return self._error is not None

    def synchronize(self) -> None:
        """Waits for all jobs; raises what a job raised."""
        while self._pending:
            self.dojob()
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def terminate(self) -> None:
        """Ends the threads."""
        self.synchronize()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
