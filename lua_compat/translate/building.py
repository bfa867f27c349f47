"""A net that is put together line by line, `model:add(...)`, becomes one call with the modules in it."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.registry import REGISTRY
from lua_compat.translate import nodes as n
from lua_compat.translate.assignment import store
from lua_compat.translate.constructors import LOSSES, New, render, with_child, with_field, with_loss
from lua_compat.translate.context import Context
from lua_compat.translate.layout import BEFORE, BEHIND, STOP, comment_lines


def run(c: Context, statements: list[Any], start: int) -> int:
    """Writes a new module with the statements after it that add to it; how many statements that were, or 0."""
    first = statements[start]
    if not isinstance(first, (n.Local, n.Assign)) or len(first.values) != 1:
        return 0
    target = first.names[0] if isinstance(first, n.Local) else first.targets[0]
    if not isinstance(target, n.Name) or len(first.names if isinstance(first, n.Local) else first.targets) != 1:
        return 0
    if not _is_constructor(c, first.values[0]):
        return 0
    follow = []
    for s in statements[start + 1 :]:
        step = _step(s, target)
        if step is None:
            break
        follow.append((s, step))
    if not follow:
        return 0
    return _written(c, first, target, follow)


def _is_constructor(c: Context, node: Any) -> bool:
    while isinstance(node, n.Method):
        node = node.object
    if not isinstance(node, n.Call):
        return False
    from lua_compat.translate.calls import full_name

    name = full_name(c, node.function)
    return name is not None and name in REGISTRY


def _step(s: Any, target: n.Name) -> Any:
    """What a statement adds to a module: the modules, or a field and its value; None where it is something else."""
    if isinstance(s, n.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], n.Index):
        t = s.targets[0]
        if isinstance(t.object, n.Name) and t.object.name == target.name and isinstance(t.key, n.String):
            return (t.key.value, s.values[0])
        return None
    if not isinstance(s, n.CallStatement):
        return None
    added: list[Any] = []
    node: Any = s.call
    while isinstance(node, n.Method) and node.name == "add" and len(node.args) in (1, 2):
        added.insert(0, node.args)
        node = node.object
    if not added or not isinstance(node, n.Name) or node.name != target.name:
        return None
    for a in [arg for args in added for arg in args]:
        if any(isinstance(x, n.Name) and x.name == target.name for x in n.walk(a)):
            return None
    return added


def _written(c: Context, first: Any, target: n.Name, follow: list[Any]) -> int:
    saved = c.statement, c.line, c.before, c.marks
    c.statement, c.line, c.before, c.marks = first, first.line, [], []
    value = c.expr(first.values[0])
    new = value.note
    if not isinstance(new, New):
        c.statement, c.line, c.before, c.marks = saved
        return 0
    count = 1
    for s, step in follow:
        if isinstance(step, tuple):
            made = with_field(c, new, *step)
            if made is None:
                break
            new = made
            s.folded = True
        elif new.name in LOSSES:
            for args in step:
                new = with_loss(c, new, args)
        elif not REGISTRY[new.name].children or any(len(args) > 1 for args in step):
            break
        else:
            new = _with_modules(c, new, s, step)
        count += 1
    if count == 1:
        c.statement, c.line, c.before, c.marks = saved
        return 0
    if first.blank_before and c.lines and c.lines[-1] != "":
        c.lines.append("")
    for text in first.comments:
        c.lines += comment_lines(text, c.indent)
    final = render(c, new)
    store(c, target, final)
    c.statement, c.line, c.before, c.marks = saved
    return count


def _with_modules(c: Context, new: New, s: Any, added: list[list[Any]]) -> New:
    for k, (node,) in enumerate(added):
        c.line = s.line
        code = c.expr(node).code
        if k == 0:
            code = "".join([f"{BEFORE}{text}{STOP}" for text in s.comments]) + code
        if k == len(added) - 1 and s.trailing:
            code += f"{BEHIND}{s.trailing}{STOP}"
        new = with_child(c, new, code)
    return new
