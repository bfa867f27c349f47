"""Linear algebra under the names of ``torch.linalg``: norms, factorisations, systems of equations, products.

Matrices may come in stacks ``(..., m, n)``. Element types are float32 and float64; where PyTorch gives complex numbers
(``eig``, ``eigvals``), this gives real ones where they are real, and an error where they are not.

>>> import pytorch_from_lua as torch
>>> A = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
>>> torch.linalg.solve(A, torch.tensor([3.0, 5.0]))
tensor([0.8000, 1.4000])
>>> torch.linalg.eigh(A).eigenvalues
tensor([1.3820, 3.6180])
"""

from pytorch_from_lua.errors import LinAlgError
from pytorch_from_lua.tensor.factorizations import (
    cholesky,
    cholesky_ex,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    lu,
    lu_factor,
    lu_factor_ex,
    lu_solve,
    qr,
    svd,
    svdvals,
)
from pytorch_from_lua.tensor.matrices import (
    det,
    householder_product,
    inv,
    inv_ex,
    lstsq,
    matrix_exp,
    matrix_power,
    pinv,
    slogdet,
    solve,
    solve_ex,
    solve_triangular,
    tensorinv,
    tensorsolve,
)
from pytorch_from_lua.tensor.norms import cond, matrix_norm, matrix_rank, norm, vector_norm
from pytorch_from_lua.tensor.products import linalg_cross as cross
from pytorch_from_lua.tensor.products import linalg_diagonal as diagonal
from pytorch_from_lua.tensor.products import linalg_vander as vander
from pytorch_from_lua.tensor.products import multi_dot, vecdot
from pytorch_from_lua.tensor.tensor import Tensor


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The product of matrices; see `Tensor.matmul`.

    >>> from pytorch_from_lua import tensor
    >>> matmul(tensor([[1, 2], [3, 4]]), tensor([[1, 2], [3, 4]]))
    tensor([[ 7, 10],
            [15, 22]])
    """
    return input.matmul(other)


__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
    "householder_product", "inv", "inv_ex", "lstsq", "lu", "lu_factor", "lu_factor_ex", "lu_solve", "matmul",
    "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip
