"""An autoencoder (Hinton and Salakhutdinov, 2006) for pictures of 28 x 28.

python models/autoencoder/autoencoder.py
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common

import pytorch_from_lua as torch
from pytorch_from_lua import nn


def autoencoder(sizes: Sequence[int]) -> tuple[nn.Module, nn.Module]:
    """The net and its loss."""
    encoder, decoder = nn.Sequential(), nn.Sequential()
    for a, b in pairwise(sizes):
        encoder.extend([nn.Linear(a, b), nn.ReLU(inplace=True)])
    del encoder[-1]  # the code itself is not cut off at 0
    for a, b in pairwise(reversed(sizes)):
        decoder.extend([nn.Linear(a, b), nn.ReLU(inplace=True)])
    decoder[-1] = nn.Sigmoid()
    return nn.Sequential(encoder, decoder), nn.MSELoss()


def main() -> None:
    options = common.options("Autoencoder", [("code", 32, "size of the code"), ("rate", 10.0, "learning rate")])
    model, criterion = autoencoder([28 * 28, 256, 64, options.code])
    input = torch.rand(options.batch, 28 * 28)
    common.run(model, criterion, input, input, options)


if __name__ == "__main__":
    main()
