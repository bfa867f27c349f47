"""LeNet-5 (LeCun et al., 1998) for pictures of 32 x 32, with max pooling: ``python models/lenet/lenet.py``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common

import pytorch_from_lua as torch
from pytorch_from_lua import nn


def lenet(classes: int) -> tuple[nn.Module, nn.Module]:
    """The net and its loss."""
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.View(16 * 5 * 5),
        nn.Linear(16 * 5 * 5, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, classes),
        nn.LogSoftmax(1),
    )
    return model, nn.NLLLoss()


def main() -> None:
    options = common.options("LeNet-5", [("classes", 10, "number of classes")])
    model, criterion = lenet(options.classes)
    input = torch.randn(options.batch, 1, 32, 32)
    common.run(model, criterion, input, common.labels(options.batch, options.classes), options)


if __name__ == "__main__":
    main()
