"""Schedules of learning rates, under PyTorch's names, and Torch7's ``learningRateDecay``.

A scheduler sets the "lr" of an optimizer's groups when it is made and at each ``step()``, one after each epoch (or
batch). In the formulas, ``lr0`` is the rate that the optimizer was made with, "initial_lr" of its groups, and ``t`` the
number of steps so far.
"""

from pytorch_from_lua.optim.lr_scheduler.base import LRScheduler
from pytorch_from_lua.optim.lr_scheduler.combined import ChainedScheduler, SequentialLR
from pytorch_from_lua.optim.lr_scheduler.cycles import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from pytorch_from_lua.optim.lr_scheduler.decays import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LearningRateDecay,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from pytorch_from_lua.optim.lr_scheduler.functions import LambdaLR, MultiplicativeLR
from pytorch_from_lua.optim.lr_scheduler.plateau import ReduceLROnPlateau

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LearningRateDecay",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
