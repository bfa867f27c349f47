"""Accelerated proximal gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.optim.optimizer import check_options
from pytorch_from_lua.optim.whole import Closure, WholeOptimizer


class FISTA(WholeOptimizer):
    """Minimizes f + g, f smooth and g with a cheap proximal step (Torch7's ``optim.FistaLS``).

    Beck and Teboulle, "A fast iterative shrinkage-thresholding algorithm", 2009, with backtracking: L, the bound of
    f's curvature, grows by ``L_step`` until a step of 1 / L keeps what it promises, and stays for the next call. One
    ``step(closure)`` does up to ``max_iter`` iterations from where the parameters are (Torch7 begins at 0), and
    leaves them, as Torch7 does, where the next iteration would begin.

    Args:
        params: tensors.
        prox: ``prox(parameter, L)`` changes a parameter in place into the point p for which
            g(p) + L/2 |p - parameter|^2 is least. For ``g(p) = a |p|_1`` that shrinks every element by a / L.
        penalty: ``penalty()`` gives g, which only enters the values and the test for the end; 0 unless given.
        L: where L begins.
        L_step: by what it grows.
        max_iter: iterations a step (Torch7's maxiter).
        max_line: how often L may grow in an iteration (maxline).
        tolerance_change: a change of f + g no larger ends the step (errthres).
        accelerate: whether to look ahead; without, it is ISTA (doFistaUpdate).

    Raises:
        OptimizerError: for a negative option.
    """

    def __init__(
        self,
        params: Iterable[Any],
        prox: Callable[[Any, float], Any],
        penalty: Callable[[], Any] | None = None,
        L: float = 0.1,
        L_step: float = 1.5,
        max_iter: int = 50,
        max_line: int = 20,
        tolerance_change: float = 1e-4,
        accelerate: bool = True,
    ) -> None:
        options = {
            "L": L,
            "L_step": L_step,
            "max_iter": max_iter,
            "max_line": max_line,
            "tolerance_change": tolerance_change,
        }
        check_options(**options)
        super().__init__(params, {**options, "accelerate": accelerate})
        self.prox = prox
        self.penalty = penalty

    def step(self, closure: Closure | None = None) -> list[float]:
        """Does up to ``max_iter`` iterations; returns the value of f + g after each.

        Args:
            closure: clears the gradients, computes f and its gradients, and returns f.

        Raises:
            OptimizerError: without a closure.
        """
        closure, options, state = self._closure(closure), self.param_groups[0], self._memory
        values: list[float] = []
        ahead = last = self._gather()  # y and the x before it
        t = 1.0
        for _ in range(options["max_iter"]):
            x, value = self._descend(closure, ahead, last, options, state)
            values.append(value)
            if options["accelerate"]:
                longer = (1 + math.sqrt(1 + 4 * t * t)) / 2
                ahead = x + ((t - 1) / longer) * (x - last)
                last, t = x, longer
            else:
                ahead = x
            if len(values) > 1 and abs(values[-1] - values[-2]) <= options["tolerance_change"]:
                break
        self._set(ahead)
        return values

    def _descend(
        self, closure: Closure, y: Array, last: Array, options: dict[str, Any], state: dict[str, Any]
    ) -> tuple[Array, float]:
        """A proximal step from y that f's curvature allows, and f + g there; the last x where there is none."""
        curvature = state.get("L", options["L"])
        f, grad = self._evaluate(closure, y)
        for _ in range(options["max_line"] + 1):
            state["L"] = curvature
            x = self._shrunk(y - grad / curvature, curvature)
            value, _ = self._evaluate(closure)
            step = x - y
            if value <= f + float(grad @ step) + curvature / 2 * float(step @ step):
                return x, value + (0.0 if self.penalty is None else float(self.penalty()))
            curvature *= options["L_step"]
        return last, value

    def _shrunk(self, values: Array, curvature: float) -> Array:
        """The proximal step from a vector (n,), at which the parameters are left."""
        from pytorch_from_lua.autograd import no_grad

        self._set(values)
        with no_grad():
            for p in self._params:
                self.prox(p, curvature)
        return self._gather()
