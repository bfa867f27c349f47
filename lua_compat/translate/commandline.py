"""``torch.CmdLine``: an argparse parser with options of the same names, with one dash or two."""

from __future__ import annotations

from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context
from lua_compat.translate.kinds import BOOL, FLOAT, INT, NOTHING, T_ANY, T_NIL, T_STR, Tab, TableInfo, Type
from lua_compat.translate.python import ATOM, NONE, Py, string
from lua_compat.translate.statements import put


def statement(c: Context, call: n.Method, owner: Py, info: TableInfo) -> bool:
    """A call that says what the command line takes; whether it was one."""
    if call.name == "text":
        _text(c, call, owner, info)
        return True
    if call.name in ("option", "argument"):
        _option(c, call, owner, info)
        return True
    if call.name in ("log", "addTime"):
        c.doubt(f"{call.name} of a command line")
        put(c, "pass")
        return True
    return False


def _text(c: Context, call: n.Method, owner: Py, info: TableInfo) -> None:
    """The first text is the description; the others are headings, which argparse makes itself."""
    if not call.args:
        return
    text = c.expr(call.args[0]).code
    first = info.fields.get("\x00text")
    if first is None:
        info.fields["\x00text"] = NOTHING
        call.first_text = True  # type: ignore[attr-defined]
    if getattr(call, "first_text", False) and text not in ('""',):
        put(c, f"{owner.at(ATOM)}.description = {text}")


def _option(c: Context, call: n.Method, owner: Py, info: TableInfo) -> None:
    name = call.args[0]
    rest = [c.expr(a) for a in call.args[1:]]
    if not isinstance(name, n.String):
        c.mark(info, "string")
        c.learn_value(info, T_STR, T_ANY)
        put(c, f"{c.lua('option')}({', '.join([owner.code, c.expr(name).code, *[r.code for r in rest]])})")
        return
    word = name.value.lstrip("-")
    if call.name == "argument":
        c.learn_field(info, word, T_STR)
        about = f", help={_help(rest[0].code)}" if rest else ""
        put(c, f"{owner.at(ATOM)}.add_argument({string(word)}{about})")
        return
    default = rest[0] if rest else NONE
    about = f", help={_help(rest[1].code)}" if len(rest) > 1 else ""
    kind = default.type
    names = f'"-{word}", "--{word}"'
    if kind.is_only(BOOL):
        c.learn_field(info, word, kind)
        action = "store_false" if default.code == "True" else "store_true"
        put(c, f'{owner.at(ATOM)}.add_argument({names}, action="{action}"{about})')
        return
    number = kind.is_only(INT, FLOAT)
    c.learn_field(info, word, kind)
    typed = f", type={c.lua('number')}" if number else ""
    put(c, f"{owner.at(ATOM)}.add_argument({names}{typed}, default={default.code}{about})")


def _help(code: str) -> str:
    return code.replace("%", "%%")


def method(c: Context, node: n.Method, owner: Py, info: TableInfo) -> Py:
    """A call on a command line that gives something: `parse`."""
    if node.name == "parse":
        info = info.find()
        info.fields.pop("\x00text", None)
        c.program.parsed.add(id(info))
        given = node.args[0] if node.args else None
        plain = given is None or (isinstance(given, n.Name) and given.name == "arg" and given.symbol.function is None)
        args = "" if plain else c.expr(given).code
        return Py(f"{c.lua('Table')}(vars({owner.at(ATOM)}.parse_args({args})))", Type(Tab(info)))
    if node.name == "string":
        args_ = [c.expr(a).code for a in node.args]
        return Py(f"{c.lua('option_string')}({', '.join(args_)})", T_STR)
    statement_like = statement(c, node, owner, info)
    _ = statement_like
    return Py("None", T_NIL)
