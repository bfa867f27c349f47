"""The worked migration: every step prints what `MIGRATION.md` shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lua_compat.guide.story import OUTPUT

FOLDER = Path(__file__).parents[2] / "models" / "migration"
EPOCHS = 2
EXPECTED = "".join([f"{line}\n" for line in OUTPUT.split("\n")[:EPOCHS]])


def printed(*command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(FOLDER.parents[1])}
    process = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert process.returncode == 0, process.stdout + process.stderr
    assert process.stderr == ""
    return process.stdout


def step(number: int, *arguments: str) -> str:
    return printed(sys.executable, str(FOLDER / f"step{number}.py"), "--epochs", str(EPOCHS), *arguments)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What step 4 prints, and the file that it saves."""
    path = tmp_path_factory.mktemp("migration") / "drawn.safetensors"
    return step(4, "--save", str(path)), path


def test_step_1_in_lua() -> None:
    script = str(FOLDER / "step1.lua")
    assert printed(sys.executable, "-m", "lua_compat.bridge.cli", script, "-epochs", str(EPOCHS)) == EXPECTED


@pytest.mark.parametrize("number", [2, 3])
def test_steps_2_and_3_in_python(number: int) -> None:
    assert step(number) == EXPECTED


def test_step_4_with_a_class_and_a_loader(drawn: tuple[str, Path]) -> None:
    assert drawn[0] == EXPECTED


@pytest.mark.peer
def test_step_5_in_pytorch(drawn: tuple[str, Path]) -> None:
    pytest.importorskip("torch", reason="PyTorch, the last step of the migration, is not installed")
    assert step(5, "--drawn", str(drawn[1])) == EXPECTED


def test_another_seed_prints_other_losses() -> None:
    assert step(3, "--seed", "2") != EXPECTED


def test_the_folder_holds_the_steps_and_no_more() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_file()} == {
        "README.md",
        "step1.lua",
        *(f"step{k}.py" for k in (2, 3, 4, 5)),
    }
