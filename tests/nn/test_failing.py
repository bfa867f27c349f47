"""A module that cannot take its input says so under its own name, and is afterwards what it was before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.nn.protocol import tree_map
from pytorch_from_lua.tensor import Tensor
from tests.module_cases import CASES, Case


def _resized(t: Tensor, shape: tuple[int, ...]) -> Tensor:
    return Tensor.from_array(np.resize(t.array, shape))


#: What may be wrong with a tensor. Each is a change of one that fits; a module may well take what comes of it.
WRONG: dict[str, Any] = {
    "one dimension more": lambda t: _resized(t, (2, *t.shape)),
    "two dimensions more": lambda t: _resized(t, (2, 1, *t.shape)),
    "one dimension less": lambda t: _resized(t, t.shape[1:]),
    "no dimensions": lambda t: _resized(t, ()),
    "first size": lambda t: _resized(t, (t.shape[0] + 1, *t.shape[1:])),
    "second size": lambda t: _resized(t, (*t.shape[:1], *(n + 1 for n in t.shape[1:2]), *t.shape[2:])),
    "last size": lambda t: _resized(t, (*t.shape[:-1], t.shape[-1] + 1)),
    "tiny": lambda t: _resized(t, (1,) * t.ndim),
    "empty": lambda t: _resized(t, (0, *t.shape[1:])),
    "whole numbers": lambda t: t.to("int64"),
    "bytes": lambda t: t.to("uint8"),
    "float32 for float64": lambda t: t.to("float32"),
}


def state(module: Any) -> dict[str, bytes]:
    """Everything of a module, and of the random stream, that a failing call must not touch."""
    found = {name: t.array.tobytes() for name, t in module.state_dict().items()}
    found |= {f"grad {name}": p.grad.array.tobytes() for name, p in module.named_parameters() if p.grad is not None}
    found |= {f"modes {name}": bytes([m.training]) for name, m in module.named_modules()}
    found["random stream"] = torch.get_rng_state().array.tobytes()
    return found


def failure(case: Case, module: Any, given: Any) -> Exception | None:
    """The error that the call ends with; None where it succeeds."""
    try:
        case.run(module, given)
    except (TypeError, ValueError, IndexError, RuntimeError) as error:
        return error
    return None


@pytest.mark.filterwarnings("ignore:.*they are broadcast")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_failing_call_changes_nothing_and_names_the_class(case: Case) -> None:
    module = case.build()
    for parameter in module.parameters():
        parameter.grad = torch.ones(parameter.shape, dtype=parameter.dtype)
    for what, change in WRONG.items():
        given = tree_map(change, case.input())
        torch.manual_seed(11)
        before = state(module)
        error = failure(case, module, given)
        if error is not None:
            assert any(type(m).__name__ in str(error) for m in module.modules()), what
            assert type(error).__module__ == "pytorch_from_lua.errors", f"{what}: {error!r}"
            after = state(module)
            changed = [name for name, value in before.items() if after[name] != value]
            assert changed == [], f"{what}: {error}"
