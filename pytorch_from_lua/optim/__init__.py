"""Optimizers, under PyTorch's names; those that only Torch7 has, under its own in capitals."""

from pytorch_from_lua.optim import lr_scheduler
from pytorch_from_lua.optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from pytorch_from_lua.optim.adaptive import Adadelta, Adagrad, RMSprop
from pytorch_from_lua.optim.cg import CG
from pytorch_from_lua.optim.evolution import CMAES, DE
from pytorch_from_lua.optim.fista import FISTA
from pytorch_from_lua.optim.lbfgs import LBFGS
from pytorch_from_lua.optim.optimizer import Optimizer
from pytorch_from_lua.optim.sgd import ASGD, SGD, Rprop

__all__ = [
    "ASGD",
    "CG",
    "CMAES",
    "DE",
    "FISTA",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "lr_scheduler",
]
