"""What all transforms share, and those that put others together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pytorch_from_lua.data import stream
from pytorch_from_lua.errors import RangeError

Step = Callable[[Any], Any]


class Transform:
    """A transform of a picture: a subclass says what ``transform(img)`` returns, and its settings."""

    def __call__(self, img: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say what it does: define __call__")

    def __repr__(self) -> str:
        settings = ", ".join(f"{key}={value!r}" for key, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


def uniform(low: float, high: float) -> float:
    """Draw a number between two."""
    return float(stream.current().uniform(low, high))


def whole(high: int) -> int:
    """Draw a whole number from 0 to before ``high``."""
    return int(stream.current().random(0, high))


def happens(p: float) -> bool:
    """Draw whether something of probability ``p`` happens."""
    return uniform(0, 1) < p


def probability(p: float) -> float:
    """Return ``p``.

    Raises:
        RangeError: where it is none.
    """
    if not 0 <= p <= 1:
        raise RangeError(f"p: needs a probability from 0 to 1, got {p}")
    return p


class _Several(Transform):
    def __init__(self, transforms: Sequence[Step]) -> None:
        self.transforms = list(transforms)

    def __repr__(self) -> str:
        inner = "".join(f"\n    {t!r}" for t in self.transforms)
        return f"{type(self).__name__}({inner}\n)"


class Compose(_Several):
    """Transforms one after the other.

    >>> Compose([lambda x: x + 1, lambda x: x * 2])(3)
    8
    """

    def __call__(self, img: Any) -> Any:
        for t in self.transforms:
            img = t(img)
        return img


class RandomApply(Compose):
    """Transforms one after the other with probability ``p``, or none of them."""

    def __init__(self, transforms: Sequence[Step], p: float = 0.5) -> None:
        super().__init__(transforms)
        self.p = probability(p)

    def __call__(self, img: Any) -> Any:
        return super().__call__(img) if happens(self.p) else img


class RandomOrder(_Several):
    """All transforms, in random order."""

    def __call__(self, img: Any) -> Any:
        for i in stream.current().randperm(len(self.transforms)).tolist():
            img = self.transforms[i](img)
        return img


class RandomChoice(_Several):
    """One of the transforms, all equally likely or with the weights ``p``."""

    def __init__(self, transforms: Sequence[Step], p: Sequence[float] | None = None) -> None:
        super().__init__(transforms)
        if not self.transforms or (p is not None and len(p) != len(self.transforms)):
            raise RangeError(
                f"transforms, p: need at least one and as many weights, got {len(self.transforms)} and {p}"
            )
        self.p = [1.0] * len(self.transforms) if p is None else [float(w) for w in p]

    def __call__(self, img: Any) -> Any:
        at, place = uniform(0, sum(self.p)), 0
        while place + 1 < len(self.p) and at >= self.p[place]:
            at -= self.p[place]
            place += 1
        return self.transforms[place](img)


class Lambda(Transform):
    """A function as a transform."""

    def __init__(self, lambd: Step) -> None:
        if not callable(lambd):
            raise RangeError(f"lambd: needs a function, got {type(lambd).__name__}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)
