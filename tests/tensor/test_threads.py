"""How many threads compute, and that results do not depend on it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest
import threadpoolctl

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua.errors import RangeError
from pytorch_from_lua.kernels import compiled, parallel

SIZE = parallel.SHARED + 12345  # large enough to be divided, and into parts of unequal size


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"}


def threads_used(work: object) -> set[int]:
    """The threads in which parts of the work are computed."""
    seen = set()
    run = parallel.run

    def watched(function: object, parts: object) -> None:
        run(lambda *part: (seen.add(threading.get_ident()), function(*part)), parts)  # type: ignore[operator]

    parallel.run = watched
    try:
        work()  # type: ignore[operator]
    finally:
        parallel.run = run
    return seen


@pytest.mark.parametrize("count", [1, 2])
def test_the_number_governs_blas(count: int) -> None:
    torch.set_num_threads(count)
    assert torch.get_num_threads() == count
    assert blas_threads() == {count}


def test_a_thread_may_be_limited_and_others_are_not() -> None:
    x, used = torch.zeros(4 * SIZE), {}
    torch.set_num_threads(4)

    def limited() -> None:
        for count in (1, 2):
            parallel.limit(count)
            used[count] = len(parallel.bounds(4 * SIZE))
            done: list[int] = []
            parallel.run(lambda seen: seen.append(threading.get_ident()), [(done,), (done,)])
            used[f"alone with {count}"] = set(done) == {threading.get_ident()}

    thread = threading.Thread(target=limited)
    thread.start()
    thread.join()
    assert (used[1], used["alone with 1"], used[2], used["alone with 2"]) == (1, True, 2, False)
    assert len(parallel.bounds(4 * SIZE)) == 4
    assert len(threads_used(x.exp)) > 1


def test_the_number_governs_our_loops() -> None:
    x = torch.zeros(SIZE)
    torch.set_num_threads(1)
    assert len(threads_used(x.exp)) == 0
    torch.set_num_threads(3)
    parts = parallel.bounds(parallel.GRAIN * 3)
    assert len(parts) == 3
    assert parts[0][0] == 0
    assert parts[-1][1] == parallel.GRAIN * 3
    assert threads_used(x.exp)


@pytest.mark.parametrize("setting", ["0", "1"], ids=["numpy", "numba"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["exp", "tanh", "sin", "neg", "sigmoid"])
def test_functions_give_the_same_bits_for_any_number_of_threads(
    name: str, dtype: str, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "SETTING", setting)
    monkeypatch.setattr(compiled, "_ready", {})
    x = torch.randn(SIZE, dtype=dtype)
    results = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        results.append(getattr(x, name)().numpy())
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_operators_give_the_same_bits_for_any_number_of_threads(dtype: str) -> None:
    x, y = (torch.randn(SIZE, dtype="float64").mul(10).to(dtype) for _ in range(2))
    z = torch.randn(SIZE * 2)[::2]
    results = []
    for count in (1, 3):
        torch.set_num_threads(count)
        results.append([r.numpy() for r in (x + y, x * y, x < y, x.maximum(y), x + 2, z + z, x[1:] - y[:-1])])
    for one, three in zip(*results, strict=True):
        assert one.dtype == three.dtype
        assert np.array_equal(one, three)


def test_divided_operations_keep_quiet_about_infinities_and_record_gradients() -> None:
    torch.set_num_threads(2)
    x = torch.zeros(SIZE, requires_grad=True)
    y = 1 / x.exp().log()  # warnings are errors here
    assert bool(torch.isinf(y).all())
    (x * 3).sum().backward()
    assert bool((x.grad == 3).all())


def test_shapes_that_do_not_fit_are_refused_as_by_one_thread() -> None:
    torch.set_num_threads(2)
    with pytest.raises(ValueError, match="add: shapes"):
        torch.zeros(SIZE) + torch.zeros(SIZE - 1)


def test_an_error_in_one_part_is_raised_after_all_parts_are_done() -> None:
    done = []

    def work(number: int) -> None:
        if number == 1:
            raise ValueError("part 1")
        done.append(number)

    with pytest.raises(ValueError, match="part 1"):
        parallel.run(work, [(0,), (1,), (2,)])
    assert sorted(done) == [0, 2]


@pytest.mark.parametrize("setting", ["0", "1"], ids=["numpy", "numba"])
def test_several_threads_of_the_program_may_compute_at_once(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "SETTING", setting)
    monkeypatch.setattr(compiled, "_ready", {})  # so that they may compile at once, too
    torch.set_num_threads(2)
    x = torch.randn(SIZE)
    found = []

    def work() -> None:
        for _ in range(5):
            found.append(x.exp().numpy())

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 15
    np.testing.assert_allclose(found[0], np.exp(x.numpy()), rtol=3e-7)
    assert all(np.array_equal(y, found[0]) for y in found)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, None])
def test_what_is_no_number_of_threads_is_refused(wrong: object) -> None:
    before = torch.get_num_threads()
    with pytest.raises(RangeError, match="num: needs"):
        torch.set_num_threads(wrong)  # type: ignore[arg-type]
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(("variable", "expected"), [("1", 1), ("3", 3), ("2,1", 2), ("", os.cpu_count())])
def test_the_number_at_the_start(variable: str, expected: int) -> None:
    if not variable and hasattr(os, "sched_getaffinity"):
        expected = len(os.sched_getaffinity(0))
    code = "import sys, pytorch_from_lua as t; print(t.get_num_threads(), 'threadpoolctl' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OMP_NUM_THREADS": variable},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [str(expected), "False"]


def test_a_child_process_starts_threads_of_its_own() -> None:
    code = (
        "import os, pytorch_from_lua as t\n"
        "t.set_num_threads(2)\n"
        f"x = t.ones({SIZE})\n"
        "x.exp()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(0 if bool((x.exp() == x.exp()).all()) else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout == "0\n"


def test_lua_and_python_have_one_number() -> None:
    lua = lua_compat.Runtime()
    lua.execute("require 'torch'; torch.setnumthreads(1)")
    assert torch.get_num_threads() == 1
    assert blas_threads() == {1}
    torch.set_num_threads(2)
    assert lua.eval("torch.getnumthreads()") == 2
