"""Lookup of vectors by index."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.parameter import Parameter
from pytorch_from_lua.tensor import Tensor


def _dense(module: Module, sparse: bool) -> None:
    if sparse:
        raise ModuleError(f"{type(module).__name__}: sparse=True is not there: gradients are dense, leave it False")


def _given(name: str, embeddings: Tensor, freeze: bool, made: Any) -> Any:
    """The module with rows that were given."""
    if embeddings.ndim != 2:
        raise ShapeError(f"{name}: embeddings need shape (rows, width), got {embeddings.shape}")
    with init.skipped():
        module = made(*embeddings.shape)
    module.weight = Parameter(embeddings.detach(), requires_grad=not freeze)
    return module


class Embedding(Module):
    """Row ``i`` of a learned matrix for every index ``i`` (Torch7's ``nn.LookupTable``, with indices from 0 here).

    Shapes: input of any shape, integer; output is the input's shape with ``embedding_dim`` added at the end;
    ``weight`` is ``(num_embeddings, embedding_dim)``.

    Args:
        padding_idx: the row that gets no gradient; a negative one counts from the end.
        max_norm: rows that are looked up are first scaled down, in place, to this norm.
        norm_type: which norm that is.
        scale_grad_by_freq: divides a row's gradient by how often the row occurs in the batch.
        sparse: has to be False: gradients are dense here.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _dense(self, sparse)
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ModuleError(f"padding_idx: got {padding_idx} for {num_embeddings} rows")
        if padding_idx is not None and padding_idx < 0:
            padding_idx += num_embeddings
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx, self.max_norm, self.norm_type = padding_idx, max_norm, norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.weight = new_parameter(num_embeddings, embedding_dim, dtype=dtype)
        self.reset_parameters()

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """A module on rows that are given, ``(num_embeddings, embedding_dim)``; frozen unless ``freeze`` is False.

        >>> import pytorch_from_lua as torch
        >>> Embedding.from_pretrained(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))(torch.tensor([1]))
        tensor([[3., 4.]])
        """
        options = (padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        return _given(  # type: ignore[no-any-return]
            "Embedding.from_pretrained", embeddings, freeze, lambda n, d: cls(n, d, *options, dtype=embeddings.dtype)
        )

    def reset_parameters(self) -> None:
        """Draws from N(0, 1); the padding row is 0."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.array[self.padding_idx] = 0
            self.weight.bump()

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq)

    def extra_repr(self) -> str:
        given = "".join(
            f", {name}={value}"
            for name, value in [("padding_idx", self.padding_idx), ("max_norm", self.max_norm)]
            if value is not None
        )
        return f"{self.num_embeddings}, {self.embedding_dim}{given}"


class EmbeddingBag(Module):
    """The sum, mean or largest of the rows of each bag of indices, without the rows themselves.

    Shapes: ``(bags, count)``, or ``(n,)`` with the ``offsets`` at which bags begin; output ``(bags, embedding_dim)``.

    Args:
        num_embeddings: how many rows there are.
        embedding_dim: how wide they are.
        max_norm: rows that are looked up are first scaled down, in place, to this norm.
        norm_type: which norm that is.
        scale_grad_by_freq: divides a row's gradient by how often the row occurs in the batch.
        mode: ``"sum"``, ``"mean"`` or ``"max"``.
        sparse: has to be False: gradients are dense here.
        include_last_offset: whether ``offsets`` ends with the end of the last bag.
        padding_idx: indices that are left out.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _dense(self, sparse)
        if mode not in ("sum", "mean", "max"):
            raise ModuleError(f"EmbeddingBag: mode needs to be 'sum', 'mean' or 'max', got {mode!r}")
        self.num_embeddings, self.embedding_dim, self.mode = num_embeddings, embedding_dim, mode
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.include_last_offset, self.padding_idx = include_last_offset, padding_idx
        self.weight = new_parameter(num_embeddings, embedding_dim, dtype=dtype)
        self.reset_parameters()

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """A module on rows that are given, ``(num_embeddings, embedding_dim)``; frozen unless ``freeze`` is False."""
        options = (max_norm, norm_type, scale_grad_by_freq, mode, sparse, include_last_offset, padding_idx)
        return _given(  # type: ignore[no-any-return]
            "EmbeddingBag.from_pretrained", embeddings, freeze, lambda n, d: cls(n, d, *options, dtype=embeddings.dtype)
        )

    def reset_parameters(self) -> None:
        """Draws from N(0, 1); the padding row is 0."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.array[self.padding_idx] = 0
            self.weight.bump()

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            False,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}, mode={self.mode!r}"
