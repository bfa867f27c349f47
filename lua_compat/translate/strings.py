"""Strings: formats, patterns, and the methods of strings."""

from __future__ import annotations

import re
from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate import rules
from lua_compat.translate.context import Context
from lua_compat.translate.kinds import T_INT, T_NIL, T_STR, Tab, Type, join
from lua_compat.translate.operators import interpolated
from lua_compat.translate.python import ATOM, Py, minus_one, string
from lua_compat.translate.runtime.patterns import captures, is_plain, to_regex
from lua_compat.translate.templates import whole

_SPEC = re.compile(r"%([-+ #0]*)(\d*)(?:\.(\d+))?([diouxXcsqfFeEgGaA%])")


def formatted(c: Context, text: str, args: list[Py]) -> Py | None:
    """``string.format`` with a constant format, or None where it is not one to translate."""
    parts: list[Any] = []
    position, at = 0, 0
    for match in _SPEC.finditer(text):
        if match.start() > at:
            parts.append(text[at : match.start()])
        at = match.end()
        if match[4] == "%":
            parts.append("%")
            continue
        if position >= len(args) or args[position].star:
            return None
        made = _part(c, args[position], match)
        if made is None:
            return None
        parts.append(made)
        position += 1
    if at < len(text):
        parts.append(text[at:])
    return interpolated(c, _joined(parts))


def _joined(parts: list[Any]) -> list[Any]:
    out: list[Any] = []
    for p in parts:
        if isinstance(p, str) and out and isinstance(out[-1], str):
            out[-1] += p
        else:
            out.append(p)
    return out


def _constant(value: Py) -> str | None:
    """The text of a string literal."""
    import ast

    if not value.type.string or value.code[:1] not in "\"'":
        return None
    try:
        found = ast.literal_eval(value.code)
    except (SyntaxError, ValueError):
        return None
    return found if isinstance(found, str) else None


def _part(c: Context, value: Py, match: re.Match[str]) -> tuple[Py, str] | str | None:
    flags, width, precision, kind = match.groups()
    if "#" in flags:
        return None
    left = "<" if "-" in flags else ""
    sign = "+" if "+" in flags else " " if " " in flags else ""
    zero = "0" if "0" in flags and not left else ""
    constant = _constant(value)
    if kind == "s" and constant is not None:
        return ("%" + match[0][1:]) % constant
    if kind == "s":
        cut = f".{precision}" if precision else ""
        form = f"{left or '>'}{width}{cut}" if width else cut
        if not value.type.string or value.type.has("nil", "any"):
            if value.type.whole and not value.type.has("any"):
                value = Py(f"str({value.code})", T_STR) if form else value
            else:
                value = Py(f"{c.lua('tostring')}({value.code})", T_STR)
        return value, form
    if kind in "di":
        if not value.type.whole or value.type.has("any"):
            value = Py(f"int({value.code})", T_INT)
        form = f"{left}{sign}{zero}{width}"
        return value, f"{form}d" if form else ""
    if kind in "fFeEgG":
        exact = f".{precision}" if precision is not None else ""
        return value, f"{left}{sign}{zero}{width}{exact}{kind}"
    if kind in "xXo":
        return Py(f"int({value.code})", T_INT), f"{left}{zero}{width}{kind}"
    if kind == "c":
        return Py(f"chr({value.code})", T_STR), ""
    return None


def format_call(c: Context, form: Any, args: list[Py]) -> Py:
    """``string.format(form, ...)``."""
    if isinstance(form, n.Paren):
        form = form.inner
    if isinstance(form, n.String):
        made = formatted(c, form.value, args)
        if made is not None:
            return made
    code = ", ".join([c.expr(form).code, *[f"*{a.at(ATOM)}" if a.star else a.code for a in args]])
    return Py(f"{c.lua('format')}({code})", T_STR)


def contains(c: Context, node: Any) -> Py | None:
    """``s:find('word')`` as a condition: ``"word" in s``."""
    if isinstance(node, n.Method) and node.name in ("find", "match") and len(node.args) == 1:
        owner, pattern = node.object, node.args[0]
    elif isinstance(node, n.Call) and isinstance(node.function, n.Index) and len(node.args) == 2:
        f = node.function
        named = isinstance(f.object, n.Name) and f.object.name == "string" and isinstance(f.key, n.String)
        if not named or f.key.value not in ("find", "match"):  # type: ignore[attr-defined]
            return None
        owner, pattern = node.args
    else:
        return None
    if not isinstance(pattern, n.String):
        return None
    subject = c.expr(owner)
    if not subject.type.string and not subject.type.unknown:
        return None
    text = pattern.value
    if is_plain(text):
        return Py(f"{string(text)} in {subject.at(6)}", Type("bool"), 5)
    regex = to_regex(text)
    if regex is None:
        return None
    c.need("re")
    return Py(f"re.search({_raw(regex)}, {subject.code})", Type("bool"))


