"""Modules as Torch7's scripts use them: criterions with `forward` and `backward`, classes of the script's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_from_lua as torch
from lua_compat.mapping.registry import REGISTRY
from lua_compat.mapping.spec import ClassSpec, Fields, for_module
from lua_compat.mapping.spellings import SPELLINGS
from lua_compat.translate.runtime.values import lua_type
from pytorch_from_lua import nn
from pytorch_from_lua.autograd import Function
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor


def _less_1(value: Any) -> Any:
    if isinstance(value, (int, float)):  # the class of a single sample
        return torch.tensor(int(value) - 1)
    return tree_map(lambda t: t.long() - 1, value)


def _count_from_1(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([_less_1(x) for x in inputs])


def from_1(module: Any) -> Any:
    """The module, which from here on takes indices that count from 1, as the script's do."""
    module.register_forward_pre_hook(_count_from_1)
    return module


def forward(model: Any, input: Any) -> Any:
    """The output, which every module inside keeps of its own as ``output`` too, as Torch7's modules do."""

    def keep(module: Any, _: Any, output: Any) -> None:
        module.__dict__["output"] = tree_map(lambda t: t.detach(), output)

    hooks = [module.register_forward_hook(keep) for module in model.modules() if module is not model]
    try:
        return model.updateOutput(input)
    finally:
        for hook in hooks:
            hook.remove()


def detached(value: Any) -> Any:
    """A tensor, or tensors in lists, on the same memory, from which autograd does not go back."""
    return tree_map(lambda t: t.detach(), value)


def field(module: Any, name: str) -> Any:
    """A field that Torch7's class has, such as ``kW``, or an attribute; None where there is none."""
    from lua_compat.translate.fields import attribute

    spec = for_module(module) if isinstance(module, nn.Module) and not isinstance(module, Module) else None
    found = attribute(spec.torch7, name) if spec is not None else None
    if found is None:
        return getattr(module, name, None)
    value = module
    for part in found[0].removeprefix("{}.").replace("]", "").replace("[", ".").split("."):
        value = value[int(part)] if part.isdigit() else getattr(value, part)
    return value


def traced(model: Any, input: Any) -> Any:
    """The input, as what the last forward was given: Torch7's modules go back from that, whatever object it is."""
    held = model.__dict__.get("_trace")
    if held is not None:
        model.__dict__["_trace"] = (input, *held[1:])
    return input


def drawn(module: Any) -> Any:
    """A normalization whose weight is drawn, as Torch7 draws it for a new one."""
    if module.weight is not None:
        module.weight.data.uniform_()
    return module


class Criterion:
    """A loss with Torch7's protocol: `forward` gives a number, `backward` the gradient of the input.

    Args:
        module: the loss.
        from_1: whether targets are classes that count from 1.

    >>> criterion = Criterion(nn.MSELoss())
    >>> criterion.forward(torch.ones(2), torch.zeros(2))
    1.0
    >>> criterion.backward(torch.ones(2), torch.zeros(2)).tolist()
    [1.0, 1.0]
    """

    def __init__(self, module: nn.Module, from_1: bool = False) -> None:
        self.module, self.from_1 = module, from_1
        self.output: Any = 0.0
        self.gradInput: Any = None
        self._last: tuple[Any, Any, Any, Any] | None = None

    def loss(self, input: Any, target: Any = None) -> Tensor:
        """The loss as a tensor, for autograd."""
        if target is None:
            return (
                self.module(*input)
                if isinstance(input, (list, tuple)) and takes_list(type(self.module))
                else self.module(input)
            )
        wanted = _less_1(target) if self.from_1 else target
        if isinstance(input, (list, tuple)) and takes_list(type(self.module)):
            return self.module(*input, wanted)
        return self.module(input, wanted)

    def forward(self, input: Any, target: Any = None) -> float:
        """The loss."""
        leaves = tree_map(_leaf, input)
        with torch.enable_grad():
            result = self.loss(leaves, target)
        self._last = (input, target, leaves, result)
        self.output = result.item()
        return float(self.output)

    def updateOutput(self, input: Any, target: Any = None) -> float:
        """The loss."""
        return self.forward(input, target)

    def backward(self, input: Any, target: Any = None) -> Any:
        """The gradient of the loss with respect to the input."""
        if self._last is None or self._last[0] is not input:
            self.forward(input, target)
        assert self._last is not None
        _, _, leaves, result = self._last
        wanted = list(tree_leaves(leaves))
        grads = iter(torch.autograd.grad(result, wanted, retain_graph=True, allow_unused=True))

        def placed(leaf: Tensor) -> Tensor:
            found = next(grads)
            return torch.zeros_like(leaf) if found is None else found

        self.gradInput = tree_map(placed, leaves)
        return self.gradInput

    def updateGradInput(self, input: Any, target: Any = None) -> Any:
        """The gradient of the loss with respect to the input."""
        return self.backward(input, target)

    def __call__(self, input: Any, target: Any = None) -> Tensor:
        result = self.loss(input, target)
        self.output = result.item()
        return result

    def float(self) -> Criterion:
        """As it is: numbers are of the input's type."""
        self.module.float()
        return self

    def double(self) -> Criterion:
        """As it is."""
        self.module.double()
        return self

    def cuda(self) -> Criterion:
        """Its tensors to the GPU."""
        self.module.cuda()
        return self

    def type(self, name: str) -> Criterion:
        """Its tensors as another type."""
        self.module.type(name)
        return self

    def clone(self) -> Criterion:
        """A copy."""
        import copy

        return Criterion(copy.deepcopy(self.module), self.from_1)

    def __repr__(self) -> str:
        return repr(self.module)


