"""Threads that each run a Lua of their own, and the locks between them: ``require '_threads'``.

Values go from one Lua to another as strings that torch.serialize made, with tensors that are shared beside them. Lua
code runs without Python's lock, and so do the compiled loops; what lies between takes turns.
"""

from __future__ import annotations

import atexit
import itertools
import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

from lua_compat.bridge import cores, interrupt
from lua_compat.bridge.ops.random import own_generator
from lua_compat.errors import LuaError
from pytorch_from_lua.errors import TensorError

#: A value on its way: what torch.serialize made of it, and the tensors and storages that are shared, if any are.
Message = tuple[str, "list[Any] | None"]


class ThreadsError(TensorError):
    """A lock or a condition that is used in a way that makes no sense; the message says which."""


class Pool:
    """``count`` threads, each with its queue of jobs beside one for all; their answers come out of one queue.

    Args:
        count: at least 1.
        bytecode, cuda: as for `Runtime`.
    """

    def __init__(self, count: int, bytecode: bool, cuda: str | None) -> None:
        self._size = count
        self._options: dict[str, Any] = {"bytecode": bytecode, "cuda": cuda}
        self._changed = threading.Condition()
        self._common: deque[Message] = deque()
        self._own: list[deque[Message]] = [deque() for _ in range(count)]
        self._answers: deque[Message] = deque()
        self._specific = True
        self._ended = False
        self._failure: BaseException | None = None
        self._threads = [threading.Thread(target=self._work, args=(i,), daemon=True) for i in range(count)]
        sys.setswitchinterval(min(sys.getswitchinterval(), _TURN))
        with _LOCK:
            _pools.add(self)
        for thread in self._threads:
            thread.start()

    def _queue(self, index: int) -> deque[Message]:
        return self._own[index] if self._specific else self._common

    def accepts(self, index: int) -> bool:
        """Whether the queue of thread ``index`` (from 0), or the common one, has room."""
        with self._changed:
            return len(self._queue(index)) < self._size

    def add(self, index: int, job: str, held: list[Any] | None) -> None:
        """Puts a job into a queue."""
        with self._changed:
            self._queue(index).append((job, held))
            self._changed.notify_all()

    def specific(self, flag: bool) -> None:
        """Whether each thread takes jobs from its own queue."""
        with self._changed:
            self._specific = flag
            self._changed.notify_all()

    def answer(self) -> Message:
        """Waits for the next answer of a job.

        Raises:
            ThreadsError: where a thread could not go on, with the reason.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._answers or self._failure is not None)
            if not self._answers:
                raise ThreadsError(f"threads.Threads: a thread ended by itself: {self._failure}") from self._failure
            return self._answers.popleft()

    def stop(self) -> None:
        """Lets the threads finish what is in the queues, and end."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def end(self, patience: float | None = None) -> bool:
        """Lets the threads finish what is in the queues, and waits for them, ``patience`` seconds for each at most.

        Returns whether all have ended.
        """
        self.stop()
        for thread in self._threads:
            thread.join(patience)
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self, index: int) -> None:
        try:
            _with_lua(self._options, lambda lua: self._serve(index, lua))
        except Exception as error:  # whatever it is, the one who waits for an answer is told
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _serve(self, index: int, lua: Any) -> None:
        run = lua.call(lua.require("threads.worker"), index + 1)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue(index) or self._ended)
                if not self._queue(index):
                    return
                job = self._queue(index).popleft()
                self._changed.notify_all()
            answer = lua.call(run, *job)
            lua.flush()
            with self._changed:
                self._answers.append(answer if isinstance(answer, tuple) else (answer, None))
                self._changed.notify_all()


def _with_lua(options: dict[str, Any], work: Callable[[Any], None]) -> None:
    """Does work with a new Lua in this thread; os.exit in it ends the process, as it did."""
    from lua_compat.bridge.runtime import Runtime

    own_generator()
    cores.separate()
    try:
        lua = Runtime(**options)
        work(lua)
        lua.flush()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)


#: Seconds after which a thread that waits for Python's lock asks for it. Lua needs it often and for moments only: with
#: Python's own 5 ms two threads of `benchmarks/threads_loader.py` take a tenth longer.
_TURN = 5e-4

#: Seconds that a job has to finish after Ctrl-C.
_PATIENCE = 0.5
#: Seconds that a program that has ended waits for jobs without a word.
_SILENCE = 2.0

