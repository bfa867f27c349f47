"""Which names of Torch7's interface the rows of `MIGRATION.md` show."""

from __future__ import annotations

import re
from functools import lru_cache

from lua_compat.guide.functions import GROUPS, Row
from tests.corpus import ROOT

#: What the methods in a family's rows are methods of, where that is not a tensor.
RECEIVERS = {
    "Random numbers": ("Tensor", "Generator"),
    "Storages": ("Storage",),
    "Files": ("File",),
    "Command lines": ("CmdLine",),
    "Time": ("Timer",),
    "Tests": ("Tester",),
    "tds": (),
    "threads": (),
}

#: The rows that show an operator.
OPERATORS = {
    "Tensor:__add": "x + y",
    "Tensor:__sub": "x - y",
    "Tensor:__mul": "x * 2",
    "Tensor:__div": "x / 2",
    "Tensor:__unm": "-x",
    "Tensor:__eq": "x == x",
    "Tensor:__len": "#x",
    "Tensor:__index": "x[2]",
    "Tensor:__newindex": "x[2][3] = 5; x",
    "Tensor:__tostring": "tostring(n):find('12') ~= nil",
    "Storage:__len": "#x:storage()",
    "Storage:__index": "x:storage()[2]",
    "Storage:__newindex": "x:storage()[2] = 5; x",
}

_TYPED = re.compile(r"^torch\.(?:Byte|Char|Short|Int|Long|Float|Double|Half)?(Tensor|Storage):")
_FILE = re.compile(r"^torch\.(?:Disk|Memory|Pipe)File:")
_CONSTRUCTOR = re.compile(
    r"\btorch\.(?:(?:Byte|Char|Short|Int|Long|Float|Double)?(Tensor|Storage)|\w*(File)|(CmdLine|Timer|Tester|Generator))[({]"
)


def kind(name: str) -> str:
    """A name with one class for all element types and all kinds of files: ``Tensor:add``, ``File:readInt``."""
    name = _FILE.sub("File:", _TYPED.sub(r"\1:", name))
    return name.removeprefix("torch.") if ":" in name else name


#: The packages beside torch that have rows.
PACKAGES = ("paths", "sys", "xlua", "image", "tds", "threads")

_PACKAGED = re.compile(rf"\b({'|'.join(PACKAGES)})\.(\w+)")


@lru_cache
def public_names(package: str) -> tuple[str, ...]:
    """Every public name of a package of the real Torch7."""
    return tuple((ROOT / "api" / f"{package}.txt").read_text().split())


def shown(row: Row, family: str) -> set[str]:
    """The names that a row's Lua calls."""
    found = {f"torch.{name}" for name in re.findall(r"\btorch\.(\w+)\b", row.lua)}
    for name in re.findall(r"(?<!\btorch)[:.](\w+)\(", row.lua):
        found |= {f"{receiver}:{name}" for receiver in RECEIVERS.get(family, ("Tensor",))}
    for package, name in _PACKAGED.findall(row.lua):
        full = f"{package}.{name}"
        found |= {full, *[f"{full}:{method}" for method in ("new", *re.findall(r":(\w+)\(", row.lua))]}
    for match in _CONSTRUCTOR.finditer(row.lua):
        owner = match[1] or match[2] or match[3]
        found |= {f"{owner}:new", f"{owner}:__init"}
    return found


def twin(row: Row) -> tuple[str, str] | None:
    """The other form of a row that is one call of a function or method: its name and its Lua."""
    function = re.fullmatch(r"torch\.(\w+)\((.*)\)", row.lua)
    if function is not None:
        first, *rest = _arguments(function[2]) or [""]
        return (f"Tensor:{function[1]}", f"{first}:{function[1]}({', '.join(rest)})") if _is_one(first) else None
    for call in reversed(list(re.finditer(r":(\w+)\(", row.lua))):
        receiver, arguments = row.lua[: call.start()], _arguments(row.lua[call.end() : -1])
        if row.lua.endswith(")") and _is_one(receiver) and arguments is not None:
            return f"torch.{call[1]}", f"torch.{call[1]}({', '.join([receiver, *arguments])})"
    return None


def _is_one(expression: str) -> bool:
    """Whether it starts with a name and goes on with calls."""
    parts = _arguments(expression.replace(" ", ","))
    return parts is not None and len(parts) == 1 and re.match(r"[a-z][\w.]*($|[:({])", expression) is not None


def _arguments(text: str) -> list[str] | None:
    """The arguments that a text has; None where its brackets do not match."""
    found, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if depth < 0:
            return None
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return None if depth else [part.strip() for part in found if part.strip()]


def directly() -> set[str]:
    """The names that stand in a row."""
    rows = [(row, family) for family, group in GROUPS.items() for row in group]
    found = set().union(*[shown(row, family) for row, family in rows])
    return found | {name for name, lua in OPERATORS.items() if any(row.lua == lua for row, _ in rows)}


def twins() -> dict[str, tuple[Row, str]]:
    """The names that no row shows, but that are the other form of one: the row, and that form in Lua."""
    unknown = {kind(name) for name in public_names("torch")} - directly()
    found = {}
    for family, group in GROUPS.items():
        for row in group if "Tensor" in RECEIVERS.get(family, ("Tensor",)) else ():
            other = twin(row)
            if other is not None and other[0] in unknown:
                found[other[0]] = (row, other[1])
    return found