def _leaf(tensor: Tensor) -> Tensor:
    leaf = tensor.detach()
    leaf.requires_grad = tensor.dtype.is_floating_point
    return leaf


def takes_list(kind: type[nn.Module]) -> bool:
    """Whether a loss takes the elements of the script's table as arguments of their own."""
    import inspect

    count = len([p for p in inspect.signature(kind.forward).parameters.values() if p.default is p.empty]) - 1
    return count > 2


# -- classes of the script


class Module(nn.Module):
    """A module that the script writes with `updateOutput`, `updateGradInput` and `accGradParameters`.

    It stands in nets like any other: autograd asks those methods. Tensors that are assigned as ``weight`` and ``bias``
    become parameters.
    """

    torch7: str = ""

    def __init_subclass__(cls, torch7: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        if torch7:
            cls.torch7 = torch7
            _register(torch7, cls)

    def __init__(self, *args: Any) -> None:
        super().__init__()
        self.__dict__["output"], self.__dict__["gradInput"] = torch.Tensor(), torch.Tensor()

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("weight", "bias") and isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
            held = self._parameters.get(name)
            if held is not None:
                held.data = value
                return
            value = nn.Parameter(value)
        elif name in ("gradWeight", "gradBias") and isinstance(value, Tensor):
            parameter = self._parameters.get(name[4:].lower())
            if parameter is not None:
                parameter.grad = value
                return
        super().__setattr__(name, value)

    def updateOutput(self, input: Any) -> Any:
        """What the module gives; a class of the script has its own."""
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        """The gradient with respect to the input; a class of the script has its own."""
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1) -> None:
        """Adds to the gradients of the parameters; nothing where there are none."""

    def backward(self, input: Any, gradOutput: Any, scale: float = 1) -> Any:
        """`updateGradInput` and `accGradParameters`."""
        self.updateGradInput(input, gradOutput)
        _accumulate(self, input, gradOutput, scale)
        return self.gradInput

    def forward(self, input: Any) -> Any:
        leaves = list(tree_leaves(input))
        parameters = [p for p in self._parameters.values() if p is not None]
        shape: list[Any] = []
        made = _Through.apply(self, input, shape, *leaves, *parameters)
        return _shaped(shape[0], list(made) if isinstance(made, tuple) else [made])


def _accumulate(module: Any, input: Any, grad: Any, scale: float) -> None:
    import inspect

    count = len(inspect.signature(module.accGradParameters).parameters)
    module.accGradParameters(*(input, grad, scale)[:count])


class _Through(Function):
    """Autograd's way through the methods of a module of the script."""

    @staticmethod
    def forward(ctx: Any, module: Module, input: Any, shape: list[Any], *tensors: Tensor) -> Any:
        ctx.module, ctx.count = module, len(list(tree_leaves(input)))
        ctx.input = tree_map(lambda t: t.detach(), input)
        output = module.updateOutput(ctx.input)
        ctx.output = tree_map(lambda t: t.detach(), output)
        shape.append(ctx.output)
        given = [t.detach().clone() for t in tree_leaves(output)]
        return given[0] if len(given) == 1 else tuple(given)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        module = ctx.module
        grad = _shaped(ctx.output, [g.detach() for g in grads])
        parameters = [p for p in module._parameters.values() if p is not None]
        kept = [p.grad for p in parameters]
        for p in parameters:
            p.grad = torch.zeros_like(p.data)
        given = module.updateGradInput(ctx.input, grad)
        if parameters:
            _accumulate(module, ctx.input, grad, 1)
        found = [p.grad for p in parameters]
        for p, old in zip(parameters, kept, strict=True):
            p.grad = old
        of_input: list[Any] = [t.detach().clone() for t in tree_leaves(given)]
        of_input += [None] * (ctx.count - len(of_input))
        return (None, None, None, *of_input, *found)


def _shaped(like: Any, tensors: list[Any]) -> Any:
    left = iter(tensors)
    return tree_map(lambda _: next(left), like)


class Container(Module):
    """A module of the script that holds others in ``modules``."""

    def add(self, module: nn.Module) -> Any:
        """Adds a module."""
        self.add_module(str(len(self._modules)), module)
        return self


