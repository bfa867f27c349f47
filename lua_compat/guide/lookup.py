"""Finds what a name stands for, said as in Lua, in Python or in PyTorch: a class, a call, a function, an optimizer."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lua_compat.errors import MappingError
from lua_compat.guide.calls import CHAPTERS, Call, Chapter
from lua_compat.guide.coverage import METHODS, NAMES
from lua_compat.guide.functions import GROUPS, LEFT_OUT, Row
from lua_compat.guide.optimizers import OPTIMIZERS, OptimizerRow
from lua_compat.mapping.registry import REGISTRY
from lua_compat.mapping.spec import ClassSpec
from lua_compat.mapping.spellings import SPELLINGS, WRAPPERS, Spelling
from pytorch_from_lua import nn

#: How like a name has to be to be proposed, from 0 to 1, and how many are.
_LIKENESS, _PROPOSED = 0.6, 3


@dataclass(frozen=True)
class Entry:
    """What is known under a name: one of these is filled.

    Attributes:
        name: the name in Torch7.
        spec: a class of the registry.
        spelling: the other name under which it was asked for.
        others: other Torch7 classes that are the same Python class.
        optimizers: the rows of a method of ``optim``.
        calls: rows with the chapter that each stands in.
        rows: functions of torch and methods of tensors.
        told: a sentence, where there is no row.
    """

    name: str
    spec: ClassSpec | None = None
    spelling: Spelling | None = None
    others: tuple[str, ...] = ()
    optimizers: tuple[OptimizerRow, ...] = ()
    calls: tuple[tuple[Chapter, Call], ...] = ()
    rows: tuple[Row, ...] = ()
    told: str = ""


def find(name: str) -> Entry:
    """What is known under a name.

    Args:
        name: as in Lua (``nn.Linear``, ``m:getParameters``, ``torch.cat``, ``x:narrow``, ``optim.sgd``), in Python or
            in PyTorch (``nn.Conv2d``, ``torch.optim.SGD``, ``x.masked_fill_``); the package may be left out.

    Raises:
        MappingError: where nothing is, with the names that are like it, and for a file.

    >>> find("torch.nn.Conv2d").name, find("SGD").name, find("m:training").name
    ('nn.SpatialConvolution', 'optim.sgd', 'nn.Module:training')
    """
    asked = name.strip().removesuffix("()")
    if "/" in asked or asked.endswith(".t7"):
        raise MappingError(f"{name} is a file: explain takes a class, such as nn.Linear; inspect and show take files")
    plain = re.sub(r"^(torch|pytorch_from_lua)\.(?=(nn|optim|autograd)\.)", "", asked)
    plain = re.sub(r"^(nn\.functional|F|pytorch_from_lua)\.", "torch.", plain)
    for looked_up in (
        _class,
        _optimizer,
        _call,
        _python_class,
        _function,
        _functional,
        _python_call,
        _bare_functional,
        _without_row,
    ):
        entry = looked_up(plain)
        if entry is not None:
            return entry
    raise MappingError(_unknown(plain))


# -- what is found, in the order in which it is looked for -------------------------------------------------------------


def _qualified(name: str) -> str:
    return name if "." in name or ":" in name else f"nn.{name}"


def _class(name: str) -> Entry | None:
    """A class by its name in Torch7."""
    full = _qualified(name)
    if full in WRAPPERS:
        told = f"{full} in Lua runs a module on several devices; in Python it loads as that module"
        return Entry(full, told=told)
    spelling = SPELLINGS.get(full)
    spec = REGISTRY.get(full if spelling is None else spelling.canonical)
    return None if spec is None else Entry(spec.torch7, spec, spelling)


def _python_class(name: str) -> Entry | None:
    """A class by its name in Python: the first Torch7 class that is it."""
    full = _qualified(name)
    found = [spec for spec in REGISTRY.values() if f"nn.{spec.python.__name__}" == full]
    if not found:
        return None
    return Entry(found[0].torch7, found[0], others=tuple([spec.torch7 for spec in found[1:]]))


def _optimizer(name: str) -> Entry | None:
    """A method of optim, by its name in Torch7 or in Python."""
    last = name.removeprefix("optim.")
    if "." in last or ":" in last:
        return None
    full = f"optim.{last}"
    names = [row.name for row in OPTIMIZERS if full in (row.name, row.python.partition("(")[0])]
    if not names:
        return None
    return Entry(names[0], optimizers=tuple([row for row in OPTIMIZERS if row.name == names[0]]))


def _all_calls() -> Iterator[tuple[Chapter, Call]]:
    for chapter in CHAPTERS:
        for call in chapter.calls:
            yield chapter, call


#: What variables in examples are: the owners whose methods are meant.
_OWNERS = {
    **dict.fromkeys(("m", "l", "net", "model", "module", "mlp"), ("nn.Module", "nn.Container", "nn.Sequential")),
    **dict.fromkeys(("c", "crit", "criterion", "loss"), ("nn.Criterion",)),
    **dict.fromkeys(("cm", "confusion"), ("optim.ConfusionMatrix",)),
    **dict.fromkeys(("log", "logger"), ("optim.Logger",)),
    **dict.fromkeys(("h", "node"), ("nngraph.Node",)),
}
_BASES = ("nn.Module", "nn.Container", "nn.Sequential", "nn.Criterion")


def _call(name: str) -> Entry | None:
    """A call by its name in Torch7: a function, or a method of a class, of a variable, or alone."""
    owner, method = _split(name)
    names = [name, f"{owner}:{method}"]
    if owner in REGISTRY:
        bases = _BASES[3:] if issubclass(REGISTRY[owner].python, nn.Loss) else _BASES[:3]
        names += [f"{base}:{method}" for base in bases]
    names += [f"{known}:{method}" for known in _OWNERS.get(owner, ())]
    if not owner:
        names += [n for _, call in _all_calls() for n in call.names.split() if n.partition(":")[2] == method]
    for wanted in names:
        found = tuple([(chapter, call) for chapter, call in _all_calls() if wanted in call.names.split()])
        if found:
            return Entry(wanted, calls=found)
    return None


def _split(name: str) -> tuple[str, str]:
    """The owner of a method and the method: of ``m:training``, ``nn.Linear.reset``, or of one alone."""
    found = re.fullmatch(r"(?:(.+)[.:])?([^.:]+)", name)
    return ("", name) if found is None else (found[1] or "", found[2])


#: Packages whose functions have rows beside those of torch.
_PACKAGES = ("paths", "sys", "xlua", "image", "tds", "threads")
_TENSORS = re.compile(
    rf"|torch|{'|'.join(_PACKAGES)}|[a-z]|[Tt]ensor|torch\.\w*(Tensor|Storage|File|Timer|Tester|CmdLine)"
)


def _rows_where(called: re.Pattern[str], text: str) -> tuple[Row, ...]:
    return tuple([row for rows in GROUPS.values() for row in rows if called.search(getattr(row, text))])


def _function(name: str) -> Entry | None:
    """A function of torch or a method of tensors: the rows in which it is called, in Lua, else in Python or PyTorch."""
    owner, last = _split(name)
    if _TENSORS.fullmatch(owner) is None:
        return None
    word = re.escape(last)
    in_lua = re.compile(rf"\b{owner}\.{word}(?!\w)" if owner in _PACKAGES else rf"(?:\btorch\.{word}|:{word})(?!\w)")
    elsewhere = re.compile(rf"(?<!\bF)\.{word}(?!\w)")  # what F has are classes, too
    for called, text in ((in_lua, "lua"), (elsewhere, "python"), (elsewhere, "pytorch")):
        rows = _rows_where(called, text)
        if rows:
            return Entry(name, rows=_about(last, rows))
    return None


def _about(word: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows that begin with the word, where there are some: the others only mention it."""
    about = tuple([row for row in rows if re.match(rf"\(?(?:torch\.|\w+[:.]){re.escape(word)}\b", row.lua)])
    return about or rows


