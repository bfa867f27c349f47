"""Trains the net of train.lua, with the same random stream and so with the same losses.

python models/digits/train.py --epochs 20 --save out/python_model.t7
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from digits import accuracy, build, load_data

import lua_compat
import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="random seed")
    parser.add_argument("--epochs", type=int, default=20, help="passes over the training set")
    parser.add_argument("--batch-size", type=int, default=32, help="images in one step")
    parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
    parser.add_argument("--momentum", type=float, default=0.9, help="momentum")
    parser.add_argument("--dropout", type=float, default=0.2, help="probability of dropout")
    parser.add_argument("--train", type=int, default=1500, help="images to train on; the rest are held out")
    parser.add_argument("--save", type=Path, default=Path("out/python_model.t7"), help="where the trained net goes")
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = load_data(options.train)
    net = build(data, options.dropout)
    criterion = nn.NLLLoss()
    # Torch7's sgd dampens the momentum by default, PyTorch's does not.
    optimizer = optim.SGD(net.parameters(), lr=options.lr, momentum=options.momentum, dampening=options.momentum)
    print(net)

    losses = []
    for epoch in range(1, options.epochs + 1):
        shuffle = torch.randperm(options.train)
        first = len(losses)
        for start in range(0, options.train - options.batch_size + 1, options.batch_size):
            pick = shuffle[start : start + options.batch_size]
            optimizer.zero_grad()
            loss = criterion(net(data.train_x[pick]), data.train_y[pick])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        mean = sum(losses[first:]) / len(losses[first:])
        held_out = accuracy(net, data.test_x, data.test_y) * 100
        print(f"epoch {epoch}: loss {mean:.6f}, {held_out:.2f} % of the held-out digits")

    held_out = accuracy(net, data.test_x, data.test_y)
    print(f"held out: {held_out * 100:.2f} %")
    os.makedirs(options.save.parent, exist_ok=True)
    kept = {"seed": options.seed, "train": options.train}
    lua_compat.save(options.save, {"net": net, "options": kept, "losses": losses, "accuracy": held_out})
    print(f"saved {options.save}")


if __name__ == "__main__":
    main()
