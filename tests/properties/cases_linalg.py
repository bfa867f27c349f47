"""Rows of products of matrices and vectors. Sums of quarters are exact, so BLAS may add in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.properties.operands import NUMBERS, narrower, operands
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
