"""What ``t7 convert`` takes beside the encoding of a ``.t7``, and when it is about a model."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path

from lua_compat.inspection.arguments import parse_input

#: Endings of files that a model is written to; the writers are in `files.WRITERS`.
ENDINGS = (".safetensors", ".npz", ".pt", ".pth", ".py", ".onnx")


def convert(parser: argparse.ArgumentParser) -> None:
    """Declares what a conversion of a model takes."""
    parser.epilog = (
        f"Where OUT ends in {', '.join(ENDINGS)}, it is the model of IN in that form; else IN is rewritten in another "
        "encoding."
    )
    about = parser.add_argument_group("about models")
    about.add_argument("--module", metavar="PLACE", help="the module at this place, as inspect names it")
    about.add_argument(
        "--input",
        type=parse_input,
        metavar="SIZES",
        help="the shape of an input, such as 1x3x224x224, for .py and .onnx",
    )
    about.add_argument(
        "--names",
        metavar="WHOSE",
        help="names of tensors: torchvision; with --into also source, ours, or order, for no names",
    )
    about.add_argument("--opset", type=int, metavar="N", help="the version of ONNX's operations, for .onnx")
    about.add_argument("--into", metavar="MODEL", help="put the tensors of IN into the model of this .t7")


def is_about_a_model(args: argparse.Namespace) -> bool:
    """Whether it takes more than the file's encoding.

    Raises:
        argparse.ArgumentTypeError: for an ending that is nearly one of `ENDINGS`.
    """
    ending = Path(args.target).suffix.lower()
    given = any(value is not None for value in (args.module, args.input, args.names, args.opset, args.into))
    if ending in ENDINGS or given:
        return True
    near = difflib.get_close_matches(ending, ENDINGS, 1, 0.8)
    if near:
        raise argparse.ArgumentTypeError(f"{args.target}: {ending} is no form; did you mean {near[0]}?")
    return False
