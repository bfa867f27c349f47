"""What the comparison with the peer needs: inputs of every type, and the comparison of two results.

An expression names ``torch``, which is this library on one side and the peer on the other, and inputs of `INPUTS`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

import pytorch_from_lua as ours
from pytorch_from_lua.errors import TensorError

INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
FLOATS = ("float16", "float32", "float64")
DTYPES = (*INTEGERS, "bool", *FLOATS)
_LOOSE = {"float16": 4e-3, "float32": 6e-6, "float64": 2e-12}

NAN, INF = float("nan"), float("inf")
#: name -> values that floats take; integers take them rounded towards zero, and unsigned ones their magnitude.
VALUES: dict[str, Any] = {
    "x": [[1.25, -2.5, 0.0], [3.75, -0.5, 2.0]],
    "y": [[2.0, 1.5, -3.0], [-1.0, 4.25, 2.5]],  # no zero
    "z": [[0.0, 1.5, 2.0], [-1.0, 0.0, 2.0]],  # zeros
    "p": [[1.25, 2.5, 3.0], [4.75, 1.5, 2.0]],  # positive
    "u": [[0.125, 0.5, 0.9], [0.3, 0.75, 0.6]],  # between 0 and 1
    "v": [3.0, 1.0, 2.0, 1.0, 5.0, 3.0, 1.0],  # equal ones
    "w": [1.5, -2.0, 4.0, 0.5, 2.25, -1.0, 3.0],
    "c": [[1.0, 4.0, 2.0, 8.0], [5.0, 3.0, 7.0, 6.0]],  # no two equal
    "s": 2.5,  # no dimensions
    "q": [[NAN, INF, -1.5], [2.5, NAN, -INF]],
    "e": np.zeros((0, 3)),  # no elements
    "r": [1.0, 2.0, 4.0, 7.0],  # sorted
    "t": np.linspace(-2, 2.5, 24).reshape(2, 3, 4),
}
#: Inputs of a type of their own.
FIXED = {
    "f": np.array([[0.5, 1.5, -2.0], [2.0, 3.0, 0.25]], np.float32),
    "d": np.array([[0.5, 1.5, -2.0], [2.0, 3.0, 0.25]]),
    "k": np.array([[2, 0, 1], [3, 1, 2]]),
    "n": np.array([1, 0, 2, 2, 1, 4, 1]),
    "b": np.array([[True, False, True], [False, True, True]]),
}


def array(name: str, dtype: str) -> Any:
    """The values of an input in an element type."""
    if name in FIXED:
        return FIXED[name]
    values = np.asarray(VALUES[name])
    if dtype in FLOATS:
        return values.astype(dtype)
    values = np.nan_to_num(values, nan=0, posinf=9, neginf=-9)
    return (np.abs(values) if dtype == "uint8" else values).astype(dtype)


def inputs(library: Any, dtype: str, gradients: bool) -> dict[str, Any]:
    """Every input as a tensor of a library."""
    made = {}
    for name in (*VALUES, *FIXED):
        t = made[name] = library.tensor(array(name, dtype))
        if gradients and name in VALUES:
            t.requires_grad_(True)
    return made


def run(library: Any, expression: str, dtype: str, gradients: bool) -> tuple[Any, dict[str, Any]]:
    """The value of an expression, and the inputs that it had."""
    names = inputs(library, dtype, gradients)
    scope = {"torch": library, "dtype": getattr(library, dtype), "nan": NAN, "inf": INF, **names}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peer warns of what its next version will do
        value = eval(expression, scope)
    return value, names


def is_tensor(value: Any) -> bool:
    return hasattr(value, "detach") and hasattr(value, "shape")


def compare(mine: Any, theirs: Any, where: str = "result", loose: float | None = None, recorded: bool = False) -> None:
    """Raise AssertionError where two results differ in kind, type, shape or value."""
    if is_tensor(theirs):
        assert is_tensor(mine), f"{where}: {mine!r} is no tensor, the peer's is {theirs!r}"
        name = str(theirs.dtype).removeprefix("torch.")
        assert mine.dtype.name == name, f"{where}: type {mine.dtype.name}, the peer's is {name}"
        assert mine.shape == tuple(theirs.shape), f"{where}: shape {mine.shape}, the peer's is {tuple(theirs.shape)}"
        if recorded:
            assert mine.requires_grad == theirs.requires_grad, f"{where}: requires_grad is {mine.requires_grad}"
        limit = max(_LOOSE.get(name, 0.0), loose or 0.0)
        a, b = mine.detach().numpy(), theirs.detach().numpy(force=True)
        np.testing.assert_allclose(a, b, rtol=limit, atol=limit, err_msg=where, equal_nan=True)
    elif isinstance(theirs, (tuple, list)):
        assert isinstance(mine, (tuple, list)), f"{where}: {mine!r} is no tuple"
        assert len(mine) == len(theirs), f"{where}: {len(mine)} results, the peer's are {len(theirs)}"
        fields = getattr(type(mine), "_fields", None)
        for i, (a, b) in enumerate(zip(mine, theirs, strict=True)):
            compare(a, b, f"{where}[{i}]", loose, recorded)
        if type(theirs).__module__ == "torch.return_types":
            assert fields is not None, f"{where}: the peer's has names"
            assert all(getattr(theirs, name) is theirs[i] for i, name in enumerate(fields)), f"{where}: {fields}"
    elif type(theirs).__name__ == "dtype":
        assert mine.name == str(theirs).removeprefix("torch."), f"{where}: {mine}, the peer's is {theirs}"
    elif isinstance(theirs, float):
        assert type(mine) is float, f"{where}: {mine!r} is no float"
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, err_msg=where)
    else:
        assert type(mine) is type(theirs), f"{where}: {mine!r}, the peer's is {theirs!r}"
        assert mine == theirs, f"{where}: {mine!r}, the peer's is {theirs!r}"


def gradients_of(value: Any, names: dict[str, Any], library: Any) -> dict[str, Any]:
    """The gradients of the inputs, where the results are weighted by 1, 2, 3, ..."""
    total: Any = None
    for part in value if isinstance(value, (tuple, list)) else [value]:
        if is_tensor(part) and part.requires_grad:
            weights = np.arange(1, part.numel() + 1, dtype=str(part.dtype).rpartition(".")[2]).reshape(part.shape)
            weighted = (part * library.tensor(weights)).sum()
            total = weighted if total is None else total + weighted
    if total is None:
        return {}
    total.backward()
    return {name: t.grad for name, t in names.items() if t.grad is not None}


_ANSWERS = (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError)


def disagreement(peer: Any, expression: str, dtype: str, loose: float | None = None) -> str | None:
    """What differs between this library and the peer, or None; "skipped" where the peer lacks the type."""
    floats = dtype in ("float32", "float64")
    error: Exception | None = None
    their_error: Exception | None = None
    theirs = their_names = their_gradients = mine = names = None
    try:
        theirs, their_names = run(peer, expression, dtype, floats)
    except _ANSWERS as raised:
        if "not implemented for" in str(raised) or "expected scalar type" in str(raised):
            return "skipped"
        their_error = raised
    try:
        mine, names = run(ours, expression, dtype, floats)
    except Exception as raised:
        error = raised
    if error is not None and not isinstance(error, TensorError):
        return f"raises an error that is not one of ours, {type(error).__name__}: {error}"
    if error is not None:
        return None if their_error is not None else f"raises {type(error).__name__}: {error}"
    if their_error is not None:
        return f"gives {mine}, the peer raises {str(their_error).splitlines()[0]}"
    if floats:
        try:
            their_gradients = gradients_of(theirs, their_names or {}, peer)
        except RuntimeError as raised:
            if "derivative for" not in str(raised):  # that it does not have
                raise
    try:
        compare(mine, theirs, loose=loose, recorded=their_gradients is not None)
        if their_gradients is not None:
            compare_gradients(gradients_of(mine, names or {}, ours), their_gradients, loose)
    except AssertionError as raised:
        return " ".join(str(raised).split())
    return None


def compare_gradients(mine: dict[str, Any], theirs: dict[str, Any], loose: float | None) -> None:
    """Raise AssertionError where gradients differ; one of zeros and none at all are the same."""
    for name in sorted({*mine, *theirs}):
        a, b = mine.get(name), theirs.get(name)
        if a is None or b is None:
            assert not (a if b is None else b).any(), f"gradient of {name}: {a}, the peer's is {b}"
        else:
            compare(a, b, f"gradient of {name}", loose)


def rows(text: str) -> list[tuple[str, float | None, bool]]:
    """The expressions of a text, one a line: each with the tolerance behind ``# ~``, and whether booleans take part."""
    found: list[Any] = []
    for line in text.strip().splitlines():
        expression, _, mark = line.partition("  # ")
        loose = float(mark.removeprefix("~")) if mark.startswith("~") else None
        found.append((expression, loose, mark != "not bool"))
    assert len({e for e, *_ in found}) == len(found), "an expression stands twice"
    return found


def check(peer: Any, expression: str, loose: float | None = None, bools: bool = True) -> None:
    """Raise AssertionError where an expression differs from the peer's for any element type, or none can run."""
    answers = {dtype: disagreement(peer, expression, dtype, loose) for dtype in DTYPES if bools or dtype != "bool"}
    assert set(answers.values()) != {"skipped"}
    wrong = [f"{dtype}: {answer}" for dtype, answer in answers.items() if answer not in (None, "skipped")]
    assert not wrong, "\n".join([expression, *wrong])
