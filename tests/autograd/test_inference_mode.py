"""`inference_mode`, in each form that PyTorch has."""

from __future__ import annotations

from typing import Any

import pytest

import pytorch_from_lua as torch


def _doubled(x: Any) -> Any:
    return x * 2


@pytest.mark.parametrize(
    "decorate",
    [torch.inference_mode, torch.inference_mode(), torch.inference_mode(True)],
    ids=["bare", "called", "true"],
)
def test_nothing_is_recorded_inside_a_decorated_function(decorate: Any) -> None:
    x = torch.ones(2, requires_grad=True)
    assert not decorate(_doubled)(x).requires_grad
    assert (x * 2).requires_grad


def test_as_a_block() -> None:
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        assert not (x * 2).requires_grad
        with torch.inference_mode(False):
            assert (x * 2).requires_grad
    assert torch.is_grad_enabled()
