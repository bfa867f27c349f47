"""Imports point down only, and what is optional or slow to import is not imported at start-up."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("pytorch_from_lua", "lua_compat")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# The layers of lua_compat, from the bottom up.
LAYERS = ("t7", "mapping", "inspection", "export", "guide", "translate", "bridge")


def above(layer: str) -> list[str]:
    """A layer of lua_compat and those above it, as modules."""
    return [f"lua_compat.{name}" for name in LAYERS[LAYERS.index(layer) :]]


# Folder of the importer -> what it must not import, anywhere in a file. The layers, from the bottom up.
FORBIDDEN = {
    "pytorch_from_lua": ["lua_compat", "lupa", "torch", "sklearn", "matplotlib", "torchfile"],
    "pytorch_from_lua/kernels": [
        f"pytorch_from_lua.{layer}" for layer in ("tensor", "autograd", "nn", "optim", "data")
    ],
    "pytorch_from_lua/tensor": [f"pytorch_from_lua.{layer}" for layer in ("nn", "optim", "data")],
    "pytorch_from_lua/autograd": [f"pytorch_from_lua.{layer}" for layer in ("nn", "optim", "data")],
    "pytorch_from_lua/nn": ["pytorch_from_lua.data"],
    "pytorch_from_lua/optim": ["pytorch_from_lua.data"],
    "pytorch_from_lua/data": ["pytorch_from_lua.nn", "pytorch_from_lua.optim"],
    "lua_compat": ["torch", "sklearn", "torchfile", "cupy", "onnxruntime"],
    "lua_compat/t7": ["lupa", *above("mapping")],
    "lua_compat/mapping": ["lupa", *above("inspection")],
    "lua_compat/inspection": ["lupa", *above("export")],
    "lua_compat/export": ["lupa", *above("guide")],
    "lua_compat/guide": ["lupa", *above("translate")],
}
# Of those, what one file may import on first use: the scanner borrows LuaJIT's compiler and no more, and does without.
EXEMPT = {("lua_compat/t7/scanner.py", "lupa")}
# Imported in one file only.
ONLY_IN = {
    "cupy": "pytorch_from_lua/tensor/backend.py",
    "scipy": "pytorch_from_lua/kernels/scientific.py",
    "cupyx": "pytorch_from_lua/kernels/scientific.py",
    "PIL": "pytorch_from_lua/pictures.py",
    "IPython": "pytorch_from_lua/pictures.py",
    "matplotlib": "lua_compat/bridge/plots.py",
    "tree_sitter": "lua_compat/translate/parser.py",
    "tree_sitter_lua": "lua_compat/translate/parser.py",
    "onnx": "lua_compat/export/onnx/library.py",
}
# Never at the top of a module: they take longer to import than `th` may take to start.
ON_FIRST_USE = ["numba", "cupy", "cupyx", "scipy", "PIL", "matplotlib", "IPython", "onnx"]
# Files over numba's own types, which cannot be read without it: they are imported on first use themselves.
OF_NUMBA = [
    f"pytorch_from_lua/kernels/{name}.py"
    for name in ("loops_direct", "loops_layers", "loops_product", "loops_winograd", "product_tiles", "vectors")
]
MODULES_OF_NUMBA = [name.removesuffix(".py").replace("/", ".") for name in OF_NUMBA]
ON_FIRST_USE += MODULES_OF_NUMBA


@dataclass(frozen=True)
class Import:
    """One imported name, and whether the import runs when the module is loaded."""

    name: str
    line: int
    at_load: bool


def is_dynamic_import(node: ast.AST) -> bool:
    """Tell whether the node is a call that imports a module of a fixed name."""
    if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
        return False
    return ast.unparse(node.func) in ("importlib.import_module", "import_module", "__import__")


def imports_of(source: str, module: str, *, is_package: bool) -> Iterator[Import]:
    """Yield every import of a module, relative ones resolved; those for type checkers only are left out."""

    def visit(node: ast.AST, at_load: bool) -> Iterator[Import]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.orelse:
                yield from visit(child, at_load)
            return
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, at_load) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level > 0:
                parts = module.split(".")
                parents = parts[: len(parts) - node.level + (1 if is_package else 0)]
                base = ".".join([*parents, *([base] if base else [])])
            yield from (Import(f"{base}.{alias.name}", node.lineno, at_load) for alias in node.names)
        elif is_dynamic_import(node):
            yield Import(str(node.args[0].value), node.lineno, at_load)
        inside = at_load and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside)

    yield from visit(ast.parse(source), True)


def imports_of_file(path: Path) -> list[Import]:
    relative = path.relative_to(ROOT).with_suffix("")
    is_package = path.name == "__init__.py"
    module = ".".join(relative.parts[:-1] if is_package else relative.parts)
    return list(imports_of(path.read_text(encoding="utf-8"), module, is_package=is_package))


def names_module(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def complaints(relative: str, imports: list[Import]) -> list[str]:
    """Return what is wrong with the imports of one file."""
    found = []
    for item in imports:
        where = f"{relative}:{item.line}: imports {item.name}"
        exempt = [module for file, module in EXEMPT if file == relative and not item.at_load]
        for folder, modules in FORBIDDEN.items():
            left = [module for module in modules if module not in exempt]
            if relative.startswith(f"{folder}/") and any(names_module(item.name, module) for module in left):
                found.append(f"{where}, which {folder} must not know")
        for module, home in ONLY_IN.items():
            if names_module(item.name, module) and relative != home:
                found.append(f"{where}, which only {home} may")
        early = item.at_load and relative not in OF_NUMBA
        if early and any(names_module(item.name, module) for module in ON_FIRST_USE):
            found.append(f"{where} when it is loaded, not on first use")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_down(path: Path) -> None:
    assert complaints(path.relative_to(ROOT).as_posix(), imports_of_file(path)) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("pytorch_from_lua/nn/linear.py", "import lua_compat.t7"),
        ("pytorch_from_lua/nn/linear.py", "from lupa import luajit21"),
        ("pytorch_from_lua/kernels/loss.py", "from pytorch_from_lua import tensor"),
        ("pytorch_from_lua/kernels/loss.py", "from ..autograd.engine import Node"),
        ("pytorch_from_lua/kernels/loss.py", "def f():\n    from .. import nn"),
        ("pytorch_from_lua/kernels/loss.py", "import numba"),
        ("pytorch_from_lua/kernels/loss.py", "class A:\n    import numba"),
        ("pytorch_from_lua/kernels/loss.py", "def f():\n    import cupy"),
        ("pytorch_from_lua/kernels/loss.py", "import importlib\nx = importlib.import_module('scipy.special')"),
        ("pytorch_from_lua/tensor/backend.py", "import cupy"),
        ("pytorch_from_lua/pictures.py", "from PIL import Image"),
        ("lua_compat/bridge/host.py", "def f():\n    import matplotlib.pyplot"),
        ("lua_compat/t7/scanner.py", "from lupa.luajit21 import LuaRuntime"),
        ("lua_compat/t7/reader.py", "def f():\n    import lupa"),
    ],
)
def test_the_scan_finds_what_it_should(file: str, source: str) -> None:
    module = file.removesuffix(".py").replace("/", ".")
    assert complaints(file, list(imports_of(source, module, is_package=False)))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("pytorch_from_lua/nn/linear.py", "from ..tensor import Tensor\nimport numpy"),
        ("pytorch_from_lua/kernels/loss.py", "def f():\n    import numba"),
        ("pytorch_from_lua/tensor/backend.py", "def f():\n    import cupy"),
        (
            "pytorch_from_lua/kernels/x.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..nn import A",
        ),
    ],
)
def test_the_scan_lets_pass_what_it_should(file: str, source: str) -> None:
    module = file.removesuffix(".py").replace("/", ".")
    assert complaints(file, list(imports_of(source, module, is_package=False))) == []


_IMPORT_ALL = """
import importlib, json, pkgutil, sys
blocked, packages, left = json.loads(sys.argv[1])
for name in blocked:
    sys.modules[name] = None  # an import of it fails
imported = []
for package in packages:
    root = importlib.import_module(package)
    imported.append(package)
    for module in pkgutil.walk_packages(root.__path__, package + '.'):
        if not module.name.endswith('__main__') and module.name not in left:
            importlib.import_module(module.name)
            imported.append(module.name)
print(json.dumps(imported))
"""


@pytest.mark.parametrize(
    ("packages", "blocked"),
    [
        (["pytorch_from_lua"], ["lua_compat", "lupa"]),
        (["pytorch_from_lua", "lua_compat"], []),
    ],
    ids=["pytorch_from_lua", "both"],
)
def test_everything_imports_without_what_is_optional(packages: list[str], blocked: list[str]) -> None:
    late = ["numba", "cupy", "scipy", "PIL", "matplotlib", "onnx"]
    absent = ["torch", "sklearn", "torchfile", "hypothesis", "pytest", "IPython", "onnxruntime"]
    given = json.dumps([[*blocked, *late, *absent], packages, MODULES_OF_NUMBA])
    command = [sys.executable, "-W", "error", "-c", _IMPORT_ALL, given]
    process = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert process.returncode == 0, process.stderr
    assert set(packages) < set(json.loads(process.stdout))
