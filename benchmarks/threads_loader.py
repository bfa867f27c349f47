"""A Lua script's data-loading threads: the time of an epoch with one worker and with two, in turns.

    python benchmarks/threads_loader.py [--workers 1,2] [--pictures 256] [--size 224] [--batch 32] [--rounds 5]

The script is ``threads_loader.lua``: workers of the package ``threads`` read JPEG files, crop, scale, jitter colours,
normalise and flip them, and put batches together, which the main thread takes through end callbacks. The pictures are
drawn into a folder of their own first, about 256 x 256 in colour.

Each time is a median, after an epoch that is not counted; a ratio is the median of the ratios of the turns, in which
the numbers of workers run one after another, so that a busy machine slows all. It says something where the cores are
idle otherwise.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

CLASSES = 10


def draw(folder: Path, count: int) -> list[str]:
    """Writes pictures of smooth colours with some noise, which a JPEG has as many bytes for as for a photograph."""
    from pytorch_from_lua import pictures

    random = np.random.default_rng(1)
    paths = []
    for i in range(count):
        height, width = random.integers(240, 289, 2)
        y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
        waves = [np.sin(random.uniform(2, 20) * x + random.uniform(2, 20) * y + random.uniform(0, 6)) for _ in range(3)]
        pixels = 128 + 90 * np.stack(waves) + random.normal(0, 12, (3, height, width))
        path = folder / f"{i:04}.jpg"
        path.write_bytes(pictures.encode(pixels.clip(0, 255).astype(np.uint8), "JPEG"))
        paths.append(os.fspath(path))
    return paths


class Loader:
    """The script with a number of workers."""

    def __init__(self, paths: list[str], workers: int, batch: int, size: int) -> None:
        import lua_compat

        self._count, self._batch = len(paths), batch
        self._classes = [1 + i % CLASSES for i in range(len(paths))]
        self._lua = lua_compat.Runtime()
        source = Path(__file__).with_suffix(".lua").read_text()
        files, classes = self._lua.to_lua(paths), self._lua.to_lua(self._classes)
        given = files, classes, workers, batch, size
        self._epoch, self._end = self._lua.execute(source, *given, name="@threads_loader.lua")

    def turn(self) -> float:
        """The seconds of an epoch, in which every picture came once."""
        start = time.perf_counter()
        found = self._lua.call(self._epoch)
        taken = time.perf_counter() - start
        if found != (self._count, -(-self._count // self._batch), sum(self._classes)):
            raise RuntimeError(f"an epoch of {self._count} pictures gave {found}")
        return taken

    def end(self) -> None:
        """Ends the workers."""
        self._lua.call(self._end)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", default="1,2", help="numbers of workers; ratios are to the first")
    parser.add_argument("--pictures", type=int, default=256, help="how many pictures an epoch has")
    parser.add_argument("--size", type=int, default=224, help="height and width of the pictures in a batch")
    parser.add_argument("--batch", type=int, default=32, help="how many pictures a batch has")
    parser.add_argument("--rounds", type=int, default=5, help="how many turns each has")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = draw(Path(folder), options.pictures)
        size = sum(map(os.path.getsize, paths)) / len(paths)
        print(f"{len(paths)} pictures of {size / 1e3:.0f} kB, batches of {options.batch}, {os.cpu_count()} cores")
        loaders = {n: Loader(paths, n, options.batch, options.size) for n in map(int, options.workers.split(","))}
        times: dict[int, list[float]] = {n: [] for n in loaders}
        for loader in loaders.values():
            loader.turn()
        for _ in range(options.rounds):
            for n, loader in loaders.items():
                times[n].append(loader.turn())
        base = next(iter(times.values()))
        for n, taken in times.items():
            median = statistics.median(taken)
            ratio = statistics.median(b / t for b, t in zip(base, taken, strict=True))
            rate = len(paths) / median
            print(f"{n} worker{'s'[: n != 1]}: {median * 1e3:7.0f} ms an epoch, {rate:5.0f} pictures/s, {ratio:.2f}x")
        for loader in loaders.values():
            loader.end()


if __name__ == "__main__":
    main()
