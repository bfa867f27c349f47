"""Conjugate gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.optim.lbfgs import Point
from pytorch_from_lua.optim.optimizer import check_options
from pytorch_from_lua.optim.whole import Closure, WholeOptimizer


class CG(WholeOptimizer):
    """Conjugate gradients of Polak and Ribiere (Torch7's ``optim.cg``, after C. E. Rasmussen's "minimize").

    Each line search interpolates by cubics and parabolas until a point satisfies the Wolfe-Powell conditions. One
    ``step(closure)`` is a whole minimization of up to ``max_eval`` evaluations; nothing is kept from step to step.

    Args:
        params: tensors.
        max_iter: evaluations a line search (Torch7's maxIter).
        max_eval: evaluations a step, 1.25 times as many unless given (maxEval).
        rho: how much of the slope the loss must fall by.
        sig: how much of the slope may be left.
        interpolation: how near to the ends of the bracket a trial may lie, as a share of it (int).
        extrapolation: how many times as far a trial may lie (ext).
        ratio: how many times as long the next line's first trial may be.

    Raises:
        OptimizerError: for a negative option.
    """

    def __init__(
        self,
        params: Iterable[Any],
        max_iter: int = 20,
        max_eval: int | None = None,
        rho: float = 0.01,
        sig: float = 0.5,
        interpolation: float = 0.1,
        extrapolation: float = 3.0,
        ratio: float = 100.0,
    ) -> None:
        defaults = {
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "rho": rho,
            "sig": sig,
            "interpolation": interpolation,
            "extrapolation": extrapolation,
            "ratio": ratio,
        }
        check_options(**defaults)
        super().__init__(params, defaults)

    def step(self, closure: Closure | None = None) -> list[float]:
        """Minimizes; returns the loss at the start and after each line search.

        Args:
            closure: clears the gradients, computes the loss and its gradients, and returns the loss.

        Raises:
            OptimizerError: without a closure.
        """
        closure, options, evaluated = self._closure(closure), self.param_groups[0], 1
        loss, grad = self._evaluate(closure)
        losses, d = [loss], -grad
        slope = -float(d @ d)
        t = 1 / (1 - slope)
        while evaluated < options["max_eval"]:
            x = self._gather()

            def along(t: float, x: Array = x, d: Array = d) -> Point:
                nonlocal evaluated
                evaluated += 1
                value, gradient = self._evaluate(closure, x + t * d)
                return Point(t, value, gradient, float(gradient @ d))

            left = min(options["max_iter"], options["max_eval"] - evaluated - 1)
            found = _search(along, Point(0.0, loss, grad, slope), t, left, options)
            if found is None:
                self._set(x)
                break
            loss = found.loss
            losses.append(loss)
            new = found.grad
            d = d * _divided(float(new @ new - new @ grad), float(grad @ grad)) - new
            grad, last = new, slope
            slope = float(grad @ d)
            if slope > 0:
                d = -grad
                slope = -float(d @ d)
            t = found.t * min(options["ratio"], last / slope if slope != 0 else math.inf)
        self._memory["func_evals"] = self._memory.get("func_evals", 0) + evaluated
        return losses


def _search(
    along: Callable[[float], Point], start: Point, t: float, left: int, options: dict[str, Any]
) -> Point | None:
    """A point that satisfies the conditions, in ``left`` evaluations after the first; None where there is none."""
    rho, sig, near, far = [float(options[k]) for k in ("rho", "sig", "interpolation", "extrapolation")]

    def too_far(p: Point) -> bool:
        return p.loss > start.loss + p.t * rho * start.slope or p.slope > -sig * start.slope

    other, point, limit = start, along(t), math.inf
    gap = other.t - point.t  # where the other point lies, seen from this one
    while True:
        while too_far(point) and left > 0:
            limit = point.t
            if point.loss > start.loss:
                move = gap - _divided(0.5 * other.slope * gap * gap, other.slope * gap + point.loss - other.loss)
            else:
                a, b = _cubic(point, other, gap)
                move = _divided(_root(b * b - a * point.slope * gap * gap) - b, a)
            if not math.isfinite(move):
                move = gap / 2
            move = max(min(move, near * gap), (1 - near) * gap)
            point = along(point.t + move)
            left -= 1
            gap -= move
        if too_far(point):
            return None
        if point.slope > sig * start.slope:
            return point
        if left <= 0 or not math.isfinite(point.loss):
            return None
        a, b = _cubic(point, other, gap)
        move = _divided(-point.slope * gap * gap, b + _root(b * b - a * point.slope * gap * gap))
        room = limit - point.t
        if math.isinf(limit):
            if not math.isfinite(move) or move < 0 or move + point.t > point.t * far:
                move = point.t * (far - 1)
            elif move < -gap * near:
                move = -gap * near
        elif not math.isfinite(move) or move < 0 or move > room:
            move = room / 2
        elif move < -gap * near:
            move = -gap * near
        elif move < room * (1 - near):
            move = room * (1 - near)
        other, gap = point, -move
        point = along(point.t + move)
        left -= 1


def _cubic(point: Point, other: Point, gap: float) -> tuple[float, float]:
    """The coefficients of the cubic through both, of its third and second power but for a factor."""
    a = _divided(6 * (point.loss - other.loss), gap) + 3 * (point.slope + other.slope)
    return a, 3 * (other.loss - point.loss) - gap * (other.slope + 2 * point.slope)


def _divided(a: float, b: float) -> float:
    return a / b if b != 0 else math.nan


def _root(square: float) -> float:
    return math.sqrt(square) if square >= 0 else math.nan
