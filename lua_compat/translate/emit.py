"""The text of a translated file: its docstring, its imports, its code."""

from __future__ import annotations

import os

from lua_compat.translate.context import Context, Unit
from lua_compat.translate.program import Program

#: By this line a file is known as a translation.
MARK = "# Translated from Lua by `t7 translate`"
_PLAIN = ("argparse", "math", "os", "re", "sys", "time")


def render(program: Program, c: Context) -> str:
    """The text of one file."""
    unit = c.unit
    head, body = _docstring(c)
    parts = [head, f"{MARK}."]
    code = "\n".join(body)
    parts.append(_imports(program, c, code))
    if unit.is_main and "torch" in code:
        parts.append("\ntorch.set_default_dtype(torch.float64)  # as Torch7 has it")
    text = "\n".join([p for p in parts if p]) + "\n\n" + code.lstrip("\n")
    return _spaced(text)


def _docstring(c: Context) -> tuple[str, list[str]]:
    """The comment that a file begins with is its docstring."""
    body = list(c.lines)
    comments: list[str] = []
    while body and body[0].startswith("#") and c.unit.source.lstrip().startswith("--"):
        comments.append(body.pop(0)[1:].removeprefix(" "))
    if not comments or any("\\" in line or '"""' in line for line in comments):
        return "", c.lines
    if len(comments) == 1:
        one = f'"""{comments[0]}"""' if not comments[0].endswith('"') else f'"""{comments[0]} """'
        if len(one) <= 120:
            return one + "\n", body
    first, rest = comments[0], comments[1:]
    blank = [""] if rest and rest[0].strip() else []
    text = "\n".join(['"""' + first, *blank, *[line.rstrip() for line in rest], '"""'])
    return text + "\n", body


def _imports(program: Program, c: Context, code: str) -> str:
    plain = [m for m in _PLAIN if f"{m}." in code and m in c.imports | set(_PLAIN) and _speaks(code, m)]
    inner = []
    if _speaks(code, "torch") or c.unit.is_main:
        inner.append("import pytorch_from_lua as torch")
    if _speaks(code, "lua"):
        inner.append("from lua_compat.translate import runtime as lua")
    brought = [name for name in ("nn", "optim") if _speaks(code, name)]
    if brought:
        inner.append(f"from pytorch_from_lua import {', '.join(brought)}")
    own = _own(program, c, code)
    folders = _folders(program, c)
    if folders:
        plain = sorted({*plain, "sys"})
    blocks = ["\n".join(f"import {m}" for m in plain)]
    if folders:
        blocks[0] += "\nfrom pathlib import Path"
    if folders:
        blocks.append("\n".join(inner))
        blocks.append("\n".join(folders))
        blocks.append("\n".join(own))
    else:
        blocks.append("\n".join(inner + own) if not own else "\n".join(inner))
        blocks.append("\n".join(own))
    return "\n" + "\n\n".join([b for b in blocks if b])


def _speaks(code: str, name: str) -> bool:
    import re

    return re.search(rf"(?<![\w.\"]){name}\.", code) is not None


def _own(program: Program, c: Context, code: str) -> list[str]:
    lines = []
    for module, names in sorted(c.from_units.items()):
        if names:
            lines.append(f"from {module} import {', '.join(sorted(names))}")
        else:
            lines.append(f"import {module}")
    return lines


def _folders(program: Program, c: Context) -> list[str]:
    """Lines that put the folders of other files on ``sys.path``, where they are not below the script's."""
    if program.root is None or c.unit.path is None:
        return []
    found = []
    here = c.unit.path.resolve().parent
    for a, b in sorted(program.links, key=lambda pair: pair[1].module):
        if a is not c.unit or b.folder is None:
            continue
        up = os.path.relpath(b.folder, here).split(os.sep)
        if all(p == ".." for p in up):
            place = f"Path(__file__).resolve().parents[{len(up)}]"
        elif up == ["."]:
            place = "Path(__file__).resolve().parent"
        else:
            place = f'Path(__file__).resolve().parent / "{"/".join(up)}"'
        line = f"sys.path.insert(0, str({place}))"
        if line not in found:
            found.append(line)
    return found


def _spaced(text: str) -> str:
    """Blank lines as Python has them: two around definitions at the top, never more."""
    lines = text.split("\n")
    out: list[str] = []
    for line in lines:
        if line == "" and out and out[-1] == "" and (len(out) < 2 or out[-2] == ""):
            continue
        starts = line.startswith(("def ", "class ", "@"))
        previous = out[-1] if out else ""
        if starts and not previous.startswith("@"):
            at = len(out)
            while at > 0 and out[at - 1].startswith("#") and not out[at - 1].startswith(MARK):
                at -= 1
            while at > 0 and out[at - 1] == "":
                del out[at - 1]
                at -= 1
            out[at:at] = ["", ""]
        elif (
            line
            and not line[0].isspace()
            and not line.startswith(")")
            and previous[:1].isspace()
            and _in_definition(out)
        ):
            while out and out[-1] == "":
                out.pop()
            out += ["", ""]
        elif (
            line
            and not line[0].isspace()
            and previous == ""
            and len(out) > 1
            and out[-2][:1].isspace()
            and _in_definition(out)
        ):
            out.append("")
        out.append(line)
    while out and out[-1] == "":
        out.pop()
    return "\n".join(_inner(out)) + "\n"


def _in_definition(out: list[str]) -> bool:
    """Whether the last indented lines belong to a definition at the top."""
    for line in reversed(out):
        if line and not line[0].isspace() and not line.startswith((")", "]", "}", "#")):
            return line.startswith(("def ", "class ", "@"))
    return False


def _inner(lines: list[str]) -> list[str]:
    """One blank line before and behind definitions inside of others."""
    out: list[str] = []
    for line in lines:
        word = line.lstrip()
        inside = line[:1].isspace()
        previous = out[-1] if out else ""
        if inside and word.startswith(("def ", "@")) and not previous.lstrip().startswith(("class ", "@", "#")):
            if previous and not previous.rstrip().endswith(":"):
                out.append("")
        elif inside and word and previous[:1].isspace() and _left_definition(out, line):
            out.append("")
        out.append(line)
    return out


def _left_definition(out: list[str], line: str) -> bool:
    """Whether a line follows the body of a definition that ended."""
    depth = len(line) - len(line.lstrip())
    if line.lstrip().startswith((")", "]", "}")):
        return False
    for before in reversed(out):
        if not before.strip():
            return False
        d = len(before) - len(before.lstrip())
        if d < depth:
            return False
        if d == depth:
            return before.lstrip().startswith("def ")
    return False


def unit_texts(program: Program, contexts: list[Context]) -> dict[Unit, str]:
    """The text of every file."""
    return {c.unit: render(program, c) for c in contexts}
