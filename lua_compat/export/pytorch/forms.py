"""The classes of a source: those that differ in numbers alone are one class, whose ``__init__`` takes the numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from lua_compat.export.pytorch.call import WIDTH, Call
from lua_compat.export.pytorch.plain import SIGNATURES

_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?|\((-?\d+, )+-?\d+\)")
#: Stands for a number in the text that equal classes share.
_HOLE = "\0"
#: Names of several arguments that are one number.
_SIZES = {"in_channels": "channels", "out_channels": "channels", "num_features": "channels"}
_SIZES |= {"in_features": "features", "out_features": "features"}

Attributes = list[tuple[str, Call]]


@dataclass
class Form:
    """A class, and the numbers of each place where one like it stands.

    Attributes:
        title: what it would like to be called.
        input: the argument of its forward.
        attributes: names and calls, of the first place.
        code: the lines of its forward.
        holes: the name of each number.
        places: the numbers of each place, as text.
    """

    title: str
    input: str
    attributes: Attributes
    code: list[str]
    holes: list[str]
    places: list[tuple[str, ...]] = field(default_factory=list)

    def arguments(self) -> dict[int, tuple[str, int]]:
        """Of each number that is not the same everywhere: the argument, and the first number that it stands for."""
        groups: dict[tuple[str, ...], list[int]] = {}
        for hole, values in enumerate(zip(*self.places, strict=True)):
            if len(set(values)) > 1:
                groups.setdefault(values, []).append(hole)
        found: dict[int, tuple[str, int]] = {}
        taken: set[str] = set()
        for holes in groups.values():
            names = dict.fromkeys(self.holes[hole] for hole in holes)
            base = next(iter(names)) if len(names) == 1 else _SIZES.get(next(iter(names)), next(iter(names)))
            name, number = base, 2
            while name in taken:
                name, number = f"{base}{number}", number + 1
            taken.add(name)
            found.update(dict.fromkeys(holes, (name, holes[0])))
        return dict(sorted(found.items()))


class Forms:
    """All classes of a source, in the order in which they are needed."""

    def __init__(self) -> None:
        self._forms: dict[str, Form] = {}

    def place(self, title: str, input: str, attributes: Attributes, code: list[str]) -> Call:
        """The call of a class with these attributes and this code; `finished` makes it final."""
        holes: list[tuple[str, str]] = []

        def hole(name: str, text: str) -> str:
            holes.append((name, text))
            return _HOLE

        lines = [f"{name} = {self._with(call, hole)}" for name, call in attributes]
        key = "\n".join([title, input, *lines, "", *code])
        form = self._forms.setdefault(key, Form(title, input, attributes, code, [name for name, _ in holes]))
        values = tuple([text for _, text in holes])
        if values not in form.places:
            form.places.append(values)
        return Call(f"<{list(self._forms).index(key)}>", tuple([(None, value) for value in values]))

    def _form(self, call: Call) -> int | None:
        """The number of the class of ours that is called."""
        found = re.fullmatch(r"<(\d+)>", call.name)
        return None if found is None else int(found[1])

    def names(self) -> list[str]:
        """The names of the classes, with numbers where several would like the same."""
        titles = [form.title for form in self._forms.values()]
        return [t if titles.index(t) == i else f"{t}{titles[: i + 1].count(t)}" for i, t in enumerate(titles)]

    def finished(self, call: Call) -> Call:
        """A call in which each class of ours has its name and the arguments that it takes."""
        arguments = tuple([(n, self.finished(a) if isinstance(a, Call) else a) for n, a in call.arguments])
        number = self._form(call)
        if number is None:
            return Call(call.name, arguments, call.bound, call.called)
        taken = list(self._forms.values())[number].arguments()
        kept = [arguments[hole] for hole, (_, first) in taken.items() if hole == first]
        return Call(self.names()[number], tuple(kept), call.bound, call.called)

    def texts(self) -> Iterator[str]:
        """The classes as text."""
        for name, form in zip(self.names(), self._forms.values(), strict=True):
            taken = form.arguments()
            named = {hole: argument for hole, (argument, _) in taken.items()}
            said = partial(_argument, named, count())
            attributes = [(n, self._with(call, said)) for n, call in form.attributes]
            options = [argument for hole, (argument, first) in taken.items() if hole == first]
            yield self.text(name, form.input, attributes, form.code, options)

    def text(self, name: str, input: str, attributes: Attributes, code: list[str], options: Sequence[str] = ()) -> str:
        """A class with these attributes and this code."""
        lines = [f"class {name}(nn.Module):"]
        if attributes:
            lines += [f"    def __init__({', '.join(['self', *options])}):", "        super().__init__()"]
            for attribute, call in attributes:
                said = list(self.finished(call).lines(WIDTH - len(attribute) - 8))
                lines += [f"        self.{attribute} = {said[0]}", *[f"        {line}" for line in said[1:]]]
            lines.append("")
        lines += [f"    def forward(self, {input}):", *[f"        {line}" for line in code]]
        return "\n".join(lines)

    def calls(self) -> Iterator[Call]:
        """All calls in the classes."""
        for form in self._forms.values():
            for _, call in form.attributes:
                yield call

    def _with(self, call: Call, said: Callable[[str, str], str]) -> Call:
        """The call with ``said(name, text)`` for each number in it."""
        names = self._argument_names(call)
        arguments: list[tuple[str | None, str | Call]] = []
        for place, (name, argument) in enumerate(call.arguments):
            if isinstance(argument, Call):
                arguments.append((name, self._with(argument, said)))
            elif _NUMBER.fullmatch(argument):
                known = name or (names[place] if place < len(names) else "size")
                arguments.append((name, said(known, argument)))
            else:
                arguments.append((name, argument))
        return Call(call.name, tuple(arguments), call.bound, call.called)

    def _argument_names(self, call: Call) -> list[str]:
        number = self._form(call)
        if number is not None:
            return list(self._forms.values())[number].holes
        signature = SIGNATURES.get(call.name.removeprefix("nn."))
        return [a.name for a in signature.arguments] if signature is not None and signature.rest is None else []


def _argument(named: dict[int, str], numbers: Iterator[int], _: str, text: str) -> str:
    """The argument that the next number is, or the number."""
    return named.get(next(numbers), text)
