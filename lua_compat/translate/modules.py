"""Constructors of ``nn``: which call in Python makes the module that a call in Lua makes.

Nothing is written down here about single classes. The Lua constructor is run with numbers in the place of what is not
known, the registry converts the module, and the text of the Python module shows where each number went, and whether it
counts from 0 there. This is done twice with other numbers; the call that comes out is run and gives the same module.
"""

from __future__ import annotations

import ast
import functools
import inspect
from dataclasses import dataclass
from typing import Any

from lua_compat.errors import LuaError, MappingError
from lua_compat.mapping.registry import REGISTRY
from lua_compat.mapping.spellings import SPELLINGS
from lua_compat.translate.kinds import Mod, Type
from lua_compat.translate.python import ATOM, Py, shifted, string
from lua_compat.translate.templates import whole
from pytorch_from_lua import nn
from pytorch_from_lua.nn import init

#: Classes whose new modules draw numbers in Torch7 and not in Python (checked by a test over all of the registry).
DRAWN = {
    "nn.BatchNormalization",
    "nn.SpatialBatchNormalization",
    "nn.VolumetricBatchNormalization",
    "nn.InstanceNormalization",
}


#: Classes whose new modules do not show all of their arguments in their text: the call, argument for argument.
HIDDEN = {"nn.Add": ("{}", "scalar={}"), "nn.Maxout": ("{}", "{}", "{}")}


@dataclass(frozen=True)
class Arg:
    """An argument of a constructor: Lua text where it is a constant, else what stands for it in Python.

    Attributes:
        lua: the constant.
        py: the expression.
        kind: "number", "bool", "module", "tensor", "other".
    """

    lua: str | None
    py: Py | None
    kind: str = "number"


class CannotTellError(Exception):
    """A constructor whose arguments cannot be followed; the message says why."""


@functools.cache
def _runtime() -> Any:
    from lua_compat.bridge.runtime import Runtime

    lua = Runtime()
    lua.execute("require 'nn'; require 'nngraph'")
    return lua


def class_name(name: str) -> str | None:
    """The name in the registry of a class that a script names, or None."""
    if name in REGISTRY:
        return name
    return SPELLINGS[name].canonical if name in SPELLINGS and SPELLINGS[name].canonical in REGISTRY else None


@functools.cache
def takes_indices(name: str) -> bool:
    """Whether a module's input, or a criterion's target, counts from 1 in Lua and from 0 in Python."""
    spec = REGISTRY.get(name)
    if spec is None:
        return False
    for e in spec.examples:
        if e.values.startswith("labels") or (e.target is not None and e.target[1].startswith("labels")):
            return True
    return False


@functools.cache
def has_parameters(name: str) -> bool:
    """Whether new modules of a class have parameters: then making one may draw random numbers."""
    spec = REGISTRY.get(name)
    return spec is None or bool(spec.params) or spec.children


def construct(name: str, args: list[Arg], modifiers: list[tuple[str, list[Arg]]], fields: dict[str, Arg]) -> Py:
    """The constructor call in Python.

    Args:
        name: the class in the registry.
        args: the arguments in Lua.
        modifiers: methods called on the new module, such as ``noBias``.
        fields: fields that are set on it.

    Raises:
        CannotTellError: where the module that comes out does not show what an argument does.
    """
    if name in HIDDEN and not modifiers and not fields and 0 < len(args) <= len(HIDDEN[name]):
        return _hidden(name, args)
    every = [*args, *[a for _, given in modifiers for a in given], *fields.values()]
    unknown = [a for a in every if a.lua is None]
    form = (
        name,
        tuple([a.lua if a.lua is not None else a.kind for a in args]),
        tuple([(m, tuple([a.lua if a.lua is not None else a.kind for a in given])) for m, given in modifiers]),
        tuple([(f, a.lua if a.lua is not None else a.kind) for f, a in fields.items()]),
    )
    head, pieces = _template(form)
    texts = []
    for word, holes in pieces:
        text = word
        for mark, (number, shift, entire) in holes.items():
            given = unknown[number].py
            if given is not None and (shift or (entire and not _fraction_goes(form, number))):
                given = whole(given)
            text = text.replace(mark, shifted(given, shift).code if given is not None else "None")
        texts.append(text)
    return Py(f"nn.{head}({', '.join(texts)})", Type(Mod(name, name.endswith("Criterion"))), ATOM)


