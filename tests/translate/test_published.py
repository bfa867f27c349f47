"""Programs in the manner of well-known repositories, translated: how much of them is marked, and one that is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lua_compat.translate import translate_file
from lua_compat.translate.command import write
from tests.lua.th_command import th
from tests.published.test_published import picture

PUBLISHED = Path(__file__).parents[1] / "published"
ROOT = Path(__file__).parents[2]
#: The most lines that may be marked; fewer are welcome.
MARKED = {
    "lstm_lm/main.lua": 4,
    "dqn/train_agent.lua": 5,
    "autoencoders/main.lua": 7,
    "neural_style/neural_style.lua": 1,
}


@pytest.mark.parametrize("script", MARKED)
def test_no_more_is_marked_than_has_to_be(script: str) -> None:
    made = translate_file(PUBLISHED / script)
    assert len(made.unsure) <= MARKED[script], [str(u) for u in made.unsure]
    for f in made.files:
        compile(f.text, f.target, "exec")


@pytest.mark.parametrize(
    "options", ["-optimizer adam -init image", "-pooling avg -tv_weight 0", "-normalize_gradients"]
)
def test_loss_layers_within_a_net_change_a_picture_in_the_same_way(options: str, tmp_path: Path) -> None:
    script = PUBLISHED / "neural_style" / "neural_style.lua"
    write(translate_file(script), tmp_path / "style.py")
    picture(tmp_path / "content.png", (6, 6), 0)
    picture(tmp_path / "style.png", (6, 6), 1)
    given = ["-content_image", "content.png", "-style_image", "style.png", "-image_size", "16", "-seed", "1"]
    given += ["-num_iterations", "10", *options.split()]
    in_lua = th(str(script), *given, cwd=tmp_path)
    command = [sys.executable, "-W", "error", "style.py", *given]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    in_python = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert (in_lua.returncode, in_python.returncode) == (0, 0), in_lua.stderr + in_python.stderr
    number = r"-?\d+\.\d+"
    assert re.sub(number, "n", in_python.stdout) == re.sub(number, "n", in_lua.stdout)
    found, wanted = ([float(x) for x in re.findall(number, text)] for text in (in_python.stdout, in_lua.stdout))
    assert len(wanted) == 8
    assert found == pytest.approx(wanted, rel=1e-4, abs=2e-3)  # float32, and sums in another order
