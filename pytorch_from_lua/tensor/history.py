"""What a tensor knows of its gradient: the methods around ``backward()``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pytorch_from_lua.autograd import engine
from pytorch_from_lua.errors import DTypeError
from pytorch_from_lua.tensor.base import TensorBase

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytorch_from_lua.autograd.leaves import HookHandle
    from pytorch_from_lua.tensor.tensor import Tensor


class History(TensorBase):
    """Methods that record, compute and cut gradients."""

    __slots__ = ()

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Sequence[Tensor] | None = None,
    ) -> None:
        """Adds this tensor's gradient with respect to each leaf to the leaf's ``grad``.

        Args:
            gradient: the gradient with respect to this tensor; may be None where it has one element.
            retain_graph: keep the graph for another call; as ``create_graph`` where None.
            create_graph: record the computation of the gradients, so that they have gradients themselves.
            inputs: accumulate into these tensors only.

        Raises:
            AutogradError: where there is no graph, or it was freed, or a value in it was changed in place since.

        >>> from pytorch_from_lua import tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4.])
        """
        engine.backward(self, gradient, retain_graph, create_graph, inputs)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Sets whether operations on this tensor are recorded; returns it.

        Raises:
            AutogradError: for a tensor that is no leaf.
            DTypeError: for a type through which no gradients flow.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0]).requires_grad_()
        tensor([1.], requires_grad=True)
        """
        return engine.requires_grad_(self, requires_grad)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> HookHandle:
        """Calls ``hook(gradient)`` when this tensor's gradient is computed; what it returns takes its place.

        >>> from pytorch_from_lua import tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> handle = x.register_hook(lambda gradient: gradient * 10)
        >>> x.sum().backward()
        >>> x.grad
        tensor([10., 10.])
        """
        return engine.register_hook(self, hook)

    def retain_grad(self) -> None:
        """Keeps this tensor's gradient in ``grad``, though it is no leaf.

        >>> from pytorch_from_lua import tensor
        >>> y = tensor([1.0, 2.0], requires_grad=True) * 3
        >>> y.retain_grad()
        >>> (y * y).sum().backward()
        >>> y.grad
        tensor([ 6., 12.])
        """
        engine.retain_grad(self)

    def detach(self) -> Tensor:
        """The same memory without history.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0], requires_grad=True).detach()
        tensor([1.])
        """
        return engine.detach(self)

    def detach_(self) -> Self:
        """Forgets its history, in place."""
        return engine.detach_(self)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation computed this tensor.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1.0], requires_grad=True).is_leaf
        True
        """
        return self.grad_fn is None

    @property
    def data(self) -> Tensor:
        """The same memory without history."""
        return engine.detach(self)

    @data.setter
    def data(self, other: TensorBase) -> None:
        """Views the memory of ``other`` from now on; the history and the gradient stay."""
        if not isinstance(other, TensorBase):
            raise DTypeError(f"data: needs a tensor, got {type(other).__name__}")
        self._place(other._storage, other.geometry)
