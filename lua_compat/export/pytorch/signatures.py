"""A class's signature, written as Python writes it, read as a rule: which attributes of a module become arguments.

``nn.Conv2d(in_channels, out_channels, *, kernel_size, stride=1)`` says: the first two by place, the others by name, and
``stride`` only where it is not 1. A default that is a name stands for the value of that argument. ``p: norm=2.0`` says
that the argument ``p`` is the attribute ``norm``; ``*modules`` that the modules below are the arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from lua_compat.export.pytorch.call import Call, literal
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Tensor

#: Arguments for which one number means the same for every dimension.
OF_EACH_DIMENSION = {"kernel_size", "stride", "padding", "dilation", "output_padding", "output_size", "scale_factor"}
OF_EACH_DIMENSION |= {"size", "input_size"}

_REQUIRED = object()


@dataclass(frozen=True)
class SameAs:
    """A default: the value of another argument."""

    attribute: str


@dataclass(frozen=True)
class Argument:
    """One argument: its name, the attribute that it is, whether it is given by name, and what it is where left out."""

    name: str
    attribute: str
    by_name: bool
    default: Any = _REQUIRED


@dataclass(frozen=True)
class Signature:
    """The name of a class and its arguments; see the module's text."""

    name: str
    arguments: tuple[Argument, ...]
    rest: str | None = None

    def call(self, module: Any, said: Callable[[Module], Call], tensor: Callable[[Tensor], str] = literal) -> Call:
        """The call that makes a module like this one; ``said`` gives those of the modules below it, ``tensor`` the
        expressions of tensors among its arguments.
        """
        given: list[tuple[str | None, str | Call]] = []
        for argument in self.arguments:
            value = _value(module, argument)
            default = argument.default
            if isinstance(default, SameAs):
                default = _plain(argument.name, attrgetter(default.attribute)(module))
            if default is not _REQUIRED and type(value) is not Tensor and value == default:
                continue
            told: str | Call = tensor(value) if isinstance(value, Tensor) else literal(value)
            if isinstance(value, Module):
                told = said(value)
            given.append((argument.name if argument.by_name else None, told))
        if self.rest == "modules":
            given[:0] = [(None, said(child)) for child in module._modules.values()]
        elif self.rest is not None:
            given[:0] = [(None, literal(value)) for value in attrgetter(self.rest)(module)]
        return Call(self.name, tuple(given))


def _value(module: Any, argument: Argument) -> Any:
    value = attrgetter(argument.attribute)(module)
    if isinstance(argument.default, bool):
        return value is not None if value is None or isinstance(value, Tensor) else bool(value)
    return _plain(argument.name, value)


def _plain(name: str, value: Any) -> Any:
    """One number for several that are equal, where it means the same."""
    if isinstance(value, tuple) and value and name in OF_EACH_DIMENSION and len(set(value)) == 1:
        return value[0]
    if isinstance(value, tuple) and len(value) == 1 and name == "normalized_shape":
        return value[0]
    return value


def parsed(text: str) -> Signature:
    """The signature in a line of text.

    >>> parsed("nn.Linear(in_features, out_features, bias=True)").name
    'nn.Linear'
    """
    name, _, arguments = text.partition("(")
    function = ast.parse(f"def f({arguments}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    given = function.args
    made = []
    none: list[ast.expr | None] = [None] * (len(given.args) - len(given.defaults))
    for each, by_name, defaults in (
        (given.args, False, [*none, *given.defaults]),
        (given.kwonlyargs, True, given.kw_defaults),
    ):
        for argument, default in zip(each, defaults, strict=True):
            value = _REQUIRED if default is None else _default(default)
            made.append(Argument(argument.arg, _attribute(argument), by_name or default is not None, value))
    return Signature(name.strip(), tuple(made), _attribute(given.vararg))


def _attribute(argument: Any) -> Any:
    if argument is None:
        return None
    return argument.arg if argument.annotation is None else ast.unparse(argument.annotation)


def _default(node: ast.expr) -> Any:
    return SameAs(node.id) if isinstance(node, ast.Name) else ast.literal_eval(node)
