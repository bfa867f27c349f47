"""What a module calls beside its forward: hooks before and after it, and around its gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytorch_from_lua.autograd import Function
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map


class RemovableHandle:
    """Takes a hook away again: call `remove`, or leave its ``with`` block."""

    def __init__(self, hooks: list[Any], entry: Any) -> None:
        self._hooks, self._entry = hooks, entry

    def remove(self) -> None:
        """The hook is not called any more."""
        for i, entry in enumerate(self._hooks):
            if entry is self._entry:
                del self._hooks[i]
                return

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


class Hooks:
    """The hooks of one module, each kind in the order that they are called in."""

    def __init__(self) -> None:
        self.before: list[tuple[Callable[..., Any], bool]] = []
        self.after: list[tuple[Callable[..., Any], bool]] = []
        self.before_gradients: list[tuple[Callable[..., Any], bool]] = []
        self.gradients: list[tuple[Callable[..., Any], bool]] = []

    def add(self, kind: str, hook: Callable[..., Any], prepend: bool, with_kwargs: bool = False) -> RemovableHandle:
        """Adds a hook of a kind (the name of one of the lists)."""
        hooks, entry = getattr(self, kind), (hook, with_kwargs)
        hooks.insert(0 if prepend else len(hooks), entry)
        return RemovableHandle(hooks, entry)

    def call(self, module: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The output of the module's forward, with every hook called at its time."""
        for hook, with_options in list(self.before):
            changed = hook(module, inputs, options) if with_options else hook(module, inputs)
            if changed is not None and with_options:
                inputs, options = changed
            elif changed is not None:
                inputs = changed if isinstance(changed, tuple) else (changed,)
        watched = _Watched(module, self) if self.gradients or self.before_gradients else None
        if watched is not None:
            inputs = watched.inputs(inputs)
        output = module.forward(*inputs, **options)
        for hook, with_options in list(self.after):
            changed = hook(module, inputs, options, output) if with_options else hook(module, inputs, output)
            if changed is not None:
                output = changed
        return output if watched is None else watched.outputs(output)


class _Watched:
    """One call whose gradients hooks see: tensors go in and come out through an operation that changes nothing."""

    def __init__(self, module: Any, hooks: Hooks) -> None:
        self._module, self._hooks = module, hooks
        self._grad_output: tuple[Any, ...] = ()
        self._has_inputs = False

    def inputs(self, inputs: Any) -> Any:
        """The inputs, from now on as results of an operation whose gradients are those of the inputs."""
        self._has_inputs = any(t.requires_grad for t in tree_leaves(inputs))
        return self._through(inputs, self._of_inputs) if self._has_inputs else inputs

    def outputs(self, output: Any) -> Any:
        """The output, likewise."""
        return self._through(output, self._of_outputs)

    def _through(self, tree: Any, seen: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Any:
        leaves = list(tree_leaves(tree))
        if not leaves:
            return tree
        passed = iter(_Pass.apply(*leaves, seen=seen))
        return tree_map(lambda leaf: next(passed), tree)

    def _of_outputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook, _ in list(self._hooks.before_gradients):
            changed = hook(self._module, grads)
            if changed is not None:
                grads = changed if isinstance(changed, tuple) else (changed,)
        self._grad_output = grads
        if not self._has_inputs:
            for hook, _ in list(self._hooks.gradients):
                hook(self._module, (None,), grads)
        return grads

    def _of_inputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook, _ in list(self._hooks.gradients):
            changed = hook(self._module, grads, self._grad_output)
            if changed is not None:
                grads = changed if isinstance(changed, tuple) else (changed,)
        return grads


class _Pass(Function):
    """Tensors as they are; ``seen`` is given their gradients and says what they are from there on."""

    @staticmethod
    def forward(ctx: Any, *tensors: Any, seen: Any) -> Any:
        ctx.seen = seen
        ctx.set_materialize_grads(False)
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return ctx.seen(grads)
