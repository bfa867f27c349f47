"""Lua source to a syntax tree, through tree-sitter's grammar of Lua."""

from __future__ import annotations

import bisect
from typing import Any

import tree_sitter
import tree_sitter_lua

from lua_compat.errors import TranslateError
from lua_compat.translate import nodes as n

_LANGUAGE = tree_sitter.Language(tree_sitter_lua.language())
_OPERATORS = {"+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", ">", "<=", ">=", "and", "or"}
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def parse(source: str, file: str = "script.lua") -> n.Block:
    """The syntax tree of a file.

    Raises:
        TranslateError: where the text is no Lua, with the file and the line.

    >>> block = parse("local x = 1 -- one")
    >>> type(block.statements[0]).__name__, block.statements[0].trailing
    ('Local', ' one')
    """
    if source.startswith("#"):
        source = "--" + source[1:] if not source.startswith("#!") else "--" + source[2:]
    data = source.encode("utf-8", "surrogateescape")
    root = tree_sitter.Parser(_LANGUAGE).parse(data).root_node
    if root.has_error:
        line, near = _first_error(root)
        raise TranslateError(f"{file}:{line}: syntax error near '{near}'")
    return _Builder(source, file, root).block_of(root, 1)


def _first_error(node: Any) -> tuple[int, str]:
    for child in node.children:
        if child.type == "ERROR" or child.is_missing:
            text = child.text.decode("utf-8", "replace").split("\n")[0].strip()
            return child.start_point[0] + 1, text[:40] if text else "<end of file>"
        if child.has_error:
            return _first_error(child)
    text = node.text.decode("utf-8", "replace").split("\n")[0].strip()
    return node.start_point[0] + 1, text[:40]


