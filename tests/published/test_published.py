"""Programs written in the manner of well-known repositories, run by ``th`` as their users run them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.lua.th_command import th

HERE = Path(__file__).parent


def printed(folder: str, *arguments: str) -> str:
    done = th(*arguments, cwd=HERE / folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def numbers(pattern: str, text: str) -> list[float]:
    return [float(n) for n in re.findall(pattern, text)]


def picture(path: Path, shape: tuple[int, int], seed: int) -> None:
    from PIL import Image

    values = np.random.RandomState(seed).randint(0, 256, (*shape, 3)).astype(np.uint8)
    Image.fromarray(values).resize((shape[1] * 4, shape[0] * 4)).save(path)


def test_a_language_model_of_words_learns_on_what_it_takes_for_a_gpu() -> None:
    text = printed("lstm_lm", "--cuda=cpu", "main.lua")
    validation = numbers(r"Validation set perplexity : ([\d.]+)", text)
    assert len(validation) == 4
    assert validation == sorted(validation, reverse=True)
    assert validation[-1] < 4 < 15 < validation[0]
    assert text.endswith("Training is over.\n")
    assert printed("lstm_lm", "--cuda=cpu", "main.lua") == text


def test_a_language_model_that_needs_a_gpu_says_so_without_one() -> None:
    done = th("main.lua", cwd=HERE / "lstm_lm")
    assert done.returncode == 1
    assert "module 'cunn' not found" in done.stderr


def test_an_agent_learns_from_its_replay_memory(tmp_path: Path) -> None:
    saved = tmp_path / "agent.t7"
    text = printed(
        "dqn", "train_agent.lua", "-agent_params", "lr=0.01,discount=0.9", "-steps", "600", "-save", str(saved)
    )
    rewards = numbers(r"average reward: (-?[\d.]+)", text)
    assert rewards[0] < rewards[-1] == 0.92  # one for the end, less 0.02 for each of four steps before
    assert "(3): nn.Rectifier" in text
    assert text.splitlines()[-1].endswith("nn.Sequential")
    assert saved.exists()


@pytest.mark.parametrize("model", ["AE", "SparseAE", "DenoisingAE", "ConvAE", "VAE", "AAE"])
def test_an_autoencoder_of_a_collection_learns(model: str, tmp_path: Path) -> None:
    options = ["-denoise", "true"] if model == "DenoisingAE" else []
    path = tmp_path / "digits.png"
    text = printed("autoencoders", "main.lua", "-model", model, "-samples", "200", "-picture", str(path), *options)
    losses = numbers(r"loss ([\d.]+)", text)
    assert len(losses) == 5
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.8 * losses[0]
    from PIL import Image

    with Image.open(path) as image:
        assert image.size == (360, 72)  # ten digits above, what became of them below


def test_an_autoencoder_prints_the_same_on_what_it_takes_for_a_gpu() -> None:
    arguments = ["main.lua", "-model", "AE", "-samples", "100", "-epochs", "2"]
    without = printed("autoencoders", *arguments)
    assert numbers(r"Test: ([\d.]+)", printed("autoencoders", "--cuda=cpu", *arguments)) == numbers(
        r"Test: ([\d.]+)", without
    )


@pytest.mark.parametrize("options", [("-optimizer", "adam", "-init", "image"), ("-pooling", "avg", "-tv_weight", "0")])
def test_loss_layers_within_a_net_change_a_picture(options: tuple[str, ...], tmp_path: Path) -> None:
    picture(tmp_path / "content.png", (8, 8), 0)
    picture(tmp_path / "style.png", (8, 8), 1)
    given = ["-content_image", f"{tmp_path}/content.png", "-style_image", f"{tmp_path}/style.png", "-image_size", "24"]
    out = tmp_path / "out.png"
    text = printed("neural_style", "neural_style.lua", *given, "-output_image", str(out), "-seed", "1", *options)
    total = numbers(r"Total loss: ([\d.]+)", text)
    assert len(total) == 4
    assert total[-1] < total[0]
    assert "cutorch is not there, falling back on CPU mode" in text
    assert {path.name for path in tmp_path.glob("out*")} == {"out.png", "out_10.png"}
