"""The operations of tensors beside PyTorch's: 10, 10 000 and 1 000 000 elements, float and double, dense and strided.

    python benchmarks/operations.py [--threads 1] [--only add,exp] [--sizes 10,10000] [--rounds 15]

Each cell is our time divided by PyTorch's: 1 is as fast, 0.5 twice as fast. Both run the same line of code on the same
values in the same layout, in short runs that take turns in one process, and both allocate their results anew; the cell
is the median of the ratios of the pairs of runs. With one thread each, the time is the processor's time of that thread,
which a busy machine does not lengthen; with more it is the clock's. A star marks the cells above 1; the rows that have
any are listed below the table, with the reason.

"Strided" is every second column of a matrix (every second element of the vector of 10), for products and copies its
transpose. The sizes are a vector of 10, and matrices of 100 x 100 and 1000 x 1000.
"""

from __future__ import annotations

import argparse
import gc
import inspect
import itertools
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import pytorch_from_lua as ours

SIZES = (10, 10_000, 1_000_000)
DTYPES = ("float32", "float64")
LAYOUTS = ("dense", "strided")
SHORT_RUN = 4e-4  # seconds; a cell whose operation takes longer runs it once a turn

#: The operations: a name, and the line that both libraries run. The arguments are made by `inputs`, by name.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "add number": lambda x: x + 1.5,
    "add_": lambda x, small: x.add_(small),
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda pos, y: pos**y,
    "square": lambda x: x**2,
    "maximum": lambda torch, x, y: torch.maximum(x, y),
    "lt": lambda x, y: x < y,
    "neg": lambda x: -x,
    "abs": lambda x: x.abs(),
    "sqrt": lambda pos: pos.sqrt(),
    "exp": lambda x: x.exp(),
    "log": lambda pos: pos.log(),
    "sin": lambda x: x.sin(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: x.sigmoid(),
    "relu": lambda x: x.relu(),
    "clamp": lambda x: x.clamp(-0.5, 0.5),
    "where": lambda torch, mask, x, y: torch.where(mask, x, y),
    "lerp": lambda x, y: x.lerp(y, 0.3),
    "addcmul": lambda x, y, pos: x.addcmul(y, pos, value=0.5),
    "broadcast add": lambda x, row: x + row,
    "sum": lambda x: x.sum(),
    "sum dim": lambda x: x.sum(0),
    "mean": lambda x: x.mean(),
    "var": lambda x: x.var(),
    "norm": lambda x: x.norm(),
    "amax": lambda x: x.amax(-1),
    "max dim": lambda x: x.max(-1),
    "argmax": lambda x: x.argmax(),
    "cumsum": lambda x: x.cumsum(-1),
    "softmax": lambda torch, x: torch.nn.functional.softmax(x, -1),
    "logsumexp": lambda x: x.logsumexp(-1),
    "sort": lambda x: x.sort(-1),
    "topk": lambda x: x.topk(5, -1),
    "matmul": lambda square, other: square @ other,
    "mv": lambda square, vector: square @ vector,
    "dot": lambda flat, flat2: flat.dot(flat2),
    "addmm": lambda square, other: square.addmm(square, other),
    "transpose": lambda square: square.t().contiguous(),
    "clone": lambda x: x.clone(),
    "copy_": lambda x, y: x.copy_(y),
    "fill_": lambda x: x.fill_(0.5),
    "cat": lambda torch, x, y: torch.cat([x, y]),
    "slice": lambda flat: flat[1:-1],
    "index_select": lambda x, index: x.index_select(0, index),
    "gather": lambda x, places: x.gather(-1, places),
    "scatter_add": lambda x, places, y: x.scatter_add(-1, places, y),
    "masked_select": lambda x, mask: x.masked_select(mask),
    "masked_fill": lambda x, mask: x.masked_fill(mask, 0.0),
    "nonzero": lambda mask: mask.nonzero(),
    "rand": lambda torch, x: torch.rand(x.shape, dtype=x.dtype),
}


