"""Every calling form of what chooses, places, joins, cuts and views elements, for every element type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lua_compat import Runtime
from pytorch_from_lua.tensor import Tensor
from tests.corpus import ROOT
from tests.lua.calling import ALL, TYPES, close, results, tensor

LISTED = set((ROOT / "api" / "torch.txt").read_text().split())
X = np.arange(1, 13).reshape(3, 4)


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


# What is chosen: the arguments after the tensor, and the answer. `torch` says whether it is a function of torch too.
CHOSEN: list[tuple[str, str, Any, bool]] = [
    ("index", "1, torch.LongTensor{3, 1, 3}", X[[2, 0, 2]], False),
    ("index", "2, torch.LongTensor{4, 4}", X[:, [3, 3]], False),
    ("gather", "1, torch.LongTensor{{3, 1, 2, 2}, {1, 1, 1, 3}}", X[[[2, 0, 1, 1], [0, 0, 0, 2]], [0, 1, 2, 3]], True),
    ("gather", "2, torch.LongTensor{{4}, {1}, {2}}", X[[[0], [1], [2]], [[3], [0], [1]]], True),
    ("maskedSelect", "m", X[X % 3 == 0], False),
]


@pytest.mark.parametrize("word", ALL)
@pytest.mark.parametrize(("name", "tail", "expected", "function"), CHOSEN)
def test_choosing(lua: Runtime, name: str, tail: str, expected: Any, function: bool, word: str) -> None:
    expected = expected.astype(TYPES[word])
    mask = tensor(X % 3 == 0, "Byte")
    for x in (tensor(X, word), Tensor.from_array(np.array(X.T, TYPES[word], order="C").T)):
        forms = [f"x:{name}({tail})"] + ([f"torch.{name}(x, {tail})"] if function else [])
        for form in forms:
            close(lua.execute(f"local x, m = ...; return {form}", x, mask), expected, word)
        for r in results(word, expected.shape):
            form = f"torch.{name}(r, x, {tail})" if function else f"r:{name}(x, {tail})"
            lua.execute(f"local x, m, r = ...; {form}", x, mask, r)
            close(r, expected, word)
        np.testing.assert_array_equal(x.array, X)


# What is written: the call, and what x is then. A call returns its last argument or x, as Torch7's did.
def _changed(change: Any) -> Any:
    x = X.astype(object)
    change(x)
    return x


def _set(*places: Any) -> Any:
    def change(x: Any) -> None:
        for place, value in places:
            x[place] = value

    return change


WRITTEN: list[tuple[str, Any, str]] = [
    ("x:indexFill(1, torch.LongTensor{3, 1}, 7)", _set(([2, 0], 7)), "number"),
    ("x:indexFill(2, torch.LongTensor{2}, 7)", _set(((slice(None), 1), 7)), "number"),
    ("x:indexCopy(1, torch.LongTensor{3, 1}, y)", _set((2, [50, 51, 52, 53]), (0, [54, 55, 56, 57])), "y"),
    ("x:indexAdd(1, torch.LongTensor{2, 2}, y)", lambda x: x.__setitem__(1, x[1] + [104, 106, 108, 110]), "y"),
    ("x:scatter(2, torch.LongTensor{{4}, {1}, {2}}, 9)", _set((([0, 1, 2], [3, 0, 1]), 9)), "x"),
    ("torch.scatter(x, 2, torch.LongTensor{{4}, {1}, {2}}, 9)", _set((([0, 1, 2], [3, 0, 1]), 9)), "x"),
    ("x:scatter(1, torch.LongTensor{{3, 1, 2, 2}, {1, 3, 1, 3}}, y)",
     _set((([2, 0, 1, 1], [0, 1, 2, 3]), [50, 51, 52, 53]), (([0, 2, 0, 2], [0, 1, 2, 3]), [54, 55, 56, 57])), "x"),
    ("x:maskedFill(m, 7)", lambda x: x.__setitem__(X % 3 == 0, 7), "number"),
    ("x:maskedCopy(m, y)", lambda x: x.__setitem__(X % 3 == 0, [50, 51, 52, 53]), "x"),
    ("x:fill(7)", lambda x: x.__setitem__(..., 7), "x"), ("torch.fill(x, 7)", lambda x: x.__setitem__(..., 7), "x"),
    ("x:zero()", lambda x: x.__setitem__(..., 0), "x"), ("torch.zero(x)", lambda x: x.__setitem__(..., 0), "x"),
    ("x:copy(m)", lambda x: x.__setitem__(..., X % 3 == 0), "x"),
    ("x:copy(m:double():t():contiguous():t())", lambda x: x.__setitem__(..., X % 3 == 0), "x"),
    ("x:apply(function(v) return v * 2 end)", lambda x: x.__imul__(2), "x"),
    ("x:map(x:clone(), function(a, b) return a + b end)", lambda x: x.__imul__(2), "x"),
    ("x:map2(x:clone(), x:clone(), function(a, b, c) return a + b + c end)", lambda x: x.__imul__(3), "x"),
]  # fmt: skip


@pytest.mark.parametrize("word", ALL)
@pytest.mark.parametrize(("call", "change", "returned"), WRITTEN)
def test_writing(lua: Runtime, call: str, change: Any, returned: str, word: str) -> None:
    mask, y = tensor(X % 3 == 0, "Byte"), tensor(np.arange(50, 58).reshape(2, 4), word)
    expected = _changed(change).astype(int).astype(TYPES[word])
    for x in (tensor(X, word), Tensor.from_array(np.array(X.T, TYPES[word], order="C").T)):
        kind = lua.execute(f"""
            local x, m, y = ...
            local r = {call}
            return rawequal(r, x) and 'x' or rawequal(r, y) and 'y' or type(r)
        """, x, mask, y)  # fmt: skip
        close(x, expected, word)
        assert kind == returned


JOINED = {
    "torch.cat(x, x, 1)": np.concatenate([X, X]), "torch.cat(x, x)": np.concatenate([X, X], 1),
    "torch.cat({x, x, x}, 1)": np.concatenate([X, X, X]), "torch.cat({x, x})": np.concatenate([X, X], 1),
    "x:cat(x, 1)": np.concatenate([X, X]), "torch.cat(x:select(1, 1), x:select(1, 2))": X[:2].reshape(8),
    "torch.cat(x:select(1, 1), x:select(1, 2), 2)": X[:2].T, "torch.cat({x})": X,
    "torch.cat(x, x, 3)": np.stack([X, X], 2), "torch.cat(x, x.new(), 1)": X, "torch.cat(x.new(), x)": X,
    "torch.repeatTensor(x, 2, 1)": np.tile(X, (2, 1)), "x:repeatTensor(2, 1, 3)": np.tile(X, (2, 1, 3)),
    "x:t():repeatTensor(torch.LongStorage{1, 2})": np.tile(X.T, (1, 2)),
    "torch.reshape(x, 2, 6)": X.reshape(2, 6), "x:reshape(torch.LongStorage{12})": X.reshape(12),
    "x:t():reshape(2, 6)": X.T.reshape(2, 6), "x:reshape(-1, 2)": X.reshape(-1, 2),
    "torch.squeeze(x:view(1, 3, 1, 4))": X, "x:view(1, 3, 1, 4):squeeze(3)": X[None],
    "x:view(3, 1, 4):squeeze(1)": X[:, None], "torch.view(x, 4, 3)": X.reshape(4, 3), "x:view(-1)": X.reshape(-1),
    "x:viewAs(torch.Tensor(2, 6))": X.reshape(2, 6), "torch.viewAs(x, torch.Tensor(6, 2))": X.reshape(6, 2),
    "x:view(3, 1, 4):expand(3, 2, 4)": np.broadcast_to(X[:, None], (3, 2, 4)),
    "x:view(3, 1, 4):expandAs(torch.Tensor(3, 2, 4))": np.broadcast_to(X[:, None], (3, 2, 4)),
    "torch.expand(x, 2, 3, 4)": np.broadcast_to(X, (2, 3, 4)),
    "x:permute(2, 1)": X.T, "torch.permute(x, 2, 1)": X.T, "x:transpose(1, 2)": X.T, "x:t()": X.T,
    "x:sub(2, 3)": X[1:3], "x:sub(2, -1, -2, -1)": X[1:, -2:],
    "x:narrow(2, 2, 2)": X[:, 1:3], "x:select(2, 3)": X[:, 2],
    "x:unfold(2, 2, 2)": np.stack([X[:, 0:2], X[:, 2:4]], 1), "x:clone()": X, "x:contiguous()": X,
    "x.new(x)": X, "x:type(x:type())": X, "x.new(x:storage())": X.reshape(-1),
    "x.new(x:storage(), 2, 3)": X.reshape(-1)[1:4], "x.new(x:storage(), 2, 3, 4)": X.reshape(-1)[[1, 5, 9]],
    "x.new(x:storage(), 1, torch.LongStorage{4, 3})": X.reshape(4, 3),
    "x.new(x:storage(), 1, torch.LongStorage{4, 3}, torch.LongStorage{1, 4})": X.T,
    "x.new():set(x)": X, "x.new():set(x:storage())": X.reshape(-1), "x.new():set(x:storage(), 5)": X.reshape(-1)[4:],
    "x.new():set(x:storage(), 5, 2, 4)": X.reshape(-1)[4::4], "x.new():resizeAs(x):copy(x)": X,
    "x.new{{1, 2}, {3, 4}}": np.array([[1, 2], [3, 4]]), "x.new(x:size()):copy(x)": X, "x.new(3, 4):copy(x)": X,
    "x:split(2)[2]": X[2:], "x:split(3, 2)[2]": X[:, 3:], "torch.split(x, 1, 2)[4]": X[:, 3:], "x:chunk(2)[1]": X[:2],
    "torch.chunk(x, 3, 2)[2]": X[:, 2:], "torch.chunk({}, x, 2, 1)[2]": X[2:],
    "torch.split({9, 9, 9, 9}, x, 2)[2]": X[2:],
}  # fmt: skip


@pytest.mark.parametrize("word", [*ALL, "Half"])
def test_joining_cutting_and_viewing(lua: Runtime, word: str) -> None:
    for call, values in JOINED.items():
        if word == "Half" and ("cat(" in call or "squeeze" in call):
            continue
        if word == "Long" and "x.new(x:size())" in call:
            continue  # to a LongTensor a LongStorage is its elements
        x = Tensor.from_array(np.array(X, TYPES.get(word, np.float16)))
        found = lua.execute(f"local x = ...; return {call}", x)
        assert found.array.dtype == x.array.dtype, call
        assert found.array.tolist() == values.tolist(), call


@pytest.mark.parametrize("word", ALL)
def test_results_of_joining_and_viewing(lua: Runtime, word: str) -> None:
    rows = {"cat(r, x, x, 1)": np.concatenate([X, X]), "cat(r, {x, x}, 2)": np.concatenate([X, X], 1),
            "repeatTensor(r, x, 2, 2)": np.tile(X, (2, 2)), "reshape(r, x, 6, 2)": X.reshape(6, 2),
            "view(r, x, 4, 3)": X.reshape(4, 3), "viewAs(r, x, torch.Tensor(2, 6))": X.reshape(2, 6),
            "expand(r, x, 2, 3, 4)": np.broadcast_to(X, (2, 3, 4)), "squeeze(r, x:view(3, 1, 4))": X,
            "expandAs(r, x, torch.Tensor(2, 3, 4))": np.broadcast_to(X, (2, 3, 4)),
            "squeeze(r, x:view(1, 3, 1, 4), 1)": X[:, None]}  # fmt: skip
    for call, values in rows.items():
        for r in results(word, values.shape):
            name, arguments = call.split("(", 1)
            shares = name in ("view", "viewAs", "expand", "expandAs", "squeeze")
            for form in (f"torch.{call}", f"r:{name}({arguments.removeprefix('r, ')}"):
                x = tensor(X, word)
                assert lua.execute(f"local x, r = ...; return rawequal(r, {form})", x, r) is True, form
                close(r, values.astype(TYPES[word]), word)
                assert np.shares_memory(x.array, r.array) == shares, form


@pytest.mark.parametrize("word", [*ALL, "Half"])
def test_conversions(lua: Runtime, word: str) -> None:
    """Every type to every other one, by name, by type() and by typeAs(); the same type gives the tensor itself."""
    source = np.array([-3.7, -1, 0, 1.2, 100.9])
    x = lua.execute("return torch.DoubleTensor{-3.7, -1, 0, 1.2, 100.9}:type(...)", f"torch.{word}Tensor")
    assert x.array.shape == source.shape
    for other in [*ALL, "Half"]:
        found = lua.execute(f"""
            local x = ...
            local a, b = x:{other.lower()}(), x:type('torch.{other}Tensor')
            local c = x:typeAs(torch.{other}Tensor())
            local d = torch.{other}Tensor(5):copy(x)
            return a, rawequal(a, x), torch.type(a), a:double():equal(b:double()) and a:double():equal(c:double()),
               d:double():equal(a:double()), x:storage():{other.lower()}()[5] == a:double()[5]
        """, x)  # fmt: skip
        assert found[1:] == (other == word, f"torch.{other}Tensor", True, True, True)
        kind = TYPES.get(other, np.float16)
        whole = x.array.astype(np.int64) if np.dtype(kind).kind in "iu" else x.array
        np.testing.assert_array_equal(found[0].array, whole.astype(kind))


@pytest.mark.parametrize("word", ALL)
def test_places_that_are_not_zero(lua: Runtime, word: str) -> None:
    x = tensor(X % 4 * (X % 3), word)
    expected = np.argwhere(x.array) + 1
    for form in ("torch.nonzero(x)", "x:nonzero()", "torch.nonzero(r, x)"):
        found = lua.execute(f"local x, r = ...; return {form}", x, lua.eval("torch.LongTensor{7}"))
        assert found.array.dtype == np.int64
        np.testing.assert_array_equal(found.array, expected)
