"""A character LSTM as old Lua scripts trained it, and the same cell by cell in PyTorch, in turns.

    python benchmarks/char_lstm.py [--threads 2] [--dtype float64] [--rounds 7] [--no-profile]

Two layers of 128, sequences of 50, batches of 50, 65 characters. The script is ``char_lstm.lua``: the cell is an
``nn.gModule``, a batch is 50 forward and 50 backward calls of its copies, a clamp and a step of ``optim.rmsprop``.
PyTorch runs the same operations one by one, from the same parameters and on the same batch; the losses of the first
batches are shown side by side, and what a copy of the cell or of the criterion takes of the processor, with the
collection of garbage that the script asks for after each. A real Torch7 takes 0.55 to 1.0 seconds for such a batch on
two cores.

Each number is a median; a ratio is the median of the ratios of the turns, in which the two run one after another, so
that a busy machine slows both. Then comes where the time of Lua's batch goes: the functions of Python's that it calls,
what each takes, and what is left for Lua and the crossings. With a clock around each, all of it takes longer.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from training_steps import PATIENT, WARM, Contestant

VOCABULARY, SIZE, LAYERS, LENGTH, BATCH = 65, 128, 2, 50, 50
SHOWN = 4  # batches whose losses are shown
ROWS = 16  # rows of the profile


def parameters(dtype: str) -> dict[str, Any]:
    """The parameters by name, drawn as the scripts did."""
    random = np.random.default_rng(1)
    shapes = {"decoder": (VOCABULARY, SIZE)}
    for layer in range(1, LAYERS + 1):
        shapes[f"i2h_{layer}"] = (4 * SIZE, VOCABULARY if layer == 1 else SIZE)
        shapes[f"h2h_{layer}"] = (4 * SIZE, SIZE)
    found = {}
    for name, shape in shapes.items():
        found[f"{name}.weight"] = random.uniform(-0.08, 0.08, shape).astype(dtype)
        found[f"{name}.bias"] = random.uniform(-0.08, 0.08, shape[0]).astype(dtype)
    return found


def words() -> tuple[Any, Any]:
    """A batch, and what comes next."""
    text = np.random.default_rng(2).integers(0, VOCABULARY, (BATCH, LENGTH + 1))
    return text[:, :-1].copy(), text[:, 1:].copy()


def lua(dtype: str, watched: bool) -> Callable[[], Any]:
    """The script's batch."""
    if watched:
        PROFILE.watch()
    import lua_compat
    from pytorch_from_lua.tensor import Tensor

    runtime = lua_compat.Runtime()
    kind = {"float32": "torch.FloatTensor", "float64": "torch.DoubleTensor"}[dtype]
    runtime.execute("torch.setdefaulttensortype((...))", kind)
    sizes = runtime.execute(
        "local v, s, l = ...; return {vocabulary = v, size = s, layers = l, dropout = 0}", VOCABULARY, SIZE, LAYERS
    )
    initial = runtime.table()
    for name, values in parameters(dtype).items():
        initial[name] = Tensor.from_array(values)
    x, y = [Tensor.from_array((w + 1).astype(dtype)) for w in words()]
    source = Path(__file__).with_suffix(".lua").read_text()
    run, seconds, _ = runtime.execute(source, sizes, x, y, initial, name="@char_lstm.lua")
    losses = [runtime.call(run) for _ in range(SHOWN)]
    print(f"Lua:     losses {told(losses)}; {seconds / 2 / LENGTH * 1e3:.1f} ms a copy of net or criterion", flush=True)
    if watched:
        PROFILE.show(lambda: runtime.call(run))
    return lambda: runtime.call(run)


def peer(dtype: str, _: bool) -> Callable[[], Any]:
    """The batch in PyTorch, operation by operation."""
    import torch
    from torch import nn

    own = {name: nn.Parameter(torch.from_numpy(values)) for name, values in parameters(dtype).items()}
    x, y = map(torch.from_numpy, words())
    eye = torch.eye(VOCABULARY, dtype=getattr(torch, dtype))
    optimizer = torch.optim.RMSprop(own.values(), lr=2e-3, alpha=0.95)
    kept = [torch.zeros(BATCH, SIZE, dtype=eye.dtype) for _ in range(2 * LAYERS)]

    def linear(name: str, value: Any) -> Any:
        return nn.functional.linear(value, own[f"{name}.weight"], own[f"{name}.bias"])

    def step() -> float:
        nonlocal kept
        optimizer.zero_grad()
        state, loss = kept, torch.zeros((), dtype=eye.dtype)
        for t in range(LENGTH):
            below, following = eye[x[:, t]], []
            for layer in range(1, LAYERS + 1):
                c, h = state[2 * layer - 2], state[2 * layer - 1]
                sums = linear(f"i2h_{layer}", below) + linear(f"h2h_{layer}", h)
                a, b, o, d = sums.chunk(4, 1)
                c = torch.sigmoid(b) * c + torch.sigmoid(a) * torch.tanh(d)
                below = torch.sigmoid(o) * torch.tanh(c)
                following += [c, below]
            state = following
            scores = nn.functional.log_softmax(linear("decoder", below), 1)
            loss = loss + nn.functional.nll_loss(scores, y[:, t])
        (loss / LENGTH * LENGTH).backward()
        kept = [value.detach() for value in state]
        for value in own.values():
            value.grad.clamp_(-5, 5)
        optimizer.step()
        return loss.item() / LENGTH

    print(f"PyTorch: losses {told([step() for _ in range(SHOWN)])}", flush=True)
    return step


