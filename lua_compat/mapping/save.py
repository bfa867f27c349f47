"""From Python values and modules to the plain graph of a ``.t7`` file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lua_compat.errors import MappingError
from lua_compat.mapping.objects import TorchObject
from lua_compat.mapping.spec import ClassSpec, Elsewhere, for_module, no_elements
from lua_compat.t7 import T7Function, T7Object, T7Opaque, T7Table, TdsHash, TdsVec
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Storage, Tensor
from pytorch_from_lua.tensor.dtype import DType, bool_, float64, uint8

_AS_IT_IS = (str, bytes, bool, type(None), Storage, T7Function, T7Table, T7Object, T7Opaque, TdsHash, TdsVec)


class Saver:
    """Converts values; one object in Python becomes one object in the graph.

    Every class without a Torch7 counterpart is collected with its place in the tree, and `graph` fails once with the
    whole list.

    Args:
        gradients: whether parameters without a gradient get one (of zeros), on which both sides go on working.
    """

    def __init__(self, gradients: bool = False) -> None:
        import lua_compat.mapping.registry  # noqa: F401 - fills the registry

        self._gradients = gradients
        self._memo: dict[int, Any] = {}
        self._kept: list[Any] = []
        self._pending: list[tuple[Any, T7Table, str]] = []
        self._missing: list[str] = []
        self._tensors: dict[int, Tensor] = {}
        self._zeros: dict[int, Tensor] = {}  # the gradient of a parameter that has none: shared where it is
        self._in_tree: set[int] = set()  # the modules that have a place in the tree that is being made
        self._depth = 0
        self._dtype = float64  # of the module around: one without tensors of its own is of that type too

    def graph(self, value: Any, place: str = "value") -> Any:
        """The plain graph of a value.

        Raises:
            MappingError: with every value in it that Torch7 has nothing for.
        """
        made = self._made(value, place)
        while self._pending:
            self._fill(*self._pending.pop())
        if self._missing:
            raise MappingError("Torch7 has nothing for: " + "; ".join(self._missing))
        return made

    def _made(self, value: Any, place: str) -> Any:
        made: Any
        if isinstance(value, _AS_IT_IS):
            return value
        if isinstance(value, (int, float, np.bool_, np.integer, np.floating)):
            return self._number(value, place)
        if isinstance(value, Tensor):
            return self._tensor(value)
        key = id(value)
        if key in self._memo and not (self._depth and key in self._in_tree):
            return self._memo[key]
        self._kept.append(value)
        if isinstance(value, np.ndarray):
            made = self._memo[key] = self._array(value, place)
            return made
        if isinstance(value, TorchObject):
            made = T7Object(value.class_name, value.version, None)
            self._memo[key] = made
            if value.fields or value.contents is None:
                made.contents = T7Table()
                self._pending.append((value.fields, made.contents, f"{place} ({value.class_name})"))
            else:
                made.contents = self._made(value.contents, place)
            return made
        if isinstance(value, Module):
            return self._module(value, place)
        if isinstance(value, (Mapping, list, tuple)):
            made = self._memo[key] = T7Table()
            self._pending.append((value, made, place))
            return made
        self._missing.append(f"{place} ({type(value).__name__})")
        return None

    def _number(self, value: Any, place: str) -> Any:
        if isinstance(value, np.bool_):
            return bool(value)
        try:
            return float(value)
        except OverflowError:
            self._missing.append(f"{place} (a number beyond the largest double)")
            return None

    def _array(self, value: np.ndarray[Any, Any], place: str) -> Any:
        try:
            return self._tensor(Tensor.from_array(np.ascontiguousarray(value)))
        except TypeError:
            self._missing.append(f"{place} (array of {value.dtype})")
            return None

    def _fill(self, value: Any, table: T7Table, place: str) -> None:
        if isinstance(value, Mapping):
            for k, v in value.items():
                if k is None or k != k:
                    self._missing.append(f"{place} (the key {k})")
                    continue
                table[self._made(k, place)] = self._made(v, f"{place}.{k}")
        else:
            items = [self._made(v, f"{place}[{i}]") for i, v in enumerate(value)]
            table.fill([x for i, item in enumerate(items, 1) for x in (float(i), item)])

    def _tensor(self, tensor: Tensor) -> Tensor:
        """A plain tensor on the same memory; booleans become bytes, a number without dimensions a vector of one."""
        found = self._tensors.get(id(tensor))
        if found is None:
            self._kept.append(tensor)
            if tensor.dtype is bool_:
                found = Tensor.from_array(tensor.array.astype(uint8.numpy))
            else:
                shape, stride = (tensor.shape, tensor.stride()) if tensor.ndim else ((1,), (1,))
                found = Tensor._make(tensor.storage(), tensor.storage_offset(), shape, stride)
            if found.ndim == 0:
                found = found.reshape(1)
            self._tensors[id(tensor)] = found
        return found

    def _module(self, module: Module, place: str) -> Any:
        spec = for_module(module)
        if spec is None:
            self._missing.append(f"{place} ({type(module).__name__}({module.extra_repr()}))")
            return None
        obj = T7Object(spec.torch7, spec.version, T7Table())
        self._memo.setdefault(id(module), obj)
        around, self._dtype = self._dtype, _dtype_of(module, self._dtype)
        fields = self._fields(spec, module)
        if spec.children:
            fields["modules"] = T7Table.of(self._children(module, place))
        if spec.fill is not None:
            spec.fill(module, fields)
            for name, value in fields.items():
                if isinstance(value, Elsewhere):
                    found = self._memo.get(id(value.module))
                    fields[name] = self._made(value.module, f"{place}.{name}") if found is None else found
                elif isinstance(value, (Module, list)):
                    fields[name] = self._made(value, f"{place}.{name}")
        for name, value in module.__dict__.get("torch7_fields", {}).items():
            if name not in fields:
                fields[name] = self._made(value, f"{place}.{name}")
        self._dtype = around
        obj.contents = T7Table.of({k: v for k, v in fields.items() if v is not None})
        return obj

    def _children(self, module: Module, place: str) -> list[Any]:
        """The modules below.

        A module in Torch7 keeps the output of its last input, for the backward pass: one that stands at two places of
        a tree becomes two, on the same parameters, as `clone('weight', 'bias', ...)` makes them there.
        """
        if self._depth == 0:
            self._in_tree = set()
        self._depth += 1
        made = []
        for name, child in module._modules.items():
            made.append(self._made(child, f"{place}[{name}]"))
            self._in_tree.add(id(child))
        self._depth -= 1
        return made

    def _fields(self, spec: ClassSpec, module: Module) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "_type": f"torch.{self._dtype.torch7}Tensor",
            "train": module.training,
            "output": no_elements(self._dtype),
            "gradInput": no_elements(self._dtype),
        }
        for attr in spec.attrs:
            value = getattr(module, attr.python)
            fields[attr.field] = None if value is None else attr.kind.to_torch7(value)
        for param in spec.params:
            tensor = getattr(module, param.python)
            if tensor is None:
                continue
            fields[param.field] = self._tensor(tensor)
            if not param.buffer:
                fields[param.gradient] = self._gradient(tensor)
        return fields

    def _gradient(self, parameter: Tensor) -> Tensor:
        if parameter.grad is not None:
            return self._tensor(parameter.grad)
        zeros = self._zeros.get(id(parameter))
        if zeros is None:
            zeros = self._zeros[id(parameter)] = Tensor.from_array(np.zeros(parameter.shape, parameter.dtype.numpy))
        if self._gradients:
            parameter.grad = zeros
        return zeros


def _dtype_of(module: Module, otherwise: DType) -> DType:
    """The type of the module's first tensor."""
    held = [*module.parameters(), *module.buffers()]
    return next((t.dtype for t in held if t.dtype.is_floating_point), otherwise)


def to_torch7(value: Any, gradients: bool = False) -> Any:
    """The plain graph of a Python value; see `Saver`."""
    return Saver(gradients).graph(value)
