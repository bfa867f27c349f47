"""Optimizer: parameter groups, their state, and what every algorithm shares (PyTorch's ``optim.Optimizer``)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.tensor import Tensor


class Optimizer:
    """Changes parameters by their gradients.

    A subclass names the kernel that does a step on one parameter as ``_kernel``; it is called with the array, the
    gradient, the state and the options. Or it writes `_update` or `step` itself.

    Args:
        params: tensors, or dicts with "params" and options of their own.
        defaults: the options of parameters that have none of their own.

    Attributes:
        param_groups: dicts with "params" and the options.
        state: what the algorithm keeps, a dict for each parameter.
    """

    _kernel: ClassVar[Callable[..., None]]
    #: Options that a group may bring although no algorithm has them: what schedulers note down.
    _noted: ClassVar[frozenset[str]] = frozenset({"params", "initial_lr"})

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise OptimizerError("params: needs a list of tensors, got a tensor")
        given = list(params)
        if not given:
            raise OptimizerError("params: needs at least one parameter, got none")
        groups = given if isinstance(given[0], dict) else [{"params": given}]
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[int, dict[str, Any]] = {}
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Adds parameters with options of their own (a new last layer with a larger ``lr``, say)."""
        if not isinstance(group, dict) or "params" not in group:
            raise OptimizerError(f"params: a group needs to be a dict with 'params', got {group!r}")
        params = group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        held = {id(p) for g in self.param_groups for p in g["params"]}
        for p in params:
            if not isinstance(p, Tensor):
                raise OptimizerError(f"params: needs tensors, got {type(p).__name__}")
            if not p.is_leaf:
                raise OptimizerError("params: needs leaf tensors, got the result of an operation")
            if id(p) in held:
                raise OptimizerError("params: a parameter is given twice")
            held.add(id(p))
        unknown = sorted(set(group) - set(self.defaults) - self._noted)
        if unknown:
            raise OptimizerError(f"options: {unknown} are not known; allowed are {sorted(self.defaults)}")
        self.param_groups.append({**self.defaults, **group, "params": params})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets all gradients, or sets them to 0 in place."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    p.grad.array[...] = 0
                    p.grad.bump()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Changes every parameter that has a gradient; returns what ``closure()``, called first, returns."""
        from pytorch_from_lua.autograd import enable_grad

        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    state = self.state.get(id(p))
                    if state is None:
                        state = self.state[id(p)] = {}
                    grad = p.grad.array
                    self._update(p.array, -grad if group.get("maximize", False) else grad, state, group)
                    p.bump()
        return loss

    def _update(self, param: Any, grad: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """Changes the array ``param`` in place."""
        type(self)._kernel(param, grad, state, **{k: options[k] for k in self.defaults if k != "maximize"})

    def state_dict(self) -> dict[str, Any]:
        """The state and the options, with parameters as numbers in the order in which they were given."""
        numbers = self._numbers()
        return {
            "state": {numbers[key]: dict(value) for key, value in self.state.items() if key in numbers},
            "param_groups": [
                {**{k: v for k, v in g.items() if k != "params"}, "params": [numbers[id(p)] for p in g["params"]]}
                for g in self.param_groups
            ],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes up a state that `state_dict` gave for parameters of the same number and order."""
        sizes = [len(g["params"]) for g in self.param_groups]
        if [len(g["params"]) for g in state["param_groups"]] != sizes:
            raise OptimizerError(f"state: needs groups of {sizes} parameters")
        for group, given in zip(self.param_groups, state["param_groups"], strict=True):
            group.update({k: v for k, v in given.items() if k != "params"})
        by_number = {number: key for key, number in self._numbers().items()}
        self.state = {
            by_number[number]: copy.deepcopy(value) for number, value in state["state"].items() if number in by_number
        }

    def __getstate__(self) -> dict[str, Any]:
        """What is copied and pickled: the state under the parameters' numbers, which stay the same."""
        numbers = self._numbers()
        return {**self.__dict__, "state": {numbers[k]: v for k, v in self.state.items() if k in numbers}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        by_number = {number: key for key, number in self._numbers().items()}
        self.state = {by_number[number]: value for number, value in state["state"].items()}

    def _numbers(self) -> dict[int, int]:
        return {id(p): i for i, p in enumerate(p for g in self.param_groups for p in g["params"])}


def check(name: str, value: float, low: float, high: float | None = None) -> None:
    """Raises OptimizerError where an option lies outside of [low, high)."""
    if not value >= low or (high is not None and not value < high):
        allowed = f"at least {low}" if high is None else f"at least {low} and under {high}"
        raise OptimizerError(f"{name}: needs to be {allowed}, got {value}")


def check_options(betas: tuple[float, ...] = (), /, **options: float) -> None:
    """Raises OptimizerError where an option is negative, or one of ``betas`` not in [0, 1)."""
    for name, value in options.items():
        check(name, value, 0.0)
    for k, beta in enumerate(betas):
        check(f"betas[{k}]", beta, 0.0, 1.0)
