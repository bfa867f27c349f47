"""Signatures for type checkers and editors; made by scripts/make_signatures.py, so do not edit."""

import builtins
from pytorch_from_lua.tensor.tensor import Tensor
from pytorch_from_lua.errors import LinAlgError as LinAlgError
from pytorch_from_lua.tensor.factorizations import cholesky as cholesky
from pytorch_from_lua.tensor.factorizations import cholesky_ex as cholesky_ex
from pytorch_from_lua.tensor.norms import cond as cond
from pytorch_from_lua.tensor.products import linalg_cross as _cross

cross = _cross
from pytorch_from_lua.tensor.matrices import det as det
from pytorch_from_lua.tensor.products import linalg_diagonal as _diagonal

diagonal = _diagonal
from pytorch_from_lua.tensor.factorizations import eig as eig
from pytorch_from_lua.tensor.factorizations import eigh as eigh
from pytorch_from_lua.tensor.factorizations import eigvals as eigvals
from pytorch_from_lua.tensor.factorizations import eigvalsh as eigvalsh
from pytorch_from_lua.tensor.matrices import householder_product as householder_product
from pytorch_from_lua.tensor.matrices import inv as inv
from pytorch_from_lua.tensor.matrices import inv_ex as inv_ex
from pytorch_from_lua.tensor.matrices import lstsq as lstsq
from pytorch_from_lua.tensor.factorizations import lu as lu
from pytorch_from_lua.tensor.factorizations import lu_factor as lu_factor
from pytorch_from_lua.tensor.factorizations import lu_factor_ex as lu_factor_ex
from pytorch_from_lua.tensor.factorizations import lu_solve as lu_solve
from pytorch_from_lua.tensor.matrices import matrix_exp as matrix_exp
from pytorch_from_lua.tensor.norms import matrix_norm as matrix_norm
from pytorch_from_lua.tensor.matrices import matrix_power as matrix_power
from pytorch_from_lua.tensor.norms import matrix_rank as matrix_rank
from pytorch_from_lua.tensor.products import multi_dot as multi_dot
from pytorch_from_lua.tensor.norms import norm as norm
from pytorch_from_lua.tensor.matrices import pinv as pinv
from pytorch_from_lua.tensor.factorizations import qr as qr
from pytorch_from_lua.tensor.matrices import slogdet as slogdet
from pytorch_from_lua.tensor.matrices import solve as solve
from pytorch_from_lua.tensor.matrices import solve_ex as solve_ex
from pytorch_from_lua.tensor.matrices import solve_triangular as solve_triangular
from pytorch_from_lua.tensor.factorizations import svd as svd
from pytorch_from_lua.tensor.factorizations import svdvals as svdvals
from pytorch_from_lua.tensor.matrices import tensorinv as tensorinv
from pytorch_from_lua.tensor.matrices import tensorsolve as tensorsolve
from pytorch_from_lua.tensor.products import linalg_vander as _vander

vander = _vander
from pytorch_from_lua.tensor.products import vecdot as vecdot
from pytorch_from_lua.tensor.norms import vector_norm as vector_norm

def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The product of matrices; see `Tensor.matmul`."""
