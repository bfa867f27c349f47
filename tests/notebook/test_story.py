"""models/migration_story.ipynb runs from end to end, and gives what is stored in it."""

from __future__ import annotations

import importlib.util
import math
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.notebook.conftest import ROOT, settings_in

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def script() -> Any:
    spec = importlib.util.spec_from_file_location("run_notebook", ROOT / "scripts" / "run_notebook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same(found: str, stored: str) -> bool:
    """Tell whether texts have the same words, and numbers that another processor may have computed."""
    if _NUMBER.sub("#", found) != _NUMBER.sub("#", stored):
        return False
    for text, other in zip(_NUMBER.findall(found), _NUMBER.findall(stored), strict=True):
        # counts and shares of the 297 held-out digits may differ by a few of them, losses a little
        allowed = 4 if "." not in text or float(other) > 10 else 0.05
        if not math.isclose(float(text), float(other), abs_tol=allowed):
            return False
    return True


def outputs_of(notebook: Any) -> list[list[dict[str, str]]]:
    """For each cell what it shows: the kinds of data, and their texts."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [[dict(o["data"]) if "data" in o else {o["name"]: o["text"]} for o in cell.outputs] for cell in cells]


def test_the_story_runs_and_says_what_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat

    settings_in(tmp_path / "settings", monkeypatch)
    shutil.copytree(ROOT / "models" / "digits", tmp_path / "digits", ignore=shutil.ignore_patterns("out"))
    module = script()
    stored = outputs_of(nbformat.read(module.NOTEBOOK, as_version=4))
    found = outputs_of(module.run(tmp_path))
    assert [[sorted(o) for o in cell] for cell in found] == [[sorted(o) for o in cell] for cell in stored]
    for cell, before in zip(found, stored, strict=True):
        for output, other in zip(cell, before, strict=True):
            for kind in output.keys() - {"image/png"}:
                assert same(output[kind], other[kind]), f"run scripts/run_notebook.py:\n{output[kind]}"
    pictures = [o for cell in found for o in cell if "image/png" in o]
    assert len(pictures) == 5
    assert {"story.t7", "parity.t7"} <= set(os.listdir(tmp_path / "out"))


def test_what_counts_as_the_same() -> None:
    assert same("loss 0.38, 260 digits", "loss 0.40, 262 digits")
    assert not same("loss 0.38", "loss 0.48")
    assert not same("17 digits", "27 digits")
    assert not same("17 digits", "17 numbers")


def test_links_of_the_story_lead_somewhere() -> None:
    import nbformat

    module = script()
    texts = [c.source for c in nbformat.read(module.NOTEBOOK, as_version=4).cells if c.cell_type == "markdown"]
    targets = re.findall(r"\]\(([^)\s#]+)\)", "\n".join(texts))
    assert len(targets) >= 4
    assert [t for t in targets if not (module.NOTEBOOK.parent / t).exists()] == []
