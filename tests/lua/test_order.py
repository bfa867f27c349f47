"""Which of equal elements wins: the orders are those of Torch7's own quicksort and selection, written out once more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lua_compat import LuaError, Runtime
from pytorch_from_lua.tensor import Tensor
from tests.lua.calling import ALL, TYPES

SMALL = 10


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


class Row:
    """Elements and their places, in an order that goes up, or down."""

    def __init__(self, values: list[float], descending: bool) -> None:
        self.items = [(-v if descending else v, i) for i, v in enumerate(values)]

    def key(self, i: int) -> float:
        return self.items[i][0]

    def swap(self, i: int, j: int) -> None:
        self.items[i], self.items[j] = self.items[j], self.items[i]

    def part(self, left: int, right: int) -> tuple[int, int]:
        """Partitions around the median of the first, the middle and the last element; where it ends up, and i."""
        self.swap((left + right) // 2, left + 1)
        for a, b in ((left + 1, right), (left, right), (left + 1, left)):
            if self.key(a) > self.key(b):
                self.swap(a, b)
        i, j, pivot = left + 1, right, self.key(left)
        while True:
            i += 1
            while self.key(i) < pivot:
                i += 1
            j -= 1
            while self.key(j) > pivot:
                j -= 1
            if j < i:
                break
            self.swap(i, j)
        self.swap(left, j)
        return j, i

    def sort(self) -> Row:
        parts = [(0, len(self.items) - 1)]
        while parts:
            left, right = parts.pop()
            if right - left <= SMALL and (left, right) == (0, len(self.items) - 1):
                break
            j, i = self.part(left, right)
            parts += [p for p, size in (((left, j - 1), j - left), ((i, right), right - i + 1)) if size > SMALL]
        done: list[Any] = []
        for item in reversed(self.items):
            at = 0
            while at < len(done) and done[at][0] < item[0]:
                at += 1
            done.insert(at, item)
        self.items = done
        return self

    def select(self, k: int) -> Row:
        left, right = 0, len(self.items) - 1
        while right > left:
            if right == left + 1:
                if self.key(left) > self.key(right):
                    self.swap(left, right)
                break
            j, i = self.part(left, right)
            if j <= k:
                left = i
            if j >= k:
                right = j - 1
        return self

    def places(self) -> list[int]:
        return [i + 1 for _, i in self.items]


def _drawn(word: str, n: int, kinds: int, seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, kinds, n).astype(TYPES[word])


SIZES = [(1, 3), (7, 3), (11, 4), (12, 3), (30, 5), (100, 7), (257, 2), (300, 40)]


@pytest.mark.parametrize("word", ALL)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("n", "kinds"), SIZES)
def test_sort(lua: Runtime, word: str, descending: bool, n: int, kinds: int) -> None:
    x = _drawn(word, n, kinds, n)
    values, places = lua.execute("local x, d = ...; return torch.sort(x, 1, d)", Tensor.from_array(x), descending)
    expected = Row(x.tolist(), descending).sort().places()
    assert places.array.tolist() == expected
    np.testing.assert_array_equal(values.array, x[np.array(expected) - 1])


@pytest.mark.parametrize("word", ["Byte", "Long", "Float", "Double"])
@pytest.mark.parametrize(("n", "kinds"), SIZES)
def test_kthvalue_and_median(lua: Runtime, word: str, n: int, kinds: int) -> None:
    x = _drawn(word, n, kinds, n + 1)
    for k in sorted({1, (n + 1) // 2, n}):
        value, place = lua.execute("local x, k = ...; return torch.kthvalue(x, k)", Tensor.from_array(x), k)
        expected = Row(x.tolist(), False).select(k - 1).items[k - 1][1]
        assert (value[0], place[0]) == (x[expected], expected + 1)
    value, place = lua.execute("return torch.median(...)", Tensor.from_array(x))
    expected = Row(x.tolist(), False).select((n - 1) // 2).items[(n - 1) // 2][1]
    assert (value[0], place[0]) == (x[expected], expected + 1)


@pytest.mark.parametrize("word", ["Byte", "Long", "Float", "Double"])
@pytest.mark.parametrize("in_order", [False, True])
@pytest.mark.parametrize("largest", [False, True])
@pytest.mark.parametrize(("n", "kinds"), SIZES)
def test_topk(lua: Runtime, word: str, n: int, kinds: int, largest: bool, in_order: bool) -> None:
    x = _drawn(word, n, kinds, n + 2)
    for k in sorted({1, (n + 2) // 3, n}):
        values, places = lua.execute("local x, k, a, b = ...; return torch.topk(x, k, 1, a, b)",
                                     Tensor.from_array(x), k, largest, in_order)  # fmt: skip
        row = Row(x.tolist(), False)
        if largest and n > k:
            row.select(n - k - 1)
        elif not largest:
            row.select(k - 1)
        kept = row.items[n - k :] if largest else row.items[:k]
        if in_order:
            again = Row([v for v, _ in kept], largest).sort()
            kept = [kept[i - 1] for i in again.places()]
        assert places.array.tolist() == [i + 1 for _, i in kept]
        assert values.array.tolist() == [v for v, _ in kept]


@pytest.mark.parametrize("word", ALL)
@pytest.mark.parametrize(("n", "kinds"), SIZES)
def test_mode(lua: Runtime, word: str, n: int, kinds: int) -> None:
    x = _drawn(word, n, kinds, n + 3)
    value, place = lua.execute("return torch.mode(...)", Tensor.from_array(x))
    kinds_, counts = np.unique(x, return_counts=True)
    best = kinds_[np.argmax(counts)]
    last = [i for i in Row(x.tolist(), False).sort().places() if x[i - 1] == best][-1]
    assert (value[0], place[0]) == (best, last)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_rows_along_any_dimension_of_a_view(lua: Runtime, d: int) -> None:
    x = np.random.default_rng(0).integers(0, 4, (20, 3, 15)).astype(np.float64).transpose(2, 1, 0)
    results = lua.execute("""
        local x, d = ...
        local function all(f, ...) local v, i = f(...) return v, i end
        local a, b = torch.sort(x, d)
        local c, e = torch.kthvalue(x, 2, d)
        local f, g = torch.mode(x, d)
        return a, b, c, e, f, g, x:isContiguous()
    """, Tensor.from_array(x), d)  # fmt: skip
    rows = np.moveaxis(x, d - 1, -1)
    for at in np.ndindex(rows.shape[:-1]):
        row = rows[at].tolist()
        values, places, kth, kth_place, mode, mode_place = (np.moveaxis(r.array, d - 1, -1)[at] for r in results[:6])
        assert places.tolist() == Row(row, False).sort().places()
        assert values.tolist() == sorted(row)
        expected = Row(row, False).select(1).items[1]
        assert (kth[0], kth_place[0]) == (expected[0], expected[1] + 1)
        assert mode[0] == row[mode_place[0] - 1] == max(sorted(set(row)), key=row.count)
    assert results[6] is False


def test_nan_counts_as_largest(lua: Runtime) -> None:
    x = np.array([3, np.nan, 1, 2, 2, 5, np.nan, 4, 0, 7, 8, 9, 2, 6])
    values, places = lua.execute("return torch.sort(...)", Tensor.from_array(x))
    np.testing.assert_array_equal(values.array, np.sort(x))
    np.testing.assert_array_equal(x[places.array - 1], values.array)
    assert lua.execute("local v = torch.kthvalue(..., 3) return v[1]", Tensor.from_array(x)) == 2
    top = lua.execute("return (torch.topk(..., 3, 1, true, true))", Tensor.from_array(x))
    np.testing.assert_array_equal(top.array, [np.nan, np.nan, 9])


@pytest.mark.parametrize("call", ["topk(x, 0)", "topk(x, 5)", "kthvalue(x, 5)", "kthvalue(x, 0)", "topk(x, 1, 3)",
                                  "kthvalue(x, 1, 0)", "median(x, 3)", "mode(x, 0)", "sort(x, 3)"])  # fmt: skip
def test_what_a_dimension_does_not_have_is_refused(lua: Runtime, call: str) -> None:
    with pytest.raises(LuaError, match=r"^here:1: .*out of range"):
        lua.execute(f"local x = torch.rand(3, 4); local y = torch.{call}", name="=here")
