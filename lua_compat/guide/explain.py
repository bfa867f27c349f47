"""What is known of a name, as text: ``t7 explain nn.Linear``, ``?nn.Linear`` in ``th``, ``lua_compat.explain``."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from lua_compat.guide.calls import PYTHON_IMPORTS, PYTORCH_IMPORTS, Call, Chapter
from lua_compat.guide.differences import differences
from lua_compat.guide.functions import LUA_SETUP, PYTHON_SETUP, Row
from lua_compat.guide.lookup import Entry, find
from lua_compat.guide.optimizers import OptimizerRow
from lua_compat.guide.programs import own_classes, programs, pytorch_form
from lua_compat.guide.settings import SETTINGS, python_default
from lua_compat.mapping.spec import ClassSpec

#: The most rows shown of a function.
_ROWS = 12
_WIDTH = 96


def explain(name: str) -> str:
    """An entry of MIGRATION.md: the forms in Lua, Python and PyTorch, what differs, and programs to run.

    Args:
        name: a class, a criterion, an optimizer, a function or a method, as it is called in Lua, in Python or in
            PyTorch: ``nn.Linear``, ``nn.Conv2d``, ``optim.sgd``, ``torch.cat``, ``x:narrow``, ``m:getParameters``.

    Raises:
        MappingError: where nothing is known under the name, with the names that are like it, and for a file.

    >>> print(explain("x:isContiguous"))
    x:isContiguous
      Lua      x:isContiguous()
      Python   x.is_contiguous()
      PyTorch  the same
      where x is, in Lua and in Python,
        local x, y = torch.randn(3, 4), torch.randn(3, 4)
        x, y = torch.randn(3, 4), torch.randn(3, 4)
    """
    entry = find(name)
    if entry.told:
        return entry.told
    if entry.spec is not None:
        lines = _class(entry, entry.spec)
    elif entry.optimizers:
        lines = _optimizer(entry)
    elif entry.calls:
        lines = _calls(entry)
    else:
        lines = _functions(entry)
    return "\n".join(lines)


def _forms(lua: str, python: str, pytorch: str | None) -> list[str]:
    """The three forms, one below the other; lines of one form are indented alike."""
    shown = "none" if pytorch is None else "the same" if pytorch == python else pytorch
    lines = []
    for title, text in (("Lua", lua), ("Python", python), ("PyTorch", shown)):
        first, *more = [line for line in text.split("\n") if line]
        lines += [f"  {title:<8} {first}", *[f"{'':<11}{line}" for line in more]]
    return lines


def _said(sentences: Iterable[str]) -> list[str]:
    """What differs, a sentence a line."""
    given = [sentence for sentence in sentences if sentence]
    lines = [line for sentence in given for line in _wrapped(f"{sentence[0].upper()}{sentence[1:]}.", 4)]
    return ["  What differs:", *lines] if given else []


def _wrapped(text: str, indent: int) -> list[str]:
    """A sentence in lines that a terminal has room for, the second and later ones further in."""
    first, later = " " * indent, " " * (indent + 2)
    return textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )


def _program(title: str, text: str) -> list[str]:
    return [f"  {title}:", *textwrap.indent(text.rstrip("\n"), "    ").split("\n")]


def _class(entry: Entry, spec: ClassSpec) -> list[str]:
    first = spec.examples[0]
    form = pytorch_form(spec, first)
    own = own_classes(form)
    head = f"{spec.torch7} in Lua is nn.{spec.python.__name__} in Python"
    theirs = form.partition("(")[0]
    lines = [f"{head} and {theirs} in PyTorch" if not own else f"{head}; PyTorch lacks {', '.join(own)}"]
    if entry.spelling is not None:
        note = f": {entry.spelling.note}" if entry.spelling.note else ""
        lines.insert(0, f"{entry.spelling.torch7} is another name of {spec.torch7}{note}")
    about = (spec.python.__doc__ or "").strip().splitlines()
    lines += [f"  {about[0]}"] if about else []
    if entry.others:
        lines.append(f"  The same class in Python: {', '.join(entry.others)}")
    lines += _said(differences(spec))
    for lua, python in dict.fromkeys([(e.lua, e.python) for e in spec.examples]):
        example = next(e for e in spec.examples if (e.lua, e.python) == (lua, python))
        lines += _forms(lua, python, pytorch_form(spec, example))
    fields = [(a.field, a.python) for a in spec.attrs] + [(p.field, p.python) for p in spec.params]
    if fields:
        lines.append("  Fields in the file, and the attributes in Python:")
        lines += [f"    {torch7:<16} {python}" for torch7, python in fields]
    made = programs(spec, first)
    lines += [*_program("To run in Lua", made.lua + "\nprint(y)")]
    lines += [*_program("To run in Python", made.python + "\nprint(y)")]
    lines += [*_program("To run in PyTorch", made.pytorch + "\nprint(y)")]
    return lines


def _optimizer(entry: Entry) -> list[str]:
    rows: tuple[OptimizerRow, ...] = entry.optimizers
    lines = [f"{entry.name} in Lua is {rows[0].python.partition('(')[0]} in Python"]
    for row in rows:
        lines += _forms(row.lua, row.python, row.in_pytorch)
        lines += _said([row.note])
    lines.append("  f(x) gives the loss and its gradient and p holds the parameters in Lua; m is the net in Python.")
    optimizer, settings = SETTINGS[entry.name]
    lines.append("  Settings in Lua with their defaults, and the arguments in Python with theirs:")
    for setting in settings:
        default = f"{setting.python} ({python_default(optimizer, setting.python)})" if setting.python else "-"
        lines.append(f"    {f'{setting.lua} ({setting.default})':<28} {default:<28}".rstrip())
        lines += _wrapped(setting.note, 8)
    return lines


def _followed(form: str, value: str) -> str:
    return f"{form}\n{value}" if value else form


def _calls(entry: Entry) -> list[str]:
    lines = [entry.name]
    for _, call in entry.calls:
        lua, python, pytorch = call.values
        theirs = None if call.in_pytorch is None else _followed(call.in_pytorch, pytorch)
        lines += _forms(_followed(call.lua, lua), _followed(call.python, python), theirs)
        lines += _said([call.note])
    lines += _call_programs(*entry.calls[0])
    return lines


def _call_programs(chapter: Chapter, call: Call) -> list[str]:
    """The first call as programs that print what it gives."""
    lua, python, pytorch = call.values
    made = [("Lua", f"{chapter.lua}{call.lua}\nprint({lua})" if lua else f"{chapter.lua}print({call.lua})")]
    head = f"{PYTHON_IMPORTS}\n{chapter.python}"
    made.append(("Python", f"{head}{call.python}\nprint({python})" if python else f"{head}print({call.python})"))
    form = call.in_pytorch
    if form is not None:
        head = f"{PYTORCH_IMPORTS}\n{chapter.in_pytorch}"
        made.append(("PyTorch", f"{head}{form}\nprint({pytorch})" if pytorch else f"{head}print({form})"))
    return [line for title, text in made for line in _program(f"To run in {title}", text)]


def _functions(entry: Entry) -> list[str]:
    rows: tuple[Row, ...] = entry.rows[:_ROWS]
    lines = [entry.name]
    for row in rows:
        lines += _forms(row.lua, row.python, row.in_pytorch)
        lines += _said([row.note])
    if len(entry.rows) > _ROWS:
        lines.append(f"  and {len(entry.rows) - _ROWS} more rows in MIGRATION.md")
    return lines + _names_in(rows)


def _names_in(rows: tuple[Row, ...]) -> list[str]:
    """What the names in the rows stand for: the lines of the setups that give them."""
    code = [re.sub(r"'[^']*'|\blocal [\w, ]+|[\w.]+ ?=(?!=)|function.*", "", row.lua) for row in rows]
    used = {word for text in code for word in re.findall(r"(?<![.\w])(?:[a-z]|img)\b", text)}
    shown = []
    for setup in (LUA_SETUP, PYTHON_SETUP):
        for line in setup.strip().split("\n"):
            given, equals, _ = line.removeprefix("local ").partition(" = ")
            names = set(re.findall(r"\b(?:[a-z]|img)\b", given)) if equals else set()
            if used & names:
                shown.append(f"    {line}")
    known = sorted({name for name in used if any(re.search(rf"\b{name}\b", line) for line in shown)})
    if not shown:
        return []
    verb = "is" if len(known) == 1 else "are"
    return [f"  where {', '.join(known)} {verb}, in Lua and in Python,", *shown]
