"""Pictures of discs, squares, diamonds and crosses, and what is done to them; the twin of datasets/."""

from __future__ import annotations

import pytorch_from_lua as torch
from pytorch_from_lua import Generator, Tensor
from pytorch_from_lua.data import Dataset
from pytorch_from_lua.nn import functional as F

CLASSES = ["disc", "square", "diamond", "cross"]


def inside(shape: int, dx: Tensor, dy: Tensor, radius: float) -> Tensor:
    """Which points lie in a shape, ``dx`` and ``dy`` from its middle."""
    ax, ay = dx.abs(), dy.abs()
    if shape == 0:
        return dx * dx + dy * dy < radius * radius
    if shape == 1:
        return torch.maximum(ax, ay) < 0.85 * radius
    if shape == 2:
        return ax + ay < 1.2 * radius
    return (torch.maximum(ax, ay) < radius) & (torch.minimum(ax, ay) < radius / 3)


def uniform(gen: Generator, low: float, high: float) -> float:
    """One number."""
    return torch.empty(()).uniform_(low, high, generator=gen).item()


class Shapes(Dataset[tuple[Tensor, int]]):
    """A picture is drawn when it is asked for, from its own seed; training pictures are changed in each epoch.

    Args:
        count: how many there are.
        size: height and width.
        seed: of the program.
        train: whether they are to train on.

    Attributes:
        epoch: decides what is drawn for the changes.
    """

    def __init__(self, count: int, size: int, seed: int, train: bool) -> None:
        self.count, self.size, self.seed, self.train = count, size, seed, train
        self.epoch = 1

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        first = 100000 * self.seed + (0 if self.train else 50000)
        picture, shape = self.draw(Generator(first + index + 1))
        if self.train:
            picture = augment(picture, Generator(1000003 * self.seed + 10007 * self.epoch + index + 1))
        return (picture - 0.5) / 0.25, shape

    def draw(self, gen: Generator) -> tuple[Tensor, int]:
        """A picture of (3, size, size), and its class."""
        n = self.size
        shape = int(torch.randint(1, len(CLASSES) + 1, (1,), generator=gen).item()) - 1
        colors = torch.rand(2, 3, generator=gen)
        back, front = 0.4 * colors[0], 0.4 + 0.5 * colors[1]
        x, y = uniform(gen, 0.35, 0.65) * n, uniform(gen, 0.35, 0.65) * n
        radius = uniform(gen, 0.2, 0.33) * n
        noise = 0.1 * torch.rand(3, n, n, generator=gen)
        places = torch.arange(n) + 0.5
        mask = inside(shape, places[None, :] - x, places[:, None] - y, radius)
        return torch.where(mask, front[:, None, None], back[:, None, None]) + noise, shape


def augment(picture: Tensor, gen: Generator, padding: int = 3) -> Tensor:
    """Moves a picture, mirrors it half of the time, and makes it lighter or darker."""
    x, y = ((torch.randint(1, 2 * padding + 2, (1,), generator=gen) - 1).item() for _ in range(2))
    height, width = picture.shape[1:]
    moved = F.pad(picture, (padding,) * 4)[:, y : y + height, x : x + width]
    if uniform(gen, 0, 1) < 0.5:
        moved = moved.flip(2)
    return moved * (1 + uniform(gen, -0.2, 0.2))
