"""conv2, xcorr2, conv3, xcorr3 in every combination of dimensions, against plain loops; histograms."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from lua_compat import LuaError, Runtime
from pytorch_from_lua.tensor import Tensor
from tests.lua.calling import ALL, REALS, TYPES, close, results, wrap


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _loops(x: Any, k: Any, full: bool, flipped: bool) -> Any:
    """One plane or volume and one kernel: sums of products at each place, in exact numbers."""
    size = [a + b - 1 if full else a - b + 1 for a, b in zip(x.shape, k.shape, strict=True)]
    out = np.zeros(size, object)
    for at in np.ndindex(*size):
        for step in np.ndindex(k.shape):
            moved = [b - 1 - s if flipped else s for s, b in zip(step, k.shape, strict=True)]
            place = [a + m - (b - 1 if full else 0) for a, m, b in zip(at, moved, k.shape, strict=True)]
            if all(0 <= p < n for p, n in zip(place, x.shape, strict=True)):
                out[at] += x[tuple(place)].item() * k[step].item()
    return out


def _expected(x: Any, k: Any, n: int, full: bool, flipped: bool) -> Any:
    if x.ndim == n:
        found = _loops(x, k, full, flipped)
    elif k.ndim == n + 1:
        found = np.stack([_loops(a, b, full, flipped) for a, b in zip(x, k, strict=True)])
    else:
        found = np.stack([sum(_loops(a, b, full, flipped) for a, b in zip(x, row, strict=True)) for row in k])
    return np.array([wrap(v, x.dtype) for v in found.reshape(-1)], x.dtype).reshape(found.shape)


SIZES = {
    2: [((4, 5), (2, 3)), ((3, 3), (3, 3)), ((2, 4, 3), (2, 2, 2)), ((2, 4, 3), (3, 2, 2, 1))],
    3: [((3, 4, 3), (2, 2, 2)), ((2, 3, 3, 2), (2, 2, 1, 2)), ((2, 3, 2, 3), (2, 2, 2, 1, 2))],
}
CASES = [(n, *sizes) for n, rows in SIZES.items() for sizes in rows]


@pytest.mark.parametrize("word", ALL)
@pytest.mark.parametrize(("n", "size", "kernel_size"), CASES)
def test_every_combination(lua: Runtime, n: int, size: Any, kernel_size: Any, word: str) -> None:
    rng = np.random.default_rng(len(size) + n)
    x, k = (rng.integers(0, 90, s).astype(TYPES[word]) for s in (size, kernel_size))
    turned = Tensor.from_array(np.array(x.T, order="C").T)
    for name, kind in itertools.product((f"conv{n}", f"xcorr{n}"), ("", "V", "F")):
        expected = _expected(x, k, n, kind == "F", name.startswith("conv"))
        tail = f", '{kind}'" if kind else ""
        for form in ("torch.{}(x, k{})", "x:{}(k{})"):
            found = lua.execute("local x, k = ...; return " + form.format(name, tail), turned, Tensor.from_array(k))
            close(found, expected, word)
        for r in results(word, expected.shape):
            same = lua.execute(f"local r, x, k = ...; return rawequal(r, torch.{name}(r, x, k{tail}))",
                               r, Tensor.from_array(x), Tensor.from_array(k))  # fmt: skip
            assert same is True
            close(r, expected, word)


@pytest.mark.parametrize(("call", "said"), [
    ("conv2(r(3, 3), r(4, 2))", "conv2.*3x3.*4x2"), ("xcorr2(r(2, 3, 3), r(3, 2, 2))", "xcorr2.*2.*3"),
    ("conv2(r(2, 3, 3), r(2, 3, 2, 2))", "conv2.*2.*3"), ("conv2(r(3), r(2))", "conv2.*3.*2"),
    ("conv2(r(3, 3), r(2, 2), 'X')", "conv2.*'X'"), ("conv3(r(3, 3), r(2, 2))", "conv3.*2.*2"),
    ("xcorr3(r(2, 2, 2), r(3, 1, 1))", "xcorr3.*2x2x2.*3x1x1"),
])  # fmt: skip
def test_what_does_not_go_together(lua: Runtime, call: str, said: str) -> None:
    with pytest.raises(LuaError, match=rf"^here:2: .*{said}"):
        lua.execute(f"local r = torch.rand\nlocal y = torch.{call}", name="=here")


@pytest.mark.parametrize("word", REALS)
def test_histograms(lua: Runtime, word: str) -> None:
    """Bins are closed below; the last one above too. Without limits they are the smallest and the largest element."""
    rng = np.random.default_rng(3)
    x = rng.integers(0, 64, (5, 40)).astype(TYPES[word]) / 4
    for tail, bins, limits in (("", 100, None), (", 8", 8, None), (", 8, 2, 10", 8, (2, 10)), (", 3, 0, 0", 3, None)):
        for given in (x, np.array(x.T, order="C").T):
            found = lua.execute(f"local x = ...; return torch.histc(x{tail})", Tensor.from_array(given))
            expected = np.histogram(x.astype(float), bins, limits or (x.min(), x.max()))[0]
            if bins in (8, 3):
                np.testing.assert_array_equal(found.array, expected)
            assert found.array.sum() == expected.sum()
            rows = lua.execute(f"local x = ...; return torch.bhistc(x{tail})", Tensor.from_array(given))
            assert rows.shape == (5, bins)
            np.testing.assert_array_equal(rows.array.sum(0), found.array)
    same = lua.execute("return torch.histc(torch.Tensor{2, 2, 2}, 4)")
    assert same.array.tolist() == [0, 0, 3, 0]