class _Builder:
    """Turns tree-sitter's nodes into ours; comments go to the statement or field that they stand at."""

    def __init__(self, source: str, file: str, root: Any) -> None:
        self.lines = source.split("\n")
        self.file = file
        self.comments: list[tuple[int, int, str, bool]] = []
        self._collect(root)
        self.comments.sort()
        self._starts = [c[0] for c in self.comments]
        self._used: set[int] = set()

    def _collect(self, node: Any) -> None:
        for child in node.children:
            if child.type == "comment":
                first, last = child.start_point[0] + 1, child.end_point[0] + 1
                text = child.text.decode("utf-8", "replace")
                before = self.lines[first - 1].encode("utf-8")[: child.start_point[1]].strip()
                self.comments.append((first, last, _comment(text), bool(before)))
            else:
                self._collect(child)

    # -- comments

    def _leading(self, after: int, line: int) -> list[str]:
        """Comments that stand alone, between the line `after` and the line."""
        found = []
        for i in range(bisect.bisect_left(self._starts, after), len(self.comments)):
            first, _, text, behind = self.comments[i]
            if first >= line:
                break
            if i not in self._used and not behind:
                self._used.add(i)
                found.extend(text.split("\n"))
        return found

    def _trailing(self, line: int) -> str:
        """The comment behind something on the line."""
        for i in range(bisect.bisect_left(self._starts, line), len(self.comments)):
            first, _, text, behind = self.comments[i]
            if first > line:
                break
            if i not in self._used and behind:
                self._used.add(i)
                return text.replace("\n", " ")
        return ""

    # -- blocks and statements

    def block_of(self, node: Any, first: int) -> n.Block:
        """The statements directly below a node."""
        statements: list[n.Statement] = []
        previous = first - 1
        for child in [] if node is None else node.children:
            if not child.is_named or child.type in ("comment", "empty_statement", "hash_bang_line"):
                continue
            line = child.start_point[0] + 1
            comments = self._leading(previous if statements else first, line)
            made = self._statement(child)
            made.comments = comments + made.comments
            top = line - 1 - len(comments)
            made.blank_before = (
                bool(statements)
                and 0 <= top - 1 < len(self.lines)
                and top > previous
                and (not self.lines[top - 1].strip() if top >= 1 else False)
            )
            made.trailing = made.trailing or self._trailing(self._head_line(made))
            statements.append(made)
            previous = made.end
        last = first if node is None else node.end_point[0] + 1
        block = n.Block(first, last, statements)
        block.comments = self._leading(previous, last + 1)
        return block

    def _head_line(self, statement: n.Statement) -> int:
        """Where a comment behind a statement may stand: the line of its head where it holds a block."""
        if isinstance(statement, (n.FunctionStatement, n.While, n.If, n.NumericFor, n.GenericFor, n.Do, n.Repeat)):
            return statement.line
        return statement.end

    def _body(self, node: Any, name: str = "body") -> n.Block:
        body = node.child_by_field_name(name)
        block = self.block_of(body, node.start_point[0] + 1 if body is None else body.start_point[0] + 1)
        # Comments between the head and the first statement, and before `end`, lie outside of the grammar's block.
        if block.statements:
            lead = self._leading(node.start_point[0] + 1, block.statements[0].line)
            block.statements[0].comments[:0] = lead
        block.comments += self._leading(node.start_point[0] + 1, self._end_of_part(node))
        return block

    @staticmethod
    def _end_of_part(node: Any) -> int:
        """The line of the word that closes a block: an alternative, or the end."""
        for i, child in enumerate(node.children):
            if node.field_name_for_child(i) == "alternative":
                return int(child.start_point[0]) + 1
        return int(node.end_point[0]) + 1

    def _statement(self, node: Any) -> n.Statement:
        at = _span(node)
        kind = node.type
        method = getattr(self, f"_{kind}", None)
        if method is not None:
            made: n.Statement = method(node, at)
            return made
        if kind == "function_call":
            return n.CallStatement(*at, self._expr(node))
        if kind == "break_statement":
            return n.Break(*at)
        if kind in ("goto_statement", "label_statement"):
            word = next(c for c in node.children if c.type == "identifier").text.decode()
            return (n.Goto if kind == "goto_statement" else n.Label)(*at, word)
        raise TranslateError(f"{self.file}:{at[0]}: a statement of kind {kind} is not known")

    def _variable_declaration(self, node: Any, at: tuple[int, int]) -> n.Statement:
        inner = next(c for c in node.children if c.is_named and c.type != "comment")
        if inner.type == "assignment_statement":
            left, right = (c for c in inner.children if c.type in ("variable_list", "expression_list"))
            return n.Local(*at, self._names(left), self._list(right))
        return n.Local(*at, self._names(inner), [])

    def _assignment_statement(self, node: Any, at: tuple[int, int]) -> n.Statement:
        left, right = (c for c in node.children if c.type in ("variable_list", "expression_list"))
        return n.Assign(*at, self._list(left), self._list(right))

    def _function_declaration(self, node: Any, at: tuple[int, int]) -> n.Statement:
        name = node.child_by_field_name("name")
        function = self._function(node)
        local = node.children[0].type == "local"
        if name.type == "method_index_expression":
            function.is_method = True
            method = name.child_by_field_name("method")
            key = n.String(*_span(method), method.text.decode())
            target: n.Node = n.Index(*_span(name), self._expr(name.child_by_field_name("table")), key)
        else:
            target = self._expr(name)
        return n.FunctionStatement(*at, target, function, local)

    def _for_statement(self, node: Any, at: tuple[int, int]) -> n.Statement:
        clause = node.child_by_field_name("clause")
        if clause.type == "for_numeric_clause":
            part = {f: clause.child_by_field_name(f) for f in ("name", "start", "end", "step")}
            step = None if part["step"] is None else self._expr(part["step"])
            name = n.Name(*_span(part["name"]), part["name"].text.decode())
            start, stop = self._expr(part["start"]), self._expr(part["end"])
            return n.NumericFor(*at, name, start, stop, step, self._body(node))
        names, values = (c for c in clause.children if c.type in ("variable_list", "expression_list"))
        return n.GenericFor(*at, self._names(names), self._list(values), self._body(node))

    def _while_statement(self, node: Any, at: tuple[int, int]) -> n.Statement:
        return n.While(*at, self._expr(node.child_by_field_name("condition")), self._body(node))

    def _repeat_statement(self, node: Any, at: tuple[int, int]) -> n.Statement:
        return n.Repeat(*at, self._body(node), self._expr(node.child_by_field_name("condition")))

    def _do_statement(self, node: Any, at: tuple[int, int]) -> n.Statement:
        return n.Do(*at, self._body(node))

    def _if_statement(self, node: Any, at: tuple[int, int]) -> n.Statement:
        condition = self._expr(node.child_by_field_name("condition"))
        branches: list[tuple[n.Node | None, n.Block]] = [(condition, self._body(node, "consequence"))]
        for i, child in enumerate(node.children):
            if node.field_name_for_child(i) != "alternative":
                continue
            if child.type == "elseif_statement":
                condition = self._expr(child.child_by_field_name("condition"))
                branches.append((condition, self._body(child, "consequence")))
            else:
                branches.append((None, self._body(child)))
        return n.If(*at, branches)

    def _return_statement(self, node: Any, at: tuple[int, int]) -> n.Statement:
        values = [c for c in node.children if c.type == "expression_list"]
        return n.Return(*at, self._list(values[0]) if values else [])

    # -- expressions

    def _names(self, node: Any) -> list[n.Name]:
        return [n.Name(*_span(c), c.text.decode()) for c in node.children if c.type == "identifier"]

    def _list(self, node: Any) -> list[Any]:
        return [self._expr(c) for c in node.children if c.is_named and c.type not in ("comment", "attribute")]

    def _expr(self, node: Any) -> Any:
        at = _span(node)
        kind = node.type
        if kind in ("nil", "true", "false", "vararg_expression"):
            made = {"nil": n.Nil, "vararg_expression": n.Vararg}.get(kind)
            return n.Bool(*at, kind == "true") if made is None else made(*at)
        if kind == "number":
            text = node.text.decode()
            return n.Number(*at, _number(text, self.file, at[0]), text)
        if kind == "string":
            return n.String(*at, _string(node))
        if kind == "identifier":
            return n.Name(*at, node.text.decode())
        if kind == "dot_index_expression":
            key = node.child_by_field_name("field")
            table = self._expr(node.child_by_field_name("table"))
            return n.Index(*at, table, n.String(*_span(key), key.text.decode()))
        if kind == "bracket_index_expression":
            return n.Index(
                *at, self._expr(node.child_by_field_name("table")), self._expr(node.child_by_field_name("field"))
            )
        if kind == "function_call":
            return self._call(node, at)
        if kind == "binary_expression":
            op = node.child_by_field_name("operator") or node.children[1]
            left, right = (self._expr(node.child_by_field_name(side)) for side in ("left", "right"))
            if op.type not in _OPERATORS:
                raise TranslateError(f"{self.file}:{at[0]}: syntax error: Lua 5.1 has no operator {op.type}")
            return n.Binary(*at, op.type, left, right)
        if kind == "unary_expression":
            return n.Unary(*at, node.children[0].type, self._expr(node.child_by_field_name("operand")))
        if kind == "parenthesized_expression":
            return n.Paren(*at, self._expr(next(c for c in node.children if c.is_named and c.type != "comment")))
        if kind == "function_definition":
            return self._function(node)
        if kind == "table_constructor":
            return self._table(node, at)
        if node.text.decode().isidentifier():  # a word that only later Lua reserves
            return n.Name(*at, node.text.decode())
        raise TranslateError(f"{self.file}:{at[0]}: an expression of kind {kind} is not known")

    def _call(self, node: Any, at: tuple[int, int]) -> n.Node:
        name, args = node.child_by_field_name("name"), self._list(node.child_by_field_name("arguments"))
        if name.type == "method_index_expression":
            method = name.child_by_field_name("method").text.decode()
            return n.Method(*at, self._expr(name.child_by_field_name("table")), method, args)
        return n.Call(*at, self._expr(name), args)

    def _function(self, node: Any) -> n.Function:
        params = node.child_by_field_name("parameters")
        vararg = any(c.type == "vararg_expression" for c in params.children)
        return n.Function(*_span(node), self._names(params), vararg, self._body(node))

    def _table(self, node: Any, at: tuple[int, int]) -> n.Table:
        fields: list[n.Field] = []
        previous = at[0]
        for child in node.children:
            if child.type != "field":
                continue
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            key: n.Node | None = None
            if name is not None:
                bracket = child.children[0].type == "["
                key = self._expr(name) if bracket else n.String(*_span(name), name.text.decode())
            made = n.Field(*_span(child), key, self._expr(value))
            if at[1] > at[0]:
                made.comments = self._leading(previous, made.line)
                rest = self.lines[made.end - 1].encode("utf-8")[child.end_point[1] :].lstrip(b" \t,;")
                made.trailing = self._trailing(made.end) if rest.startswith(b"--") else ""
            fields.append(made)
            previous = made.end
        return n.Table(*at, fields)