_pools: weakref.WeakSet[Pool] = weakref.WeakSet()
_LOCK = threading.Lock()  # held while pools are added and listed


@atexit.register
def _end_all() -> None:
    with _LOCK:
        pools = tuple(_pools)
    try:
        left = [pool for pool in pools if not pool.end(_PATIENCE if interrupt.ended else _SILENCE)]
        if left and not interrupt.ended:
            _say("threads: the program has ended and waits for jobs that have not; Ctrl-C ends them")
            for pool in left:
                pool.end()
        elif left:
            os._exit(interrupt.EXIT_CODE)
    except KeyboardInterrupt:
        _say("th: interrupted")
        os._exit(interrupt.EXIT_CODE)


def _say(message: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


class Owner:
    """Stops a pool when it is garbage itself; the pool never is, for its threads hold it."""

    def __init__(self, pool: Pool) -> None:
        weakref.finalize(self, pool.stop)


class Single:
    """A thread that runs a piece of Lua code. An error in it is written to standard error."""

    def __init__(self, code: str, bytecode: bool, cuda: str | None) -> None:
        self._options: dict[str, Any] = {"bytecode": bytecode, "cuda": cuda}
        self._code = code
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        from lua_compat.bridge.cli import report

        def work(lua: Any) -> None:
            try:
                lua.execute(self._code, name="=(thread)")
            except LuaError as error:
                lua.flush()
                report(error)

        _with_lua(self._options, work)

    def id(self) -> int:
        """The operating system's number of the thread."""
        return self._thread.native_id or 0

    def join(self) -> None:
        """Waits for the end of the thread."""
        self._thread.join()


class _Shared:
    """Locks or conditions by number, each with the number of those that hold it."""

    def __init__(self, kind: str, make: Callable[[], Any]) -> None:
        self._kind, self._make = kind, make
        self._numbers = itertools.count(1)
        self._held: dict[int, tuple[Any, int]] = {}
        self._lock = threading.Lock()

    def hold(self, number: float | None) -> int:
        """A new one, or one more holder of that with a number."""
        with self._lock:
            if number is None:
                number = next(self._numbers)
                self._held[number] = (self._make(), 1)
            else:
                number = int(number)
                found, holders = self._found(number)
                self._held[number] = (found, holders + 1)
            return number

    def drop(self, number: float) -> None:
        """One holder less; without any, it is gone."""
        with self._lock:
            found, holders = self._found(int(number))
            if holders == 1:
                del self._held[int(number)]
            else:
                self._held[int(number)] = (found, holders - 1)

    def get(self, number: float) -> Any:
        """That with a number."""
        with self._lock:
            return self._found(int(number))[0]

    def _found(self, number: int) -> tuple[Any, int]:
        found = self._held.get(number)
        if found is None:
            raise ThreadsError(f"{self._kind}: there is none with the id {number}; it may have been freed")
        return found


_mutexes = _Shared("threads.Mutex", threading.Lock)
_conditions = _Shared("threads.Condition", deque)


def lock(number: float) -> None:
    """Waits until the mutex is free and takes it."""
    _mutexes.get(number).acquire()


def unlock(number: float) -> None:
    """Gives a mutex back.

    Raises:
        ThreadsError: where nobody has it.
    """
    try:
        _mutexes.get(number).release()
    except RuntimeError:
        raise ThreadsError(f"threads.Mutex: the mutex {number:g} is not locked") from None


def wait(number: float, mutex: float) -> None:
    """Gives the mutex back, waits for a signal, and takes the mutex again."""
    waiting = _conditions.get(number)
    mine = threading.Lock()
    mine.acquire()
    waiting.append(mine)
    unlock(mutex)
    mine.acquire()
    lock(mutex)


def signal(number: float) -> None:
    """Wakes the one that has waited longest, if any waits."""
    waiting = _conditions.get(number)
    try:
        waiting.popleft().release()
    except IndexError:
        return


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "pool": Pool,
    "owner": Owner,
    "accepts": Pool.accepts,
    "add": Pool.add,
    "specific": Pool.specific,
    "answer": Pool.answer,
    "end_pool": Pool.end,
    "single": Single,
    "single_id": Single.id,
    "join": Single.join,
    "hold_mutex": _mutexes.hold,
    "drop_mutex": _mutexes.drop,
    "hold_condition": _conditions.hold,
    "drop_condition": _conditions.drop,
    "lock": lock,
    "unlock": unlock,
    "wait": wait,
    "signal": signal,
}
