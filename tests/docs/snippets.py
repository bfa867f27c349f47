"""Runs what a Markdown document shows: ``python tests/docs/snippets.py DOCUMENT``, in an empty folder.

Blocks run in order. Those of Python share one namespace, those of Lua one Lua.

- ``python``, ``lua``, ``sh`` and ``ipython``, which is a cell of a notebook, run; where a ``text`` block follows
  directly, it is what they print.
- ``pycon`` and ``console`` show both: what follows ``>>>`` or ``$`` runs, what stands below is its output.
- A block with a title, ``lua title="train.lua"``, is a file of that name, which is written.
- ``<!-- not run: REASON -->`` before a block says why it is not run.
- ``<!-- run: python`` and lines up to ``-->`` are a block that readers do not see: it makes the files that others use.

In an output, ``...`` stands for anything, and blanks are not told apart.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUN = ("python", "lua", "sh", "ipython", "pycon", "console")
_BLOCK = re.compile(
    r"^```(?P<language>[\w+-]+)(?P<options>[^\n]*)\n(?P<text>.*?)^```[ ]*$"
    r"|^<!-- run: (?P<hidden>\w+)\n(?P<code>.*?)^-->$"
    r"|^<!-- not run: (?P<reason>[^\n]+?) -->$",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r'title="([^"]+)"')
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class SnippetError(AssertionError):
    """A block that fails, or prints something else; the message says where and what."""


@dataclass
class Block:
    """A block of a document.

    Attributes:
        language: of its fence.
        text: what is in it.
        line: the line of its fence, from 1.
        title: the name of the file that it is, or None.
        reason: why it is not run, or None.
        output: what it is said to print, None where nothing is said.
    """

    language: str
    text: str
    line: int
    title: str | None = None
    reason: str | None = None
    output: str | None = None


def blocks_of(document: str) -> list[Block]:
    """Return the blocks of a document that are run, or would be but for a reason."""
    found: list[Block] = []
    reason, end = None, 0
    for match in _BLOCK.finditer(document):
        directly = not document[end : match.start()].strip()
        line = document.count("\n", 0, match.start()) + 1
        if match["reason"] is not None:
            reason = match["reason"]
        elif match["hidden"] is not None:
            found.append(Block(match["hidden"], match["code"], line))
        else:
            title = _TITLE.search(match["options"])
            if match["language"] in RUN or title:
                name = title[1] if title else None
                found.append(Block(match["language"], match["text"], line, name, reason if directly else None))
            elif match["language"] == "text" and directly and found and _prints(found[-1]):
                found[-1].output = match["text"]
            reason = None
        end = match.end()
    return found


def _prints(block: Block) -> bool:
    """Whether a ``text`` block behind a block can be what that prints."""
    return block.title is None and block.language in ("python", "lua", "sh", "ipython")


def same(shown: str, printed: str) -> bool:
    """Tell whether a text is what is shown, where ``...`` stands for anything."""
    return doctest.OutputChecker().check_output(shown.strip() + "\n", printed.strip() + "\n", _FLAGS)


@contextlib.contextmanager
def printed() -> Iterator[list[str]]:
    """Catch what is written to the standard output, by Lua's libraries in C as well: it is in the list in the end."""
    found: list[str] = []
    with tempfile.TemporaryFile() as file:
        kept = os.dup(1)
        os.dup2(file.fileno(), 1)
        stdout = sys.stdout
        sys.stdout = io.TextIOWrapper(os.fdopen(os.dup(1), "wb"), encoding="utf-8", line_buffering=True)
        try:
            yield found
        finally:
            sys.stdout.close()
            sys.stdout = stdout
            os.dup2(kept, 1)
            os.close(kept)
            file.seek(0)
            found.append(file.read().decode())


