"""Rules out of the registry's pairs of expressions: what MIGRATION.md shows is what the translator writes."""

from __future__ import annotations

import ast
import functools
from typing import Any

from lua_compat.guide.functions import GROUPS
from lua_compat.guide.optimizers import OPTIMIZERS
from lua_compat.translate import nodes as n
from lua_compat.translate.parser import parse
from lua_compat.translate.templates import Rule

#: What the rows' pairs do not say: what each function gives (see `templates.result_type`).
RESULTS = {
    "torch.zeros": "T=", "torch.ones": "T=", "torch.rand": "T=", "torch.randn": "T=", "torch.eye": "T2",
    "torch.range": "T1", "torch.linspace": "T1", "torch.randperm": "T1i", ":dim": "int", ":size": "int",
    ":nElement": "int", ":isContiguous": "bool", ":t": "0", ":transpose": "0", ":select": "0-1", ":narrow": "0",
    ":view": "T=", ":reshape": "T=", ":unfold": "0+1", "torch.cat": "T", ":clone": "0", ":index": "0",
    "torch.cmul": "0",
    "torch.cdiv": "0", "torch.add": "0", "torch.pow": "0", ":add": "0", ":mul": "0", ":cmul": "0", "torch.exp": "0",
    "torch.tanh": "0", "torch.sigmoid": "0", "torch.floor": "0", "torch.clamp": "0", "torch.cmax": "0",
    "torch.gt": "T0b", "torch.eq": "T0b", ":sum": "el", ":mean": "float", ":std": "float", ":var": "float",
    ":norm": "float", ":max": "el", ":prod": "el", "torch.max": "0;;T0i", "torch.cumsum": "0",
    "torch.mm": "T2", "torch.mv": "T1", "torch.dot": "float", "torch.ger": "T2", "torch.addmm": "T2", ":type": "str",
    ":float": "T0f", ":long": "T0i", "torch.isTensor": "bool", "torch.uniform": "float",
}  # fmt: skip
#: Functions that take any number of sizes.
SIZED = {"torch.zeros", "torch.ones", "torch.rand", "torch.randn", ":view", ":reshape", ":resize", ":repeatTensor"}
#: Of the numbers in the rows, those that are counts and need to be whole.
COUNTS = {
    ":narrow": (3,),
    ":unfold": (2, 3),
    "torch.eye": (0,),
    "torch.randperm": (0,),
    "torch.linspace": (2,),
    ":split": (1,),
    ":chunk": (1,),
    "torch.split": (1,),
    "torch.chunk": (1,),
}
#: Rows that a rule of the translator replaces, and why.
LEFT_OUT = {
    "torch.range": "arange of whole numbers gives whole numbers in Python",
    "torch.uniform": "a float32 would come out where that is the default",
    "torch.Tensor": "its elements are written as they are",
    "torch.type": "it is asked of everything",
    "torch.typename": "it is asked of everything",
    "torch.getdefaulttensortype": "a helper says it more shortly",
    "torch.random": "a float32 would come out, or a number beyond it",
    "torch.normal": "a float32 would come out where that is the default",
    "torch.logNormal": "a float32 would come out where that is the default",
    ":maskedSelect": "a mask may be of bytes",
    ":maskedCopy": "a mask may be of bytes",
    ":maskedFill": "a mask may be of bytes",
    ":equal": "it may be asked of other things",
    "torch.sort": "the row has only the values",
    ":type": "it is asked and converted to",
    "torch.totable": "a list that counts from 0",
}


@functools.cache
def rules() -> tuple[Rule, ...]:
    """The rules of functions and methods, one for each pair of single calls."""
    firsts: dict[tuple[str, tuple[str, ...]], Rule] = {}
    for group in GROUPS.values():
        for row in group:
            for rule in _pairs(row.lua, row.python):
                _add(firsts, rule)
    return tuple(firsts.values())


