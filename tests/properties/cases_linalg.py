"""Rows of products of matrices and vectors. Sums of quarters are exact, so BLAS may add in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pytorch_from_lua.tensor.geometry import Geometry
from tests.properties.operands import NUMBERS, Operand, narrower, operands
from tests.properties.table import Call, row

Array = np.ndarray[Any, Any]


@st.composite
def _products(draw: Any, *shapes: str, scaled: bool = False) -> Call:
    """Draws tensors whose sizes are named by letters; the first of three may broadcast."""
    sizes = {letter: draw(st.integers(0, 4)) for letter in sorted(set("".join(shapes)))}
    dtype = (draw(st.sampled_from(NUMBERS)),)
    wanted = [tuple([sizes[letter] for letter in shape]) for shape in shapes]
    if scaled:
        wanted[0] = narrower(wanted[0], draw(st.binary(min_size=6, max_size=6)))
    drawn = [draw(operands(dtype, "grid", shape=shape)) for shape in wanted]
    if not scaled:
        return Call(*drawn)
    factors = st.sampled_from([1, 2, 0] if drawn[0].dtype.kind != "f" else [1, 2, 0, 0.5])
    return Call(*drawn, beta=draw(factors), alpha=draw(factors))


def _added(product: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    def reference(x: Array, y: Array, z: Array, beta: float, alpha: float) -> Array:
        kind = x.dtype.type
        return kind(beta) * x + kind(alpha) * product(y, z)

    return reference


row("mm", _products("nk", "km"), np.matmul, zero_sign=False)
row("bmm", _products("bnk", "bkm"), np.matmul, zero_sign=False)
row("mv", _products("nk", "k"), np.matmul, zero_sign=False)
row("dot", _products("k", "k"), np.dot, zero_sign=False)
row("outer", _products("n", "m"), np.outer)
row("ger", _products("n", "m"), np.outer)
for _name in ("matmul", "__matmul__"):
    for _shapes in (("nk", "km"), ("k", "k"), ("nk", "k"), ("k", "km"), ("bnk", "km"), ("nk", "bkm"), ("abnk", "bkm")):
        row(_name, _products(*_shapes), np.matmul, zero_sign=False, id="-".join(_shapes))
row("addmm", _products("nm", "nk", "km", scaled=True), _added(np.matmul), zero_sign=False)
row("addmv", _products("n", "nk", "k", scaled=True), _added(np.matmul), zero_sign=False)
row("addr", _products("nm", "n", "m", scaled=True), _added(np.outer), zero_sign=False)
row("baddbmm", _products("bnm", "bnk", "bkm", scaled=True), _added(np.matmul), zero_sign=False)
row(
    "addbmm",
    _products("nm", "bnk", "bkm", scaled=True),
    _added(lambda y, z: np.matmul(y, z).sum(0)),
    zero_sign=False,
)

# -- sums of products ------------------------------------------------------------------------------------------------

for _equation in ("ij,jk->ik", "ii->i", "ij->ji", "bij,bj->bi", "i,j->ij", "ij,ij->"):
    _operands = _equation.partition("->")[0].split(",")
    row(
        "einsum",
        _products(*_operands).map(lambda call, equation=_equation: Call(equation, *call.args)),
        lambda equation, *xs: np.einsum(equation, *xs, dtype=xs[0].dtype),
        zero_sign=False,
        memory="maybe",
        forms="function",
        id=_equation,
    )
row("tensordot", _products("nk", "km").map(lambda call: Call(*call.args, 1)), np.tensordot, zero_sign=False,
    forms="function")  # fmt: skip
row("inner", _products("nk", "mk"), np.inner, zero_sign=False)
row("vdot", _products("k", "k"), np.vdot, zero_sign=False)
row("kron", _products("nk", "mj"), np.kron)
row("trace", operands(NUMBERS, "grid", ndim=(2, 2)).map(Call), np.trace, result="accumulate", zero_sign=False)
row("chain_matmul", _products("nk", "km", "mj"), lambda x, y, z: x @ y @ z, zero_sign=False, forms="function")


@st.composite
def _crossed(draw: Any) -> Call:
    dtype = (draw(st.sampled_from(NUMBERS)),)
    shape = (draw(st.integers(0, 3)), 3)
    return Call(*[draw(operands(dtype, "grid", shape=shape)) for _ in range(2)], dim=-1)


row("cross", _crossed(), lambda x, y, dim: np.cross(x, y, axis=dim), zero_sign=False)
row(
    "cdist",
    _products("nk", "mk").filter(lambda call: call.args[0].dtype == "float64"),
    lambda x, y: np.sqrt(((x[:, None] - y) ** 2).sum(-1)),
    ulps=64,
    least=1,
    forms="function",
    gradient=False,  # at the origin it has several
)


@st.composite
def _two_rows(draw: Any) -> Call:
    shape = (draw(st.integers(0, 3)), draw(st.integers(1, 3)))
    return Call(*[draw(operands(("float64",), "grid", shape=shape)) for _ in range(2)])


def _lengths(x: Any) -> Any:
    return np.maximum(np.sqrt((x * x).sum(1)), 1e-8)


row(
    "cosine_similarity",
    _two_rows(),
    lambda x, y: (x * y).sum(1) / (_lengths(x) * _lengths(y)),
    ulps=64,
    least=1,
    forms="function",
    gradient=False,  # where a row is 0 it has several
    zero_sign=False,
)
row(
    "pairwise_distance",
    _two_rows(),
    lambda x, y: np.sqrt(((x - y + 1e-6) ** 2).sum(1)),
    ulps=64,
    least=1,
    forms="function",
)
row(
    "pdist",
    _two_rows().map(lambda call: Call(call.args[0])),
    lambda x: np.sqrt(((x[:, None] - x) ** 2).sum(-1))[np.triu_indices(len(x), 1)],
    ulps=64,
    least=1,
    forms="function",
    gradient=False,
)

# -- one matrix ------------------------------------------------------------------------------------------------------


@st.composite
def _matrices(draw: Any, symmetric: bool = False, most: int = 3) -> Call:
    """Draws a view of a matrix whose diagonal is larger than the rest, and a stack of them now and then."""
    n = draw(st.integers(1, most))
    shape = (2, n, n) if draw(st.booleans()) else (n, n)
    o = draw(operands(("float64",), "unit", shape=shape))
    values = o.array() / 4 + 3 * np.eye(n)
    if symmetric:
        values = (values + values.swapaxes(-1, -2)) / 2
    turned = draw(st.booleans())
    memory = np.concatenate([[0.0, 0.0], (values.swapaxes(-1, -2) if turned else values).reshape(-1)])
    stride = [n * n, 1, n] if turned else [n * n, n, 1]
    return Call(Operand(memory, Geometry(2, shape, tuple(stride[-len(shape) :]))))


row("det", _matrices(), np.linalg.det, ulps=64, least=1)
row("logdet", _matrices(), lambda x: np.log(np.linalg.det(x)), ulps=64, least=1)
row("slogdet", _matrices(), lambda x: tuple(np.linalg.slogdet(x)), ulps=64, least=1, gradient=False)
row("inverse", _matrices(), np.linalg.inv, ulps=64, least=1)
row("pinverse", _matrices(), np.linalg.pinv, ulps=256, least=1, gradient=False)
row("cholesky", _matrices(symmetric=True), np.linalg.cholesky, ulps=64, least=1)
row(
    "cholesky_inverse",
    _matrices(),
    lambda x: np.linalg.inv(np.tril(x) @ np.tril(x).swapaxes(-1, -2)),
    ulps=256,
    least=1,
    gradient=False,
)
for _power in (0, 1, 2, 3, -1):
    row(
        "matrix_power",
        _matrices().map(lambda call, n=_power: Call(*call.args, n)),
        np.linalg.matrix_power,
        ulps=64,
        least=1,
        memory="maybe",
        gradient=_power != 0,
        id=str(_power),
    )


def _exponential(x: Array) -> Array:
    """The series, of a matrix halved ten times, squared ten times."""
    small, found = x / 1024, np.zeros_like(x) + np.eye(x.shape[-1])
    term = found
    for n in range(1, 20):
        term = term @ small / n
        found = found + term
    for _ in range(10):
        found = found @ found
    return found


row("matrix_exp", _matrices(), _exponential, ulps=2**16, least=1)
row(
    "qr",
    _matrices(),
    lambda x: tuple(np.linalg.qr(x)),
    ulps=256,
    least=1,
    gradient=False,
)


@st.composite
def _systems(draw: Any) -> Call:
    a = draw(_matrices()).args[0]
    b = draw(operands(("float64",), "grid", shape=(*a.shape[:-1], 2)))
    return Call(b, a)


row(
    "triangular_solve",
    _systems(),
    lambda b, a: (np.linalg.solve(np.triu(a), b), a),
    ulps=256,
    least=1,
    gradient=False,
    memory="maybe",
)
row(
    "cholesky_solve",
    _systems(),
    lambda b, a: np.linalg.solve(np.tril(a) @ np.tril(a).swapaxes(-1, -2), b),
    ulps=256,
    least=1,
    gradient=False,
)
