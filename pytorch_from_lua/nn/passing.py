"""Modules that hand their input on and do something on the way or on the way back; Constant and Collapse."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd import Function
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


class _Scaled(Function):
    """The identity whose gradient is multiplied by a number."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return x

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads[0] * ctx.factor, None


class _Penalised(Function):
    """The identity whose gradient has a multiple of the input's signs added, or is that."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: float, with_output: bool) -> Tensor:
        ctx.penalty, ctx.with_output = x.sign() * weight, with_output
        return x

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return (grads[0] + ctx.penalty if ctx.with_output else ctx.penalty + 0 * grads[0]), None, None


class GradientReversal(Module):
    """The identity whose gradient is turned round: ``-lambd`` times what comes back (Torch7's ``nn.GradientReversal``).

    From "Unsupervised Domain Adaptation by Backpropagation" (Ganin and Lempitsky, 2015).

    Args:
        lambd: what the gradient is multiplied by, with the minus.

    >>> import pytorch_from_lua as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> GradientReversal(0.5)(x).sum().backward()
    >>> x.grad
    tensor([-0.5000, -0.5000])
    """

    def __init__(self, lambd: float = 1.0) -> None:
        super().__init__()
        self.lambd = lambd

    def set_lambda(self, lambd: float) -> None:
        """Changes the factor: it usually grows in training."""
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return _Scaled.apply(input, -self.lambd)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"lambd={self.lambd:g}"


class ZeroGrad(Module):
    """The identity whose gradient is 0 (Torch7's ``nn.ZeroGrad``)."""

    def forward(self, input: Tensor) -> Tensor:
        return _Scaled.apply(input, 0.0)  # type: ignore[no-any-return]


class L1Penalty(Module):
    """The identity that adds ``l1weight * sum(abs(input))`` to the loss (Torch7's ``nn.L1Penalty``).

    The penalty of the last input is kept as ``loss``; its gradient is added to what comes back.

    Args:
        l1weight: the factor.
        size_average: whether it is divided by the number of elements.
        provide_output: whether what comes back is added to; False leaves the penalty's gradient alone.
    """

    loss: float | None = None

    def __init__(self, l1weight: float, size_average: bool = False, provide_output: bool = True) -> None:
        super().__init__()
        self.l1weight, self.size_average, self.provide_output = l1weight, size_average, provide_output

    def forward(self, input: Tensor) -> Tensor:
        weight = self.l1weight / input.numel() if self.size_average and input.numel() else self.l1weight
        self.loss = weight * float(input.detach().abs().sum())
        return _Penalised.apply(input, weight, self.provide_output)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"l1weight={self.l1weight:g}, size_average={self.size_average}, provide_output={self.provide_output}"


def _told(value: Any) -> str:
    return str(tuple(value.shape)) if isinstance(value, Tensor) else str([_told(v) for v in value])


class _Printed(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, prefix: str) -> Tensor:
        ctx.prefix = prefix
        return x

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        print(f"{ctx.prefix}: gradOutput {_told(grads[0])}")  # noqa: T201 - what it is for
        return grads[0], None


class PrintSize(Module):
    """The identity that prints the sizes of what passes, forward and backward (Torch7's ``nn.PrintSize``).

    Args:
        prefix: what stands before the sizes.
    """

    def __init__(self, prefix: str = "PrintSize") -> None:
        super().__init__()
        self.prefix = prefix

    def forward(self, input: Any) -> Any:
        print(f"{self.prefix}: input {_told(input)}")  # noqa: T201 - what it is for
        return _Printed.apply(input, self.prefix) if isinstance(input, Tensor) else input

    def extra_repr(self) -> str:
        return repr(self.prefix)


class Constant(Module):
    """Always the same value, once for each sample of a batch (Torch7's ``nn.Constant``).

    Args:
        value: a number, or a tensor, kept as a buffer.
        num_input_dims: the number of dimensions of one sample: an input of more is a batch. None: never a batch.
    """

    value: Tensor

    def __init__(self, value: float | Tensor, num_input_dims: int | None = None) -> None:
        super().__init__()
        from pytorch_from_lua import tensor

        if not isinstance(value, Tensor):
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ModuleError(f"value: Constant needs a number or a tensor, got {type(value).__name__}")
            value = tensor([float(value)])
        self.num_input_dims = num_input_dims
        self.register_buffer("value", value)

    def forward(self, input: Tensor) -> Tensor:
        if self.num_input_dims is not None and input.ndim > self.num_input_dims:
            return self.value.expand((input.shape[0], *self.value.shape)).clone()
        return self.value.clone()

    def extra_repr(self) -> str:
        return f"{tuple(self.value.shape)}"


class Collapse(Module):
    """All dimensions of a sample as one (Torch7's ``nn.Collapse``).

    Args:
        num_input_dims: how many dimensions a sample has at most: an input of more is a batch.
    """

    def __init__(self, num_input_dims: int) -> None:
        super().__init__()
        self.num_input_dims = num_input_dims

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(1) if input.ndim > self.num_input_dims else input.flatten()

    def extra_repr(self) -> str:
        return f"num_input_dims={self.num_input_dims}"
