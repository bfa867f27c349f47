"""Products of matrices, systems of equations, factorizations."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

PRODUCTS = (
    Row("x * y:t()", "x @ y.t()", "`*` multiplies matrices in Lua"),
    Row("x * v", "x @ v"),
    Row("v * w", "v @ w"),
    Row("v:dot(w)", "v.dot(w)", "of the elements of any two tensors in Lua, of vectors in Python"),
    Row("torch.mm(x, y:t())", "x.mm(y.t())"),
    Row("a:mm(x:t(), y)", "torch.mm(x.t(), y, out=a)", "the receiver takes the result"),
    Row("torch.mv(x, v)", "x.mv(v)"),
    Row("w:mv(a, v)", "torch.mv(a, v, out=w)"),
    Row("torch.ger(v, w)", "torch.outer(v, w)"),
    Row("a:ger(v, w)", "torch.outer(v, w, out=a)"),
    Row("torch.bmm(x:view(1, 3, 4), a:view(1, 4, 4))", "x[None].bmm(a[None])"),
    Row("x.new():bmm(x:view(1, 3, 4), a:view(1, 4, 4))", "torch.bmm(x[None], a[None])"),
    Row(
        "torch.addmm(x, y, a), x:addmm(y, a)",
        "torch.addmm(x, y, a), x.addmm_(y, a)",
    ),
    Row(
        "torch.addmm(0.5, x, 2, y, a), x:addmm(0.5, 2, y, a)",
        "torch.addmm(x, y, a, beta=0.5, alpha=2), x.addmm_(y, a, beta=0.5, alpha=2)",
        "the same two numbers in those below",
    ),
    Row("torch.addmv(v, a, w), v:addmv(a, w)", "torch.addmv(v, a, w), v.addmv_(a, w)"),
    Row("torch.addr(a, v, w), a:addr(v, w)", "torch.addr(a, v, w), a.addr_(v, w)"),
    Row(
        "local p, q = y:view(1, 3, 4), a:view(1, 4, 4); torch.addbmm(x, p, q), x:addbmm(p, q)",
        "torch.addbmm(x, y[None], a[None]), x.addbmm_(y[None], a[None])",
    ),
    Row(
        "local r, p, q = x:view(1, 3, 4), y:view(1, 3, 4), a:view(1, 4, 4); torch.baddbmm(r, p, q), r:baddbmm(p, q)",
        "r = x[None]; torch.baddbmm(r, y[None], a[None]), r.baddbmm_(y[None], a[None])",
    ),
    Row("torch.cross(x, y, 1)", "torch.cross(x, y, 0)", "the first dimension of size 3 where none is given in Lua"),
    Row("torch.match(x, y, 1)", "torch.cdist(x, y) ** 2", "squared distances of rows"),
)

FACTORIZATIONS = (
    Row("torch.inverse(a)", "torch.inverse(a)"),
    Row(
        "torch.gesv(v:view(4, 1), a)",
        "torch.linalg.solve(a, v[:, None]), torch.linalg.lu_factor(a).LU",
        "the matrix comes last in Lua",
    ),
    Row(
        "torch.gels(v:view(4, 1), x:t()):narrow(1, 1, 3)",
        "torch.linalg.lstsq(x.t(), v[:, None]).solution",
        "the first rows are the solution in Lua",
    ),
    Row(
        "(torch.trtrs(x:t(), torch.triu(a)))",
        "torch.linalg.solve_triangular(a.triu(), x.t(), upper=True)",
    ),
    Row("torch.potrf(a)", "torch.linalg.cholesky(a).mT", "the upper factor in Lua, unless told 'L'"),
    Row("torch.potrs(x:t(), torch.potrf(a))", "torch.cholesky_solve(x.t(), torch.linalg.cholesky(a))"),
    Row("torch.potri(torch.potrf(a))", "torch.cholesky_inverse(torch.linalg.cholesky(a))"),
    Row(
        "local u, p = torch.pstrf(a); torch.triu(u), p",
        "u, p, *_ = scipy.linalg.lapack.dpstrf(a.numpy()); (np.triu(u), p)",
    ),
    Row("(torch.symeig(a))", "torch.linalg.eigvalsh(a)"),
    Row("local e, V = torch.symeig(a, 'V'); e, torch.abs(V)", "e, V = torch.linalg.eigh(a); (e, V.abs())"),
    Row(
        "local e = torch.eig(a); e:select(2, 1):sum()",
        "np.linalg.eigvals(a.numpy()).real.sum()",
        "real and imaginary parts in two columns in Lua",
        "torch.linalg.eigvals(a).real.sum()",
    ),
    Row(
        "local u, s, V = torch.svd(x); s, u * torch.diag(s) * V:t()",
        "u, s, Vh = torch.linalg.svd(x, full_matrices=False); (s, u @ s.diag() @ Vh)",
    ),
    Row("local q, r = torch.qr(a); q * r, torch.abs(r)", "q, r = torch.linalg.qr(a); (q @ r, r.abs())"),
    Row("torch.geqrf(a)", "torch.geqrf(a)", "what LAPACK leaves of the matrix, and the factors of its reflections"),
    Row("torch.orgqr(torch.geqrf(a))", "torch.orgqr(*torch.geqrf(a))"),
    Row("local h, t = torch.geqrf(a); torch.ormqr(h, t, x:t())", "h, t = torch.geqrf(a); torch.ormqr(h, t, x.t())"),
)
