"""Training in Lua settles in the memory that it needs: steps leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

#: Prints the resident bytes after 300 and after 900 steps. A process of its own: what other tests have
#: allocated and freed would be used again and hide a leak.
SCRIPT = """
import numpy as np
from benchmarks.digits import lua

random = np.random.default_rng(0)
x = random.standard_normal((8, 1, 8, 8)).astype("float32")
run = lua("float32", x, random.integers(0, 10, 8))


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) * 1024


run(300)
print(resident())
run(600)
print(resident())
"""
ALLOWED = 3 << 20


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="resident memory is read from /proc")
def test_training_a_small_net_does_not_grow() -> None:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    early, late = map(int, result.stdout.split())
    assert late - early <= ALLOWED, f"{(late - early) / 600:.0f} bytes a step"
