"""The models in a ``.t7`` file as tables and drawings: ``t7 inspect`` and ``t7 draw``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from lua_compat.errors import MappingError
from lua_compat.mapping.files import load
from lua_compat.mapping.objects import TorchObject
from pytorch_from_lua import nn
from pytorch_from_lua.errors import TensorError
from pytorch_from_lua.nn import Loss, Module


class Found(NamedTuple):
    """A module in a file: where it is, as Python would write it, and the module."""

    place: str
    module: Module


#: Fields that an object has which is run: one without them (a confusion matrix, say) is no part of a model.
_OF_MODULES = {"modules", "weight", "output", "gradInput"}


def modules_in(value: Any, place: str = "") -> Iterator[Found]:
    """The outermost modules of a value, each once: a file's own, or those in the tables of a checkpoint.

    An object of an unknown class that holds modules is looked into, unless it is in a module.
    """
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [(place, value)]
    while waiting:
        where, item = waiting.pop()
        if id(item) in seen or not isinstance(item, (list, dict, Module)):
            continue
        seen.add(id(item))
        if isinstance(item, TorchObject):
            inside = [f for f in modules_in(item.fields, where) if id(f.module) not in seen]
            waiting += reversed(inside)
            if not inside and _OF_MODULES & {k for k in item.fields if isinstance(k, str)}:
                yield Found(where, item)
        elif isinstance(item, Module):
            seen |= {id(below) for below in item.modules()}
            yield Found(where, item)
        else:
            entries = item.items() if isinstance(item, dict) else enumerate(item)
            waiting += [(_step(where, k), v) for k, v in reversed(list(entries))]


def _step(place: str, key: Any) -> str:
    named = isinstance(key, str) and key.isidentifier()
    return f"{place}{'.' if place else ''}{key}" if named else f"{place}[{key!r}]"


def unknown_in(module: Module) -> list[str]:
    """The classes in a module that have no counterpart, each with its place."""
    named = module.named_modules()
    return [f"{below.class_name} at {path or 'the top'}" for path, below in named if isinstance(below, TorchObject)]


def _chosen(args: argparse.Namespace) -> list[Found]:
    found = list(modules_in(load(args.file)))
    if not found:
        raise MappingError(f"{args.file}: holds no module; t7 show says what it holds")
    if args.module is None:
        return found
    chosen = [f for f in found if f.place == args.module]
    if not chosen:
        raise MappingError(f"{args.file}: has no module {args.module}; it has {', '.join(f.place for f in found)}")
    return chosen


def run_inspect(args: argparse.Namespace) -> int:
    """Prints the tables; 1 where an input does not fit a module, whose table then has no shapes."""
    failed = False
    report = []
    for place, module in _chosen(args):
        trouble = None
        given = None if isinstance(module, Loss) else args.input
        try:
            made = nn.summary(module, given, training=args.train)
        except (TensorError, MappingError, ArithmeticError) as error:
            failed, trouble = True, f"the input was not run: {error}"
            made = nn.summary(module)
        unknown = unknown_in(module)
        report.append({"place": place, **made.to_dict(), "unknown": unknown, "error": trouble})
        if args.json:
            continue
        print("\n" * (len(report) > 1) + f"{args.file}{', ' if place else ''}{place}: {type(module).__name__}")
        print(made)
        if unknown:
            print(f"Unknown        {', '.join(unknown)}; what they hold is not counted")
        if trouble is not None:
            print(f"t7: {trouble}", file=sys.stderr)
    if args.json:
        print(json.dumps(report, indent=2))
    return 1 if failed else 0


def run_draw(args: argparse.Namespace) -> int:
    """Writes the drawing of the only, or the chosen, module."""
    found = [f for f in _chosen(args) if not isinstance(f.module, Loss)]
    if len(found) != 1:
        raise MappingError(f"{args.file}: choose one with --module: {', '.join(f.place for f in found)}")
    nn.draw(found[0].module, args.output, args.input, collapse=not args.all)
    return 0
