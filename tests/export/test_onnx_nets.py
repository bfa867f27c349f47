"""Random nets of branches, views and modules that work in place, as ONNX: all see what the others wrote."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from tests.export.onnx_runs import Written

#: A net for (N, f), and how many features it gives.
Made = tuple[nn.Module, int]


def plain(draw: random.Random, f: int, depth: int) -> Made:
    inplace = draw.random() < 0.6
    made: list[nn.Module] = [
        nn.ReLU(inplace=inplace),
        nn.Threshold(0.1, -0.2, inplace=inplace),
        nn.MulConstant(1.5, inplace=inplace),
        *(nn.Tanh(), nn.Softmax(), nn.Normalize(), nn.Dropout(), nn.Identity(), nn.BatchNorm1d(f), nn.CMul(1, f)),
    ]
    return draw.choice(made), f


def linear(draw: random.Random, f: int, depth: int) -> Made:
    g = draw.choice([2, 4, 6])
    return nn.Linear(f, g, bias=draw.random() < 0.7), g


def joined(draw: random.Random, f: int, depth: int) -> Made:
    parts = [net(draw, f, depth - 1) for _ in range(draw.choice([2, 3]))]
    return nn.Concat(1, *[part for part, _ in parts]), sum(g for _, g in parts)


def folded(draw: random.Random, f: int, depth: int) -> Made:
    branch, g = net(draw, f, depth - 1)
    both = [branch, nn.Linear(f, g)]
    draw.shuffle(both)
    fold = draw.choice([nn.CAddTable(inplace=True), nn.CAddTable(), nn.CMulTable(), nn.CMaxTable(), nn.CSubTable()])
    return nn.Sequential(nn.ConcatTable(*both), fold), g


def written_over(draw: random.Random, f: int, depth: int) -> Made:
    """What stands before and after the rectifier are the same tensor."""
    three = nn.ConcatTable(nn.Identity(), nn.ReLU(inplace=True), nn.View(f))
    return nn.Sequential(three, nn.JoinTable(1)), 3 * f


def reshaped(draw: random.Random, f: int, depth: int) -> Made:
    image = nn.Sequential(nn.View(1, f, 1), nn.Conv2d(1, 2, 1), nn.ReLU(inplace=True), nn.View(2 * f))
    bottle = nn.Sequential(nn.View(1, f), nn.Bottle(nn.Linear(f, 2 * f)), nn.View(2 * f))
    wide = nn.Sequential(nn.Unsqueeze(1), nn.Replicate(2, 1, 2), nn.View(2 * f))
    return draw.choice([image, bottle, wide]), 2 * f


def split(draw: random.Random, f: int, depth: int) -> Made:
    each = nn.Sequential(nn.Unsqueeze(1), nn.Linear(1, 2))
    return nn.Sequential(nn.SplitTable(1), nn.NarrowTable(0, 2), nn.MapTable(each), nn.JoinTable(1)), 4


def graph(draw: random.Random, f: int, depth: int) -> Made:
    x = nn.Node()
    h = x >> nn.Linear(f, 4)
    total = nn.Node(nn.CAddTable(), h >> nn.ReLU(inplace=draw.random() < 0.5), h)
    return nn.Graph(x, nn.Node(nn.JoinTable(1), total, x)), 4 + f


def nested(draw: random.Random, f: int, depth: int) -> Made:
    first, g = net(draw, f, depth - 1)
    second, h = net(draw, g, depth - 1)
    return nn.Sequential(first, second), h


LEAVES: list[Callable[..., Made]] = [plain, linear]
ALL = [*LEAVES, joined, folded, written_over, reshaped, split, graph, nested]


def net(draw: random.Random, f: int, depth: int) -> Made:
    """A net of a random kind; of one module where it is deep enough."""
    return draw.choice(ALL if depth else LEAVES)(draw, f, depth)


@pytest.mark.parametrize("seed", range(40))
def test_a_random_net_gives_the_same_in_the_runtime(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    torch.manual_seed(seed)
    width = f = draw.choice([2, 3, 5])
    modules: list[Any] = []
    for _ in range(draw.choice([2, 3, 4])):
        module, f = net(draw, f, 3)
        modules.append(module)
    given = torch.randn(3, width)
    written = Written(nn.Sequential(*modules), tmp_path, given)
    written.agree(given)
    written.agree(written.with_batch(given, 6))
