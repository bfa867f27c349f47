"""Operations with a derivative of one's own."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import detach
from pytorch_from_lua.autograd.graph import Node, edge_of, is_tensor
from pytorch_from_lua.autograd.mode import MODE, no_grad
from pytorch_from_lua.autograd.record import refresh, wrap
from pytorch_from_lua.autograd.rule import Rule
from pytorch_from_lua.errors import AutogradError, DTypeError, ShapeError
from pytorch_from_lua.tensor import backend


class Context:
    """What ``forward`` leaves for ``backward``: saved tensors, and any attribute that is set on it.

    Attributes:
        needs_input_grad: for each argument of ``forward``, whether its gradient is wanted.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self._to_save: tuple[Any, ...] = ()
        self._saved: list[tuple[Any, int, int]] = []  # tensor, its version, which output it is or -1
        self._constant: tuple[Any, ...] = ()
        self._materialize = True
        self._outputs: list[tuple[tuple[int, ...], Any, str]] = []  # shape, dtype and device of each
        self._inputs: list[tuple[int, ...] | None] = []  # the shape of each argument that wants a gradient
        self._node: Any = None  # a weak reference: the node holds the context

    def save_for_backward(self, *tensors: Any) -> None:
        """Keeps tensors (or None); where one is changed in place afterwards, ``backward`` fails."""
        self._to_save = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Says that these outputs carry no gradient."""
        self._constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether ``backward`` gets zeros (the default) or None for an output that nobody used."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept.

        Raises:
            AutogradError: where one was modified in place since.
        """
        found = []
        for tensor, version, place in self._saved:
            if tensor is not None and tensor._storage.version != version:
                raise AutogradError(
                    f"one of the saved tensors was modified in place since: it is at version "
                    f"{tensor._storage.version}, expected {version}"
                )
            if place >= 0 and self._node is not None:
                tensor = detach(tensor)
                tensor.requires_grad, tensor.grad_fn = True, _output_node(self._node(), place, tensor._shape)
            found.append(tensor)
        return tuple(found)


class Function:
    """A recorded operation given by two static methods; call it by ``apply``.

    >>> import pytorch_from_lua as torch
    >>> class Double(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         return grad * 2
    >>> x = torch.ones(2, requires_grad=True)
    >>> Double.apply(x).sum().backward()
    >>> x.grad.tolist()
    [2.0, 2.0]
    """

    @staticmethod
    def forward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        """Computes a tensor or a tuple of them; nothing is recorded inside."""
        raise NotImplementedError("forward: a Function defines it as a static method")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradient of each argument of ``forward`` (None where there is none), from that of each output."""
        raise NotImplementedError("backward: a Function defines it as a static method")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Runs ``forward`` and records it."""
        for x in args:
            if is_tensor(x) and x._base is not None:
                refresh(x)
        needs = tuple([is_tensor(x) and x.requires_grad for x in args])
        ctx = Context(needs)
        with no_grad():
            given = cls.forward(ctx, *args, **kwargs)
        outputs = list(given) if isinstance(given, (tuple, list)) else [given]
        for i, out in enumerate(outputs):
            if any(out is x for x in args):
                outputs[i] = detach(out)  # an argument keeps its own history
        if any(needs) and MODE.enabled:
            _record(cls, ctx, args, given, outputs)
        ctx._to_save = ()
        return tuple(outputs) if isinstance(given, (tuple, list)) else outputs[0]


def _record(cls: type[Function], ctx: Context, args: tuple[Any, ...], given: Any, outputs: list[Any]) -> None:
    originals = list(given) if isinstance(given, (tuple, list)) else [given]
    edges = tuple([edge_of(x) if is_tensor(x) else None for x in args])
    carrying = [
        i
        for i, (out, old) in enumerate(zip(outputs, originals, strict=True))
        if is_tensor(out) and out.dtype.is_floating_point and not any(old is c for c in ctx._constant)
    ]
    ctx._constant = ()
    ctx._outputs = [(o._shape, o.dtype, o.device) if is_tensor(o) else ((), None, "cpu") for o in outputs]
    ctx._inputs = [x._shape if need else None for x, need in zip(args, ctx.needs_input_grad, strict=True)]
    rule = Rule(cls.__name__, _not_run, joint=("", _backward_of(cls)), order=-1)
    node = Node(rule, edges, ((ctx,),), (), None, Slots.shape)
    for i in carrying:
        out = outputs[i]
        out.requires_grad, out.grad_fn = True, _output_node(node, i, out._shape)
    ctx._node = weakref.ref(node)
    for t in ctx._to_save:
        place = next((i for i in carrying if originals[i] is t), -1)
        kept = detach(outputs[place]) if place >= 0 else t
        ctx._saved.append((kept, 0 if kept is None else kept._storage.noted_version, place))


def _not_run(*_: Any, **__: Any) -> Any:
    raise AssertionError("a Function runs its own forward")


class Slots:
    """The gradients of several outputs on their way to the node that computed all of them."""

    shape = (-1,)  # that node's: no tensor has it
    base = None

    def __init__(self, slots: dict[int, Any]) -> None:
        self.slots = slots

    def __add__(self, other: Slots) -> Slots:
        merged = dict(self.slots)
        for i, g in other.slots.items():
            merged[i] = merged[i] + g if i in merged else g
        return Slots(merged)


def _sums_to(given: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether ``shape`` can be broadcast to ``given``, so that a gradient of that shape is summed to it."""
    last = given[len(given) - len(shape) :]
    return len(given) >= len(shape) and all(n in (1, m) for n, m in zip(shape, last, strict=True))


def _output_node(node: Node, place: int, shape: tuple[int, ...]) -> Node:
    """What hands the gradient of one output on to the node of all."""
    rule = Rule(node.name, _not_run, joint=("", lambda n, g, needs: [Slots({place: g})]), order=-1)
    return Node(rule, (node,), ((),), (), None, shape)


def _backward_of(cls: type[Function]) -> Any:
    def backward(n: Any, g: Slots, needs: Any, ctx: Context) -> list[Any]:
        plain = not any(is_tensor(part) for part in g.slots.values())
        grads = []
        for i, (shape, dtype, device) in enumerate(ctx._outputs):
            part = g.slots.get(i)
            if part is not None:
                grads.append(part if is_tensor(part) else wrap(part))
            elif ctx._materialize and dtype is not None:
                grads.append(wrap(backend.move(np.zeros(shape, dtype.numpy), device)))
            else:
                grads.append(None)
        answer = cls.backward(ctx, *grads)
        parts = list(answer) if isinstance(answer, (tuple, list)) else [answer]
        if len(parts) != len(needs):
            raise ShapeError(f"{cls.__name__}.backward: must give {len(needs)} gradients, gave {len(parts)}")
        for i, (part, needed) in enumerate(zip(parts, ctx._inputs, strict=True)):
            if part is None or needed is None:
                continue
            if not is_tensor(part):
                raise DTypeError(f"{cls.__name__}.backward: gradient {i} must be a tensor or None, got {part!r}")
            if part.shape != needed and not _sums_to(part.shape, needed):
                raise ShapeError(f"{cls.__name__}.backward: gradient {i} needs shape {needed}, got {part.shape}")
        return [p.array if plain and is_tensor(p) else p for p in parts]

    return backward
