"""One expression, evaluated with two libraries that have the same names: everything that a user sees must agree.

An expression such as ``T.hstack([v, v])`` is evaluated with ``T`` as ``pytorch_from_lua`` and as PyTorch, and the
other names as tensors of the same numbers. Compared are: whether it fails; the structure of the result (tuple, list,
names of fields); shape, element type and values; which inputs change when the result is written to; gradients of first
and second order.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import pytorch_from_lua


def _inputs() -> dict[str, np.ndarray]:
    """The tensors that expressions may name. Those of floats require gradients."""
    r = np.random.RandomState(7)
    sym = r.randn(4, 4)
    return {
        "s": np.asarray(r.randn()),
        "u": r.randn(1),
        "v": r.randn(4),
        "w": r.randn(3),
        "a": r.randn(3, 4),
        "b": r.randn(4, 5),
        "c": r.randn(2, 3, 4),
        "d": r.randn(2, 4, 3),
        "f": r.randn(1, 3, 1, 2),
        "z": r.randn(0, 3),
        "q": r.randn(4, 4),
        "k": r.randn(2, 3, 3),
        "p": sym @ sym.T + np.eye(4),
        "f32": r.randn(2, 3).astype(np.float32),
        "f16": r.randn(2, 3).astype(np.float16),
        "i": r.randint(-5, 5, (3, 4)),
        "j": np.asarray([2, 0, 2]),
        "l": r.randint(0, 3, (3, 4)),
        "i32": r.randint(-5, 5, (2, 3)).astype(np.int32),
        "u8": r.randint(0, 9, (2, 3)).astype(np.uint8),
        "m": r.rand(3, 4) > 0.5,
        "n": np.asarray([True, False, True]),
        "e": np.zeros(0, np.int64),
    }


def evaluate(lib: Any, expression: str, gradients: bool) -> tuple[Any, dict[str, Any]]:
    """The result, and the tensors that the expression names."""
    names = set(re.findall(r"\b[a-z]\w*\b", expression))
    made = {}
    for name, array in _inputs().items():
        if name in names:
            made[name] = lib.from_numpy(array.copy() if array.ndim else array.reshape(1).copy()).reshape(array.shape)
            if gradients and array.dtype.kind == "f":
                made[name] = made[name].detach().requires_grad_()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what PyTorch deprecates it still does
        return eval(expression, {"T": lib, "inf": float("inf"), **made}), made


def leaves(result: Any) -> list[Any]:
    """The tensors and other values in a result, in order."""
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in leaves(part)]
    return [result]


def structure(result: Any) -> Any:
    """What holds what: tuples with their fields, lists, tensors, other values by their type's name."""
    if isinstance(result, (tuple, list)):
        fields = getattr(result, "_fields", None)
        if fields is None and hasattr(type(result), "n_fields"):  # PyTorch's own named tuples
            own = type(result)
            fields = tuple([name for name in dir(own) if type(getattr(own, name)).__name__ == "member_descriptor"])
        parts = tuple([structure(part) for part in result])
        return (sorted(fields) if fields else type(result).__name__.replace("Size", "tuple"), parts)
    name = type(result).__name__
    return {"Parameter": "Tensor", "dtype": "DType"}.get(name, name)


def is_tensor(value: Any) -> bool:
    return type(value).__name__ == "Tensor"


def array_of(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().numpy())


def _gradients(lib: Any, result: Any, made: dict[str, Any], second: bool) -> dict[str, np.ndarray]:
    """The gradient of a weighted sum of everything in the result with respect to each input; then once more."""
    r = np.random.RandomState(3)
    floats = [t for t in leaves(result) if is_tensor(t) and t.requires_grad]
    wanted = {name: t for name, t in made.items() if t.requires_grad}
    if not floats or not wanted:
        return {}
    total: Any = 0.0
    for t in floats:
        total = total + (t.double() * lib.from_numpy(np.asarray(r.randn(*t.shape)).reshape(t.shape))).sum()
    grad = lib.autograd.grad
    found = grad(total, list(wanted.values()), create_graph=second, allow_unused=True)
    named = {f"d{name}": g for name, g in zip(wanted, found, strict=True) if g is not None}
    if second:
        again: Any = 0.0
        for g in named.values():
            if g.requires_grad:
                weights = np.asarray(r.randn(*g.shape)).reshape(tuple(g.shape))
                again = again + (g.double() * lib.from_numpy(weights)).sum()
        if is_tensor(again) and again.requires_grad:
            twice = grad(again, list(wanted.values()), allow_unused=True)
            for name, g in zip(wanted, twice, strict=True):
                # A second derivative that is 0 everywhere may also be "not used".
                named[f"dd{name}"] = made[name] * 0 if g is None else g
    return {name: array_of(g) for name, g in named.items()}