_SETS = (
    [5, 8, 11, 14, 17, 20, 23, 26, 29, 32],
    [7, 10, 13, 16, 19, 22, 25, 28, 31, 34],
)
_FRACTIONS = (
    [0.15, 0.35, 0.55, 0.75, 0.95, 0.25, 0.45, 0.65, 0.85, 0.05],
    [0.17, 0.37, 0.57, 0.77, 0.97, 0.27, 0.47, 0.67, 0.87, 0.07],
)


def _hidden(name: str, args: list[Arg]) -> Py:
    words = {"true": "True", "false": "False", "nil": "None"}
    codes = []
    for form, arg in zip(HIDDEN[name], args, strict=False):
        said = words.get(arg.lua, arg.lua) if arg.lua is not None else "None" if arg.py is None else arg.py.code
        codes.append(form.format(said))
    return Py(f"{name}({', '.join(codes)})", Type(Mod(name)), ATOM)


@functools.lru_cache(4096)
def _template(form: Any) -> tuple[str, tuple[tuple[str, Any], ...]]:
    name = form[0]
    kinds = [k for k in _kinds(form) if k in _OPEN]
    last = ""
    for tried in _attempts(kinds):
        numbers = tuple([_with_flags(kinds, tried[side], not side) for side in (0, 1)])
        try:
            made = [_made(form, numbers[side]) for side in (0, 1)]
            return _compare(name, kinds, numbers, made)
        except (LuaError, MappingError, CannotTellError, AttributeError, ValueError) as error:
            last = str(error).split("\n")[0]
    raise CannotTellError(last or f"{name} cannot be made with these arguments")


@functools.lru_cache(4096)
def _fraction_goes(form: Any, number: int) -> bool:
    """Whether an argument may be no whole number: the module is made then, and shows it."""
    kinds = [k for k in _kinds(form) if k in _OPEN]
    for whole_numbers in _SETS:
        values = _with_flags(kinds, list(whole_numbers), True)
        values[number] = values[number] + 0.5
        try:
            if str(values[number]) in repr(_made(form, values)):
                return True
        except (LuaError, MappingError):
            continue
    return False


_OPEN = ("number", "module", "tensor", "bool", "other")


def _kinds(form: Any) -> list[str]:
    _, args, modifiers, fields = form
    return [*args, *[k for _, given in modifiers for k in given], *[k for _, k in fields]]


def _attempts(kinds: list[str]) -> Any:
    """Numbers to try: whole ones, then fractions, then each of them for some."""
    count = len(kinds)
    yield _SETS
    yield tuple([values[: max(count, 1)][::-1] for values in _SETS])
    yield _FRACTIONS
    for mask in range(1, 2 ** min(count, 4) - 1):
        yield tuple(
            [
                [f if mask >> i & 1 else w for i, (w, f) in enumerate(zip(_SETS[s], _FRACTIONS[s], strict=True))]
                for s in (0, 1)
            ]
        )


def _with_flags(kinds: list[str], values: list[Any], flag: bool) -> list[Any]:
    """The numbers, with a truth value in the place of each argument that is one."""
    filled = [*values, *[3 * i + 40 for i in range(len(values), len(kinds))]]
    return [flag if i < len(kinds) and kinds[i] == "bool" else v for i, v in enumerate(filled)]


def _lua_of(kind: str, values: list[Any], place: list[int]) -> str:
    if kind not in _OPEN:
        return kind
    value = values[place[0]]
    place[0] += 1
    return {"module": "nn.Linear(4, 2)", "tensor": "torch.ones(3)"}.get(kind, repr(value).lower())


def _made(form: Any, values: list[Any]) -> Any:
    """The Python module that the Lua constructor's module becomes."""
    name, args, modifiers, fields = form
    place = [0]
    text = f"local m = {name}({', '.join([_lua_of(k, values, place) for k in args])})"
    for method, given in modifiers:
        text += f"\nm = m:{method}({', '.join([_lua_of(k, values, place) for k in given])}) or m"
    for field, kind in fields:
        text += f"\nm.{field} = {_lua_of(kind, values, place)}"
    lua = _runtime()
    state = lua.execute("return torch.getRNGState()")
    try:
        return lua.to_python(lua.execute(text + "\nreturn m"))
    finally:
        lua.execute("torch.setRNGState((...))", state)


