"""The reference: which names stand on which page. mkdocstrings writes what their docstrings say."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docstrings import torch7_names

#: Families whose pages are one page, for they are small, or read together: the page, its title, the package.
PACKAGES = (
    ("pytorch_from_lua/functions", "Functions", "pytorch_from_lua"),
    ("pytorch_from_lua/linalg", "linalg", "pytorch_from_lua.linalg"),
    ("pytorch_from_lua/special", "special", "pytorch_from_lua.special"),
    ("pytorch_from_lua/autograd", "autograd", "pytorch_from_lua.autograd"),
    ("pytorch_from_lua/functional", "nn.functional", "pytorch_from_lua.nn.functional"),
    ("pytorch_from_lua/init", "nn.init", "pytorch_from_lua.nn.init"),
    ("pytorch_from_lua/utils", "nn.utils", "pytorch_from_lua.nn.utils"),
    ("pytorch_from_lua/rnn", "nn.utils.rnn", "pytorch_from_lua.nn.utils.rnn"),
    ("pytorch_from_lua/optim", "optim", "pytorch_from_lua.optim"),
    ("pytorch_from_lua/lr_scheduler", "optim.lr_scheduler", "pytorch_from_lua.optim.lr_scheduler"),
    ("pytorch_from_lua/data", "data", "pytorch_from_lua.data"),
    ("pytorch_from_lua/transforms", "data.transforms", "pytorch_from_lua.data.transforms"),
    ("pytorch_from_lua/safetensors", "safetensors", "pytorch_from_lua.safetensors"),
    ("pytorch_from_lua/cuda", "cuda", "pytorch_from_lua.cuda"),
    ("pytorch_from_lua/errors", "Errors", "pytorch_from_lua.errors"),
    ("lua_compat/index", "lua_compat", "lua_compat"),
    ("lua_compat/mapping", "lua_compat.mapping", "lua_compat.mapping"),
    ("lua_compat/classes", "Classes of your own", "lua_compat.mapping.spec"),
    ("lua_compat/t7", "lua_compat.t7", "lua_compat.t7"),
    ("lua_compat/view", "lua_compat.inspection.view", "lua_compat.inspection.view"),
    ("lua_compat/onnx", "lua_compat.export.onnx", "lua_compat.export.onnx"),
    ("lua_compat/errors", "Errors of lua_compat", "lua_compat.errors"),
)
#: What a page says before the names.
INTRODUCTIONS = {
    "pytorch_from_lua": (
        "Every method of [tensors](tensor/index.md) that gives a new tensor is a function as well: `torch.exp(x)` is "
        "`x.exp()`. Here are the functions that are no methods."
    ),
}
#: Packages of few names, which need no families.
_IN_ONE_LIST = {
    *("lua_compat", "lua_compat.export", "lua_compat.inspection.view", "lua_compat.mapping", "lua_compat.t7"),
    "pytorch_from_lua.nn.utils",
}
#: Packages whose pages describe what others name as well.
_FIRST = {"pytorch_from_lua.autograd", "lua_compat.errors"}
#: Titles of families whose file's name says too little.
_TITLES = {
    "nn.class_loss": "Losses of classes",
    "nn.comparing": "Products and distances of two inputs",
    "nn.comparison": "Bilinear, cosine and distances to weights",
    "nn.composed_loss": "Losses made of losses",
    "nn.connected": "Partly connected convolutions",
    "nn.contrast": "Contrast normalization",
    "nn.decorators": "Around one module",
    "nn.layer_norm": "Layer and group norm",
    "nn.linear": "Linear",
    "nn.loss": "Losses",
    "nn.normalization": "Batch and instance norm",
    "nn.pair_loss": "Losses of pairs",
    "nn.passing": "What passes the input on",
    "nn.picking": "Index, mask and one-hot",
    "nn.sparse": "Embeddings",
    "nn.table": "Tables",
    "nn.zipping": "Tables of tables",
    "tensor.base": "Storage and shape",
    "tensor.history": "Gradients",
    "tensor.inplace_views": "Views in place",
}


@dataclass(frozen=True)
class Name:
    """A public name: what it is called by users, where it is defined, and what it is."""

    name: str
    path: str
    value: Any

    @property
    def module(self) -> str:
        """The module that defines it."""
        return self.path.rpartition(".")[0]

    @property
    def summary(self) -> str:
        """The first paragraph of its docstring, fit for a cell of a table."""
        paragraph = re.sub(r"``(.+?)``", r"`\1`", (self.value.__doc__ or "").split("\n\n")[0])
        outside_code = r"\|(?=[^`]*(`[^`]*`[^`]*)*$)"  # an even number of backticks follows
        return re.sub(r"\s+", " ", re.sub(outside_code, r"\\|", paragraph)).strip()


def names_of(package: Any) -> list[Name]:
    """Return the public classes and functions of a package."""
    listed = getattr(package, "__all__", None)
    names = listed if listed is not None else [n for n in vars(package) if not n.startswith("_")]
    found = []
    for name in names:
        value = getattr(package, name)
        module = getattr(value, "__module__", None)
        if not callable(value) or not module or not module.startswith(package.__name__.split(".")[0]):
            continue
        if listed is None and module != package.__name__:
            continue
        if getattr(importlib.import_module(module), name, None) is value:
            found.append(Name(name, f"{module}.{name}", value))
    return found


def title_of(module: str) -> str:
    """Return a title for the module of a family.

    >>> title_of("pytorch_from_lua.nn.adaptive_pooling")
    'Adaptive pooling'
    """
    short = module.partition(".")[2]
    return _TITLES.get(short) or short.rpartition(".")[2].replace("_", " ").capitalize()


def by_family(names: list[Name]) -> dict[str, list[Name]]:
    """Return the names by the modules that define them, both in order."""
    families: dict[str, list[Name]] = {}
    for name in sorted(names, key=lambda n: (n.module, n.name.lower())):
        families.setdefault(name.module, []).append(name)
    return families


def directive(path: str, level: int, **options: str) -> str:
    """Return the lines at which mkdocstrings puts what it knows of a name."""
    lines = [f"      {name}: {value}\n" for name, value in {"heading_level": level, **options}.items()]
    return f"::: {path}\n    options:\n{''.join(lines)}"


def names_only(page: str) -> str:
    """Return a page with headings in the place of what mkdocstrings would write."""
    return re.sub(r"^::: (\S+)\n(?:    .*\n)*", r"#### `\1` {#\1}\n", page, flags=re.MULTILINE)


def summary_of(module: Any) -> str:
    """Return the docstring of a package without its examples."""
    return (inspect.getdoc(module) or "").split("\n>>> ")[0].strip()


def package_page(title: str, package: str, names: list[Name], elsewhere: list[Name]) -> str:
    """Return the page of a package: some names family by family, and where the others are described."""
    parts = [f"# {title}", f"`{package}`", INTRODUCTIONS.get(package) or summary_of(importlib.import_module(package))]
    families = by_family(names)
    if len(families) == 1 or package in _IN_ONE_LIST:
        parts += [directive(name.path, 2) for name in sorted(names, key=lambda n: n.name.lower())]
    else:
        for family, members in families.items():
            parts += [f"## {title_of(family)}", *(directive(name.path, 3) for name in members)]
    if elsewhere:
        parts += ["## On other pages", ", ".join(f"[`{name.name}`][{name.path}]" for name in elsewhere)]
    return "\n\n".join(parts) + "\n"


def shared_out() -> dict[str, tuple[list[Name], list[Name]]]:
    """Return for each package the names that its page describes, and those that another page does."""
    found: dict[str, tuple[list[Name], list[Name]]] = {}
    described = {"pytorch_from_lua.tensor.tensor.Tensor"}
    packages = [package for _, _, package in PACKAGES]
    for package in sorted(packages, key=lambda p: p not in _FIRST):
        names = names_of(importlib.import_module(package))
        found[package] = (
            [name for name in names if name.path not in described],
            [name for name in names if name.path in described],
        )
        described.update(name.path for name in names)
    return found


def nn_pages() -> Iterator[tuple[str, str, str]]:
    """Yield the pages of `nn`: name, title and text; the first lists all of them."""
    package = importlib.import_module("pytorch_from_lua.nn")
    torch7 = torch7_names()
    families = by_family(names_of(package))
    rows = []
    for family, names in families.items():
        page = f"{family.rpartition('.')[2]}.md"
        for name in names:
            said = " ".join(f"`{other}`" for other in torch7.get(name.value, []))
            rows.append(f"| [{name.name}]({page}#{name.path}) | {said} | {name.summary} |")
    parts = ["# nn", summary_of(package), "| Python | Torch7 | |\n| --- | --- | --- |\n" + "\n".join(sorted(rows))]
    yield "pytorch_from_lua/nn/index", "All modules", "\n\n".join(parts) + "\n"
    for family, names in families.items():
        parts = [f"# {title_of(family)}", *(directive(name.path, 2) for name in names)]
        yield f"pytorch_from_lua/nn/{family.rpartition('.')[2]}", title_of(family), "\n\n".join(parts) + "\n"


def tensor_pages() -> Iterator[tuple[str, str, str]]:
    """Yield the pages of tensors: name, title and text; the first lists all methods."""
    tensor = importlib.import_module("pytorch_from_lua").Tensor
    families = [cls for cls in tensor.__mro__[1:-1] if any(not n.startswith("_") for n in vars(cls))]
    rows = []
    for cls in families:
        page = f"{cls.__module__.rpartition('.')[2]}.md"
        for name, value in vars(cls).items():
            if name.startswith("_") or (name.endswith("_") and name[:-1] in vars(cls)):
                continue
            path = f"{cls.__module__}.{cls.__name__}.{name}"
            both = f" `{name}_`" if f"{name}_" in vars(cls) else ""
            rows.append(f"| [`{name}`]({page}#{path}){both} | {Name(name, path, value).summary} |")
    head = "Methods whose names end in `_` change the tensor, the others give a new one or a view.\n"
    table = "| Method | |\n| --- | --- |\n" + "\n".join(sorted(rows, key=str.lower))
    own = directive("pytorch_from_lua.tensor.tensor.Tensor", 2, show_root_toc_entry="false")
    parts = ["# Tensor", own, "## All methods", head, table]
    yield "pytorch_from_lua/tensor/index", "All methods", "\n\n".join(parts) + "\n"
    for cls in families:
        options = {"show_root_heading": "false", "show_root_toc_entry": "false", "members_order": "alphabetical"}
        text = f"# {title_of(cls.__module__)}\n\n{directive(f'{cls.__module__}.{cls.__name__}', 2, **options)}"
        yield f"pytorch_from_lua/tensor/{cls.__module__.rpartition('.')[2]}", title_of(cls.__module__), text


def pages() -> tuple[dict[str, str], list[Any]]:
    """Return all pages of the reference by their names, and the part of the navigation that leads to them."""
    found: dict[str, str] = {}
    navigation: dict[str, list[Any]] = {"pytorch_from_lua": [], "lua_compat": []}
    for title, made in (("Tensor", tensor_pages()), ("nn", nn_pages())):
        entries = []
        for page, name, text in made:
            found[f"reference/{page}.md"] = text
            entries.append({name: f"reference/{page}.md"})
        navigation["pytorch_from_lua"].append({title: entries})
    shared = shared_out()
    for page, title, package in PACKAGES:
        found[f"reference/{page}.md"] = package_page(title, package, *shared[package])
        navigation[page.partition("/")[0]].append({title: f"reference/{page}.md"})
    return found, [{name: entries} for name, entries in navigation.items()]
