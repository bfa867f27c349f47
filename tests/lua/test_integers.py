"""Integers at the ends of their types: they wrap, divide and shift as C does, and nothing crashes.

Expected values are computed element by element with Python's exact integers and wrapped at the end. What C leaves
undefined (division by 0, the smallest number by -1, shifts by more bits than there are) has an answer all the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from lua_compat import Runtime
from pytorch_from_lua.tensor import Tensor
from tests.lua.calling import INTEGERS, TYPES, c_div, close, each, wrap


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _bits(word: str) -> int:
    return 8 * np.dtype(TYPES[word]).itemsize


def _ends(word: str) -> list[int]:
    """The ends of a type, their neighbours, and small numbers of both signs."""
    info = np.iinfo(TYPES[word])
    near = [info.min, info.min + 1, info.max - 1, info.max, 0, 1, 2, 3, 7, 100]
    return near + ([-1, -2, -3, -7] if info.min < 0 else [])


def _pairs(word: str) -> tuple[Any, Any]:
    ends = _ends(word)
    grid = [(a, b) for a in ends for b in ends]
    return np.array([a for a, _ in grid], TYPES[word]), np.array([b for _, b in grid], TYPES[word])


def _fmod(a: int, b: int) -> int:
    return 0 if b == 0 else a - b * c_div(a, b)


def _shift_left(bits: int) -> Any:
    return lambda a, b: a << b if 0 <= b < bits else 0


def _shift_right(bits: int) -> Any:
    """Torch7 shifts the bits of signed integers as if they were unsigned."""
    return lambda a, b: (a % (1 << bits)) >> b if 0 <= b < bits else 0


def _power(a: int, b: int) -> int:
    if b >= 0:
        return a**b
    return 0 if a == 0 or abs(a) > 1 else a ** (-b)


OF_TWO = {
    "add": lambda bits: lambda a, b: a + b,
    "csub": lambda bits: lambda a, b: a - b,
    "cmul": lambda bits: lambda a, b: a * b,
    "cdiv": lambda bits: c_div,
    "cfmod": lambda bits: _fmod,
    "cmod": lambda bits: _fmod,
    "cremainder": lambda bits: lambda a, b: a % b if b else 0,
    "cmax": lambda bits: max,
    "cmin": lambda bits: min,
    "clshift": _shift_left,
    "crshift": _shift_right,
    "cbitand": lambda bits: lambda a, b: a & b,
    "cbitor": lambda bits: lambda a, b: a | b,
    "cbitxor": lambda bits: lambda a, b: a ^ b,
}
WITH_NUMBER = {
    "add": "add", "csub": "csub", "mul": "cmul", "div": "cdiv", "fmod": "cfmod", "mod": "cmod", "cmax": "cmax",
    "remainder": "cremainder", "cmin": "cmin", "lshift": "clshift", "rshift": "crshift", "bitand": "cbitand",
    "bitor": "cbitor", "bitxor": "cbitxor",
}  # fmt: skip


@pytest.mark.parametrize("word", INTEGERS)
@pytest.mark.parametrize("name", OF_TWO)
def test_of_two_tensors(lua: Runtime, name: str, word: str) -> None:
    a, b = _pairs(word)
    found = lua.execute(f"local a, b = ...; return torch.{name}(a, b)", Tensor.from_array(a), Tensor.from_array(b))
    close(found, each(OF_TWO[name](_bits(word)), a, b), word)


@pytest.mark.parametrize("word", INTEGERS)
@pytest.mark.parametrize("name", WITH_NUMBER)
def test_with_a_number(lua: Runtime, name: str, word: str) -> None:
    x = np.array(_ends(word), TYPES[word])
    for number in [*_ends(word), 2.9, -2.9, 300, -300]:
        if _bits(word) == 64 and abs(number) > 2**53:
            continue  # a Lua number cannot hold it
        value = wrap(number, TYPES[word])
        found = lua.execute(f"local x, n = ...; return torch.{name}(x, n)", Tensor.from_array(x), number)
        close(found, each(OF_TWO[WITH_NUMBER[name]](_bits(word)), x, value), word)


@pytest.mark.parametrize("word", INTEGERS)
def test_powers(lua: Runtime, word: str) -> None:
    base = np.array([0, 1, 2, 3, 7, *([-1, -2, -3] if word != "Byte" else [])], TYPES[word])
    for exponent in (0, 1, 2, 3, *((-1, -2) if word != "Byte" else ())):
        power = np.full(base.shape, exponent, TYPES[word])
        kept = base if exponent >= 0 else base[base != 0]
        found = lua.execute("local a, b = ...; return torch.cpow(a, b)", Tensor.from_array(kept.copy()),
                            Tensor.from_array(power[: len(kept)].copy()))  # fmt: skip
        close(found, each(_power, kept, power[: len(kept)]), word)


@pytest.mark.parametrize("word", INTEGERS)
def test_of_three_tensors(lua: Runtime, word: str) -> None:
    a, b = _pairs(word)
    t = a[::-1].copy()
    for factor in (1, 2, -1, 3):
        n = wrap(factor, TYPES[word])
        multiplied = each(lambda t, a, b: t + wrap(n * a, TYPES[word]) * b, t, a, b)  # noqa: B023  # called at once
        divided = each(lambda t, a, b: t + c_div(wrap(n * a, TYPES[word]), b), t, a, b)  # noqa: B023
        tensors = [Tensor.from_array(v) for v in (t.copy(), a, b)]
        found = lua.execute(f"local t, a, b = ...; return torch.addcmul(t, {factor}, a, b)", *tensors)
        close(found, multiplied, word)
        found = lua.execute(f"local t, a, b = ...; return torch.addcdiv(t, {factor}, a, b)", *tensors)
        close(found, divided, word)


@pytest.mark.parametrize("word", INTEGERS)
def test_clamp_takes_its_bounds_as_elements(lua: Runtime, word: str) -> None:
    """Bounds outside of the type wrap as well; where the lower one is then the larger, it comes first, as in C."""
    x = np.array(_ends(word), TYPES[word])
    for low, high in ((2, 7), (-1, 300), (7, 2), (-300, 3), (5.9, 9.9)):
        lower, upper = wrap(low, TYPES[word]), wrap(high, TYPES[word])
        found = lua.execute(f"return torch.clamp(..., {low}, {high})", Tensor.from_array(x))
        close(found, each(lambda v: lower if v < lower else min(v, upper), x), word)  # noqa: B023


@pytest.mark.parametrize("word", ["Float", "Double"])
def test_clamp_of_floats(lua: Runtime, word: str) -> None:
    x = np.array([-3, 0.5, 2, 9, np.nan, np.inf], TYPES[word])
    for low, high in ((0, 4), (4, 0)):
        expected = [low if v < low else high if v > high else v for v in x.tolist()]
        found = lua.execute(f"return torch.clamp(..., {low}, {high})", Tensor.from_array(x))
        np.testing.assert_array_equal(found.array, np.array(expected, TYPES[word]))


@pytest.mark.parametrize("word", INTEGERS)
def test_sums_and_products(lua: Runtime, word: str) -> None:
    """Over all elements in 64 bits; along a dimension the end is stored in the tensor's own type."""
    ends = _ends(word)
    x = np.array([ends, ends[::-1]], TYPES[word])
    for name, function in (("sum", sum), ("prod", math.prod)):
        exact = [[int(v) for v in row] for row in x]
        whole = wrap(function([v for row in exact for v in row]), np.int64)
        total, first, second = lua.execute(
            f"local x = ...; return x:{name}(), x:{name}(1), x:{name}(2)", Tensor.from_array(x)
        )
        assert total == pytest.approx(float(whole), rel=1e-15)
        close(first, np.array([[wrap(function(c), x.dtype) for c in zip(*exact, strict=True)]], x.dtype), word)
        close(second, np.array([[wrap(function(r), x.dtype)] for r in exact], x.dtype), word)
        running = lua.execute(f"return torch.cum{name}(..., 2)", Tensor.from_array(x))
        expected = [[wrap(function(r[: i + 1]), x.dtype) for i in range(len(r))] for r in exact]
        close(running, np.array(expected, x.dtype), word)


