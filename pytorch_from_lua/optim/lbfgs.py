"""Limited-memory BFGS and its line search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.optim.optimizer import check_options
from pytorch_from_lua.optim.whole import Closure, WholeOptimizer


class LBFGS(WholeOptimizer):
    """Quasi-Newton steps out of the last steps and gradients (PyTorch's ``LBFGS``, Torch7's ``optim.lbfgs``).

    The inverse Hessian is applied by two loops over what is remembered (Nocedal and Wright, "Numerical optimization",
    algorithm 7.4). One ``step(closure)`` does up to ``max_iter`` iterations.

    Args:
        params: tensors.
        lr: the size of steps, the first trial of a line search.
        max_iter: iterations a step.
        max_eval: evaluations a step, 1.25 times as many unless given; a line search ends there too.
        tolerance_grad: a gradient nowhere larger ends the step.
        tolerance_change: so does a change of a parameter or of the loss that is smaller.
        history_size: how many steps are remembered.
        line_search_fn: None, or "strong_wolfe".

    Raises:
        OptimizerError: for an option out of range or another line search.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_options(lr=lr, tolerance_grad=tolerance_grad, tolerance_change=tolerance_change)
        if line_search_fn not in (None, "strong_wolfe"):
            raise OptimizerError(f"line_search_fn: needs to be None or 'strong_wolfe', got {line_search_fn!r}")
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)

    def step(self, closure: Closure | None = None) -> Any:
        """Does up to ``max_iter`` iterations; returns what the first call of ``closure()`` returned.

        Args:
            closure: clears the gradients, computes the loss and its gradients, and returns the loss.

        Raises:
            OptimizerError: without a closure.
        """
        closure = self._closure(closure)
        first: list[Any] = []

        def watched() -> Any:
            loss = closure()
            if not first:
                first.append(loss)
            return loss

        self._iterate(watched)
        return first[0]

    def _iterate(self, closure: Closure) -> None:
        options, state = self.param_groups[0], self._memory
        most, still = options["max_iter"], options["tolerance_change"]
        loss, grad = self._evaluate(closure)
        evaluations = 1
        state["func_evals"] = state.get("func_evals", 0) + 1
        if abs(grad).max() <= options["tolerance_grad"]:
            return
        for iteration in range(1, most + 1):
            state["n_iter"] = state.get("n_iter", 0) + 1
            d = state["d"] = self._direction(state, grad)
            state["prev_flat_grad"], state["prev_loss"] = grad, loss
            t = options["lr"]
            if state["n_iter"] == 1:
                t *= min(1.0, 1.0 / float(abs(grad).sum()))
            state["t"] = t
            slope = float(grad @ d)
            if slope > -still:
                break
            start, used = self._gather(), 0
            if options["line_search_fn"] is not None:
                begin = Point(0.0, loss, grad, slope)

                def along(t: float, start: Array = start, d: Array = d) -> Point:
                    value, gradient = self._evaluate(closure, start + t * d)
                    return Point(t, value, gradient, float(gradient @ d))

                found, used = strong_wolfe(along, begin, t, float(abs(d).max()), most=options["max_eval"] - evaluations)
                t, loss, grad = found.t, found.loss, found.grad
                state["t"] = t
                self._set(start + t * d)
            else:
                self._set(start + t * d)
                if iteration < most:  # after the last step, the loss is the next call's matter
                    loss, grad = self._evaluate(closure)
                    used = 1
            evaluations += used
            state["func_evals"] += used
            if (
                iteration == most
                or evaluations >= options["max_eval"]
                or abs(grad).max() <= options["tolerance_grad"]
                or abs(d * t).max() <= still
                or abs(loss - state["prev_loss"]) < still
            ):
                break

    def _direction(self, state: dict[str, Any], grad: Array) -> Array:
        """Minus the inverse Hessian times the gradient, (n,), after the last step is remembered."""
        if state["n_iter"] == 1:
            state.update(old_stps=[], old_dirs=[], ro=[], H_diag=1.0)
            return -grad
        steps, changes, inverse = state["old_stps"], state["old_dirs"], state["ro"]
        change, step = grad - state["prev_flat_grad"], state["d"] * state["t"]
        curvature = float(change @ step)
        if curvature > 1e-10:
            if len(steps) >= self.param_groups[0]["history_size"]:
                for history in (steps, changes, inverse):
                    history.pop(0)
            for history, value in ((steps, step), (changes, change), (inverse, 1.0 / curvature)):
                history.append(value)
            state["H_diag"] = curvature / float(change @ change)
        d, shares = -grad, [0.0] * len(steps)
        for k in reversed(range(len(steps))):
            shares[k] = float(steps[k] @ d) * inverse[k]
            d -= shares[k] * changes[k]
        d *= state["H_diag"]
        for k in range(len(steps)):
            d += (shares[k] - float(changes[k] @ d) * inverse[k]) * steps[k]
        return d


