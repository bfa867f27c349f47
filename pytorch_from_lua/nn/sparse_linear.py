"""Linear layers of which not all inputs are given, or not all outputs wanted; and the nearest of some centres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ModuleError, RangeError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor, backend
from pytorch_from_lua.tensor.generator import default_generator


class _Sparse(Module):
    """What both have in common: a batch of (indices, values), as one operation."""

    input_size: int
    bias: Tensor

    def _weight(self) -> Tensor:
        """The weight as (in, out)."""
        raise NotImplementedError

    def forward(self, input: Sequence[Any]) -> Tensor:
        if isinstance(input, Tensor) or len(input) not in (2, 3):
            raise ModuleError(f"{type(self).__name__}: input needs to be a list of indices and values")
        keys, values = input[0], input[1]
        alone = isinstance(keys, Tensor) and len(input) == 2
        if isinstance(keys, Tensor):
            counts = [keys.numel()] if alone else [int(n) for n in input[2]]
            flat_keys, flat_values = keys.array, values
        else:
            counts = [k.numel() for k in keys]
            if len(keys) != len(values) or counts != [v.numel() for v in values]:
                raise ShapeError(f"{type(self).__name__}: each sample needs as many values as indices")
            flat_keys = np.concatenate([k.cpu().array.reshape(-1) for k in keys]) if keys else np.zeros(0, np.int64)
            flat_values = apply("cat", *[v.reshape(-1) for v in values], dim=0)
        self._check(flat_keys, flat_values, counts)
        samples = np.repeat(np.arange(len(counts)), counts)
        rows = apply(
            "index_select", self._weight(), dim=0, index=backend.beside(flat_keys.astype(np.int64), self.bias.array)
        )
        parts = apply("mul", rows, flat_values.reshape(-1, 1))
        empty = Tensor.from_array(np.zeros((len(counts), rows.shape[1]), rows.dtype.numpy), rows)
        result = apply("index_add", empty, parts, dim=0, index=backend.beside(samples, rows.array)) + self.bias
        return result.reshape(-1) if alone else result  # type: ignore[no-any-return]

    def _check(self, keys: Any, values: Tensor, counts: list[int]) -> None:
        name = f"{type(self).__name__}({self.extra_repr()})"
        if keys.dtype.kind not in "iu":
            raise RangeError(f"{name}: indices need to be whole numbers, got {keys.dtype}")
        if keys.ndim != 1 or values.shape != keys.shape or sum(counts) != keys.size:
            raise ShapeError(f"{name}: {keys.shape} indices, {values.shape} values and {sum(counts)} in samples")
        if keys.size and (int(keys.min()) < 0 or int(keys.max()) >= self.input_size):
            told = f"{int(keys.min())}..{int(keys.max())}"
            raise RangeError(f"{name}: indices need to be from 0 to {self.input_size - 1}, got {told}")


class SparseLinear(_Sparse):
    """A linear layer of inputs of which only some elements are given (Torch7's ``nn.SparseLinear``).

    Shapes: ``[indices, values]`` of one sample, or a list of indices and one of values, a tensor each per sample;
    indices count from 0. Output ``(output_size,)``, or ``(batch, output_size)``; ``weight`` is ``(output_size,
    input_size)``.

    Args:
        input_size: how many inputs there are.
        output_size: the size of an output vector.
    """

    def __init__(self, input_size: int, output_size: int, dtype: Any = None) -> None:
        super().__init__()
        self.input_size, self.output_size = input_size, output_size
        self.weight = new_parameter(output_size, input_size, dtype=dtype)
        self.bias = new_parameter(output_size, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weight from U(-1/sqrt(input_size), 1/sqrt(input_size)), the bias from a millionth of that."""
        init.fan_in_uniform_(self.weight, self.input_size)
        init.fan_in_uniform_(self.bias, self.input_size)
        if not init.is_skipping():
            self.bias.array[...] *= 1e-6

    def _weight(self) -> Tensor:
        return self.weight.t()

    def extra_repr(self) -> str:
        return f"input_size={self.input_size}, output_size={self.output_size}"


class IndexLinear(_Sparse):
    """`SparseLinear` with the weight as ``(input_size, output_size)``, from 0 (Torch7's ``nn.IndexLinear``).

    Input may also be ``[indices, values, sizes]``, all samples one after another and the size of each.
    """

    def __init__(self, input_size: int, output_size: int, dtype: Any = None) -> None:
        super().__init__()
        self.input_size, self.output_size = input_size, output_size
        self.weight = init.zeros_(new_parameter(input_size, output_size, dtype=dtype))
        self.bias = init.zeros_(new_parameter(output_size, dtype=dtype))

    def _weight(self) -> Tensor:
        return self.weight

    def extra_repr(self) -> str:
        return f"input_size={self.input_size}, output_size={self.output_size}"


class PartialLinear(Module):
    """A linear layer of which some outputs are worked out (Torch7's ``nn.PartialLinear``).

    Shapes: input ``(..., input_size)``; output ``(..., outputs of the partition)``; ``weight`` is ``(output_size,
    input_size)``, ``bias`` ``(output_size,)`` or None.

    Args:
        input_size: the size of an input vector.
        output_size: the size of an output vector with all outputs.
        bias: whether there is a bias.
    """

    def __init__(self, input_size: int, output_size: int, bias: bool = True, dtype: Any = None) -> None:
        super().__init__()
        self.input_size, self.output_size = input_size, output_size
        self.weight = init.normal_(new_parameter(output_size, input_size, dtype=dtype))
        self.register_parameter("bias", init.zeros_(new_parameter(output_size, dtype=dtype)) if bias else None)
        self.partition: list[int] | None = None

    def set_partition(self, indices: Sequence[int] | Tensor) -> None:
        """Only these outputs, from 0, from now on.

        Raises:
            RangeError: where one is none of the outputs.
        """
        chosen = [int(i) for i in (indices.tolist() if isinstance(indices, Tensor) else indices)]
        if not chosen or min(chosen) < 0 or max(chosen) >= self.output_size:
            raise RangeError(
                f"PartialLinear: the partition needs outputs from 0 to {self.output_size - 1}, got {chosen}"
            )
        self.partition = chosen

    def reset_partition(self) -> None:
        """All outputs again."""
        self.partition = None

    def forward(self, input: Tensor) -> Tensor:
        if self.partition is None:
            return F.linear(input, self.weight, self.bias)
        index = np.array(self.partition)
        bias = None if self.bias is None else apply("index_select", self.bias, dim=0, index=index)
        return F.linear(input, apply("index_select", self.weight, dim=0, index=index), bias)

    def extra_repr(self) -> str:
        return f"input_size={self.input_size}, output_size={self.output_size}, bias={self.bias is not None}"


class Kmeans(Module):
    """The nearest of ``k`` learned centres for each sample (Torch7's ``nn.Kmeans``).

    Shapes: input ``(N, dim)``, output ``(N,)``, whole numbers from 0. `accGradParameters` adds to the gradient of
    ``weight``, ``(k, dim)``, how far each centre lies from the mean of what is nearest to it: one step of gradient
    descent with a learning rate of 1 moves it there.

    Attributes:
        loss: the sum of the squared distances of the last call.
    """

    def __init__(self, k: int, dim: int, scale: float | None = None, dtype: Any = None) -> None:
        super().__init__()
        if k < 1 or dim < 1:
            raise ModuleError(f"Kmeans: k and dim need to be 1 or more, got {k} and {dim}")
        self.k, self.dim, self.scale = k, dim, scale
        self.weight = init.uniform_(new_parameter(k, dim, dtype=dtype), -1.0, 1.0)
        self.loss = 0.0

    def _samples(self, input: Tensor, least: int = 1) -> Any:
        if input.ndim != 2 or input.shape[1] != self.dim or input.shape[0] < least:
            told = f"shape (N, {self.dim}) with N at least {least}"
            raise ShapeError(f"Kmeans({self.k}, {self.dim}): input needs {told}, got {input.shape}")
        return input.array

    def init_random(self, input: Tensor) -> None:
        """Centres from samples drawn at random."""
        values = self._samples(input, self.k)
        drawn = default_generator.random(0, len(values), (self.k,))
        self.weight.array[...] = values[np.asarray(drawn, np.int64)]
        self.weight.bump()

    def forward(self, input: Tensor) -> Tensor:
        from pytorch_from_lua.kernels.nearest_rows import nearest_forward

        nearest, self.loss = nearest_forward(self._samples(input), self.weight.array)
        return Tensor.from_array(nearest)

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1.0) -> None:
        """Adds ``scale * (centre - mean of the samples nearest to it)`` to the gradient of the centres."""
        from pytorch_from_lua.kernels.nearest_rows import nearest_backward, nearest_forward
        from pytorch_from_lua.nn.protocol import _grad_of

        values = self._samples(input)
        nearest, _ = nearest_forward(values, self.weight.array)
        found, _counts = nearest_backward(values, self.weight.array, nearest)
        held = _grad_of(self.weight)
        held.array[...] += found * (scale if self.scale is None else self.scale)
        held.bump()

    def backward(self, input: Any, gradOutput: Any, scale: float = 1.0) -> Any:
        """`accGradParameters`; the gradient of the input is 0."""
        self.accGradParameters(input, gradOutput, scale)
        self.__dict__["gradInput"] = input * 0
        return self.gradInput

    def extra_repr(self) -> str:
        return f"k={self.k}, dim={self.dim}"
