"""Linear algebra: identities that define each result, what PyTorch does not have, and errors that name the argument."""

from __future__ import annotations

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.autograd import gradcheck, gradgradcheck
from pytorch_from_lua.errors import AutogradError, DimensionError, DTypeError, LinAlgError, RangeError, ShapeError

L = torch.linalg
R = np.random.RandomState(5)
A, B = (torch.from_numpy(R.randn(*shape)) for shape in ((4, 4), (3, 5)))
STACK = torch.from_numpy(R.randn(2, 3, 70, 70))
V = torch.arange(3.0)


def close(x, y, tolerance=1e-9):
    np.testing.assert_allclose(np.asarray(x), np.asarray(y), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("shape", [(70, 70), (2, 3, 40, 40), (100, 7), (7, 100), (33, 65), (1, 1), (0, 0), (2, 0, 3)])
def test_lu_gives_the_matrix_back(shape):
    x = torch.from_numpy(R.randn(*shape))
    p, low, up = L.lu(x)
    close(p @ low @ up, x)
    assert float(low.abs().max() if low.numel() else 0) <= 1  # what pivoting is for
    close(low.triu(1).abs().sum() + up.tril(-1).abs().sum(), 0)


def test_identities_hold_for_stacks():
    eye = np.broadcast_to(np.eye(70), STACK.shape)
    q, r = L.qr(STACK)
    u, s, vh = L.svd(STACK)
    spd = STACK @ STACK.mT + torch.eye(70, dtype=torch.float64)
    low = L.cholesky(spd)
    values, vectors = L.eigh(spd)
    for product, whole in (
        (STACK @ L.inv(STACK), eye), (STACK @ L.pinv(STACK), eye), (q @ r, STACK), (q.mT @ q, eye),
        ((u * s[..., None, :]) @ vh, STACK), (low @ low.mT, spd), ((vectors * values[..., None, :]) @ vectors.mT, spd),
        (STACK @ L.solve(STACK, spd), spd), (spd @ torch.cholesky_solve(STACK, low), STACK),
        (STACK @ L.lu_solve(*L.lu_factor(STACK), spd), spd),
    ):  # fmt: skip
        close(product, whole, 1e-7)


def test_exponentials_of_known_matrices():
    turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    for angle in (0.0, 0.1, 1.0, 30.0):
        c, s = np.cos(angle), np.sin(angle)
        close(L.matrix_exp(turn * angle), [[c, -s], [s, c]])
    close(L.matrix_exp(torch.diag(torch.tensor([-50.0, 2.0]))), np.diag(np.exp([-50.0, 2.0])), 1e-5)
    assert L.matrix_exp(torch.zeros(0, 0)).shape == (0, 0)
    assert L.matrix_exp(torch.full((2, 2), float("inf"))).isnan().all()


def test_symmetric_functions_are_differentiated_both_ways():
    x = torch.from_numpy(R.randn(3, 3)).requires_grad_()

    def positive(x):
        return x @ x.mT + torch.eye(3, dtype=torch.float64)

    for function in (
        lambda x: L.cholesky(positive(x)),
        lambda x: L.cholesky(positive(x), upper=True),
        lambda x: L.eigh(positive(x)).eigenvalues,
        lambda x: L.eigh(positive(x), UPLO="U").eigenvectors ** 2,
    ):
        assert gradcheck(function, [x])
        assert gradgradcheck(function, [x], atol=1e-4)


def test_eigenvalues_are_real_or_an_error():
    values, vectors = L.eig(torch.tensor([[2.0, 1.0], [1.0, 2.0]]))
    assert sorted(values.tolist()) == pytest.approx([1, 3])
    close(vectors.norm(dim=0), [1, 1], 1e-6)
    with pytest.raises(LinAlgError, match="eig: an eigenvalue is not real"):
        L.eigvals(torch.tensor([[0.0, -1.0], [1.0, 0.0]]))


def test_singular_matrices_are_counted():
    stack = torch.stack([torch.eye(2), torch.zeros(2, 2)])
    inverse, info = L.inv_ex(stack)
    assert info.tolist() == [0, 1]
    close(inverse[0], np.eye(2))
    assert L.cholesky_ex(torch.stack([torch.eye(2), -torch.eye(2)])).info.tolist() == [0, 1]
    assert L.lu_factor_ex(stack).info.tolist() == [0, 1]
    assert L.solve_triangular(stack, torch.ones(2, 1), upper=True)[1].isinf().any()
    assert L.cond(stack, 1).tolist() == [1, float("inf")]


def test_the_determinant_of_a_singular_matrix_has_both_derivatives():
    x = torch.diag(torch.tensor([1.0, 2.0, 0.0], dtype=torch.float64)).requires_grad_()
    assert gradcheck(torch.det, [x])
    assert gradgradcheck(torch.det, [x])


def test_einsum_takes_the_cheapest_pair_first():
    x, y = torch.ones(200, 2), torch.ones(2, 200)
    z = torch.einsum("ab,bc,cd,de->ae", x, y, x, y)
    assert z.shape == (200, 200)
    assert float(z[0, 0]) == 2 * 200 * 2


def test_numbers_of_other_libraries_stand_to_the_left():
    product = np.eye(3, dtype=np.float32) @ V
    assert isinstance(product, torch.Tensor)
    assert product.tolist() == [0, 1, 2]


ERRORS = [
    (lambda: L.inv(B), ShapeError, r"A: inv needs square matrices, got shape \(3, 5\)"),
    (lambda: L.inv(V), DimensionError, r"A: inv needs at least 2 dimensions, got shape \(3,\)"),
    (lambda: L.inv(A.long()), DTypeError, "A: inv needs float32 or float64, got int64"),
    (lambda: L.inv(torch.zeros(2, 2)), LinAlgError, "inv: singular matrix"),
    (lambda: L.det([[1.0]]), DTypeError, "A: det needs a tensor, got list"),
    (lambda: L.cholesky(-torch.eye(2)), LinAlgError, "cholesky: matrix is not positive definite"),
    (lambda: L.solve(A, B), ShapeError, r"A, B: shapes \(4, 4\) and \(3, 5\) do not fit"),
    (lambda: L.solve(A, A.float()), DTypeError, "solve: needs one element type, got float64, float32"),
    (lambda: L.solve_triangular(A, B, upper=True), ShapeError, "A, B: shapes"),
    (lambda: L.qr(A, "full"), RangeError, "mode: needs 'reduced', 'complete' or 'r', got 'full'"),
    (lambda: L.eigh(A, "X"), RangeError, "UPLO: needs 'L' or 'U', got 'X'"),
    (lambda: L.svd(A, driver="gesvd"), RangeError, "driver: only CUDA has several"),
    (lambda: L.lu(A, pivot=False), RangeError, "pivot: .* needs True, got False"),
    (lambda: L.lstsq(A, A, driver="x"), RangeError, "driver: got 'x'; allowed are None, 'gels'"),
    (lambda: L.tensorinv(A, ind=0), RangeError, "ind: needs at least 1, got 0"),
    (lambda: L.matrix_power(B, 2), ShapeError, "A: matrix_power needs square matrices"),
    (lambda: L.matrix_norm(A, 3), RangeError, "ord: got 3; allowed are 'fro', 'nuc'"),
    (lambda: L.matrix_norm(A, dim=(0, 0)), DimensionError, r"dim: needs two different dimensions, got \(0, 0\)"),
    (lambda: L.vector_norm(A, "nuc"), RangeError, "ord: vector_norm needs a number, got 'nuc'"),
    (lambda: L.vector_norm(A.long()), DTypeError, "A: vector_norm needs a floating-point type, got int64"),
    (lambda: L.cond(B, 1), ShapeError, "A: cond with p=1 needs square matrices"),
    (lambda: L.multi_dot([A]), ShapeError, "tensors: multi_dot needs at least two, got 1"),
    (lambda: L.multi_dot([A, B]), ShapeError, r"tensors: shapes \(4, 4\), \(3, 5\) do not multiply"),
    (lambda: L.householder_product(A, torch.zeros(5)), ShapeError, r"A, tau: shapes \(4, 4\) and \(5,\)"),
    (lambda: torch.ormqr(A, torch.zeros(5).double(), A), ShapeError, r"input, tau: shapes \(4, 4\) and \(5,\)"),
    (lambda: torch.ormqr(A, A[0], B), ShapeError, r"input, other: shapes \(4, 4\) and \(3, 5\)"),
    (lambda: torch.geqrf(A.clone().requires_grad_()), AutogradError, "geqrf: has no gradient; use linalg.qr"),
    (lambda: torch.cross(A, A), DimensionError, r"input: no dimension of shape \(4, 4\) has size 3"),
    (lambda: torch.trace(V), DimensionError, r"input: trace needs 2 dimensions, got shape \(3,\)"),
    (lambda: torch.cdist(A, B), ShapeError, "x1, x2: need rows of one length"),
    (lambda: torch.mm(A, V), ShapeError, r"mat2: mm needs 2 dimensions, got shape \(3,\)"),
    (lambda: torch.bmm(STACK[0], 3), DTypeError, "mat2: bmm needs a tensor, got int"),
    (lambda: A.matmul(torch.tensor(1.0)), DimensionError, "input, other: matmul needs at least 1 dimension"),
    (lambda: torch.tensordot(A, B, 1), ShapeError, "operands: .* stands for sizes 4 and 3"),
    (lambda: torch.tensordot(A, A, 3), RangeError, "dims: needs a number from 0 to 2, got 3"),
    (lambda: torch.tensordot(A, A, ([0, 1], [0])), DimensionError, "dims: needs as many different dimensions"),
    (lambda: torch.einsum("ij,jk", A), RangeError, "equation: 'ij,jk' describes 2 tensors, got 1"),
    (lambda: torch.einsum("ijk", A), ShapeError, "operands: number 0 has 2 dimensions, 'ijk' .* has 3"),
    (lambda: torch.einsum("i?", A), RangeError, "equation: 'i.' may have letters"),
    (lambda: torch.einsum("ij->kk", A), RangeError, "the output of 'ij->kk' has 'k', which no operand has"),
    (lambda: torch.einsum("ij->ii", A), RangeError, "the output of 'ij->ii' has 'i' twice"),
    (lambda: torch.einsum("ij,ij", A, B), ShapeError, "operands: 'i' stands for sizes 4 and 3"),
    (lambda: torch.einsum("ii", B), ShapeError, "operands: 'i' stands for sizes 3 and 5 of one operand"),
    (lambda: torch.einsum("ij,ij", A, A.float()), DTypeError, "need one element type, got float64, float32"),
    (lambda: torch.einsum(A, [0, 99]), RangeError, "equation: a list needs numbers from 0 to 51"),
    (lambda: V.tril(), DimensionError, r"tril\(\) needs at least 2 dimensions"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "says"), ERRORS)
def test_errors_name_the_argument(call, error, says):
    with pytest.raises(error, match=says):
        call()
