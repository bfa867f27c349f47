"""Straight code for modules over tables: what each makes of the expressions of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lua_compat.export.pytorch.body import Body, Unknown, Value, atom, rendered
from lua_compat.export.pytorch.call import literal
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module

_LONG = 64  # characters of an expression that is given a name

Rule = Callable[[Body, Any, Value, str], Value]


def run(body: Body, module: Module, value: Value, place: str, wish: str | None = None) -> Value:
    """What the module makes of a value: an expression, or a list of them.

    Args:
        body: the class that is written.
        module: the module.
        value: what it takes.
        place: its path below the container that the class is for.
        wish: a name for its attribute.
    """
    rule = CODE.get(type(module))
    if rule is not None:
        made = (
            _sequential(body, module, value, place, wish) if rule is _sequential else rule(body, module, value, place)
        )
        if made is not None:
            return made
    return f"{body.attribute(module, place, wish)}({_argument(module, value)})"


def needs_code(module: Module) -> bool:
    """Whether a module is a class with code of its own: a graph, or modules over tables one after another."""
    if isinstance(module, nn.Sequential) and type(module) in (nn.Sequential, nn.Maxout):
        return any(type(child) in _OVER_TABLES or gives_table(child) for child in module)
    return type(module) in (nn.Graph, nn.Concat, nn.ConcatTable, nn.ParallelTable)


def takes_table(module: Module) -> bool:
    """Whether what it takes is a table."""
    if isinstance(module, nn.Sequential):
        return len(module) > 0 and takes_table(module[0])
    if isinstance(module, nn.Graph):
        return module.num_inputs > 1
    return type(module) in _TAKE_TABLES


def gives_table(module: Module) -> bool:
    """Whether what it gives is a table whatever it takes."""
    if isinstance(module, nn.Sequential):
        return len(module) > 0 and gives_table(module[-1])
    if isinstance(module, nn.Graph):
        return len(module.outputs) > 1
    return type(module) in _GIVE_TABLES


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _argument(module: Module, value: Value) -> str:
    """The arguments of a call: a pair for what PyTorch calls with two tensors, else one value."""
    if isinstance(module, (nn.Bilinear, nn.CosineSimilarity, nn.PairwiseDistance)):
        return ", ".join(map(rendered, value)) if isinstance(value, list) else f"*{value}"
    return rendered(value)


def _elements(body: Body, module: Module, value: Value, count: int | None = None) -> list[Value] | None:
    """The elements of a table, where it is known how many there are."""
    if isinstance(value, list):
        return value
    known = body.writer.flow.get(id(module))
    if count is None and known is not None and isinstance(known[0], list):
        count = len(known[0])
    if count is None:
        return None
    return _indexed(body, value, range(count))


def _indexed(body: Body, value: str, places: Iterable[int]) -> list[Value]:
    """Elements of a list, which is worked out once."""
    name = body.bind(value)
    return [Unknown(f"{name}[{i}]") for i in places]


def _dims(body: Body, module: Module) -> int | None:
    known = body.writer.flow.get(id(module))
    if known is None:
        return None
    first = known[0][0] if isinstance(known[0], list) else known[0]
    return len(first) if isinstance(first, tuple) else None


def _dim(body: Body, module: Any) -> int | None:
    """The dimension that a module means, where it is known."""
    if module.num_input_dims is None or module.dim < 0:
        return module.dim
    dims = _dims(body, module)
    return None if dims is None else module.dim + (dims == module.num_input_dims + 1)


# -- containers -------------------------------------------------------------------------------------------------------


def _sequential(body: Body, module: Any, value: Value, place: str, wish: str | None = None) -> Value:
    waiting: list[tuple[str, Module]] = []

    def flush(value: Value) -> Value:
        nonlocal waiting
        if not waiting:
            return value
        if len(waiting) == 1:
            made = run(body, waiting[0][1], value, waiting[0][0])
        else:
            made = f"{body.run_of(waiting, wish or 'layers')}({rendered(value)})"
        waiting = []
        return made

    if not any(map(_has_code, module)) and not isinstance(value, list) and len(module) != 1:
        return f"{body.attribute(module, place, wish)}({value})" if len(module) else value
    for name, child in module._modules.items():
        below = _below(place, name)
        if not _has_code(child):
            waiting.append((below, child))
            continue
        value = flush(value)
        if isinstance(value, str) and len(value) > _LONG:
            value = body.bind(value)
        value = run(body, child, value, below)
    return flush(value)


def _has_code(module: Module) -> bool:
    """Whether it is better said as code than as a module among others."""
    return type(module) in _OVER_TABLES or gives_table(module) or type(module) is nn.Concat


def _concat_table(body: Body, module: Any, value: Value, place: str) -> Value:
    value = body.bind(value)
    return [run(body, child, value, _below(place, name), _branch(child)) for name, child in module._modules.items()]


def _branch(module: Module) -> str | None:
    return "branch" if isinstance(module, nn.Sequential) else None


def _parallel_table(body: Body, module: Any, value: Value, place: str) -> Value:
    parts = _elements(body, module, value, len(module)) or []
    pairs = zip(module._modules.items(), parts, strict=False)
    return [run(body, m, x, _below(place, n), _branch(m)) for (n, m), x in pairs]


def _map_table(body: Body, module: Any, value: Value, place: str) -> Value:
    parts = _elements(body, module, value)
    name = body.attribute(module[0], _below(place, "0"))
    if parts is None:
        return Unknown(f"[{name}(item) for item in {value}]")
    return [f"{name}({rendered(x)})" for x in parts]


def _concat(body: Body, module: Any, value: Value, place: str) -> Value:
    return _joined(body, _concat_table(body, module, value, place), module.dim)


def _first(body: Body, module: Any, value: Value, place: str) -> Value:
    return run(body, module[0], value, _below(place, "0"))


def _graph(body: Body, module: Any, value: Value, place: str) -> Value:
    count = module.num_inputs
    values = [body.bind(value)] if count == 1 else _unpacked(body, module, value)
    uses = [source for step in module.steps for source in step.sources] + list(module.outputs)
    for number, step in enumerate(module.steps[count:], count):
        taken = [values[source] for source in step.sources]
        made = taken[0] if len(taken) == 1 else taken
        if step.part is not None:
            made = made[step.part[0]] if isinstance(made, list) else Unknown(f"{atom(made)}[{step.part[0]}]")
        if step.module is not None:
            made = run(body, module._modules[step.module], made, _below(place, step.module), _wish(step.name))
        if isinstance(made, str) and (uses.count(number) > 1 or len(made) > _LONG):
            made = body.bind(made, body.variable(_wish(step.name) or "x"))
        elif isinstance(made, list) and uses.count(number) > 1:
            made = body.bind(made)
        values.append(made)
    found = [values[i] for i in module.outputs]
    return found[0] if len(found) == 1 else found


def _unpacked(body: Body, module: Any, value: Value) -> list[Value]:
    """Names for the inputs of a graph."""
    if isinstance(value, list):
        return body.bind(value)
    wishes = [_wish(step.name) or "x" for step in module.steps[: module.num_inputs]]
    names: list[Value] = [Unknown(body.variable(wish)) for wish in wishes]
    body.lines.append(f"{', '.join(names)} = {value}")
    return names


def _wish(name: Any) -> str | None:
    return name if isinstance(name, str) and name.isidentifier() else None


# -- tables -----------------------------------------------------------------------------------------------------------


def _operator(sign: str, count: int | None = None) -> Rule:
    def rule(body: Body, module: Any, value: Value, place: str) -> Value:
        parts = _elements(body, module, value, count)
        if parts is None:
            return None
        loose = sign in (" + ", " - ")
        terms = [rendered(p) if loose and (k == 0 or _is_product(p)) else atom(p) for k, p in enumerate(parts)]
        return sign.join(terms)

    return rule


def _is_product(value: Value) -> bool:
    """Whether it binds as closely as a product."""
    return all(_is_atom(part) for part in rendered(value).split(" * "))


def _is_atom(text: str) -> bool:
    return text.count("(") == text.count(")") and text.count("[") == text.count("]") and atom(text) == text


def _joined(body: Body, parts: list[Value], dim: int) -> str:
    if sum(map(len, map(rendered, parts))) > _LONG:
        parts = body.bind(parts)
    return f"torch.cat({rendered(parts)}, dim={dim})"


def _join(body: Body, module: Any, value: Value, place: str) -> Value:
    dim = _dim(body, module)
    if dim is None:
        return None
    if isinstance(value, list):
        return _joined(body, value, dim)
    return f"torch.cat({'list(' + value + ')' if isinstance(value, Unknown) else value}, dim={dim})"


def _split(body: Body, module: Any, value: Value, place: str) -> Value:
    dim = _dim(body, module)
    if dim is None or isinstance(value, list):
        return None
    known = body.writer.flow.get(id(module))
    text = f"{atom(value)}.unbind({dim})"
    if known is None or not isinstance(known[1], list) or not 0 < len(known[1]) <= 6:
        return Unknown(text)
    names = [body.variable("part") for _ in known[1]]
    body.lines.append(f"{', '.join(names)}{',' if len(names) == 1 else ''} = {text}")
    return names


def _select(body: Body, module: Any, value: Value, place: str) -> Value:
    if isinstance(value, list) and isinstance(module.index, int):
        return value[module.index]
    return Unknown(f"{atom(value)}[{literal(module.index)}]")


def _narrow(body: Body, module: Any, value: Value, place: str) -> Value:
    start, end = module.start, module.start + module.length
    if isinstance(value, list):
        return value[start:end]
    return _indexed(body, value, range(start, end)) if start >= 0 else None


def _flatten(body: Body, module: Any, value: Value, place: str) -> Value:
    def flat(value: Value) -> list[Value] | None:
        if not isinstance(value, list):
            return None if isinstance(value, Unknown) else [value]
        parts = [flat(v) for v in value]
        return None if None in parts else [x for part in parts for x in part or []]

    return flat(value)


def _pair(rule: Callable[[Any, str, str], str]) -> Rule:
    def written(body: Body, module: Any, value: Value, place: str) -> Value:
        parts = _elements(body, module, value, 2)
        return None if parts is None else rule(module, atom(parts[0]), atom(parts[1]))

    return written


def _mm(module: Any, a: str, b: str) -> str:
    return f"{a}{'.mT' * module.trans_a} @ {b}{'.mT' * module.trans_b}"


def _mv(module: Any, matrix: str, vector: str) -> str:
    return f"({matrix}{'.mT' * module.trans} @ {vector}.unsqueeze(-1)).squeeze(-1)"


def _bare(text: str) -> str:
    """Without brackets around all of it."""
    return text[1:-1] if text.startswith("(") and _is_atom(text) and text.endswith(")") and _closes(text) else text


def _closes(text: str) -> bool:
    """Whether the first bracket is closed by the last."""
    depth = 0
    for k, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return k == len(text) - 1
    return False


def _text(rule: Callable[[Any, str], str]) -> Rule:
    """A function of one tensor."""

    def written(body: Body, module: Any, value: Value, place: str) -> Value:
        return None if isinstance(value, list) else rule(module, atom(value))

    return written


def _unchanged(body: Body, module: Any, value: Value, place: str) -> Value:
    return value


#: Modules that take or give tables, which are code wherever they are.
_OVER_TABLES: dict[type[Module], Rule] = {
    nn.ConcatTable: _concat_table,
    nn.ParallelTable: _parallel_table,
    nn.MapTable: _map_table,
    nn.CAddTable: _operator(" + "),
    nn.CMulTable: _operator(" * "),
    nn.CSubTable: _operator(" - ", 2),
    nn.CDivTable: _operator(" / ", 2),
    nn.JoinTable: _join,
    nn.SplitTable: _split,
    nn.SelectTable: _select,
    nn.NarrowTable: _narrow,
    nn.FlattenTable: _flatten,
    nn.MM: _pair(_mm),
    nn.MV: _pair(_mv),
    nn.DotProduct: _pair(lambda module, a, b: f"({a} * {b}).sum(-1)"),
}
#: Other modules over tables, which stay modules.
_OF_TABLES = (
    *(nn.CMaxTable, nn.CMinTable, nn.Bilinear, nn.CosineSimilarity, nn.PairwiseDistance, nn.MixtureTable, nn.Index),
    *(nn.MaskedSelect, nn.ZipTable, nn.ZipTableOneToMany, nn.CAddTensorTable),
)
_GIVE_TABLES = (
    *(nn.ConcatTable, nn.ParallelTable, nn.MapTable, nn.SplitTable, nn.NarrowTable, nn.FlattenTable, nn.ZipTable),
    *(nn.ZipTableOneToMany, nn.CAddTensorTable),
)
_TAKE_TABLES = {*_OVER_TABLES, *_OF_TABLES} - {nn.ConcatTable, nn.SplitTable}
#: What becomes code where a forward is written anyway.
CODE: dict[type[Module], Rule] = {
    **_OVER_TABLES,
    nn.Sequential: _sequential,
    nn.Maxout: _sequential,
    nn.Concat: _concat,
    nn.Decorator: _first,
    nn.GPU: _first,
    nn.Identity: _unchanged,
    nn.ReLU: _text(lambda module, x: f"F.relu({_bare(x)}{', inplace=True' * module.inplace})"),
    nn.Sigmoid: _text(lambda module, x: f"torch.sigmoid({_bare(x)})"),
    nn.Tanh: _text(lambda module, x: f"torch.tanh({_bare(x)})"),
    nn.Contiguous: _text(lambda module, x: f"{x}.contiguous()"),
    nn.Abs: _text(lambda module, x: f"{x}.abs()"),
    nn.Exp: _text(lambda module, x: f"{x}.exp()"),
    nn.Log: _text(lambda module, x: f"{x}.log()"),
    nn.Sqrt: _text(lambda module, x: f"{x}.sqrt()"),
    nn.Square: _text(lambda module, x: f"{x}**2"),
    nn.Power: _text(lambda module, x: f"{x}**{literal(module.exponent)}"),
    nn.Select: _text(lambda module, x: f"{x}.select({module.dim}, {module.index})"),
}


def _constant(sign: str) -> Rule:
    def rule(body: Body, module: Any, value: Value, place: str) -> Value:
        return None if module.inplace or isinstance(value, list) else f"{atom(value)} {sign} {literal(module.constant)}"

    return rule


CODE[nn.AddConstant], CODE[nn.MulConstant] = _constant("+"), _constant("*")
CODE[nn.Graph] = _graph
