"""Rules of translation: a form of a call in Lua, the expression in Python, and what it gives.

A rule's parameters are letters: ``t`` a tensor, ``k`` a number, ``D`` a dimension and ``I`` an index (both count from 1
in Lua), ``J`` a tensor of indices, ``N`` a whole number, ``L`` a list, ``S`` a string, ``f`` a function, ``s`` a size,
``x`` anything. ``N*`` takes any number of whole numbers. In the expression ``{0}`` is the first of them (of a method,
the receiver), ``{*}`` the rest.
"""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass

from lua_compat.translate.kinds import (
    BOOL,
    FLOAT,
    INT,
    NOTHING,
    STR,
    T_ANY,
    T_BOOL,
    T_FLOAT,
    T_INT,
    T_NIL,
    T_OUT,
    T_STR,
    Tens,
    Thing,
    Type,
    join,
    tensor,
)
from lua_compat.translate.python import (
    ADD,
    AND,
    ATOM,
    COMPARE,
    IFELSE,
    LAMBDA,
    MUL,
    NOT,
    OR,
    POWER,
    UNARY,
    Py,
    arguments,
    minus_one,
)

_HOLE = re.compile(r"\{(\d+|\*)\}")


@dataclass(frozen=True)
class Rule:
    """One form of a call.

    Attributes:
        name: ``torch.cat``, or ``:cat`` for a method of tensors.
        params: the letters of its parameters; a method's first is the receiver.
        python: the expression; several with `` ;; `` between for a call of several values.
        result: what it gives: see `result_type`.
        source: where the rule is from.
    """

    name: str
    params: tuple[str, ...]
    python: str
    result: str = "any"
    source: str = "translate"

    def takes(self, args: list[Py]) -> bool:
        """Whether the arguments have this form."""
        params = self.params
        if params and params[-1].endswith("*"):
            if len(args) < len(params) - 1:
                return False
            params = params[:-1] + (params[-1][0],) * (len(args) - len(params) + 1)
        return len(args) == len(params) and all(_fits(p, a) for p, a in zip(params, args, strict=True))

    def fill(self, args: list[Py]) -> Py:
        """The expression for these arguments."""
        parts = [self._part(text.strip(), args) for text in self.python.split(";;")]
        types = [result_type(word, args) for word in self.result.split(";;")]
        made = [p.typed(t) for p, t in zip(parts, types, strict=True)]
        first = made[0]
        if len(made) == 1:
            return first
        return Py(first.code, first.type, first.level, tuple(types), tuple(made))

    def _part(self, text: str, args: list[Py]) -> Py:
        count = len(self.params) - (1 if self.params and self.params[-1].endswith("*") else 0)
        rest = [_given(self.params[-1][0], a) for a in args[count:]]

        def filled(match: re.Match[str]) -> str:
            if match[1] == "*":
                return arguments(rest)
            i = int(match[1])
            given = _given(self.params[i][0], args[i])
            before, after = text[: match.start()], text[match.end() :]
            plain = (not before or before[-1] in "([=" or before.endswith(", ")) and (not after or after[0] in "),]:")
            return given.code if plain and given.level > LAMBDA else given.at(ATOM)

        code = _HOLE.sub(filled, text).replace("(, ", "(").replace(", )", ")")
        return Py(code, NOTHING, level_of(text))


def _fits(letter: str, arg: Py) -> bool:
    t = arg.type
    if t.unknown and letter not in "S":
        return True
    if letter in "tJ":
        return t.one(Tens) is not None or t.has("out")
    if letter in "kDIN":
        return t.has(INT, FLOAT) or t.is_only(STR)
    if letter == "L":
        return t.table is not None or t.has("out")
    if letter == "S":
        return t.has(STR)
    if letter == "s":
        return t.has(Thing("size")) or t.table is not None
    if letter == "b":
        return t.has(BOOL)
    return True


def whole(arg: Py) -> Py:
    """The number as Python's int."""
    if arg.type.whole or not arg.type.has(FLOAT):
        return arg
    found = re.fullmatch(r"(.+) / (\d+|[\w.]+)", arg.code)
    if found and arg.level == MUL and arg.note == "int/int":
        return Py(f"{found[1]} // {found[2]}", T_INT, MUL)
    if arg.code.startswith("int("):
        return arg
    return Py(f"int({arg.code})", T_INT)


