"""Module: the tree of layers, its parameters and its state (PyTorch's ``nn.Module``, Torch7's ``nn.Module``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from pytorch_from_lua.errors import DTypeError, ModuleError
from pytorch_from_lua.nn import place
from pytorch_from_lua.nn.hooks import Hooks, RemovableHandle
from pytorch_from_lua.nn.parameter import Parameter
from pytorch_from_lua.nn.protocol import Torch7Protocol
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.storage import Storage

M = TypeVar("M", bound="Module")


class IncompatibleKeys(NamedTuple):
    """What `Module.load_state_dict` did not find, and what it could not place."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module(Torch7Protocol):
    """A layer, or a tree of them. Subclasses write ``forward``; autograd gives the gradients.

    Parameters, modules and buffers that are assigned as attributes are found by name:

    >>> from pytorch_from_lua import nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = nn.Linear(4, 3)
    ...     def forward(self, x):
    ...         return self.hidden(x).tanh()
    >>> [name for name, _ in Net().named_parameters()]
    ['hidden.weight', 'hidden.bias']

    Attributes:
        training: whether layers such as dropout behave as in training; see `train` and `eval`.
    """

    training: bool
    #: Whether its tensors, and those of the modules below it, stay as they are when a model around it is converted.
    keeps_type: bool = False
    _hooks: Hooks | None = None

    def __init__(self) -> None:
        d = self.__dict__
        d["training"] = True
        d["_parameters"] = {}
        d["_buffers"] = {}
        d["_transient"] = set()
        d["_modules"] = {}

    # -- attributes ---------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        d = self.__dict__
        if "_parameters" not in d:
            raise ModuleError(f"{type(self).__name__}.{name}: call super().__init__() before assigning attributes")
        kind = "_parameters" if isinstance(value, Parameter) else "_modules" if isinstance(value, Module) else None
        if kind is None:
            for slot in ("_parameters", "_modules", "_buffers"):
                if name in d[slot]:
                    self._check_kept(slot, name, value)
                    d[slot][name] = value
                    return
            d[name] = value
            return
        for slot in ("_parameters", "_modules", "_buffers"):
            if slot != kind:
                d[slot].pop(name, None)
        d.pop(name, None)
        d[kind][name] = value

    def _check_kept(self, slot: str, name: str, value: Any) -> None:
        allowed = {"_parameters": "a Parameter", "_modules": "a Module", "_buffers": "a Tensor"}[slot]
        if value is not None and not (slot == "_buffers" and isinstance(value, Tensor)):
            raise ModuleError(f"{type(self).__name__}.{name}: holds {allowed} or None, got {type(value).__name__}")

    def __getattr__(self, name: str) -> Any:
        for slot in ("_parameters", "_modules", "_buffers"):
            held = self.__dict__.get(slot)
            if held is not None and name in held:
                return held[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        for slot in ("_parameters", "_modules", "_buffers"):
            if self.__dict__[slot].pop(name, self) is not self:
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._parameters, *self._modules, *self._buffers})

    def __getstate__(self) -> dict[str, Any]:
        """What is copied and pickled: all but the graphs of the last call, which belong to this module."""
        state = {name: value for name, value in self.__dict__.items() if name != "_trace"}
        for name in state.get("_weight_norms", ()):
            state[name] = state[name].detach()
        return state

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Adds a parameter under the name; None keeps the name without one (a layer without bias, say)."""
        self._check_name("_parameters", name)
        if parameter is not None and not isinstance(parameter, Parameter):
            raise ModuleError(f"{name}: needs a Parameter or None, got {type(parameter).__name__}")
        self._parameters[name] = parameter

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds a tensor that is part of the state but not trained; one not persistent stays out of ``state_dict``."""
        self._check_name("_buffers", name)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise ModuleError(f"{name}: needs a Tensor or None, got {type(tensor).__name__}")
        self._buffers[name] = tensor
        self._transient.discard(name)
        if not persistent:
            self._transient.add(name)

    def register_module(self, name: str, module: Module | None) -> None:
        """Adds a module under the name."""
        self._check_name("_modules", name)
        if module is not None and not isinstance(module, Module):
            raise ModuleError(f"{name}: needs a Module or None, got {type(module).__name__}")
        self._modules[name] = module

    add_module = register_module

    def _check_name(self, slot: str, name: str) -> None:
        if not isinstance(name, str) or not name or "." in name:
            raise ModuleError(f"name: needs a non-empty string without dots, got {name!r}")
        d = self.__dict__
        elsewhere = any(name in d[other] for other in ("_parameters", "_modules", "_buffers") if other != slot)
        if elsewhere or name in d or hasattr(type(self), name):
            raise ModuleError(f"name: {type(self).__name__} has an attribute {name!r} of its own")

    # -- calling ------------------------------------------------------------------------------------------------

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """The output for the input; every module class writes its own."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward()")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        try:
            if self._hooks is None:
                return self.forward(*inputs, **options)
            return self._hooks.call(self, inputs, options)
        except Exception as error:
            place.tell(error, self, (*inputs, *options.values()))
            raise

    def _add_hook(self, kind: str, hook: Any, prepend: bool, with_kwargs: bool = False) -> RemovableHandle:
        if self._hooks is None:
            self.__dict__["_hooks"] = Hooks()
        return self.__dict__["_hooks"].add(kind, hook, prepend, with_kwargs)  # type: ignore[no-any-return]

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Calls ``hook(module, inputs, output)`` after every forward; what it returns, if not None, is the output.

        Args:
            hook: the function.
            prepend: whether it comes before those registered already.
            with_kwargs: whether it gets the keyword arguments too: ``hook(module, inputs, options, output)``.
        """
        return self._add_hook("after", hook, prepend, with_kwargs)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Calls ``hook(module, inputs)`` before every forward; what it returns, if not None, is the input.

        Args:
            hook: the function.
            prepend: whether it comes before those registered already.
            with_kwargs: whether it gets the keyword arguments too, ``hook(module, inputs, options)``, and returns
                both or None.
        """
        return self._add_hook("before", hook, prepend, with_kwargs)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Calls ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known.

        Both are tuples, in the order of the tensors; what the hook returns, if not None, is used as ``grad_input``.
        Where no input wants a gradient, ``grad_input`` is ``(None,)``.
        """
        return self._add_hook("gradients", hook, prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Calls ``hook(module, grad_output)`` before the gradients go through; what it returns is used instead."""
        return self._add_hook("before_gradients", hook, prepend)

    # -- the tree -----------------------------------------------------------------------------------------------

    def children(self) -> Iterator[Module]:
        """The modules directly below, each once."""
        for _, module in self.named_children():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below with their names, each once."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once, from the top down."""
        for _, module in self.named_modules():
            yield module

    def named_modules(
        self, memo: set[int] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all below it with their dotted names, each once.

        Args:
            memo: the ids of modules to leave out; those that are met are added.
            prefix: what the names begin with.
            remove_duplicate: False gives a module at several places once for each.
        """
        memo = set() if memo is None else memo
        if remove_duplicate and id(self) in memo:
            return
        memo.add(id(self))
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def _places(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """As `named_modules`, with every name of a module that has several."""
        return self.named_modules(prefix=prefix, remove_duplicate=False)

    def _named_members(self, slot: str, prefix: str, recurse: bool, once: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        found = self.named_modules(prefix=prefix, remove_duplicate=once) if recurse else [(prefix, self)]
        for path, module in found:
            for name, value in module.__dict__[slot].items():
                if value is not None and not (once and id(value) in seen):
                    seen.add(id(value))
                    yield (f"{path}.{name}" if path else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their dotted names, each once unless ``remove_duplicate`` is False."""
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, each once, in the order of the tree."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their dotted names, each once unless ``remove_duplicate`` is False."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, path: str) -> Module:
        """The module at a dotted path; the empty path is this one.

        Raises:
            ModuleError: where there is none, with the names that there are.
        """
        found: Module = self
        for name in path.split(".") if path else []:
            below = found._modules.get(name)
            if below is None:
                raise ModuleError(f"path: {type(found).__name__} has no module {name!r}; it has {list(found._modules)}")
            found = below
        return found

    def _member(self, slot: str, path: str, what: str) -> Any:
        above, _, name = path.rpartition(".")
        held = self.get_submodule(above)
        value = held.__dict__[slot].get(name)
        if value is None:
            there = list(held.__dict__[slot])
            raise ModuleError(f"path: {type(held).__name__} has no {what} {name!r}; it has {there}")
        return value

    def get_parameter(self, path: str) -> Parameter:
        """The parameter at a dotted path.

        Raises:
            ModuleError: where there is none, with the names that there are.
        """
        return self._member("_parameters", path, "parameter")  # type: ignore[no-any-return]

    def get_buffer(self, path: str) -> Tensor:
        """The buffer at a dotted path.

        Raises:
            ModuleError: where there is none, with the names that there are.
        """
        return self._member("_buffers", path, "buffer")  # type: ignore[no-any-return]

    def set_submodule(self, path: str, module: Module, strict: bool = False) -> None:
        """Puts a module at a dotted path, in the place of the one there.

        Args:
            path: the place; all above it must be there.
            module: the new module.
            strict: whether there must be a module at the place already.

        Raises:
            ModuleError: where the place, or what is put there, is no module.
        """
        above, _, name = path.rpartition(".")
        held = self.get_submodule(above)
        if not isinstance(module, Module):
            raise ModuleError(f"module: needs a Module, got {type(module).__name__}")
        if name not in held._modules:
            if strict:
                raise ModuleError(f"path: {type(held).__name__} has no module {name!r}; it has {list(held._modules)}")
            held.register_module(name, module)
        else:
            held._modules[name] = module

    def apply(self: M, function: Callable[[Module], Any]) -> M:
        """Calls ``function(module)`` on every module below and then on this one."""
        for module in self.children():
            module.apply(function)
        function(self)
        return self

    # -- modes --------------------------------------------------------------------------------------------------

    def train(self: M, mode: bool = True) -> M:
        """Training behaviour for this module and all below it.

        A class that overrides ``train``, to keep a part frozen, say, is asked wherever it is in the tree.
        """
        if not isinstance(mode, bool):
            raise ModuleError(f"mode: needs True or False, got {mode!r}")
        self.__dict__["training"] = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: M) -> M:
        """Evaluation behaviour for this module and all below it."""
        return self.train(False)

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Freezes (False) or frees all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets all gradients, or sets them to 0 in place."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad.array[...] = 0
                parameter.grad.bump()

    # -- types and devices --------------------------------------------------------------------------------------

    def to(self: M, *args: Any, **options: Any) -> M:
        """Converts every floating-point parameter and buffer, in place, to a dtype or onto a device, or both.

        Tensors that share a storage go on sharing one. An optimizer keeps working: the objects stay the same.

        Args:
            args: a floating-point dtype (or its name), a device such as ``"cuda"``, both, or a tensor that has them.
            options: ``dtype``, ``device`` and ``non_blocking`` by name, as `Tensor.to` has them.

        Raises:
            DTypeError: for a type that no parameter can have.
        """
        dtype, device = _target(args, **options)
        converted: dict[int, tuple[Storage, Storage]] = {}
        fixed = {id(t) for module in self.modules() if module.keeps_type for t in module._all_tensors()}
        for tensor in self._all_tensors():
            kind = dtype if tensor.dtype.is_floating_point and id(tensor) not in fixed else None
            if kind is not None or device is not None:
                _move(tensor, kind, device, converted)
        return self

    def type(self: M, dtype: Any) -> M:
        """Parameters and buffers in the floating-point type."""
        return self.to(dtype=dtype)

    def _all_tensors(self) -> list[Tensor]:
        found: dict[int, Tensor] = {}
        for module in self.modules():
            held = [*module._parameters.values(), *module._buffers.values()]
            for tensor in [t for t in held if t is not None]:
                found[id(tensor)] = tensor
                if tensor.grad is not None:
                    found[id(tensor.grad)] = tensor.grad
        return list(found.values())

    def float(self: M) -> M:
        """Parameters and buffers in float32."""
        return self.to("float32")

    def double(self: M) -> M:
        """Parameters and buffers in float64."""
        return self.to("float64")

    def half(self: M) -> M:
        """Parameters and buffers in float16."""
        return self.to("float16")

    def bfloat16(self: M) -> M:
        """Refused: there are no numbers of that type here.

        Raises:
            DTypeError: always.
        """
        return self.to("bfloat16")

    def cpu(self: M) -> M:
        """Parameters and buffers in the machine's own memory."""
        return self.to("cpu")

    def cuda(self: M, device: int | None = None) -> M:
        """Parameters and buffers on a GPU."""
        return self.to("cuda" if device is None else f"cuda:{device}")

    # -- state --------------------------------------------------------------------------------------------------

    def state_dict(
        self, *, destination: dict[str, Tensor] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Tensor]:
        """Name to tensor for every parameter and persistent buffer; the tensors share the module's memory.

        Args:
            destination: a dict to add to; a new one where None.
            prefix: what the names begin with; a dot is not added.
            keep_vars: whether it holds the parameters themselves rather than detached tensors on their memory.
        """
        state: dict[str, Tensor] = {} if destination is None else destination
        for path, module in self._places():
            dot = prefix + (path + "." if path else "")
            for name, tensor in [*module._parameters.items(), *module._buffers.items()]:
                if tensor is not None and name not in module._transient:
                    state[dot + name] = tensor if keep_vars else tensor.detach()
        return state

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True, assign: bool = False) -> IncompatibleKeys:
        """Copies values into parameters and buffers of the same names.

        Args:
            state: name to tensor, as `state_dict` gives it.
            strict: whether names on one side only are an error.
            assign: whether the tensors given become the module's, with their types, instead of being copied.

        Raises:
            ModuleError: for names on one side only (if strict), for shapes that differ and for what is no tensor;
                nothing is copied then.
        """
        own = self.state_dict()
        missing = [name for name in own if name not in state]
        unexpected = [name for name in state if name not in own]
        wrong = [_misfit(name, own[name], state[name], assign) for name in own if name in state]
        told = [text for text in wrong if text is not None]
        if told or (strict and (missing or unexpected)):
            told += [f"missing: {missing}", f"unexpected: {unexpected}"] if strict else []
            raise ModuleError(f"state of {type(self).__name__} does not fit: " + "; ".join(told))
        for name, tensor in own.items():
            if name in state and assign:
                self._assign(name, state[name])
            elif name in state:
                source = state[name]
                tensor.array[...] = source.array if isinstance(source, Tensor) else source
                tensor.bump()
        return IncompatibleKeys(missing, unexpected)

    def _assign(self, path: str, tensor: Tensor) -> None:
        above, _, name = path.rpartition(".")
        module = self.get_submodule(above)
        held = module._parameters.get(name)
        if held is None:
            module._buffers[name] = tensor
        else:
            given = tensor if isinstance(tensor, Parameter) else Parameter(tensor.detach(), held.requires_grad)
            module._parameters[name] = given

    # -- text ---------------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the brackets of this module's repr."""
        return ""

    def __repr__(self) -> str:
        lines = [
            f"({name}): " + repr(module).replace("\n", "\n  ")
            for name, module in self._modules.items()
            if module is not None
        ]
        extra = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({extra})"
        return f"{type(self).__name__}({extra}\n  " + "\n  ".join(lines) + "\n)"