def _python_call(name: str) -> Entry | None:
    """A call by a name that it has in Python or in PyTorch."""
    _, last = _split(name)
    called = re.compile(rf"\.{re.escape(last)}\(")
    found = []
    for chapter, call in _all_calls():
        sizes = [len(form) for form in (call.python, call.pytorch) if called.search(form)]
        found += [(min(sizes), chapter, call)] if sizes else []
    if not found:
        return None
    _, chapter, call = min(found, key=lambda item: item[0])
    return Entry(call.names.split()[0], calls=((chapter, call),))


def _functional(name: str) -> Entry | None:
    """A class by the name of its function: ``torch.relu``, ``F.cross_entropy``."""
    owner, last = _split(name)
    if owner != "torch" or last != last.lower():
        return None
    word = last.replace("_", "")
    for spec in REGISTRY.values():
        if spec.python.__name__.lower() in (word, f"{word}loss"):
            return _python_class(spec.python.__name__)
    return None


def _bare_functional(name: str) -> Entry | None:
    """The same without a package: ``cross_entropy``."""
    return _functional(f"torch.{name}")


def _without_row(name: str) -> Entry | None:
    """A name that has no row, for the reason that is given."""
    owner, method = _split(name)
    why = NAMES.get(name) or (METHODS.get(method) if ":" in name else None)
    if why is None and (owner in _PACKAGES or _TENSORS.fullmatch(owner) is not None):
        left = {left_out: reason for names, reason in LEFT_OUT for left_out in names}
        names = [name] if owner in ("torch", *_PACKAGES) else [n for n in left if n.partition(":")[2] == method]
        why = next((left[n] for n in names if n in left), None)
    return None if why is None else Entry(name, told=f"{name}: {why}")


# -- what is not found -------------------------------------------------------------------------------------------------


def known_names() -> list[str]:
    """All names that have an entry, as in Torch7, and the Python classes."""
    names = [*REGISTRY, *SPELLINGS, *WRAPPERS, *[row.name for row in OPTIMIZERS], *NAMES]
    names += [name for _, call in _all_calls() for name in call.names.split()]
    names += [f"nn.{spec.python.__name__}" for spec in REGISTRY.values()]
    names += [row.python.partition("(")[0] for row in OPTIMIZERS]
    lua = "\n".join([row.lua for rows in GROUPS.values() for row in rows])
    names += [f"torch.{word}" for word in re.findall(r"\btorch\.(\w+)", lua)]
    names += [".".join(found) for found in re.findall(rf"\b({'|'.join(_PACKAGES)})\.(\w+)", lua)]
    names += [f"x:{word}" for word in re.findall(r":(\w+)\(", lua)]
    return list(dict.fromkeys(names))


def _unknown(name: str) -> str:
    full = _qualified(name)
    known = known_names()
    lower = {n.lower(): n for n in reversed(known)}
    near = [lower[n] for n in difflib.get_close_matches(full.lower(), lower, _PROPOSED, _LIKENESS)]
    if not near:  # the last part, wherever it stands
        last = {_split(n)[1].lower(): n for n in reversed(known)}
        near = [last[n] for n in difflib.get_close_matches(_split(name)[1].lower(), last, _PROPOSED, _LIKENESS)]
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"{full} has no Python counterpart here{hint}"
