"""The example programs that train for a purpose: in Lua and in Python they print the same and keep the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lua_compat
from pytorch_from_lua.data import read_image

MODELS = Path(__file__).parents[2] / "models"
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
ENVIRONMENT = {**os.environ, "PATH": PATH, "PYTHONPATH": str(MODELS.parent)}

#: Programs that keep nothing that the other language reads, with small settings.
ROWS = [
    "word_vectors/train -epochs 2 -max_steps 15 -dim 8 -minfreq 8",
    "shapes/main -nThreads 0 -trainImages 64 -valImages 24 -nEpochs 2 -size 12 -planes 4",
    "grid_world/train -updates 6 -print_every 2 -walkers 8",
]


def run_one(language: str, program: str, folder: Path, *arguments: str) -> str:
    """What a program prints in Lua, or in Python, where the options have two dashes; it writes below the folder."""
    if language == "lua":
        command = [sys.executable, "-m", "lua_compat.bridge.cli", str(MODELS / f"{program}.lua"), *arguments]
    else:
        dashes = ["-" + a if re.match("-[a-zA-Z]", a) else a for a in arguments]
        command = [sys.executable, str(MODELS / f"{program}.py"), *dashes]
    folder.mkdir(exist_ok=True, parents=True)
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=ENVIRONMENT)
    assert process.returncode == 0, process.stdout + process.stderr
    assert process.stderr == ""
    return process.stdout


def run(program: str, folder: Path, *arguments: str) -> tuple[str, str]:
    """What a program prints in Lua, in folder/lua, and in Python, in folder/python."""
    in_lua = run_one("lua", program, folder / "lua", *arguments)
    return in_lua, run_one("python", program, folder / "python", *arguments)


@pytest.mark.parametrize("row", ROWS)
def test_both_print_the_same(row: str, tmp_path: Path) -> None:
    program, *arguments = row.split()
    in_lua, in_python = run(program, tmp_path, *arguments)
    assert in_python == in_lua
    assert "loss" in in_lua


def test_another_seed_gives_other_losses(tmp_path: Path) -> None:
    arguments = ["-updates", "4", "-print_every", "2", "-walkers", "5"]
    said = [run_one("python", "grid_world/train", tmp_path, *arguments, "-seed", seed) for seed in ["4", "4", "5"]]
    assert said[0] == said[1] != said[2]


def test_shapes_do_not_depend_on_the_number_of_threads_and_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    options = ["-trainImages", "64", "-valImages", "24", "-size", "12", "-planes", "4", "-nEpochs"]
    alone = run_one("lua", "shapes/main", tmp_path, *options, "2", "-nThreads", "0")
    assert run_one("lua", "shapes/main", tmp_path, *options, "2", "-nThreads", "2") == alone
    assert run_one("python", "shapes/main", tmp_path, *options, "2", "-nThreads", "2") == alone
    second = "".join(
        line for line in alone.splitlines(keepends=True) if "Epoch: [1]" not in line and "epoch 1" not in line
    )
    for language in ("lua", "python"):
        run_one(language, "shapes/main", tmp_path, *options, "1", "-nThreads", "0", "-save", language)
        assert (
            run_one(language, "shapes/main", tmp_path, *options, "2", "-nThreads", "0", "-resume", language) == second
        )


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "small.txt"
    path.write_text((MODELS / "text" / "pride.txt").read_text(encoding="ascii")[:700], encoding="ascii")
    return path


@pytest.fixture(scope="module")
def characters(text: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], str]:
    """The folder with the checkpoints of two epochs, the options, and what both languages printed."""
    folder = tmp_path_factory.mktemp("char_lstm")
    options = (
        f"-data {text} -rnn_size 6 -seq_length 5 -batch_size 10 -print_every 4 -learning_rate_decay_after 1".split()
    )
    in_lua, in_python = run("char_lstm/train", folder, *options, "-max_epochs", "2")
    assert in_python == in_lua
    return folder, options, in_lua


def test_characters_go_on_from_the_other_languages_checkpoint_as_if_they_had_not_stopped(
    characters: tuple[Path, list[str], str], tmp_path: Path
) -> None:
    folder, options, said = characters
    second_epoch = said[re.search(r"step \d+ \(epoch 2\)", said).start() :]
    assert "epoch 2: validation loss" in second_epoch
    for language, other in [("lua", "python"), ("python", "lua")]:
        start = str(folder / other / "cv" / "lstm_epoch1.t7")
        said = run_one(
            language, "char_lstm/train", tmp_path / language, *options, "-max_epochs", "2", "-init_from", start
        )
        assert said.endswith(second_epoch)


def test_characters_are_written_alike(characters: tuple[Path, list[str], str], tmp_path: Path) -> None:
    checkpoint = str(characters[0] / "lua" / "cv" / "lstm_epoch2.t7")
    in_lua, in_python = run("char_lstm/sample", tmp_path, checkpoint, "-length", "40", "-primetext", "Mr. ")
    assert in_python == in_lua
    assert in_lua.startswith("Mr. ")
    assert len(in_lua) == 4 + 40 + 1


def test_a_checkpoint_holds_all_that_goes_on(characters: tuple[Path, list[str], str]) -> None:
    lua, python = (lua_compat.load(characters[0] / name / "cv" / "lstm_epoch2.t7") for name in ["lua", "python"])
    assert list(python.vocab) == list(lua.vocab)
    np.testing.assert_array_equal(python.rng.numpy(), lua.rng.numpy())
    assert python.optim_state.learningRate == pytest.approx(0.004 * 0.9**2)
    for name in ["m", "v"]:
        np.testing.assert_allclose(python.optim_state[name].numpy(), lua.optim_state[name].numpy(), 1e-7, 1e-12)


@pytest.mark.parametrize(
    ("program", "arguments", "pictures"),
    [
        ("vae/train", "-epochs 1 -images 200", ["reconstructions", "samples", "manifold"]),
        ("digits_gan/train", "-niter 1 -images 192 -ngf 8 -ndf 8", ["samples"]),
    ],
    ids=["vae", "digits_gan"],
)
def test_both_print_and_draw_the_same(program: str, arguments: str, pictures: list[str], tmp_path: Path) -> None:
    in_lua, in_python = run(program, tmp_path, *arguments.split())
    assert in_python == in_lua
    assert "loss" in in_lua
    for name in pictures:
        lua, python = (read_image(tmp_path / side / "out" / f"{name}.png") for side in ["lua", "python"])
        assert lua.shape == python.shape
        assert lua.float().std() > 1
        assert (lua.float() - python.float()).abs().max() <= 1  # a value between two 255ths may fall to either


def test_the_readme_names_every_program_that_trains() -> None:
    said = (MODELS / "README.md").read_text(encoding="utf-8")
    for program in [*MODELS.glob("*/train.lua"), *MODELS.glob("*/main.lua")]:
        name = program.parent.name
        assert program.with_suffix(".py").exists()
        assert f"]({name})" in said
