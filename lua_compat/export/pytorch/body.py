"""A class of a model's source: its attributes, the code of its forward, and where its modules come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lua_compat.export.pytorch.call import Call
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module

if TYPE_CHECKING:
    from lua_compat.export.pytorch.source import SourceWriter

#: Within the code of a forward: an expression for a tensor (or for a list that is not known), or the list of them.
Value = Any


class Unknown(str):
    """An expression for what may be a tensor or a list: the input of a model, say."""

    __slots__ = ()


#: What attributes are called after, by the class of the module; the first that fits.
_NAMES: tuple[tuple[type[Module] | tuple[type[Module], ...], str], ...] = (
    ((nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.TemporalConvolution), "conv"),
    ((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), "deconv"),
    ((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d), "bn"),
    ((nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d), "pool"),
    ((nn.Linear,), "linear"),
    ((nn.Embedding,), "embedding"),
    ((nn.Sequential,), "layers"),
)
#: Names that a module has of its own.
_TAKEN = set(dir(Module)) | {"T_destination", "call_super_init", "dump_patches", "compile", "extra_repr", "self", "x"}


def base_name(module: Module) -> str:
    """What an attribute with this module is called, without a number."""
    for kinds, name in _NAMES:
        if isinstance(module, kinds):
            return name
    name = type(module).__name__.replace("LU", "lu").replace("CAdd", "Add").replace("CMul", "Mul")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class Attribute:
    """What is assigned in ``__init__``: its call, the name it would like, and the modules of ours in it."""

    def __init__(self, wish: str, call: Call, places: list[tuple[str, str]]) -> None:
        self.wish, self.call, self.places = wish, call, places


class Body:
    """One class that is being written.

    Args:
        writer: says modules as calls, and writes the classes of those that need code of their own.
    """

    def __init__(self, writer: SourceWriter) -> None:
        self.writer = writer
        self.attributes: list[Attribute] = []
        self.lines: list[str] = []
        self.input = "x"
        self._of_module: dict[Any, int] = {}
        self._variables: set[str] = set()

    # -- attributes -----------------------------------------------------------------------------------------------

    def attribute(self, module: Module, place: str, wish: str | None = None) -> str:
        """``self.NAME`` for a module at a place below the container that this class is for."""
        key = self.writer.identity(module)
        if key in self._of_module:
            number = self._of_module[key]
            self.attributes[number].places.append((place, ""))
        else:
            call = self.writer.one(module)
            if isinstance(module, nn.Bilinear) and call.name == "BilinearOfPair":
                call = Call("nn.Bilinear", call.arguments)
            if call.bound is not None:  # the attribute is the name
                self.writer.name(module, f"self.@{len(self.attributes)}@")
                call = Call(call.name, call.arguments)
            number = self._add(wish or base_name(module), call, [(place, "")])
            self._of_module[key] = number
        return f"self.@{number}@"

    def run_of(self, modules: list[tuple[str, Module]], wish: str = "layers") -> str:
        """``self.NAME`` for several modules, one after the other."""
        calls = tuple([(None, self.writer.nested(module)) for _, module in modules])
        places = [(place, str(i)) for i, (place, _) in enumerate(modules)]
        return f"self.@{self._add(wish, Call('nn.Sequential', calls), places)}@"

    def _add(self, wish: str, call: Call, places: list[tuple[str, str]]) -> int:
        self.attributes.append(Attribute(wish, call, places))
        return len(self.attributes) - 1

    def names(self) -> list[str]:
        """The names of the attributes: with numbers where several would like the same."""
        wishes = [a.wish if a.wish.isidentifier() else "module" for a in self.attributes]
        names: list[str] = []
        for wish in wishes:
            base = f"{wish}_" if wish in _TAKEN else wish
            name = base if wishes.count(wish) == 1 and base not in names else None
            number = 1
            while name is None or name in names:
                name = f"{base}{number}"
                number += 1
            names.append(name)
        return names

    def renamed(self) -> list[tuple[str, str]]:
        """Where each module below the container is in the class: pairs of the two paths."""
        pairs = []
        for name, attribute in zip(self.names(), self.attributes, strict=True):
            for ours, theirs in attribute.places:
                pairs.append((ours, f"{name}.{theirs}" if theirs else name))
        return pairs

    # -- code -----------------------------------------------------------------------------------------------------

    def variable(self, wish: str = "x") -> str:
        """A name that no other value has."""
        first = wish if wish.isidentifier() else "x"
        names = [first, *("yzuvw" if first == "x" else ()), *[f"{first}{i}" for i in range(2, 2000)]]
        found = next(name for name in names if name not in self._variables)
        self._variables.add(found)
        return found

    def bind(self, value: Value, name: str | None = None) -> Value:
        """The value under a name, so that it is worked out once."""
        if isinstance(value, list):
            return [self.bind(v) for v in value]
        if value.isidentifier():
            return value
        name = self.variable() if name is None else name
        self.lines.append(f"{name} = {value}")
        return type(value)(name)

    def finished(self) -> tuple[list[tuple[str, Call]], list[str]]:
        """The attributes by name, and the lines of the forward."""
        names = self.names()

        def said(text: str) -> str:
            return re.sub(r"@(\d+)@", lambda m: names[int(m[1])], text)

        calls = [attribute.call.renamed(said) for attribute in self.attributes]
        return list(zip(names, calls, strict=True)), [said(line) for line in self.lines]


def rendered(value: Value) -> str:
    """A value as an expression."""
    return "[" + ", ".join(map(rendered, value)) + "]" if isinstance(value, list) else value


def atom(value: Value) -> str:
    """An expression that may stand beside an operator."""
    text = rendered(value)
    return text if re.fullmatch(r"[\w.@]+(\[\w+\])?", text) or _is_call(text) else f"({text})"


def _is_call(text: str) -> bool:
    """Whether all of it is one call, list or index: nothing stands outside of its brackets."""
    depth = 0
    for k, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and not (letter.isalnum() or letter in "_.@)]"):
            return False
        if depth < 0 or (depth == 0 and letter in ")]" and k + 1 < len(text) and text[k + 1] not in ".[("):
            return False
    return True
