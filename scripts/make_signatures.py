"""Writes the type stubs of the package's functions anew: `make signatures`, or `python scripts/make_signatures.py`.

Most functions are methods under another roof, made while the package is imported, so a type checker or an editor
cannot see them in the sources. Here each gets the signature of what it stands for, read from the sources, with the
argument ``out`` that it takes besides.
"""

from __future__ import annotations

import ast
import functools
import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytorch_from_lua as torch
from pytorch_from_lua import linalg, special
from pytorch_from_lua.tensor import _types
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.functions import FUNCTIONS
from pytorch_from_lua.tensor.legacy import TYPED
from pytorch_from_lua.tensor.tensor import Tensor

HEADER = '"""Signatures for type checkers and editors; made by scripts/make_signatures.py, so do not edit."""\n'
#: Where the names come from that annotations use, besides Python's own and the classes of `_types`.
IMPORTS = {
    "Any": "typing", "Literal": "typing", "NamedTuple": "typing", "overload": "typing",
    "Callable": "collections.abc", "Iterable": "collections.abc", "Sequence": "collections.abc",
    "Dims": "pytorch_from_lua.tensor.reduction", "DType": "pytorch_from_lua.tensor.dtype",
    "Generator": "pytorch_from_lua.tensor.generator", "Tensor": "pytorch_from_lua.tensor.tensor",
    "TensorBase": "pytorch_from_lua.tensor.base",
    "Histogram": "pytorch_from_lua.tensor._methods", "MantissaExponent": "pytorch_from_lua.tensor._methods",
    "MinMax": "pytorch_from_lua.tensor._methods", "ValuesIndices": "pytorch_from_lua.tensor._methods",
    **dict.fromkeys(
        ["Eigen", "FactorInfo", "LUPivots", "LUPivotsInfo", "PLU", "QR", "SVD", "SVDV"],
        "pytorch_from_lua.tensor.factorizations",
    ),
    **dict.fromkeys(
        ["InverseInfo", "LeastSquares", "ResultInfo", "SignLogAbsDet", "TriangularSolution"],
        "pytorch_from_lua.tensor.matrices",
    ),
    "PackedQR": "pytorch_from_lua.tensor.reflections",
    **dict.fromkeys(["DTypeLike", "Number", "Operand", "Sizes", "TensorLike"], _types.__name__),
}  # fmt: skip
#: The signatures of methods that are rows of a table; see `tensor/_methods.py`.
ONE = ast.parse("def one(self) -> Tensor: ...").body[0]
TWO = ast.parse("def two(self, other: Operand) -> Tensor: ...").body[0]


@functools.cache
def _definitions(module: str) -> dict[str, list[ast.FunctionDef]]:
    """Every function and method of a module by its qualified name; all of its signatures where it is overloaded."""
    found: dict[str, list[ast.FunctionDef]] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                found.setdefault(prefix + node.name, []).append(node)

    visit(ast.parse(inspect.getsource(sys.modules[module])).body, "")
    return {name: nodes[:-1] or nodes for name, nodes in found.items()}


def _signatures(function: Callable[..., Any]) -> list[ast.FunctionDef]:
    """The signatures of a function or method, as they are written."""
    inner = inspect.unwrap(function)
    written = _definitions(inner.__module__).get(inner.__qualname__)
    if written is not None:
        return written
    row = getattr(Tensor, function.__name__.removesuffix("_"))  # an operation in place has its arguments in a tuple
    made = TWO if len(inspect.signature(row).parameters) == 2 else ONE
    assert isinstance(made, ast.FunctionDef)
    return [made]


