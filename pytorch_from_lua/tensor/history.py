"""What a tensor knows of its gradient: the methods around ``backward()``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

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
        inputs: Sequence[Any] | None = None,
    ) -> None:
        """Adds this tensor's gradient with respect to each leaf to the leaf's ``grad``.

        Args:
            gradient: the gradient with respect to this tensor; may be None where it has one element.
            retain_graph: keep the graph for another call; as ``create_graph`` where None.
            create_graph: record the computation of the gradients, so that they have gradients themselves.
            inputs: accumulate into these tensors only.

        Raises:
            AutogradError: where there is no graph, or it was freed, or a value in it was changed in place since.
        """
        engine.backward(self, gradient, retain_graph, create_graph, inputs)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Sets whether operations on this tensor are recorded; returns it.

        Raises:
            AutogradError: for a tensor that is no leaf.
            DTypeError: for a type through which no gradients flow.
        """
        return engine.requires_grad_(self, requires_grad)

    def register_hook(self, hook: Callable[[Any], Any]) -> HookHandle:
        """Calls ``hook(gradient)`` when this tensor's gradient is computed; what it returns takes its place."""
        return engine.register_hook(self, hook)

    def retain_grad(self) -> None:
        """Keeps this tensor's gradient in ``grad``, though it is no leaf."""
        engine.retain_grad(self)

    def detach(self) -> Tensor:
        """The same memory without history."""
        return engine.detach(self)

    def detach_(self) -> Self:
        """Forgets its history, in place."""
        return engine.detach_(self)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation computed this tensor."""
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
