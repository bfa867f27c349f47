"""Lua scripts of Torch7 as Python: `translate`, and the command ``t7 translate``."""

from __future__ import annotations

import os
from pathlib import Path

from lua_compat.translate.report import File, Translation, Unsure

__all__ = ["File", "Translation", "Unsure", "translate", "translate_file"]


def translate(source: str, name: str = "script.lua") -> Translation:
    r"""A Lua script as Python.

    Args:
        source: the text of the script.
        name: how errors and the report name it.

    Returns:
        The Python text, and the places of which it is not sure.

    Raises:
        TranslateError: where the text is no Lua, with its line.

    >>> print(translate("local t = {1, 2}\nprint(#t)").text)
    # Translated from Lua by `t7 translate`.
    <BLANKLINE>
    import pytorch_from_lua as torch
    <BLANKLINE>
    t = [1, 2]
    print(len(t))
    <BLANKLINE>
    """
    from lua_compat.translate.program import Program

    return _translation(Program(None, source, name))


def translate_file(path: str | os.PathLike[str]) -> Translation:
    """A Lua script and the files that it brings with `require` and `dofile`.

    Raises:
        TranslateError: where a file cannot be read or is no Lua, with the file and the line.
    """
    from lua_compat.translate.program import Program

    return _translation(Program(Path(path)))


def _translation(program: object) -> Translation:
    from lua_compat.translate.emit import unit_texts
    from lua_compat.translate.program import Program

    assert isinstance(program, Program)
    contexts = program.run()
    texts = unit_texts(program, contexts)
    files = []
    for c in contexts:
        unit = c.unit
        unsure = [Unsure(unit.name, line, reason) for line, reason in sorted(set(c.unsure))]
        lines = sum(1 for line in unit.source.split("\n") if line.strip())
        files.append(File(unit.name, _target(program, unit), texts[unit], lines, tuple(unsure)))
    main = next(f for f, c in zip(files, contexts, strict=True) if c.unit.is_main)
    others = [f for f in files if f is not main]
    return Translation(main.text, (main, *others))


def _target(program: object, unit: object) -> str:
    from lua_compat.translate.context import Unit
    from lua_compat.translate.program import Program

    assert isinstance(program, Program)
    assert isinstance(unit, Unit)
    if unit.path is None or program.root is None:
        return "script.py"
    parts = unit.module.split(".")
    folder = os.path.relpath(unit.folder, program.root) if unit.folder is not None else "."
    relative = unit.path.resolve().stem
    name = (
        "__init__"
        if relative == "init"
        and not unit.is_main
        and unit.folder is None
        and unit.path.resolve().parent != program.root
        else parts[-1]
    )
    base = parts if name == "__init__" else parts[:-1]
    return os.path.normpath(os.path.join(folder, *base, f"{name}.py"))
