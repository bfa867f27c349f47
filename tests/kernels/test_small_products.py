"""Small products of matrices: whoever makes them, alone or with another thread, they are the same."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.kernels import compiled, linear, parallel, small_products
from pytorch_from_lua.kernels.small_products import ADD, ADD_SUMS, BIAS, WRITE, multiply

SIZES = [(50, 128, 512), (50, 512, 128), (512, 50, 128), (7, 130, 73), (6, 1000, 11), (13, 300, 31), (1000, 9, 9)]


@pytest.fixture(autouse=True)
def _from_the_first_call_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "SETTING", "1")


@pytest.fixture(params=["alone", "shared"])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """One thread, and two; a partner of the test's own, which ends with it."""
    partner = small_products._Partner()
    monkeypatch.setattr(small_products, "_PARTNER", [partner])
    monkeypatch.setattr(parallel, "COUNT", [1 if request.param == "alone" else 2])
    monkeypatch.setattr(small_products, "_SOON", 60.0)  # a busy machine may take long from one product to the next
    yield request.param
    partner.stop()


def matrix(chance: np.random.Generator, rows: int, columns: int, dtype: str, layout: str) -> Any:
    if layout == "columns":
        return chance.standard_normal((columns, rows)).astype(dtype).T
    if layout == "apart":
        return chance.standard_normal((2 * rows, 3 * columns)).astype(dtype)[::2, ::3]
    return chance.standard_normal((rows, columns)).astype(dtype)


def exact(a: Any, b: Any) -> Any:
    return a.astype(np.longdouble) @ b.astype(np.longdouble)


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("layout", ["rows", "columns", "apart"])
def test_products_are_right_however_the_matrices_lie(threads: str, dtype: str, layout: str) -> None:
    chance = np.random.default_rng(1)
    for m, k, n in SIZES:
        for other in ("rows", "columns", "apart"):
            a, b = matrix(chance, m, k, dtype, layout), matrix(chance, k, n, dtype, other)
            limit = 2 * k * np.finfo(dtype).eps * (np.abs(a) @ np.abs(b)).max()
            start = chance.standard_normal((m, n + 3)).astype(dtype)
            row, sums = chance.standard_normal(n).astype(dtype), chance.standard_normal(m).astype(dtype)
            for kind, more in ((WRITE, None), (ADD, None), (BIAS, row), (ADD_SUMS, sums.copy())):
                whole = start.copy()
                out = whole[:, :n]
                assert multiply(a, b, out, kind, more)
                expected = exact(a, b)
                if kind == BIAS:
                    expected = expected + row
                elif kind in (ADD, ADD_SUMS):
                    expected = expected + start[:, :n]
                assert np.abs(out - expected).max() <= limit
                assert (whole[:, n:] == start[:, n:]).all()
                if kind == ADD_SUMS:
                    assert more is not None
                    np.testing.assert_allclose(more, sums + a.sum(axis=1), rtol=0, atol=limit)