def _changed(lib: Any, expression: str) -> set[str]:
    """The names of the inputs that change when the result is written to."""
    result, made = evaluate(lib, expression, False)
    changed = set()
    before = {name: array_of(t).copy() for name, t in made.items()}
    for t in leaves(result):
        if not is_tensor(t) or 0 in t.shape:
            continue
        try:
            t.add_(1) if t.dtype is not lib.bool else t.logical_not_()
        except (RuntimeError, TypeError, ValueError):  # an expanded result cannot be written to in PyTorch
            return {"cannot be written to"}
    for name, t in made.items():
        now = array_of(t)
        if now.shape != before[name].shape or not np.array_equal(now, before[name]):
            changed.add(name)
    return changed


def _attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        return error


def compare(
    peer: Any, expression: str, *, second: bool = True, alias: bool = True, rtol: float = 1e-7, atol: float = 1e-9
) -> None:
    """Fails where the two libraries differ in something that a user sees."""
    ours = _attempt(lambda: evaluate(pytorch_from_lua, expression, True))
    theirs = _attempt(lambda: evaluate(peer, expression, True))
    if isinstance(theirs, Exception):
        assert isinstance(ours, Exception), f"PyTorch refuses this ({theirs}), we give {ours[0]}"
        assert isinstance(ours, pytorch_from_lua.errors.TensorError | TypeError), f"{type(ours)} {ours}"
        return
    if isinstance(ours, Exception):
        raise ours
    assert structure(ours[0]) == structure(theirs[0])
    for mine, other in zip(leaves(ours[0]), leaves(theirs[0]), strict=True):
        if not is_tensor(other):
            assert mine == other or repr(mine).split(".")[-1] == repr(other).split(".")[-1]
            continue
        assert str(mine.dtype).split(".")[-1] == str(other.dtype).split(".")[-1]
        assert mine.shape == tuple(other.shape)
        assert mine.requires_grad == other.requires_grad or 0 in mine.shape
        loose = {"float16": 1e-2, "float32": 1e-4}.get(mine.dtype.name, 0)
        x, y = array_of(mine), array_of(other)
        np.testing.assert_allclose(x, y, rtol=max(rtol, loose), atol=max(atol, loose), equal_nan=True)
    found = _attempt(lambda: _gradients(pytorch_from_lua, *ours, second))
    wanted = _attempt(lambda: _gradients(peer, *theirs, second))
    if isinstance(wanted, Exception):
        return
    if isinstance(found, Exception):
        raise found
    for name in sorted(set(found) | set(wanted)):
        zero = np.zeros(())
        left, right = found.get(name, zero), wanted.get(name, zero)
        loose = 1e-4 if name.endswith("f32") else 1e-2 if name.endswith("f16") else 0
        np.testing.assert_allclose(
            left, right, rtol=max(rtol * 10, loose), atol=max(atol * 10, loose), err_msg=name, equal_nan=True
        )
    if alias:
        mine_changed, other_changed = _changed(pytorch_from_lua, expression), _changed(peer, expression)
        if "cannot be written to" not in mine_changed | other_changed:
            assert mine_changed == other_changed


def lines(table: str) -> list[str]:
    """The expressions of a table, a line each; a ``#`` begins a comment."""
    bare = [line.split("  #")[0].strip() for line in table.splitlines()]
    return [line for line in bare if line and not line.startswith("#")]
