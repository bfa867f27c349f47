"""The arguments of the commands; kept apart from what runs them, which takes longer to import than they to parse."""

from __future__ import annotations

import argparse
import math
from typing import Any


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


def parse_tolerance(text: str) -> float:
    """A number from 0 on.

    Raises:
        argparse.ArgumentTypeError: where it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"needs a number from 0 on, got {text}")
    return value


def _of_a_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument(
        "--input", type=parse_input, metavar="SIZES", help="run an input of this shape, such as 1x3x224x224"
    )


def _module(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--module", metavar="PLACE", help="only the module at this place, as inspect names it")


def _mode(parser: argparse.ArgumentParser) -> None:
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--train", action="store_true", help="run the input as in training")
    mode.add_argument("--eval", dest="train", action="store_false", help="run the input as in evaluation (default)")


def inspect(parser: argparse.ArgumentParser) -> None:
    """Declares what ``t7 inspect`` takes."""
    _of_a_model(parser)
    _module(parser)
    _mode(parser)
    parser.add_argument("--tensors", action="store_true", help="also show every tensor with its statistics")
    parser.add_argument("--all", action="store_true", help="of the tensors, also what modules keep between calls")
    parser.add_argument("--json", action="store_true", help="print JSON, with every tensor")


def view(parser: argparse.ArgumentParser) -> None:
    """Declares what ``t7 view`` takes."""
    _of_a_model(parser)
    _mode(parser)
    parser.add_argument(
        "-o", "--output", metavar="OUT",
        help="the page, a .html file; if not given it is a temporary one, and the browser shows it",
    )  # fmt: skip
    parser.add_argument(
        "--all",
        action="store_true",
        help="show long tables as a whole, and statistics of what modules keep between calls",
    )


def draw(parser: argparse.ArgumentParser) -> None:
    """Declares what ``t7 draw`` takes."""
    _of_a_model(parser)
    _module(parser)
    parser.add_argument(
        "-o", "--output", metavar="OUT", required=True, help=".svg, .png and .pdf need graphviz; .dot does not"
    )
    parser.add_argument("--all", action="store_true", help="draw every block, also equal ones in a row")


def diff(parser: argparse.ArgumentParser) -> None:
    """Declares what ``t7 diff`` takes."""
    parser.add_argument("a", metavar="A")
    parser.add_argument("b", metavar="B")
    parser.add_argument(
        "--tolerance", type=parse_tolerance, default=0.0, metavar="T", help="numbers that are so close are equal"
    )
    parser.add_argument(
        "--relative", type=parse_tolerance, default=0.0, metavar="R",
        help="and so are those that are closer than the larger one times R",
    )  # fmt: skip
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="NAME", help="leave out fields of this name; may be repeated"
    )
    parser.add_argument("--no-scratch", action="store_true", help="leave out what modules keep between calls")
    parser.add_argument("--no-types", action="store_true", help="tensors of two types may be equal")
    parser.add_argument("--no-sharing", action="store_true", help="copies are equal to what is shared")
    parser.add_argument("--all", action="store_true", help="print every difference")
    parser.add_argument("--quiet", "-q", action="store_true", help="print nothing; the exit status says it")
    parser.add_argument("--json", action="store_true", help="print JSON")
