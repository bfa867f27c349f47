"""Inverses, factorisations and functions of matrices: what computes them, and their derivatives beside it.

A factorisation has several results. Where gradients are recorded, they are computed as one flat array, one part after
another, of which the results are views: one node, whose derivative sees the gradients of all parts. `PARTS` has what
computes the parts, `SHAPES` their shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from pytorch_from_lua.autograd.rule import define
from pytorch_from_lua.kernels import linalg
from pytorch_from_lua.kernels.linalg import checked
from pytorch_from_lua.kernels.namespace import namespace
from pytorch_from_lua.kernels.sums import extreme

#: Factorisations by name: the function that computes the parts of the result as arrays.
PARTS: dict[str, Callable[..., tuple[Any, ...]]] = {}
#: The shapes of the parts, from the shape of the input and the parameters.
SHAPES: dict[str, Callable[..., tuple[tuple[int, ...], ...]]] = {}


def _t(n: Any, x: Any) -> Any:
    return n.transpose(x, dim0=-2, dim1=-1)


def _rows(n: Any, v: Any) -> Any:
    """(..., k) as (..., 1, k): a factor for each column of a matrix."""
    return n.unsqueeze(v, dim=-2)


def _columns(n: Any, v: Any) -> Any:
    """(..., k) as (..., k, 1): a factor for each row of a matrix."""
    return n.unsqueeze(v, dim=-1)


def _diagonal_part(n: Any, x: Any) -> Any:
    return n.triu(n.tril(x))


def _off_diagonal(n: Any, x: Any) -> Any:
    return n.tril(x, diagonal=-1) + n.triu(x, diagonal=1)


def _embedded(n: Any, v: Any) -> Any:
    ndim = len(v.shape)
    return n.diag_embed(v, offset=0, dim1=ndim - 1, dim2=ndim)


# The unit matrices of the shape of ``x`` (..., n, n), for derivatives that need them whatever ``x`` is.
define("unit_like", lambda xp, x: xp.broadcast_to(xp.eye(x.shape[-1], dtype=x.dtype), x.shape))


# -- one result ------------------------------------------------------------------------------------------------------


def _inv_x(n: Any, g: Any, r: Any) -> Any:
    rt = _t(n, r)
    return -n.matmul(n.matmul(rt, g), rt)


def _solve_x(n: Any, g: Any, x: Any, r: Any) -> Any:
    return -n.matmul(n.solve(_t(n, x), g), _t(n, r))


def _triangle(n: Any, x: Any, upper: bool, unitriangular: bool) -> Any:
    part = int(unitriangular)
    return n.triu(x, diagonal=part) if upper else n.tril(x, diagonal=-part)


def _solve_triangular(xp: Any, x: Any, y: Any, *, upper: bool, unitriangular: bool) -> Any:
    a = xp.triu(x) if upper else xp.tril(x)
    if unitriangular:
        a = xp.where(xp.eye(x.shape[-1], dtype=bool), xp.ones((), x.dtype), a)
    return linalg.solve_triangular(xp, a, y, upper)


def _solve_triangular_y(n: Any, g: Any, x: Any, *, upper: bool, unitriangular: bool) -> Any:
    return n.solve_triangular(_t(n, x), g, upper=not upper, unitriangular=unitriangular)


def _solve_triangular_x(n: Any, g: Any, x: Any, r: Any, *, upper: bool, unitriangular: bool) -> Any:
    gy = _solve_triangular_y(n, g, x, upper=upper, unitriangular=unitriangular)
    return _triangle(n, -n.matmul(gy, _t(n, r)), upper, unitriangular)


def _whole(n: Any, g: Any) -> Any:
    """(...,) as (..., 1, 1)."""
    return n.unsqueeze(n.unsqueeze(g, dim=-1), dim=-1)


def _slogdet(xp: Any, x: Any) -> tuple[Any, Any]:
    sign, logarithm = xp.linalg.slogdet(x)
    return xp.asarray(logarithm, x.dtype), xp.asarray(sign, x.dtype)


def _cholesky_x(n: Any, g: Any, r: Any) -> Any:
    # Murray 2016, "Differentiation of the Cholesky decomposition".
    inner = n.tril(n.matmul(_t(n, r), n.tril(g)))
    inner = inner - _diagonal_part(n, inner) * 0.5
    left = n.solve_triangular(_t(n, r), inner, upper=True, unitriangular=False)
    whole = _t(n, n.solve_triangular(_t(n, r), _t(n, left), upper=True, unitriangular=False))
    return (whole + _t(n, whole)) * 0.5


def _pinv(xp: Any, x: Any, *, atol: float, rtol: float) -> Any:
    u, s, v = checked(xp, "pinv", xp.linalg.svd, x, full_matrices=False)
    least = xp.maximum(atol, rtol * extreme("maximum", s, -1, True, 0.0))
    inverse = xp.where(s > least, 1 / xp.where(s > least, s, 1), 0).astype(x.dtype)
    return xp.matmul(v.swapaxes(-1, -2) * inverse[..., None, :], u.swapaxes(-1, -2))


def _pinv_x(n: Any, g: Any, x: Any, r: Any, *, atol: float, rtol: float) -> Any:
    # Golub and Pereyra 1973: dP = -P dA P + P P^T dA^T (1 - A P) + (1 - P A) dA^T P^T P.
    rt, gt = _t(n, r), _t(n, g)
    first = n.matmul(n.matmul(gt, r), rt)
    second = n.matmul(rt, n.matmul(r, gt))
    first = first - n.matmul(x, n.matmul(r, first))
    second = second - n.matmul(n.matmul(second, r), x)
    return first + second - n.matmul(n.matmul(rt, g), rt)


def _matrix_exp_x(n: Any, g: Any, x: Any) -> Any:
    # Mathias 1996: exp([[A^T, G], [0, A^T]]) has the derivative in its corner.
    xt = _t(n, x)
    size = xt.shape[-1]
    top, bottom = n.cat(xt, g, dim=-1), n.cat(xt * 0, xt, dim=-1)
    whole = n.matrix_exp(n.cat(top, bottom, dim=-2))
    return n.narrow(n.narrow(whole, dim=-2, start=0, length=size), dim=-1, start=size, length=size)


define("inv", lambda xp, x: checked(xp, "inv", xp.linalg.inv, x), ("r", _inv_x))
define(
    "solve",
    lambda xp, x, y: checked(xp, "solve", xp.linalg.solve, x, y),
    ("x r", _solve_x),
    ("x", lambda n, g, x: n.solve(_t(n, x), g)),
    same=True,
)
define("solve_triangular", _solve_triangular, ("x r", _solve_triangular_x), ("x", _solve_triangular_y), same=True)
define(
    "det",
    lambda xp, x: xp.asarray(xp.linalg.det(x), x.dtype),
    ("x", lambda n, g, x: _whole(n, g) * n.cofactor(x)),
)
define(
    "cofactor",
    lambda xp, x: linalg.cofactor(xp, x),
    ("x", lambda n, g, x: linalg.cofactor_backward(n.xp, x, g)),
    order=1,
)
define("slogdet", _slogdet, ("x", lambda n, g, x: _whole(n, g) * _t(n, n.inv(x))), extra="output")
define("cholesky", lambda xp, x: checked(xp, "cholesky", xp.linalg.cholesky, x), ("r", _cholesky_x))
define("pinv", _pinv, ("x r", _pinv_x))
define("matrix_exp", lambda xp, x: linalg.expm(xp, x), ("x", _matrix_exp_x))


def _lu_x(n: Any, g: Any, r: Any, e: Any) -> Any:
    """From ``A = P L U`` by parts, for any m and n: a wide U2 = L^-1 A2 and a tall L2 = A2 U^-1 add to the rest."""
    m, columns = r.shape[-2:]
    k = min(m, columns)

    def corner(v: Any, row: int, height: int, column: int, width: int) -> Any:
        return n.narrow(n.narrow(v, dim=-2, start=row, length=height), dim=-1, start=column, length=width)

    lower = corner(r, 0, k, 0, k)  # L1 below its diagonal, U1 from it on
    gl, gu = n.tril(corner(g, 0, k, 0, k), diagonal=-1), n.triu(corner(g, 0, k, 0, k))
    unit = n.tril(lower, diagonal=-1) + n.unit_like(lower)
    low = n.matmul(_t(n, unit), gl)
    up = n.matmul(gu, _t(n, n.triu(lower)))

    def back_l(v: Any) -> Any:  # L1^-T v
        return n.solve_triangular(_t(n, lower), v, upper=True, unitriangular=True)

    def back_u(v: Any) -> Any:  # v U1^-T
        return _t(n, n.solve_triangular(lower, _t(n, v), upper=True, unitriangular=False))

    wide, tall = columns > k, m > k
    if wide:
        gu2 = corner(g, 0, k, k, columns - k)
        low = low - n.matmul(gu2, _t(n, corner(r, 0, k, k, columns - k)))
    if tall:
        gl2 = corner(g, k, m - k, 0, k)
        up = up - n.matmul(_t(n, corner(r, k, m - k, 0, k)), gl2)
    result = back_u(back_l(n.tril(low, diagonal=-1) + n.triu(up)))
    if wide:
        result = n.cat(result, back_l(gu2), dim=-1)
    if tall:
        result = n.cat(result, back_u(gl2), dim=-2)
    dtype = getattr(r.dtype, "numpy", r.dtype)
    return n.matmul(linalg.permutation(namespace(e), e, m, dtype), result)


define("lu_factor", lambda xp, x: linalg.lu(xp, x), ("r e", _lu_x), extra="output")


# -- several results -------------------------------------------------------------------------------------------------


def _split(n: Any, flat: Any, shapes: tuple[tuple[int, ...], ...]) -> list[Any]:
    parts, start = [], 0
    for shape in shapes:
        size = prod(shape)
        parts.append(n.reshape(n.narrow(flat, dim=0, start=start, length=size), shape=shape))
        start += size
    return parts


def _define_parts(name: str, forward: Callable[..., Any], shapes: Callable[..., Any], derivative: Any) -> None:
    """A factorisation: ``derivative(n, gradients of the parts, parts, x, **params)``."""

    def flat(xp: Any, x: Any, **params: Any) -> Any:
        return xp.concatenate([part.reshape(-1) for part in forward(xp, x, **params)])

    def of_x(n: Any, g: Any, x: Any, r: Any, **params: Any) -> Any:
        sizes = shapes(x.shape, **params)
        return derivative(n, _split(n, g, sizes), _split(n, r, sizes), x, **params)

    PARTS[name], SHAPES[name] = forward, shapes
    define(name, flat, ("x r", of_x))


def _square(shape: tuple[int, ...], **params: Any) -> tuple[tuple[int, ...], ...]:
    return shape[:-1], shape


def _eigh_x(n: Any, g: Any, parts: Any, x: Any, *, upper: bool) -> Any:
    values, vectors = parts
    inner = n.matmul(_t(n, vectors), g[1])
    gaps = _rows(n, values) - _columns(n, values) + n.unit_like(inner)
    inner = _off_diagonal(n, inner / gaps)
    # Only one triangle was read; both share its gradient.
    inner = (inner + _t(n, inner)) * 0.5 + _embedded(n, g[0])
    return n.matmul(n.matmul(vectors, inner), _t(n, vectors))


def _eig_x(n: Any, g: Any, parts: Any, x: Any) -> Any:
    values, vectors = parts
    vt = _t(n, vectors)
    inner = n.matmul(vt, g[1])
    # Vectors keep the length 1: what would lengthen them does not count.
    inner = inner - n.matmul(n.matmul(vt, vectors), _diagonal_part(n, inner))
    gaps = _rows(n, values) - _columns(n, values) + n.unit_like(inner)
    inner = _off_diagonal(n, inner / gaps) + _embedded(n, g[0])
    return n.solve(vt, n.matmul(inner, vt))


def _svd(xp: Any, x: Any, *, full: bool) -> Any:
    return checked(xp, "svd", xp.linalg.svd, x, full_matrices=full)


def _svd_shapes(shape: tuple[int, ...], *, full: bool) -> tuple[tuple[int, ...], ...]:
    *batch, m, n = shape
    k = min(m, n)
    return (*batch, m, m if full else k), (*batch, k), (*batch, n if full else k, n)


def _svd_x(n: Any, g: Any, parts: Any, x: Any, *, full: bool) -> Any:
    # Townsend 2016, "Differentiating the singular value decomposition"; of full U and V only the first k count.
    m, columns = x.shape[-2:]
    k = min(m, columns)
    gu, gv = (n.narrow(g[0], dim=-1, start=0, length=k), n.narrow(g[2], dim=-2, start=0, length=k))
    u, v = (n.narrow(parts[0], dim=-1, start=0, length=k), n.narrow(parts[2], dim=-2, start=0, length=k))
    s = parts[1]
    turn_u, turn_v = n.matmul(_t(n, u), gu), n.matmul(v, _t(n, gv))
    squares = s * s
    gaps = _rows(n, squares) - _columns(n, squares) + n.unit_like(turn_u)
    inner = (turn_u - _t(n, turn_u)) / gaps * _rows(n, s) + _columns(n, s) * ((turn_v - _t(n, turn_v)) / gaps)
    result = n.matmul(n.matmul(u, inner + _embedded(n, g[1])), v)
    if m > k:
        result = result + n.matmul((gu - n.matmul(u, turn_u)) / _rows(n, s), v)
    if columns > k:
        result = result + n.matmul(u, (gv - n.matmul(n.matmul(gv, _t(n, v)), v)) / _columns(n, s))
    return result


def _svdvals_x(n: Any, g: Any, x: Any) -> Any:
    m, columns = x.shape[-2:]
    k = min(m, columns)
    shapes = _svd_shapes(tuple(x.shape), full=False)
    u, _, v = _split(n, n.svd(x, full=False), shapes)
    return n.matmul(u * _rows(n, g), v) if k else x * 0


define("svdvals", lambda xp, x: checked(xp, "svdvals", xp.linalg.svd, x, compute_uv=False), ("x", _svdvals_x))


def _qr(xp: Any, x: Any, *, mode: str) -> Any:
    return checked(xp, "qr", xp.linalg.qr, x, mode=mode)


def _qr_shapes(shape: tuple[int, ...], *, mode: str) -> tuple[tuple[int, ...], ...]:
    *batch, m, n = shape
    k = m if mode == "complete" else min(m, n)
    return (*batch, m, k), (*batch, k, n)


def _qr_x(n: Any, g: Any, parts: Any, x: Any, *, mode: str) -> Any:
    # Walter and Lehmann 2013, "Algorithmic differentiation of linear algebra functions"; Liao and others 2019 for wide.
    (gq, gr), (q, r) = g, parts
    m, columns = x.shape[-2:]
    if columns <= m:
        return _qr_square(n, gq, gr, q, r)
    rest = n.narrow(x, dim=-1, start=m, length=columns - m)
    gr1, gr2 = (n.narrow(gr, dim=-1, start=0, length=m), n.narrow(gr, dim=-1, start=m, length=columns - m))
    part = _qr_square(n, gq + n.matmul(rest, _t(n, gr2)), gr1, q, n.narrow(r, dim=-1, start=0, length=m))
    return n.cat(part, n.matmul(q, gr2), dim=-1)


def _qr_square(n: Any, gq: Any, gr: Any, q: Any, r: Any) -> Any:
    inner = n.matmul(r, _t(n, n.triu(gr))) - n.matmul(_t(n, gq), q)
    lower = n.tril(inner, diagonal=-1)
    left = gq + n.matmul(q, lower + _t(n, lower) + _diagonal_part(n, inner))
    return _t(n, n.solve_triangular(r, _t(n, left), upper=True, unitriangular=False))


_define_parts(
    "eigh",
    lambda xp, x, *, upper: tuple(checked(xp, "eigh", xp.linalg.eigh, x, UPLO="U" if upper else "L")),
    _square,
    _eigh_x,
)
_define_parts("eig", linalg.real_eig, _square, _eig_x)
_define_parts("svd", _svd, _svd_shapes, _svd_x)
_define_parts("qr", _qr, _qr_shapes, _qr_x)
