"""Special functions, element by element: scipy's, with PyTorch's answers where the two differ at the edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytorch_from_lua.kernels.namespace import Array, namespace
from pytorch_from_lua.kernels.scientific import package


def _special(name: str, edge: Callable[[Any, Array, Array], Array] | None = None) -> Callable[[Array], Array]:
    """Return scipy's function of one array as one that keeps the element type."""

    def function(x: Array) -> Array:
        xp = namespace(x)
        y = getattr(package(xp, "special"), name)(x)
        return xp.asarray(y if edge is None else edge(xp, x, y)).astype(x.dtype, copy=False)

    function.__name__ = name
    return function


erf = _special("erf")
erfc = _special("erfc")
erfinv = _special("erfinv", lambda xp, x, y: xp.where(x == 0, x, y))  # -0 keeps its sign
lgamma = _special("gammaln", lambda xp, x, y: xp.where(xp.isinf(x), xp.inf, y))
digamma = _special("digamma")
i0 = _special("i0")
i1 = _special("i1")
erfcx = _special("erfcx")
log_ndtr = _special("log_ndtr")
ndtri = _special("ndtri")


def polygamma(x: Array, n: int) -> Array:
    """Return the derivative of order ``n`` of `digamma`, infinite at 0, -1, -2, ...

    >>> import numpy as np
    >>> bool(np.isclose(polygamma(np.ones(1), 1)[0], np.pi**2 / 6))
    True
    """
    if n == 0:
        return digamma(x)
    xp = namespace(x)
    return xp.asarray(package(xp, "special").polygamma(xp.asarray(n), x)).astype(x.dtype, copy=False)
