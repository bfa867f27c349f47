"""What the README shows runs: its Python and Lua blocks one after the other, and the commands of its `sh` blocks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


@dataclass(frozen=True)
class Block:
    """A fenced block: the language its fence names, its text and the line it begins on."""

    language: str
    text: str
    line: int


def fenced_blocks(document: str) -> list[Block]:
    """Return the fenced blocks of a Markdown document whose fence names a language."""
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
    return [Block(m[1], m[2], document.count("\n", 0, m.start()) + 1) for m in found]


def commands(block: Block) -> list[str]:
    return {
        "python": [sys.executable, "-W", "error", "-c", block.text],
        "lua": [sys.executable, "-m", "lua_compat.bridge.cli", "-e", block.text],
        "sh": ["bash", "-euo", "pipefail", "-c", block.text],
    }[block.language]


BLOCKS = [
    block for block in fenced_blocks(README.read_text(encoding="utf-8")) if block.language in ("python", "lua", "sh")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all blocks: a later one may use the files of an earlier one."""
    return tmp_path_factory.mktemp("readme")


def test_every_block_of_the_readme_runs(folder: Path) -> None:
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    for block in BLOCKS:
        process = subprocess.run(
            commands(block), cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        assert process.returncode == 0, f"the {block.language} block at README.md:{block.line}:\n{process.stderr}"


def test_the_readme_has_a_block_of_python_and_one_of_lua() -> None:
    assert {"python", "lua"} <= {block.language for block in BLOCKS}


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("*.md")))
def test_links_into_the_project_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", text) if "://" not in target]
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_migration_md_is_what_the_registry_says() -> None:
    command = [sys.executable, "-m", "lua_compat.mapping.migration", "--check"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert process.returncode == 0, f"run `make migration`:\n{process.stdout}{process.stderr}"


def test_fenced_blocks_are_found() -> None:
    text = "a\n```python\nx = 1\n```\n```\nnot this\n```\n```lua\ny()\n```\n"
    assert fenced_blocks(text) == [Block("python", "x = 1\n", 2), Block("lua", "y()\n", 8)]
