"""Where gradients end: what a leaf keeps, the hooks that watch, and the switches of a tensor."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.graph import is_tensor
from pytorch_from_lua.autograd.record import refresh, wrap
from pytorch_from_lua.errors import AutogradError, DTypeError, ShapeError


def as_tensor(g: Any) -> Any:
    """A gradient as a tensor."""
    return g if is_tensor(g) else wrap(np.asarray(g) if isinstance(g, np.generic) else g)


def add_to_grad(t: Any, g: Any, fresh: bool, create: bool) -> None:
    """``t.grad += g``, or the first of it; an array that somebody else may hold is copied."""
    if t.grad is None:
        if is_tensor(g):
            t.grad = g if create else wrap(g.array.copy())
            return
        if g.dtype != t.dtype.numpy:
            g = g.astype(t.dtype.numpy)
        elif not fresh or not g.flags.c_contiguous:
            g = g.copy()
        t.grad = wrap(g, t.dtype)
    elif create:
        t.grad = t.grad + g
    else:
        have = t.grad.array
        have += g.array if is_tensor(g) else g
        t.grad.bump()


def hooked(hooks: Any, g: Any) -> Any:
    """The gradient after every hook has seen it, in the form it came in."""
    if not hooks:
        return g
    shown = as_tensor(g)
    for hook in list(hooks):
        answer = hook(shown)
        if answer is not None:
            if not is_tensor(answer) or answer.shape != shown.shape:
                raise ShapeError(f"hook: must give None or a tensor of shape {shown.shape}, got {answer!r}")
            shown = answer
    return shown if is_tensor(g) else shown.array


class HookHandle:
    """Takes a hook off again: ``handle.remove()``."""

    __slots__ = ("_hook", "_hooks")

    def __init__(self, hooks: list[Any], hook: Any) -> None:
        self._hooks = hooks
        self._hook = hook

    def remove(self) -> None:
        """Takes the hook off; nothing happens the second time."""
        if self._hook in self._hooks:
            self._hooks.remove(self._hook)


def register_hook(t: Any, hook: Callable[[Any], Any]) -> HookHandle:
    """Calls ``hook(grad)`` whenever the gradient of ``t`` has been computed; a tensor that it returns replaces it.

    Raises:
        AutogradError: where ``t`` does not require a gradient.
    """
    if t._base is not None:
        refresh(t)
    if not t.requires_grad:
        raise AutogradError("register_hook: the tensor does not require a gradient")
    owner, name = (t, "_hooks") if t.grad_fn is None else (t.grad_fn, "hooks")
    if getattr(owner, name) is None:
        setattr(owner, name, [])
    hooks = getattr(owner, name)
    hooks.append(hook)
    return HookHandle(hooks, hook)


def retain_grad(t: Any) -> None:
    """Keeps the gradient of a tensor that is no leaf in its ``.grad``."""
    if not t.requires_grad:
        raise AutogradError("retain_grad: the tensor does not require a gradient")
    if t.grad_fn is not None:
        t.grad_fn.retained = weakref.ref(t)


def detach(t: Any) -> Any:
    """The same storage without history."""
    return type(t)._make(t._storage, t._offset, t._shape, t._stride)


def detach_(t: Any) -> Any:
    """Forgets how ``t`` was computed: it is a leaf that requires no gradient from now on."""
    t.grad_fn = None
    t.requires_grad = False
    t._base = None
    return t


def requires_grad_(t: Any, requires_grad: bool = True) -> Any:
    """Chooses whether operations on the leaf ``t`` are recorded.

    Raises:
        DTypeError: where the elements are not floating-point numbers.
        AutogradError: where ``t`` was computed from others and is to require none.
    """
    if requires_grad and not t.dtype.is_floating_point:
        raise DTypeError(f"requires_grad: only floating-point tensors can require a gradient, this is {t.dtype.name}")
    if t.grad_fn is not None:
        if not requires_grad:
            raise AutogradError("requires_grad: only a leaf can stop requiring a gradient; use detach()")
        return t
    t.requires_grad = bool(requires_grad)
    return t
