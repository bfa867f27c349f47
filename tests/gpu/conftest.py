"""Every test here runs on a GPU where there is one, and on the double of cupy where there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import pytorch_from_lua as torch
from tests.gpu import double


@pytest.fixture(scope="session")
def real() -> bool:
    """Whether there is a GPU."""
    return torch.cuda.is_available()


@pytest.fixture(autouse=True)
def cupy(real: bool) -> Iterator[None]:
    """Cupy, or its double."""
    if real:
        yield
        return
    with double.installed():
        yield