def inputs(torch: Any, size: int, dtype: str, layout: str) -> dict[str, Any]:
    """Return the arguments by name, of either library, with the same values in both."""
    random = np.random.RandomState(0)
    side = math.isqrt(size)
    shape = (size,) if size == 10 else (side, side)
    kind = getattr(torch, dtype)

    def drawn(*sizes: int) -> Any:
        return torch.from_numpy(random.randn(*sizes).astype(dtype))

    def floats() -> Any:
        if layout == "dense":
            return drawn(*shape)
        return drawn(*shape[:-1], shape[-1] * 2)[..., ::2]

    def matrix() -> Any:
        return drawn(side, side) if layout == "dense" else drawn(side, side).t()

    x, y = floats(), floats()
    mask = torch.from_numpy(random.rand(*shape) > 0.5)
    index = torch.from_numpy(random.randint(0, shape[0], shape[0]))
    places = torch.from_numpy(random.randint(0, shape[-1], shape))
    flat = drawn(size) if layout == "dense" else drawn(size * 2)[::2]
    flat2 = drawn(size) if layout == "dense" else drawn(size * 2)[::2]
    pos = floats()
    pos.copy_(y.abs() + 0.1)
    small = floats()
    small.fill_(1e-9)
    return {
        "torch": torch, "x": x, "y": y, "pos": pos, "small": small, "mask": mask, "index": index, "places": places,
        "flat": flat, "flat2": flat2, "row": drawn(shape[-1]), "square": matrix(), "other": matrix(),
        "vector": drawn(side), "kind": kind,
    }  # fmt: skip


#: Why an operation is slower than PyTorch's where it is.
CALL = "what a call costs before it computes: ours is Python, PyTorch's is C++"
MEMORY = "the memory decides, and both write a fresh result: the rest is what a machine varies"
REDUCE = "numpy's reductions take a microsecond to start"
SCALAR = "without AVX-512 numpy computes such functions of doubles one at a time, and PyTorch four (MKL, Sleef)"
EXACT = "the division and the corrections that keep the result within one unit in the last place"
ROWS = "small ones in several passes of numpy's; else a loop for each row, whose rest goes one element at a time"
REASONS = {
    **dict.fromkeys(("sum", "sum dim", "amax", "mean", "cumsum", "argmax", "max dim"), REDUCE),
    **dict.fromkeys(
        ("exp", "log", "sin", "tanh"), f"{CALL}; large ones by compiled loops of vectors, as PyTorch's are"
    ),
    **dict.fromkeys(("softmax", "logsumexp"), ROWS),
    **dict.fromkeys(("neg", "maximum"), f"{CALL}; numpy goes through strided floats one at a time"),
    "pow": SCALAR,
    "sigmoid": f"small ones in several passes of numpy's; else {EXACT}",
    **dict.fromkeys(("var", "norm"), f"{REDUCE}, and two of them make a variance"),
    **dict.fromkeys(
        ("lerp", "addcmul"), f"{CALL}; small ones in three passes, and a compiled loop is called by Python"
    ),
    **dict.fromkeys(("relu", "clamp"), f"{CALL}; numpy reads the limits as arrays, PyTorch keeps them in registers"),
    "where": f"{CALL}: three tensors are looked at one by one",
    **dict.fromkeys(
        ("index_select", "gather", "scatter_add"),
        f"{CALL}: types, shapes and indices are looked at first; the loops of large ones go one element at a time",
    ),
    "broadcast add": "numpy adds row by row, each a loop of its own",
    "rand": "Torch7's stream of random numbers, drawn as doubles and then rounded",
    "sort": f"{CALL}; large ones are sorted by numpy's fastest sort and then looked at for equal elements",
    "topk": "the order is that of a stable sort; small ones are sorted whole",
    "cat": f"{CALL}: each tensor of the list is looked at",
    "addmm": f"{CALL}; the product is an array of its own, which is then added",
}


def reason(name: str, size: int) -> str:
    """Return why an operation is slower at a size."""
    return REASONS.get(name, MEMORY if size >= 1_000_000 else CALL)


