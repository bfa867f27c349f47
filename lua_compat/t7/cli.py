"""The ``t7`` command: shows, converts and checks ``.t7`` files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

from lua_compat.errors import T7Error
from lua_compat.t7.files import open_reader, write_file
from lua_compat.t7.raw import RawBuilder, RawDescriber
from lua_compat.t7.reader import Reader
from lua_compat.t7.show import lines

_SHOWN_LINES = 400


class Command(NamedTuple):
    """A subcommand: its help, what declares its arguments, and what runs it and gives the exit code."""

    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def format_of(reader: Reader) -> str:
    """The encoding of a file in words."""
    source = reader.source
    if not source.binary:
        return "ASCII"
    return f"binary, longs of {source.long_size} bytes" if source.long_size is not None else "binary, no longs in it"


def _long_size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--long-size", type=int, choices=(4, 8), help="bytes of a C long in FILE; found from the file if not given"
    )


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--depth", type=int, default=6, help="levels to show (default: %(default)s)")
    parser.add_argument("--all", action="store_true", help="show every level and every entry")
    _long_size(parser)


def _show(args: argparse.Namespace) -> int:
    reader = open_reader(args.file, builder=RawBuilder(), long_size=args.long_size)
    value = reader.read()
    print(f"{args.file}: {format_of(reader)}")
    if args.all:
        for line in lines(value, None, None):
            print(line)
        return 0
    tree = lines(value, args.depth)
    for line in islice(tree, _SHOWN_LINES):
        print(line)
    if next(tree, None) is not None:
        print("... (--all shows the rest)")
    return 0


def _convert_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="IN")
    parser.add_argument("target", metavar="OUT")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--ascii", dest="format", action="store_const", const="ascii", help="write ASCII")
    which.add_argument("--binary", dest="format", action="store_const", const="binary", help="write binary (default)")
    parser.add_argument("--long-size", type=int, choices=(4, 8), help="bytes of a C long in OUT (default: 8)")
    parser.set_defaults(format="binary")


def _convert(args: argparse.Namespace) -> int:
    if args.format == "ascii" and args.long_size is not None:
        print("t7: --long-size has no meaning in an ASCII file", file=sys.stderr)
        return 2
    value = open_reader(args.source, builder=RawBuilder()).read()
    write_file(args.target, value, format=args.format, long_size=args.long_size or 8, describer=RawDescriber())
    return 0


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+")
    _long_size(parser)


def _check(args: argparse.Namespace) -> int:
    failed = False
    for path in args.files:
        try:
            reader = open_reader(path, builder=RawBuilder(), long_size=args.long_size)
            reader.read()
        except (T7Error, OSError) as error:
            failed = True
            print(message(error))
            continue
        left = reader.source.end - reader.position
        more = f", {left} bytes after its value" if left else ""
        print(f"{path}: ok ({format_of(reader)}{more})")
    return 1 if failed else 0


#: The subcommands by name. To add one is to add a row (`lua_compat.commands` adds what needs the registry).
COMMANDS: dict[str, Command] = {
    "show": Command("show what a file holds, as a tree", _show_arguments, _show),
    "convert": Command("rewrite a file in another encoding", _convert_arguments, _convert),
    "check": Command("read files and say which are damaged", _check_arguments, _check),
}


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(prog="t7", description="Shows, converts and checks Torch7's .t7 files.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        command.arguments(commands.add_parser(name, help=command.help, description=command.help))
    return top


def message(error: Exception) -> str:
    """An error as a line, which begins with the file's name."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line: 0 where all went well, 1 where a file is damaged or missing, 2 for wrong arguments."""
    args = parser().parse_args(argv)
    try:
        code = COMMANDS[args.command].run(args)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (T7Error, OSError) as error:
        print(f"t7: {message(error)}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
