"""A siamese net (Bromley et al., 1994): one net for both sides, trained to give like pairs like codes.

python models/siamese/siamese.py
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common

import pytorch_from_lua as torch
from pytorch_from_lua import Tensor, nn


class PairLoss(nn.Module):
    """A loss of two codes as one of the list that the net gives."""

    def __init__(self, margin: float) -> None:
        super().__init__()
        self.loss = nn.CosineEmbeddingLoss(margin)

    def forward(self, codes: list[Tensor], target: Tensor) -> Tensor:
        return self.loss(*codes, target)


def siamese(code: int, margin: float) -> tuple[nn.Module, nn.Module]:
    """The net and its loss."""
    twin = nn.Sequential(
        nn.Conv2d(1, 8, 5),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.View(16 * 4 * 4),
        nn.Linear(16 * 4 * 4, code),
    )
    # Autograd keeps what each side needs: one module can stand at both places.
    return nn.ParallelTable(twin, twin), PairLoss(margin)


def main() -> None:
    options = common.options(
        "Siamese net",
        [("code", 16, "size of the codes"), ("margin", 0.2, "unlike pairs cost nothing below this cosine")],
    )
    model, criterion = siamese(options.code, options.margin)
    input = [torch.randn(options.batch, 1, 28, 28), torch.randn(options.batch, 1, 28, 28)]
    target = common.labels(options.batch, 2) * 2 - 1  # 1 for a like pair, -1 for an unlike one
    common.run(model, criterion, input, target, options)


if __name__ == "__main__":
    main()
