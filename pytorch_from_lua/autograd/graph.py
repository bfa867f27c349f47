"""The nodes that recorded operations leave behind, and where in the user's source they were made."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from typing import Any

from pytorch_from_lua.autograd.rule import Rule
from pytorch_from_lua.errors import AutogradError
from pytorch_from_lua.tensor.base import TensorBase

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

#: Whether a source file belongs to this package, by the name that its code objects carry.
_INSIDE: dict[str, bool] = {}

#: Node numbers fall, so that a heap gives the node made last first.
_ORDER = itertools.count(0, -1)

#: In place of what a node saved, once a backward pass has freed it.
FREED: Any = ("freed",)


class Node:
    """One recorded operation.

    Attributes:
        rule: the operation.
        edges: for each input the node that computed it, the tensor itself for a leaf, or None where no gradient goes.
        saved: for each derivative what it needs, as `Rule` says, or None.
        guards: (storage, version) of every saved value that a later in-place operation could change.
        params: the operation's parameters, or None.
        shape: the shape of the result.
        order: nodes made later have smaller numbers.
        hooks: functions that see, and may replace, the gradient of the result.
        retained: a weak reference to the result, where its gradient is to be kept.
    """

    __slots__ = (
        "__weakref__",
        "_code",
        "_instruction",
        "edges",
        "guards",
        "hooks",
        "order",
        "params",
        "retained",
        "rule",
        "saved",
        "shape",
    )

    def __init__(
        self,
        rule: Rule,
        edges: tuple[Any, ...],
        saved: tuple[Any, ...],
        guards: tuple[tuple[Any, int], ...],
        params: dict[str, Any] | None,
        shape: tuple[int, ...],
    ) -> None:
        self.rule = rule
        self.edges = edges
        self.saved = saved
        self.guards = guards
        self.params = params
        self.shape = shape
        self.order = next(_ORDER)
        self.hooks: list[Callable[..., Any]] | None = None
        self.retained: Any = None
        # Two words for each frame passed; the line is worked out only when an error wants to name it.
        frame = sys._getframe(2)
        while _INSIDE.get(frame.f_code.co_filename, True):
            if frame.f_code.co_filename not in _INSIDE:
                _learn(frame.f_code.co_filename)
                continue
            back = frame.f_back
            if back is None:
                break
            frame = back
        self._code = frame.f_code
        self._instruction = frame.f_lasti

    @property
    def name(self) -> str:
        """The operation's name."""
        return self.rule.name

    @property
    def where(self) -> str:
        """``file:line`` of the user's code that made the node."""
        line = self._code.co_firstlineno
        for start, stop, number in self._code.co_lines():
            if start <= self._instruction < stop and number is not None:
                line = number
        return f"{self._code.co_filename}:{line}"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes (or leaves) that the gradient goes to, in PyTorch's form."""
        return tuple([(e, 0) for e in self.edges])

    def check(self) -> None:
        """Raises AutogradError where a saved value was changed in place since, or is gone."""
        if self.saved is FREED:
            raise AutogradError(
                f"the values that {self.name!r} (made at {self.where}) saved for backward are gone: this graph was "
                "gone through before. Pass retain_graph=True to the first backward() to use it again"
            )
        for storage, version in self.guards:
            if storage.version != version:
                raise AutogradError(
                    f"one of the variables that {self.name!r} (made at {self.where}) needs for its gradient was "
                    f"modified in place since: it is at version {storage.version}, expected {version}"
                )

    def __repr__(self) -> str:
        return f"<{self.name} at {self.where}>"


def _learn(filename: str) -> None:
    # "<frozen ...>" and "<string>" are not ours.
    _INSIDE[filename] = os.path.abspath(filename).startswith(_PACKAGE) if filename[:1] != "<" else False


_TENSOR: list[type[Any]] = []


def tensor_type() -> type[Any]:
    """The class `Tensor`, which imports the engine and so cannot be imported by it at the start."""
    if not _TENSOR:
        from pytorch_from_lua.tensor.tensor import Tensor

        _TENSOR.append(Tensor)
    return _TENSOR[0]


def edge_of(t: Any) -> Any:
    """Where the gradient of ``t`` goes: its node, itself where it is a leaf, None where none is wanted."""
    if not t.requires_grad:
        return None
    node = t.grad_fn
    return t if node is None else node


def is_tensor(value: Any) -> bool:
    """Whether ``value`` is one of our tensors."""
    return isinstance(value, TensorBase)
