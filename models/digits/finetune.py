"""Loads the net that train.lua saved, gives it a new last layer, trains that with autograd, and saves it for Lua.

    python models/digits/finetune.py out/lua_model.t7 out/finetuned.t7

The new task: telling even digits from odd ones would do; here the ten digits are learned anew from few images, with
the convolutions kept as they are.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from digits import accuracy, load_data

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="the .t7 file that train.lua saved")
    parser.add_argument("target", type=Path, help="where the fine-tuned net goes")
    parser.add_argument("--images", type=int, default=500, help="how many images of the training set are used")
    parser.add_argument("--epochs", type=int, default=20, help="passes over them")
    options = parser.parse_args()

    checkpoint = lua_compat.load(options.source)
    net = checkpoint.net
    torch.manual_seed(checkpoint.options.seed)
    data = load_data(checkpoint.options.train)
    print(net)
    print(f"as loaded: {accuracy(net, data.test_x, data.test_y) * 100:.2f} %")

    # The last layer is new; everything before it stays as Lua trained it.
    net.requires_grad_(False)
    net[-2] = nn.Linear(64, 10)
    print(f"with a new last layer: {accuracy(net, data.test_x, data.test_y) * 100:.2f} %")

    optimizer = optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.01)
    x, y = data.train_x[: options.images], data.train_y[: options.images]
    losses = []
    for _ in range(options.epochs):
        for pick in torch.randperm(options.images).split(50):
            optimizer.zero_grad()
            loss = nn.functional.nll_loss(net(x[pick]), y[pick])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    held_out = accuracy(net, data.test_x, data.test_y)
    print(f"held out: {held_out * 100:.2f} %")
    net.requires_grad_(True)
    kept = {"net": net, "options": checkpoint.options, "losses": losses, "accuracy": held_out}
    lua_compat.save(options.target, kept)
    print(f"saved {options.target}")


if __name__ == "__main__":
    main()
