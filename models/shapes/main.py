"""Tells drawn shapes with a residual net, with the losses of main.lua.

python models/shapes/main.py --nEpochs 6
python models/shapes/main.py --resume checkpoints --nEpochs 8      goes on as if it had not stopped
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import common
from dataset import CLASSES, Shapes
from train import Trainer

import pytorch_from_lua as torch
from pytorch_from_lua import Tensor, nn
from pytorch_from_lua.nn import functional as F


class Residual(nn.Module):
    """Two convolutions beside the input."""

    def __init__(self, planes: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(planes, planes, 3, padding=1),
            nn.BatchNorm2d(planes),
            nn.ReLU(),
            nn.Conv2d(planes, planes, 3, padding=1),
            nn.BatchNorm2d(planes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.branch(x) + x)


class ShapeNet(nn.Module):
    """From pictures of (N, 3, H, W) to scores of (N, classes)."""

    def __init__(self, planes: int, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, planes, 3, padding=1),
            nn.BatchNorm2d(planes),
            nn.ReLU(),
            nn.MaxPool2d(2),
            Residual(planes),
            nn.Conv2d(planes, 2 * planes, 3, 2, 1),
            nn.BatchNorm2d(2 * planes),
            nn.ReLU(),
            Residual(2 * planes),
        )
        self.classify = nn.Linear(2 * planes, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classify(self.features(x).mean((2, 3)))


def main() -> None:
    options = common.parse(
        "Tell drawn shapes with a residual net",
        [
            ("manualSeed", 1, "random seed"),
            ("nThreads", 2, "threads that load pictures; 0: the program itself does"),
            ("trainImages", 640, "pictures to train on"),
            ("valImages", 160, "pictures to validate on"),
            ("size", 24, "height and width of a picture"),
            ("nEpochs", 6, "passes over the pictures"),
            ("batchSize", 32, "pictures in one step"),
            ("LR", 0.05, "learning rate at the start; a tenth after two thirds of the epochs"),
            ("momentum", 0.9, "momentum"),
            ("weightDecay", 1e-4, "weight decay"),
            ("planes", 12, "planes after the first convolution"),
            ("save", "checkpoints", "folder for checkpoints"),
            ("resume", "none", "folder of a checkpoint to go on from"),
        ],
        seed="manualSeed",
    )
    model = ShapeNet(options.planes, len(CLASSES))
    common.initialize(model, options.manualSeed)
    trainer = Trainer(model, options)
    train = Shapes(options.trainImages, options.size, options.manualSeed, train=True)
    val = Shapes(options.valImages, options.size, options.manualSeed, train=False)

    first, best = 1, 0.0
    if options.resume != "none":
        checkpoint = torch.load(Path(options.resume) / "latest.pt")
        model.load_state_dict(checkpoint["model"])
        trainer.optimizer.load_state_dict(checkpoint["optimizer"])
        first, best = checkpoint["epoch"] + 1, checkpoint["best"]
        torch.set_rng_state(checkpoint["rng"])
    for epoch in range(first, options.nEpochs + 1):
        train_top1, loss = trainer.train(epoch, train)
        top1 = trainer.test(epoch, val)
        print(
            f" * Finished epoch {epoch}: loss {loss:.6f}, top1 in training {train_top1:.3f}, in validation {top1:.3f}"
        )
        best = max(best, top1)
        checkpoint = {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": trainer.optimizer.state_dict(),
            "best": best,
            "rng": torch.get_rng_state(),
        }
        Path(options.save).mkdir(parents=True, exist_ok=True)
        torch.save(checkpoint, Path(options.save) / "latest.pt")
    print(f" * Best top1: {best:.3f}")


if __name__ == "__main__":
    main()
