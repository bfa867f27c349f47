"""Gradients checked against differences of the function's values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import grad
from pytorch_from_lua.autograd.graph import is_tensor
from pytorch_from_lua.autograd.record import wrap
from pytorch_from_lua.errors import AutogradError, DTypeError

Array = np.ndarray[Any, Any]


def gradcheck(
    function: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the gradients of ``function`` at ``inputs`` are its derivatives, by central differences.

    Args:
        function: takes ``inputs``, gives a tensor or several.
        inputs: a tensor or several, or other arguments; those that require a gradient must be of float64.
        eps: how far each element is moved, both ways.
        atol: the absolute difference allowed.
        rtol: the relative difference allowed.
        raise_exception: whether a failure raises, with the place and both values, or gives False.

    Raises:
        AutogradError: where they differ.
        DTypeError: for an input of another type, whose differences say nothing.
    """
    given = [inputs] if is_tensor(inputs) else list(inputs)
    wanted = [i for i, x in enumerate(given) if is_tensor(x) and x.requires_grad]
    for i in wanted:
        if given[i].dtype.name != "float64":
            raise DTypeError(f"inputs: number {i} is {given[i].dtype.name}; differences need float64")
    try:
        for o, out in enumerate(_outputs(function(*given))):
            if out.requires_grad:
                analytic = _analytic(out, [given[i] for i in wanted])
                for place, i in enumerate(wanted):
                    numeric = _numeric(function, given, i, o, eps)
                    _compare(analytic[place], numeric, o, i, given[i].shape, atol, rtol)
    except AutogradError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    function: Callable[..., Any], inputs: Any, grad_outputs: Sequence[Any] | None = None, **tolerances: Any
) -> bool:
    """`gradcheck` of the gradients themselves, as functions of ``inputs`` and of the gradients that come in.

    Args:
        function: as for `gradcheck`.
        inputs: as for `gradcheck`.
        grad_outputs: the gradients that come in; fixed numbers between 0.5 and 1.5 where None.
        tolerances: as for `gradcheck`.
    """
    given = [inputs] if is_tensor(inputs) else list(inputs)
    wanted = [i for i, x in enumerate(given) if is_tensor(x) and x.requires_grad]
    carrying = [i for i, out in enumerate(_outputs(function(*given))) if out.requires_grad]
    if grad_outputs is None:
        shapes = [_outputs(function(*given))[i].shape for i in carrying]
        grad_outputs = [wrap(_weights(shape)) for shape in shapes]
        for g in grad_outputs:
            g.requires_grad = True
    count = len(given)

    def gradients(*arguments: Any) -> tuple[Any, ...]:
        # Inputs stand in for themselves, so that an input which is used as it is has a gradient of its own.
        outputs = _outputs(function(*arguments[:count]))
        found = grad(
            [outputs[i] for i in carrying],
            [arguments[i] for i in wanted],
            list(arguments[count:]),
            create_graph=True,
            allow_unused=True,
        )
        return tuple([g for g in found if g is not None])

    return gradcheck(gradients, [*given, *grad_outputs], **tolerances)


def _outputs(result: Any) -> list[Any]:
    return [result] if is_tensor(result) else [r for r in result if is_tensor(r)]


def _weights(shape: tuple[int, ...]) -> Array:
    count = int(np.prod(shape))
    return (0.5 + (np.arange(1, count + 1) * 0.618034) % 1.0).reshape(shape)


def _analytic(out: Any, inputs: list[Any]) -> list[Array]:
    """For each input the matrix of derivatives: a row an element of the output."""
    count = out.numel()
    rows = [np.zeros((count, x.numel())) for x in inputs]
    for k in range(count):
        weight = np.zeros(count)
        weight[k] = 1
        found = grad(out, inputs, wrap(weight.reshape(out.shape)), retain_graph=True, allow_unused=True)
        for matrix, g in zip(rows, found, strict=True):
            if g is not None:
                matrix[k] = g.array.reshape(-1)
    return rows


def _numeric(function: Callable[..., Any], inputs: list[Any], place: int, output: int, eps: float) -> Array:
    x = inputs[place]
    values = x.array.copy()
    columns = []
    for index in np.ndindex(*values.shape):
        ends = []
        for step in (eps, -eps):
            trial = values.copy()
            trial[index] += step
            moved = wrap(trial)
            moved.requires_grad = True  # what a function does may depend on it (gradients of gradients do)
            result = function(*inputs[:place], moved, *inputs[place + 1 :])
            ends.append(_outputs(result)[output].array.reshape(-1).copy())
        columns.append((ends[0] - ends[1]) / (2 * eps))
    return np.stack(columns, 1) if columns else np.zeros((0, 0))


def _compare(
    analytic: Array, numeric: Array, output: int, place: int, shape: tuple[int, ...], atol: float, rtol: float
) -> None:
    if not numeric.size:
        return
    wrong = ~(np.abs(analytic - numeric) <= atol + rtol * np.abs(numeric))
    if wrong.any():
        row, column = (int(k) for k in np.argwhere(wrong)[0])
        index = tuple(int(k) for k in np.unravel_index(column, shape)) if shape else ()
        raise AutogradError(
            f"the derivative of element {row} of output {output} with respect to input {place}{list(index)} is "
            f"{analytic[row, column]:.9g} by the rules and {numeric[row, column]:.9g} by differences "
            f"({int(wrong.sum())} of {wrong.size} differ)\nby the rules:\n{analytic}\nby differences:\n{numeric}"
        )