@pytest.mark.parametrize("word", INTEGERS)
def test_products_of_matrices(lua: Runtime, word: str) -> None:
    """Each sum wraps in the type of its elements, that of dot too."""
    ends = _ends(word)[:9]
    a = np.array(ends, TYPES[word]).reshape(3, 3)
    b = np.array(ends[::-1], TYPES[word]).reshape(3, 3)
    rows, columns = a.tolist(), b.T.tolist()
    exact = [[sum(p * q for p, q in zip(r, c, strict=True)) for c in columns] for r in rows]
    found = lua.execute("""
        local a, b = ...
        local v, w = a:view(9), b:t():contiguous():view(9)
        return torch.mm(a, b), torch.mv(a, b:select(2, 1)), torch.addmm(a, 2, a, b), torch.dot(v, w),
           torch.bmm(a:view(1, 3, 3), b:view(1, 3, 3)), torch.ger(a[1], b[1])
    """, Tensor.from_array(a), Tensor.from_array(b))  # fmt: skip
    wrapped = np.array([[wrap(v, a.dtype) for v in row] for row in exact], a.dtype)
    close(found[0], wrapped, word)
    close(found[1], wrapped[:, 0], word)
    added = [
        [wrap(int(c) + 2 * v, a.dtype) for c, v in zip(x, y, strict=True)] for x, y in zip(rows, exact, strict=True)
    ]
    close(found[2], np.array(added, a.dtype), word)
    flat = sum(p * q for r, c in zip(rows, columns, strict=True) for p, q in zip(r, c, strict=True))
    assert found[3] == pytest.approx(float(wrap(flat, a.dtype)), rel=1e-15)
    close(found[4], wrapped[None], word)
    close(found[5], each(lambda p, q: p * q, *(v.copy() for v in np.broadcast_arrays(a[0][:, None], b[0]))), word)


