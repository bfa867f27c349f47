"""Every public function and method says what it does, and those that compute something show it."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Callable
from typing import Any

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import linalg, special
from pytorch_from_lua.autograd import record
from pytorch_from_lua.tensor.tensor import Tensor

#: Those without an example, and why.
RANDOM = "what it gives is random, or the state of what is"
OUTSIDE = "it needs a file or changes how everything after it works"
MEMORY = "it is about memory that the caller has besides"
EXEMPT = {
    **dict.fromkeys(["cauchy_", "exponential_", "geometric_", "log_normal_", "normal_", "random_", "uniform_"], RANDOM),
    **dict.fromkeys(["get_rng_state", "initial_seed", "seed", "set_rng_state"], RANDOM),
    **dict.fromkeys(["cuda", "load", "get_num_threads", "set_default_dtype", "set_default_tensor_type"], OUTSIDE),
    **dict.fromkeys(["bump", "data", "data_ptr", "from_array", "from_storage", "grad"], MEMORY),
}


def _methods() -> dict[str, Callable[..., Any]]:
    """The public methods and properties of tensors, as functions."""
    found = {}
    for name in dir(Tensor):
        member = inspect.getattr_static(Tensor, name)
        member = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if not name.startswith("_") and inspect.isfunction(member):
            found[name] = member
    return found


def _functions() -> dict[str, Callable[..., Any]]:
    return {
        f"{module.__name__}.{name}": getattr(module, name)
        for module in (torch, linalg, special)
        for name in dir(module)
        if not name.startswith("_") and inspect.isfunction(getattr(module, name))
        if name not in ("import_module", "apply")
    }


METHODS = _methods()
DESCRIBED = {**METHODS, **_functions()}
ROWS = {name: made for name, made in METHODS.items() if made.__module__ == record.__name__ and made.__name__ == name}


def _in_place(name: str) -> bool:
    """Whether this is another form of a method, which has the example."""
    return name.endswith("_") and name.rpartition(".")[2][:-1] in METHODS


def test_all_are_looked_at() -> None:
    assert len(ROWS) > 75
    assert len(METHODS) > 450
    assert len(DESCRIBED) > 900


@pytest.mark.parametrize("name", DESCRIBED)
def test_there_is_a_docstring_with_an_example(name: str) -> None:
    text = DESCRIBED[name].__doc__
    assert text is not None
    assert text.strip()
    assert ">>> " in text or _in_place(name) or name.rpartition(".")[2] in EXEMPT


def test_what_is_exempt_is_there_and_needs_it() -> None:
    for name in EXEMPT:
        known = [made for key, made in DESCRIBED.items() if key.rpartition(".")[2] == name]
        assert known
        assert any(">>> " not in (made.__doc__ or "") for made in known)


@pytest.mark.parametrize("name", ROWS)
def test_example_of_a_row(name: str) -> None:
    """The methods are made elsewhere, so that the collection of examples passes them over."""
    text = ROWS[name].__doc__
    assert text is not None
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, None)
    assert len(example.examples) == 2
    said: list[str] = []
    outcome = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example, out=said.append)
    assert outcome.failed == 0, "".join(said)


@pytest.mark.parametrize("name", ROWS)
def test_types_that_a_row_tells_of(name: str) -> None:
    text, made = str(ROWS[name].__doc__), ROWS[name]
    count = len(inspect.signature(made).parameters)
    for dtype, word in (
        (torch.int32, "whole numbers"), (torch.float64, "floating-point numbers"), (torch.bool, "booleans"),
    ):  # fmt: skip
        given = [torch.ones(2).to(dtype)] * count
        if f"DTypeError: for {word}" in text or f"and {word}." in text.partition("DTypeError")[2]:
            with pytest.raises(torch.errors.DTypeError):
                made(*given)
            continue
        result = made(*given).dtype
        if "elements are booleans" in text:
            assert result is torch.bool
        elif dtype is not torch.bool:
            becomes = "Whole numbers become the default" in text
            assert result is (torch.get_default_dtype() if becomes and dtype is torch.int32 else dtype)


def test_rows_say_what_they_raise() -> None:
    x = torch.ones(2, 3)
    for name, made in ROWS.items():
        if len(inspect.signature(made).parameters) == 2:
            assert "ShapeError: where the shapes do not broadcast" in str(made.__doc__)
            whole = "floating-point numbers" in str(made.__doc__).partition("DTypeError")[2]
            with pytest.raises(torch.errors.ShapeError):
                made(*[t.int() if whole else t for t in (x, x.t())])
        elif f"{name}_" in METHODS:
            assert "DTypeError: where the result cannot be stored" in str(METHODS[name + "_"].__doc__)
