"""The package threads: jobs in threads with a Lua each, mutexes and conditions, and how a program with threads ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks import threads_loader
from lua_compat import LuaError, Runtime
from pytorch_from_lua import get_num_threads, set_num_threads

#: Seconds after which a program counts as hanging.
PATIENCE = 120

LOADER = """
local threads = require 'threads'
local M = {}
local Loader = torch.class('test.Loader', M)

function Loader:__init(size, batch, count)
   local seed = 7
   local function init() require 'torch' end
   local function main(index)
      torch.manualSeed(seed + index)
      _G.data = torch.range(1, size):view(size, 1):expand(size, 4):contiguous()
      return size
   end
   local pool, sizes = threads.Threads(count, init, main)
   self.threads, self.size, self.batch = pool, sizes[1][1], batch
end

function Loader:run()
   local pool, size, batch = self.threads, self.size, self.batch
   local order = torch.randperm(size)
   local at, sample = 1, nil
   local function enqueue()
      while at <= size and pool:acceptsjob() do
         local indices = order:narrow(1, at, math.min(batch, size - at + 1))
         pool:addjob(function(indices, crops)
            local input = torch.Tensor(indices:size(1), 4)
            for i, index in ipairs(indices:totable()) do input[i]:copy(_G.data[index]):mul(crops) end
            collectgarbage()
            return {input = input, indices = indices}
         end, function(_sample_) sample = _sample_ end, indices, 2)
         at = at + batch
      end
   end
   local n = 0
   return function()
      enqueue()
      if not pool:hasjob() then return nil end
      pool:dojob()
      if pool:haserror() then pool:synchronize() end
      enqueue()
      n = n + 1
      return n, sample
   end
end

local total, batches, right = 0, 0, true
for n, sample in M.Loader(23, 5, 2):run() do
   total, batches = total + sample.input:sum(), n
   for i = 1, sample.indices:size(1) do right = right and sample.input[i][3] == 2 * sample.indices[i] end
end
return total, batches, right
"""


@pytest.fixture
def lua() -> Any:
    runtime = Runtime()
    runtime.execute("threads = require 'threads'")
    yield runtime
    runtime.execute("if pool ~= nil then pool:terminate() end")


def th(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lua_compat.bridge.cli", "-e", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_a_data_loader_gives_every_sample_once(lua: Any) -> None:
    assert lua.execute(LOADER) == (2 * 4 * sum(range(1, 24)), 5, True)


def test_threads_that_load_pictures_give_every_one_once(tmp_path: Path) -> None:
    """The benchmark's script, which raises where a picture or a class is missing."""
    loader = threads_loader.Loader(threads_loader.draw(tmp_path, 7), workers=2, batch=3, size=12)
    try:
        assert [loader.turn() > 0 for _ in range(2)] == [True, True]
    finally:
        loader.end()


def test_python_gives_threads_of_lua_their_turns_soon(lua: Any) -> None:
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.005)
        lua.execute("threads.Threads(1):terminate()")
        assert sys.getswitchinterval() < 0.001
        sys.setswitchinterval(1e-5)
        lua.execute("threads.Threads(1):terminate()")
        assert sys.getswitchinterval() == pytest.approx(1e-5)
    finally:
        sys.setswitchinterval(before)


def test_init_functions_results_come_as_a_list(lua: Any) -> None:
    assert lua.execute("""
        local results
        pool, results = threads.Threads(2, function() value = 5 end, function(id) return id * value, nil, 'x' end)
        return #results, results[1][1] + results[2][1], results[1][3], value
    """) == (2, 15, "x", None)


def test_closures_arguments_and_results_cross(lua: Any) -> None:
    assert lua.execute("""
        local scale, seen = 3, {}
        pool = threads.Threads(1)
        pool:addjob(function(t, ...) return t:mul(scale), select('#', ...), nil end,
           function(...) seen = {n = select('#', ...), ...} end, torch.ones(2), nil, nil)
        pool:synchronize()
        return seen.n, seen[1]:sum(), seen[2]
    """) == (3, 6, 2)


def test_threads_run_at_the_same_time(lua: Any) -> None:
    """Each of the two jobs waits for the other's signal."""
    assert lua.execute("""
        pool = threads.Threads(2)
        pool:specific(true)
        local mutex, one, two = threads.Mutex(), threads.Mutex(), threads.Mutex()
        local a, b, got = one:id(), two:id(), {}
        one:lock()
        two:lock()
        for i = 1, 2 do
           pool:addjob(i, function(mine, other)
              local t = require 'threads'
              t.Mutex(other):unlock()
              t.Mutex(mine):lock()
              return __threadid
           end, function(id) got[id] = true end, i == 1 and a or b, i == 1 and b or a)
        end
        pool:synchronize()
        return got[1], got[2]
    """) == (True, True)


