"""The page about a ``.t7`` file: one HTML file that asks nothing of anyone."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import tempfile
import webbrowser
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from lua_compat.errors import ArgumentError
from lua_compat.inspection.checkpoint import checkpoint
from lua_compat.inspection.places import Place, walk
from lua_compat.inspection.view.graphs import drawing_of_graph, is_graph
from lua_compat.inspection.view.markup import Content, Markup, data, element, joined
from lua_compat.inspection.view.models import drawn, model_section, models_of
from lua_compat.inspection.view.tensors import checkpoint_section, tensor_section
from lua_compat.inspection.view.tree import Tree, tree_of
from lua_compat.mapping.save import Saver
from lua_compat.t7.cli import format_of
from lua_compat.t7.files import bytes_reader, open_reader, write_bytes
from lua_compat.t7.raw import RawBuilder, RawStorage, RawTensor
from lua_compat.t7.values import T7Object
from pytorch_from_lua.nn.summary import memory_text
from pytorch_from_lua.serialization import replaced

_FRAME_HEIGHT = 640
#: Models that have a section, unless all are asked for.
_MODELS = 40


class Page:
    """A page about what a ``.t7`` file holds. A notebook shows it below the cell that gives it.

    Attributes:
        title: what the page calls the file.
        html: the page.
    """

    def __init__(self, title: str, html: str) -> None:
        self.title = title
        self.html = html

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the page to a file, beside it first and then renamed into place.

        Raises:
            OSError: where it cannot be written.
        """
        made = self.html.encode("utf-8")
        if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):  # a pipe or a device; a folder is an error
            with open(path, "wb") as file:
                file.write(made)
            return
        folder = os.path.dirname(os.path.realpath(path))
        if not os.path.isdir(folder):
            raise FileNotFoundError(errno.ENOENT, "there is no such folder", folder)
        with replaced(Path(path)) as file:
            file.write(made)

    def show(self) -> str:
        """Writes a temporary file, which the browser shows where there is a screen, and gives its name."""
        stem = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in Path(self.title).stem)
        handle, path = tempfile.mkstemp(prefix=f"{stem[:40]}-", suffix=".html")
        with os.fdopen(handle, "wb") as file:
            file.write(self.html.encode("utf-8"))
        if has_screen():
            webbrowser.open(Path(path).as_uri())
        return path

    def _repr_html_(self) -> str:
        """The page in a frame of its own, for notebooks."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" title="{escape(self.title)}" '
            f'style="width:100%;height:{_FRAME_HEIGHT}px;border:1px solid #8884"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Page({self.title!r}, {memory_text(len(self.html))})"


def view(
    source: Any, output: str | os.PathLike[str] | None = None, *, input: Any = None, training: bool = False,
    everything: bool = False,
) -> Page:  # fmt: skip
    """A page to look at what a ``.t7`` file holds, as ``t7 view`` makes it; a notebook shows it below the cell.

    The page is one HTML file with all that it needs: the models with their modules, drawings and first filters, the
    options, optimizers and logs of a checkpoint, every tensor with statistics and a histogram, and the whole file as a
    tree.

    Args:
        source: the name of a file; or a value that `lua_compat.save` would write, a model say.
        output: where the page is written, or None.
        input: a tensor, a shape or a list of them, as `pytorch_from_lua.nn.summary` takes it: the tables of the models
            have the shapes of all outputs then.
        training: whether that input is run as in training.
        everything: whether every entry of long tables is shown, and the statistics of what modules keep between calls.

    Raises:
        ArgumentError: where the output is the file itself.
        T7Error: where the file is damaged or no ``.t7`` file.
        MappingError: where the value cannot be saved.
        OSError: where a file cannot be read or written.

    >>> from pytorch_from_lua import nn
    >>> page = view(nn.Sequential(nn.Linear(4, 3), nn.Tanh()), input=(2, 4))
    >>> "Linear(in_features=4, out_features=3, bias=True)" in page.html
    True
    """
    if output is not None and isinstance(source, (str, os.PathLike)) and _same_file(source, output):
        raise ArgumentError(f"output: {os.fspath(output)} is the file that the page is about; choose another name")
    content = _content(source)
    page = Page(content.title, _made(content, input, training, everything))
    if output is not None:
        page.write(output)
    return page


def _same_file(a: str | os.PathLike[str], b: str | os.PathLike[str]) -> bool:
    return os.path.exists(a) and os.path.exists(b) and os.path.samefile(a, b)


def has_screen() -> bool:
    """Whether a browser could show something here."""
    return os.name == "nt" or sys.platform == "darwin" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


class _Content(NamedTuple):
    """What a page is about: its name, the value as the file has it and with tensors, and facts about the file."""

    title: str
    raw: Any
    graph: Any
    facts: list[tuple[str, str]]


def _content(source: Any) -> _Content:
    if isinstance(source, (str, os.PathLike)):
        name = os.fspath(source)
        reader = open_reader(name, builder=RawBuilder())
        raw = reader.read()
        facts = [("File", f"{name}, {memory_text(os.path.getsize(name))}"), ("Encoding", format_of(reader))]
        left = reader.source.end - reader.position
        if left:
            facts.append(("After its value", f"{left:,} bytes more"))
        return _Content(os.path.basename(name), raw, open_reader(name).read(), facts)
    made = write_bytes(Saver().graph(source))
    raw = bytes_reader(made, builder=RawBuilder()).read()
    return _Content(type(source).__name__, raw, bytes_reader(made).read(), [])


def _made(content: _Content, input: Any, training: bool, everything: bool) -> str:
    tree = tree_of(content.raw, everything=everything)
    models = models_of(content.raw, content.graph, tree)
    sections: list[tuple[str, str, Content]] = []
    for i, found in enumerate(models.found if everything else models.found[:_MODELS], 1):
        name = type(found.module).__name__
        title = f"{found.place}: {getattr(found.module, 'class_name', name)}" if found.place else name
        sections.append((f"model{i}", title, model_section(found, models, i, input, training)))
    if len(models.found) > _MODELS and not everything:
        told = f"{len(models.found) - _MODELS:,} more models are not shown; --all shows them."
        sections.append(("models", "More models", element("p", told, class_="note")))
    if models.trouble is not None:
        sections.append(("models", "Models", element("p", models.trouble, class_="note bad")))
    for i, (place, item) in enumerate(_graphs(content.raw), 1):
        sections.append(
            (f"graph{i}", f"{place}: graph", drawn(drawing_of_graph(item, tree.numbers), "Its nodes and edges"))
        )
    beside = checkpoint_section(checkpoint(content.raw), tree)
    if beside:
        sections.append(("beside", "Beside the models" if models.found else "Values, options and logs", beside))
    sections.append(("tensors", "Tensors", tensor_section(content.raw, tree, everything)))
    sections.append(("tree", "Everything in the file", _tree_section(tree)))
    return _page(content, sections, tree)


def _graphs(value: Any) -> Iterator[tuple[Place, Any]]:
    """The graphs of a value but those in a ``nn.gModule``, which is drawn itself."""
    drawn_anyway: set[int] = set()
    for place, item in walk(value):
        if isinstance(item, T7Object) and item.class_name == "nn.gModule":
            drawn_anyway.add(id(place))
        elif is_graph(item) and id(place.up) not in drawn_anyway:
            yield place, item


def _tree_section(tree: Tree) -> Markup:
    left = f" {tree.left_out:,} entries of long tables are left out; --all shows them." if tree.left_out else ""
    filter_ = element("input", type="search", id="filter", placeholder="Name or value", autocomplete="off",
                      spellcheck="false", aria_controls="nodes")  # fmt: skip
    return joined([
        element("p", "Arrow keys move, Enter follows a link.", left, class_="note"),
        element(
            "div",
            element("label", "Filter ", filter_),
            element("button", "Unfold", type="button", id="unfold", title="One level more"),
            element("button", "Fold", type="button", id="foldall"),
            element("span", id="count", class_="dim", role="status"),
            class_="tools",
        ),
        element("div", id="nodes", role="tree", aria_label="Everything in the file", class_="nodes"),
        element("noscript", element("p", "The tree needs JavaScript; nothing else on this page does.", class_="note")),
    ])  # fmt: skip


def _facts(content: _Content) -> Markup:
    tensors = objects = 0
    held: dict[int, int] = {}
    for _, item in walk(content.raw):
        storage = item if isinstance(item, RawStorage) else item.storage if isinstance(item, RawTensor) else None
        tensors += isinstance(item, RawTensor)
        objects += isinstance(item, T7Object)
        if storage is not None:
            held[id(storage.data)] = storage.data.count * storage.data.element.dtype.numpy.itemsize
    storages = f", in {len(held):,} storages of {memory_text(sum(held.values()))}" if held else ""
    facts = [*content.facts, ("Tensors", f"{tensors:,}{storages}"), ("Objects", f"{objects:,}")]
    return element("dl", [[element("dt", k), element("dd", v)] for k, v in facts], class_="facts")


def _page(content: _Content, sections: list[tuple[str, str, Content]], tree: Tree) -> str:
    folder = files("lua_compat.inspection.view")
    style, script = ((folder / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    links = [element("a", title, href=f"#{name}") for name, title, _ in sections]
    body = [element("section", element("h2", title), made, id=name, aria_label=title) for name, title, made in sections]
    fills = {
        "title": joined(content.title),
        "policy": joined(_policy(script)),
        "style": style,
        "facts": _facts(content),
        "links": joined(links),
        "sections": joined(body),
        "nodes": data(tree.to_list()),
        "script": script,
    }
    parts = (folder / "page.html").read_text(encoding="utf-8").split("{{")
    made = [parts[0]]
    for part in parts[1:]:
        name, rest = part.split("}}", 1)
        made += (fills[name], rest)
    return "".join(made)


def _policy(script: str) -> str:
    """What the page may do: run the one script of ours, and load nothing."""
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
