"""Torch7's module protocol, answered once for every module out of autograd.

``forward`` and autograd are how modules are used in Python. Code that was written against Torch7 calls
``updateOutput``, ``updateGradInput``, ``accGradParameters``, ``getParameters``: here they are, with Torch7's names and
meaning. A table of tensors is a list (or tuple, or dict) of tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.storage import Storage

if TYPE_CHECKING:
    from pytorch_from_lua.nn.module import Module
    from pytorch_from_lua.nn.parameter import Parameter


def tree_map(function: Callable[[Tensor], Any], tree: Any) -> Any:
    """The same nesting of lists, tuples and dicts with ``function`` applied to every tensor in it."""
    if isinstance(tree, Tensor):
        return function(tree)
    if isinstance(tree, dict):
        return {key: tree_map(function, value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)([tree_map(function, value) for value in tree])
    return tree


def tree_leaves(tree: Any) -> Iterator[Tensor]:
    """The tensors of a nesting, in order."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from tree_leaves(value)
    elif isinstance(tree, (list, tuple)):
        for value in tree:
            yield from tree_leaves(value)


class Torch7Protocol:
    """The methods of Torch7's ``nn.Module`` that Python's modules do not have under another name.

    Attributes:
        output: what the last `updateOutput` gave.
        gradInput: what the last `updateGradInput` or `backward` gave.
    """

    output: Any
    gradInput: Any  # noqa: N815 - Torch7's name

    if TYPE_CHECKING:

        def __call__(self, *inputs: Any) -> Any: ...
        def parameters(self) -> Iterator[Parameter]: ...
        def modules(self) -> Iterator[Module]: ...
        def eval(self) -> Any: ...
        def train(self) -> Any: ...

    def updateOutput(self, input: Any) -> Any:
        """The output for ``input``, kept as ``self.output``; the graph is kept for the calls that follow."""
        from pytorch_from_lua.autograd import enable_grad

        leaves = tree_map(_leaf, input)
        fed = leaves
        if any(getattr(module, "inplace", False) for module in self.modules()):
            # What is written over must not be a leaf: its own gradient would have nowhere to come from.
            fed = tree_map(lambda leaf: leaf.clone(), leaves)
        with enable_grad():
            result = self(fed)
        self.__dict__["_trace"] = (input, leaves, result)
        self.__dict__["output"] = tree_map(lambda t: t.detach(), result)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        """The gradient with respect to the input, kept as ``self.gradInput``; parameters' gradients stay."""
        leaves = self._traced(input)
        grads = self._gradients(list(tree_leaves(leaves)), gradOutput)
        return self._keep_grad_input(leaves, grads)

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1.0) -> None:
        """Adds ``scale`` times the gradients with respect to the parameters to their ``grad``."""
        self._traced(input)
        parameters = [p for p in self.parameters() if p.requires_grad]
        _accumulate(parameters, self._gradients(parameters, gradOutput), scale)

    def backward(self, input: Any, gradOutput: Any, scale: float = 1.0) -> Any:
        """`updateGradInput` and `accGradParameters` in one pass.

        Args:
            input: what the last forward was given (else the forward is run again).
            gradOutput: the gradient with respect to the output, of its shape.
            scale: what the parameters' gradients are multiplied by before they are added.
        """
        leaves = self._traced(input)
        inputs = list(tree_leaves(leaves))
        parameters = [p for p in self.parameters() if p.requires_grad]
        grads = self._gradients([*inputs, *parameters], gradOutput)
        _accumulate(parameters, grads[len(inputs) :], scale)
        return self._keep_grad_input(leaves, grads[: len(inputs)])

    def _traced(self, input: Any) -> Any:
        trace = self.__dict__.get("_trace")
        if trace is None or trace[0] is not input:
            self.updateOutput(input)
            trace = self.__dict__["_trace"]
        return trace[1]

    def _gradients(self, wanted: list[Any], grad_output: Any) -> list[Any]:
        """Gradients of the traced outputs for each tensor wanted; None where it has no part in them."""
        from pytorch_from_lua.autograd import grad

        _, _, result = self.__dict__["_trace"]
        outputs, given = list(tree_leaves(result)), list(tree_leaves(grad_output))
        if [o.shape for o in outputs] != [g.shape for g in given]:
            raise ModuleError(
                f"gradOutput: {type(self).__name__} gave {[o.shape for o in outputs]}, got {[g.shape for g in given]}"
            )
        used = [i for i, tensor in enumerate(wanted) if tensor.requires_grad]
        pairs = [(o, g) for o, g in zip(outputs, given, strict=True) if o.requires_grad]
        found: list[Any] = [None] * len(wanted)
        if pairs and used:
            grads = grad(
                [o for o, _ in pairs],
                [wanted[i] for i in used],
                [g for _, g in pairs],
                retain_graph=True,
                allow_unused=True,
            )
            for i, g in zip(used, grads, strict=True):
                found[i] = g
        return found

    def _keep_grad_input(self, leaves: Any, grads: list[Any]) -> Any:
        from pytorch_from_lua import zeros

        remaining = iter(grads)

        def placed(leaf: Tensor) -> Any:
            found = next(remaining)
            return zeros(leaf.shape, dtype=leaf.dtype) if found is None else found

        self.__dict__["gradInput"] = tree_map(placed, leaves)
        return self.gradInput

    def zeroGradParameters(self) -> None:
        """Sets the parameters' gradients to 0 in place."""
        for parameter in self.parameters():
            grad = _grad_of(parameter)
            grad.array[...] = 0
            grad.bump()

    def updateParameters(self, learningRate: float) -> None:
        """One step of plain gradient descent: ``p -= learningRate * grad``."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                array = parameter.array
                array -= array.dtype.type(learningRate) * parameter.grad.array
                parameter.bump()

    def getParameters(self) -> tuple[Tensor, Tensor]:
        """All parameters, and all their gradients, each as one flat tensor on whose memory they lie from now on.

        Parameters that share memory are in it once. Call it once, before an optimizer is made.

        Raises:
            ModuleError: where the module has no parameters, or parameters of several types.
        """
        parameters = list(self.parameters())
        types = sorted({p.dtype.name for p in parameters})
        if len(types) != 1:
            raise ModuleError(f"getParameters: needs parameters of one type, {type(self).__name__} has {types}")
        grads = [_grad_of(p) for p in parameters]
        return _flatten(list(parameters)), _flatten(grads)

    def evaluate(self) -> None:
        """Evaluation behaviour; Torch7's name of `eval`."""
        self.eval()

    def clearState(self) -> Any:
        """Drops what was kept for a backward pass (``output``, ``gradInput``) in every module below."""
        for module in self.modules():
            for name in ("_trace", "output", "gradInput"):
                module.__dict__.pop(name, None)
        return self

    def listModules(self) -> list[Module]:
        """This module and all below it, from the top down."""
        return list(self.modules())

    def findModules(self, kind: type | str) -> list[Module]:
        """The modules of a class, given itself or by its name."""
        return [
            m for m in self.modules() if (type(m).__name__ == kind if isinstance(kind, str) else isinstance(m, kind))
        ]

    def clone(self) -> Any:
        """A deep copy: parameters that were shared are shared in the copy, and not with the original."""
        import copy

        return copy.deepcopy(self)

    def share(self, other: Any, *names: str) -> Any:
        """Puts the named parameters and buffers on the memory of those of ``other``, through the whole tree.

        A name such as ``gradWeight`` is the gradient of ``weight``, as in Torch7.
        """
        mine, theirs = list(self.modules()), list(other.modules())
        if len(mine) != len(theirs):
            raise ModuleError(f"other: needs the same tree of {len(mine)} modules, got {len(theirs)}")
        for module, source in zip(mine, theirs, strict=True):
            for name in names:
                held, given = _shareable(module, name), _shareable(source, name)
                if isinstance(held, Tensor) and isinstance(given, Tensor):
                    held.set_(given)
        return self


