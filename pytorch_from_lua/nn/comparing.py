"""Modules of two tensors: similarities, distances and products of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.distances import row_distance


def two_of(name: str, input: Sequence[Tensor], other: Tensor | None) -> tuple[Tensor, Tensor]:
    """The two tensors of a call: two arguments, as PyTorch has it, or one list of two, as Torch7 has it."""
    if other is not None:
        return input, other  # type: ignore[return-value]
    if isinstance(input, Tensor) or len(input) != 2:
        given = "one tensor" if isinstance(input, Tensor) else f"a list of {len(input)}"
        raise ModuleError(f"input: {name} needs two tensors, got {given}")
    return input[0], input[1]


def _alike(name: str, input: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    a, b = two_of(name, input, None)
    if a.shape != b.shape or a.ndim not in (1, 2):
        raise ShapeError(f"input: {name} needs two tensors of one shape, (d,) or (n, d), got {a.shape} and {b.shape}")
    return a, b


class CosineSimilarity(Module):
    """The cosine of the angle between vectors (Torch7's ``nn.CosineDistance``).

    Shapes: two tensors, or a list of two, that broadcast; the output is without dimension ``dim``.

    Args:
        dim: the dimension of the vectors.
        eps: what shorter vectors count as having for their length.

    >>> import pytorch_from_lua as torch
    >>> CosineSimilarity()(torch.tensor([[3.0, 4.0]]), torch.tensor([[4.0, 3.0]]))
    tensor([0.9600])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor | Sequence[Tensor], x2: Tensor | None = None) -> Tensor:
        return F.cosine_similarity(*two_of("CosineSimilarity", x1, x2), self.dim, self.eps)  # type: ignore[arg-type]

    def extra_repr(self) -> str:
        return f"dim={self.dim}, eps={self.eps:g}"


class PairwiseDistance(Module):
    """``norm(x1 - x2 + eps, p)`` of rows (Torch7's ``nn.PairwiseDistance``).

    Shapes: two tensors, or a list of two, of shape ``(d,)`` or ``(n, d)``; the output has one number for each row.

    Args:
        p: which norm.
        eps: what is added to each difference.
        keepdim: whether the last dimension stays, with size 1.
        grad_eps: what is added to the distance where the gradient divides by it: 1e-6 in Torch7.
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False, *, grad_eps: float = 0.0) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim, self.grad_eps = p, eps, keepdim, grad_eps

    def forward(self, x1: Tensor | Sequence[Tensor], x2: Tensor | None = None) -> Tensor:
        a, b = two_of("PairwiseDistance", x1, x2)  # type: ignore[arg-type]
        if self.grad_eps == 0 or self.norm == 1 or not 0 < self.norm < inf:
            return F.pairwise_distance(a, b, self.norm, self.eps, self.keepdim)
        if a.shape != b.shape:
            raise ShapeError(f"input: PairwiseDistance needs two tensors of one shape, got {a.shape} and {b.shape}")
        return row_distance(a, b, self.norm, self.eps, self.keepdim, self.grad_eps)

    def extra_repr(self) -> str:
        told = f"p={self.norm:g}, eps={self.eps:g}"
        told += ", keepdim=True" if self.keepdim else ""
        return told + (f", grad_eps={self.grad_eps:g}" if self.grad_eps else "")


class DotProduct(Module):
    """``sum(x1 * x2)`` of rows (Torch7's ``nn.DotProduct``).

    Shapes: a list of two ``(d,)``, or of two ``(n, d)``; the output is ``()`` or ``(n,)``.

    >>> import pytorch_from_lua as torch
    >>> DotProduct()([torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0])])
    tensor(13.)
    """

    def forward(self, input: Sequence[Tensor]) -> Tensor:
        a, b = _alike("DotProduct", input)
        return apply("row_dot", a, b)  # type: ignore[no-any-return]


class MM(Module):
    """The product of two matrices, or of two batches of them (Torch7's ``nn.MM``).

    Shapes: a list of ``(n, k)`` and ``(k, m)``, or of ``(b, n, k)`` and ``(b, k, m)``; before it is transposed.

    Args:
        trans_a: whether the first is transposed.
        trans_b: whether the second is.

    >>> import pytorch_from_lua as torch
    >>> MM(trans_b=True)([torch.ones(2, 3), torch.ones(4, 3)]).shape
    (2, 4)
    """

    def __init__(self, trans_a: bool = False, trans_b: bool = False) -> None:
        super().__init__()
        self.trans_a, self.trans_b = trans_a, trans_b

    def forward(self, input: Sequence[Tensor]) -> Tensor:
        given = two_of("MM", input, None)
        a, b = given
        if a.ndim not in (2, 3) or b.ndim != a.ndim:
            raise ShapeError(f"input: MM needs two matrices or two batches of them, got {a.shape} and {b.shape}")
        a, b = a.mT if self.trans_a else a, b.mT if self.trans_b else b
        if a.shape[-1] != b.shape[-2] or a.shape[:-2] != b.shape[:-2]:
            told = " and ".join(map(str, [tuple(x.shape) for x in given]))
            raise ShapeError(
                f"input: MM(trans_a={self.trans_a}, trans_b={self.trans_b}) got shapes {told}, which do not fit"
            )
        return a @ b

    def extra_repr(self) -> str:
        return f"trans_a={self.trans_a}, trans_b={self.trans_b}"


class MV(Module):
    """The product of a matrix and a vector, or of batches of them (Torch7's ``nn.MV``).

    Shapes: a list of ``(n, k)`` and ``(k,)``, or of ``(b, n, k)`` and ``(b, k)``; before the matrix is transposed.

    Args:
        trans: whether the matrix is transposed.
    """

    def __init__(self, trans: bool = False) -> None:
        super().__init__()
        self.trans = trans

    def forward(self, input: Sequence[Tensor]) -> Tensor:
        matrix, vector = two_of("MV", input, None)
        if matrix.ndim in (2, 3) and vector.ndim == matrix.ndim - 1:
            turned = matrix.mT if self.trans else matrix
            if turned.shape[-1] == vector.shape[-1] and turned.shape[:-2] == vector.shape[:-1]:
                return (turned @ vector.unsqueeze(-1)).squeeze(-1)
        told = f"{matrix.shape} and {vector.shape}"
        raise ShapeError(f"input: MV(trans={self.trans}) got shapes {told}, which do not fit")

    def extra_repr(self) -> str:
        return f"trans={self.trans}"
