"""``MIGRATION.md``, generated out of the registry: ``python -m lua_compat.mapping.migration [--check]``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from lua_compat.mapping.functions import GROUPS, LUA_SETUP, PYTHON_SETUP, Row
from lua_compat.mapping.optimizers import OPTIMIZERS
from lua_compat.mapping.registry import FAMILIES, REGISTRY
from lua_compat.mapping.spellings import SPELLINGS, WRAPPERS

DOCUMENT = Path(__file__).resolve().parents[2] / "MIGRATION.md"

INTRODUCTION = """\
# From Torch7 to Python

What stands on the left works in Lua scripts run by `th`, what stands on the right in Python; both run on the same
kernels and the same memory, and the test suite runs every row in both languages and compares the numbers.
This file is generated from the registry (`make migration`); to change a row, change the registry.

Everywhere:

- Dimensions, indices and labels count from 1 in Lua and from 0 in Python; negative ones count from the end in both.
- Methods change the receiver in Lua (`x:add(1)`); in Python those whose names end in `_` do (`x.add_(1)`).
- A tensor is `double` in Lua unless told otherwise, `float32` in Python.
- Sizes must match in Lua; Python broadcasts.
- `torch.manualSeed(n)` and `torch.manual_seed(n)` start the same random stream.

Whole programs in both languages, side by side: [models](models/README.md).
"""

FILES = """\
## Files

| Lua | Python | |
| --- | --- | --- |
| `m = torch.load('model.t7')` | `m = lua_compat.load("model.t7")` | storages are mapped, not copied |
| `torch.save('model.t7', m)` | `lua_compat.save("model.t7", m)` | written beside, then renamed into place |
| `torch.save('model.t7', m, 'ascii')` | `lua_compat.save("model.t7", m, format="ascii")` | |

A table with keys 1..n becomes a list, any other a dict whose keys can also be read as attributes. An object of a class
that is not below becomes a `TorchObject`: its fields can be read, and running it says which class is missing.

## Training

| Lua | Python |
| --- | --- |
| `y = m:forward(x)` | `y = m(x)` |
| `l = c:forward(y, t); m:backward(x, c:backward(y, t))` | `l = c(m(x), t); l.backward()` |
| `m:zeroGradParameters()` | `optimizer.zero_grad()` |
| `p, g = m:getParameters()` | `m.parameters()`; `m.getParameters()` is there too |
| `optim.sgd(f, p, s)`, f with the loss and its gradient | `optimizer.step()` after `l.backward()` |
| `learningRateDecay = 0.1` in `s` | `lr_scheduler.LearningRateDecay(optimizer, 0.1)`, and its `step()` |
| `m:training()`, `m:evaluate()` | `m.train()`, `m.eval()` |
| `m:float()`, `m:double()`, `m:cuda()` | `m.float()`, `m.double()`, `m.cuda()` |
"""

SPELLED = """\
## Other names

Packages beside `nn` had classes of their own for what `nn` has. A file that names them loads, in both languages, and is
saved under `nn`'s names by Python; in Lua, with `th --cuda=cpu`, `require 'cudnn'` and `require 'inn'` bring
the names.
"""


def code(text: str) -> str:
    """The text as code in a cell of a table."""
    return "`" + text.replace("|", "\\|") + "`"


def in_pytorch(row: Row) -> str:
    """The cell of a row that says its PyTorch form."""
    form = row.in_pytorch
    return "none" if form is None else "the same" if form == row.python else code(form)


def render() -> str:
    """The whole document."""
    parts = [INTRODUCTION]
    setup = (
        f"In the rows about tensors:\n\n```lua\n{LUA_SETUP.strip()}\n```\n\n```python\n{PYTHON_SETUP.strip()}\n```\n"
    )
    parts.append("## Tensors\n\n" + setup)
    for name, rows in GROUPS.items():
        lines = [f"| {code(r.lua)} | {code(r.python)} | {in_pytorch(r)} | {r.note} |" for r in rows]
        head = "| Lua | Python | PyTorch | what differs |\n| --- | --- | --- | --- |\n"
        parts.append(f"### {name}\n\n{head}" + "\n".join(lines) + "\n")
    parts.append(FILES)
    lines = [f"| {code(r.lua)} | {code(r.python)} | {r.note} |" for r in OPTIMIZERS]
    parts.append("### Optimizers\n\n| Lua | Python | |\n| --- | --- | --- |\n" + "\n".join(lines) + "\n")
    parts.append("## Modules\n")
    for title, names in FAMILIES.items():
        lines = []
        for spec in [REGISTRY[name] for name in names]:
            for k, example in enumerate(spec.examples):
                lines.append(f"| {code(example.lua)} | {code(example.python)} | {spec.note if k == 0 else ''} |")
        parts.append(f"### {title}\n\n| Lua | Python | |\n| --- | --- | --- |\n" + "\n".join(lines) + "\n")
    parts.append(SPELLED)
    known = [spelling for spelling in SPELLINGS.values() if spelling.canonical in REGISTRY]
    lines = [f"| {code(s.torch7)} | {code(s.canonical)} | {s.note} |" for s in known]
    lines += [f"| {code(name)} | the module in it | |" for name in WRAPPERS]
    parts.append("| In a file | Loads as | |\n| --- | --- | --- |\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """Writes the document, or, with ``--check``, says whether it is what it should be."""
    parser = argparse.ArgumentParser(prog="python -m lua_compat.mapping.migration", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 where it is out of date")
    options = parser.parse_args(arguments)
    text = render()
    current = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else None
    if options.check:
        if text != current:
            print("MIGRATION.md is out of date: run make migration", file=sys.stderr)
            return 1
        return 0
    beside = DOCUMENT.with_suffix(".md.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, DOCUMENT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
