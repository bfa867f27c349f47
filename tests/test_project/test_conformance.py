"""The corpus against our runtime: every case gives Torch7's answer, or is listed as one that does not yet."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import lua_compat
import pytorch_from_lua
from tests import corpus


@pytest.mark.parametrize("file", corpus.case_files())
def test_cases_give_the_answers_of_torch7(file: str) -> None:
    known = {case for case in corpus.known_failures() if case.startswith(f"{file}: ")}
    outcomes = corpus.run_file(file)
    assert outcomes, f"{file} has no case"
    failing = {outcome.case: outcome.why for outcome in outcomes if outcome.why is not None}
    new = [f"{case}: {why}" for case, why in sorted(failing.items()) if case not in known]
    healed = sorted(known - failing.keys())
    assert not new, f"{len(new)} cases fail and are not listed in known_failures.txt:\n{_shortened(new)}"
    assert not healed, (
        f"{len(healed)} cases are listed in known_failures.txt and pass"
        f" (scripts/update_known_failures.py takes them out):\n{_shortened(healed)}"
    )


def test_cases_of_torch_pass_one_after_another_in_one_process_and_then_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = [file for file in corpus.case_files() if file.startswith(("tensor/", "torch/"))]
    lua = lua_compat.Runtime()
    for turn in range(2):
        for file in files:
            report = tmp_path / f"{turn}_{file.replace('/', '_')}.txt"
            lua.run(corpus.ROOT / "run_cases.lua", [file, str(report)])
            outcomes = corpus.outcomes_in(report, file)
            assert outcomes is not None, f"{file} was not run to its end"
            assert len(outcomes) == len(lua_compat.load(corpus.ROOT / "golden" / f"{file}.t7"))
            failed = [o for o in outcomes if o.why is not None]
            if turn == 1 and file == "torch/classes":  # they cannot be defined twice, in Torch7 neither
                failed = [o for o in failed if not str(o.why).endswith("is already defined")]
            assert failed == []


def _shortened(lines: list[str], most: int = 40) -> str:
    """Return the first lines, and how many more there are: a file that does not load at all has hundreds."""
    rest = [f"... and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join([line[:400] for line in lines[:most]] + rest)


def test_the_list_of_known_failures_only_shrinks() -> None:
    listed = corpus.known_failures()
    assert listed == sorted(set(listed))
    assert len(listed) == corpus.ceiling(), "the list is edited by scripts/update_known_failures.py, not by hand"
    files = set(corpus.case_files())
    strays = [case for case in listed if case.split(": ", 1)[0] not in files]
    assert not strays, f"known failures of files that are not in the corpus: {strays}"


def test_every_golden_has_its_cases() -> None:
    goldens = sorted(
        p.relative_to(corpus.ROOT / "golden").with_suffix("").as_posix() for p in corpus.ROOT.glob("golden/*/*.t7")
    )
    assert goldens == corpus.case_files()


MINIATURE = """
local case = ...
case('right', function() return 1, {x = 'a'} end)
case('wrong\\tname', function() return torch.ones(2) end)
case('raises', function() error('first line\\nsecond') end)
case.fails('fails as it should', function() error('x') end)
case.fails('does not fail', function() return 1 end)
print('not a line of the report')
"""


def test_the_runner_judges_every_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("case.lua", "run_cases.lua"):
        shutil.copy(corpus.ROOT / name, tmp_path / name)
    for folder in ("cases/tensor", "golden/tensor"):
        (tmp_path / folder).mkdir(parents=True)
    golden: dict[str, list[object]] = {
        "right": [1, {"x": "a"}],
        "wrong\tname": [pytorch_from_lua.zeros(2, dtype=pytorch_from_lua.float64)],
        "raises": [],
        "fails as it should": [],
        "does not fail": [],
        "never ran": [],
    }
    recorded = [{"name": name, "n": len(values), "values": values} for name, values in golden.items()]
    lua_compat.save(tmp_path / "golden" / "tensor" / "miniature.t7", recorded)
    monkeypatch.setattr(corpus, "ROOT", tmp_path)
    cases = tmp_path / "cases" / "tensor" / "miniature.lua"

    cases.write_text(MINIATURE)
    outcomes = {outcome.case: outcome.why for outcome in corpus.run_file("tensor/miniature")}
    # LuaJIT shortens a long path from the left.
    assert str(outcomes.pop("tensor/miniature: raises")).endswith("miniature.lua:5: first line\nsecond")
    assert outcomes == {
        "tensor/miniature: right": None,
        "tensor/miniature: wrong\\tname": "result 1<1>: got 1, want 0",
        "tensor/miniature: fails as it should": None,
        "tensor/miniature: does not fail": "expected an error, got none",
        "tensor/miniature: never ran": "the file did not run this case",
    }

    cases.write_text("error('at the top')")
    (why,) = {outcome.why for outcome in corpus.run_file("tensor/miniature")}
    assert str(why).startswith("the file did not run: ")
    assert str(why).endswith("miniature.lua:1: at the top")


def test_a_run_that_dies_is_reported_and_not_taken_for_success(monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        Path(command[-1]).write_text("ok\tthe first case\n")
        return subprocess.CompletedProcess(command, -11, b"", b"Segmentation fault")

    monkeypatch.setattr(subprocess, "run", dead)
    (outcome,) = corpus.run_file("nn/layers")
    assert outcome.case == f"nn/layers: {corpus.DID_NOT_RUN}"
    assert outcome.why == "exit status -11: Segmentation fault"


def test_a_report_keeps_odd_names_and_reasons_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def finished(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        Path(command[-1]).write_text("ok\ta: b\\tc\nFAIL\tname: x\tgot 1\\nwant \\\\2\nend\t2\n")
        return subprocess.CompletedProcess(command, 0, b"", b"")

    monkeypatch.setattr(subprocess, "run", finished)
    assert corpus.run_file("nn/layers") == [
        corpus.Outcome("nn/layers: a: b\\tc", None),
        corpus.Outcome("nn/layers: name: x", "got 1\nwant \\2"),
    ]


def test_the_list_is_written_sorted_with_its_count(tmp_path: Path) -> None:
    path = tmp_path / "known.txt"
    corpus.write_known_failures(["b/c: 2", "a/b: 1", "b/c: 2"], path)
    assert corpus.known_failures(path) == ["a/b: 1", "b/c: 2"]
    assert corpus.ceiling(path) == 2
