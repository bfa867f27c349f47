"""Going backward through the recorded graph.

Between nodes travel plain arrays; a tensor is made only for a leaf, for a hook, and where the gradients themselves
are recorded (``create_graph``). Nodes are taken from a heap, the one made last first: whoever used a node's result
was made after it, so by the time a node is taken its gradient is complete. Nothing recurses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Any

import numpy as np

from pytorch_from_lua.autograd import rules as _rules
from pytorch_from_lua.autograd import rules_activation as _rules_activation
from pytorch_from_lua.autograd import rules_binary as _rules_binary
from pytorch_from_lua.autograd import rules_convolution as _rules_convolution
from pytorch_from_lua.autograd import rules_indexing as _rules_indexing
from pytorch_from_lua.autograd import rules_layers as _rules_layers
from pytorch_from_lua.autograd import rules_linalg as _rules_linalg
from pytorch_from_lua.autograd import rules_linear as _rules_linear
from pytorch_from_lua.autograd import rules_loss as _rules_loss
from pytorch_from_lua.autograd import rules_normalization as _rules_normalization
from pytorch_from_lua.autograd import rules_order as _rules_order
from pytorch_from_lua.autograd import rules_pair_loss as _rules_pair_loss
from pytorch_from_lua.autograd import rules_pooling as _rules_pooling
from pytorch_from_lua.autograd import rules_reduce as _rules_reduce
from pytorch_from_lua.autograd import rules_resampling as _rules_resampling
from pytorch_from_lua.autograd import rules_scatter as _rules_scatter
from pytorch_from_lua.autograd import rules_smooth as _rules_smooth
from pytorch_from_lua.autograd import rules_special as _rules_special
from pytorch_from_lua.autograd import rules_views as _rules_views
from pytorch_from_lua.autograd.graph import FREED, Node, edge_of, is_tensor
from pytorch_from_lua.autograd.inplace import apply_, operation_
from pytorch_from_lua.autograd.leaves import (
    add_to_grad,
    as_tensor,
    detach,
    detach_,
    hooked,
    register_hook,
    requires_grad_,
    retain_grad,
)
from pytorch_from_lua.autograd.mode import MODE, enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from pytorch_from_lua.autograd.quiet import hush, unhush
from pytorch_from_lua.autograd.record import apply, apply_view, method, operation, refresh, view_of, wrap
from pytorch_from_lua.autograd.rule import RULES, array_namespace
from pytorch_from_lua.errors import AutogradError, ShapeError
from pytorch_from_lua.tensor import backend

__all__ = [
    "apply",
    "apply_",
    "apply_view",
    "backward",
    "detach",
    "detach_",
    "enable_grad",
    "grad",
    "is_grad_enabled",
    "method",
    "no_grad",
    "operation",
    "operation_",
    "refresh",
    "register_hook",
    "requires_grad_",
    "retain_grad",
    "set_grad_enabled",
    "view_of",
    "wrap",
]

# Importing them fills the table.
_TABLES = (
    _rules,
    _rules_activation,
    _rules_binary,
    _rules_convolution,
    _rules_indexing,
    _rules_layers,
    _rules_linalg,
    _rules_linear,
    _rules_loss,
    _rules_normalization,
    _rules_order,
    _rules_pair_loss,
    _rules_pooling,
    _rules_reduce,
    _rules_resampling,
    _rules_scatter,
    _rules_smooth,
    _rules_special,
    _rules_views,
)


class _TensorNamespace:
    """Every operation on tensors, recorded: what derivatives are computed with under ``create_graph``."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in RULES:
            raise AttributeError(name)
        function = operation(name)
        if RULES[name].extra == "output":
            found = lambda *args, **params: function(*args, **params)[0]  # noqa: E731
        else:
            found = function
        setattr(self, name, found)
        return found


_TENSORS = _TensorNamespace()
_ndarray = np.ndarray


# -- the two entrances -----------------------------------------------------------------------------------------------


