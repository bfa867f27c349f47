"""What every test shares: reproducible examples, and a random stream that does not depend on the tests run before."""

from __future__ import annotations

import sys
from collections.abc import Generator

import hypothesis
import pytest

# The same examples in each run, and no limit on time: a busy machine is no failure.
hypothesis.settings.register_profile("project", deadline=None, derandomize=True, database=None, print_blob=True)
hypothesis.settings.load_profile("project")


@pytest.fixture(autouse=True)
def _same_seed_for_each_test() -> None:
    """Seed our generator before each test, once something has imported it."""
    ours = sys.modules.get("pytorch_from_lua")
    if ours is not None and hasattr(ours, "manual_seed"):
        ours.manual_seed(1234)


@pytest.fixture(autouse=True)
def _same_bits_in_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave exp and the like to numpy, where a test asks for no loops: the last place changes when one gets ready."""
    compiled = sys.modules.get("pytorch_from_lua.kernels.compiled")
    if compiled is not None:
        monkeypatch.setattr(compiled, "VECTORS", False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write bytes that are no text as escapes: a worker could not send a report with them, and all would stop."""
    report = yield
    text = report.longreprtext if report.failed else ""
    if not text.isascii() and text.encode(errors="replace") != text.encode(errors="surrogatepass"):
        report.longrepr = text.encode(errors="backslashreplace").decode()
    return report
