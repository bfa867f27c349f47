"""What the optimizers share that see all parameters as one vector and call for the loss several times a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.kernels.namespace import Array, namespace
from pytorch_from_lua.optim.optimizer import Optimizer

Closure = Callable[[], Any]


class WholeOptimizer(Optimizer):
    """An optimizer of one vector, all parameters in their order. It has one group, and one state.

    Args:
        params: tensors.
        defaults: the options.

    Raises:
        OptimizerError: for more than one group.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        super().__init__(params, defaults)
        self.state[id(self._params[0])] = {}

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Refuses a second group: there is one vector."""
        if self.param_groups:
            raise OptimizerError(f"params: {type(self).__name__} has one group for all parameters")
        super().add_param_group(group)

    @property
    def _params(self) -> list[Any]:
        params: list[Any] = self.param_groups[0]["params"]
        return params

    @property
    def _memory(self) -> dict[str, Any]:
        """The state of the whole."""
        return self.state[id(self._params[0])]

    def _closure(self, closure: Closure | None) -> Closure:
        if closure is None:
            raise OptimizerError(f"closure: {type(self).__name__}.step needs a function that gives the loss, got None")
        return closure

    def _gather(self) -> Array:
        """A copy of the parameters, (n,)."""
        return _joined([p.array for p in self._params])

    def _set(self, values: Array) -> None:
        """Writes the parameters out of a vector (n,)."""
        start = 0
        for p in self._params:
            p.array[...] = values[start : start + p.array.size].reshape(p.array.shape)
            p.bump()
            start += p.array.size

    def _gradient(self) -> Array:
        """A copy of the gradients, (n,); zeros for a parameter without one."""
        return _joined(
            [namespace(p.array).zeros_like(p.array) if p.grad is None else p.grad.array for p in self._params]
        )

    def _evaluate(self, closure: Closure, at: Array | None = None) -> tuple[float, Array]:
        """The loss and its gradient, where the parameters are or at a vector to which they are moved."""
        if at is not None:
            self._set(at)
        return float(_called(closure)), self._gradient()


def _called(closure: Closure) -> Any:
    from pytorch_from_lua.autograd import enable_grad

    with enable_grad():
        return closure()


def loss_of(closure: Closure) -> float:
    """The loss as a number."""
    return float(_called(closure))


def _joined(arrays: list[Array]) -> Array:
    xp = namespace(arrays[0])
    return xp.concatenate([a.reshape(-1) for a in arrays])