def backward(
    tensors: Any,
    grads: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Adds to ``.grad`` of every leaf (or of ``inputs``) the gradient of ``tensors`` weighted by ``grads``.

    Args:
        tensors: a tensor or several.
        grads: for each a tensor of its shape, or None for a tensor with one element, which stands for 1.
        retain_graph: whether the graph can be used again; as ``create_graph`` where None.
        create_graph: whether the gradients are recorded, so that they can be differentiated themselves.
        inputs: the tensors whose gradients are wanted; all leaves where None.

    Raises:
        AutogradError: where there is no graph, it was freed, or a value it needs was changed in place.
    """
    roots = _roots(tensors, grads, create_graph)
    run = _Run(create_graph if retain_graph is None else retain_graph, create_graph)
    if inputs is None:
        run.go(roots)
        return
    wanted = _several(inputs)
    for t, g in zip(wanted, run.capture(roots, wanted), strict=True):
        if g is not None:
            add_to_grad(t, g, False, create_graph)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Any, ...]:
    """The gradients of ``outputs``, weighted by ``grad_outputs``, with respect to ``inputs``; no ``.grad`` changes.

    Raises:
        AutogradError: as `backward`; and where an input was not used, unless ``allow_unused`` (None is given then).
    """
    wanted = _several(inputs)
    for i, t in enumerate(wanted):
        if not t.requires_grad:
            raise AutogradError(f"inputs: number {i} does not require a gradient")
    run = _Run(create_graph if retain_graph is None else retain_graph, create_graph)
    found = run.capture(_roots(outputs, grad_outputs, create_graph), wanted)
    if not allow_unused and any(g is None for g in found):
        missing = [i for i, g in enumerate(found) if g is None]
        raise AutogradError(f"inputs: number {missing[0]} was not used; pass allow_unused=True to get None for it")
    return tuple([None if g is None else as_tensor(g) for g in found])


def _several(given: Any) -> list[Any]:
    return [given] if is_tensor(given) else list(given)


def _roots(tensors: Any, grads: Any, create: bool) -> list[tuple[Any, Any]]:
    """Pairs of a node or leaf and what comes in there: an array, or a tensor under ``create_graph``."""
    outputs = _several(tensors)
    weights = [grads] * len(outputs) if grads is None or is_tensor(grads) else list(grads)
    if len(weights) != len(outputs):
        raise ShapeError(f"grads: {len(weights)} given for {len(outputs)} tensors")
    roots = []
    for t, g in zip(outputs, weights, strict=True):
        if t._base is not None:
            refresh(t)
        if not t.requires_grad:
            raise AutogradError("tensors: one does not require a gradient and has no grad_fn, so there is no way back")
        if g is None:
            if t.numel() != 1:
                raise AutogradError(f"grads: only a tensor of one element has a default gradient, this is {t.shape}")
            one = backend.namespace(t.array).ones(t.shape, t.dtype.numpy)
            roots.append((edge_of(t), wrap(one) if create else one))
            continue
        if g.shape != t.shape:
            raise ShapeError(f"grads: needs shape {t.shape}, got {g.shape}")
        if g.dtype is not t.dtype:
            g = apply("to", g, dtype=t.dtype)
        roots.append((edge_of(t), g if create else g.array))
    return roots


# -- one pass --------------------------------------------------------------------------------------------------------


class _Run:
    """One pass over a graph."""

    def __init__(self, retain: bool, create: bool) -> None:
        self.retain = retain
        self.create = create
        self.grads: dict[Node, Any] = {}  # what has come in so far
        self.heap: list[tuple[int, Node]] = []
        self.leaves: dict[int, list[Any]] = {}  # id -> [leaf, gradient, whether nobody else holds it]
        self.owned: set[Node] = set()  # nodes whose gradient so far is a sum that nobody else holds
        self.useful: set[Any] | None = None  # where set, the only nodes and leaf ids worth visiting
        self.captured: dict[Node, Any] = {}

    def go(self, roots: list[tuple[Any, Any]], finish: bool = True) -> None:
        """Runs from ``roots`` to the leaves."""
        before = MODE.enabled
        MODE.enabled = self.create
        state = hush()
        try:
            for vertex, g in roots:
                self._put(vertex, g, False)
            self._drain()
            if finish:
                for leaf, g, fresh in self.leaves.values():
                    add_to_grad(leaf, hooked(leaf._hooks, g), fresh and not leaf._hooks, self.create)
        finally:
            unhush(state)
            MODE.enabled = before

    def capture(self, roots: list[tuple[Any, Any]], wanted: list[Any]) -> list[Any]:
        """The gradients that arrive at ``wanted``, None where none does."""
        for t in wanted:
            if t._base is not None:
                refresh(t)
        ends = [edge_of(t) for t in wanted]
        self.useful = _leading_to(roots, ends)
        self.captured = {e: None for e in ends if e.__class__ is Node}
        self.go(roots, finish=False)
        found = []
        for e in ends:
            if e.__class__ is Node:
                found.append(self.captured[e])
            else:
                entry = self.leaves.get(id(e))
                found.append(None if entry is None else hooked(e._hooks, entry[1]))
        return found

    def _put(self, vertex: Any, g: Any, fresh: bool) -> None:
        """A gradient comes in at a node or leaf."""
        if self.useful is not None and (vertex if vertex.__class__ is Node else id(vertex)) not in self.useful:
            return
        if vertex.__class__ is not Node:
            entry = self.leaves.get(id(vertex))
            if entry is None:
                self.leaves[id(vertex)] = [vertex, g, fresh]
            elif entry[2] and not self.create:
                entry[1] += g
            else:
                entry[1] = entry[1] + g
                entry[2] = True
            return
        grads = self.grads
        if vertex not in grads:
            grads[vertex] = g
            heappush(self.heap, (vertex.order, vertex))
        elif vertex in self.owned:
            total = grads[vertex]
            total += g
            grads[vertex] = total
        else:
            grads[vertex] = grads[vertex] + g
            if not self.create:
                self.owned.add(vertex)

    def _drain(self) -> None:
        grads, heap, put, create = self.grads, self.heap, self._put, self.create
        unfold = self.useful
        while heap:
            node = heappop(heap)[1]
            g = grads.pop(node)
            if node.hooks is not None or node.retained is not None:
                g = self._watched(node, g)
            if unfold is not None and node in self.captured:
                self.captured[node] = g
            rule = node.rule
            if rule.joint is not None or rule.order < 0:
                self._joint(node, g)
                continue
            if node.saved is FREED or node.guards:
                node.check()
            if create:
                self._recorded(node, g)
                continue
            n = _NUMPY if g.__class__ is _ndarray or isinstance(g, np.generic) else _namespace(g)
            params = node.params
            try:
                for edge, function, saved in zip(node.edges, rule.functions, node.saved):  # noqa: B905
                    if edge is None or function is None:
                        continue
                    if params is None:
                        part = function(n, g, *saved)
                    else:
                        part = function(n, g, *saved, **params)
                    if part.shape != edge.shape:
                        part = n.sum_to(part, shape=edge.shape)
                    put(edge, part, part is not g and part.base is None)
            except Exception as error:
                raise located(error, node)  # noqa: B904  (the same exception, with a place)
            if not self.retain and rule.holds:
                self._free(node)

    def _recorded(self, node: Node, g: Any) -> None:
        """One node under ``create_graph``: tensors in, tensors out."""
        rule = node.rule
        if rule.order < 2:
            raise AutogradError(
                f"{rule.name!r} (made at {node.where}) can be differentiated once only: use it without create_graph"
            )
        try:
            for i, (edge, function) in enumerate(zip(node.edges, rule.functions)):  # noqa: B905
                if edge is None or function is None:
                    continue
                saved = revive(node, i)
                part = function(_TENSORS, g, *saved, **(node.params or {}))
                if part.shape != edge.shape:
                    part = _TENSORS.sum_to(part, shape=edge.shape)
                self._put(edge, part, False)
        except Exception as error:
            raise located(error, node)  # noqa: B904
        if not self.retain and rule.holds:
            self._free(node)

    def _joint(self, node: Node, g: Any) -> None:
        """One node whose gradients come out of one function."""
        node.check()
        rule = node.rule
        if self.create and rule.order == 1:
            raise AutogradError(
                f"{rule.name!r} (made at {node.where}) can be differentiated once only: use it without create_graph"
            )
        needs = tuple([e is not None for e in node.edges])
        try:
            if self.create:
                n: Any = _TENSORS
                saved = node.saved[0] if rule.order < 0 else revive(node, 0)
            else:
                n = _NUMPY if g.__class__ is _ndarray or isinstance(g, np.generic) else _namespace(g)
                saved = node.saved[0]
            assert rule.functions[0] is not None
            parts = rule.functions[0](n, g, needs, *saved, **(node.params or {}))
            for edge, part in zip(node.edges, parts, strict=True):
                if edge is None or part is None:
                    continue
                if part.shape != edge.shape:
                    part = n.sum_to(part, shape=edge.shape)
                self._put(edge, part, rule.order > 0 and part is not g and not self.create and part.base is None)
        except Exception as error:
            raise located(error, node)  # noqa: B904
        if not self.retain and (rule.holds or any(node.saved)):
            self._free(node)

    def _watched(self, node: Node, g: Any) -> Any:
        """Shows the gradient to the hooks of a node's result, and keeps it where that was asked for."""
        try:
            g = hooked(node.hooks, g)
        except Exception as error:
            raise located(error, node)  # noqa: B904
        if node.retained is not None:
            t = node.retained()
            if t is not None:
                add_to_grad(t, g, False, self.create)
        return g

    def _free(self, node: Node) -> None:
        # Nodes that saved no values are not freed: nothing that they need would be missing the next time.
        node.saved = FREED
        node.guards = ()
        node.params = None


_NUMPY = array_namespace(np)


def _namespace(g: Any) -> Any:
    return array_namespace(backend.namespace(g))


def revive(node: Node, index: int) -> list[Any]:
    """What a derivative needs, as tensors that know their history."""
    tokens, saved = node.rule.tokens[index], node.saved[index]
    revived = []
    for token, value in zip(tokens or (), saved, strict=True):
        place = "xyzw".find(token)
        if token == "r":
            t = wrap(value)
            t.requires_grad, t.grad_fn = True, node
            value = t
        elif place >= 0 and hasattr(value, "shape"):
            edge = node.edges[place]
            if edge is not None and edge.__class__ is not Node:
                value = edge
            else:
                value = wrap(value)
                value.requires_grad, value.grad_fn = edge is not None, edge
        revived.append(value)
    return revived


def _leading_to(roots: list[tuple[Any, Any]], ends: Iterable[Any]) -> set[Any]:
    """The nodes, and ids of leaves, on a way from ``roots`` to one of ``ends``."""
    found: set[Any] = {e if e.__class__ is Node else id(e) for e in ends}
    nodes: set[Node] = set()
    stack = [v for v, _ in roots if v.__class__ is Node]
    while stack:
        node = stack.pop()
        if node not in nodes:
            nodes.add(node)
            stack.extend([e for e in node.edges if e.__class__ is Node])
    for node in sorted(nodes, key=lambda v: -v.order):  # inputs before the nodes that use them
        if any((e if e.__class__ is Node else id(e)) in found for e in node.edges if e is not None):
            found.add(node)
    return found


def located(error: Exception, node: Node) -> Exception:
    """The same exception, whose message ends with the forward line that made the node."""
    place = f"(in the backward of {node.name!r}, made at {node.where})"
    if isinstance(error, AutogradError) and node.where in str(error):
        return error
    if error.args and isinstance(error.args[0], str):
        error.args = (f"{error.args[0]} {place}", *error.args[1:])
    elif not error.args:
        error.args = (place,)
    elif hasattr(error, "add_note"):
        error.add_note(place)
    return error
