"""Draws the losses of the three trainings and some held-out digits with what the fine-tuned net says of them.

python models/digits/picture.py out
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from digits import load_data

import lua_compat
import pytorch_from_lua as torch


def main(folder: Path) -> None:
    runs = {
        "train.lua": lua_compat.load(folder / "lua_model.t7"),
        "train.py": lua_compat.load(folder / "python_model.t7"),
        "finetune.py": lua_compat.load(folder / "finetuned.t7"),
    }
    figure = plt.figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1.25, 1])
    axes = left.subplots()
    styles = [("tab:blue", 5.0, 0.35), ("tab:blue", 1.2, 1.0), ("tab:orange", 1.2, 1.0)]
    for (name, run), (color, width, alpha) in zip(runs.items(), styles, strict=True):
        label = f"{name} ({run.accuracy * 100:.1f} % held out)"
        axes.plot(run.losses, color=color, linewidth=width, alpha=alpha, label=label)
    axes.set(xlabel="step", ylabel="loss", yscale="log", title="Loss of each step")
    axes.legend(frameon=False)

    last = runs["finetune.py"]
    torch.manual_seed(last.options.seed)
    data = load_data(last.options.train)
    last.net.eval()
    with torch.no_grad():
        said = last.net(data.test_x).argmax(1).tolist()
    true = data.test_y.tolist()
    wrong = [i for i in range(len(true)) if said[i] != true[i]][:4]
    shown = [i for i in range(len(true)) if i not in wrong][: 24 - len(wrong)] + wrong
    for axis, i in zip(right.subplots(4, 6).flat, shown, strict=True):
        axis.imshow(data.test_x[i, 0].numpy(), cmap="gray_r")
        mistaken = said[i] != true[i]
        axis.set_title(
            f"{said[i]}" + (f" (is {true[i]})" if mistaken else ""),
            fontsize=9,
            color="tab:red" if mistaken else "black",
            pad=3,
        )
        axis.axis("off")
    right.suptitle("What the fine-tuned net says", fontsize=11)
    figure.savefig(folder / "digits.png", dpi=110)
    print(f"saved {folder / 'digits.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
