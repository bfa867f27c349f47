"""The syntax tree of a Lua file: what `lua_compat.translate.parser` gives."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(eq=False)
class Node:
    """A piece of Lua; `line` is where it begins and `end` where it ends, counted from 1."""

    line: int
    end: int


# -- expressions


@dataclass(eq=False)
class Nil(Node):
    pass


@dataclass(eq=False)
class Bool(Node):
    value: bool


@dataclass(eq=False)
class Number(Node):
    """A number: `value` as Python has it, `text` as it was written."""

    value: float | int
    text: str


@dataclass(eq=False)
class String(Node):
    value: str


@dataclass(eq=False)
class Vararg(Node):
    pass


@dataclass(eq=False)
class Name(Node):
    """A variable; `symbol` is set by `lua_compat.translate.scopes`."""

    name: str
    symbol: Any = None


@dataclass(eq=False)
class Index(Node):
    """`object[key]`, and `object.key`, whose key is a String."""

    object: Node
    key: Node


@dataclass(eq=False)
class Call(Node):
    function: Node
    args: list[Node]


@dataclass(eq=False)
class Method(Node):
    """`object:name(args)`."""

    object: Node
    name: str
    args: list[Node]


@dataclass(eq=False)
class Binary(Node):
    op: str
    left: Node
    right: Node


@dataclass(eq=False)
class Unary(Node):
    op: str
    operand: Node


@dataclass(eq=False)
class Paren(Node):
    """An expression in parentheses: of several values only the first."""

    inner: Node


@dataclass(eq=False)
class Field(Node):
    """A field of a table constructor; `key` is None for a positional one."""

    key: Node | None
    value: Node
    comments: list[str] = field(default_factory=list)
    trailing: str = ""


@dataclass(eq=False)
class Table(Node):
    fields: list[Field]


@dataclass(eq=False)
class Function(Node):
    params: list[Name]
    vararg: bool
    body: Block
    is_method: bool = False
    info: Any = None


# -- steps of training, which `steps` and `optimizers` put in the place of Torch7's calls


@dataclass(eq=False)
class Attached(Node):
    """A `forward` whose output autograd goes back from: ``model(x)``."""

    call: Method
    step: Any


@dataclass(eq=False)
class Loss(Node):
    """The `forward` of a criterion that autograd goes back from: ``criterion(output, target)``."""

    call: Method
    step: Any


@dataclass(eq=False)
class NewOptimizer(Node):
    """``optim.SGD(model.parameters(), lr=...)``: the function of ``optim``, and its options in Python."""

    word: str
    model: Node
    options: list[tuple[str, list[Node]]]


@dataclass(eq=False)
class NewScheduler(Node):
    """What makes the learning rate of an optimizer fall as Torch7's ``learningRateDecay`` does."""

    optimizer: Node
    decay: Node


@dataclass(eq=False)
class LearningRate(Node):
    """The learning rate of an optimizer, to read and to set."""

    optimizer: Node


@dataclass(eq=False)
class ParameterCount(Node):
    """How many numbers the parameters of a module are."""

    model: Node


# -- statements


@dataclass(eq=False)
class Statement(Node):
    """A statement; its comments stand before it, `trailing` behind it on the same line."""

    comments: list[str] = field(default_factory=list, kw_only=True)
    trailing: str = field(default="", kw_only=True)
    blank_before: bool = field(default=False, kw_only=True)


@dataclass(eq=False)
class Block(Node):
    statements: list[Statement]
    #: Comments after the last statement.
    comments: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Local(Statement):
    names: list[Name]
    values: list[Node]


@dataclass(eq=False)
class Assign(Statement):
    targets: list[Node]
    values: list[Node]


@dataclass(eq=False)
class CallStatement(Statement):
    call: Node


@dataclass(eq=False)
class Do(Statement):
    body: Block


@dataclass(eq=False)
class While(Statement):
    condition: Node
    body: Block


@dataclass(eq=False)
class Repeat(Statement):
    body: Block
    condition: Node


@dataclass(eq=False)
class If(Statement):
    """Branches of (condition, block); the condition of an `else` is None."""

    branches: list[tuple[Node | None, Block]]


@dataclass(eq=False)
class NumericFor(Statement):
    name: Name
    start: Node
    stop: Node
    step: Node | None
    body: Block


@dataclass(eq=False)
class GenericFor(Statement):
    names: list[Name]
    values: list[Node]
    body: Block


@dataclass(eq=False)
class FunctionStatement(Statement):
    """`function a.b:c() end` (target a.b.c), and `local function f() end`."""

    target: Node
    function: Function
    local: bool


@dataclass(eq=False)
class Return(Statement):
    values: list[Node]


@dataclass(eq=False)
class Break(Statement):
    pass


@dataclass(eq=False)
class Goto(Statement):
    label: str


@dataclass(eq=False)
class Label(Statement):
    label: str


@dataclass(eq=False)
class Backward(Statement):
    """``loss.backward()``; `original` is the script's call, where the loss is no tensor after all."""

    loss: Node
    original: CallStatement
    step: Any


@dataclass(eq=False)
class EachGradient(Statement):
    """What a script does in place to the flat gradients of a module."""

    model: Node
    call: Method


@functools.cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple([f.name for f in fields(kind) if f.name not in ("symbol", "info", "comments", "trailing")])


def children(node: Any) -> list[Any]:
    """The nodes directly below one, in the order of the text."""
    found: list[Any] = []
    for name in _fields(node.__class__):
        stack = [getattr(node, name)]
        while stack:
            item = stack.pop(0)
            if isinstance(item, Node):
                found.append(item)
            elif isinstance(item, (list, tuple)):
                stack[:0] = list(item)
    return found


def walk(node: Any) -> Any:
    """The node and all below it."""
    stack = [node]
    while stack:
        item = stack.pop()
        yield item
        stack.extend(reversed(children(item)))


def walk_here(node: Any) -> Any:
    """The node and all below it that runs when it does: what is in functions does not."""
    stack = [node]
    while stack:
        item = stack.pop()
        yield item
        if not isinstance(item, Function):
            stack.extend(reversed(children(item)))
