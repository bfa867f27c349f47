"""Torch7's ``nn.StochasticGradient``: training one example at a time."""

from __future__ import annotations

from typing import Any

import pytorch_from_lua as torch
from lua_compat.translate.runtime.system import print as lua_print
from lua_compat.translate.runtime.tables import get, method
from lua_compat.translate.runtime.text import tostring


class StochasticGradient:
    """Plain gradient descent over the examples of a data set, in an order that is drawn once.

    Args:
        module: the model.
        criterion: the criterion.

    Attributes:
        learningRate: the size of a step.
        learningRateDecay: how fast it falls, from iteration to iteration.
        maxIteration: how often all examples are gone through; 0 for without end.
        shuffleIndices: whether their order is drawn.
        verbose: whether the mean loss of each iteration is printed.
        hookExample: called with the trainer and the example after each of them.
        hookIteration: called with the trainer, the iteration and the mean loss.
    """

    def __init__(self, module: Any, criterion: Any) -> None:
        self.module, self.criterion = module, criterion
        self.learningRate: float = 0.01
        self.learningRateDecay: float = 0
        self.maxIteration = 25
        self.shuffleIndices = self.verbose = True
        self.hookExample: Any = None
        self.hookIteration: Any = None

    def train(self, dataset: Any) -> None:
        """Trains on ``dataset[i]``, an input and a target each, counted from 1; its ``size`` says how many."""
        count = int(method(dataset, "size"))
        order = (torch.randperm(count) + 1).tolist() if self.shuffleIndices else range(1, count + 1)
        rate, iteration = self.learningRate, 1
        lua_print("# StochasticGradient: training")
        while True:
            total = 0.0
            for place in order:
                example = get(dataset, place)
                total += self._step(get(example, 1), get(example, 2), rate)
                if self.hookExample is not None:
                    self.hookExample(self, example)
            total /= count
            if self.hookIteration is not None:
                self.hookIteration(self, iteration, total)
            if self.verbose:
                lua_print(f"# current error = {tostring(total)}")
            iteration += 1
            rate = self.learningRate / (1 + iteration * self.learningRateDecay)
            if 0 < self.maxIteration < iteration:
                lua_print("# StochasticGradient: you have reached the maximum number of iterations")
                lua_print(f"# training error = {tostring(total)}")
                return

    def _step(self, input: Any, target: Any, rate: float) -> float:
        self.module.zeroGradParameters()
        output = self.module.updateOutput(input)
        loss: float = self.criterion.forward(output, target)
        self.module.backward(input, self.criterion.backward(output, target))
        self.module.updateParameters(rate)
        return loss