def _span(node: Any) -> tuple[int, int]:
    return node.start_point[0] + 1, node.end_point[0] + 1


def _comment(text: str) -> str:
    """The words of a comment, without the dashes and brackets."""
    if text.startswith("--["):
        level = text.find("[", 3) - 3
        if level >= 0 and set(text[3 : 3 + level]) <= {"="}:
            body = text[4 + level : -(2 + level)]
            lines = [line.strip() for line in body.strip("\n").split("\n")]
            return "\n".join(" " + line if line else "" for line in lines)
    return text.lstrip("-").rstrip()


def _number(text: str, file: str, line: int) -> float | int:
    lowered = text.lower()
    for suffix in ("ull", "ll", "i"):
        if lowered.endswith(suffix) and not (suffix == "i" and lowered.startswith("0x")):
            raise TranslateError(f"{file}:{line}: the number {text} is of LuaJIT's cdata: Python has nothing like it")
    if lowered.startswith("0x"):
        return int(lowered, 16) if "." not in lowered and "p" not in lowered else float.fromhex(lowered)
    return int(lowered) if lowered.isdigit() else float(lowered)


def _string(node: Any) -> str:
    text = node.text.decode("utf-8", "surrogateescape")
    if text[0] == "[":
        opening = text.index("[", 1) + 1
        body = text[opening : len(text) - opening]
        return body[1:] if body.startswith("\n") else body
    return _unescaped(text[1:-1])


def _unescaped(body: str) -> str:
    out, i = [], 0
    while i < len(body):
        c = body[i]
        if c != "\\":
            out.append(c)
            i += 1
            continue
        follow = body[i + 1]
        if follow in _ESCAPES:
            out.append(_ESCAPES[follow])
            i += 2
        elif follow == "x":
            out.append(chr(int(body[i + 2 : i + 4], 16)))
            i += 4
        elif follow == "z":
            i += 2
            while i < len(body) and body[i].isspace():
                i += 1
        elif follow.isdigit():
            digits = body[i + 1 : i + 4]
            count = 3 if digits.isdigit() and len(digits) == 3 else 2 if digits[:2].isdigit() and len(digits) > 1 else 1
            out.append(chr(int(digits[:count])))
            i += 1 + count
        else:
            out.append(follow)
            i += 2
    return "".join(out)
