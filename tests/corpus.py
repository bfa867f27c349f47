"""The conformance corpus for tests and scripts: its case files, how to run one, and which cases are known to fail."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent / "conformance"
KNOWN_FAILURES = ROOT / "known_failures.txt"
DID_NOT_RUN = "(the file did not run)"
TIME_LIMIT = 600  # seconds for a file: for one that hangs, not for one that is slow

_HEADER = """\
# Conformance cases that do not give Torch7's answer yet, one `AREA/FILE: case name` a line, sorted.
# The suite fails when a case listed here passes, and when one that is not listed fails.
# Rewritten by scripts/update_known_failures.py, which lets the list shrink only.
# ceiling: {count}
"""
_UNESCAPED = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


@dataclass(frozen=True)
class Outcome:
    """What came of one case: its full name, `AREA/FILE: case name`, and the reason if it failed."""

    case: str
    why: str | None


def case_files() -> list[str]:
    """Return the case files as `AREA/FILE`."""
    return sorted(path.relative_to(ROOT / "cases").with_suffix("").as_posix() for path in ROOT.glob("cases/*/*.lua"))


def run_file(name: str) -> list[Outcome]:
    """Run the case file `name` (`AREA/FILE`) in an interpreter of its own and return an outcome for each case.

    A run that dies on the way (a crash, a hang, goldens that cannot be read) is one failed outcome, `DID_NOT_RUN`.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.txt"
        command = [sys.executable, "-m", "lua_compat.bridge.cli", str(ROOT / "run_cases.lua"), name, str(report)]
        try:
            process = subprocess.run(
                command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=TIME_LIMIT
            )
        except subprocess.TimeoutExpired:
            return [Outcome(f"{name}: {DID_NOT_RUN}", f"still running after {TIME_LIMIT} s")]
        outcomes = outcomes_in(report, name)
    if outcomes is None:
        last_words = (process.stderr or process.stdout).decode(errors="replace").strip()[-2000:]
        return [Outcome(f"{name}: {DID_NOT_RUN}", f"exit status {process.returncode}: {last_words}")]
    return outcomes


def outcomes_in(report: Path, name: str) -> list[Outcome] | None:
    """Return what a report of `run_cases.lua` on the case file `name` tells; None where it is not whole."""
    lines = report.read_text(encoding="utf-8", errors="backslashreplace").splitlines() if report.exists() else []
    if not lines or lines[-1] != f"end\t{len(lines) - 1}":
        return None
    return [_parsed(name, line) for line in lines[:-1]]


def _parsed(file: str, line: str) -> Outcome:
    """Return the outcome that a line of a report tells of."""
    verdict, *fields = line.split("\t")
    # The name stays escaped, as the list of known failures has a line a case.
    if verdict == "ok" and len(fields) == 1:
        return Outcome(f"{file}: {fields[0]}", None)
    if verdict == "FAIL" and len(fields) == 2:
        return Outcome(f"{file}: {fields[0]}", re.sub(r"\\[\\tnr]", lambda m: _UNESCAPED[m[0]], fields[1]))
    raise ValueError(f"a report line of {file} that is neither ok nor FAIL: {line!r}")


def known_failures(path: Path = KNOWN_FAILURES) -> list[str]:
    """Return the cases that are listed as failing, in the order of the file."""
    if not path.exists():
        return []
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def ceiling(path: Path = KNOWN_FAILURES) -> int:
    """Return how many known failures the file's header allows."""
    found = re.search(r"^# ceiling: (\d+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError(f"{path} has no line '# ceiling: N'")
    return int(found[1])


def write_known_failures(cases: list[str], path: Path = KNOWN_FAILURES) -> None:
    """Write the list of known failures, sorted, with their count as its ceiling."""
    lines = sorted(set(cases))
    path.write_text(_HEADER.format(count=len(lines)) + "".join(f"{line}\n" for line in lines), encoding="utf-8")
