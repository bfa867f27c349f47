"""The ``t7`` command as it is installed: what ``lua_compat.t7.cli`` does with files, and what needs the registry."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence

from lua_compat.errors import MappingError, TranslateError
from lua_compat.export import arguments as exporting
from lua_compat.inspection import arguments
from lua_compat.t7 import cli


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        metavar="NAME",
        help="of Torch7, Python or PyTorch: nn.Linear, nn.Conv2d, optim.sgd, torch.cat, x:narrow, m:getParameters",
    )


def _explain(args: argparse.Namespace) -> int:
    from lua_compat.guide.explain import explain

    print(explain(args.name))
    return 0


def _run(name: str) -> Callable[[argparse.Namespace], int]:
    """A function of ``lua_compat.inspection.cli``, imported when called: that takes longer than most commands run."""
    return lambda args: getattr(importlib.import_module("lua_compat.inspection.cli"), name)(args)


def _told(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """``run``, whose errors become a line and the exit code 1."""

    def running(args: argparse.Namespace) -> int:
        from pytorch_from_lua.errors import TensorError

        try:
            return run(args)
        except (MappingError, TensorError, TranslateError) as error:
            print(f"t7: {error}", file=sys.stderr)
            return 1

    return running


def _convert_arguments(parser: argparse.ArgumentParser) -> None:
    _OF_FILES.arguments(parser)
    exporting.convert(parser)


def _convert(args: argparse.Namespace) -> int:
    """Another encoding of a file, or its model in another form."""
    try:
        if not exporting.is_about_a_model(args):
            return _OF_FILES.run(args)
    except argparse.ArgumentTypeError as error:
        print(f"t7: {error}", file=sys.stderr)
        return 2
    from lua_compat.export.cli import convert

    return convert(args)


def _translate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("script", metavar="SCRIPT", help="a Lua script")
    parser.add_argument(
        "-o", "--output", metavar="OUT", help="the Python file; those of the files that the script brings go beside it"
    )


def _translate(args: argparse.Namespace) -> int:
    from lua_compat.translate.command import run

    return run(args)


_OF_FILES = cli.COMMANDS["convert"]
COMMANDS = {
    "convert": cli.Command("rewrite a file in another form or encoding", _convert_arguments, _told(_convert)),
    "explain": cli.Command("say what a name of Torch7 is in Python and PyTorch", _explain_arguments, _told(_explain)),
    "inspect": cli.Command(
        "show the models, options and optimizers of a file as tables", arguments.inspect, _told(_run("inspect"))
    ),
    "view": cli.Command("show what a file holds as a page in the browser", arguments.view, _told(_run("view"))),
    "diff": cli.Command("show the differences of two files", arguments.diff, _run("diff")),
    "translate": cli.Command("write a Lua script as Python", _translate_arguments, _told(_translate)),
    "draw": cli.Command("draw the model of a file", arguments.draw, _told(_run("draw"))),
}


def t7(argv: Sequence[str] | None = None) -> int:
    """Runs the command line of ``t7``: 0 where all went well, 1 where it did not, 2 for wrong arguments."""
    cli.COMMANDS.update(COMMANDS)
    return cli.main(argv)