def _add(firsts: dict[tuple[str, tuple[str, ...]], Rule], rule: Rule) -> None:
    if rule.name in LEFT_OUT or not rule.name.startswith((":", "torch.")) or "MARK" in rule.python:
        return
    key = (rule.name, rule.params)
    if key in firsts and rule.result == ";;":
        first = firsts[key]
        firsts[key] = Rule(rule.name, rule.params, f"{first.python} ;; {rule.python}", "0;;T0i", "registry")
    elif key not in firsts:
        result = RESULTS.get(rule.name, "any")
        if len(rule.params) > 1 and result in ("el", "float") and {"D", "I"} & set(rule.params):
            result = "0"
        python = rule.python
        if result in ("el", "float") and not python.endswith(".item()"):
            python = f"{python}.item()"  # a number in Lua
        firsts[key] = Rule(rule.name, rule.params, python, result.split(";;")[0], "registry")


def _pairs(lua: str, python: str) -> list[Rule]:
    """The rules of a row, which may show several expressions with commas between."""
    if ";" in python or ";" in lua:
        return []  # statements
    try:
        values = parse(f"return {lua}").statements[0].values  # type: ignore[attr-defined]
        tree = ast.parse(python, mode="eval").body
    except (ValueError, SyntaxError):
        return []
    sides = tree.elts if isinstance(tree, ast.Tuple) else [tree]
    if len(sides) != len(values):
        return []
    found = [_rule(value, ast.unparse(side)) for value, side in zip(values, sides, strict=True)]
    return [rule for rule in found if rule is not None]


def _rule(node: Any, python: str) -> Rule | None:
    """The rule that a pair shows, or None where it is of another form."""
    second = False
    if isinstance(node, n.Paren):
        node = node.inner
    if isinstance(node, n.Call) and isinstance(node.function, n.Name) and node.function.name == "select":
        node, second = node.args[1], True
    if isinstance(node, n.Method):
        name, args = f":{node.name}", [node.object, *node.args]
    elif isinstance(node, n.Call) and isinstance(node.function, n.Index) and isinstance(node.function.object, n.Name):
        name, args = f"{node.function.object.name}.{node.function.key.value}", node.args  # type: ignore[attr-defined]
    else:
        return None
    atoms = [_atom(a) for a in args]
    if any(a is None for a in atoms):
        return None
    return _matched(name, atoms, python, second)


def _atom(node: Any) -> Any:
    """What an argument is: the text that Python has for it too, or a number."""
    if isinstance(node, n.Name):
        return node.name
    if isinstance(node, n.Number):
        return node.value
    if isinstance(node, n.Unary) and node.op == "-" and isinstance(node.operand, n.Number):
        return -node.operand.value
    if isinstance(node, n.Method) and isinstance(node.object, n.Name) and not node.args and node.name in ("clone", "t"):
        return f"{node.object.name}.{node.name}()"
    if isinstance(node, n.Table) and all(isinstance(f.value, n.Name) and f.key is None for f in node.fields):
        return "[" + ", ".join([f.value.name for f in node.fields]) + "]"  # type: ignore[attr-defined]
    return None