def test_addasync_does_not_wait_for_room_and_addjob_does(lua: Any) -> None:
    assert lua.execute("""
        pool = threads.Threads(1)
        local gate = threads.Mutex()
        local id, order = gate:id(), {}
        local function note(n) order[#order + 1] = n end
        gate:lock()
        pool:addasync(function(id) require('threads').Mutex(id):lock() return 0 end, note, id)
        for i = 1, 4 do pool:addasync(function(n, ...) return n + select('#', ...) end, note, i, nil, nil) end
        pool:addasync(function() end)
        local accepts, called, pending = pool:acceptsjob(), #order, pool:hasjob()
        gate:unlock()
        pool:addjob(function() return 9 end, note)
        local before = #order
        pool:synchronize()
        return accepts, called, pending, before >= 1, table.concat(order, ' '), pool:hasjob()
    """) == (False, 0, True, True, "0 3 4 5 6 9", False)


def test_addasync_takes_a_thread_first_where_jobs_are_for_one(lua: Any) -> None:
    assert lua.execute("""
        pool = threads.Threads(2)
        pool:specific(true)
        local ran = {0, 0}
        for i = 1, 6 do
           pool:addasync(1 + i % 2, function() return __threadid end, function(id) ran[id] = ran[id] + i end)
        end
        pool:synchronize()
        return ran[1], ran[2]
    """) == (2 + 4 + 6, 1 + 3 + 5)


def test_a_condition_wakes_the_one_that_waits(lua: Any) -> None:
    assert lua.execute("""
        local mutex, condition, result = threads.Mutex(), threads.Condition(), nil
        pool = threads.Threads(1)
        mutex:lock()
        pool:addjob(function(m, c)
           local t = require 'threads'
           t.Mutex(m):lock()
           t.Condition(c):signal()
           t.Mutex(m):unlock()
           return 'signalled'
        end, function(text) result = text end, mutex:id(), condition:id())
        condition:wait(mutex)
        mutex:unlock()
        pool:synchronize()
        return result, tostring(mutex), tostring(condition)
    """) == ("signalled", "threads.Mutex", "threads.Condition")


def test_a_thread_has_a_random_stream_of_its_own(lua: Any) -> None:
    assert lua.execute("""
        local drawn = {}
        torch.manualSeed(11)
        local first = torch.uniform()
        torch.manualSeed(11)
        pool = threads.Threads(2, function(id) torch.manualSeed(10 + id) end)
        pool:specific(true)
        for id = 1, 2 do
           pool:addjob(id, function() return torch.uniform() end, function(x) drawn[id] = x end)
        end
        pool:synchronize()
        return drawn[1] == first, drawn[2] ~= first, torch.uniform() == first
    """) == (True, True, True)


def test_a_worker_has_a_number_of_computing_threads_of_its_own(lua: Any) -> None:
    """Those of the main script, and of another worker, stay as they were; so do the results."""
    before = get_num_threads()
    try:
        lua.execute("torch.setnumthreads(3)")
        seen = lua.execute("""
            torch.manualSeed(1)
            local x, seen, sums = torch.rand(400, 500), {}, {}
            local threads = require 'threads'
            pool = threads.Threads(2, function(id) if id == 1 then torch.setnumthreads(1) end end)
            pool:specific(true)
            for id = 1, 2 do
               pool:addjob(id, function()
                  local count = torch.getnumthreads()
                  if id == 2 then torch.setnumthreads(2) end
                  return count, torch.getnumthreads(), torch.exp(x):sum()
               end, function(first, second, sum) seen[id], sums[id] = first * 10 + second, sum end)
            end
            pool:synchronize()
            local same = sums[1] == sums[2] and sums[1] == torch.exp(x):sum()
            return seen[1], seen[2], torch.getnumthreads(), same
        """)
        assert seen == (11, 32, 3, True)
        assert get_num_threads() == 3
    finally:
        set_num_threads(before)


def test_a_worker_cannot_compute_in_no_thread(lua: Any) -> None:
    with pytest.raises(LuaError, match=r"'setnumthreads' \(a number above 0 expected, got 0\)"):
        lua.execute("threads.Threads(1, function() torch.setnumthreads(0) end)")