@pytest.mark.parametrize("dtype", ["f", "d"])
def test_two_threads_give_the_bits_of_one(threads: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(2)
    for m, k, n in SIZES:
        a, b = matrix(chance, m, k, dtype, "rows"), matrix(chance, k, n, dtype, "columns")
        row = chance.standard_normal(n).astype(dtype)
        results = []
        for count in (1, parallel.COUNT[0], parallel.COUNT[0]):
            out = np.empty((m, n), dtype)
            with monkeypatch.context() as patch:
                patch.setattr(parallel, "COUNT", [count])
                assert multiply(a, b, out, BIAS, row)
            results.append(out)
        assert (results[0] == results[1]).all()
        assert (results[0] == results[2]).all()


@pytest.mark.parametrize("dtype", ["f", "d"])
def test_each_element_is_one_sum_in_the_order_of_the_depth(threads: str, dtype: str) -> None:
    """Rows and columns taken by themselves are those of the whole: bits do not depend on where a tile begins."""
    chance = np.random.default_rng(3)
    a, b = matrix(chance, 60, 200, dtype, "rows"), matrix(chance, 200, 90, dtype, "rows")
    whole, part = np.empty((60, 90), dtype), np.empty((17, 37), dtype)
    assert multiply(a, b, whole)
    assert multiply(a[20:37], b[:, 41:78], part)
    assert (whole[20:37, 41:78] == part).all()


def test_values_that_are_not_finite(threads: str) -> None:
    a, b = np.ones((40, 60)), np.ones((60, 50))
    a[3, 4], b[5, 6], b[7, 49] = np.nan, np.inf, -np.inf
    out = np.empty((40, 50))
    assert multiply(a, b, out)
    np.testing.assert_array_equal(out, a @ b)


def test_the_threads_share_thousands_of_products(threads: str) -> None:
    chance = np.random.default_rng(4)
    cases = [(matrix(chance, m, k, t, "rows"), matrix(chance, k, n, t, "columns")) for m, k, n in SIZES for t in "fd"]
    outs = [np.empty((len(a), b.shape[1]), a.dtype) for a, b in cases]
    expected = []
    for _ in range(300):
        for (a, b), out in zip(cases, outs, strict=True):
            out.fill(np.nan)
            assert multiply(a, b, out)
        expected = expected or [out.copy() for out in outs]
        assert all((x == y).all() for x, y in zip(outs, expected, strict=True))


def test_several_threads_multiply_at_once(threads: str) -> None:
    chance = np.random.default_rng(5)
    cases = [(matrix(chance, 30, 60, t, "rows"), matrix(chance, 60, 70, t, "columns")) for t in "fdfd"]
    wrong: list[Any] = []

    def work(a: Any, b: Any) -> None:
        first, out = np.empty((30, 70), a.dtype), np.empty((30, 70), a.dtype)
        multiply(a, b, first)
        for _ in range(200):
            out.fill(np.nan)
            if not multiply(a, b, out) or not (out == first).all():
                wrong.append(out)
        np.testing.assert_allclose(first, a @ b, rtol=1e-4)

    workers = [threading.Thread(target=work, args=case) for case in cases]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_a_partner_that_is_late_is_waited_for_and_then_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "COUNT", [2])
    monkeypatch.setattr(small_products, "_LOOKS", 0)
    monkeypatch.setattr(small_products, "_SOON", 60.0)
    partner = small_products._Partner()
    monkeypatch.setattr(small_products, "_PARTNER", [partner])
    chance = np.random.default_rng(6)
    a, b = matrix(chance, 100, 100, "d", "rows"), matrix(chance, 100, 400, "d", "rows")
    out, expected = np.empty((100, 400)), None
    end = time.monotonic() + 60
    while time.monotonic() < end:  # for on a busy machine some time passes until both have a core
        out.fill(np.nan)
        assert multiply(a, b, out)
        expected = out.copy() if expected is None else expected
        assert (out == expected).all()
        if partner._alone:
            break
    assert partner._penalty > partner._alone >= small_products._ALONE
    before = partner._alone
    assert multiply(a, b, out)
    assert partner._alone == before - 1
    partner.stop()


def test_the_partner_lets_go_of_its_core_when_other_threads_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "COUNT", [2])
    monkeypatch.setattr(small_products, "_IDLE_LOOKS", 1 << 60)  # else it would sleep by itself
    monkeypatch.setattr(small_products, "_SOON", 60.0)
    partner = small_products._Partner()
    monkeypatch.setattr(small_products, "_PARTNER", [partner])
    a, b, out = np.ones((50, 60)), np.ones((60, 70)), np.empty((50, 70))
    for _ in range(3):
        out.fill(0)
        while partner._thread is None or partner.asleep:
            assert multiply(a, b, out)
        assert (out == 60).all()
        parallel.several_begin()
        end = time.monotonic() + 60
        while not partner.asleep and time.monotonic() < end:
            time.sleep(0.001)
        assert partner.asleep
    partner.stop()


def test_products_far_apart_do_not_wake_the_partner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "COUNT", [2])
    monkeypatch.setattr(small_products, "_SOON", 0.0)
    partner = small_products._Partner()
    monkeypatch.setattr(small_products, "_PARTNER", [partner])
    for _ in range(5):
        assert multiply(np.ones((50, 60)), np.ones((60, 70)), np.empty((50, 70)))
    assert partner._thread is None


