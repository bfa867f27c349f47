"""Every form in which a function of tensors can be called, for every element type that has it in Torch7.

A row of a table says what a function takes besides its first tensor and what it computes, in plain Python or numpy. The
forms follow from the kind of function:

    in place    f(x, ...)  f(r, x, ...)  r:f(x, ...)  x:f(...), which changes x
    of a source f(x, ...)  f(r, x, ...)  r:f(x, ...)  x:f(...), which leaves x alone
    product     f(x, ...)  f(r, x, ...)  r:f(x, ...)
    number      f(x, ...)  x:f(...)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from lua_compat import LuaError, Runtime
from pytorch_from_lua.tensor import Tensor
from tests.corpus import ROOT
from tests.lua.calling import ALL, REALS, TYPES, c_div, c_fmod, close, each, results, tensor

LISTED = set((ROOT / "api" / "torch.txt").read_text().split())

X = [[7, 2, 9], [3, 12, 5]]
Y = [[2, 3, 4], [5, 1, 2]]
Z = [[1, 4, 2], [3, 2, 1]]
A, B = [[1, 2, 3], [4, 5, 6]], [[1, 0, 2, 1], [3, 1, 1, 2], [0, 2, 1, 1]]


class Row(NamedTuple):
    """``tail``: the arguments after the first tensor, in Lua; y, z, ... are tensors of the same type.

    ``expected(x, y, z)`` gets arrays. ``kind``: one of the kinds above; ``results``: how many a call returns.
    """

    name: str
    tail: str
    expected: Callable[..., Any]
    kind: str = "in place"
    x: Any = X
    types: tuple[str, ...] = ALL


def _pointwise(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y, z: each(function, x)


def _of_two(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y, z: each(function, x, y)


IN_PLACE = [
    *(Row(name, "", _pointwise(f), x=[[0.1, 0.25, 0.5], [0.9, 0.75, 0.6]], types=REALS) for name, f in {
        "acos": math.acos, "asin": math.asin, "atan": math.atan, "ceil": math.ceil, "cos": math.cos, "cosh": math.cosh,
        "exp": math.exp, "floor": math.floor, "log": math.log, "log1p": math.log1p, "sin": math.sin, "sinh": math.sinh,
        "sqrt": math.sqrt, "tan": math.tan, "tanh": math.tanh, "trunc": math.trunc, "neg": lambda v: -v,
        "cinv": lambda v: 1 / v, "rsqrt": lambda v: 1 / math.sqrt(v), "sigmoid": lambda v: 1 / (1 + math.exp(-v)),
        "frac": lambda v: math.fmod(v, 1), "round": lambda v: math.floor(v + 0.5),
    }.items()),
    Row("abs", "", _pointwise(abs), types=("Int", "Long", *REALS)),
    Row("sign", "", _pointwise(lambda v: (v > 0) - (v < 0))),
    *(Row(name, "3", _pointwise(f)) for name, f in {
        "add": lambda v: v + 3, "csub": lambda v: v - 3, "mul": lambda v: v * 3, "div": lambda v: c_div(v, 3),
        "fmod": lambda v: c_fmod(v, 3), "mod": lambda v: c_fmod(v, 3), "remainder": lambda v: v % 3,
        "lshift": lambda v: v * 8, "rshift": lambda v: v // 8 if isinstance(v, int) else v / 8,
    }.items()),
    *(Row(name, "3", _pointwise(f), types=ALL[:5]) for name, f in {
        "bitand": lambda v: v & 3, "bitor": lambda v: v | 3, "bitxor": lambda v: v ^ 3,
    }.items()),
    *(Row(name, "y", _of_two(f)) for name, f in {
        "add": lambda a, b: a + b, "csub": lambda a, b: a - b, "cmul": lambda a, b: a * b, "cdiv": c_div,
        "cfmod": c_fmod, "cmod": c_fmod, "cremainder": lambda a, b: a % b, "cpow": lambda a, b: a ** b,
        "cmax": max, "cmin": min, "clshift": lambda a, b: a * 2 ** b,
        "crshift": lambda a, b: a >> b if isinstance(a, int) else a / 2 ** b,
    }.items()),
    *(Row(name, "y", _of_two(f), types=ALL[:5]) for name, f in {
        "cbitand": lambda a, b: a & b, "cbitor": lambda a, b: a | b, "cbitxor": lambda a, b: a ^ b,
    }.items()),
    Row("add", "2, y", _of_two(lambda a, b: a + 2 * b)),
    Row("csub", "2, y", _of_two(lambda a, b: a - 2 * b)),
    Row("cmax", "5", _pointwise(lambda v: max(v, 5))),
    Row("cmin", "5", _pointwise(lambda v: min(v, 5))),
    Row("clamp", "3, 8", _pointwise(lambda v: min(max(v, 3), 8))),
    Row("pow", "2", _pointwise(lambda v: v ** 2), types=REALS),
    Row("atan2", "y", _of_two(math.atan2), types=REALS),
    Row("lerp", "y, 0.25", _of_two(lambda a, b: a + 0.25 * (b - a)), types=REALS),
    Row("addcmul", "y, z", lambda x, y, z: each(lambda a, b, c: a + b * c, x, y, z)),
    Row("addcmul", "2, y, z", lambda x, y, z: each(lambda a, b, c: a + 2 * b * c, x, y, z)),
    Row("addcdiv", "y, z", lambda x, y, z: each(lambda a, b, c: a + c_div(b, c), x, y, z)),
    Row("addcdiv", "2, y, z", lambda x, y, z: each(lambda a, b, c: a + c_div(2 * b, c), x, y, z)),
    Row("renorm", "2, 1, 5", lambda x, y, z: x * np.minimum(1, 5 / (np.sqrt((x ** 2).sum(1, keepdims=True)) + 1e-7)),
        types=REALS),
]  # fmt: skip


def _along(function: Callable[..., Any], axis: int) -> Callable[..., Any]:
    return lambda x, y, z: function(x, axis=axis, keepdims=True).astype(x.dtype)


def _ordered(x: Any, axis: int, descending: bool) -> tuple[Any, Any]:
    places = np.argsort(-x.astype(float) if descending else x, axis=axis, kind="stable")
    return np.take_along_axis(x, places, axis), places + 1


def _chosen(x: Any, axis: int, which: Any, descending: bool = False) -> tuple[Any, Any]:
    values, places = _ordered(x, axis, descending)
    return np.take(values, which, axis), np.take(places, which, axis)


def _extreme(name: str, axis: int) -> Callable[..., Any]:
    def expected(x: Any, y: Any, z: Any) -> Any:
        place = getattr(np, f"arg{name}")(x, axis=axis, keepdims=True)
        return np.take_along_axis(x, place, axis), place + 1

    return expected


# Of a source: results beside it, the source stays.
OF_SOURCE = [
    *(Row(name, str(axis + 1), _along(f, axis), "source") for axis in (0, 1) for name, f in
      {"sum": np.sum, "prod": np.prod}.items()),
    *(Row(name, tail, _along(f, axis), "source", types=REALS) for tail, axis in (("1", 0), ("2", 1)) for name, f in
      {"mean": np.mean}.items()),
    *(Row(name, tail, lambda x, y, z, f=f, axis=axis, ddof=ddof: f(x, axis=axis, ddof=ddof, keepdims=True), "source",
          types=REALS)
      for name, f in {"var": np.var, "std": np.std}.items()
      for tail, axis, ddof in (("1", 0, 1), ("2", 1, 1), ("2, true", 1, 0), ("1, false", 0, 1))),
    *(Row(name, tail, lambda x, y, z, f=f, axis=axis: f(x, axis=axis).astype(x.dtype), "source")
      for name, f in {"cumsum": np.cumsum, "cumprod": np.cumprod}.items()
      for tail, axis in (("", 0), ("1", 0), ("2", 1))),
    *(Row(name, str(axis + 1), _extreme(name, axis), "source") for name in ("max", "min") for axis in (0, 1)),
    *(Row("sort", tail, lambda x, y, z, a=axis, d=down: _ordered(x, a, d), "source")
      for tail, axis, down in (("", 1, False), ("1", 0, False), ("2, true", 1, True), ("1, false", 0, False))),
    *(Row("topk", tail, lambda x, y, z, k=k, a=axis, d=down: _chosen(x, a, range(k), d), "source")
      for tail, k, axis, down in (("", 1, 1, False), ("2", 2, 1, False), ("2, 1", 2, 0, False),
                                  ("2, 2, true, true", 2, 1, True))),
    *(Row("kthvalue", tail, lambda x, y, z, a=axis: _chosen(x, a, [1]), "source")
      for tail, axis in (("2", 1), ("2, 1", 0))),
    *(Row("median", tail, lambda x, y, z, a=axis: _chosen(x, a, [(x.shape[a] - 1) // 2]), "source")
      for tail, axis in (("", 1), ("1", 0))),
    *(Row("mode", tail, lambda x, y, z, a=axis: _chosen(x, a, [0]), "source") for tail, axis in (("", 1), ("1", 0))),
    Row("norm", "2, 1", lambda x, y, z: np.sqrt((x ** 2).sum(0, keepdims=True)), "source", types=REALS),
    Row("norm", "1, 2", lambda x, y, z: np.abs(x).sum(1, keepdims=True), "source", types=REALS),
    Row("histc", "", lambda x, y, z: np.histogram(x, 100)[0].astype(x.dtype), "source", types=REALS),
    Row("histc", "4, 1, 13", lambda x, y, z: np.histogram(x, 4, (1, 13))[0].astype(x.dtype), "source", types=REALS),
    Row("bhistc", "4, 1, 13", lambda x, y, z: np.stack([np.histogram(r, 4, (1, 13))[0] for r in x]).astype(x.dtype),
        "source", types=REALS),
    Row("cross", "y", lambda x, y, z: np.cross(x.astype(int), y.astype(int)).astype(x.dtype), "source"),
    Row("cross", "y, 2", lambda x, y, z: np.cross(x.astype(int), y.astype(int)).astype(x.dtype), "source"),
    *(Row(name, tail, lambda x, y, z, f=f, k=k: f(x, k), "source")
      for name, f in {"tril": np.tril, "triu": np.triu, "diag": np.diag}.items()
      for tail, k in (("", 0), ("1", 1), ("-1", -1))),
    Row("diag", "", lambda x, y, z: np.diag(x), "source", x=[5, 2, 7]),
    Row("reshape", "3, 2", lambda x, y, z: x.reshape(3, 2), "source"),
    Row("reshape", "torch.LongStorage{6}", lambda x, y, z: x.reshape(6), "source"),
    Row("repeatTensor", "2, 1, 2", lambda x, y, z: np.tile(x, (2, 1, 2)), "source"),
    Row("repeatTensor", "torch.LongStorage{2, 2}", lambda x, y, z: np.tile(x, (2, 2)), "source"),
    Row("cat", "y, 1", lambda x, y, z: np.concatenate([x, y], 0), "source"),
    Row("cat", "y", lambda x, y, z: np.concatenate([x, y], 1), "source"),
    Row("gather", "1, torch.LongTensor{{2, 1, 1}}", lambda x, y, z: x[[[1, 0, 0]], [0, 1, 2]], "source"),
]  # fmt: skip

PRODUCTS = [
    Row("mm", "b", lambda x, b: x @ b, "product", A),
    Row("mv", "b:select(2, 3)", lambda x, b: x @ b[:, 2], "product", A),
    Row("ger", "b:select(1, 1)", lambda x, b: np.outer(x, b[0]), "product", [1, 2, 3]),
    Row("bmm", "b:view(1, 3, 4):expand(2, 3, 4)", lambda x, b: x @ b, "product", [A, A]),
    Row("match", "b:t()", lambda x, b: ((x[:, None] - b.T) ** 2).sum(2), "product", A),
    Row("match", "b:t(), 2", lambda x, b: 2 * ((x[:, None] - b.T) ** 2).sum(2), "product", A),
]

# Sums with a product: r = beta * c + alpha * product; the first tensor is c.
SUMS = {
    "addmm": ("a, b", [[1] * 4] * 2, lambda a, b, v: a @ b),
    "addmv": ("a, v", [1, 1], lambda a, b, v: a @ v),
    "addr": ("v, b:select(1, 2)", [[1] * 4] * 3, lambda a, b, v: np.outer(v, b[1])),
    "addbmm": ("a:view(1, 2, 3), b:view(1, 3, 4)", [[1] * 4] * 2, lambda a, b, v: a @ b),
    "baddbmm": ("a:view(1, 2, 3), b:view(1, 3, 4)", [[[1] * 4] * 2], lambda a, b, v: (a @ b)[None]),
}

NUMBERS = [
    *(Row(name, "", lambda x, y, z, f=f: f(x.astype(float)), "number") for name, f in
      {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min}.items()),
    *(Row(name, "", lambda x, y, z, f=f: f(x), "number", types=REALS) for name, f in {"mean": np.mean}.items()),
    *(Row(name, tail, lambda x, y, z, f=f, d=ddof: f(x, ddof=d), "number", types=REALS)
      for name, f in {"var": np.var, "std": np.std}.items() for tail, ddof in (("", 1), ("true", 0), ("false", 1))),
    Row("norm", "", lambda x, y, z: np.sqrt((x ** 2).sum()), "number", types=REALS),
    Row("norm", "1", lambda x, y, z: np.abs(x).sum(), "number", types=REALS),
    Row("dist", "y", lambda x, y, z: np.sqrt(((x - y) ** 2).sum()), "number", types=REALS),
    Row("dist", "y, 1", lambda x, y, z: np.abs(x - y).sum(), "number", types=REALS),
    Row("dot", "y", lambda x, y, z: (x * y).sum(), "number"),
    Row("trace", "", lambda x, y, z: np.trace(x), "number", [[1, 2], [3, 4]]),
    Row("numel", "", lambda x, y, z: x.size, "number"),
    Row("equal", "y", lambda x, y, z: False, "number"),
    Row("equal", "x:clone()", lambda x, y, z: True, "number"),
]  # fmt: skip

COMPARISONS = {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal,
               "ne": np.not_equal}  # fmt: skip


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _typed(rows: list[Row]) -> list[Any]:
    return [
        pytest.param(row, word, id=f"{row.name}({row.tail})-{word}")
        for row in rows
        for word in row.types
        if f"torch.{word}Tensor:{row.name}" in LISTED
    ]


def _operands(row: Row, word: str) -> tuple[Tensor, Tensor, Tensor]:
    return tensor(row.x, word), tensor(Y, word), tensor(Z, word)


def _call(lua: Runtime, form: str, row: Row, *operands: Any) -> Any:
    tail = f", {row.tail}" if row.tail else ""
    code = form.format(name=row.name, tail=tail, rest=row.tail)
    return lua.execute(f"local x, y, z, r, i = ...; return {code}", *operands)


def _many(expected: Any) -> list[Any]:
    return list(expected) if isinstance(expected, tuple) else [expected]


def _check_results(lua: Runtime, row: Row, word: str, operands: tuple[Tensor, ...], expected: Any) -> None:
    """The forms with a result tensor: whatever it was, it becomes the result and is what the call returns."""
    places = isinstance(expected, tuple)
    given = "r, i" if places else "r"
    kinds = [word, "Long"] if places else [word]
    choices = zip(*(results(kind, np.shape(e)) for kind, e in zip(kinds, _many(expected), strict=True)), strict=True)
    for made in choices:
        _call(lua, f"torch.{{name}}({given}, x{{tail}})", row, *operands, *made)
        close(tuple(made) if places else made[0], expected, word)
    same = "rawequal(r, (torch.{name}(r, x{tail})))" if not places else "rawequal(r, (torch.{name}(r, i, x{tail})))"
    assert _call(lua, same, row, *operands, *made)
    method = "r:{name}(x{tail})" if not places else "r:{name}(i, x{tail})"
    for result in made:
        result.zero_()
    close(_call(lua, method, row, *operands, *made), expected, word)


@pytest.mark.parametrize(("row", "word"), _typed(IN_PLACE))
def test_forms_in_place(lua: Runtime, row: Row, word: str) -> None:
    operands = _operands(row, word)
    before = [t.array.copy() for t in operands]
    expected = row.expected(*before)
    close(_call(lua, "torch.{name}(x{tail})", row, *operands), expected, word)
    _check_results(lua, row, word, operands, expected)
    turned = Tensor.from_array(np.array(before[0].T, order="C").T)
    close(_call(lua, "torch.{name}(x{tail})", row, turned, *operands[1:]), expected, word)
    for tensor_, values in zip(operands, before, strict=True):
        np.testing.assert_array_equal(tensor_.array, values)
    assert _call(lua, "rawequal(x, x:{name}({rest}))", row, *operands)
    close(operands[0], expected, word)
    _call(lua, "x:{name}({rest})", row, turned, *operands[1:])
    close(turned, expected, word)


@pytest.mark.parametrize(("row", "word"), _typed(OF_SOURCE))
def test_forms_of_a_source(lua: Runtime, row: Row, word: str) -> None:
    operands = _operands(row, word)
    before = [t.array.copy() for t in operands]
    expected = row.expected(*before)
    for form in ("torch.{name}(x{tail})", "x:{name}({rest})"):
        found = _call(lua, form, row, *operands)
        close(found, expected, word)
        for one in found if isinstance(found, tuple) else (found,):
            assert not np.shares_memory(one.array, operands[0].array)
    turned = Tensor.from_array(np.array(before[0].T, order="C").T)
    close(_call(lua, "torch.{name}(x{tail})", row, turned, *operands[1:]), expected, word)
    _check_results(lua, row, word, operands, expected)
    np.testing.assert_array_equal(operands[0].array, before[0])


@pytest.mark.parametrize(("row", "word"), _typed(PRODUCTS))
def test_forms_of_products(lua: Runtime, row: Row, word: str) -> None:
    x, b = tensor(row.x, word), tensor(B, word)
    expected = row.expected(x.array, b.array)
    for given in results(word, expected.shape):
        for form in (f"torch.{row.name}(x, {row.tail})", f"torch.{row.name}(r, x, {row.tail})",
                     f"r:{row.name}(x, {row.tail})"):  # fmt: skip
            found, same = lua.execute(f"local x, b, r = ...; local y = {form}; return y, rawequal(y, r)", x, b, given)
            close(found, expected, word)
            assert same == ("r" in form.split("(")[1].split(",")[0] or form.startswith("r:"))


@pytest.mark.parametrize("word", ALL)
@pytest.mark.parametrize("name", SUMS)
def test_forms_of_sums_with_a_product(lua: Runtime, name: str, word: str) -> None:
    arguments, start, product = SUMS[name]
    a, b, v, c = tensor(A, word), tensor(B, word), tensor([2, 1, 3], word), tensor(start, word)
    term = product(a.array, b.array, v.array)
    # what is written before the tensor, and after it; the values that it stands for; as a method, c is the tensor
    for before, after, beta, alpha in (("", "", 1, 1), ("2, ", "", 2, 1), ("2, ", "3, ", 2, 3), ("0, ", "3, ", 0, 3)):
        expected = (beta * c.array + alpha * term).astype(TYPES[word])
        found, given = lua.execute(f"""
            local a, b, v, c, r = ...
            return torch.{name}({before}c, {after}{arguments}), torch.{name}(r, {before}c, {after}{arguments})
        """, a, b, v, c, tensor([[3.0]], word))  # fmt: skip
        close(found, expected, word)
        close(given, expected, word)
        own = lua.execute(
            f"local a, b, v, c = ...; c = c:clone(); return c:{name}({before}{after}{arguments})", a, b, v, c
        )
        # One number of a method scales the product.
        scaled = (c.array + beta * term).astype(TYPES[word]) if before and not after else expected
        close(own, scaled, word)


@pytest.mark.parametrize(("row", "word"), _typed(NUMBERS))
def test_forms_with_a_number_for_a_result(lua: Runtime, row: Row, word: str) -> None:
    operands = _operands(row, word)
    expected = row.expected(*[t.array for t in operands])
    if word in TYPES and np.dtype(TYPES[word]).kind != "f" and row.name == "dot":
        expected = int(np.sum(operands[0].array * operands[1].array, dtype=TYPES[word]))
    for form in ("torch.{name}(x{tail})", "x:{name}({rest})"):
        found = _call(lua, form, row, *operands)
        assert isinstance(found, bool) == isinstance(expected, bool)
        assert found == pytest.approx(expected, rel=1e-6 if word == "Float" else 1e-12)


@pytest.mark.parametrize("word", ALL)
@pytest.mark.parametrize("name", COMPARISONS)
def test_forms_of_comparisons(lua: Runtime, name: str, word: str) -> None:
    x, y = tensor(X, word), tensor(Y, word)
    for other, tail in ((y.array, "y"), (5, "5")):
        expected = COMPARISONS[name](x.array, other)
        for form in (f"torch.{name}(x, {tail})", f"x:{name}({tail})", f"torch.{name}(torch.ByteTensor(), x, {tail})"):
            found, kind = lua.execute(f"local x, y = ...; local r = {form}; return r, torch.type(r)", x, y)
            assert kind == "torch.ByteTensor"
            close(found, expected.astype(np.uint8), word)
        found, kind = lua.execute(f"local x, y, r = ...; r = torch.{name}(r, x, {tail}); return r, torch.type(r)",
                                  x, y, tensor([[1]], word))  # fmt: skip
        assert kind == f"torch.{word}Tensor"
        close(found, expected.astype(TYPES[word]), word)


# -- creation -----------------------------------------------------------------------------


CREATED = {
    "zeros(2, 3)": np.zeros((2, 3)), "zeros(torch.LongStorage{2, 3})": np.zeros((2, 3)), "ones(4)": np.ones(4),
    "eye(2)": np.eye(2), "eye(2, 3)": np.eye(2, 3), "eye(3, 2)": np.eye(3, 2), "range(2, 5)": [2, 3, 4, 5],
    "range(7, 1, -3)": [7, 4, 1], "range(1, 8, 3)": [1, 4, 7],
}  # fmt: skip
CREATED_REAL = {
    "linspace(0, 1, 5)": np.linspace(0, 1, 5), "logspace(0, 2, 3)": [1, 10, 100], "linspace(2, 1, 3)": [2, 1.5, 1],
}  # fmt: skip


@pytest.mark.parametrize("word", ALL)
def test_forms_of_creation(lua: Runtime, word: str) -> None:
    rows = CREATED | (CREATED_REAL if word in REALS else {})
    for call, values in rows.items():
        name, arguments = call[:-1].split("(", 1)
        expected = np.array(values, TYPES[word])
        for given in results(word, expected.shape):
            for form in (f"torch.{name}(r, {arguments})", f"r:{name}({arguments})"):
                found, same = lua.execute(f"local r = ...; local x = {form}; return x, rawequal(x, r)", given)
                close(found, expected, word)
                assert same
        found = lua.execute(f"""
            torch.setdefaulttensortype('torch.{word}Tensor')
            local x = torch.{call}
            torch.setdefaulttensortype('torch.DoubleTensor')
            return x
        """) if word in REALS else lua.execute(f"return torch.{call}")  # fmt: skip
        close(found, expected.astype(TYPES[word] if word in REALS else np.float64), word)


# -- types that lack a function -------------------------------------------------------------


def test_types_that_lack_a_function_say_so(lua: Runtime) -> None:
    """As a method it does not exist; as a function of torch it names the type and itself."""
    names = {row.name for row in IN_PLACE + OF_SOURCE + PRODUCTS + NUMBERS} - {"reshape", "repeatTensor", "cat"}
    checked = 0
    for name in sorted(names):
        for word in (w for w in [*ALL, "Half"] if f"torch.{w}Tensor:{name}" not in LISTED):
            x = lua.execute("return torch.Tensor{{1, 2, 3}, {4, 5, 6}}:type(...)", f"torch.{word}Tensor")
            with pytest.raises(LuaError, match=rf"torch\.{word}Tensor does not implement {name}$"):
                lua.execute(f"local x = ...; return torch.{name}(x, x)", x)
            with pytest.raises(LuaError, match=rf"attempt to call method '{name}'"):
                lua.execute(f"local x = ...; return x:{name}()", x)
            checked += 1
    assert checked > 100


def test_strings_that_are_numbers_are_numbers(lua: Runtime) -> None:
    """As for Lua's own functions: what a script takes from its command line often is a string."""
    assert lua.execute("""
        torch.manualSeed('5')
        local a = torch.uniform()
        torch.manualSeed(5)
        local x = torch.ones('2', '3')
        x:add('1')
        return a == torch.uniform(), x:sum(), x:narrow('2', 1, '2'):nElement(), torch.Tensor('4'):size(1),
           x:view('3', 2):size(1), torch.range('1', '3'):sum(), pcall(x.add, x, 'one')
    """)[:7] == (True, 12, 4, 4, 3, 6, False)  # fmt: skip
