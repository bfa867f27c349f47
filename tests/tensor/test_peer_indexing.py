"""Indexing, reading and writing: every line gives what PyTorch gives, errors included."""

from __future__ import annotations

import itertools

import pytest

from tests.tensor.peer import compare, lines

peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
pytestmark = pytest.mark.peer

#: What may stand in one place of an index of ``c``, whose shape is (2, 3, 4).
PARTS = [
    "0", "-1", "slice(None)", "slice(1, None)", "slice(None, -1)", "slice(0, 4, 2)", "None", "...", "j[:2] - 1",
    "[0, 1]", "[[0], [1]]", "T.tensor(1)", "T.tensor([0, 1, 1])", "T.tensor([[0, 1], [-1, 0]])", "True", "e",
]  # fmt: skip
INDICES = [
    *PARTS,
    *[", ".join(p) for p in itertools.product(PARTS, repeat=2) if p.count("...") < 2],
    *[
        ", ".join(p)
        for p in itertools.product(["1", "slice(1)", "[0, 1]", "None", "T.tensor([[0], [1]])", "..."], repeat=3)
        if p.count("...") < 2
    ],
]

READS = """
a[m]
a[m, ]
a[n]
a[n, 1]
a[n, :2]
a[n, [0, 1]]
a[:, m[0]]
c[:, m]
c[..., m[0]]
c[m]
c[:, n, [0, 3]]
a[u8[:, :1] > 100]
a[3]
a[0, 0, 0]
a[[0, 3]]
a[0.5]
a["x"]
a[T.tensor([0.5])]
a[m[:2]]
a[::-1]
a[j]
a[j, j]
a[j[:, None], j]
a[j, :, None]
a[None, j]
c[j[:2] * 0, :, j[:2]]
c[0, :, j]
c[:, 0, j]
c[0, j]
c[j[0] * 0]
c[0, j[0]]
s[...]
s[None]
s[()]
s[True]
s[False]
s[0]
v[T.tensor(True)]
a[True]
a[False]
a[[True, False, True]]
a[(0, 1)]
a[(0, 1), ]
a[range(2)]
a[e]
a[T.tensor(2), T.tensor(-1)]
a[i.abs() % 3]
a[i32.abs() % 3]
a[u8 % 2]
v[j]
v[-j]
z[n[:0]]
a[a > 0]
a[a > 100]
"""

