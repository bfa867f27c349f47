"""The paired example models: a program in Lua and one in Python that print the same and end at the same numbers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat import Runtime
from pytorch_from_lua.nn.protocol import tree_leaves

MODELS = Path(__file__).parents[2] / "models"
TOLERANCE = {"float64": 1e-8, "float32": 1e-3}

#: The arguments with which each pair is run: small sizes, few steps.
ROWS = [
    "lenet -batch 4 -steps 3",
    "lenet -batch 4 -steps 3 -type float",
    "vgg -depth 11 -width 8 -batch 6 -steps 3",
    "resnet -depth 8 -batch 4 -steps 3",
    "resnet -depth 8 -batch 4 -steps 2 -type float",
    "resnet -dataset imagenet -depth 18 -width 16 -size 64 -batch 4 -steps 2",
    "resnet -dataset imagenet -depth 34 -width 8 -size 32 -batch 4 -steps 1",
    "resnet -dataset imagenet -depth 50 -width 16 -size 64 -batch 4 -steps 1",
    "autoencoder -steps 3",
    "autoencoder -steps 3 -type float -code 8",
    "siamese -batch 4 -steps 3",
    "siamese -batch 4 -steps 2 -type float -code 5 -margin 0.1",
    "char_rnn -layers 2 -size 8 -batch 3 -length 6 -steps 3",
    "char_rnn -size 8 -batch 3 -length 5 -steps 2 -sample 5 -type float",
    "dcgan -width 8 -batch 4 -steps 3",
    "dcgan -width 4 -batch 4 -steps 2 -noise 20 -type float",
]


class Pair(NamedTuple):
    """What the two programs printed, and the files that they saved."""

    row: str
    in_lua: str
    in_python: str
    lua_file: Path
    python_file: Path


def printed(*command: str) -> str:
    """What a program prints."""
    environment = {**os.environ, "PYTHONPATH": str(MODELS.parent)}
    process = subprocess.run(command, cwd=MODELS.parent, capture_output=True, text=True, env=environment)
    assert process.returncode == 0, process.stdout + process.stderr
    assert process.stderr == ""
    return process.stdout


@pytest.fixture(scope="module", params=ROWS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Both programs, run once for all tests of a row."""
    name, *arguments = request.param.split()
    folder = tmp_path_factory.mktemp(name)
    lua, python = folder / "lua.t7", folder / "python.t7"
    program = str(MODELS / name / name)
    in_lua = printed(sys.executable, "-m", "lua_compat.bridge.cli", f"{program}.lua", *arguments, "-save", str(lua))
    dashes = [f"-{a}" if a.startswith("-") else a for a in arguments]
    in_python = printed(sys.executable, f"{program}.py", *dashes, "--save", str(python))
    return Pair(request.param, in_lua, in_python, lua, python)


def agree(got: Any, want: Any) -> None:
    """Fails where a tensor differs."""
    ours, theirs = list(tree_leaves(got)), list(tree_leaves(want))
    assert len(ours) == len(theirs) > 0
    for g, w in zip(ours, theirs, strict=True):
        assert g.dtype is w.dtype
        np.testing.assert_allclose(g.array, w.array, rtol=TOLERANCE[w.dtype.name], atol=TOLERANCE[w.dtype.name])


def test_every_folder_with_a_pair_is_run() -> None:
    pairs = {folder.name for folder in MODELS.iterdir() if (folder / f"{folder.name}.lua").exists()}
    assert pairs == {row.split()[0] for row in ROWS}
    assert all((MODELS / name / f"{name}.py").exists() for name in pairs)


def test_both_print_the_same(pair: Pair) -> None:
    if "-type float" not in pair.row:
        assert pair.in_python == pair.in_lua
    else:  # sums in another order may change the last digit of a loss
        listing = pair.in_lua.partition("step 1")[0]
        assert pair.in_python.partition("step 1")[0] == listing
        assert "parameters" in listing


def test_both_start_at_the_same_parameters_and_end_at_the_same(pair: Pair) -> None:
    lua, python = lua_compat.load(pair.lua_file), lua_compat.load(pair.python_file)
    np.testing.assert_array_equal(python.initial.array, lua.initial.array)
    for ours, theirs in zip(tree_leaves(python.input), tree_leaves(lua.input), strict=True):
        np.testing.assert_array_equal(ours.array, theirs.array)
    agree(python.trained, lua.trained)
    agree(python.output, lua.output)
    assert python.losses == pytest.approx(lua.losses, rel=TOLERANCE[lua.initial.dtype.name])
    assert not np.array_equal(lua.trained.array, lua.initial.array)


def test_a_net_saved_in_lua_is_the_same_net_in_python(pair: Pair) -> None:
    lua, python = lua_compat.load(pair.lua_file), lua_compat.load(pair.python_file)
    assert repr(lua.model) == repr(python.model)
    lua.model.eval()
    with torch.no_grad():
        agree(lua.model(lua.input), lua.output)
    assert sum(p.numel() for p in lua.model.parameters()) == lua.initial.numel()


def test_a_net_saved_in_python_is_the_same_net_in_lua(pair: Pair) -> None:
    lua = Runtime()
    text = """
        require 'nn'
        local ours, theirs = torch.load((...)), torch.load((select(2, ...)))
        ours.model:evaluate()
        local same = ours.model:getParameters():nElement() == ours.initial:nElement()
        return same, tostring(ours.model) == tostring(theirs.model), {ours.model:forward(ours.input), ours.output}
    """
    same_size, same_text, outputs = lua.execute(text, str(pair.python_file), str(pair.lua_file))
    assert same_size
    assert same_text
    agree(*lua.to_python(outputs))


def test_the_readme_names_every_pair_and_its_commands_run(tmp_path: Path) -> None:
    text = (MODELS / "README.md").read_text(encoding="utf-8")
    names = {row.split()[0] for row in ROWS}
    assert set(re.findall(r"\[\w+\.lua\]\((\w+)/\1\.lua\)", text)) == names
    assert set(re.findall(r"\[\w+\.py\]\((\w+)/\1\.py\)", text)) == names
    (tmp_path / "models").symlink_to(MODELS)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(MODELS.parent)}
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        command = ["bash", "-euo", "pipefail", "-c", block]
        process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
        assert process.returncode == 0, process.stdout + process.stderr


def test_names_in_python_can_be_listed() -> None:
    said = printed(sys.executable, str(MODELS / "lenet" / "lenet.py"), "--steps", "0", "--python")
    assert "Conv2d" in said
    assert "SpatialConvolution" not in said
