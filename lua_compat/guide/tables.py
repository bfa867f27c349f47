"""The tables of `MIGRATION.md`: a row's cells out of what the registry, the calls and the optimizers say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lua_compat.guide.calls import PYTHON_IMPORTS, PYTORCH_IMPORTS, Call, Chapter
from lua_compat.guide.coverage import METHODS, NAMES
from lua_compat.guide.differences import differences
from lua_compat.guide.functions import GROUPS, LEFT_OUT, LUA_SETUP, PYTHON_SETUP
from lua_compat.guide.optimizers import OPTIMIZERS
from lua_compat.guide.programs import own_classes, programs, pytorch_form
from lua_compat.guide.settings import SETTINGS, python_default
from lua_compat.mapping.registry import FAMILIES, REGISTRY
from lua_compat.mapping.spec import Example
from lua_compat.mapping.spellings import SPELLINGS, WRAPPERS
from pytorch_from_lua import nn

FORMS = ("Lua", "Python", "PyTorch", "what differs")
#: Marks a class that PyTorch lacks.
OWN = " ¹"


def code(text: str) -> str:
    """The text as code in a cell of a table; several lines below each other."""
    return "<br>".join(["`" + line.replace("|", "\\|") + "`" for line in text.split("\n") if line])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with this head."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(["| " + " | ".join(line) + " |" for line in lines]) + "\n"


def fenced(language: str, text: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.strip()}\n```\n"


def _same(form: str | None, python: str) -> str:
    """The cell of a PyTorch form."""
    return "none" if form is None else "the same" if form == python else code(form)


def _class_form(form: str, python: str) -> str:
    """The cell of the PyTorch form of a module: marked where it calls a class that PyTorch lacks."""
    own = own_classes(form)
    plain = form
    for name in own:
        plain = re.sub(rf"(?<![\w.]){name}\(", f"nn.{name}(", plain)
    return _same(python if plain == python else form, python) + (OWN if own else "")


# -- tensors -----------------------------------------------------------------------------------------------------------


TENSORS = """\
Snippets are statements, and last an expression: their value. `torch.f(x)` and `x:f()` do the same in Lua where no row
shows both. Modules of Python's standard library are imported, packages of Lua required; `kernels` is
`pytorch_from_lua.kernels` and `T` is `pytorch_from_lua.data.transforms.functional`. In these rows:
"""


def tensors() -> str:
    """The functions of torch and the methods of tensors, a table a family; last what has no row."""
    parts = [TENSORS, fenced("lua", LUA_SETUP), fenced("python", PYTHON_SETUP)]
    for title, rows in GROUPS.items():
        cells = [(code(r.lua), code(r.python), _same(r.in_pytorch, r.python), r.note) for r in rows]
        parts.append(f"### {title}\n\n{table(FORMS, cells)}")
    left = [(", ".join(map(code, names)), why) for names, why in LEFT_OUT]
    parts.append(f"### Functions without a row\n\n{table(('Lua', 'why'), left)}")
    return "\n".join(parts)


# -- modules -----------------------------------------------------------------------------------------------------------

_KINDS = {
    "positive": "above 0",
    "probabilities": "from 0 to 1",
    "signs": "1 or -1",
    "bits": "0 or 1",
    "mask": "bits",
    "label sets": "labels",
}


def _size(shape: tuple[int, ...], kind: str) -> str:
    kind, _, count = kind.partition(":")
    sizes = "x".join(map(str, shape)) or "1"
    word = f"of 1 to {count}" if kind == "labels" else _KINDS.get(kind, "")
    return f"{sizes} {word}".strip()


def takes(example: Example) -> str:
    """The sizes of what the example takes: the input, or inputs, and the target."""
    kinds = example.values.split(";")
    kinds = kinds if len(kinds) > 1 else kinds * len(example.inputs)
    sizes = [_size(shape, kind) for shape, kind in zip(example.inputs, kinds, strict=True)]

    def at(place: int | tuple[int, ...]) -> str:
        return sizes[place] if isinstance(place, int) else "{" + ", ".join(map(at, place)) + "}"

    nesting = example.nesting if example.nesting is not None else tuple(range(len(sizes)))
    text = sizes[0] if len(sizes) == 1 else at(nesting)
    if example.target is None or example.target[1] == "none":
        return text
    return f"{text}; {_size(*example.target)}"


def _class_rows(names: list[str]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for spec in [REGISTRY[name] for name in names]:
        for k, example in enumerate(spec.examples):
            said = "; ".join(differences(spec)) if k == 0 else ""
            forms = code(example.lua), code(example.python), _class_form(pytorch_form(spec, example), example.python)
            rows.append((*forms, takes(example), said))
    return rows


def families(losses: bool) -> str:
    """The classes, a table a family: those of losses, or the others."""
    parts = []
    for title, names in FAMILIES.items():
        if issubclass(REGISTRY[names[0]].python, nn.Loss) == losses:
            head = (*FORMS[:3], "input; target" if losses else "input", FORMS[3])
            parts.append(f"### {title}\n\n{table(head, _class_rows(names))}")
    return "\n".join(parts)


def sample(name: str) -> str:
    """The programs that a row stands for."""
    spec = REGISTRY[name]
    made = programs(spec, spec.examples[0])
    return "\n".join([fenced("lua", made.lua), fenced("python", made.python), fenced("python", made.pytorch)])


# -- calls -------------------------------------------------------------------------------------------------------------


def _call_row(call: Call) -> tuple[str, ...]:
    cells = [code(call.lua), code(call.python), _same(call.in_pytorch, call.python)]
    lua, python, pytorch = call.values
    if lua:
        cells[0] += f", then {code(lua)}"
        cells[1] += f", then {code(python)}"
        if call.in_pytorch is not None and (call.in_pytorch, pytorch) != (call.python, python):
            cells[2] = f"{code(call.in_pytorch)}, then {code(pytorch)}"
    return (*cells, call.note)


def chapter(made: Chapter, level: int = 3, setup: bool = True) -> str:
    """A chapter of calls: its text, what is run before each call, and the rows."""
    parts = ["#" * level + f" {made.title}\n", made.about + "\n"]
    if setup:
        parts += [fenced("lua", made.lua), fenced("python", PYTHON_IMPORTS + "\n" + made.python)]
        if made.pytorch:
            parts.append(fenced("python", PYTORCH_IMPORTS + "\n" + made.pytorch))
    parts.append(table(FORMS, map(_call_row, made.calls)))
    return "\n".join(parts)


# -- optimizers --------------------------------------------------------------------------------------------------------


def optimizers() -> str:
    """The methods of optim, and the settings of each."""
    cells = [(code(r.lua), code(r.python), _same(r.in_pytorch, r.python), r.note) for r in OPTIMIZERS]
    return table(FORMS, cells)


def settings() -> str:
    """The settings of the methods of optim with their defaults."""
    rows = []
    for name, (optimizer, known) in SETTINGS.items():
        for k, setting in enumerate(known):
            python = code(setting.python) if setting.python else ""
            default = code(python_default(optimizer, setting.python)) if setting.python else ""
            first = code(name) if k == 0 else ""
            rows.append((first, code(setting.lua), setting.default, python, default, setting.note))
    return table(("method", "setting in Lua", "default", "argument in Python", "default", ""), rows)


# -- the rest ----------------------------------------------------------------------------------------------------------


def spellings() -> str:
    """Other names of classes."""
    known = [spelling for spelling in SPELLINGS.values() if spelling.canonical in REGISTRY]
    rows = [(code(s.torch7), code(s.canonical), s.note) for s in known]
    rows += [(code(name), "the module in it", "") for name in WRAPPERS]
    return table(("In a file", "Loads as", ""), rows)


def without_row() -> str:
    """Names without a row, by the reason for that."""
    reasons: dict[str, list[str]] = {}
    for name, why in (*NAMES.items(), *[(f":{method}", why) for method, why in METHODS.items()]):
        reasons.setdefault(why, []).append(code(name))
    return table(("Names", "Why"), [(", ".join(names), why) for why, names in reasons.items()])