def _matched(name: str, atoms: list[Any], python: str, second: bool) -> Rule | None:
    tree = ast.parse(python, mode="eval").body
    used: set[int] = set()
    letters = ["x"] * len(atoms)
    numbers = [i for i, a in enumerate(atoms) if not isinstance(a, str)]
    floats = _Numbers()
    floats.visit(tree)
    order = iter(numbers)

    class Fill(ast.NodeTransformer):
        def generic_visit(self, node: ast.AST) -> Any:
            if isinstance(node, ast.expr):
                text = ast.unparse(node)
                for i, a in enumerate(atoms):
                    if a == text and (i not in used or isinstance(node, ast.Name)):
                        used.add(i)
                        letters[i] = "J" if a == "i" else "L" if a.startswith("[") else "t"
                        return ast.Name(f"HOLE{i}")
            return super().generic_visit(node)

        def visit_Constant(self, node: ast.Constant) -> Any:
            return self.number(node, node.value)

        def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
            if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
                return self.number(node, -node.operand.value)  # type: ignore[operator]
            return self.generic_visit(node)

        def number(self, node: Any, value: Any) -> Any:
            if isinstance(value, bool) or not isinstance(value, (int, float)) or len(floats.found) != len(numbers):
                return self.trailing(node, value)
            i = next(order)
            shift = value - atoms[i]
            used.add(i)
            letters[i] = {0: "k", -1: "I"}.get(shift, "?")
            return ast.Name(f"HOLE{i}")

        def trailing(self, node: Any, value: Any) -> Any:
            return node

    if len(floats.found) not in (len(numbers), 0):
        # An index of the result, or the 1 that it counts from: the numbers of the call come first.
        floats.found = floats.found[: len(numbers)]
        extra = _keep_first(tree, len(numbers))
    else:
        extra = tree
    made = ast.unparse(ast.fix_missing_locations(Fill().visit(extra)))
    for mark, text in _MARKS.items():
        made = made.replace(mark, text)
    if "?" in letters or (used != set(range(len(atoms)))):
        return None
    for i in range(len(atoms)):
        made = made.replace(f"HOLE{i}", f"{{{i}}}")
    params = [_letter(name, i, letter, atoms[i]) for i, letter in enumerate(letters)]
    if name in SIZED:
        fixed = 1 if name.startswith(":") else 0
        params = [*params[:fixed], "N*"]
        made = made.replace(", ".join(f"{{{i}}}" for i in range(fixed, len(atoms))), "{*}")
    return Rule(name, tuple(params), made, ";;" if second else "any", "registry")


_MARKS = {"MARK0": "0", "MARK1": "1"}


def _letter(name: str, i: int, letter: str, atom: Any) -> str:
    if letter == "k" and i in COUNTS.get(name, ()):
        return "N"
    if letter == "I" and i == 1 and name.startswith((":", "torch.")):
        return "D"
    return letter


class _Numbers(ast.NodeVisitor):
    """The numbers of an expression, in order."""

    def __init__(self) -> None:
        self.found: list[Any] = []

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            self.found.append(node.value)


def _keep_first(tree: ast.AST, count: int) -> ast.AST:
    """The expression with all numbers but the first ones hidden from matching."""
    seen = 0

    class Hide(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> Any:
            nonlocal seen
            if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
                seen += 1
                if seen > count:
                    return ast.Name(f"MARK{int(node.value)}")
            return node

    return Hide().visit(tree)


@functools.cache
def optimizer_options() -> dict[str, tuple[str, dict[str, str]]]:
    """Of each function of ``optim``: the class in Python, and the names of its options there.

    >>> optimizer_options()["sgd"][1]["learningRate"]
    'lr'
    """
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for row in OPTIMIZERS:
        call: Any = parse(f"return {row.lua}").statements[0].values[0]  # type: ignore[attr-defined]
        made = ast.parse(row.python, mode="eval").body
        assert isinstance(made, ast.Call)
        assert isinstance(made.func, ast.Attribute)
        name, options = call.function.key.value, {}
        given = {k.arg: ast.literal_eval(k.value) for k in made.keywords if isinstance(k.value, ast.Constant)}
        for f in call.args[-1].fields:
            value = f.value.value if isinstance(f.value, (n.Number, n.Bool)) else None
            alike = [
                w
                for w, v in given.items()
                if v == value and v is not None and isinstance(v, bool) == isinstance(value, bool)
            ]
            close = [w for w in alike if w and w.replace("_", "") in (f.key.value.lower(), f.key.value.lower()[:-1])]
            if close or len(alike) == 1:
                options[f.key.value] = (close or alike)[0]
        known = found.setdefault(name, (made.func.attr, {}))
        known[1].update({k: str(v) for k, v in options.items() if k not in known[1]})
    return found
