"""What the Python programs of this folder share: the data, the layer of our own, the net."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import lua_compat
import pytorch_from_lua as torch
from lua_compat.mapping.spec import FLOAT, Attr, ClassSpec, Example, register
from pytorch_from_lua import Tensor, nn

HERE = Path(__file__).parent


class Standardize(nn.Module):
    """Subtracts the mean of the training set and divides by its standard deviation."""

    def __init__(self, mean: float, std: float) -> None:
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, input: Tensor) -> Tensor:
        return (input - self.mean) / self.std

    def extra_repr(self) -> str:
        return f"{self.mean:.3f}, {self.std:.3f}"


# From here on, .t7 files that hold an nn.Standardize load as this class, and are saved as that one.
register(
    "Digits",
    ClassSpec(
        "nn.Standardize",
        Standardize,
        (Example("nn.Standardize(2, 3)", "Standardize(2, 3)"),),
        (Attr("mean", kind=FLOAT), Attr("std", kind=FLOAT)),
    ),
)


class Split(NamedTuple):
    """Images of (N, 1, 8, 8), and labels from 0, to train on and held out."""

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor


def load_data(count: int, path: Path = HERE / "digits.t7") -> Split:
    """The digits in an order that the random stream gives, the first ``count`` to train on."""
    data = lua_compat.load(path)
    order = torch.randperm(data.images.size(0))
    images = data.images[order].float().view(-1, 1, 8, 8)
    labels = data.labels[order].long() - 1
    return Split(images[:count], labels[:count], images[count:], labels[count:])


def build(data: Split, dropout: float) -> nn.Sequential:
    """The net of train.lua."""
    return nn.Sequential(
        Standardize(data.train_x.mean().item(), data.train_x.std().item()),
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.View(128),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(64, 10),
        nn.LogSoftmax(1),
    )


def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of right answers."""
    net.eval()
    with torch.no_grad():
        right = (net(x).argmax(1) == y).float().mean().item()
    net.train()
    return right
