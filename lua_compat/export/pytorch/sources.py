"""The classes that PyTorch lacks, as text that goes into the source of a model: only those that it needs."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "classes"


class Piece(NamedTuple):
    """A class or function: its text, and the names of the others that it uses."""

    text: str
    uses: frozenset[str]


@lru_cache(1)
def pieces() -> dict[str, Piece]:
    """All of them by name, in the order of the files."""
    found: dict[str, tuple[str, set[str]]] = {}
    for path in sorted(FOLDER.glob("*.txt")):
        whole = path.read_text(encoding="utf-8")
        for node in ast.parse(whole, path.name).body:
            if not isinstance(node, (ast.ClassDef, ast.FunctionDef)) or node.name in found:
                raise ValueError(f"{path.name}:{node.lineno}: needs a class or function with a name of its own")
            text = ast.get_source_segment(whole, node) or ""
            found[node.name] = text, {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return {name: Piece(text, frozenset(used & set(found) - {name})) for name, (text, used) in found.items()}


def needed(names: Iterable[str]) -> list[str]:
    """Those of the names that are classes here, and what they use in turn, each after what it uses."""
    every, ordered = pieces(), []
    waiting = sorted(set(names) & set(every), key=list(every).index)

    def visit(name: str) -> None:
        if name not in ordered:
            for used in sorted(every[name].uses, key=list(every).index):
                visit(used)
            ordered.append(name)

    for name in waiting:
        visit(name)
    return ordered


def sources(names: Iterable[str]) -> str:
    """The text of the classes of these names, and of what they use; other names are passed over."""
    every = pieces()
    return "\n\n\n".join([every[name].text for name in needed(names)])


#: Names that a source may use, and the statement that each needs.
_IMPORTS = {
    "math": "import math",
    "time": "import time",
    "Path": "from pathlib import Path",
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "load_file": "from safetensors.torch import load_file",
    "nn": "from torch import nn",
}
_OF_PYTHON = ("math", "time", "Path")


def imports(text: str) -> str:
    """The import statements that a source of this text needs."""
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    groups = [[_IMPORTS[n] for n in _IMPORTS if n in used and (n in _OF_PYTHON) is first] for first in (True, False)]
    return "\n\n".join(["\n".join(group) for group in groups if group])