FUNCTIONS = """
T.gather(a, 0, l)
T.gather(a, 1, l)
a.gather(dim=1, index=l[:, :2])
a.gather(1, l[:1])
a.gather(0, l + 3)
a.gather(0, j)
a.gather(1, l.double())
s.gather(0, T.tensor(0))
s.gather(0, T.tensor([0, 0]))
v.gather(0, T.tensor(1))
a.gather(0, l - 3)
a.gather(0, l[:0])
T.take_along_dim(a, l, 1)
T.take_along_dim(a, l)
T.take_along_dim(a, l[:1], dim=0)
a.take_along_dim(a.argsort(1), dim=1)
T.take(a, j)
a.take(l)
a.take(-l - 1)
a.take(j + 10)
T.index_select(a, 0, j)
T.index_select(a, 1, index=j)
a.index_select(dim=0, index=T.tensor(1))
a.index_select(0, j + 1)
a.index_select(0, l)
a.index_select(0, j.double())
s.index_select(0, T.tensor([0]))
T.scatter(a, 1, l, a * 2)
T.scatter(a, 1, T.tensor([[0, 1], [2, 3]]), f32.double()[:, :2])
T.scatter(a, 0, l[:1], 7.0)
a.scatter(0, l[:1], value=7)
a.scatter(0, l[:1], src=a)
a.scatter(1, l, b[:3, :4])
a.scatter(1, l + 3, a)
a.scatter(1, l, a[:, :2])
a.scatter(1, l, f32)
a.scatter(1, l[:1], a, reduce="add")
a.scatter(1, l[:1], 3.0, reduce="multiply")
a.scatter(1, l[:1], a, reduce="x")
a.clone().scatter_(1, l[:1], 1.5)
a.clone().scatter_(1, l[:1], a)
T.scatter_add(a, 1, l, a)
a.scatter_add(0, l[:2, :2], a)
a.scatter_add(0, l + 3, a)
a.clone().scatter_add_(0, l, a)
a.scatter_add(1, l, i)
T.scatter_reduce(a, 1, l, a, "sum")
(a * m).scatter_reduce(0, l, a, "prod")
a.scatter_reduce(0, l, a * m, "prod")
(a * m).scatter_reduce(0, l, a * m, "prod", include_self=False)
a.scatter_reduce(0, l, a.round(), "amax")
v.scatter_reduce(0, j, w.detach() * 0 + 9, "mean")
T.scatter_reduce(a, 1, l, a, reduce="prod")
T.scatter_reduce(a, 1, l, a, "mean")
T.scatter_reduce(a, 1, l, a, "amax")
T.scatter_reduce(a, 1, l, a, "amin")
a.scatter_reduce(0, l, a * 3, "sum", include_self=False)
a.scatter_reduce(0, l, a * 3, "prod", include_self=False)
a.scatter_reduce(0, l, a * 3, "mean", include_self=False)
a.scatter_reduce(0, l, a * 3, "amax", include_self=False)
a.scatter_reduce(0, l, a * 3, "amin", include_self=False)
a.clone().scatter_reduce_(0, l, a, "mean")
a.scatter_reduce(0, l, a, "median")
i.scatter_reduce(0, l, i, "mean")
i.scatter_reduce(0, l, i, "amax", include_self=False)
T.index_add(a, 0, j, a)
T.index_add(a, 1, j, q[:3, :3], alpha=2)
a.index_add(dim=0, index=j, source=a)
a.clone().index_add_(0, j, a, alpha=-1)
a.index_add(0, j, q)
a.index_add(0, j + 2, a)
i.index_add(0, j, i)
a.index_add(0, j, i)
v.index_add(0, j, w)
T.index_copy(a, 0, T.tensor([2, 0]), a[:2])
a.index_copy(1, j[:2], a[:, :2] * 3)
a.clone().index_copy_(0, T.tensor([1]), a[:1] * 2)
a.index_copy(0, j[:2], q)
a.index_copy(0, T.tensor([3]), a[:1])
T.index_fill(a, 0, j, 7.0)
a.index_fill(dim=1, index=j, value=2)
a.index_fill(0, j, s.detach())
a.clone().index_fill_(0, j, -1)
a.index_fill(0, j + 1, 1)
i.index_fill(0, j, 3)
T.index_reduce(a, 0, j, a * 2, "prod")
a.index_reduce(0, j, a * 2, "mean")
a.index_reduce(0, j, a * 2, "amax")
a.index_reduce(0, j, a * 2, "amin", include_self=False)
a.index_reduce(1, j, a[:, :3] * 2, "mean", include_self=False)
a.index_reduce(0, j, a, "sum")
T.index_put(a, (j,), v)
T.index_put(a, (j, j), w, accumulate=True)
a.index_put((m,), s)
a.index_put([j[:, None], j[:2]], T.ones(3, 2, dtype=T.float64))
a.clone().index_put_((j,), a, accumulate=True)
a.index_put((j,), b)
a.index_put((None, j), w[:, None])
a.index_put((j,), i)
T.masked_fill(a, m, 3.0)
a.masked_fill(m[0], 1)
a.masked_fill(m, s)
a.masked_fill(mask=m, value=-1)
a.masked_fill(i, 1.0)
a.masked_fill(m, v)
a.masked_fill(m[:2], 1.0)
i.masked_fill(m, 3)
i.masked_fill(m, 2.5)
v.masked_fill(m, 0.0)
a.clone().masked_fill_(m, s)
v.clone().masked_fill_(m, 0.0)
T.masked_select(a, m)
a.masked_select(m[0])
v.masked_select(m)
a.masked_select(i)
T.masked_scatter(a, m, a * 2)
a.masked_scatter(m[0], a)
a.clone().masked_scatter_(m, q)
a.masked_scatter(m, u)
v.masked_scatter(m, a)
a.clone().put_(j, w)
a.clone().put_(j, w, accumulate=True)
T.put(a, j, w)
a.put(j - 12, w, accumulate=True)
a.put(j, v)
a.put(j + 10, w)
T.where(m, a, 0.0)
T.where(m, 1, 0)
T.where(m, 1.0, 0)
T.where(m, a, i)
T.where(m, f32[0, 0], a)
T.where(a > 0, a, a * 2)
T.where(m)
T.where(i)
T.where(m, i, 2.5)
T.where(m[0], a, w[:, None])
T.where(i, a, a)
T.where(m, a, b)
a.where(m, 0.0)
a.where(m, q[:3])
T.nonzero(m)
T.nonzero(a)
T.nonzero(i, as_tuple=True)
i.nonzero(as_tuple=True)
s.nonzero()
s.nonzero(as_tuple=True)
T.argwhere(i)
m.argwhere()
T.tril(a)
T.triu(c, diagonal=1)
i.tril(-1)
m.triu()
T.tril(v)
a.fill_diagonal_(1.0)
q.clone().fill_diagonal_(2.0)
a.clone().t().contiguous().fill_diagonal_(3.0, wrap=True)
q.clone().fill_diagonal_(s)
v.clone().fill_diagonal_(1.0)
(T.tensor(3) in i, 77 in i)
T.select(a, 1, T.tensor(2))
a.narrow(0, T.tensor(1), 1)
"""