def _misfit(name: str, own: Tensor, given: Any, assign: bool) -> str | None:
    """What is wrong with a value of a state; None where it can be taken."""
    shape = getattr(given, "shape", None)
    if shape is None or (assign and not isinstance(given, Tensor)):
        return f"{name}: needs a tensor, got {type(given).__name__}"
    return None if own.shape == tuple(shape) else f"{name}: has shape {own.shape}, got {tuple(shape)}"


def _target(
    args: tuple[Any, ...], dtype: Any = None, device: str | None = None, non_blocking: bool = False
) -> tuple[DType | None, str | None]:
    """The type and the device that `Module.to` is given, in any of its forms."""
    for given in args:
        if isinstance(given, bool) or given is None:  # non_blocking
            continue
        if isinstance(given, Tensor):
            dtype, device = given.dtype, given.device
        elif isinstance(given, str) and given.partition(":")[0] in ("cpu", "cuda"):
            device = given
        else:
            dtype = given
    kind = None if dtype is None else DType.of(dtype)
    if kind is not None and not kind.is_floating_point:
        raise DTypeError(f"to: parameters are of a floating-point type, got {kind.name}")
    return kind, device


def _move(
    tensor: Tensor, dtype: DType | None, device: str | None, converted: dict[int, tuple[Storage, Storage]]
) -> None:
    """Puts the tensor on a converted copy of its storage; one storage is converted once."""
    from pytorch_from_lua.tensor import backend

    old = tensor.storage()
    if (dtype is None or old.dtype is dtype) and (device is None or backend.move(old.buffer, device) is old.buffer):
        return
    if id(old) not in converted:
        new = old.to(dtype) if dtype is not None else Storage(backend.move(old.buffer, str(device)))
        converted[id(old)] = (old, new)
    tensor._place(converted[id(old)][1], tensor.geometry)
