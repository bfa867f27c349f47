"""Graph: a net out of nodes, each a module and the nodes whose outputs it takes (Torch7's ``nn.gModule``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn.module import Module


class Node:
    """A place in a net that is being put together: what nngraph's ``module(node)`` gives in Lua.

    A node takes the outputs of other nodes: one as it is, several as a list. Without inputs it is where the input of a
    `Graph` comes in. ``node >> module`` is ``Node(module, node)``.

    Args:
        module: what happens here; None leaves the input as it is.
        inputs: the nodes whose outputs it takes.
        name: shown in the graph's text; ``annotate{name = ...}`` in Lua.

    Attributes:
        notes: what is known about the node beside that, by name; kept in ``.t7`` files.

    >>> from pytorch_from_lua import nn
    >>> x = nn.Node(name="x")
    >>> hidden = x >> nn.Linear(4, 3) >> nn.Tanh()
    >>> nn.Graph(x, nn.Node(nn.JoinTable(1), hidden, x))
    Graph(
      inputs: x
      (0): Linear(in_features=4, out_features=3, bias=True) <- x
      (1): Tanh() <- (0)
      (2): JoinTable(dim=1) <- (1), x
      outputs: (2)
    )
    """

    def __init__(self, module: Module | None = None, *inputs: Node, name: str | None = None) -> None:
        if module is not None and not isinstance(module, Module):
            raise ModuleError(f"module: a Node needs a module or None, got {type(module).__name__}")
        for i, node in enumerate(inputs):
            if not isinstance(node, Node):
                raise ModuleError(f"inputs: a Node needs nodes, got {type(node).__name__} at place {i}")
        self.module, self.inputs, self.name = module, inputs, name
        self.notes: dict[str, Any] = {}
        self.part: tuple[int, int | None] | None = None

    def __rshift__(self, module: Module) -> Node:
        return Node(module, self)

    def __iter__(self) -> Any:
        raise ModuleError("a Node is no list: split(count) gives the elements of its output as nodes")

    def split(self, count: int) -> list[Node]:
        """The ``count`` elements of the list that this node gives, as nodes."""
        if not isinstance(count, int) or count < 1:
            raise ModuleError(f"count: split needs a number from 1, got {count!r}")
        parts = [Node(None, self) for _ in range(count)]
        for i, node in enumerate(parts):
            node.part = (i, count)
        return parts

    def __repr__(self) -> str:
        named = "" if self.name is None else f", name={self.name!r}"
        inputs = ", <1 node>" if len(self.inputs) == 1 else f", <{len(self.inputs)} nodes>" if self.inputs else ""
        return f"Node({self.module!r}{inputs}{named})"


class Step(NamedTuple):
    """One step of a `Graph`: what it takes and what happens there.

    Attributes:
        module: the module's name in the graph; None where the value stays as it is.
        sources: the numbers of the steps whose values it takes; none for an input of the graph.
        part: which element of the value it takes, and of how many where that is known; None for all of it.
        name: the node's name.
        notes: what else is known about the node.
    """

    module: str | None
    sources: tuple[int, ...]
    part: tuple[int, int | None] | None
    name: str | None
    notes: dict[str, Any]


class Graph(Module):
    """A net out of nodes, run in an order in which every node comes after its inputs (Torch7's ``nn.gModule``).

    It takes as many inputs as it has input nodes, one by one or in a list, and gives the value of its output node, or
    the list of the values of several.

    Args:
        inputs: the node, or the nodes, where the input comes in: they have no inputs of their own.
        outputs: the node, or the nodes, whose values are the output.

    Attributes:
        num_inputs: how many inputs it takes.
        steps: the nodes in the order of the forward pass, those of the inputs first.
        outputs: the numbers of the steps whose values are the output.

    Raises:
        ModuleError: for an input that no output needs, and for a node without inputs that is none of the inputs.

    >>> import pytorch_from_lua as torch
    >>> from pytorch_from_lua import nn
    >>> a, b = nn.Node(), nn.Node()
    >>> net = nn.Graph([a, b], [nn.Node(nn.CAddTable(), a, b), a >> nn.MulConstant(2)])
    >>> [y.tolist() for y in net(torch.tensor([1.0]), torch.tensor([3.0]))]
    [[4.0], [2.0]]

    An ``nn.gModule`` out of a ``.t7`` file is such a net. It can be changed (`replace`, `insert`, `delete`, `rename`,
    `set_outputs`; a node is told by its name, by the number of its module as it is printed, or by the module), trained
    like any module, printed, saved as a ``.t7`` file that Torch7 reads, and handed to a running Lua::

        net = lua_compat.load("lstm.t7")
        net["decoder"] = nn.Linear(128, 20)
        net.rename("decoder", "labels")
        ...
        lua_compat.save("tuned.t7", net)
    """

    def __init__(self, inputs: Node | Sequence[Node], outputs: Node | Sequence[Node]) -> None:
        super().__init__()
        self._build(_nodes(inputs, "inputs"), _nodes(outputs, "outputs"))

    def _build(self, taken: list[Node], given: list[Node]) -> None:
        ordered = _in_order(given)
        _check_inputs(taken, ordered)
        number: dict[Node, int] = {}
        steps: list[Step] = []
        modules: dict[str, Module | None] = {}
        for node in taken:
            number[node] = len(steps)
            steps.append(Step(None, (), None, None if node.module else node.name, {}))
        for node in ordered:
            if node in number and node.module is None:
                continue
            name = None
            if node.module is not None:
                name = str(len(modules))
                modules[name] = node.module
            sources = (number[node],) if node in number else tuple([number[source] for source in node.inputs])
            number[node] = len(steps)
            steps.append(Step(name, sources, node.part, node.name, dict(node.notes)))
        self._modules.clear()
        self._modules.update(modules)
        self.steps: tuple[Step, ...] = tuple(steps)
        self.num_inputs = len(taken)
        self.outputs: tuple[int, ...] = tuple([number[node] for node in given])

    def forward(self, *inputs: Any) -> Any:
        values = list(inputs)
        if len(inputs) == 1 and self.num_inputs > 1 and isinstance(inputs[0], (list, tuple)):
            values = list(inputs[0])
        if len(values) != self.num_inputs:
            raise ModuleError(f"inputs: Graph needs {self.num_inputs}, got {len(values)}")
        for step in self.steps[self.num_inputs :]:
            value: Any = [values[i] for i in step.sources]
            if len(value) == 1:
                value = value[0]
            if step.part is not None:
                value = _part(value, *step.part)
            if step.module is not None:
                value = self._modules[step.module](value)
            values.append(value)
        found = [values[i] for i in self.outputs]
        return found[0] if len(found) == 1 else found

    # -- editing ------------------------------------------------------------------------------------------------

    def nodes(self) -> list[Node]:
        """A node for each of `steps`, with the same modules: to make another graph of.

        >>> from pytorch_from_lua import nn
        >>> x = nn.Node(name="x")
        >>> net = nn.Graph(x, x >> nn.Linear(4, 3) >> nn.Tanh())
        >>> nodes = net.nodes()
        >>> nn.Graph(nodes[0], nodes[1] >> nn.ReLU())
        Graph(
          inputs: x
          (0): Linear(in_features=4, out_features=3, bias=True) <- x
          (1): ReLU() <- (0)
          outputs: (1)
        )
        """
        made: list[Node] = []
        for step in self.steps:
            module = None if step.module is None else self._modules[step.module]
            node = Node(module, *[made[i] for i in step.sources], name=step.name)
            node.part, node.notes = step.part, dict(step.notes)
            made.append(node)
        return made

    def find(self, where: str | int | Module) -> int:
        """The number in `steps` of a node: of that name, with the module of that number, or with that module.

        Raises:
            ModuleError: where there is none, or more than one.
        """
        if isinstance(where, Module):
            found = [i for i, s in enumerate(self.steps) if s.module is not None and self._modules[s.module] is where]
        elif isinstance(where, str):
            found = [i for i, step in enumerate(self.steps) if step.name == where]
        else:
            found = [i for i, step in enumerate(self.steps) if step.module == str(where)]
        if len(found) != 1:
            names = ", ".join(repr(step.name) for step in self.steps if step.name is not None) or "none"
            raise ModuleError(
                f"where: needs the name of one node, the number of its module (of {len(self._modules)}), or the module "
                f"itself; {where!r} fits {len(found)} nodes. Names: {names}"
            )
        return found[0]

    def __getitem__(self, where: str | int) -> Module | None:
        return self.nodes()[self.find(where)].module

    def __setitem__(self, where: str | int | Module, module: Module) -> None:
        self.replace(where, module)

    def replace(self, where: str | int | Module, module: Module) -> Module | None:
        """Puts a module in the place of a node's; the one that was there is returned.

        >>> from pytorch_from_lua import nn
        >>> x = nn.Node()
        >>> net = nn.Graph(x, nn.Node(nn.Linear(4, 3), x, name="decoder") >> nn.LogSoftmax(1))
        >>> net.replace("decoder", nn.Linear(4, 7))
        Linear(in_features=4, out_features=3, bias=True)
        >>> net["decoder"]
        Linear(in_features=4, out_features=7, bias=True)
        """
        at, nodes = self.find(where), self.nodes()
        self._check_module(module)
        if at < self.num_inputs:
            raise ModuleError(f"where: {where!r} is an input of the graph and has no module; insert puts one after it")
        before, nodes[at].module = nodes[at].module, module
        self._rebuild(nodes)
        return before

    def insert(self, where: str | int | Module, module: Module, name: str | None = None) -> None:
        """Puts a module behind a node: all that took what the node gives, the outputs included, take what it makes of
        that.

        The modules are numbered anew, in the order of their steps.

        >>> from pytorch_from_lua import nn
        >>> x = nn.Node(name="x")
        >>> net = nn.Graph(x, x >> nn.Linear(4, 3) >> nn.Tanh())
        >>> net.insert(0, nn.Dropout(0.5), name="noise")
        >>> net
        Graph(
          inputs: x
          (0): Linear(in_features=4, out_features=3, bias=True) <- x
          (1) noise: Dropout(p=0.5) <- (0)
          (2): Tanh() <- (1)
          outputs: (2)
        )
        """
        at, nodes = self.find(where), self.nodes()
        self._check_module(module)
        self._redirect(nodes, nodes[at], Node(module, nodes[at], name=name))

    def delete(self, where: str | int | Module) -> Module | None:
        """Takes out a node of one input: what took its value takes its input. Its module is returned.

        Raises:
            ModuleError: for a node of several inputs, and an input of the graph.
        """
        at, nodes = self.find(where), self.nodes()
        if len(nodes[at].inputs) != 1:
            raise ModuleError(f"where: {where!r} has {len(nodes[at].inputs)} inputs, a node of one can be deleted")
        self._redirect(nodes, nodes[at], nodes[at].inputs[0])
        return nodes[at].module

    def rename(self, where: str | int | Module, name: str | None) -> None:
        """Gives a node another name (``annotate{name = ...}`` in Lua), or none."""
        at = self.find(where)
        self.steps = tuple([s._replace(name=name) if i == at else s for i, s in enumerate(self.steps)])

    def set_outputs(self, *where: str | int | Module) -> None:
        """Chooses the nodes whose values are the output. Nodes that are needed no more go.

        Raises:
            ModuleError: where an input would no longer be needed.
        """
        nodes = self.nodes()
        chosen = [nodes[self.find(one)] for one in where]
        self._build(nodes[: self.num_inputs], _nodes(chosen, "where"))

    def _redirect(self, nodes: list[Node], old: Node, new: Node) -> None:
        for node in nodes:
            if node is not new:
                node.inputs = tuple([new if source is old else source for source in node.inputs])
        outputs = [new if nodes[i] is old else nodes[i] for i in self.outputs]
        self._build(nodes[: self.num_inputs], outputs)

    def _rebuild(self, nodes: list[Node]) -> None:
        self._build(nodes[: self.num_inputs], [nodes[i] for i in self.outputs])

    def _check_module(self, module: Any) -> None:
        if not isinstance(module, Module):
            raise ModuleError(f"module: needs a module, got {type(module).__name__}")

    def __repr__(self) -> str:
        said: list[str] = []
        lines = []
        for i, step in enumerate(self.steps):
            sources = [said[source] for source in step.sources]
            if i < self.num_inputs:
                said.append(step.name or f"input[{i}]")
            elif step.module is None:
                whole = sources[0] if len(sources) == 1 else f"[{', '.join(sources)}]"
                said.append(whole if step.part is None else f"{whole}[{step.part[0]}]")
            else:
                text = repr(self._modules[step.module]).replace("\n", "\n  ")
                named = "" if step.name is None else f" {step.name}"
                lines.append(f"({step.module}){named}: {text} <- {', '.join(sources)}")
                said.append(f"({step.module})")
        first = "inputs: " + ", ".join(said[: self.num_inputs])
        last = "outputs: " + ", ".join([said[i] for i in self.outputs])
        return f"{type(self).__name__}(\n  " + "\n  ".join([first, *lines, last]) + "\n)"


def _nodes(given: Any, what: str) -> list[Node]:
    nodes = [given] if isinstance(given, Node) else given
    if not isinstance(nodes, (list, tuple)) or not nodes or not all(isinstance(node, Node) for node in nodes):
        shown = type(given).__name__ if not isinstance(given, (list, tuple)) else [type(n).__name__ for n in given]
        raise ModuleError(f"{what}: Graph needs a Node or a list of nodes, got {shown}")
    return list(nodes)


def _in_order(outputs: Sequence[Node]) -> list[Node]:
    """All nodes that the outputs need, each after its inputs; without recursion, which deep nets would exhaust."""
    ordered: list[Node] = []
    seen: set[Node] = set()
    for output in outputs:
        path = [] if output in seen else [(output, iter(output.inputs))]
        seen.add(output)
        while path:
            node, remaining = path[-1]
            for source in remaining:
                if source not in seen:
                    seen.add(source)
                    path.append((source, iter(source.inputs)))
                    break
            else:
                path.pop()
                ordered.append(node)
    return ordered


def _check_inputs(taken: Sequence[Node], ordered: Sequence[Node]) -> None:
    if len(set(taken)) != len(taken):
        raise ModuleError("inputs: Graph needs different nodes, got one of them twice")
    needed = set(ordered)
    for i, node in enumerate(taken):
        if node.inputs:
            raise ModuleError(f"inputs: {node!r} at place {i} has inputs of its own")
        if node not in needed:
            raise ModuleError(f"inputs: {node!r} at place {i} is not used by any output")
    for node in ordered:
        if not node.inputs and node not in taken:
            raise ModuleError(f"outputs: need {node!r}, which has no inputs and is none of Graph's")


def _part(value: Any, index: int, count: int | None) -> Any:
    held = len(value) if isinstance(value, (list, tuple)) else None
    if held is None or (held != count if count is not None else held <= index):
        got = type(value).__name__ if held is None else f"a list of {held}"
        raise ModuleError(f"split: needs a list of {f'more than {index}' if count is None else count}, got {got}")
    return value[index]