def _source(shape: str) -> str:
    return {"number": "7.0", "row": "c[0, 0].detach() * 0 + w[0].detach()"}[shape]


def _write(target: str, index: str, value: str) -> str:
    """The tensor after ``target[index] = value``, as one expression."""
    return f"(lambda x: (x.__setitem__(({index},), {value}), x)[1])({target}.clone())"


@pytest.mark.parametrize("index", INDICES)
def test_reading_by_every_kind_of_index(index: str) -> None:
    compare(peer, f"c[({index},)]")


@pytest.mark.parametrize("index", INDICES)
def test_writing_by_every_kind_of_index(index: str) -> None:
    compare(peer, _write("c", index, "7.0"), alias=False)
    if "[" not in index and "j" not in index:  # which of several values wins is open where indices repeat
        compare(peer, _write("c", index, "s * 2"), alias=False)


@pytest.mark.parametrize("expression", lines(READS))
def test_reading(expression: str) -> None:
    compare(peer, expression)


WRITES = """
a | m | 1.5
a | m | s
a | m | a[m]
a | m | w
a | n | v
a | n, 1 | w[:2]
a | n | w
a | 0 | v
a | 0 | w
a | slice(None), 1 | w
a | slice(None), slice(None, None, 2) | u
a | ... | v
a | ..., 0 | w
a | j[:2] | v
a | j[:2], [0, 3] | T.tensor([1.0, 2.0], dtype=T.float64)
a | T.tensor([0, 1])[:, None], T.tensor([1, 3]) | q[:2, :2]
a | None, 0 | v
a | 0 | i[0]
i | 0 | 2.7
i | 0 | v
a | 5 | 1.0
a | [0, 5] | 1.0
a | m[:2] | 1.0
s | ... | 3.0
s | () | 3.0
c | 0, j[:2] | a[:2]
c | slice(None), [0, 1], [1, 2] | T.ones(2, 2, dtype=T.float64)
c | [0, 1], slice(None), [1, 2] | T.ones(2, 3, dtype=T.float64)
c | [0, 1], slice(None), [1, 2] | T.ones(3, 2, dtype=T.float64)
c | m | 1.0
c | slice(None), m | w[0]
a | e | 1.0
a | True | 2.0
a | False | 2.0
a | slice(1, 1) | 2.0
m | 0 | True
m | m | False
u8 | 0 | 300 - 45
a | slice(0, 2) | f32[:, :1]
"""


@pytest.mark.parametrize("row", lines(WRITES))
def test_writing(row: str) -> None:
    target, index, value = [part.strip() for part in row.split(" | ")]
    compare(peer, _write(target, index, value) if index != "()" else _write(target, "...", value), alias=False)


@pytest.mark.parametrize("expression", lines(FUNCTIONS))
def test_functions(expression: str) -> None:
    compare(peer, expression)
