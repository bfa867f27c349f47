"""Calls such as ``optim.sgd(feval, parameters, state)``: where they can be steps of an optimizer of Python's.

That is provable where ``parameters, gradients = model:getParameters()`` made both, the gradients are cleared in the
function and go nowhere else, and what configures the optimizer is a table whose options all have a counterpart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.paths import assigned_to, copied, is_path, is_pure, named, overlap, paths_in, replaced, same

#: Of each function of ``optim``: its options in Python. ``betas`` takes two. None is what has no effect.
OPTIONS: dict[str, dict[str, str | None]] = {
    "sgd": {
        "learningRate": "lr",
        "momentum": "momentum",
        "dampening": "dampening",
        "weightDecay": "weight_decay",
        "nesterov": "nesterov",
        "learningRateDecay": "decay",
        "evalCounter": None,
    },
    "adam": {
        "learningRate": "lr",
        "beta1": "betas",
        "beta2": "betas",
        "epsilon": "eps",
        "weightDecay": "weight_decay",
        "learningRateDecay": "decay",
    },
    "adamax": {
        "learningRate": "lr",
        "beta1": "betas",
        "beta2": "betas",
        "epsilon": "eps",
        "weightDecay": "weight_decay",
    },
    "adagrad": {"learningRate": "lr", "learningRateDecay": "lr_decay", "weightDecay": "weight_decay"},
    "adadelta": {"rho": "rho", "eps": "eps", "weightDecay": "weight_decay"},
    "rmsprop": {"learningRate": "lr", "alpha": "alpha", "epsilon": "eps", "weightDecay": "weight_decay"},
}
#: Methods of gradients that do the same to each of them.
_IN_PLACE = {"zero", "clamp", "mul", "div"}
#: Methods that put the parameters of a model somewhere else.
_CONVERTS = {"cuda", "float", "double", "type", "getParameters", "share"}
#: Options that Torch7 sets otherwise than Python where a script says nothing.
_DEFAULTS = {"adagrad": {"lr": "1e-3"}, "adamax": {"eps": "1e-38"}}


@dataclass(eq=False)
class Found:
    """A call of an optimizer with all that it needs.

    Attributes:
        call: the call, in ``statement`` of ``block``.
        word: the function of ``optim``.
        function: the function of the loss, in ``defined`` of ``home``, and ``symbol`` its variable if it has one.
        made: the statement with `getParameters`, in ``top``.
        parameters: their variable.
        gradients: their variable.
        model: the model.
        config: the table with the options, and ``state`` the variable that holds it, in ``declared``.
        drop: statements that go.
    """

    call: Any
    word: str
    statement: Any
    block: Any
    function: Any = None
    symbol: Any = None
    defined: Any = None
    home: Any = None
    made: Any = None
    top: Any = None
    parameters: Any = None
    gradients: Any = None
    model: Any = None
    config: Any = None
    state: Any = None
    declared: Any = None
    drop: list[Any] = field(default_factory=list)
    options: list[tuple[str, list[Any]]] = field(default_factory=list)
    decay: Any = None
    variable: Any = None

    @property
    def key(self) -> tuple[int, str]:
        """What tells it from other calls of the file."""
        return self.call.line, self.word


class Finder:
    """Looks for calls of optimizers in a file whose names have their symbols.

    Args:
        block: the file.
        foreign: names of global variables that other files have too.
    """

    def __init__(self, block: n.Block, foreign: set[str]) -> None:
        self.block, self.foreign = block, foreign
        self.parents: dict[int, Any] = {}
        for node in n.walk(block):
            for child in n.children(node):
                self.parents[id(child)] = node

    def calls(self) -> list[Found]:
        """All calls that can be steps, in the order of the text."""
        found = []
        for node in n.walk(self.block):
            if isinstance(node, n.Block):
                for s in node.statements:
                    made = self._call(s, node)
                    if made is not None:
                        found.append(made)
        return found

    def _call(self, s: Any, block: n.Block) -> Found | None:
        values = s.values if isinstance(s, (n.Local, n.Assign)) else [s.call] if isinstance(s, n.CallStatement) else []
        if len(values) != 1 or not isinstance(values[0], n.Call):
            return None
        call: Any = values[0]
        f = call.function
        if not (isinstance(f, n.Index) and isinstance(f.key, n.String) and isinstance(f.object, n.Name)):
            return None
        if f.object.name != "optim" or f.key.value not in OPTIONS or len(call.args) not in (3, 4):
            return None
        found = Found(call, f.key.value, s, block)
        good = self._parameters(found) and self._function(found) and self._config(found) and self._gradients_stay(found)
        return found if good and self._options(found) else None

    # -- who made the parameters

    def _parameters(self, found: Found) -> bool:
        given = found.call.args[1]
        if not isinstance(given, n.Name) or not self._sets_once(given.symbol):
            return False
        for block in [x for x in n.walk(self.block) if isinstance(x, n.Block)]:
            for s in block.statements:
                if not isinstance(s, (n.Local, n.Assign)) or len(s.values) != 1:
                    continue
                names: Any = s.names if isinstance(s, n.Local) else s.targets
                call: Any = s.values[0]
                if not (isinstance(call, n.Method) and call.name == "getParameters" and is_path(call.object)):
                    continue
                if len(names) == 2 and all(isinstance(x, n.Name) for x in names) and names[0].symbol is given.symbol:
                    found.made, found.top, found.model = s, block, call.object
                    found.parameters, found.gradients = names[0].symbol, names[1].symbol
                    return self._sets_once(names[1].symbol) and self._model_stays(found)
        return False

    def _sets_once(self, symbol: Any) -> bool:
        if symbol.function is None:
            return bool(symbol.assigned == 1 and symbol.name not in self.foreign)
        return not symbol.assigned

    def _model_stays(self, found: Found) -> bool:
        """Whether the model is the same from `getParameters` on."""
        for x in n.walk(self.block):
            if isinstance(x, n.Assign) and x.line > found.made.line:
                if any(same(t, found.model) for t in x.targets):
                    return False
            elif isinstance(x, n.CallStatement) and x.line > found.made.line:
                call: Any = x.call
                if isinstance(call, n.Method) and same(call.object, found.model) and call.name in _CONVERTS:
                    return False
        return True

    # -- the function of the loss

    def _function(self, found: Found) -> bool:
        given = found.call.args[0]
        if isinstance(given, n.Function):
            found.function, found.home, found.defined = given, found.block, None
        elif isinstance(given, n.Name):
            found.symbol = given.symbol
            if len(given.symbol.uses) != 1 or not self._defined(found, given.symbol):
                return False
        else:
            return False
        return self._body(found)

    def _defined(self, found: Found, symbol: Any) -> bool:
        for block in [x for x in n.walk(self.block) if isinstance(x, n.Block)]:
            for s in block.statements:
                function = None
                if isinstance(s, n.FunctionStatement) and getattr(s.target, "symbol", None) is symbol:
                    function = s.function
                elif isinstance(s, (n.Local, n.Assign)) and len(s.values) == 1 and isinstance(s.values[0], n.Function):
                    targets: Any = s.names if isinstance(s, n.Local) else s.targets
                    if len(targets) == 1 and getattr(targets[0], "symbol", None) is symbol:
                        function = s.values[0]
                if function is None:
                    continue
                once = symbol.assigned == (1 if symbol.function is None else 0)
                if isinstance(s, n.Assign) and symbol.function is not None:
                    return False
                found.function, found.defined, found.home = function, s, block
                return bool(once and symbol.name not in self.foreign) if symbol.function is None else once
        return False

    def _body(self, found: Found) -> bool:
        """Whether the function does what can be done in a step: its last statement gives loss and gradients."""
        statements = found.function.body.statements
        if not statements or found.function.vararg or len(found.function.params) > 1:
            return False
        last = statements[-1]
        returns = [x for x in n.walk_here(found.function.body) if isinstance(x, n.Return)]
        if returns != [last] or len(last.values) != 2 or not self._is(last.values[1], found.gradients):
            return False
        for param in found.function.params:
            for use in param.symbol.uses:
                s = self._statement_of(use, found.function.body)
                if not self._copies(s, param.symbol, found.parameters):
                    return False
                if s not in found.drop:
                    found.drop.append(s)
            if param.symbol.assigned:
                return False
        return True

    def _statement_of(self, node: Any, block: n.Block) -> Any:
        while node is not None and self.parents.get(id(node)) is not block:
            node = self.parents.get(id(node))
        return node

    def _is(self, node: Any, symbol: Any) -> bool:
        return isinstance(node, n.Name) and node.symbol is symbol

    def _copies(self, s: Any, given: Any, parameters: Any) -> bool:
        """``if x ~= parameters then parameters:copy(x) end``: they are one here."""
        if isinstance(s, n.If) and len(s.branches) == 1 and len(s.branches[0][1].statements) == 1:
            test: Any = s.branches[0][0]
            sides = isinstance(test, n.Binary) and test.op == "~=" and [test.left, test.right]
            if not sides or not all(self._is(x, given) or self._is(x, parameters) for x in sides):
                return False
            s = s.branches[0][1].statements[0]
        call = s.call if isinstance(s, n.CallStatement) else None
        return (
            isinstance(call, n.Method)
            and call.name == "copy"
            and self._is(call.object, parameters)
            and len(call.args) == 1
            and self._is(call.args[0], given)
        )

    # -- the options

    def _config(self, found: Found) -> bool:
        given = found.call.args[2]
        if len(found.call.args) == 4 and not (isinstance(found.call.args[3], n.Table) and isinstance(given, n.Name)):
            return False
        if isinstance(given, n.Table):
            found.config = given
            return all(f.key is not None and is_pure(f.value) for f in given.fields) and self._stays(given)
        if not isinstance(given, n.Name) or not self._sets_once(given.symbol):
            return False
        found.state = given.symbol
        for s in found.top.statements:
            names: Any = s.names if isinstance(s, n.Local) else s.targets if isinstance(s, n.Assign) else []
            for k, target in enumerate(names):
                if self._is(target, given.symbol):
                    found.declared = s
                    found.config = s.values[k] if k < len(s.values) and len(s.values) == len(names) else None
        return isinstance(found.config, n.Table) and self._state_stays(found)

    def _stays(self, table: n.Table) -> bool:
        """Whether what a table in the call speaks of is never assigned: then each call means the same options."""
        for x in n.walk(table):
            if isinstance(x, n.Name) and (x.symbol.assigned or x.symbol.loop is not None or x.symbol.function is None):
                return False
            if isinstance(x, n.Index) and any(
                isinstance(t, n.Index) and same(t.key, x.key)
                for s in n.walk(self.block)
                if isinstance(s, n.Assign)
                for t in s.targets
            ):
                return False
        return True

    def _state_stays(self, found: Found) -> bool:
        """Whether nothing but its learning rate is asked of a state, and it goes to this one call."""
        for use in found.state.uses:
            parent = self.parents.get(id(use))
            if parent is found.call:
                continue
            if not isinstance(parent, n.Index) or parent.object is not use:
                return False
            if not isinstance(parent.key, n.String) or parent.key.value != "learningRate":
                return False
        return True

    def _options(self, found: Found) -> bool:
        known, made = OPTIONS[found.word], found.options
        for f in found.config.fields:
            if not isinstance(f.key, n.String) or f.key.value not in known or not is_pure(f.value):
                return False
            word = known[f.key.value]
            if word == "decay":
                found.decay = None if _is_zero(f.value) else f.value
            elif word == "betas":
                pass
            elif word is not None and not (_is_zero(f.value) and word != "lr" and word != "dampening"):
                made.append((word, [f.value]))
        given = {f.key.value: f.value for f in found.config.fields}
        if found.decay is not None and any(self._is_rate(x, found.state) for x in n.walk(self.block)):
            return False
        words = [word for word, _ in made]
        if found.word == "sgd" and "momentum" in words and "dampening" not in words and "nesterov" not in words:
            made.insert(words.index("momentum") + 1, ("dampening", [copied(given["momentum"])]))
        elif found.word == "sgd" and "dampening" in words and _is_zero(given["dampening"]):
            made.pop(words.index("dampening"))
        if "beta1" in given or "beta2" in given:
            at = found.config
            betas = [given.get(b, n.Number(at.line, at.line, v, str(v))) for b, v in (("beta1", 0.9), ("beta2", 0.999))]
            made.insert(1 if made and made[0][0] == "lr" else 0, ("betas", betas))
        for word, text in _DEFAULTS.get(found.word, {}).items():
            if word not in words:
                made.append((word, [n.Number(found.call.line, found.call.line, float(text), text)]))
        return found.state is not None or ("momentum" not in words and found.word == "sgd" and found.decay is None)

    def _is_rate(self, node: Any, state: Any) -> bool:
        return isinstance(node, n.Index) and state is not None and self._is(node.object, state)

    # -- the gradients

    def _gradients_stay(self, found: Found) -> bool:
        """Whether the gradients are cleared in the function, and changed there in place if at all."""
        statements = found.function.body.statements
        cleared = False
        for s in statements:
            call = s.call if isinstance(s, n.CallStatement) else None
            if isinstance(call, n.Method):
                of_model = call.name == "zeroGradParameters" and same(call.object, found.model)
                cleared = cleared or of_model or (call.name == "zero" and self._is(call.object, found.gradients))
        if not cleared:
            return False
        for use in found.gradients.uses:
            parent = self.parents.get(id(use))
            if isinstance(parent, n.Return) and parent is statements[-1]:
                continue
            s = self.parents.get(id(parent))
            if not (isinstance(parent, n.Method) and parent.object is use and isinstance(s, n.CallStatement)):
                return False
            if s not in statements or parent.name not in _IN_PLACE or not all(_is_number(a) for a in parent.args):
                return False
        return True


def _is_zero(node: Any) -> bool:
    return isinstance(node, n.Number) and node.value == 0


def _is_number(node: Any) -> bool:
    """Whether an argument reads as a number."""
    if isinstance(node, n.Unary):
        return (node.op == "#" and is_path(node.operand)) or (node.op == "-" and _is_number(node.operand))
    return isinstance(node, (n.Number, n.Index)) and is_pure(node)


# -- the rewriting


def rewrite(file: n.Block, found: Found, how: str, names: dict[str, str]) -> None:
    """Puts an optimizer in the place of the call.

    Args:
        file: the file.
        found: the call.
        how: "inline" where the function's statements take the place of the call, and its loss that of the result;
            "named" where they do and the result keeps its name; "function" where the function stays one.
        names: names for "optimizer" and "scheduler".
    """
    optimizer, at = names["optimizer"], found.call
    _creation(file, found, names, how == "function")
    gradients = found.gradients
    body = []
    for s in found.function.body.statements[:-1]:
        if s in found.drop:
            continue
        body.append(_step_statement(s, found, gradients, optimizer))
    last = found.function.body.statements[-1]
    loss = last.values[0]
    steps: list[Any] = [n.CallStatement(at.line, at.end, n.Method(at.line, at.end, named(optimizer, at), "step", []))]
    if found.decay is not None:
        scheduler = n.Method(at.line, at.end, named(names["scheduler"], at), "step", [])
        steps.append(n.CallStatement(at.line, at.end, scheduler))
    steps[0].trailing = found.statement.trailing
    if how == "function":
        found.function.body.statements[:] = [*body, last]
        last.values = [loss]
        found.function.params = []
        first: Any = found.call.args[0]
        value = n.Call(at.line, at.end, first, [])
        result = _result(found, value, file)
        new = [result or n.CallStatement(at.line, at.end, value), *steps]
    else:
        if found.defined is not None:
            found.home.statements.remove(found.defined)
            _comments_before(found.defined, body)
        result = _result(found, loss, file, inline=how == "inline")
        new = [*body, *([result] if result is not None and how == "named" else []), *steps]
        steps[-1].trailing = steps[-1].trailing or last.trailing
        steps[0].comments = [*last.comments, *found.function.body.comments]
        if result is not None and how == "inline":
            new.insert(len(body), result)
    _comments_before(found.statement, new)
    place = found.block.statements.index(found.statement)
    found.block.statements[place : place + 1] = new


def _comments_before(old: Any, new: list[Any]) -> None:
    if new:
        new[0].comments = [*old.comments, *new[0].comments]
        new[0].blank_before = new[0].blank_before or old.blank_before


def _creation(file: n.Block, found: Found, names: dict[str, str], used_in_function: bool) -> None:
    """Makes the optimizer where the options and the model are there, before a function that speaks of it."""
    at = found.config
    value = n.NewOptimizer(at.line, at.end, found.word, copied(found.model), found.options)
    target = named(names["optimizer"], at)
    found.variable = target
    made = [n.Local(at.line, at.end, [target], [value])]
    if found.decay is not None:
        other = n.NewScheduler(at.line, at.end, named(names["optimizer"], at), found.decay)
        made.append(n.Local(at.line, at.end, [named(names["scheduler"], at)], [other]))
    statements = found.top.statements
    p = statements.index(found.made)
    if found.state is None:
        q = next(k for k, s in enumerate(statements) if any(x is found.call for x in n.walk(s)))
        if found.defined in statements:
            q = min(q, statements.index(found.defined))
        q = max(q, p + 1)
    else:
        q = statements.index(found.declared)
        targets: Any = found.declared.names if isinstance(found.declared, n.Local) else found.declared.targets
        k = next(k for k, t in enumerate(targets) if getattr(t, "symbol", None) is found.state)
        del targets[k], found.declared.values[k]
        q += 1
        if not targets:
            q -= 1
            made[0].comments, made[0].blank_before = found.declared.comments, found.declared.blank_before
            made[-1].trailing = found.declared.trailing
            del statements[q]
            p = statements.index(found.made)
        q = max(q, p + 1)
    if used_in_function and found.defined in statements:
        first = statements.index(found.defined)
        paths = [path for _, nodes in found.options for node in nodes for path in paths_in(node)]
        changed = [t for s in statements[first:q] for t in assigned_to(s)]
        if p < first and not any(overlap(t, path) for t in changed if is_path(t) for path in paths):
            q = min(q, first)
    statements[q:q] = made
    _parameters_left(file, found)
    _rates(file, found, names["optimizer"])


def _parameters_left(file: n.Block, found: Found) -> None:
    """Keeps of `getParameters` what is still asked for."""
    gone = {id(x) for s in found.drop for x in n.walk(s)} | {id(x) for x in n.walk(found.call)}
    left = [use for use in found.parameters.uses if id(use) not in gone]
    parents = {id(c): x for x in n.walk(file) for c in n.children(x)}
    counts = [parents.get(id(use)) for use in left]
    if all(isinstance(x, n.Method) and x.name in ("nElement", "numel") and x.object in left for x in counts):
        for x in counts:
            assert x is not None
            replaced(file, x, n.ParameterCount(x.line, x.end, copied(found.model)))
        left = []
    if left:
        names: Any = found.made.names if isinstance(found.made, n.Local) else found.made.targets
        del names[1:]
        return
    statements = found.top.statements
    place = statements.index(found.made)
    rest = statements[place + 1]
    rest.comments = [*found.made.comments, *rest.comments]
    rest.blank_before = rest.blank_before or found.made.blank_before
    del statements[place]


def _step_statement(s: Any, found: Found, gradients: Any, optimizer: str) -> Any:
    call = s.call if isinstance(s, n.CallStatement) else None
    if not isinstance(call, n.Method):
        return s
    of_gradients = isinstance(call.object, n.Name) and call.object.symbol is gradients
    if (of_gradients and call.name == "zero") or (call.name == "zeroGradParameters" and same(call.object, found.model)):
        s.call = n.Method(call.line, call.end, named(optimizer, call), "zero_grad", [])
    elif of_gradients:
        made = n.EachGradient(s.line, s.end, copied(found.model), call)
        made.comments, made.trailing, made.blank_before = s.comments, s.trailing, s.blank_before
        call.object = copied(found.model)
        return made
    return s


def _result(found: Found, loss: Any, file: n.Block, inline: bool = False) -> Any:
    """The statement that keeps the loss, where the script asks for the list of losses; None where it does not."""
    s, at = found.statement, found.call
    if isinstance(s, n.CallStatement):
        return None
    targets: Any = s.names if isinstance(s, n.Local) else s.targets
    if len(targets) < 2 or not isinstance(targets[1], n.Name):
        return None
    symbol = targets[1].symbol
    parents = {id(c): x for x in n.walk(file) for c in n.children(x)}
    firsts = [parents.get(id(use)) for use in symbol.uses]
    single = all(isinstance(p, n.Index) and isinstance(p.key, n.Number) and p.key.value == 1 for p in firsts)
    if not symbol.uses and isinstance(s, n.Local):
        return None
    if single and isinstance(s, n.Local):
        if inline and isinstance(loss, n.Name):
            for p in firsts:
                new = named(loss.name, p)
                new.means = loss.symbol.declared  # type: ignore[attr-defined]
                replaced(file, p, new)
            return None
        for p, use in zip(firsts, symbol.uses, strict=True):
            replaced(file, p, use)
        return n.Local(at.line, at.end, [targets[1]], [loss])
    value = n.Table(at.line, at.end, [n.Field(at.line, at.end, None, loss)])
    if isinstance(s, n.Local):
        return n.Local(at.line, at.end, [targets[1]], [value])
    return n.Assign(at.line, at.end, [targets[1]], [value])


def _rates(file: n.Block, found: Found, optimizer: str) -> None:
    for x in list(n.walk(file)):
        if isinstance(x, n.Index) and isinstance(x.object, n.Name) and x.object.symbol is found.state:
            replaced(file, x, n.LearningRate(x.line, x.end, named(optimizer, x)))
