"""The site: every page has its place and its links, and the reference what it names. `make docs` builds all of it."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lua_compat.t7 import cli as t7

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts" / "docs_site"


@pytest.fixture(scope="module")
def modules() -> Any:
    """The scripts that make the pages, by their names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        yield {name: importlib.import_module(name) for name in ("documents", "docstrings", "reference")}
        for name in ("documents", "docstrings", "reference"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def reference(modules: dict[str, ModuleType]) -> dict[str, str]:
    """The pages of the reference."""
    return dict(modules["reference"].pages()[0])


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DOCS_REFERENCE": "names", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "--quiet", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    process = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr
    assert process.stdout + process.stderr == ""
    for page in ("index", "migration", "models", "tutorials/story", "files/models/digits/train.lua"):
        assert (tmp_path / "site" / f"{page}.html").stat().st_size > 5000


def test_every_page_of_docs_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if page not in navigation] == []


def test_the_reference_names_what_there_is(modules: dict[str, ModuleType], reference: dict[str, str]) -> None:
    paths = [path for text in reference.values() for path in re.findall(r"^::: (\S+)$", text, re.MULTILINE)]
    assert len(paths) > 600
    assert len(set(paths)) == len(paths)
    assert [path for path in paths if not inspect.getdoc(modules["docstrings"].value_at(path))] == []


@pytest.mark.parametrize(
    "package",
    [
        "nn",
        "nn.functional",
        "nn.utils",
        "nn.utils.rnn",
        "optim",
        "optim.lr_scheduler",
        "data",
        "data.transforms",
        "autograd",
    ],
)
def test_the_reference_has_every_public_name(package: str, reference: dict[str, str]) -> None:
    module = importlib.import_module(f"pytorch_from_lua.{package}")
    named = {path.rpartition(".")[2] for text in reference.values() for path in re.findall(r"^::: (\S+)$", text, re.M)}
    listed = getattr(module, "__all__", None)
    public = listed if listed is not None else [n for n in vars(module) if not n.startswith("_")]
    wanted = [n for n in public if callable(getattr(module, n)) and "pytorch" in (getattr(module, n).__module__ or "")]
    assert [name for name in wanted if name not in named] == []
    assert wanted


def test_lists_of_methods_lead_to_their_pages(modules: dict[str, ModuleType], reference: dict[str, str]) -> None:
    for page in ("tensor/index", "nn/index"):
        text = reference[f"reference/pytorch_from_lua/{page}.md"]
        links = re.findall(r"\]\((\w+)\.md#([\w.]+)\)", text)
        assert len(links) > 200
        folder = page.partition("/")[0]
        for file, path in links:
            there = reference[f"reference/pytorch_from_lua/{folder}/{file}.md"]
            assert f"::: {path}\n" in there or f"::: {path.rpartition('.')[0]}\n" in there
            assert modules["docstrings"].value_at(path) is not None
    assert "| [Conv2d](convolution.md#pytorch_from_lua.nn.convolution.Conv2d) | `nn.SpatialConvolution`" in text


def test_examples_are_blocks_of_code(modules: dict[str, ModuleType]) -> None:
    fenced = modules["docstrings"].fenced_examples
    assert fenced("Adds.\n\n>>> 1 + 1\n2\n\n>>> 2\n2\n\nThe end.") == (
        "Adds.\n\n```pycon\n>>> 1 + 1\n2\n\n>>> 2\n2\n```\n\nThe end."
    )
    assert fenced("No example.") == "No example."


def test_what_tables_make_is_in_the_reference(modules: dict[str, ModuleType]) -> None:
    griffe = pytest.importorskip("griffe")
    loader = griffe.GriffeLoader(extensions=griffe.load_extensions(str(SCRIPTS / "docstrings.py")))
    package = loader.load("pytorch_from_lua", try_relative_path=False, submodules=True)
    absolute = package["tensor.pointwise.Pointwise.abs"]
    assert [p.name for p in absolute.parameters] == []
    assert "```pycon\n>>> from pytorch_from_lua import tensor\n" in absolute.docstring.value
    slope = package["nn.activation.LeakyReLU.__init__"].parameters["negative_slope"]
    assert slope.default == "0.01"
    assert (
        package["nn.convolution.Conv2d"]
        .docstring.value.rstrip()
        .split("\n")[-1]
        .startswith("In Torch7 `nn.SpatialConvolution`, ")
    )


def test_links_of_documents_lead_to_pages(modules: dict[str, ModuleType]) -> None:
    documents = modules["documents"].Documents()
    text = documents.linked(
        "[a](models/README.md#x) `[b](c)` [d](models/digits) [e](docs/index.md)", "README.md", "p/q.md"
    )
    assert text == "[a](../models.md#x) `[b](c)` [d](../files/models/digits.md) [e](../index.md)"
    assert "```lua\n" in documents.pages["files/models/digits/train.lua.md"]
    assert documents.pages["tutorials/story.md"].count("![") == 5
    with pytest.raises(
        modules["documents"].BrokenLinkError, match=r"README.md links to nothing.md, which is not there"
    ):
        documents.linked("[a](nothing.md)", "README.md", "index.md")


def test_commands_say_what_they_take(modules: dict[str, ModuleType]) -> None:
    page = modules["documents"].command_page()
    assert "usage: th [options] [script.lua [arguments]]" in page
    for name in t7.COMMANDS:
        assert f"### t7 {name}\n\n```text\nusage: t7 {name}" in page
