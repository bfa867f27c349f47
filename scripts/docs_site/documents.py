"""Documents of the repository as pages of the site, with links that lead to pages."""

from __future__ import annotations

import base64
import json
import os
import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

#: A document of the repository, and the page that shows it.
DOCUMENTS = {
    "MIGRATION.md": "migration.md",
    "models/README.md": "models.md",
    "models/migration_story.ipynb": "tutorials/story.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
}
#: A block of code, a piece of code, or the target of a link and the place in it.
_LINK = re.compile(r"^```.*?^```|`[^`\n]+`|\]\((?P<target>[^)\s#]+)(?P<place>#[^)\s]*)?\)", re.MULTILINE | re.DOTALL)
_LANGUAGES = {".lua": "lua", ".py": "python", ".sh": "sh", ".txt": "text", ".toml": "toml"}
_LARGE = 60_000  # bytes of a file that are shown


class BrokenLinkError(ValueError):
    """A link of a document that leads nowhere; the message names both."""


class Documents:
    """All pages that come from documents: `pages` maps the name of a page to its text, or to the bytes of a picture."""

    def __init__(self) -> None:
        self.pages: dict[str, str | bytes] = {}
        self._waiting: list[str] = []
        for source, page in DOCUMENTS.items():
            text = (ROOT / source).read_text(encoding="utf-8")
            is_notebook = source.endswith(".ipynb")
            self.pages[page] = self._notebook(text, source, page) if is_notebook else self.linked(text, source, page)
        for written in sorted((ROOT / "docs").rglob("*.md")):  # what they link to gets a page as well
            name = written.relative_to(ROOT / "docs").as_posix()
            self.linked(written.read_text(encoding="utf-8"), f"docs/{name}", name)
        while self._waiting:
            self._show(self._waiting.pop())

    def linked(self, text: str, source: str, page: str) -> str:
        """Return the text of a document, whose links lead to files beside it, with links to pages.

        Raises:
            BrokenLinkError: where there is no such file.
        """

        def replaced(match: re.Match[str]) -> str:
            target, place = match["target"], match["place"] or ""
            if target is None:  # code: where a | in a table's cell needs no \\ on a page
                return match[0].replace("\\|", "|") if not match[0].startswith("```") else match[0]
            if "://" in target:
                return match[0]
            there = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
            return f"]({self._relative(self._page_of(there, source), page)}{place})"

        return _LINK.sub(replaced, text)

    def _page_of(self, path: str, source: str) -> str:
        """The page that shows a file or a folder."""
        if path.startswith("docs/"):
            return path.removeprefix("docs/")
        if path == "README.md":
            return "index.md"
        if path in DOCUMENTS:
            return DOCUMENTS[path]
        if (ROOT / path).is_dir() and f"{path}/README.md" in DOCUMENTS:
            return DOCUMENTS[f"{path}/README.md"]
        if not (ROOT / path).exists():
            raise BrokenLinkError(f"{source} links to {path}, which is not there")
        page = f"files/{path}.md"
        if page not in self.pages:
            self.pages[page] = ""
            self._waiting.append(path)
        return page

    @staticmethod
    def _relative(there: str, page: str) -> str:
        return posixpath.relpath(there, posixpath.dirname(page) or ".")

    def _show(self, path: str) -> None:
        """Make the page of a file or folder that a document links to."""
        page, here = f"files/{path}.md", ROOT / path
        if here.is_dir():
            readme = here / "README.md"
            text = readme.read_text(encoding="utf-8") if readme.exists() else f"# {path}\n"
            names = sorted(p.name for p in here.iterdir() if p.is_file() and p.suffix in (".lua", ".py"))
            text += "\n" + "".join(f"- [{name}]({name})\n" for name in names)
            self.pages[page] = self.linked(text, f"{path}/README.md", page)
        elif here.suffix == ".md":
            self.pages[page] = self.linked(here.read_text(encoding="utf-8"), path, page)
        elif here.suffix in _LANGUAGES and here.stat().st_size <= _LARGE:
            self.pages[page] = f"# {path}\n\n{fenced(here.read_text(encoding='utf-8'), _LANGUAGES[here.suffix])}"
        else:
            self.pages[page] = f"# {path}\n\n{here.stat().st_size:,} bytes, in the repository.\n"

    def _notebook(self, text: str, source: str, page: str) -> str:
        """A notebook as Markdown; its pictures stand beside the page."""
        parts = []
        for cell in json.loads(text)["cells"]:
            said = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                parts.append(self.linked(said, source, page))
                continue
            parts.append(fenced(said, "lua" if said.startswith("%%lua") else "python"))
            parts += [self._output(output, page) for output in cell["outputs"]]
        return "\n\n".join(parts) + "\n"

    def _output(self, output: dict[str, Any], page: str) -> str:
        data = output.get("data", {})
        if "image/png" in data:
            name = f"{page.removesuffix('.md')}_{len(self.pages)}.png"
            self.pages[name] = base64.b64decode("".join(data["image/png"]))
            return f"![what the cell shows]({posixpath.basename(name)})"
        return fenced("".join(output.get("text") or data["text/plain"]).rstrip("\n"), "text")


def fenced(text: str, language: str) -> str:
    """Return a text as a block of code."""
    fence = "```" if "```" not in text else "````"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def command_page() -> str:
    """Return the page of the commands: what their --help says."""
    from lua_compat.bridge.cli import USAGE

    parts = ["# Commands", "## th", "Runs Lua scripts written for Torch7.", fenced(USAGE, "text")]
    parts += ["## t7", "Shows, checks and converts `.t7` files.", fenced(_help([]), "text")]
    for name in _t7_commands():
        parts += [f"### t7 {name}", fenced(_help([name]), "text")]
    return "\n\n".join(parts) + "\n"


def _t7_commands() -> list[str]:
    from lua_compat import commands
    from lua_compat.t7 import cli

    return [*cli.COMMANDS, *(name for name in commands.COMMANDS if name not in cli.COMMANDS)]


def _help(words: list[str]) -> str:
    import contextlib
    import io

    from lua_compat.commands import t7

    said = io.StringIO()
    columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"  # how wide argparse writes
    try:
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            t7([*words, "--help"])
    finally:
        if columns is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = columns
    return said.getvalue()