def _shareable(module: Module, name: str) -> Any:
    """The tensor that Torch7 has as a field of the name: a parameter, a buffer, or a parameter's gradient."""
    if name.startswith("grad") and name not in module.__dict__:
        parameter = module._parameters.get(name[4:5].lower() + name[5:])
        return None if parameter is None else _grad_of(parameter)
    return getattr(module, name, None)


def _leaf(tensor: Tensor) -> Tensor:
    leaf = tensor.detach()
    leaf.requires_grad = tensor.dtype.is_floating_point
    return leaf


def _grad_of(parameter: Parameter) -> Tensor:
    """The parameter's gradient; zeros of its shape are made where there is none yet."""
    if parameter.grad is None:
        from pytorch_from_lua import zeros

        parameter.grad = zeros(parameter.shape, dtype=parameter.dtype, device=parameter.device)
    return parameter.grad


def _accumulate(parameters: list[Parameter], grads: list[Any], scale: float) -> None:
    for parameter, grad in zip(parameters, grads, strict=True):
        if grad is not None:
            held = _grad_of(parameter)
            held.array[...] += held.array.dtype.type(scale) * grad.array
            held.bump()


def _flatten(tensors: list[Tensor]) -> Tensor:
    """Moves the tensors, where they lie in their storages, onto one new storage; returns all of it as one tensor."""
    from pytorch_from_lua.tensor import geometry

    reach: dict[int, list[tuple[int, int]]] = {}
    for t in tensors:
        reach.setdefault(id(t.storage()), []).append((t.storage_offset(), geometry.extent(t.geometry)))
    starts: dict[int, list[tuple[int, int, int]]] = {}
    total = 0
    done: dict[int, Storage] = {}
    for t in tensors:
        key = id(t.storage())
        if key in starts:
            continue
        done[key] = t.storage()
        starts[key] = []
        for begin, end in _merged(reach[key]):
            starts[key].append((begin, end, total))
            total += end - begin
    flat = Storage.empty(total, tensors[0].dtype)
    for key, pieces in starts.items():
        for begin, end, place in pieces:
            flat.buffer[place : place + end - begin] = done[key].buffer[begin:end]
    for t in tensors:
        offset = t.storage_offset()
        begin, _, place = next(piece for piece in starts[id(t.storage())] if piece[0] <= offset <= piece[1])
        t._place(flat, t.geometry._replace(offset=place + offset - begin))
    return Tensor.from_storage(flat, 0, (total,))


def _merged(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The intervals with those that overlap joined, in order."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(intervals):
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
