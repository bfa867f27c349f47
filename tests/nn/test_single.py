"""One sample by itself gives its row of what a batch gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pytorch_from_lua.errors import TensorError
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor
from tests.module_cases import FROM_REGISTRY, NO_SINGLE, Case

#: As `NO_SINGLE`, in Python alone.
NO_SINGLE_IN_PYTHON = {
    "nn.CriterionTable": "gives one number for a batch",
    **dict.fromkeys(("nn.IndexLinear", "nn.SparseLinear"), "takes indices and values, and no tensor of samples"),
    "nn.Kmeans": "takes batches only: one vector has the form of a centre",
    **dict.fromkeys(
        ("nn.SpatialSoftMax", "nn.SpatialLogSoftMax"),
        "is a softmax over a dimension whose number is another one without the batch",
    ),
    **dict.fromkeys(
        ("nn.SpatialUpSamplingNearest", "nn.SpatialUpSamplingBilinear"),
        "takes batches only, as PyTorch's: three dimensions are a batch of sequences",
    ),
}
MODULES = [c for c in FROM_REGISTRY if not c.is_loss]


def rows_agree(case: Case) -> bool:
    """Whether each sample of the example, run by itself, gives its row of the output."""
    module, batch = case.build().eval(), case.input()
    whole = list(tree_leaves(module(batch)))
    counts = {t.shape[0] for t in [*tree_leaves(batch), *whole] if t.ndim}
    if len(counts) != 1 or any(t.ndim == 0 for t in whole):
        return False
    for i in range(counts.pop()):
        one: Callable[[Any], Any] = lambda t, i=i: Tensor.from_array(t.array[i].copy())  # noqa: E731
        for row, single in zip(whole, tree_leaves(module(tree_map(one, batch))), strict=True):
            if row.shape[1:] != single.shape or not np.allclose(row.array[i], single.array, rtol=1e-10, atol=1e-12):
                return False
    return True


@pytest.mark.parametrize("name", sorted({c.torch7 for c in MODULES if c.torch7 is not None}))
def test_one_sample_gives_its_row_of_the_batch(name: str) -> None:
    forms = []
    for case in [c for c in MODULES if c.torch7 == name]:
        try:
            forms.append(rows_agree(case))
        except (TensorError, IndexError, ValueError):  # the example is of one sample already
            forms.append(False)
    why = {**NO_SINGLE, **NO_SINGLE_IN_PYTHON}.get(name)
    assert any(forms) == (why is None), why or "no example has a form without the batch"
