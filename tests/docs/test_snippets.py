"""What the documents show is true: each block of README.md and of docs/ runs and prints what it is said to print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.snippets import Block, Session, SnippetError, blocks_of, same

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: How many blocks are not run, each for a reason that its comment says: of a new one a person has to think.
NOT_RUN = 3


def run(document: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", str(Path(__file__).with_name("snippets.py")), str(document)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_block_runs_and_prints_what_is_shown(document: Path, tmp_path: Path) -> None:
    process = run(document, tmp_path)
    assert process.returncode == 0, process.stderr


def test_few_blocks_are_not_run() -> None:
    left = [block for document in DOCUMENTS for block in blocks_of(document.read_text("utf-8")) if block.reason]
    assert len(left) == NOT_RUN
    assert all(len(block.reason.split()) >= 3 for block in left)


def test_the_readme_has_a_block_of_python_and_one_of_lua() -> None:
    languages = {block.language for block in blocks_of((ROOT / "README.md").read_text("utf-8"))}
    assert {"python", "lua", "sh"} <= languages


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_code_stands_between_fences(document: Path) -> None:
    """What is indented would not be run."""
    text = re.sub(r"^```.*?^```|<!--.*?-->", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"^ {4}(?! *[-*|]).*", text, re.MULTILINE) == []


def test_blocks_are_found() -> None:
    text = "".join(
        [
            "a\n```python\nx = 1\n```\n\n```text\n1\n```\n```\nnot this\n```\n",
            "<!-- not run: no GPU is here -->\n```sh\nls\n```\n",
            '```lua title="a.lua"\ny()\n```\n```text\nno output\n```\n',
            "<!-- run: python\nz = 2\n-->\n```pycon\n>>> 1\n1\n```\n",
        ]
    )
    assert blocks_of(text) == [
        Block("python", "x = 1\n", 2, output="1\n"),
        Block("sh", "ls\n", 13, reason="no GPU is here"),
        Block("lua", "y()\n", 16, title="a.lua"),
        Block("python", "z = 2\n", 22),
        Block("pycon", ">>> 1\n1\n", 25),
    ]


def test_what_counts_as_the_same() -> None:
    assert same("a  1\n...\nb\n", "a 1\nmany\nlines\nb")
    assert not same("a 1", "a 2")
    assert not same("", "a")


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        (Block("python", "print(1)\n", 1, output="2\n"), "1: the python block prints"),
        (Block("python", "1 / 0\n", 4), "4: the python block fails"),
        (Block("lua", "print(x.y)\n", 1), "attempt to index global 'x'"),
        (Block("lua", "print(1)\n", 1, output="2\n"), "the lua block prints"),
        (Block("sh", "false\n", 1), "exits with 1"),
        (Block("ipython", "%lua 1 + 1\n", 1, output="3\n"), "the ipython block prints"),
        (Block("pycon", ">>> 1 + 1\n3\n", 1), "Expected"),
        (Block("console", "$ echo a\nb\n", 1), "which prints"),
        (Block("console", "$ false\n", 1), "exits with 1"),
    ],
)
def test_mistakes_are_found(block: Block, problem: str) -> None:
    with pytest.raises(SnippetError, match=problem):
        Session("page.md").run(block)


def test_blocks_go_on_from_one_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session = Session("page.md")
    for block in [
        Block("python", "x = 2\n", 1),
        Block("pycon", ">>> x += 1\n", 1),
        Block("python", "print(x)\n", 1, output="3\n"),
        Block("lua", "x = 4\n", 1),
        Block("lua", "print(x)\n", 1, output="4\n"),
        Block("lua", "return 5\n", 1, title="folder/five.lua"),
        Block("console", "$ cat folder/five.lua\nreturn 5\n$ cat nothing\ncat: nothing: ...\n", 1),
    ]:
        session.run(block)
