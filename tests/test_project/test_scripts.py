"""The scripts that the Makefile and maintainers run."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from tests import corpus

SCRIPTS = Path(__file__).parents[2] / "scripts"


def script(name: str) -> ModuleType:
    """Return a script as a module."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("mode", "offered", "installs"),
    [
        ("0", ["torch"], False),
        ("1", ["torch", "nvidia-cublas"], True),
        ("auto", ["torch", "sympy"], True),
        ("auto", [], True),
        ("auto", ["torch", "nvidia-cublas"], False),
        ("auto", None, False),
    ],
)
def test_peers_are_installed_where_they_are_cheap(
    monkeypatch: pytest.MonkeyPatch, mode: str, offered: list[str] | None, installs: bool
) -> None:
    real: list[list[str]] = []

    def pip(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if "--dry-run" not in command:
            real.append(command)
            return subprocess.CompletedProcess(command, 0)
        plan = json.dumps({"install": [{"metadata": {"name": name}} for name in offered or []]})
        return subprocess.CompletedProcess(command, 1 if offered is None else 0, plan, "")

    monkeypatch.setattr(subprocess, "run", pip)
    assert script("install_peers").main(mode) == 0
    assert bool(real) == installs


def test_known_failures_may_not_grow_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    failing: list[corpus.Outcome] = []
    written: list[list[str]] = []
    monkeypatch.setattr(corpus, "run_file", lambda _: failing)
    monkeypatch.setattr(corpus, "known_failures", lambda: ["nn/layers: old", "nn/spatial: other"])
    monkeypatch.setattr(corpus, "write_known_failures", lambda cases: written.append(sorted(cases)))
    update = script("update_known_failures").main

    failing[:] = [corpus.Outcome("nn/layers: new", "wrong")]
    assert update(["nn/layers"]) == 1
    assert written == []
    assert update(["--allow-growth", "nn/layers"]) == 0
    failing[:] = [corpus.Outcome("nn/layers: old", None)]
    assert update(["nn/layers"]) == 0
    assert written == [["nn/layers: new", "nn/spatial: other"], ["nn/spatial: other"]]