class Session:
    """What the blocks of one document share.

    Args:
        name: what errors call the document.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._globals: dict[str, Any] = {"__name__": "__main__"}
        self._lua: Any = None
        self._shell: Any = None
        self._said: list[str] = []  # by Lua

    def run(self, block: Block) -> None:
        """Run a block and compare what it prints.

        Raises:
            SnippetError: where it fails or prints something else than is shown.
        """
        if block.title is not None:
            Path(block.title).parent.mkdir(parents=True, exist_ok=True)
            Path(block.title).write_text(block.text, encoding="utf-8")
            return
        run: dict[str, Callable[[Block], str | None]] = {
            "python": self._python, "lua": self._in_lua, "sh": self._sh, "ipython": self._cell,
            "pycon": self._doctest, "console": self._console,
        }  # fmt: skip
        printed = run[block.language](block)
        if block.output is not None and not same(block.output, printed or ""):
            self._fail(block, f"prints\n{printed}\nand is said to print\n{block.output}")

    def _fail(self, block: Block, problem: str) -> None:
        raise SnippetError(f"{self._name}:{block.line}: the {block.language} block {problem}")

    def _python(self, block: Block) -> str:
        code = "\n" * block.line + block.text  # for the lines in a traceback
        try:
            with printed() as said:
                exec(compile(code, self._name, "exec"), self._globals)
        except Exception:
            self._fail(block, f"fails:\n{traceback.format_exc()}")
        return said[0]

    def _doctest(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(block.text, self._globals, self._name, self._name, block.line)
        test.globs = self._globals  # not a copy: later blocks go on
        said: list[str] = []
        doctest.DocTestRunner(optionflags=_FLAGS).run(test, out=said.append, clear_globs=False)
        if said:
            self._fail(block, f"fails:\n{''.join(said)}")

    def _in_lua(self, block: Block) -> str:
        from lua_compat import LuaError, Runtime

        if self._lua is None:
            self._lua = lua = Runtime()
            write = lua.function(lambda _, text: self._said.append(text))
            lua.call(lua.require("th.output"), write, lua.function(lambda _: None))
        self._said.clear()
        try:
            self._lua.execute(block.text, name=f"={block.line}")
        except LuaError as error:
            self._fail(block, f"fails: {error}\n{error.lua_traceback}")
        return "".join(self._said)

    def _cell(self, block: Block) -> str:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        if self._shell is None:
            settings = Config()
            settings.HistoryManager.enabled = False
            settings.InteractiveShell.colors = "nocolor"
            self._shell = InteractiveShell.instance(config=settings)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            self._shell.run_cell(block.text, store_history=True)
        return re.sub(r"^Out\[\d+\]: ", "", said.getvalue(), flags=re.MULTILINE)

    def _sh(self, block: Block) -> str:
        return self._command(block, block.text)

    def _command(self, block: Block, command: str) -> str:
        process = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        # what a document shows of an error is compared as well; one that it does not show is a mistake
        if process.returncode != 0 and block.language != "console":
            self._fail(block, f"exits with {process.returncode}:\n{process.stdout}")
        self._code = process.returncode
        return process.stdout

    def _console(self, block: Block) -> None:
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            lines = part.split("\n")
            count = next(i for i, line in enumerate(lines) if not line.endswith("\\")) + 1
            command, shown = "\n".join(lines[:count]), "\n".join(lines[count:])
            printed = self._command(block, command)
            if self._code != 0 and not shown.strip():
                self._fail(block, f"has a command that exits with {self._code}: {command}\n{printed}")
            if shown.strip() and not same(shown, printed):
                self._fail(block, f"has {command}, which prints\n{printed}\nand is said to print\n{shown}")


def main(document: Path) -> int:
    """Run a document in the working folder; 1 where a block is not as it should be."""
    os.environ["COLUMNS"] = "100"
    session = Session(document.name)
    try:
        for block in blocks_of(document.read_text(encoding="utf-8")):
            if block.reason is None:
                session.run(block)
    except SnippetError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
