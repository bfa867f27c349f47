"""The ``t7`` command as it is installed: what ``lua_compat.t7.cli`` does with files, and what needs the registry."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from lua_compat.errors import MappingError
from lua_compat.t7 import cli


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("class_name", metavar="CLASS", help="such as nn.Linear")


def _explain(args: argparse.Namespace) -> int:
    from lua_compat.mapping.explain import explain

    print(explain(args.class_name))
    return 0


def parse_input(text: str) -> Any:
    """The shape in ``1x3x224x224``, or the list of shapes in ``2x3,2x4``.

    Raises:
        argparse.ArgumentTypeError: where it is neither.
    """
    try:
        found = [tuple([int(n) for n in part.strip().split("x")]) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"needs sizes such as 1x3x224x224, several with commas, got {text}") from None
    return found[0] if len(found) == 1 else found


def _inspect_arguments(parser: argparse.ArgumentParser) -> None:
    _common(parser)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--train", action="store_true", help="run the input as in training")
    mode.add_argument("--eval", dest="train", action="store_false", help="run the input as in evaluation (default)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _draw_arguments(parser: argparse.ArgumentParser) -> None:
    _common(parser)
    parser.add_argument(
        "-o", "--output", metavar="OUT", required=True, help=".svg, .png and .pdf need graphviz; .dot does not"
    )
    parser.add_argument("--all", action="store_true", help="draw every block, also equal ones in a row")


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument(
        "--input", type=parse_input, metavar="SIZES", help="run an input of this shape, such as 1x3x224x224"
    )
    parser.add_argument("--module", metavar="PLACE", help="only the module at this place, as inspect names it")


def _inspect(name: str) -> Callable[[argparse.Namespace], int]:
    """A function of ``lua_compat.mapping.inspect``, imported when called: that takes longer than most commands run."""
    return lambda args: getattr(importlib.import_module("lua_compat.mapping.inspect"), name)(args)


def _told(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """``run``, whose errors become a line and the exit code 1."""

    def running(args: argparse.Namespace) -> int:
        from pytorch_from_lua.errors import TensorError

        try:
            return run(args)
        except (MappingError, TensorError) as error:
            print(f"t7: {error}", file=sys.stderr)
            return 1

    return running


COMMANDS = {
    "explain": cli.Command("say what a Torch7 class is in Python", _explain_arguments, _told(_explain)),
    "inspect": cli.Command("show the models of a file as tables", _inspect_arguments, _told(_inspect("run_inspect"))),
    "draw": cli.Command("draw the model of a file", _draw_arguments, _told(_inspect("run_draw"))),
}


def t7(argv: Sequence[str] | None = None) -> int:
    """Runs the command line of ``t7``: 0 where all went well, 1 where it did not, 2 for wrong arguments."""
    for name, command in COMMANDS.items():
        cli.COMMANDS.setdefault(name, command)
    return cli.main(argv)
