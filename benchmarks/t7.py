"""Reading and writing ``.t7`` files, beside torchfile (an independent reader in Python) and in Lua, all in one run.

    python benchmarks/t7.py [FILE...]

Medians of several runs, taken in turns, in milliseconds. Without arguments: the timing files of the test data,
generated files of tables, and tensors of two sizes, which are mapped and cost the same. To be kept: tables ten times
faster than torchfile, ``torch.load`` of 200,000 entries in Lua under half a second.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lua_compat import Runtime, t7
from pytorch_from_lua.tensor import Tensor

CORPUS = Path(__file__).parents[1] / "tests" / "conformance"
RUNS = 7


def timed(run: Callable[[], Any]) -> float:
    """How long a run takes, in milliseconds, or nan where it fails; what it gives is dropped outside of the time."""
    begun = time.perf_counter()
    try:
        value = run()
    except Exception:
        return float("nan")
    taken = (time.perf_counter() - begun) * 1e3
    del value
    return taken


def medians(runs: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """The median of each, one run of every one after another, after one that does not count."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(RUNS + 1):
        for name, run in runs.items():
            times[name].append(timed(run))
    return {name: statistics.median(some[1:]) for name, some in times.items()}


def generated(folder: Path) -> list[Path]:
    """Files of tables as people have them, and of one tensor of two sizes."""
    chance = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randrange(2, 14))) + str(i) for i in range(50_000)]
    values = {
        "annotations": [
            {
                "file": f"images/{chance.choice(words)}.jpg",
                "label": chance.choice(words[:80]),
                "difficult": chance.random() < 0.1,
                "box": [chance.random() * 640 for _ in range(4)],
            }
            for _ in range(20_000)
        ],
        "vocabulary": {"index": {w: i for i, w in enumerate(words, 1)}, "word": words},
        "log": [{"epoch": i, "loss": chance.random(), "accuracy": chance.random()} for i in range(40_000)],
        "50_MB_tensor": {"weight": Tensor.from_array(np.zeros(12_500_000, np.float32))},
        "500_MB_tensor": {"weight": Tensor.from_array(np.zeros(125_000_000, np.float32))},
    }
    paths = []
    for name, value in values.items():
        paths.append(folder / f"{name}.t7")
        t7.write_file(paths[-1], value)
    return paths


def torchfile_load(path: Path) -> Callable[[], Any]:
    """What reads a file with torchfile; it fails where that is not installed or does not read the file."""

    def load() -> Any:
        import torchfile

        return torchfile.load(str(path))

    return load


def main(paths: list[Path]) -> None:
    """Prints a line a file."""
    lua = Runtime()
    lua_load, lua_save = lua.execute("return torch.load, torch.save")
    columns = ("t7.read_file", "torchfile", "ratio", "torch.load", "t7.write_file", "torch.save", "ASCII read")
    print(f"{'file':22} {'MB':>7} " + " ".join(f"{name:>13}" for name in columns))
    with tempfile.TemporaryDirectory() as folder:
        out, text = Path(folder) / "out.t7", Path(folder) / "text.t7"
        for path in paths:
            size = path.stat().st_size / 1e6
            value = t7.read_file(path)
            lua_value = lua.call(lua_load, str(path))
            runs = {
                "t7.read_file": lambda path=path: t7.read_file(path),
                "torchfile": torchfile_load(path),
                "torch.load": lambda path=path: lua.call(lua_load, str(path)),
            }
            if size < 40:
                t7.write_file(text, value, format="ascii")
                runs["t7.write_file"] = lambda value=value: t7.write_file(out, value)
                runs["torch.save"] = lambda value=lua_value: lua.call(lua_save, str(out), value)
                runs["ASCII read"] = lambda: t7.read_file(text)
            found = medians(runs)
            found["ratio"] = found["torchfile"] / found["t7.read_file"]
            cells = " ".join(f"{found[c]:13.1f}" if c in found else " " * 13 for c in columns)
            print(f"{path.name:22} {size:7.2f} {cells}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        main([Path(a) for a in sys.argv[1:]])
    else:
        with tempfile.TemporaryDirectory() as scratch:
            corpus = [CORPUS / "t7" / "many_numbers.t7", CORPUS / "t7" / "many_small_tables.t7"]
            main([*corpus, *generated(Path(scratch))])