def test_an_error_in_a_job_comes_out_with_its_thread_and_the_rest_goes_on(lua: Any) -> None:
    ok, message, failed, after = lua.execute("""
        pool = threads.Threads(1)
        pool:addjob(function() error('no such picture') end)
        local ok, message = pcall(pool.synchronize, pool)
        local failed, after = pool:haserror(), nil
        pool:addjob(function() return 4 end, function(x) after = x end)
        pool:synchronize()
        return ok, message, failed, after
    """)
    assert (ok, failed, after) == (False, True, 4)
    assert "[thread 1 callback]" in message
    assert "no such picture" in message
    assert "stack traceback" in message


def test_results_that_cannot_cross_are_an_error(lua: Any) -> None:
    with pytest.raises(LuaError, match=r"\[thread 1 callback\]"):
        lua.execute("""
            pool = threads.Threads(1)
            pool:addjob(function() return coroutine.create(function() end) end)
            pool:synchronize()
        """)


def test_threads_end_when_nothing_holds_them(lua: Any) -> None:
    before = set(threading.enumerate())
    lua.execute("threads.Threads(2, function() end)")
    started = set(threading.enumerate()) - before
    lua.execute("collectgarbage(); collectgarbage()")
    for thread in started:
        thread.join(PATIENCE)
    assert started
    assert not any(thread.is_alive() for thread in started)


def test_a_safe_function_gives_its_mutex_back_after_an_error(lua: Any) -> None:
    assert lua.execute("""
        local f = threads.safe(function(x) if x == nil then error('nothing', 0) end return x, x end)
        local ok, message = pcall(f)
        return ok, message, f(2)
    """) == (False, "nothing", 2, 2)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param("threads.Threads(0)", "at least 1, got 0", id="no-threads"),
        pytest.param("threads.Mutex():unlock()", "is not locked", id="unlocked"),
        pytest.param("threads.Mutex(1e6)", "none with the id 1000000", id="no-such-mutex"),
        pytest.param("threads.Threads(1):addjob(5)", "Threads:addjob: a function expected, got number", id="addjob"),
        pytest.param("threads.Threads(1):addasync()", "Threads:addasync: a function expected, got nil", id="addasync"),
        *(
            pytest.param(
                f"local p = threads.Threads(2) p:specific(true) p:{name}({given}, function() end)",
                rf"\(code\):1: threads.Threads:{name}: the thread needs to be from 1 to 2, got {given}",
                id=f"{name}-{given}",
            )
            for name in ("addjob", "addasync", "acceptsjob")
            for given in ("3", "nil")
        ),
        *(
            pytest.param(
                f"local p = threads.Threads(1) p:terminate() p:{name}(function() end)",
                r"\(code\):1: threads.Threads: the threads were terminated",
                id=f"{name}-terminated",
            )
            for name in ("addjob", "addasync", "synchronize")
        ),
        pytest.param(
            "threads.serialization('threads.other')",
            "'threads.sharedserialize', got 'threads.other'",
            id="serialization",
        ),
    ],
)
def test_what_makes_no_sense_is_an_error(lua: Any, code: str, message: str) -> None:
    with pytest.raises(LuaError, match=message):
        lua.execute(code)


def test_a_program_ends_with_its_threads_running() -> None:
    done = th("local t = require 'threads'; t.Threads(2):addjob(function() print('ran') end)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran\n", "")


def test_an_error_in_an_init_function_ends_the_program() -> None:
    done = th("local t = require 'threads'; t.Threads(2, function() error('no data here') end)")
    assert done.returncode == 1
    assert "no data here" in done.stderr


def test_exit_in_a_thread_ends_the_program() -> None:
    assert (
        th("local p = require('threads').Threads(1); p:addjob(function() os.exit(3) end) p:synchronize()").returncode
        == 3
    )