def run(function: Callable[..., Any], arguments: list[Any], count: int, clock: Callable[[], float]) -> float:
    """Return the seconds that ``count`` calls took."""
    repeat = itertools.repeat(None, count)
    start = clock()
    for _ in repeat:
        function(*arguments)
    return clock() - start


def cell(
    function: Callable[..., Any], sides: list[dict[str, Any]], rounds: int, clock: Callable[[], float]
) -> tuple[float, float]:
    """Return our time divided by PyTorch's, and ours in microseconds."""
    names = inspect.signature(function).parameters
    mine, peer = ([side[name] for name in names] for side in sides)
    once = min(run(function, mine, 1, clock) for _ in range(3))
    warm_up = 260 if once < 5e-4 else 20  # what is compiled after some use is to be compiled
    run(function, mine, warm_up, clock)
    run(function, peer, min(warm_up, 50), clock)
    once = min(run(function, mine, 1, clock) for _ in range(3))
    count = max(1, int(SHORT_RUN / max(once, 1e-7)))
    ratios, times = [], []
    for i in range(rounds):
        if i % 2:
            b = run(function, peer, count, clock)
            a = run(function, mine, count, clock)
        else:
            a = run(function, mine, count, clock)
            b = run(function, peer, count, clock)
        ratios.append(a / b)
        times.append(a / count)
    return statistics.median(ratios), statistics.median(times) * 1e6


Ratios = dict[tuple[str, int, str, str], float]


def table(torch: Any, names: list[str], sizes: list[int], rounds: int, clock: Callable[[], float]) -> Ratios:
    """Measure every cell, print the rows as they come, and return the ratios."""
    columns = [(size, dtype, layout) for size in sizes for dtype in DTYPES for layout in LAYOUTS]
    sides = {column: [inputs(library, *column) for library in (ours, torch)] for column in columns}
    print(f"{'elements':>14}" + "".join(f"{size:>32,}" for size in sizes))
    print(f"{'':>14}" + "".join(f"{dtype:>8}{'':8}" for _, dtype, layout in columns if layout == "dense"))
    print(f"{'':>14}" + "".join(f"{layout:>8}" for _, _, layout in columns))
    ratios = {}
    for name in names:
        print(f"{name:>14}", end="", flush=True)
        for column in columns:
            ratio, _ = cell(OPERATIONS[name], sides[column], rounds, clock)
            ratios[(name, *column)] = ratio
            print(f"{ratio:>7.2f}{'*' if ratio > 1 else ' '}", end="", flush=True)
        print()
    return ratios


def summary(ratios: Ratios, sizes: list[int]) -> None:
    """Print the share of cells at or below 1, the means, and the rows above 1 with their reasons."""
    for size in sizes:
        found = [r for key, r in ratios.items() if key[1] == size]
        share = sum([r <= 1 for r in found]) / len(found)
        mean = math.exp(statistics.mean(map(math.log, found)))
        print(f"{size:>9,} elements: {share:.0%} at most 1; geometric mean {mean:.2f}")
    share = sum([r <= 1 for r in ratios.values()]) / len(ratios)
    print(f"all {len(ratios)} cells: {share:.0%} at most 1\n\nabove 1:")
    for name in dict.fromkeys(key[0] for key in ratios):
        slow: dict[str, list[str]] = {}
        for size in sizes:
            found = [r for key, r in ratios.items() if key[:2] == (name, size) and r > 1]
            if found:
                slow.setdefault(reason(name, size), []).append(f"{size:,} up to {max(found):.2f}")
        for why, cells in slow.items():
            print(f"{name:>14}  {', '.join(cells)}: {why}")


def main() -> None:
    """Run the table that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default="", help="names of rows, with commas between")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed: nothing to compare with")
        return
    torch.set_num_threads(options.threads)
    ours.set_num_threads(options.threads)
    names = options.only.split(",") if options.only else list(OPERATIONS)
    sizes = [int(size) for size in options.sizes.split(",")]
    gc.disable()
    ratios = table(torch, names, sizes, options.rounds, time.thread_time if options.threads == 1 else time.perf_counter)
    summary(ratios, sizes)


if __name__ == "__main__":
    main()
