"""Lookup of vectors by index."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


class Embedding(Module):
    """Row ``i`` of a learned matrix for every index ``i`` (Torch7's ``nn.LookupTable``, with indices from 0 here).

    Shapes: input of any shape, integer; output is the input's shape with ``embedding_dim`` added at the end;
    ``weight`` is ``(num_embeddings, embedding_dim)``.

    Args:
        padding_idx: the row that gets no gradient; a negative one counts from the end.
        max_norm: rows that are looked up are first scaled down, in place, to this norm.
        norm_type: which norm that is.
        scale_grad_by_freq: divides a row's gradient by how often the row occurs in the batch.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ModuleError(f"padding_idx: got {padding_idx} for {num_embeddings} rows")
        if padding_idx is not None and padding_idx < 0:
            padding_idx += num_embeddings
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx, self.max_norm, self.norm_type = padding_idx, max_norm, norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.weight = new_parameter(num_embeddings, embedding_dim, dtype=dtype)
        self.reset_parameters()

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