def told(losses: list[float]) -> str:
    """Losses as text."""
    return " ".join(f"{loss:.6f}" for loss in losses)


class Profile:
    """The time in each of Python's functions that Lua calls, and how often it does."""

    def __init__(self) -> None:
        self.times: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)

    def watch(self) -> None:
        """Put a clock around every function; before a runtime has taken them."""
        from lua_compat.bridge import core, kernels, ops

        for module in (core, kernels, ops):
            for name, function in list(module.FUNCTIONS.items()):
                module.FUNCTIONS[name] = self.clocked(name, function)

    def clocked(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, whose time is kept."""
        clock = time.perf_counter

        def run(*args: Any) -> Any:
            start = clock()
            try:
                return function(*args)
            finally:
                self.times[name] += clock() - start
                self.calls[name] += 1

        return run

    def show(self, step: Callable[[], Any], steps: int = 5) -> None:
        """Print where the time of a batch goes."""
        for _ in range(2):
            step()
        self.times.clear()
        self.calls.clear()
        start = time.perf_counter()
        for _ in range(steps):
            step()
        whole = time.perf_counter() - start
        rows = sorted(self.times.items(), key=lambda item: -item[1])
        print(f"   {'':28}      ms   share   calls   us a call")
        for name, seconds in rows[:ROWS]:
            self.row(name, seconds / steps, whole / steps, self.calls[name] / steps)
        rest = rows[ROWS:]
        if rest:
            calls = sum(self.calls[name] for name, _ in rest)
            self.row(f"{len(rest)} others", sum(s for _, s in rest) / steps, whole / steps, calls / steps)
        calls = sum(self.calls.values()) / steps
        self.row("Lua and the crossings", (whole - sum(self.times.values())) / steps, whole / steps, calls)
        print(f"   {'all':28}{whole / steps * 1e3:8.2f}", flush=True)

    @staticmethod
    def row(name: str, seconds: float, whole: float, calls: float) -> None:
        """Print one row."""
        print(
            f"   {name:28}{seconds * 1e3:8.2f}{seconds / whole:8.1%}{calls:8.0f}{seconds / max(calls, 1) * 1e6:12.2f}"
        )


PROFILE = Profile()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2, help="threads of each")
    parser.add_argument("--dtype", default="float64,float32", help="element types: float64 (what scripts had), float32")
    parser.add_argument("--rounds", type=int, default=7, help="how many turns each has")
    parser.add_argument("--seconds", type=float, default=0.5, help="how long a turn is at least")
    parser.add_argument("--no-profile", action="store_true", help="do not show where the time goes")
    options = parser.parse_args()
    os.environ.update(PATIENT)
    makers: dict[str, Callable[..., Any]] = {"Lua": lua, "PyTorch": peer}
    if importlib.util.find_spec("torch") is None:
        del makers["PyTorch"]
        print("PyTorch is not installed: no comparison")
    contestants = {name: Contestant(name, make, options.threads, False) for name, make in makers.items()}
    for dtype in options.dtype.split(","):
        times: dict[str, list[float]] = {name: [] for name in makers}
        for contestant in contestants.values():
            contestant.ask("make", dtype, False)
            contestant.ask("turn", WARM)
        for _ in range(options.rounds):
            for name, contestant in contestants.items():
                times[name].append(contestant.ask("turn", options.seconds))
        for name, taken in times.items():
            base = times.get("PyTorch", taken)
            ratio = statistics.median(t / b for t, b in zip(taken, base, strict=True))
            print(f"{dtype} {name:>8}: {statistics.median(taken) * 1e3:8.2f} ms a batch, {ratio:.2f} of PyTorch's")
    for contestant in contestants.values():
        contestant.end()
    if not options.no_profile:
        watched = Contestant("Lua", lua, options.threads, False)
        watched.ask("make", options.dtype.split(",")[0], True)
        watched.end()


if __name__ == "__main__":
    main()
