"""The digits example: the same seed gives the same losses in Lua and in Python, and a net goes across and back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lua_compat

DIGITS = Path(__file__).parents[2] / "models" / "digits"
EPOCHS = 2


def run(*command: str) -> str:
    """Runs a program of the example, in its folder, and returns what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(DIGITS.parents[1])}
    process = subprocess.run(command, cwd=DIGITS, capture_output=True, text=True, env=environment)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def th(*arguments: str) -> str:
    """Runs th."""
    return run(sys.executable, "-m", "lua_compat.bridge.cli", *arguments)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the net that train.lua saved after a few epochs."""
    folder = tmp_path_factory.mktemp("digits")
    th("train.lua", "-noBar", "-epochs", str(EPOCHS), "-save", str(folder / "lua.t7"))
    return folder


def test_the_same_seed_gives_the_same_losses(trained: Path) -> None:
    run(sys.executable, "train.py", "--epochs", str(EPOCHS), "--save", str(trained / "python.t7"))
    in_lua, in_python = lua_compat.load(trained / "lua.t7"), lua_compat.load(trained / "python.t7")
    assert len(in_lua.losses) == EPOCHS * (1500 // 32)
    assert in_python.losses == pytest.approx(in_lua.losses, rel=1e-4)
    assert in_python.losses[-1] < in_python.losses[0]
    assert in_python.accuracy == pytest.approx(in_lua.accuracy, abs=0.02)


def test_another_seed_gives_other_losses(trained: Path) -> None:
    th("train.lua", "-noBar", "-epochs", "1", "-seed", "2", "-save", str(trained / "other.t7"))
    assert lua_compat.load(trained / "other.t7").losses[0] != lua_compat.load(trained / "lua.t7").losses[0]


def test_a_net_trained_in_lua_is_fine_tuned_in_python_and_evaluated_in_lua(trained: Path) -> None:
    said = run(sys.executable, "finetune.py", str(trained / "lua.t7"), str(trained / "tuned.t7"), "--epochs", "30")
    accuracy = lua_compat.load(trained / "tuned.t7").accuracy
    assert f"held out: {accuracy * 100:.2f} %" in said
    assert f"held out: {accuracy * 100:.2f} %" in th("evaluate.lua", str(trained / "tuned.t7"))
    assert accuracy > 0.7
