"""Every row of the table, on drawn inputs."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from tests.properties.checks import check
from tests.properties.rows import CASES
from tests.properties.table import Call, Case

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "25"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_view_gives_what_its_copy_gives_and_what_numpy_gives(case: Case) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(case.calls)
    def holds(call: Call) -> None:
        check(case, call)

    holds()


def test_rows_have_names_of_their_own() -> None:
    assert [name for name, times in Counter(case.id for case in CASES).items() if times > 1] == []
