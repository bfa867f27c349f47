"""The LAPACK family in every calling form and with every option, against numpy; sizes that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lua_compat import LuaError, Runtime
from pytorch_from_lua.tensor import Tensor
from tests.lua.calling import REALS, TYPES

RNG = np.random.default_rng(5)
GENERAL = RNG.normal(size=(4, 4))
POSITIVE = GENERAL @ GENERAL.T + np.eye(4)
TALL, WIDE = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 5))
RIGHT = RNG.normal(size=(4, 2))


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


def _forms(lua: Runtime, name: str, results: int, arguments: str, word: str, *operands: Any) -> tuple[Any, ...]:
    """The results of a function without result tensors; those with result tensors are held to be the same."""
    tensors = [Tensor.from_array(np.array(o, TYPES[word])) for o in operands]
    before = [t.array.copy() for t in tensors]
    found = lua.execute(f"local a, b, c = ...; return torch.{name}({arguments})", *tensors)
    found = found if isinstance(found, tuple) else (found,)
    kinds = ["Int" if name == "pstrf" and i == 1 else word for i in range(results)]
    names = ", ".join(f"r{i}" for i in range(results))
    made = ", ".join(f"torch.{kind}Tensor()" for kind in kinds)
    again = lua.execute(f"""
        local a, b, c = ...
        local {names} = {made}
        local all = {{torch.{name}({names}, {arguments})}}
        for i, r in ipairs{{{names}}} do assert(rawequal(r, all[i])) end
        return {names}
    """, *tensors)  # fmt: skip
    for one, other in zip(found, again if isinstance(again, tuple) else (again,), strict=True):
        np.testing.assert_array_equal(one.array, other.array)
    for t, values in zip(tensors, before, strict=True):
        np.testing.assert_array_equal(t.array, values)
    return tuple(r.array for r in found)


def _near(found: Any, expected: Any, word: str) -> None:
    tolerance = 2e-3 if word == "Float" else 1e-9
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("word", REALS)
def test_gesv(lua: Runtime, word: str) -> None:
    x, lu = _forms(lua, "gesv", 2, "b, a", word, GENERAL, RIGHT)
    _near(GENERAL @ x, RIGHT, word)
    product = (np.tril(lu, -1) + np.eye(4)) @ np.triu(lu)
    rows = sorted(range(4), key=lambda i: int(np.argmin(np.abs(product - GENERAL[i]).sum(1))))
    _near(product, GENERAL[rows], word)
    (vector,) = (_forms(lua, "gesv", 2, "b, a", word, GENERAL, RIGHT[:, 0])[0],)
    _near(vector.reshape(-1), x[:, 0], word)


@pytest.mark.parametrize("n", [1, 31, 64, 65, 150])
def test_gesv_of_many_equations(lua: Runtime, n: int) -> None:
    a = np.random.default_rng(n).normal(size=(n, n))
    x, lu = _forms(lua, "gesv", 2, "b, a", "Double", a, np.eye(n))
    np.testing.assert_allclose(a @ x, np.eye(n), atol=1e-9 * n)
    assert np.abs(np.tril(lu, -1)).max() <= 1
    product = (np.tril(lu, -1) + np.eye(n)) @ np.triu(lu)
    order = [int(np.argmin(np.abs(a - row).sum(1))) for row in product]
    assert sorted(order) == list(range(n))
    np.testing.assert_allclose(product, a[order], atol=1e-10 * n)


@pytest.mark.parametrize("word", REALS)
@pytest.mark.parametrize("half", ["U", "L"])
@pytest.mark.parametrize("trans", ["N", "T"])
@pytest.mark.parametrize("diagonal", ["N", "U"])
def test_trtrs(lua: Runtime, word: str, half: str, trans: str, diagonal: str) -> None:
    x, _ = _forms(lua, "trtrs", 2, f"b, a, '{half}', '{trans}', '{diagonal}'", word, POSITIVE, RIGHT)
    triangle = np.triu(POSITIVE) if half == "U" else np.tril(POSITIVE)
    if diagonal == "U":
        np.fill_diagonal(triangle, 1)
    _near((triangle.T if trans == "T" else triangle) @ x, RIGHT, word)
    if (half, trans, diagonal) == ("U", "N", "N"):
        _near(_forms(lua, "trtrs", 2, "b, a", word, POSITIVE, RIGHT)[0], x, word)


@pytest.mark.parametrize("word", REALS)
@pytest.mark.parametrize("half", ["", ", 'U'", ", 'L'"])
def test_cholesky_family(lua: Runtime, word: str, half: str) -> None:
    (factor,) = _forms(lua, "potrf", 1, "a" + half, word, POSITIVE)
    lower = factor if "L" in half else factor.T
    assert np.allclose(np.triu(lower, 1), 0)
    _near(lower @ lower.T, POSITIVE, word)
    (inverse,) = _forms(lua, "potri", 1, "a" + half, word, factor)
    _near(inverse @ POSITIVE, np.eye(4), word)
    (x,) = _forms(lua, "potrs", 1, "b, a" + half, word, factor, RIGHT)
    _near(POSITIVE @ x, RIGHT, word)
    pivoted, places = _forms(lua, "pstrf", 2, "a" + half, word, POSITIVE)
    order = places - 1
    lower = pivoted if "L" in half else pivoted.T
    _near(lower @ lower.T, POSITIVE[order][:, order], word)
    assert places.dtype == np.int32
    diagonal = np.diag(pivoted)
    assert (np.diff(diagonal) <= 1e-6).all()


@pytest.mark.parametrize("word", REALS)
def test_eigenvalues_of_symmetric_matrices(lua: Runtime, word: str) -> None:
    expected = np.linalg.eigvalsh(POSITIVE)
    for options in ("", ", 'N'", ", 'V'", ", 'V', 'U'", ", 'V', 'L'"):
        values, vectors = _forms(lua, "symeig", 2, "a" + options, word, POSITIVE)
        _near(values, expected, word)
        if "V" in options:
            _near(POSITIVE @ vectors, vectors * values, word)
        else:
            assert not vectors.any()
    upper = lua.execute("return (torch.symeig(..., 'N', 'U'))", Tensor.from_array(np.triu(POSITIVE)))
    lower = lua.execute("return (torch.symeig(..., 'N', 'L'))", Tensor.from_array(np.tril(POSITIVE)))
    _near(upper.array, expected, "Double")
    _near(lower.array, expected, "Double")


@pytest.mark.parametrize("word", REALS)
def test_eigenvalues_of_general_matrices(lua: Runtime, word: str) -> None:
    turning = np.array([[0.0, -2, 0], [2, 0, 0], [0, 0, 3]])
    values, vectors = _forms(lua, "eig", 2, "a, 'V'", word, turning)
    numbers = values[:, 0] + 1j * values[:, 1]
    _near(np.sort_complex(numbers), np.sort_complex(np.array([2j, -2j, 3])), word)
    i = int(np.argmax(values[:, 1]))
    v = vectors[:, i] + 1j * vectors[:, i + 1]  # a pair: real part, imaginary part
    _near(turning @ v, numbers[i] * v, word)
    (only, nothing) = _forms(lua, "eig", 2, "a", word, turning)
    _near(only, values, word)
    assert nothing.size == 0
    _near(_forms(lua, "eig", 2, "a, 'N'", word, turning)[0], values, word)


@pytest.mark.parametrize("word", REALS)
@pytest.mark.parametrize("a", [TALL, WIDE, GENERAL], ids=["tall", "wide", "square"])
def test_svd(lua: Runtime, word: str, a: Any) -> None:
    k = min(a.shape)
    for options, sizes in (("", (k, k)), (", 'S'", (k, k)), (", 'A'", a.shape)):
        u, s, v = _forms(lua, "svd", 3, "a" + options, word, a)
        assert (u.shape, s.shape, v.shape) == ((a.shape[0], sizes[0]), (k,), (a.shape[1], sizes[1]))
        _near(u[:, :k] * s @ v[:, :k].T, a, word)
        _near(s, np.linalg.svd(a, compute_uv=False), word)
        _near(u.T @ u, np.eye(u.shape[1]), word)


@pytest.mark.parametrize("word", REALS)
@pytest.mark.parametrize("a", [TALL, WIDE, GENERAL], ids=["tall", "wide", "square"])
def test_qr(lua: Runtime, word: str, a: Any) -> None:
    q, r = _forms(lua, "qr", 2, "a", word, a)
    _near(q @ r, a, word)
    _near(q.T @ q, np.eye(q.shape[1]), word)
    assert np.allclose(np.tril(r, -1), 0)
    packed, tau = _forms(lua, "geqrf", 2, "a", word, a)
    assert (packed.shape, tau.shape) == (a.shape, (min(a.shape),))
    _near(np.triu(packed)[: min(a.shape)], r, word)
    if a.shape[0] >= a.shape[1]:
        (again,) = _forms(lua, "orgqr", 1, "a, b", word, packed, tau)
        _near(again, q, word)


@pytest.mark.parametrize("word", REALS)
def test_ormqr(lua: Runtime, word: str) -> None:
    packed, tau = _forms(lua, "geqrf", 2, "a", word, GENERAL)
    (q,) = _forms(lua, "orgqr", 1, "a, b", word, packed, tau)
    for options, expected in (
        ("", q @ RIGHT),
        (", 'L'", q @ RIGHT),
        (", 'L', 'N'", q @ RIGHT),
        (", 'L', 'T'", q.T @ RIGHT),
    ):
        _near(_forms(lua, "ormqr", 1, "a, b, c" + options, word, packed, tau, RIGHT)[0], expected, word)
    for options, expected in ((", 'R'", RIGHT.T @ q), (", 'R', 'T'", RIGHT.T @ q.T)):
        _near(_forms(lua, "ormqr", 1, "a, b, c" + options, word, packed, tau, RIGHT.T)[0], expected, word)


@pytest.mark.parametrize("word", REALS)
def test_gels(lua: Runtime, word: str) -> None:
    b = RNG.normal(size=(5, 2))
    x, _ = _forms(lua, "gels", 2, "b, a", word, TALL, b)
    best, rest = np.linalg.lstsq(TALL, b, rcond=None)[:2]
    assert x.shape == (5, 2)
    _near(x[:3], best, word)
    _near((x[3:] ** 2).sum(0), rest, word)
    x, _ = _forms(lua, "gels", 2, "b, a", word, WIDE, b[:3])
    _near(x, np.linalg.lstsq(WIDE, b[:3], rcond=None)[0], word)


@pytest.mark.parametrize("word", REALS)
def test_inverse(lua: Runtime, word: str) -> None:
    _near(_forms(lua, "inverse", 1, "a", word, GENERAL)[0] @ GENERAL, np.eye(4), word)


@pytest.mark.parametrize(("call", "said"), [
    ("gesv(torch.rand(3, 1), torch.rand(4, 4))", "gesv.*3x1.*4x4"),
    ("gesv(torch.rand(3, 1), torch.rand(3, 4))", "gesv.*3x4"),
    ("gesv(torch.rand(2, 1), torch.zeros(2, 2))", "gesv.*singular"), ("potrf(-torch.eye(2))", "potrf.*positive"),
    ("potrf(torch.rand(2, 3))", "potrf.*2x3"), ("potrs(torch.rand(3, 1), torch.eye(2))", "potrs.*3x1.*2x2"),
    ("potri(torch.zeros(2, 2))", "potri.*singular"), ("inverse(torch.zeros(2, 2))", "inverse.*singular"),
    ("inverse(torch.rand(2))", "inverse.*1 dim"), ("inverse(torch.rand(2, 3))", "inverse.*2x3"),
    ("trtrs(torch.rand(3, 1), torch.eye(2))", "trtrs.*3x1.*2x2"),
    ("trtrs(torch.rand(2, 1), torch.zeros(2, 2))", "trtrs.*singular"),
    ("svd(torch.rand(2))", "svd.*1 dim"), ("qr(torch.rand(2, 2, 2))", "qr.*3 dim"),
    ("symeig(torch.rand(2, 3))", "symeig.*2x3"),
    ("eig(torch.rand(2, 3))", "eig.*2x3"), ("gels(torch.rand(3, 1), torch.rand(4, 2))", "gels.*3x1.*4x2"),
    ("svd(torch.rand(2, 2):fill(0/0))", "svd"), ("symeig(torch.eye(2), 'X')", "symeig.*'N' or 'V'.*'X'"),
    ("svd(torch.eye(2), 'Q')", "svd.*'S' or 'A'.*'Q'"), ("eig(torch.eye(2), 'Q')", "eig.*'N' or 'V'.*'Q'"),
    ("potrf(torch.eye(2), 'X')", "potrf.*'U' or 'L'.*'X'"),
    ("trtrs(torch.eye(2), torch.eye(2), 'A')", "trtrs.*'U' or 'L'.*'A'"),
    ("orgqr(torch.rand(2, 3), torch.rand(2))", "orgqr.*2x3"), ("orgqr(torch.rand(3, 2), torch.rand(3))", "orgqr.*3"),
    ("ormqr(torch.rand(3, 2), torch.rand(2), torch.rand(2, 2))", "ormqr.*2x2"), ("inverse(torch.Tensor())", "inverse"),
])  # fmt: skip
def test_what_cannot_be_solved(lua: Runtime, call: str, said: str) -> None:
    with pytest.raises(LuaError, match=rf"^here:2: .*{said}"):
        lua.execute(f"torch.manualSeed(1)\nlocal x = torch.{call}", name="=here")
