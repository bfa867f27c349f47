"""Residual nets (He et al., 2016), in the two forms that fb.resnet.torch has.

python models/resnet/resnet.py --depth 20
python models/resnet/resnet.py --dataset imagenet --depth 50 --size 64 --batch 2
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common

import pytorch_from_lua as torch
from pytorch_from_lua import nn


def convolution(planes: int, to: int, size: int, stride: int) -> nn.Module:
    """A convolution that keeps width and height, but for the stride."""
    return nn.Conv2d(planes, to, size, stride, padding=(size - 1) // 2, bias=False)


def shortcut(planes: int, to: int, stride: int, kind: str) -> nn.Module:
    """Beside the convolutions of a block: the input, brought to the block's output size.

    Kind A pads with planes of zeros, kind B convolves.
    """
    if planes == to and stride == 1:
        return nn.Identity()
    if kind == "B":
        return nn.Sequential(convolution(planes, to, 1, stride), nn.BatchNorm2d(to))
    return nn.Sequential(nn.AvgPool2d(1, stride), nn.Concat(1, nn.Identity(), nn.MulConstant(0)))


def residual(branch: nn.Module, beside: nn.Module) -> nn.Module:
    """The sum of both; ``relu(branch(x) + beside(x))`` in the forward of a class of one's own."""
    return nn.Sequential(nn.ConcatTable(branch, beside), nn.CAddTable(inplace=True), nn.ReLU(inplace=True))


def basic(came: int, planes: int, stride: int, kind: str) -> tuple[nn.Module, int]:
    """A block of two convolutions, and its planes."""
    branch = nn.Sequential(
        convolution(came, planes, 3, stride),
        nn.BatchNorm2d(planes),
        nn.ReLU(inplace=True),
        convolution(planes, planes, 3, 1),
        nn.BatchNorm2d(planes),
    )
    return residual(branch, shortcut(came, planes, stride, kind)), planes


def bottleneck(came: int, planes: int, stride: int, kind: str) -> tuple[nn.Module, int]:
    """A block of three convolutions, and its planes."""
    to = planes * 4
    branch = nn.Sequential(
        convolution(came, planes, 1, 1),
        nn.BatchNorm2d(planes),
        nn.ReLU(inplace=True),
        convolution(planes, planes, 3, stride),
        nn.BatchNorm2d(planes),
        nn.ReLU(inplace=True),
        convolution(planes, to, 1, 1),
        nn.BatchNorm2d(to),
    )
    return residual(branch, shortcut(came, to, stride, kind)), to


Block = Callable[[int, int, int, str], tuple[nn.Module, int]]

#: The form for ImageNet: blocks in each of the four stages, and their kind.
STAGES: dict[int, tuple[tuple[int, ...], Block]] = {
    18: ((2, 2, 2, 2), basic),
    34: ((3, 4, 6, 3), basic),
    50: ((3, 4, 6, 3), bottleneck),
}


def add_stages(model: nn.Sequential, counts: Sequence[int], block: Block, planes: int, kind: str) -> int:
    """Adds the stages to a model, each of twice the planes and, after the first, half the size."""
    came = planes
    for stage, count in enumerate(counts):
        blocks = nn.Sequential()
        for i in range(count):
            made, came = block(came, planes * 2**stage, 2 if stage > 0 and i == 0 else 1, kind)
            blocks.append(made)
        model.append(blocks)
    return came


def cifar(depth: int, classes: int) -> tuple[nn.Module, nn.Module]:
    """The net for pictures of 32 x 32, and its loss; the depth is 6 n + 2."""
    n = (depth - 2) // 6
    model = nn.Sequential(convolution(3, 16, 3, 1), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
    planes = add_stages(model, (n, n, n), basic, 16, "A")
    model.extend([nn.AvgPool2d(8, 1), nn.View(planes, num_input_dims=3), nn.Linear(planes, classes)])
    return model, nn.CrossEntropyLoss()


def imagenet(depth: int, width: int, classes: int, size: int) -> tuple[nn.Module, nn.Module]:
    """The net for larger pictures, and its loss."""
    counts, block = STAGES[depth]
    model = nn.Sequential(
        convolution(3, width, 7, 2),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, padding=1),
    )
    planes = add_stages(model, counts, block, width, "B")
    model.extend([nn.AvgPool2d(size // 32, 1), nn.View(planes, num_input_dims=3), nn.Linear(planes, classes)])
    return model, nn.CrossEntropyLoss()


def main() -> None:
    options = common.options(
        "Residual nets",
        [
            ("dataset", "cifar", "cifar or imagenet: the form of the net"),
            ("depth", 20, "cifar: 6 n + 2; imagenet: 18, 34 or 50"),
            ("width", 64, "imagenet: planes of the first convolution"),
            ("classes", 10, "number of classes"),
            ("size", 32, "imagenet: width and height of the pictures, a multiple of 32"),
        ],
    )
    large = options.dataset == "imagenet"
    if large:
        model, criterion = imagenet(options.depth, options.width, options.classes, options.size)
    else:
        model, criterion = cifar(options.depth, options.classes)
    common.initialize(model, options.seed)
    size = options.size if large else 32
    input = torch.randn(options.batch, 3, size, size)
    common.run(model, criterion, input, common.labels(options.batch, options.classes), options)


if __name__ == "__main__":
    main()
