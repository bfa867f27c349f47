"""Steps of training, and tests; the twin of train.lua."""

from __future__ import annotations

import argparse

from dataset import Shapes

import pytorch_from_lua as torch
from pytorch_from_lua import Generator, Tensor, nn, optim
from pytorch_from_lua.data import DataLoader


class Trainer:
    """A net and what it is trained with."""

    def __init__(self, model: nn.Module, options: argparse.Namespace) -> None:
        self.model, self.options = model, options
        self.optimizer = optim.SGD(
            model.parameters(),
            lr=options.LR,
            momentum=options.momentum,
            nesterov=True,
            weight_decay=options.weightDecay,
        )

    def batches(self, dataset: Shapes, epoch: int) -> DataLoader:
        """A loader of one epoch, with threads; training pictures come in an order of the program's random stream."""
        dataset.epoch = epoch
        order = torch.randperm(len(dataset)) if dataset.train else torch.arange(len(dataset))
        # What is random in a picture comes from its own seed: the loader's stream is nowhere used.
        return DataLoader(
            dataset,
            self.options.batchSize,
            sampler=order.tolist(),
            num_workers=self.options.nThreads,
            drop_last=dataset.train,
            generator=Generator(0),
        )

    def train(self, epoch: int, dataset: Shapes) -> tuple[float, float]:
        """One epoch; returns the share of right answers, in percent, and the mean loss."""
        total, right, count = 0.0, 0, 0
        self.optimizer.param_groups[0]["lr"] = self.learning_rate(epoch)
        loader = self.batches(dataset, epoch)
        self.model.train()
        for n, (pictures, labels) in enumerate(loader, 1):
            output = self.model(pictures)
            loss = nn.functional.cross_entropy(output, labels)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(labels)
            right += self.right(output, labels)
            count += len(labels)
            print(f" | Epoch: [{epoch}][{n}/{len(loader)}]  Err {loss.item():.4f}")
        return 100 * right / count, total / count

    @torch.no_grad()
    def test(self, epoch: int, dataset: Shapes) -> float:
        """The share of right answers, in percent."""
        self.model.eval()
        right = sum(self.right(self.model(pictures), labels) for pictures, labels in self.batches(dataset, epoch))
        self.model.train()
        return 100 * right / len(dataset)

    def right(self, output: Tensor, labels: Tensor) -> int:
        """How many answers are right."""
        return int((output.argmax(1) == labels).sum().item())

    def learning_rate(self, epoch: int) -> float:
        """A tenth after two thirds of the epochs, as main.lua has it for whichever number of them is asked for."""
        return float(self.options.LR * 0.1 ** ((epoch - 1) // -(-self.options.nEpochs * 2 // 3)))
