"""Reading and writing ``.t7`` files, beside torchfile (an independent reader in Python) in the same run.

    python benchmarks/t7.py [FILE...]

The best of several runs, in milliseconds. Without arguments: the timing files of the test data, and a file with a
storage of 64 MB, which is mapped and costs the same as a small one.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lua_compat import t7
from pytorch_from_lua.tensor import Tensor

CORPUS = Path(__file__).parents[1] / "tests" / "conformance"
RUNS = 5


def best(run: Callable[[], Any]) -> float:
    """The shortest of several runs, in milliseconds; what a run gives is dropped outside of the time."""
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        value = run()
        times.append(time.perf_counter() - begun)
        del value
    return min(times) * 1e3


def theirs(path: Path) -> str:
    """What torchfile takes for it, or why it does not read it."""
    try:
        import torchfile
    except ImportError:
        return "not installed"
    try:
        return f"{best(lambda: torchfile.load(str(path))):.2f}"
    except Exception as error:
        return f"fails: {type(error).__name__}"


def main(paths: list[Path]) -> None:
    """Prints a line a file."""
    print(f"{'file':24} {'MB':>8} {'read':>10} {'torchfile':>18} {'write':>10}")
    for path in paths:
        value = t7.read_file(path)
        read, written = best(lambda path=path: t7.read_file(path)), best(lambda value=value: t7.write_bytes(value))
        print(f"{path.name:24} {path.stat().st_size / 1e6:8.2f} {read:10.2f} {theirs(path):>18} {written:10.2f}")


if __name__ == "__main__":
    if sys.argv[1:]:
        main([Path(a) for a in sys.argv[1:]])
    else:
        with tempfile.TemporaryDirectory() as folder:
            large = Path(folder) / "64_MB.t7"
            t7.write_file(large, {"weight": Tensor.from_array(np.zeros(16_000_000, np.float32))})
            small = [CORPUS / "t7" / "many_numbers.t7", CORPUS / "t7" / "many_small_tables.t7"]
            main([*small, CORPUS / "models" / "net_resnet_float.t7", large])
