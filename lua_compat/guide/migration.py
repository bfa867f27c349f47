"""``MIGRATION.md``, generated out of the registry: ``python -m lua_compat.guide.migration [--check]``."""

from __future__ import annotations

import argparse
import os
import re
import sys

from lua_compat.guide import tables
from lua_compat.guide.calls import PARTS
from lua_compat.guide.story import ROOT, story

DOCUMENT = ROOT / "MIGRATION.md"

MODULES = """\
## Modules

A row stands for three programs, which `t7 explain` prints and the tests run. For `nn.Linear(5, 3)` and an input of 4x5
they are:

{sample}
The column of inputs says the sizes of what a row is run with: `{{2x3, 2x3}}` is a table of two tensors in Lua and a
list in Python. ¹ marks what calls a small class that PyTorch lacks: `t7 explain` shows it, and so does the source of a
converted model.
"""

CRITERIONS = """\
## Criterions

A criterion is a loss in Python. Most know nothing but whether they average: `nn.MSECriterion()` has
`sizeAverage = true`, and `crit.sizeAverage = false` makes the sum of it.
"""

FILES = """\
## Models in files

| Lua | Python | |
| --- | --- | --- |
| `m = torch.load('model.t7')` | `m = lua_compat.load("model.t7")` | storages are mapped, not copied |
| `torch.save('model.t7', m)` | `lua_compat.save("model.t7", m)` | written beside, then renamed into place |
| `torch.save('model.t7', m, 'ascii')` | `lua_compat.save("model.t7", m, format="ascii")` | |

A table with keys 1..n becomes a list, any other a dict whose keys can also be read as attributes. An object of a class
that is not below becomes a `TorchObject`: its fields can be read, and running it says which class is missing.
"""

TRAINING = """\
## Training

| Lua | Python and PyTorch | what differs |
| --- | --- | --- |
| `y = m:forward(x)` | `y = m(x)` | |
| `l = c:forward(y, t)` | `l = c(y, t)` | a number in Lua, a tensor in Python |
| `m:backward(x, c:backward(y, t))` | `l.backward()` | |
| `m:zeroGradParameters()` | `optimizer.zero_grad()` | before each step: gradients add up in both |
| `optim.sgd(f, p, s)` | `optimizer.step()` | `f` gives the loss and its gradient; `backward()` leaves that in `grad` |
| `s.learningRate = 0.01` | `for g in optimizer.param_groups: g["lr"] = 0.01` | or a scheduler |
| `m:training()`, `m:evaluate()` | `m.train()`, `m.eval()` | |
"""

OPTIMIZERS = """\
### Optimizers

`f(x)` gives the loss of a net and its gradient and `p` holds its parameters in Lua; in Python, `m` is the net. Each row
takes a few steps in each language and ends at the same parameters.
"""

SETTINGS = """\
### Settings and their defaults

Defaults differ: a script that leaves a setting out means Torch7's.
"""

SPELLED = """\
## Other names

Packages beside `nn` had classes of their own for what `nn` has. A file that names them loads, in both languages, and is
saved under `nn`'s names by Python; in Lua, with `th --cuda=cpu`, `require 'cudnn'` and `require 'inn'` bring
the names.
"""

WITHOUT = """\
## Names without a row

Every public name of `nn`, `nngraph` and `optim` has a row above, under its own name or under that of the class that it
is inherited from. These have none:
"""


def _anchor(title: str) -> str:
    """What a heading is called in links, on GitHub and in mkdocs."""
    return re.sub(r"[^\w\s-]", "", title.lower()).strip().replace(" ", "-")


def contents(text: str) -> str:
    """Links to the headings: a line for each of the second level, with those of the third that are below it."""
    parts: list[list[str]] = []
    for marks, title in re.findall(r"^(##|###) (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE):
        link = f"[{title}](#{_anchor(title)})"
        if marks == "##":
            parts.append([link])
        else:
            parts[-1].append(link)
    return "\n".join([f"- {first}" + (": " + ", ".join(below) if below else "") for first, *below in parts])


def render() -> str:
    """The whole document."""
    parts = [
        story(),
        "## Tensors\n",
        tables.tensors(),
        MODULES.format(sample=tables.sample("nn.Linear")),
        tables.families(losses=False),
        "## What every module can do\n",
        *[tables.chapter(made, setup=k == 0) for k, made in enumerate(PARTS["every module"])],
        *[tables.chapter(made) for made in PARTS["single classes"]],
        CRITERIONS,
        tables.families(losses=True),
        *[tables.chapter(made) for made in PARTS["criterions"]],
        FILES,
        TRAINING,
        OPTIMIZERS + "\n" + tables.optimizers(),
        SETTINGS + "\n" + tables.settings(),
        *[tables.chapter(made) for made in PARTS["training"]],
        *[tables.chapter(made, level=2) for made in PARTS["more"]],
        SPELLED + "\n" + tables.spellings(),
        WITHOUT + "\n" + tables.without_row(),
    ]
    text = "\n".join(parts)
    return text.replace("{{contents}}", contents(text))


def main(arguments: list[str] | None = None) -> int:
    """Writes the document, or, with ``--check``, says whether it is what it should be."""
    parser = argparse.ArgumentParser(prog="python -m lua_compat.guide.migration", description=__doc__)
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
