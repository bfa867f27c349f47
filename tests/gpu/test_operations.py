"""Every operation of tensors on a GPU: results, writes and gradients are those of the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import pytorch_from_lua as torch
from pytorch_from_lua.errors import TensorError
from tests.properties import checks
from tests.properties.operands import Operand
from tests.properties.rows import CASES
from tests.properties.table import Call, Case

EXAMPLES = 4
PRECISION = {"float16": 4e-3, "float32": 2e-5}


class Refused(Exception):
    """The operation is an error, of that type."""


def without_subnormals(memory: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A copy; what is too small for a normal number is 0, as it is for kernels of cupy's."""
    if memory.dtype.kind != "f":
        return memory.copy()
    return np.where(np.abs(memory) < np.finfo(memory.dtype).tiny, memory.dtype.type(0), memory)


def answer(case: Case, call: Call, device: str) -> tuple[Any, list[Any], list[Any]]:
    """What is refused, what comes out, and the memory of the inputs afterwards, with gradients."""
    tensors: list[torch.Tensor] = []

    def there(o: Operand) -> torch.Tensor:
        whole = torch.Tensor.from_array(without_subnormals(o.memory)).to(device)
        if case.gradient and whole.dtype.is_floating_point and case.memory != "written":
            whole.requires_grad = True
        tensors.append(whole)
        return whole.as_strided(o.geometry.shape, o.geometry.stride, o.geometry.offset)

    torch.manual_seed(3)
    try:
        found = checks.flat(checks.run(case, call.map(there)))
    except TensorError as error:
        return type(error), [], []
    moved = [f.detach().cpu().array if isinstance(f, torch.Tensor) else f for f in found]
    if tensors and case.name != "cpu":
        for f in found:
            assert not isinstance(f, torch.Tensor) or f.device.type == device, f"a result is on {f.device}"
    with_gradient = [f for f in found if isinstance(f, torch.Tensor) and f.requires_grad]
    if with_gradient:
        sum(f.to("float64").sum() for f in with_gradient).backward()
    after = [t.detach().cpu().array for t in tensors]
    return None, moved, [*after, *[t.grad.cpu().array for t in tensors if t.grad is not None]]


def repeats(case: Case, call: Call) -> bool:
    """Whether several values are written to one place: which one stays is open on a GPU."""
    if case.name not in ("index_copy", "scatter", "put", "index_put", "index_put_"):
        return False
    places = [o for o in call.operands()[1:] if o.dtype.kind in "iu"]
    return any(np.unique(o.array()).size < o.array().size for o in places)


def precision_of(*arrays: Any) -> float:
    """How far results may differ that were computed of, or in, the types of the arrays."""
    return max(PRECISION.get(a.dtype.name, 1e-9) for a in arrays if hasattr(a, "dtype"))


def same(got: Any, want: Any, precision: float) -> None:
    if not isinstance(want, np.ndarray):
        assert got == want or (got != got and want != want)
        return
    assert (got.dtype, got.shape) == (want.dtype, want.shape)
    if want.dtype.kind == "f":  # what is all but infinite may be infinite there
        most = np.finfo(want.dtype).max * 0.99
        got, want = [np.where(np.abs(a) > most, np.copysign(np.inf, a), a) for a in (got, want)]
    np.testing.assert_allclose(got, want, rtol=precision, atol=precision)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of what cupy does in silence
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_comes_out_is_what_the_cpu_gives(case: Case) -> None:
    phases = (Phase.explicit, Phase.generate)
    health = list(HealthCheck)

    @settings(max_examples=EXAMPLES, phases=phases, suppress_health_check=health, derandomize=True, deadline=None)
    @given(case.calls)
    def holds(call: Call) -> None:
        refused, wanted, after = answer(case, call, "cpu")
        refused_there, got, after_there = answer(case, call, "cuda")
        assert refused_there == refused
        assert len(got) == len(wanted)
        if repeats(case, call):
            return
        for g, w in zip([*got, *after_there], [*wanted, *after], strict=True):
            same(g, w, precision_of(w, *call.operands()))

    holds()
