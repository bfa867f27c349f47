"""An extension of griffe, which reads the docstrings for mkdocstrings: what only running code knows.

Many methods and classes are made by tables, of which reading the files shows a name and a call. They get the signature
and the docstring that they have when the package is imported. Examples become blocks of code, and a module says which
class of Torch7 it stands for.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections import defaultdict
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^( *)>>> ")
_CODE = re.compile(r"``(.+?)``")


def fenced_examples(text: str) -> str:
    """Return a docstring with its examples as blocks of code; examples in sections keep their place."""
    lines, out, indent = text.split("\n"), [], None
    for i, line in enumerate(lines):
        found = _EXAMPLE.match(line)
        if indent is None and found:
            indent = found[1]
            out.append(f"{indent}```pycon")
        elif indent is not None and not line.strip():
            following = next((other for other in lines[i:] if other.strip()), "")
            if not following.startswith(f"{indent}>>> "):
                out.append(f"{indent}```")
                indent = None
        out.append(line)
    return "\n".join([*out, f"{indent}```"] if indent is not None else out)


def torch7_names() -> dict[type, list[str]]:
    """Return for each class of modules the classes of Torch7 that load as it."""
    from lua_compat.mapping.registry import REGISTRY

    names: dict[type, list[str]] = defaultdict(list)
    for name, spec in REGISTRY.items():
        if isinstance(spec.python, type):
            names[spec.python].append(name)
    return names


def value_at(path: str) -> Any:
    """Return what a dotted path stands for, None where there is nothing of that name."""
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for name in parts[cut:]:
            value = inspect.getattr_static(value, name, None)
        return value
    return None


def parameters_of(signature: inspect.Signature, *, bound: bool = False) -> griffe.Parameters:
    """Return a signature as griffe has it, that of a bound method without the object."""
    return griffe.Parameters(
        *(
            griffe.Parameter(
                p.name,
                kind=griffe.ParameterKind(p.kind.description),
                default=None if p.default is p.empty else repr(p.default),
                annotation=None if p.annotation is p.empty else _said(p.annotation),
            )
            for p in list(signature.parameters.values())[bound:]
        )
    )


def _said(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def function_of(name: str, value: Any, parent: Any) -> griffe.Function:
    """Return a function that runs as griffe has it."""
    signature = inspect.signature(value)
    returns = None if signature.return_annotation is signature.empty else _said(signature.return_annotation)
    made = griffe.Function(
        name, parameters=parameters_of(signature, bound=parent.is_class), returns=returns, parent=parent, runtime=True
    )
    text = inspect.cleandoc(value.__doc__ or "")
    if text:
        made.docstring = griffe.Docstring(text, parent=made, parser="google")
    return made


def _is_made(scope: griffe.Module | griffe.Class, name: str, running: Any, value: Any) -> bool:
    """Whether a function is there that no `def` of the class or module defines, and that says what it does."""
    member = scope.members.get(name)
    if member is not None and (member.is_alias or not member.is_attribute):
        return False
    return bool(running.__doc__) and (member is not None or inspect.isclass(value))


class Running(griffe.Extension):
    """Puts what the imported package says in the place of what reading it could not find out."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Go through a package when it has been read."""
        self._torch7 = torch7_names()
        self._visit(pkg)

    def _visit(self, scope: griffe.Module | griffe.Class) -> None:
        value = value_at(scope.path)
        if value is None:
            return
        for member in list(scope.members.values()):
            if member.is_alias:
                continue
            if isinstance(member, griffe.Module | griffe.Class):
                self._visit(member)
        for name, running in list(vars(value).items()):
            if not name.startswith("_") and inspect.isfunction(running) and _is_made(scope, name, running, value):
                scope.set_member(name, function_of(name, running, scope))
        if isinstance(scope, griffe.Class):
            self._describe(scope, value)
        for member in scope.members.values():
            if not member.is_alias and member.docstring is not None:
                member.docstring.value = fenced_examples(member.docstring.value)

    def _describe(self, scope: griffe.Class, value: Any) -> None:
        signature = vars(value).get("__signature__")
        if signature is not None:
            made = griffe.Function("__init__", parameters=parameters_of(signature), parent=scope, runtime=True)
            scope.set_member("__init__", made)
        names = self._torch7.get(value, [])
        if names and scope.docstring is not None:
            said = ", ".join(f"`{name}`" for name in names)
            scope.docstring.value = f"{scope.docstring.value.rstrip()}\n\nIn Torch7 {said}."
