"""``t7 translate script.lua [-o script.py]``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from lua_compat.errors import TranslateError
from lua_compat.translate import translate_file
from lua_compat.translate.emit import MARK
from lua_compat.translate.report import Translation


def run(args: argparse.Namespace) -> int:
    """Prints a translation, or writes it and those of the files that the script brings; says what is not sure."""
    made = translate_file(args.script)
    if args.output is None:
        sys.stdout.write(made.text)
    else:
        for path in write(made, Path(args.output)):
            print(f"wrote {path}", file=sys.stderr)
    for place in made.unsure:
        print(f"unsure: {place}", file=sys.stderr)
    others = [f.source for f in made.files[1:]]
    if args.output is None and others:
        print(f"with -o these are translated too: {', '.join(others)}", file=sys.stderr)
    return 0


def write(made: Translation, output: Path) -> list[Path]:
    """Writes the script to a path and the other files where they belong beside it.

    Raises:
        TranslateError: where a file is there that is no translation; nothing is written then.
    """
    targets = [output, *[Path(os.path.normpath(output.parent / f.target)) for f in made.files[1:]]]
    for path in targets:
        if path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace"):
            raise TranslateError(f"{path}: is there and is no translation: it is not written over")
    for path, f in zip(targets, made.files, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".new")
        beside.write_text(f.text, encoding="utf-8")
        os.replace(beside, path)
    return targets
