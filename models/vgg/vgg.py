"""VGG (Simonyan and Zisserman, 2015) with batch normalisation and dropout, for pictures of 32 x 32.

python models/vgg/vgg.py --depth 16
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common

import pytorch_from_lua as torch
from pytorch_from_lua import nn

#: How many convolutions there are before each of the five poolings.
STAGES = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def vgg(depth: int, width: int, classes: int) -> tuple[nn.Module, nn.Module]:
    """The net and its loss."""
    model = nn.Sequential()
    planes = 3
    for stage, convolutions in enumerate(STAGES[depth]):
        wider = width * min(2**stage, 8)
        for i in range(convolutions):
            model.append(nn.Conv2d(planes, wider, 3, padding=1))
            model.append(nn.BatchNorm2d(wider, eps=1e-3))
            model.append(nn.ReLU(inplace=True))
            if i < convolutions - 1:
                model.append(nn.Dropout(0.3 if stage == 0 else 0.4))
            planes = wider
        model.append(nn.MaxPool2d(2, ceil_mode=True))
    model.extend(
        [
            nn.View(planes),
            nn.Dropout(0.5),
            nn.Linear(planes, planes),
            nn.BatchNorm1d(planes),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(planes, classes),
        ]
    )
    return model, nn.CrossEntropyLoss()


def main() -> None:
    options = common.options(
        "VGG with batch normalisation",
        [
            ("depth", 16, "11, 13, 16 or 19"),
            ("width", 64, "planes of the first convolution"),
            ("classes", 10, "number of classes"),
        ],
    )
    model, criterion = vgg(options.depth, options.width, options.classes)
    common.initialize(model, options.seed)
    input = torch.randn(options.batch, 3, 32, 32)
    common.run(model, criterion, input, common.labels(options.batch, options.classes), options)


if __name__ == "__main__":
    main()
