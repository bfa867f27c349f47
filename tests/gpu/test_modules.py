"""Every module and loss on a GPU: outputs and gradients are those of the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor
from tests.module_cases import CASES, Case


def outputs_and_gradients(case: Case, device: str, training: bool) -> list[np.ndarray[Any, Any]]:
    module = case.build().train(training).to(device)
    given = tree_map(lambda t: t.to(device), case.input())
    leaves = [t for t in tree_leaves(given) if t.dtype.is_floating_point]
    for t in leaves:
        t.requires_grad = True
    called = tree_map(lambda t: t.clone(), given) if case.works_in_place else given
    found = list(tree_leaves(case.run(module, called)))
    total = sum(((t * t).sum() for t in found if t.requires_grad), Tensor.from_array(np.zeros(())).to(device))
    if total.requires_grad:
        total.backward()
    wanted = [*leaves, *module.parameters()]
    results = [*found, *[t.grad for t in wanted if t.grad is not None], *module.buffers()]
    for t in results:
        assert t.device.type == device, f"a result is on {t.device}"
    return [t.detach().cpu().array for t in results]


@pytest.mark.parametrize(
    ("case", "training"),
    [pytest.param(c, t, id=f"{c}-{'training' if t else 'evaluation'}") for c in CASES for t in c.modes],
)
def test_what_comes_out_is_what_the_cpu_gives(case: Case, training: bool) -> None:
    wanted = outputs_and_gradients(case, "cpu", training)
    got = outputs_and_gradients(case, "cuda", training)
    assert len(got) == len(wanted)
    for g, w in zip(got, wanted, strict=True):
        assert (g.dtype, g.shape) == (w.dtype, w.shape)
        np.testing.assert_allclose(g, w, rtol=1e-9, atol=1e-10)
