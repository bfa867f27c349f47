"""Several Lua states that work at once in threads of Python, on tensors of their own."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import lua_compat
from lua_compat import LuaError, Runtime
from lua_compat.bridge import memory, ops_files, written
from pytorch_from_lua.tensor import storage

THREADS = 2


@pytest.fixture
def often() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(work: Callable[[Runtime, int], Any]) -> list[Any]:
    """``work(lua, number)`` in `THREADS` threads, each with a Lua of its own; what they gave."""
    begin = threading.Barrier(THREADS)

    def in_thread(number: int) -> Any:
        lua = Runtime()
        begin.wait()
        return work(lua, number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(in_thread, range(THREADS)))


@pytest.mark.usefixtures("often")
def test_nobody_sees_the_memory_that_a_tensor_had_before() -> None:
    code = """
    local number, rounds = ...
    local t, v = torch.DoubleTensor(1), torch.DoubleTensor(3):fill(-1)
    local joined, wrong = torch.DoubleTensor(), 0
    for k = 1, rounds do
       local n = 2 + (k * 7 + number) % 13
       local x = k + number * 1e6
       t:resize(n):fill(x)
       if t[1] ~= x or t[n] ~= x then wrong = wrong + 1 end
       t[n] = -x
       local u = torch.DoubleTensor(n + 2):fill(2 * x)
       v:set(u)
       if v[1] ~= 2 * x or v[n + 2] ~= 2 * x or t[n] ~= -x then wrong = wrong + 1 end
       torch.cat(joined, t, v, 1)
       if joined:size(1) ~= 2 * n + 2 or joined[n] ~= -x or joined[n + 1] ~= 2 * x then wrong = wrong + 1 end
       t:storage():resize(n + 20)
       t[1] = 3 * x
       if t:max() ~= 3 * x or t[1] ~= 3 * x then wrong = wrong + 1 end
    end
    return wrong
    """
    assert at_once(lambda lua, number: lua.execute(code, number, 500)) == [0] * THREADS


def test_a_move_that_is_told_late_hides_no_other_move(monkeypatch: Any) -> None:
    """Between drawing an epoch and setting it, another tensor moves, is read, and moves again."""
    lua = Runtime()
    lua.execute("a, b = torch.zeros(2), torch.zeros(2)")
    move, read = lua.eval("function(n) b:resize(n):fill(n) end"), lua.eval("function() return b[1] end")
    draw, drawn, seen = storage.next_epoch, [], []

    def late() -> int:
        mine = draw()
        drawn.append(mine)
        if len(drawn) == 1:
            lua.call(move, 50)
            seen.append(lua.call(read))
            lua.call(move, 60)
        return mine

    monkeypatch.setattr(storage, "next_epoch", late)
    lua.execute("a:resize(100)")
    seen.append(lua.call(read))
    assert seen == [50, 60]


def test_the_numbers_by_which_moves_and_writes_are_told_are_never_given_twice() -> None:
    epochs, stamps = set(), set()
    x = storage.Storage.empty(1, "float64")
    for size in range(2, 30):
        x.resize_(size)
        epochs.add(int(storage.EPOCH[0]))
        assert written.touch(x).noted_version == x.version
        stamps.add(int(written.STAMP[0]))
    assert (len(epochs), len(stamps)) == (28, 28)


@pytest.mark.usefixtures("often")
def test_an_error_has_the_words_and_the_cause_of_its_own_thread() -> None:
    def fail(lua: Runtime, number: int) -> list[tuple[Any, ...]]:
        found = []
        for size in range(2 + number, 40, 2):
            with pytest.raises(LuaError) as caught:
                lua.execute("local n = ... return torch.zeros(n):add(torch.zeros(n + 1))", size)
            error = caught.value
            told = lua_compat.last_traceback() or ""
            wanted = f"inconsistent tensor size: {size}, the second tensor has {size + 1}"
            found.append((wanted in str(error), wanted in str(error.__cause__), wanted in told))
        return found

    for found in at_once(fail):
        assert len(found) == 19
        assert set(found) == {(True, True, True)}


def test_the_last_traceback_is_that_of_the_thread() -> None:
    done: list[str | None] = []
    thread = threading.Thread(target=lambda: done.append(lua_compat.last_traceback()))
    with pytest.raises(LuaError, match="size"):
        Runtime().execute("torch.zeros(2):add(torch.zeros(3))")
    thread.start()
    thread.join()
    assert done == [None]
    assert "the second tensor has 3" in (lua_compat.last_traceback() or "")


def test_a_lua_that_is_made_while_memory_is_collected_does_no_harm() -> None:
    made: list[Runtime] = []

    class Growing(memory.Collector):
        """Stands for a thread that makes a Lua just then."""

        @property
        def limit(self) -> float:
            made.append(Runtime())
            return memory.FIRST_LIMIT

        @limit.setter
        def limit(self, value: float) -> None:
            pass

    before = storage.allowance[0]
    growing = Growing(Runtime()._lua)
    try:
        memory._spent()
        assert storage.allowance[0] <= memory.FIRST_LIMIT
        assert made
    finally:
        memory._collectors.discard(growing)
        storage.allowance[0] = before


def test_a_command_that_another_thread_starts_meanwhile_is_waited_for(monkeypatch: Any) -> None:
    """While one looks which commands have ended, another starts one."""
    lua = Runtime()
    lua.execute("first = torch.PipeFile('true')")
    (process,) = ops_files._running
    poll, started = process.poll, []

    def slow_poll() -> Any:
        if not started:
            started.append(subprocess.Popen(["true"]))
            ops_files._running.add(started[0])
        return poll()

    monkeypatch.setattr(process, "poll", slow_poll)
    lua.execute("second = torch.PipeFile('true')")
    kept = started[0] in ops_files._running
    started[0].wait()
    ops_files._running.discard(started[0])
    lua.execute("first:close() second:close()")
    assert kept
    assert not ops_files._running