def _raw(regex: str) -> str:
    if '"' in regex or regex.endswith("\\"):
        return string(regex)
    return f'r"{regex}"' if "\\" in regex else f'"{regex}"'


def method(c: Context, owner: Py, name: str, nodes: list[Any]) -> Py | None:
    """A method of a string, which is a function of Lua's string library."""
    if name == "format":
        return None
    args = c.many(nodes)
    if name in ("gmatch", "gfind") and len(nodes) == 1 and isinstance(nodes[0], n.String):
        return _gmatch(c, owner, nodes[0].value)
    if name == "match" and nodes and isinstance(nodes[0], n.String):
        return _match(c, owner, nodes, args)
    if name == "find" and nodes and isinstance(nodes[0], n.String):
        count = 2 + captures(nodes[0].value)
        code = f"{c.lua('find')}({', '.join([owner.code, *[a.code for a in args]])})"
        return Py(code, join(T_INT, T_NIL), ATOM, (join(T_INT, T_NIL),) * count)
    if name == "gsub" and len(nodes) == 2 and isinstance(nodes[0], n.String) and isinstance(nodes[1], n.String):
        made = _gsub(c, owner, nodes[0].value, nodes[1].value)
        if made is not None:
            return made
    if name == "sub":
        return _sub(c, owner, nodes, args)
    if name == "byte" and len(args) <= 1:
        place = minus_one(whole(args[0])).code if args else "0"
        return Py(f"ord({owner.at(ATOM)}[{place}])", T_INT)
    for rule in rules.table().get(f"string.{name}", ()):
        if rule.takes([owner, *args]):
            made_rule = rule.fill([owner, *args])
            c.need("lua") if "lua." in made_rule.code else None
            return made_rule
    if name == "split":
        info = c.table_of(("split", c.unit))
        c.learn_elem(info, T_STR)
        return Py(f"{owner.at(ATOM)}.split({', '.join([a.code for a in args])})", Type(Tab(info)))
    return None


def _gmatch(c: Context, owner: Py, pattern: str) -> Py:
    if pattern == ".":
        return Py(owner.code, T_STR, owner.level, note="iterable")
    regex = to_regex(pattern)
    if regex is None:
        return Py(f"{c.lua('gmatch')}({owner.code}, {string(pattern)})", T_STR, note="iterable")
    c.need("re")
    return Py(f"re.findall({_raw(regex)}, {owner.code})", T_STR, note="iterable")


def _match(c: Context, owner: Py, nodes: list[Any], args: list[Py]) -> Py:
    count = captures(nodes[0].value)
    kind = join(T_STR, T_NIL)
    code = f"{c.lua('match')}({', '.join([owner.code, *[a.code for a in args]])})"
    return Py(code, kind, ATOM, (kind,) * count if count > 1 else None)


def _gsub(c: Context, owner: Py, pattern: str, given: str) -> Py | None:
    if "%" in given:
        return None
    if pattern.startswith("^") and is_plain(pattern[1:].replace("%.", "")) and not given:
        return Py(f"{owner.at(ATOM)}.removeprefix({string(pattern[1:].replace('%.', '.'))})", T_STR)
    if is_plain(pattern.replace("%.", "")):
        return Py(f"{owner.at(ATOM)}.replace({string(pattern.replace('%.', '.'))}, {string(given)})", T_STR)
    regex = to_regex(pattern)
    if regex is None:
        return None
    c.need("re")
    return Py(f"re.sub({_raw(regex)}, {string(given)}, {owner.code})", T_STR)


def _sub(c: Context, owner: Py, nodes: list[Any], args: list[Py]) -> Py:
    """``s:sub(i, j)``: a slice where the places count from the front."""
    start = nodes[0]
    constant = isinstance(start, n.Number) and start.value >= 1
    if len(args) == 1 and constant:
        return Py(f"{owner.at(ATOM)}[{int(start.value) - 1}:]", T_STR)
    if len(args) == 2 and constant and isinstance(nodes[1], n.Number):
        return Py(f"{owner.at(ATOM)}[{int(start.value) - 1}:{nodes[1].text}]", T_STR)
    same = (
        len(args) == 2
        and isinstance(start, n.Name)
        and isinstance(nodes[1], n.Name)
        and start.symbol is nodes[1].symbol
    )
    if same and start.symbol.loop_from_1:
        return Py(f"{owner.at(ATOM)}[{minus_one(whole(args[0])).code}]", T_STR)
    return Py(f"{c.lua('sub')}({', '.join([owner.code, *[a.code for a in args]])})", T_STR)