def _call_of(module: Any) -> tuple[str, list[tuple[str | None, ast.expr]]]:
    """The constructor call that a module's text shows: the class, and its arguments with their keywords."""
    text = repr(module).split("\n")[0]
    if "\n" in repr(module):
        text += ")"
    try:
        call = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise CannotTellError(f"the text of {type(module).__name__} does not show its arguments") from error
    if isinstance(call, ast.Name):
        return call.id, []
    assert isinstance(call, ast.Call)
    given: list[tuple[str | None, ast.expr]] = [(None, a) for a in call.args]
    return type(module).__name__, given + [(k.arg, k.value) for k in call.keywords]


def _compare(name: str, kinds: list[str], numbers: Any, made: list[Any]) -> tuple[str, tuple[tuple[str, Any], ...]]:
    signature = inspect.signature(type(made[0])).parameters
    anything = any(p.kind is p.VAR_KEYWORD for p in signature.values())
    (head, first), (_, second) = _call_of(made[0]), _call_of(made[1])
    if len(first) != len(second):
        raise CannotTellError(f"{name}: the arguments change with their values")
    given: list[tuple[str | None, Any]] = []
    for i, kind in enumerate(kinds):
        if kind == "module":
            given.append((None, _Hole(i, 0)))
    for (word, a), (_, b) in zip(first, second, strict=True):
        if word is None or word in signature or anything:
            given.append((word, _joined(a, b, kinds, numbers)))
    tensors = [i for i, kind in enumerate(kinds) if kind == "tensor"]
    if tensors:
        word = next((w for w in ("weight", "kernel") if w in signature), None)
        if word is None or len(tensors) > 1:
            raise CannotTellError(f"{name}: a tensor among the arguments")
        given = [*[g for g in given if g[0] != word], (word, _Hole(tensors[0], 0))]
    if "other" in kinds:
        raise CannotTellError(f"{name}: an argument that is no number")
    checked = _minimal(head, given, signature, kinds, numbers, made)
    if checked is None:
        more = [*given, *_unshown(head, given, signature, kinds, numbers, made)]
        checked = _minimal(head, more, signature, kinds, numbers, made)
    if checked is None:
        same: list[tuple[str | None, Any]] = [(None, _Hole(i, 0)) for i in range(len(kinds))]
        checked = _minimal(head, same, signature, kinds, numbers, made)
    if checked is None:
        raise CannotTellError(f"{name}: the call that its text shows does not make it again")
    return head, tuple([_text(word, value) for word, value in checked])


@dataclass(frozen=True)
class _Hole:
    """The place of an argument, less what it counts from more, and whether it has to be whole."""

    number: int
    shift: int
    whole: bool = False


def _joined(a: ast.expr, b: ast.expr, kinds: list[str], numbers: Any) -> Any:
    """A value with holes out of the values of both runs."""
    if isinstance(a, ast.Tuple) and isinstance(b, ast.Tuple):
        return tuple([_joined(x, y, kinds, numbers) for x, y in zip(a.elts, b.elts, strict=True)])
    if ast.dump(a) == ast.dump(b):
        return float("inf") if isinstance(a, ast.Name) and a.id == "inf" else ast.literal_eval(a)
    try:
        x, y = ast.literal_eval(a), ast.literal_eval(b)
    except ValueError as error:
        raise CannotTellError(f"{ast.unparse(a)} does not show its arguments") from error
    for shift in (0, -1):
        for i, kind in enumerate(kinds):
            if kind == "bool" and shift == 0 and x is True and y is False:
                return _Hole(i, 0)
            if (
                kind == "number"
                and not isinstance(x, bool)
                and numbers[0][i] + shift == x
                and numbers[1][i] + shift == y
            ):
                return _Hole(i, shift, isinstance(x, int))
    for i, kind in enumerate(kinds):
        if kind == "number" and -numbers[0][i] == x and -numbers[1][i] == y:
            raise CannotTellError("an argument changes its sign")
    raise CannotTellError(f"it is computed how {x} comes from the arguments")


