"""The text before the tables of `MIGRATION.md`: ``story.md`` with the programs that it shows put in.

``{{path}}`` is a whole file, ``{{path from "line"}}`` what follows the first line that begins so, and
``{{path against other}}`` the lines of a file that another one has not; ``{{output}}`` is what the steps print.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from lua_compat.errors import MappingError

ROOT = Path(__file__).resolve().parents[2]
#: What each step of the worked migration prints; a test runs them all.
OUTPUT = """\
epoch 1: loss 1.665667, 240 of 297 right
epoch 2: loss 0.568412, 260 of 297 right
epoch 3: loss 0.285810, 264 of 297 right"""

_PLACE = re.compile(r'\{\{(?P<path>[\w/.]+)(?: from "(?P<start>[^"]+)"| against (?P<other>[\w/.]+))?\}\}')


def _read(path: str) -> list[str]:
    return (ROOT / path).read_text(encoding="utf-8").rstrip("\n").split("\n")


def _from(lines: list[str], start: str, path: str) -> list[str]:
    for i, line in enumerate(lines):
        if line.startswith(start):
            return lines[i:]
    raise MappingError(f"story.md: {path} has no line that begins with {start!r}")


def _against(lines: list[str], other: list[str]) -> list[str]:
    """What changed, with an empty line between groups of lines."""
    changes = list(difflib.unified_diff(other, lines, lineterm="", n=0))[3:]
    return ["" if line.startswith("@@") else line for line in changes if line not in ("+", "-")]


def _placed(found: re.Match[str]) -> str:
    path, start, other = found["path"], found["start"], found["other"]
    if path == "output":
        return OUTPUT
    if path == "contents":
        return found[0]
    lines = _read(path)
    if start is not None:
        lines = _from(lines, start, path)
    if other is not None:
        lines = _against(lines, _read(other))
    return "\n".join(lines)


def story() -> str:
    """The text, with ``{{contents}}`` left in.

    Raises:
        MappingError: where a place speaks of a line that is not in the file.
    """
    text = Path(__file__).with_name("story.md").read_text(encoding="utf-8")
    return _PLACE.sub(_placed, text)
