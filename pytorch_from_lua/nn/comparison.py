"""Layers that compare their input with learned templates, or two inputs with each other; vectors of one length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.containers import Sequential
from pytorch_from_lua.nn.linear import Linear, new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.shape import Max, View
from pytorch_from_lua.tensor import Tensor


def _rows(module: Module, input: Tensor, count: int) -> Tensor:
    """The vectors of an input of any shape, one below the other."""
    if input.ndim == 0 or input.shape[-1] != count:
        told = f"{type(module).__name__}({module.extra_repr()})"
        raise ShapeError(f"{told}: input needs shape (..., {count}), got {input.shape}")
    return input.reshape(-1, count)


class Bilinear(Module):
    """``y_k = x1^T W_k x2 + b_k`` (Torch7's ``nn.Bilinear``).

    Shapes: inputs ``(..., in1_features)`` and ``(..., in2_features)``, as two arguments or as a list; output
    ``(..., out_features)``; ``weight`` is ``(out_features, in1_features, in2_features)``, ``bias``
    ``(out_features,)`` or None.
    """

    def __init__(
        self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, dtype: Any = None
    ) -> None:
        super().__init__()
        if min(in1_features, in2_features, out_features) < 1:
            raise ModuleError(f"Bilinear: needs sizes of 1 or more, got {in1_features}, {in2_features}, {out_features}")
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = new_parameter(out_features, in1_features, in2_features, dtype=dtype)
        self.register_parameter("bias", new_parameter(out_features, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight, then bias, from U(-1/sqrt(in1_features), 1/sqrt(in1_features))."""
        init.fan_in_uniform_(self.weight, self.in1_features)
        if self.bias is not None:
            init.fan_in_uniform_(self.bias, self.in1_features)

    def forward(self, input1: Tensor | Sequence[Tensor], input2: Tensor | None = None) -> Tensor:
        if not isinstance(input1, Tensor):
            input1, input2 = input1
        if input2 is None:
            raise ModuleError("Bilinear: needs two inputs, got one")
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        sizes = f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}"
        return f"{sizes}, bias={self.bias is not None}"


class Cosine(Module):
    """The cosine of the angle between the input and each row of a matrix (Torch7's ``nn.Cosine``).

    Shapes: input ``(..., input_size)``, output ``(..., output_size)``; ``weight`` is ``(output_size, input_size)``.

    >>> import pytorch_from_lua as torch
    >>> module = Cosine(2, 1)
    >>> module.weight.data.copy_(torch.tensor([[0.0, 3.0]]))
    tensor([[0., 3.]])
    >>> module(torch.tensor([[0.0, 5.0], [2.0, 0.0]])).detach()
    tensor([[1.],
            [0.]])
    """

    def __init__(self, input_size: int, output_size: int, dtype: Any = None) -> None:
        super().__init__()
        self.input_size, self.output_size = input_size, output_size
        self.weight = new_parameter(output_size, input_size, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws from U(-1/sqrt(output_size), 1/sqrt(output_size)), as Torch7 does."""
        init.fan_in_uniform_(self.weight, self.output_size)

    def forward(self, input: Tensor) -> Tensor:
        flat = _rows(self, input, self.input_size)
        found = apply("cosine_layer", flat, self.weight)
        return found.reshape(*input.shape[:-1], self.output_size)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"input_size={self.input_size}, output_size={self.output_size}"


class Euclidean(Module):
    """The distance of the input from each column of a matrix (Torch7's ``nn.Euclidean``).

    Shapes: input ``(..., input_size)``, output ``(..., output_size)``; ``weight`` is ``(input_size, output_size)``.
    The gradient at distance 0 is 0.
    """

    def __init__(self, input_size: int, output_size: int, dtype: Any = None) -> None:
        super().__init__()
        self.input_size, self.output_size = input_size, output_size
        self.weight = new_parameter(input_size, output_size, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws from U(-1/sqrt(input_size), 1/sqrt(input_size))."""
        init.fan_in_uniform_(self.weight, self.input_size)

    def _factors(self) -> Tensor | None:
        return None

    def forward(self, input: Tensor) -> Tensor:
        flat = _rows(self, input, self.input_size)
        found = apply("euclidean", flat, self.weight, self._factors())
        return found.reshape(*input.shape[:-1], self.output_size)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"input_size={self.input_size}, output_size={self.output_size}"


class WeightedEuclidean(Euclidean):
    """`Euclidean` with a learned factor for each element of each template: ``|c_j * (w_j - x)|``.

    ``diag_cov`` has the factors, of the shape of ``weight``; they start at 1 (Torch7's ``nn.WeightedEuclidean``).
    """

    def __init__(self, input_size: int, output_size: int, dtype: Any = None) -> None:
        super().__init__(input_size, output_size, dtype)
        self.diag_cov = init.ones_(new_parameter(input_size, output_size, dtype=dtype))

    def _factors(self) -> Tensor | None:
        return self.diag_cov


class Normalize(Module):
    """``x / (sum |x|^p + eps)^(1/p)`` along the last dimension (Torch7's ``nn.Normalize``).

    Args:
        p: the exponent of the norm, over 0; infinity divides by ``max |x| + eps``.
        eps: added under the root.
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-10) -> None:
        super().__init__()
        if not p > 0:
            raise ModuleError(f"Normalize: p needs to be over 0, got {p}")
        self.p, self.eps = float(p), float(eps)

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim == 0:
            raise ShapeError("Normalize: input needs a dimension or more, got shape ()")
        return apply("row_norm", input, p=self.p, eps=self.eps)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"p={self.p if self.p == math.inf else f'{self.p:g}'}"


class Maxout(Sequential):
    """The largest of ``maxout_number`` linear maps for each output (Goodfellow et al., 2013; Torch7's ``nn.Maxout``).

    A `Sequential` of ``Linear(input_size, output_size * maxout_number)``, a view, and the maximum.

    Args:
        input_size: the size of an input vector.
        output_size: the size of an output vector.
        maxout_number: how many maps each output chooses from.
        preprocess: a module that the maps' values go through before the choice.
    """

    def __init__(
        self,
        input_size: int,
        output_size: int,
        maxout_number: int,
        preprocess: Module | None = None,
        dtype: Any = None,
    ) -> None:
        linear = Linear(input_size, output_size * maxout_number, dtype=dtype)
        between = [] if preprocess is None else [preprocess]
        super().__init__(linear, View(maxout_number, output_size, num_input_dims=1), *between, Max(0, 2))
