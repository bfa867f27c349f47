"""Statements, but for definitions of classes."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import closures
from lua_compat.translate import nodes as n
from lua_compat.translate.context import STATEMENTS, Context, statement
from lua_compat.translate.functions import define, info_of, return_value
from lua_compat.translate.kinds import (
    Fn,
    Type,
)
from lua_compat.translate.layout import comment_lines, lay_out
from lua_compat.translate.python import Py
from lua_compat.translate.truth import condition


def block(c: Context, node: n.Block) -> bool:
    """Writes the statements of a block; whether it ends in a return or the like."""
    ended = False
    skip = 0
    for i, s in enumerate(node.statements):
        if skip:
            skip -= 1
            continue
        if getattr(s, "method_of", None) is not None and c.function is None:
            continue  # its class has written it
        from lua_compat.translate import building

        skip = building.run(c, node.statements, i)
        if skip:
            skip -= 1
            ended = False
            continue
        write(c, s)
        ended = isinstance(s, n.Return) or (isinstance(s, n.If) and _all_return(s))
    for text in node.comments:
        c.lines += comment_lines(text, c.indent)
    return ended


def _all_return(s: n.If) -> bool:
    if s.branches[-1][0] is not None:
        return False
    return all(
        b.statements
        and (
            isinstance(b.statements[-1], n.Return)
            or (isinstance(b.statements[-1], n.If) and _all_return(b.statements[-1]))
        )
        for _, b in s.branches
    )


def write(c: Context, s: Any) -> None:
    """Writes a statement with its comments, and the marks of what is not sure about it."""
    saved = c.statement, c.line
    c.statement, c.line = s, s.line
    c.marks = []
    before, c.before = c.before, []
    if s.blank_before and c.lines and c.lines[-1] != "":
        c.lines.append("")
    for text in s.comments:
        c.lines += comment_lines(text, c.indent)
    _written(c, s)
    c.before = before
    c.statement, c.line = saved


def _written(c: Context, s: Any) -> None:
    """Writes the statement; one that runs a module beside training stands in ``with torch.no_grad()``."""
    outer = c.runs_in, c.runs
    c.runs_in, c.runs = c.scope if isinstance(s, _SIMPLE) and c.program.only_autograd else None, False
    start, unsure, names = len(c.lines), list(c.unsure), set(c.scope.names)
    STATEMENTS[type(s)](c, s)
    if c.runs:
        del c.lines[start:]
        c.unsure, c.scope.names, c.marks, c.before = unsure, names, [], []
        follows = c.no_grad_until == (start, c.indent) and not s.comments and not s.blank_before
        if not follows:
            c.lines.append(f"{' ' * c.indent}with torch.no_grad():")
        c.indent += 4
        STATEMENTS[type(s)](c, s)
        c.indent -= 4
        c.no_grad_until = len(c.lines), c.indent
    c.runs_in, c.runs = outer


_SIMPLE = (n.Local, n.Assign, n.CallStatement, n.Return)


def put(c: Context, code: str, tail: str | None = None, last: bool = True) -> None:
    """Writes a line of the current statement: what it needs before it, the code, its comment and its marks."""
    if c.before:
        c.lines += c.before
        c.before = []
    s = c.statement
    comment = s.trailing if tail is None and last else tail or ""
    marks = c.marks if last else []
    if last:
        for reason in c.marks:
            c.unsure.append((s.line, reason))
        c.marks = []
    said = "; ".join([*([comment.strip()] if comment.strip() else []), *[f"unsure: {m}" for m in marks]])
    if last:
        s.trailing_written = True
    c.lines += lay_out(code, c.indent, f"# {said}" if said else "")


def body(c: Context, node: n.Block) -> bool:
    """An indented block."""
    c.indent += 4
    start = len(c.lines)
    ended = block(c, node)
    if not any(line.strip() and not line.strip().startswith("#") for line in c.lines[start:]):
        c.lines.append(" " * c.indent + "pass")
    c.indent -= 4
    return ended


# -- calls, blocks, branches


@statement(n.CallStatement)
def _call_statement(c: Context, s: n.CallStatement) -> None:
    from lua_compat.translate import classes, files, special_statements

    if files.statement_require(c, s) or classes.write(c, s) or special_statements.write(c, s):
        return
    made = c.multi(s.call)
    if made.code in ("None", "", "0"):  # a call that Python needs nothing for
        if c.before or c.marks:
            put(c, "pass")
        return
    code = made.parts[0].code if made.parts else made.code
    put(c, code)


@statement(n.Do)
def _do(c: Context, s: n.Do) -> None:
    if s.trailing:
        c.lines += comment_lines(s.trailing, c.indent)
    block(c, s.body)


@statement(n.If)
def _if(c: Context, s: n.If) -> None:
    for k, (test, branch) in enumerate(s.branches):
        word = "if" if k == 0 else "elif"
        if test is None:
            c.lines.append(" " * c.indent + "else:")
        else:
            code = condition(c, test)
            if k > 0 and c.before:
                c.lines.append(" " * c.indent + "else:")
                c.indent += 4
                rest = n.If(s.line, s.end, s.branches[k:])
                c.before = []
                c.statement = rest
                _if(c, rest)
                c.indent -= 4
                return
            put(c, f"{word} {code.code}:", tail=s.trailing if k == 0 else "")
        body(c, branch)


@statement(n.While)
def _while(c: Context, s: n.While) -> None:
    code = condition(c, s.condition)
    put(c, f"while {code.code}:")
    body(c, s.body)


@statement(n.Repeat)
def _repeat(c: Context, s: n.Repeat) -> None:
    put(c, "while True:")
    c.indent += 4
    ended = block(c, s.body)
    if not ended:
        code = condition(c, s.condition)
        put(c, f"if {code.code}:", tail="")
        c.lines.append(" " * (c.indent + 4) + "break")
    c.indent -= 4


@statement(n.Break)
def _break(c: Context, s: n.Break) -> None:
    put(c, "break")


@statement(n.Goto)
def _goto(c: Context, s: n.Goto) -> None:
    loop = c.loops[-1] if c.loops else None
    if (
        loop is not None
        and loop.body.statements
        and isinstance(loop.body.statements[-1], n.Label)
        and loop.body.statements[-1].label == s.label
    ):
        put(c, "continue")
        return
    c.doubt(f"goto {s.label}: Python has none")
    put(c, f'raise NotImplementedError("goto {s.label}")')


@statement(n.Label)
def _label(c: Context, s: n.Label) -> None:
    if s.trailing:
        c.lines += comment_lines(s.trailing, c.indent)


@statement(n.Return)
def _return(c: Context, s: n.Return) -> None:
    if c.function is None:
        from lua_compat.translate import files

        files.returned(c, s)
        return
    if not s.values:
        from lua_compat.translate.functions import _learn_results

        if c.function.arity > 1:
            put(c, "return " + ", ".join(["None"] * c.function.arity))
            return
        if c.function.returns:
            _learn_results(c, c.function, [], False)
        put(c, "return")
        return
    put(c, f"return {return_value(c, s.values)}")


@statement(n.FunctionStatement)
def _function_statement(c: Context, s: n.FunctionStatement) -> None:
    from lua_compat.translate import classes

    if classes.method(c, s):
        return
    target = s.target
    if isinstance(target, n.Name):
        symbol: Any = target.symbol
        name = symbol.python or symbol.name
        info = info_of(c, s.function, name)
        c.learn(symbol, Type(Fn(info)))
        if c.indent == 0 and c.lines and c.lines[-1] != "" and not c.lines[-1].startswith("#"):
            c.lines.append("")
        c.lines += define(c, s.function, name, bound=closures.kept(c, s.function, symbol))
        return
    assert isinstance(target, n.Index)
    key = target.key.value  # type: ignore[attr-defined]
    owner = c.expr(target.object)
    table = owner.type.table
    if table is not None and table.of_module is c.unit and c.function is None:
        name = c.unit.exports[key]
        function = info_of(c, s.function, name)
        c.learn_field(table, key, Type(Fn(function)))
        c.lines += define(c, s.function, name)
        return
    found = info_of(c, s.function)
    name = c.fresh(found.name or key)
    found.name = name
    found.escapes = True
    c.lines += define(c, s.function, name)
    from lua_compat.translate.assignment import store

    store(c, target, Py(name, Type(Fn(found))))
