"""From the plain graph of a ``.t7`` file (or of a running Lua script) to Python values and modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lua_compat.errors import MappingError, T7Error
from lua_compat.mapping.objects import ListKey, Table, TorchObject
from lua_compat.mapping.spec import REGISTRY, TRANSIENT, ClassSpec, Fields
from lua_compat.mapping.spellings import OF_PACKAGES, SPELLINGS, WRAPPERS, Spelling
from lua_compat.t7 import T7Object, T7Table, TdsHash, TdsVec
from pytorch_from_lua.nn import Module, Parameter, init
from pytorch_from_lua.tensor import Tensor

Maker = Callable[[Table], Any]


class Loader:
    """Converts values; one object in the graph becomes one object in Python.

    Args:
        classes: makers for Torch7 classes beside those of the registry: name to a function of the fields.
        gradients: whether parameters take the gradients that are in the graph as their own. A file's are stale; a
            running script's are shared with it.
    """

    def __init__(self, classes: Mapping[str, Maker] | None = None, gradients: bool = False) -> None:
        import lua_compat.mapping.registry  # noqa: F401 - fills the registry

        self._classes = dict(classes or {})
        self._gradients = gradients
        self._memo: dict[int, Any] = {}
        self._kept: list[Any] = []  # what the memo speaks of must not be freed, or its id is given to another
        self._parameters: dict[tuple[Any, ...], Parameter] = {}
        self._list_keys: dict[int, Any] = {}
        self._pending: list[tuple[Any, Any, bool]] = []
        self._inside_unknown = False

    def value(self, raw: Any, place: str = "value") -> Any:
        """The Python value: numbers, strings, lists, `Table`, tensors, modules."""
        mark, inside_unknown = len(self._pending), self._inside_unknown
        made = self._made(raw, place)
        while len(self._pending) > mark:
            self._fill(*self._pending.pop())
        self._inside_unknown = inside_unknown
        return made

    def made_of(self, raw: Any) -> Any:
        """What an object or table of the graph has become, None where it was not met."""
        made = self._memo.get(id(raw))
        return None if made is Loader else made

    def module(self, raw: Any, place: str) -> Module:
        """The module that an object becomes.

        Raises:
            MappingError: where there is something else.
        """
        made = self.value(raw, place) if isinstance(raw, T7Object) else None
        if not isinstance(made, Module):
            raise MappingError(f"{place}: needs to be a module, is {raw!r}")
        return made

    def parameter(self, tensor: Tensor, gradient: Tensor | None) -> Parameter:
        """The parameter on the tensor's memory; tensors that are the same view of a storage are one parameter."""
        key = (id(tensor.storage()), tensor.storage_offset(), tensor.shape, tensor.stride())
        found = self._parameters.get(key)
        if found is None:
            found = self._parameters[key] = Parameter(tensor)
            if self._gradients and gradient is not None and gradient.shape == tensor.shape:
                found.grad = gradient
        return found

    def _made(self, raw: Any, place: str) -> Any:
        """The value, or its container before it is filled."""
        if type(raw) is float:
            return int(raw) if raw.is_integer() and abs(raw) < 2**53 and str(raw) != "-0.0" else raw
        if not isinstance(raw, (T7Table, T7Object, TdsVec)):
            return raw
        key = id(raw)
        if key in self._memo:
            if self._memo[key] is Loader:
                raise MappingError(f"{place}: {getattr(raw, 'class_name', raw)} contains itself as one of its modules")
            return self._memo[key]
        self._kept.append(raw)
        if isinstance(raw, T7Object):
            return self._object(raw, place)
        made: Any = Table() if isinstance(raw, TdsHash) or (isinstance(raw, T7Table) and not raw.is_list()) else []
        self._memo[key] = made
        self._pending.append((raw, made, self._inside_unknown))
        return made

    def _key(self, raw: Any) -> Any:
        """The value as a key: of the things that tables become, only plain lists cannot be one."""
        if isinstance(raw, (T7Table, TdsVec)) and type(self._memo.get(id(raw), [])) is list:
            made = self._list_keys.get(id(raw))
            if made is None:
                made = self._list_keys[id(raw)] = self._made(raw, "key")
                if type(made) is list:
                    made = self._list_keys[id(raw)] = ListKey()
                    self._pending.append((raw, made, self._inside_unknown))
            return made
        return self._made(raw, "key")

    def _fill(self, raw: Any, made: Any, inside_unknown: bool) -> None:
        self._inside_unknown = inside_unknown
        if isinstance(made, TorchObject):
            contents = raw.contents
            if isinstance(contents, T7Table):
                for k, v in contents.items():
                    made.fields[self._key(k)] = self._made(v, f"{raw.class_name}.{k}")
            else:
                made.__dict__["contents"] = self._made(contents, raw.class_name)
        elif isinstance(made, dict):
            for k, v in raw.items():
                made[self._key(k)] = self._made(v, str(k))
        else:
            items = raw.items if isinstance(raw, TdsVec) else raw.to_list()
            made.extend([self._made(v, str(i)) for i, v in enumerate(items, 1)])

    def _object(self, raw: T7Object, place: str) -> Any:
        spec = REGISTRY.get(raw.class_name)
        key = id(raw)
        if raw.class_name in self._classes and isinstance(raw.contents, T7Table):
            self._memo[key] = Loader
            fields = Table({k: self.value(v, f"{place}.{k}") for k, v in raw.contents.items()})
            self._memo[key] = made = self._classes[raw.class_name](fields)
            return made
        if raw.class_name in WRAPPERS and isinstance(raw.contents, T7Table):
            return self._unwrapped(raw, WRAPPERS[raw.class_name].field, place)
        spelling = SPELLINGS.get(raw.class_name)
        if spec is None and spelling is not None:
            spec = REGISTRY.get(spelling.canonical)
        if spec is None or not isinstance(raw.contents, T7Table):
            return self._unknown(raw)
        self._memo[key] = Loader
        try:
            self._memo[key] = module = self._registered(spec, raw, place, spelling)
        except MappingError:
            # What an unknown class holds may be kept in a way of its own: it shows what there is.
            if not self._inside_unknown:
                raise
            return self._unknown(raw)
        return module

    def _unwrapped(self, raw: T7Object, field: str, place: str) -> Any:
        """The module in an object that only runs it elsewhere."""
        held = raw.contents.get(field)
        inner = held.get(1) if isinstance(held, T7Table) else held
        if not isinstance(inner, T7Object):
            return self._unknown(raw)
        self._memo[id(raw)] = Loader
        self._memo[id(raw)] = made = self._made(inner, place)
        return made

    def _unknown(self, raw: T7Object) -> TorchObject:
        self._memo[id(raw)] = unknown = TorchObject(raw.class_name, raw.version)
        self._pending.append((raw, unknown, True))
        return unknown

    def _registered(self, spec: ClassSpec, raw: T7Object, place: str, spelling: Spelling | None) -> Module:
        values = {str(k): v for k, v in raw.contents.items()}
        if spelling is not None and spelling.repair is not None:
            spelling.repair(values)
        fields = Fields(raw, values, place, self)
        try:
            module = self._built(spec, fields)
        except (MappingError, T7Error):
            raise
        except (TypeError, ValueError, LookupError, AttributeError, RuntimeError) as error:
            raise MappingError(f"{place}: {spec.torch7}: {error}") from error
        if spec.children:
            for child in fields.modules():
                module.append(child)
        d = module.__dict__
        d["torch7_class"] = spec.torch7
        d["training"] = values.get("train") is not False
        extras = {
            k: self._made(v, f"{place}.{k}")
            for k, v in values.items()
            if k not in TRANSIENT and k not in spec.known_fields() and not (k in OF_PACKAGES and spelling is not None)
        }
        if extras:
            d["torch7_fields"] = Table(extras)
        return module

    def _built(self, spec: ClassSpec, fields: Fields) -> Module:
        """The module with its tensors, without its children."""
        if spec.repair is not None:
            spec.repair(fields.values)
        with init.skipped():
            if spec.make is not None:
                module = spec.make(fields)
            else:
                given = [a for a in spec.attrs if a.field in fields or a.default is not None]
                module = spec.python(**{a.python: fields.read(a) for a in given})
        self._place_tensors(spec, fields, module)
        return module

    def _place_tensors(self, spec: ClassSpec, fields: Fields, module: Module) -> None:
        for param in spec.params:
            tensor = fields.tensor(param.field)
            if tensor is not None and tensor.numel() == 0:
                tensor = None
            if param.buffer:
                if param.python in module._buffers:
                    module._buffers[param.python] = tensor
            elif tensor is None:
                module._parameters[param.python] = None
            else:
                held = module._parameters.get(param.python)
                shape = held.shape if held is not None else tensor.shape
                gradient = fields.tensor(param.gradient)
                module._parameters[param.python] = self.parameter(
                    _as(tensor, shape), None if gradient is None else _as(gradient, shape)
                )


def _as(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The tensor under a shape that its class had in other versions, on the same memory."""
    return tensor if tensor.shape == shape or tensor.numel() == 0 else tensor.view(*shape)


def to_python(raw: Any, classes: Mapping[str, Maker] | None = None, gradients: bool = False) -> Any:
    """Converts a plain graph; see `Loader`."""
    return Loader(classes, gradients).value(raw)