def test_products_of_tensors_are_these(threads: str) -> None:
    chance = np.random.default_rng(8)
    a, b = matrix(chance, 40, 50, "d", "rows"), matrix(chance, 50, 60, "d", "columns")
    out = np.empty((40, 60))
    assert multiply(a, b, out)
    for found in (torch.from_numpy(a) @ torch.from_numpy(b), torch.mm(torch.from_numpy(a), torch.from_numpy(b))):
        assert (found.numpy() == out).all()


REFUSED = {
    "too small": lambda a, b, out: (a[:8, :8], b[:8, :8], out[:8, :8]),
    "few rows": lambda a, b, out: (a[:5], b, out[:5]),
    "two types": lambda a, b, out: (a.astype("f"), b, out),
    "whole numbers": lambda a, b, out: (a.astype(int), b.astype(int), out.astype(int)),
    "other order of bytes": lambda a, b, out: (a.astype(">f8"), b, out),
    "backwards": lambda a, b, out: (a[::-1], b, out),
    "elements apart": lambda a, b, out: (a, b, np.empty((100, 200))[:, ::2]),
    "rows upon each other": lambda a, b, out: (a, b, np.broadcast_to(out[0], out.shape)),
    "read only": lambda a, b, out: (a, b, np.frombuffer(bytes(80_000)).reshape(100, 100)),
    "not aligned": lambda a, b, out: (np.frombuffer(bytearray(80_001), "d", offset=1).reshape(100, 100), b, out),
    "the depths differ": lambda a, b, out: (a[:, :99], b, out),
    "wrong shape": lambda a, b, out: (a, b, out[:99]),
    "writes what it reads": lambda a, b, out: (a, b, a),
    "writes a part of what it reads": lambda a, b, out: (out[:99], b, out[1:]),
    "vectors": lambda a, b, out: (a[0], b, out[0]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_loops_cannot_do_is_left_to_numpy(threads: str, name: str) -> None:
    a, b, out = (np.full((100, 100), float(i)) for i in range(3))
    arrays = REFUSED[name](a, b, out)
    before = [x.copy() for x in arrays]
    assert not multiply(*arrays)
    for x, y in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("more", [np.zeros(99), np.zeros(200)[::2], np.zeros(100, "f")])
def test_a_row_that_does_not_fit_is_refused(threads: str, more: Any) -> None:
    a, b, out = np.ones((100, 100)), np.ones((100, 100)), np.zeros((100, 100))
    assert not multiply(a, b, out, BIAS, more)
    assert not out.any()


@pytest.mark.parametrize("dtype", ["f", "d"])
def test_the_layer_takes_them(threads: str, dtype: str) -> None:
    chance = np.random.default_rng(7)
    x, weight, grad = (matrix(chance, *size, dtype, "rows") for size in ((50, 128), (300, 128), (50, 300)))
    bias = chance.standard_normal(300).astype(dtype)
    close = {"rtol": 1e-5, "atol": 1e-4}
    np.testing.assert_allclose(linear.linear_forward(x, weight, bias), x @ weight.T + bias, **close)
    np.testing.assert_allclose(linear.linear_forward(x, weight), x @ weight.T, **close)
    np.testing.assert_allclose(linear.linear_backward_input(grad, weight), grad @ weight, **close)
    for scale in (1.0, 0.5):
        to, to_bias = np.ones_like(weight), np.ones_like(bias)
        linear.linear_accumulate(grad, x, to, to_bias, scale)
        np.testing.assert_allclose(to, 1 + scale * (grad.T @ x), **close)
        np.testing.assert_allclose(to_bias, 1 + scale * grad.sum(axis=0), **close)


PROCESS = """
import os, sys
import numpy as np
from pytorch_from_lua.kernels import linear, parallel
parallel.COUNT[0] = 2
x, weight = np.ones((50, 128)), np.ones((300, 128))
for _ in range(20):
    linear.linear_forward(x, weight)
if hasattr(os, "fork"):
    child = os.fork()
    if child == 0:
        for _ in range(20):
            assert (linear.linear_forward(x, weight) == 128).all()
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
print("ended")
"""


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_ends_while_the_partner_looks_for_work_and_so_does_one_forked_from_it() -> None:
    environment = {**os.environ, "PYTORCH_FROM_LUA_NUMBA": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROCESS], env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, "ended\n"), done.stderr