class CustomCriterion:
    """A criterion that the script writes with `updateOutput` and `updateGradInput`."""

    torch7: str = ""
    output: Any = 0.0
    gradInput: Any = None  # noqa: N815 - Torch7's name

    def __init_subclass__(cls, torch7: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.torch7 = torch7 or cls.torch7

    def __init__(self, *args: Any) -> None:
        self.gradInput = torch.Tensor()

    def updateOutput(self, input: Any, target: Any = None) -> Any:
        """The loss; a class of the script has its own."""
        return self.output

    def updateGradInput(self, input: Any, target: Any = None) -> Any:
        """The gradient; a class of the script has its own."""
        return self.gradInput

    def forward(self, input: Any, target: Any = None) -> Any:
        """The loss."""
        return _called(self.updateOutput, input, target)

    def backward(self, input: Any, target: Any = None) -> Any:
        """The gradient."""
        return _called(self.updateGradInput, input, target)

    def __call__(self, input: Any, target: Any = None) -> Tensor:
        """The loss as a tensor; autograd asks `updateGradInput`."""
        return _Judged.apply(self, input, target, *tree_leaves(input))


class _Judged(Function):
    """Autograd's way through a criterion of the script."""

    @staticmethod
    def forward(ctx: Any, criterion: CustomCriterion, input: Any, target: Any, *tensors: Tensor) -> Any:
        ctx.criterion, ctx.target = criterion, target
        ctx.input = tree_map(lambda t: t.detach(), input)
        return torch.tensor(float(criterion.forward(ctx.input, target)), dtype=tensors[0].dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        given = ctx.criterion.backward(ctx.input, ctx.target)
        return (None, None, None, *[g.detach() * grad for g in tree_leaves(given)])


def _called(function: Callable[..., Any], *args: Any) -> Any:
    import inspect

    return function(*args[: len(inspect.signature(function).parameters)])


def _register(name: str, cls: type[Module]) -> None:
    """Lets files hold objects of a class of the script: its fields are the object's attributes."""
    held = REGISTRY.get(name)
    if held is not None and not issubclass(held.python, Module):
        return

    def make(fields: Fields) -> nn.Module:
        module = cls.__new__(cls)
        Module.__init__(module)
        for key, value in fields.values.items():
            if key not in ("output", "gradInput", "train", "_type", "modules"):
                setattr(module, key, fields.loader.value(value, f"{fields.place}.{key}"))
        return module

    def fill(module: Any, fields: dict[str, Any]) -> None:
        for key, value in module.__dict__.items():
            if not key.startswith("_") and key not in (
                "training",
                "output",
                "gradInput",
                "torch7_class",
                "torch7_fields",
            ):
                fields[key] = value
        for key, value in module._parameters.items():
            fields[key] = None if value is None else value.data

    REGISTRY[name] = ClassSpec(name, cls, (), make=make, fill=fill)


# -- classes by name


def _all_specs(name: str) -> type | None:
    spec = REGISTRY.get(name) or REGISTRY.get(SPELLINGS[name].canonical if name in SPELLINGS else "")
    return None if spec is None else spec.python


def find_modules(model: nn.Module, name: str) -> list[nn.Module]:
    """The modules of a Torch7 class, given by its name."""
    return [m for m in model.modules() if type_of(m) == name]


def typename(value: Any) -> str | None:
    """The name of the Torch7 class of a value, or None for one that has none."""
    if isinstance(value, Tensor):
        word = "Byte" if value.dtype is torch.bool else value.dtype.torch7
        return f"torch.{'Cuda' if value.is_cuda else ''}{word}Tensor"
    if isinstance(value, Criterion):
        return typename(value.module)
    if getattr(value, "torch7", ""):
        return str(value.torch7)
    if isinstance(value, nn.Module):
        spec = for_module(value)
        return type(value).__name__ if spec is None else spec.torch7
    if isinstance(value, torch.Generator):
        return "torch.Generator"
    plain = value is None or isinstance(value, (bool, int, float, str, bytes, list, dict, tuple)) or callable(value)
    return None if plain else type(value).__name__


def type_of(value: Any) -> str:
    """What ``torch.type`` says: the Torch7 class, or Lua's type."""
    return typename(value) or lua_type(value)


def is_type_of(value: Any, name: str) -> bool:
    """Whether a value is of a Torch7 class."""
    found = type_of(value)
    cls = _all_specs(name)
    return (
        found == name
        or (name == "nn.Module" and isinstance(value, nn.Module))
        or (cls is not None and isinstance(value, cls))
    )


def apply_modules(model: nn.Module, function: Callable[[Any], Any]) -> nn.Module:
    """Calls a function with the module and all below it, from the top down."""
    for module in model.modules():
        function(module)
    return model


def reset_size(view: nn.View, *sizes: int) -> nn.View:
    """``nn.View:resetSize``: the shape of a sample from now on."""
    view.sizes = sizes
    return view


def gradients(model: nn.Module) -> list[Tensor]:
    """The parameters' gradients, zeros before the first: in Torch7 there always are some."""
    found = []
    for parameter in model.parameters():
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter.data)
        found.append(parameter.grad)
    return found