def _given(letter: str, arg: Py) -> Py:
    if letter in "DI":
        if arg.code.startswith("-") and arg.code[1:].isdigit():
            return arg
        return minus_one(whole(arg))
    if letter == "J":
        return minus_one(arg)
    if letter == "N":
        return whole(arg)
    return arg


@functools.cache
def level_of(text: str) -> int:
    """How tightly the outermost operator of an expression binds."""
    tree = ast.parse(re.sub(r"\{(\d+|\*)\}", "_", text.replace("{*}", "*_")), mode="eval").body
    if isinstance(tree, ast.BinOp):
        return {ast.Add: ADD, ast.Sub: ADD, ast.Pow: POWER}.get(type(tree.op), MUL)
    if isinstance(tree, ast.BoolOp):
        return OR if isinstance(tree.op, ast.Or) else AND
    if isinstance(tree, ast.UnaryOp):
        return NOT if isinstance(tree.op, ast.Not) else UNARY
    kinds = {ast.Compare: COMPARE, ast.IfExp: IFELSE, ast.Lambda: LAMBDA}
    return kinds.get(type(tree), ATOM)


_WORDS = {
    "nil": T_NIL,
    "bool": T_BOOL,
    "int": T_INT,
    "float": T_FLOAT,
    "str": T_STR,
    "any": T_ANY,
    "out": T_OUT,
    **{
        w: Type(Thing(w))
        for w in ("size", "file", "generator", "timer", "node", "stride", "dtype", "storage", "memory")
    },
    "str?": join(T_STR, T_NIL),
    "num": join(T_INT, T_FLOAT),
    "num?": join(T_INT, T_FLOAT, T_NIL),
}


def result_type(word: str, args: list[Py]) -> Type:
    """The type that a word of a rule stands for.

    ``T`` is a tensor, ``T2`` one of two dimensions, ``Ti`` of whole numbers, ``Tb`` of booleans; ``T=`` has as many
    dimensions as sizes are given, ``0`` is the type of the first argument, ``0-1`` that with one dimension less, and
    ``el`` an element of it.
    """
    word = word.strip()
    if word in _WORDS:
        return _WORDS[word]
    first = args[0].type.tensor if args else None
    if word == "el":
        return T_INT if first is not None and first.kind == "int" else T_FLOAT
    if word.startswith("T"):
        kind = {"i": "int", "b": "bool", "f": "float"}.get(word[-1])
        inner = word[1:].rstrip("ibf")
        if inner == "=":
            plain = [a for a in args if not a.type.one(Tens) and not a.type.has(Thing("generator"))]
            sized = any(a.type.has(Thing("size")) or a.type.table or a.star for a in plain)
            return tensor(None if sized else len(plain), kind)
        if inner == "0":
            return tensor(None if first is None else first.rank, kind)
        return tensor(int(inner) if inner else None, kind)
    if word == "0n":  # a number: whole where all of them are
        if all(a.type.whole for a in args):
            return T_INT
        if any(a.type.empty for a in args):
            return NOTHING
        return join(*[a.type for a in args]).without_nil()
    if word.isdigit():
        t = args[int(word)].type
        return t if t.tensor is not None else tensor()
    if word == "0-1":
        rank = None if first is None or first.rank is None else first.rank - 1
        return tensor(rank, None if first is None else first.kind)
    if word == "0+1":
        rank = None if first is None or first.rank is None else first.rank + 1
        return tensor(rank, None if first is None else first.kind)
    raise ValueError(f"no type is meant by {word!r}")


def rows(text: str, result: str | None = None) -> list[Rule]:
    """Rules out of lines such as ``:narrow t D I N | {0}.narrow({1}, {2}, {3}) | 0``."""
    found = []
    for line in text.strip().splitlines():
        if not line.strip():
            continue
        parts = [p.strip() for p in line.split(" | ")]
        name, *params = parts[0].split()
        found.append(Rule(name, tuple(params), parts[1], parts[2] if len(parts) > 2 else result or "any"))
    return found
