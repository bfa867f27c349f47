"""Which random numbers a transform draws: the program's own stream, or one of the sample's own within a loader.

A `DataLoader` gives each sample a stream that depends on the seed, the epoch and the sample's place alone. So the same
seed gives the same pictures however many threads load them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytorch_from_lua.tensor.generator as streams
from pytorch_from_lua.tensor.generator import Generator

_own = threading.local()


def current() -> Generator:
    """Return the stream to draw from now."""
    found: Generator | None = getattr(_own, "generator", None)
    return streams.default_generator if found is None else found


@contextmanager
def drawing_from(generator: Generator) -> Iterator[None]:
    """Make ``generator`` the current stream of this thread for a block."""
    before = getattr(_own, "generator", None)
    _own.generator = generator
    try:
        yield
    finally:
        _own.generator = before
