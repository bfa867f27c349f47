"""Files that ``t7 view`` is tried on, and what is read out of its pages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytorch_from_lua as torch
from lua_compat.t7 import T7Object, T7Table, write_file

MODELS = Path(__file__).parents[1] / "conformance" / "models"
CHECKPOINT = MODELS / "checkpoint.t7"
HOSTILE = "</script><img src=x onerror=alert(1)><!--\"'&\u2028\0"


def nodes_of(html: str) -> list[Any]:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    return list(json.loads(found))


def hostile_file(folder: Path) -> Path:
    """A file with markup in every place that has a text."""
    net = T7Object(
        "nn.Sequential",
        1,
        T7Table.of({"modules": T7Table.of([T7Object("<img/src=x/onerror=alert(4)>", 1, T7Table())])}),
    )
    state = T7Table.of({"learningRate": 1.0, "evalCounter": 2.0, HOSTILE: HOSTILE})
    graph = T7Object("graph.Graph", 1, T7Table())
    node = T7Object("graph.Node", 1, T7Table.of({"data": HOSTILE}))
    graph.contents["nodes"], graph.contents["edges"] = T7Table.of([node]), T7Table()
    value = T7Table.of({
        HOSTILE: HOSTILE, "bytes": b"\xff<script>alert(2)</script>", "net": net, "graph": graph, "opt": state,
        "loss" + HOSTILE: T7Table.of([1.0, 2.0]), "optim" + HOSTILE: T7Table.of({"momentum": 0.5, HOSTILE: HOSTILE}),
    })  # fmt: skip
    value["tensors"] = T7Table.of({HOSTILE: torch.ones(2)})
    path = folder / "<img src=x onerror=alert(3)>.t7"
    write_file(path, value)
    return path


def deep_file(folder: Path) -> Path:
    """A table in a table, 3,000 times, with a tensor in the last."""
    value = T7Table.of({"last": torch.ones(3)})
    for _ in range(3000):
        value = T7Table.of([value])
    write_file(folder / "deep.t7", value)
    return folder / "deep.t7"
