"""Every row: the files of rows are imported for the table that they fill."""

from __future__ import annotations

from tests.properties import (  # noqa: F401
    cases_conversion,
    cases_indexing,
    cases_linalg,
    cases_operators,
    cases_pointwise,
    cases_reduction,
    cases_scatter,
    cases_shapes,
    cases_special,
    cases_statistics,
    cases_views,
)
from tests.properties.table import CASES

__all__ = ["CASES"]
