"""Files that the tests of ``t7 view`` share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inspection.view_cases import deep_file, hostile_file


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A file with markup in every place that has a text."""
    return hostile_file(tmp_path)


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A table in a table, 3,000 times, with a tensor in the last."""
    return deep_file(tmp_path)
