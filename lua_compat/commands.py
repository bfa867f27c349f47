"""The ``t7`` command as it is installed: what ``lua_compat.t7.cli`` does with files, and ``explain``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lua_compat.errors import MappingError
from lua_compat.t7 import cli


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("class_name", metavar="CLASS", help="such as nn.Linear")


def _explain(args: argparse.Namespace) -> int:
    from lua_compat.mapping.explain import explain  # the registry takes longer to load than most commands to run

    try:
        print(explain(args.class_name))
    except MappingError as error:
        print(f"t7: {error}", file=sys.stderr)
        return 1
    return 0


def t7(argv: Sequence[str] | None = None) -> int:
    """Runs the command line of ``t7``: 0 where all went well, 1 where it did not, 2 for wrong arguments."""
    cli.COMMANDS.setdefault(
        "explain", cli.Command("say what a Torch7 class is in Python", _explain_arguments, _explain)
    )
    return cli.main(argv)
