"""What ``t7 convert`` does with models; gives the exit code."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from lua_compat.errors import MappingError
from lua_compat.export.files import STATES, write_model
from lua_compat.export.into import load_weights
from lua_compat.inspection.models import Found, modules_in
from lua_compat.mapping import load, save
from pytorch_from_lua.nn import Loss


def convert(args: argparse.Namespace) -> int:
    """Writes the model of a file in another form, or puts tensors into it."""
    if args.into is not None:
        return _into(args)
    ending = Path(args.source).suffix.lower()
    if ending in STATES:
        raise MappingError(
            f"{args.source}: has tensors and no model; --into MODEL.t7 names the model that they are put into"
        )
    found = _the_model(args.source, load(args.source), args.module)
    _write(found, found.module, args)
    return 0


def _into(args: argparse.Namespace) -> int:
    value = load(args.into)
    found = _the_model(args.into, value, args.module)
    load_weights(found.module, args.source, names=args.names)
    args.names = None
    _write(found, value, args)
    return 0


def _write(found: Found, whole: Any, args: argparse.Namespace) -> None:
    """Writes the model; to a ``.t7``, all that it is part of."""
    if Path(args.target).suffix.lower() == ".t7":
        if args.names is not None:
            raise MappingError(f"names: .t7 has no names to choose; {', '.join(STATES)} have")
        if args.opset is not None:
            raise MappingError("opset: goes with .onnx only, got .t7")
        save(args.target, whole, format=args.format, long_size=args.long_size or 8)
        return
    target = Path(args.target)
    if target.suffix == ".py" and target.with_suffix(".safetensors").resolve() == Path(args.source).resolve():
        raise MappingError(
            f"{args.target}: its weights would be written over {args.source}; give the source another name"
        )
    notes = write_model(
        found.module,
        args.target,
        input=args.input,
        names=args.names,
        source=Path(args.into or args.source).name,
        opset=args.opset,
    )
    for note in notes:
        print(f"t7: {note}", file=sys.stderr)


def _the_model(path: str, value: Any, place: str | None) -> Found:
    """The one model of a file, or the module at a place in it."""
    everything = list(modules_in(value))
    found = [f for f in everything if place in (None, f.place)]
    if place is None and len(found) > 1:
        found = [f for f in found if not isinstance(f.module, Loss)]
    if len(found) == 1:
        return found[0]
    if not everything:
        raise MappingError(f"{path}: holds no module; t7 show says what it holds")
    places = ", ".join(f.place or "the whole" for f in everything)
    if place is not None:
        raise MappingError(f"{path}: has no module {place}; it has {places}")
    raise MappingError(f"{path}: choose one with --module: {places}")
