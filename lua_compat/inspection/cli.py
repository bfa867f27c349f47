"""What the commands of ``t7`` that need the registry do; each gives the exit code."""

from __future__ import annotations

import argparse
import json
import sys
from itertools import islice
from typing import Any

from lua_compat.errors import MappingError, T7Error
from lua_compat.inspection import diff as differences
from lua_compat.inspection.checkpoint import checkpoint
from lua_compat.inspection.compare import Tolerance
from lua_compat.inspection.models import Described, chosen, described
from lua_compat.inspection.report import SCRATCH, checkpoint_dict, checkpoint_lines, tensor_lines, tensors_list
from lua_compat.inspection.view import view as make_page
from lua_compat.t7.cli import message
from lua_compat.t7.files import open_reader
from lua_compat.t7.raw import RawBuilder
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Loss

_SHOWN = 200  # differences


def read_raw(path: str) -> Any:
    """What a file holds, its tensors as the file has them."""
    return open_reader(path, builder=RawBuilder()).read()


def inspect(args: argparse.Namespace) -> int:
    """Prints the tables; 1 where an input does not fit a module, whose table then has no shapes."""
    models = [described(found, args.input, args.train) for found in chosen(args.file, args.module)]
    raw = read_raw(args.file)
    beside = checkpoint(raw)
    if args.json:
        report: dict[str, Any] = {"file": args.file, "models": [m.to_dict() for m in models]}
        if args.module is None:
            report |= {**checkpoint_dict(beside), "tensors": tensors_list(raw)}
        print(json.dumps(report, indent=2))
    elif not models and not beside and not args.tensors:
        raise MappingError(f"{args.file}: holds no module; t7 show says what it holds")
    else:
        blocks = [_model_text(args.file, m) for m in models]
        if args.module is None:
            blocks += ["\n".join(checkpoint_lines(beside)).strip("\n")]
        if args.tensors:
            blocks += ["\n".join(tensor_lines(raw, args.all)).strip("\n")]
        print("\n\n".join(filter(None, blocks)))
    for trouble in [m.error for m in models if m.error is not None]:
        print(f"t7: {trouble}", file=sys.stderr)
    return 1 if any(m.error is not None for m in models) else 0


def _model_text(file: str, model: Described) -> str:
    text = f"{file}{', ' if model.place else ''}{model.place}: {model.name}\n{model.summary}"
    if model.unknown:
        text += f"\nUnknown        {', '.join(model.unknown)}; what they hold is not counted"
    return text


def draw(args: argparse.Namespace) -> int:
    """Writes the drawing of the only, or the chosen, module."""
    everything = chosen(args.file, args.module)
    if not everything:
        raise MappingError(f"{args.file}: holds no module; t7 show says what it holds")
    found = [f for f in everything if not isinstance(f.module, Loss)]
    if len(found) != 1:
        raise MappingError(f"{args.file}: choose one with --module: {', '.join(f.place for f in found)}")
    nn.draw(found[0].module, args.output, args.input, collapse=not args.all)
    return 0


def view(args: argparse.Namespace) -> int:
    """Writes the page about a file, or shows it in the browser and prints where it is."""
    page = make_page(args.file, args.output, input=args.input, training=args.train, everything=args.all)
    if args.output is None:
        print(page.show())
    return 0


def diff(args: argparse.Namespace) -> int:
    """Prints the differences of two files: 0 where there are none, 1 where there are, 2 where that cannot be told."""
    try:
        a, b = read_raw(args.a), read_raw(args.b)
    except (T7Error, OSError) as error:
        print(f"t7: {message(error)}", file=sys.stderr)
        return 2
    found = differences.compare(
        a,
        b,
        Tolerance(args.tolerance, args.relative),
        ignore=frozenset(args.ignore) | (SCRATCH if args.no_scratch else frozenset()),
        types=not args.no_types,
        sharing=not args.no_sharing,
    )
    if args.json:
        print(json.dumps({"a": args.a, "b": args.b, **differences.to_dict(found)}, indent=2))
    elif found.differences and not args.quiet:
        print(f"--- {args.a}\n+++ {args.b}")
        for line in islice(differences.lines(found), None if args.all else _SHOWN):
            print(line)
        if len(found.differences) > _SHOWN and not args.all:
            print(f"... {len(found.differences) - _SHOWN} more (--all shows them)")
        print(differences.summary(found))
    for place in found.skipped:
        print(f"t7: {place}: not compared, it has too many overlapping elements", file=sys.stderr)
    return 2 if found.skipped else 1 if found.differences else 0