class _Builtins(ast.NodeTransformer):
    """Python's own types by their full names: element types have the short ones in the package."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in ("bool", "float", "int"):
            return ast.Attribute(ast.Name("builtins"), node.id)
        return ast.Name("Tensor") if node.id == "Self" else node


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _plain(default: ast.expr) -> ast.expr:
    """A default that needs no import."""
    return ast.Constant(...) if any(isinstance(node, ast.Name) for node in ast.walk(default)) else default


def _arguments(given: ast.arguments, method: bool, in_place: bool) -> ast.arguments:
    """The arguments of a function; those of a method after the tensor, which is named ``input``."""
    node = ast.parse(f"def f({ast.unparse(given)}): ...").body[0]
    assert isinstance(node, ast.FunctionDef)
    args = node.args
    for arg in filter(None, [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]):
        if arg.annotation is not None:
            arg.annotation = _Builtins().visit(arg.annotation)
    args.defaults = [_plain(d) for d in args.defaults]
    args.kw_defaults = [None if d is None else _plain(d) for d in args.kw_defaults]
    if method:
        first = (args.posonlyargs or args.args)[0]
        first.arg = "input"
        first.annotation = ast.Name("Tensor" if in_place else "Operand")
        if in_place and not args.posonlyargs:
            args.posonlyargs = [args.args.pop(0)]
    return args


def _function(name: str, function: Callable[..., Any], method: bool, out: bool) -> Iterator[str]:
    """The stub of a function, or of a method as a function, which takes ``out`` or works in place."""
    nodes = _signatures(function)
    for node in nodes:
        args = _arguments(node.args, method, method and not out)
        returns = "Any" if node.returns is None else ast.unparse(_Builtins().visit(node.returns))
        if out and not returns.startswith("builtins."):
            kind = "Tensor | None" if returns == "Tensor" else "tuple[Tensor, ...] | None"
            args.kwonlyargs.append(ast.arg("out", _expression("Any" if returns == "Any" else kind)))
            args.kw_defaults.append(ast.Constant(None))
        if len(nodes) > 1:
            yield "@overload"
        yield f"def {name}({ast.unparse(args)}) -> {returns}:"
        summary = (function.__doc__ or "...").strip().splitlines()[0]
        yield f'    {"r" * (chr(92) in summary)}"""{summary}"""'


def _takes_out(function: Callable[..., Any]) -> bool:
    """Whether this is a function around another one, which writes the result to ``out``."""
    return hasattr(function, "__wrapped__") and "out" in function.__code__.co_varnames


def _imported(module: str, name: str, new: str) -> str:
    """An import that a stub passes on; one under another name it would keep for itself."""
    if name == new:
        return f"from {module} import {name} as {name}"
    return f"from {module} import {name} as _{new}\n{new} = _{new}"


def _entry(module: ModuleType, name: str) -> Iterator[str]:
    """The lines that declare one public name of a module."""
    value = getattr(module, name)
    if name == "tensor":  # the package, which is called as the function
        yield _imported("pytorch_from_lua.tensor.creation", "tensor", "tensor")
    elif isinstance(value, ModuleType):
        yield _imported(value.__name__.rpartition(".")[0], name, name)
    elif isinstance(value, DType):
        yield f"{name}: DType"
    elif value is tuple:
        yield f"{name} = tuple[builtins.int, ...]"
    elif name in TYPED:
        yield f"{name} = Tensor"
    elif isinstance(value, type):
        yield _imported(value.__module__, value.__name__, name)
    elif value is None:
        yield f"{name}: None"
    elif not callable(value):
        yield f"{name}: {'builtins.float' if isinstance(value, float) else type(value).__name__}"
    elif value in _BACK:
        yield from _function(name, getattr(Tensor, _BACK[value]), True, not _BACK[value].endswith("_"))
    elif _takes_out(value) or value.__module__ == module.__name__:
        yield from _function(name, value, False, _takes_out(value))
    else:
        yield _imported(value.__module__, value.__name__, name)


#: The method that each function of the table stands for.
_BACK = {function: name for name, function in reversed(FUNCTIONS.items())}


def public_names(module: ModuleType) -> list[str]:
    """What a user may ask a module for: its list, and what comes when it is first asked for."""
    tables = ("_PACKAGES", "_FILES", "_TYPES", "TYPED", "FUNCTIONS", "_FUNCTIONS")
    later = {name for table in tables for name in vars(module).get(table, ())}
    return sorted({*module.__all__, *later.intersection(dir(module))})


def stub(module: ModuleType) -> str:
    """The text of a module's stub, not formatted yet."""
    names = public_names(module)
    entries = ["\n".join(_entry(module, name)) for name in names]
    body = "\n".join(sorted(entries, key=lambda entry: not entry.startswith("from ")))
    words = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    imports = [f"from {IMPORTS[word]} import {word}" for word in sorted(words & {*IMPORTS} - {*names})]
    return "\n".join([HEADER, "import builtins", *sorted(imports), body, ""])


def path(module: ModuleType) -> Path:
    """Where a module's stub stands: beside it."""
    assert module.__file__ is not None
    return Path(module.__file__).with_suffix(".pyi")


#: The modules that have functions which their sources do not show.
MODULES = (torch, linalg, special)


def main() -> int:
    """Writes all of them."""
    for module in MODULES:
        path(module).write_text(stub(module), encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    return subprocess.run([ruff, "format", "--quiet", *map(path, MODULES)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