def _minimal(
    head: str, given: list[tuple[str | None, Any]], signature: Any, kinds: list[str], numbers: Any, made: Any
) -> Any:
    """The arguments without what is the default, or None where the call makes another module."""

    def same(candidate: list[tuple[str | None, Any]]) -> bool:
        return all(_makes(head, candidate, numbers[side], made[side]) for side in (0, 1))

    if not same(given):
        return None
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p, v in signature.items() if v.kind in plain and v.default is inspect.Parameter.empty]
    for item in list(given):
        if item[0] is not None and item[0] not in needed:
            without = [g for g in given if g is not item]
            if same(without):
                given = without
    for i, (word, value) in enumerate(given):
        if isinstance(value, tuple) and value and all(v == value[0] for v in value):
            simpler = [*given[:i], (word, value[0]), *given[i + 1 :]]
            if same(simpler):
                given = simpler
    positional = [word for word in needed if any(g[0] == word for g in given)]
    leading = [g for g in given if g[0] is None]
    if positional:
        order = [next(g for g in given if g[0] == word) for word in positional]
        rest = [g for g in given if g[0] is not None and g[0] not in positional]
        candidate = [*leading, *[(None, value) for _, value in order], *rest]
        if same(candidate):
            given = candidate
    rest = [g for g in given if g[0] is not None]
    if len(rest) == 1 and len(given) == 1 and not isinstance(rest[0][1], bool):
        candidate = [(None, rest[0][1])]
        if same(candidate):
            given = candidate
    return given


def _unshown(head: str, given: Any, signature: Any, kinds: list[str], numbers: Any, made: Any) -> list[tuple[str, Any]]:
    """Arguments that a module's text does not show: attributes that the call without them leaves otherwise."""
    try:
        ours = _build(head, given, numbers[0], made[0])
    except Exception:  # whatever it does not take
        return []
    found = []
    for word, value in vars(made[0]).items():
        if word not in signature or any(word == g[0] for g in given) or getattr(ours, word, value) == value:
            continue
        sides = [ast.parse(repr(getattr(m, word)), mode="eval").body for m in made]
        found.append((word, _joined(sides[0], sides[1], kinds, numbers)))
    return found


def _filled(value: Any, numbers: list[Any]) -> Any:
    if isinstance(value, _Hole):
        held = numbers[value.number]
        return held if isinstance(held, bool) else held + value.shift
    return tuple([_filled(v, numbers) for v in value]) if isinstance(value, tuple) else value


def _makes(head: str, given: list[tuple[str | None, Any]], numbers: list[Any], made: Any) -> bool:
    """Whether the call makes the module."""
    try:
        ours = _build(head, given, numbers, made)
    except Exception:  # whatever it does not take
        return False
    return _known(ours) == _known(made)


def _build(head: str, given: list[tuple[str | None, Any]], numbers: list[Any], made: Any) -> Any:
    positional, named = [], {}
    for word, value in given:
        if word is None:
            positional.append(_filled(value, numbers))
        else:
            named[word] = _filled(value, numbers)
    if any(isinstance(value, _Hole) for _, value in given) and isinstance(made, nn.Module) and made._modules:
        positional = [
            nn.Linear(4, 2) if isinstance(g[1], _Hole) and i == 0 else p
            for i, (g, p) in enumerate(zip([g for g in given if g[0] is None], positional, strict=True))
        ]
    with init.skipped():
        return getattr(nn, head)(*positional, **named)


def _known(module: Any) -> Any:
    """What there is to compare of a module."""
    hidden = {"torch7_class", "torch7_fields", "output", "gradInput"}
    plain = {
        k: v
        for k, v in module.__dict__.items()
        if k not in hidden and not k.startswith("_") and isinstance(v, (int, float, str, bool, tuple, type(None)))
    }
    shapes = [(k, None if p is None else p.shape) for k, p in module._parameters.items()]
    return repr(module).split("\n")[0] if module._modules else repr(module), plain, shapes


def _text(word: str | None, value: Any) -> tuple[str, Any]:
    holes: dict[str, tuple[int, int, bool]] = {}

    def said(v: Any) -> str:
        if isinstance(v, _Hole):
            mark = f"\x03{len(holes)}\x04"
            holes[mark] = (v.number, v.shift, v.whole)
            return mark
        if isinstance(v, tuple):
            return "(" + ", ".join(map(said, v)) + ("," if len(v) == 1 else "") + ")"
        if v == float("inf"):
            return "math.inf"
        return string(v) if isinstance(v, str) else repr(v)

    text = said(value)
    return (text if word is None else f"{word}={text}"), holes