def test_ctrl_c_ends_a_program_whose_job_does_not_end(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    code = f"""local p = require('threads').Threads(1)
        p:addjob(function() io.open('{begun}', 'w'):close(); while true do end end) p:synchronize()"""
    command = [sys.executable, "-m", "lua_compat.bridge.cli", "-e", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            while process.poll() is None and not begun.exists():
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, error) == (130, b"th: interrupted\n")


def test_a_program_that_waits_for_a_job_at_its_end_says_so_and_ctrl_c_ends_it() -> None:
    code = "require('threads').Threads(1):addjob(function() while true do end end) print('the end')"
    command = [sys.executable, "-m", "lua_compat.bridge.cli", "-e", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            told = process.stderr.readline()
            process.send_signal(signal.SIGINT)
            output, error = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert told == "threads: the program has ended and waits for jobs that have not; Ctrl-C ends them\n"
    assert (process.returncode, output, error) == (130, "the end\n", "th: interrupted\n")


SHARING = """
local threads = require 'threads'
threads.serialization('threads.sharedserialize')
require 'nn'
local pool = threads.Threads(2, function() require 'nn' end)
"""


def test_tensors_and_storages_are_shared(lua: Any) -> None:
    assert lua.execute(
        SHARING
        + """
        local x, s = torch.zeros(4), torch.LongStorage{1, 2, 3}
        local backs = {}
        for i = 1, 4 do
           pool:addjob(function(y, t)
              x[i] = x[i] + i -- the closure's
              t[2] = 9
              return {y = y, t = t, whole = x}
           end, function(back) backs[#backs + 1] = back end, x:narrow(1, 1, 2), s)
        end
        pool:synchronize()
        backs[1].y:fill(0.5)
        backs[2].whole:resize(2, 2) -- another tensor on the same memory
        pool:terminate()
        local same = 0
        for _, back in ipairs(backs) do
           if torch.pointer(back.t) ~= nil and back.t[2] == 9 and back.whole:storage()[3] == 3 then same = same + 1 end
        end
        return x:sum(), s[2], x:nDimension(), same
        """
    ) == (8, 9, 1, 4)


def test_replicas_of_a_model_train_one_set_of_parameters(lua: Any) -> None:
    assert lua.execute(
        SHARING
        + """
        torch.manualSeed(1)
        local model = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())
        local parameters, gradients = model:getParameters()
        gradients:zero()
        local before = parameters:clone()
        for i = 1, 6 do
           pool:addjob(function()
              local weight = model:parameters()[1]
              weight:add(1)
              return #model
           end)
           pool:synchronize()
        end
        pool:terminate()
        return (parameters - before):sum(), model:get(1).weight[1][1] == parameters[1]
        """
    ) == (36, True)


def test_without_sharing_they_are_copied(lua: Any) -> None:
    assert lua.execute("""
        local threads = require 'threads'
        threads.serialization('threads.serialize')
        local x = torch.zeros(2)
        local pool = threads.Threads(1)
        local seen
        pool:addjob(function() x:fill(5) return x:sum() end, function(sum) seen = sum end)
        pool:synchronize()
        pool:terminate()
        return seen, x:sum()
    """) == (10, 0)


def test_containers_are_shared(lua: Any) -> None:
    assert lua.execute(
        SHARING
        + """
        local tds = require 'tds'
        local hash, vec, counter = tds.Hash{a = 1, [true] = 'yes', [1] = 'one'}, tds.Vec(1, 2, 3), tds.AtomicCounter(5)
        hash.nested, hash.me, hash.object = tds.Vec('x'), hash, nn.Identity()
        for i = 1, 4 do
           pool:addjob(function()
              require 'tds'
              hash['job' .. i] = torch.Tensor(2):fill(i)
              for _ = 1, 50 do vec:insert(i * 10) end
              for _ = 1, 50 do counter:inc() end
              return hash
           end, function(back) back['end' .. i] = true end)
        end
        pool:synchronize()
        pool:terminate()
        local n = 0
        for key in pairs(hash) do n = n + 1 end
        vec:sort(function(a, b) return a > b end)
        local copy = torch.deserialize(torch.serialize(vec))
        copy[1] = 'changed'
        local order = vec:concat(' ', 1, 2) .. ' ' .. vec:concat(' ', 201)
        local size = #vec
        vec:remove(1)
        vec:resize(7)
        local sum = 0
        for i, value in ipairs(vec) do sum = sum + value end
        hash.a = nil
        local class = torch.typename(hash.object)
        return n == #hash + 1, hash[true], hash[1], hash.job3[1], hash.me.me.end2, class, size, order, sum,
           counter:get(), tostring(counter), tostring(hash.nested)
        """
    ) == (
        *(True, "yes", "one", 3, True, "nn.Identity", 203, "40 40 3 2 1", 280, 205),
        *("tds.AtomicCounter[205]", "tds.Vec[1]{\n1 : x\n}"),
    )


def test_containers_that_are_not_shared_are_copied(lua: Any) -> None:
    assert lua.execute("""
        local threads, tds = require 'threads', require 'tds'
        threads.serialization('threads.serialize')
        local hash, counter = tds.Hash{a = 1}, tds.AtomicCounter(3)
        local pool = threads.Threads(1, function() require 'tds' end)
        local seen, counted
        pool:addjob(function() hash.a = 2 return hash, counter:inc() end, function(h, n) seen, counted = h.a, n end)
        pool:synchronize()
        pool:terminate()
        return seen, counted, hash.a, counter:get()
    """) == (2, 3, 1, 3)
