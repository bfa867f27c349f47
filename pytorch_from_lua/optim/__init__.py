"""Optimizers, under PyTorch's names."""

from pytorch_from_lua.optim.adam import Adam
from pytorch_from_lua.optim.optimizer import Optimizer
from pytorch_from_lua.optim.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]