def test_signs_and_absolute_values(lua: Runtime) -> None:
    assert lua.execute("""
        local low = -2 ^ 31
        local x = torch.IntTensor{low, -1, 0, 5}
        local a, s, n = torch.abs(x), torch.sign(x), -x
        return a[1], a[2], s[1], s[3], n[1], n[4], torch.sign(torch.ByteTensor{200})[1], (-torch.ByteTensor{1})[1]
    """) == (-(2**31), 1, -1, 0, -(2**31), -5, 1, 255)  # fmt: skip


@pytest.mark.parametrize("word", INTEGERS)
def test_means_are_for_floating_point(lua: Runtime, word: str) -> None:
    from lua_compat import LuaError

    for name in ("mean", "var", "std", "norm"):
        with pytest.raises(LuaError, match=f"{word}Tensor does not implement {name}"):
            lua.execute(f"return torch.{name}(torch.{word}Tensor(3))")


@pytest.mark.parametrize("word", INTEGERS)
def test_what_is_no_number_of_the_type_is_stored_all_the_same(lua: Runtime, word: str) -> None:
    """In every way of writing an element: fill, brackets, apply, a table, a copy."""
    bits = _bits(word)
    found = lua.execute("""
        local new, v = torch[... .. 'Tensor'], 300.7
        local x = new(6)
        x:fill(v)
        x[2] = v
        x[{{3}}] = v
        x:narrow(1, 4, 1):apply(function() return v end)
        x[5] = new{v}[1]
        x:narrow(1, 6, 1):copy(torch.Tensor{v})
        return x
    """, word)  # fmt: skip
    assert found.array.tolist() == [wrap(300, TYPES[word])] * 6
    assert bits in (8, 16, 32, 64)


@pytest.mark.parametrize("word", ["Float", "Double"])
def test_nan_is_neither_larger_nor_smaller(lua: Runtime, word: str) -> None:
    """C's comparisons: where the first is a nan the second is taken; its sign is 0."""
    x, y = np.array([np.nan, 1, np.nan, 3], TYPES[word]), np.array([2, np.nan, np.nan, 1], TYPES[word])
    found = lua.execute("""
        local x, y = ...
        return torch.cmax(x, y), torch.cmin(x, y), torch.cmax(x, 2), torch.sign(x), torch.max(x), (torch.max(x, 1))
    """, Tensor.from_array(x), Tensor.from_array(y))  # fmt: skip
    np.testing.assert_array_equal(found[0].array, [2, np.nan, np.nan, 3])
    np.testing.assert_array_equal(found[1].array, [2, np.nan, np.nan, 1])
    np.testing.assert_array_equal(found[2].array, [2, 2, 2, 3])
    np.testing.assert_array_equal(found[3].array, [0, 1, 0, 1])
    assert np.isnan(found[4])
    assert np.isnan(found[5].array).all()