@dataclass(frozen=True)
class Point:
    """A point of a line: how far along, the loss there, its gradient (n,) and its slope along the line."""

    t: float
    loss: float
    grad: Array
    slope: float


def cubic_minimum(a: Point, b: Point, low: float, high: float) -> float:
    """Where the cubic through two points with their slopes is lowest, held within bounds; their middle if nowhere."""
    if a.t > b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2
    d2: float = square**0.5
    width = b.slope - a.slope + 2 * d2
    if width == 0:
        return (low + high) / 2
    return min(max(b.t - (b.t - a.t) * ((b.slope + d2 - d1) / width), low), high)


def strong_wolfe(
    along: Callable[[float], Point],
    start: Point,
    t: float,
    longest: float,
    c1: float = 1e-4,
    c2: float = 0.9,
    tolerance_change: float = 1e-9,
    most: int = 25,
) -> tuple[Point, int]:
    """A point that satisfies the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6).

    Args:
        along: the point at a distance along the line.
        start: the point at 0.
        t: the first trial.
        longest: the largest component of the direction.
        c1: how much of the slope the loss must fall by.
        c2: how much of the slope may be left.
        tolerance_change: a bracket shorter than that is not narrowed.
        most: how many trials may follow the first.

    Returns:
        The point, and the number of evaluations.
    """

    def too_high(point: Point) -> bool:
        return point.loss > start.loss + c1 * point.t * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    last, point, trials = start, along(t), 0
    bracket = None
    while trials < most:
        if too_high(point) or (trials > 1 and point.loss >= last.loss):
            bracket = [last, point]
            break
        if flat(point):
            return point, trials + 1
        if point.slope >= 0:
            bracket = [last, point]
            break
        ahead = cubic_minimum(last, point, point.t + 0.01 * (point.t - last.t), point.t * 10)
        last, point = point, along(ahead)
        trials += 1
    if bracket is None:
        bracket = [start, point]

    low = 0 if bracket[0].loss <= bracket[1].loss else 1
    stuck = False
    while trials < most and abs(bracket[1].t - bracket[0].t) * longest >= tolerance_change:
        left, right = sorted((bracket[0].t, bracket[1].t))
        trial = cubic_minimum(bracket[0], bracket[1], left, right)
        margin = 0.1 * (right - left)
        if min(right - trial, trial - left) >= margin:
            stuck = False
        elif stuck or not left < trial < right:  # near an end twice running, or on it: a tenth inside
            trial = right - margin if abs(trial - right) < abs(trial - left) else left + margin
            stuck = False
        else:
            stuck = True
        point = along(trial)
        trials += 1
        if too_high(point) or point.loss >= bracket[low].loss:
            bracket[1 - low] = point
            low = 0 if bracket[0].loss <= bracket[1].loss else 1
            continue
        if flat(point):
            return point, trials + 1
        if point.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = point
    return bracket[low], trials + 1
