"""A list and a dict of parameters, which a module finds in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.parameter import Parameter
from pytorch_from_lua.tensor import Tensor


def _parameter(owner: Module, value: Any) -> Parameter:
    """The value as a parameter: a tensor becomes one on its own memory."""
    if isinstance(value, Parameter):
        return value
    if isinstance(value, Tensor):
        return Parameter(value.detach())
    raise ModuleError(f"value: {type(owner).__name__} holds parameters, got {type(value).__name__}")


def _told(name: Any, parameter: Parameter) -> str:
    return f"({name}): Parameter of {parameter.dtype.name} {tuple(parameter.shape)}"


class ParameterList(Module):
    """A list whose parameters are found by ``parameters()`` and the rest; tensors become parameters.

    Args:
        values: what it holds at first.

    >>> import pytorch_from_lua as torch
    >>> [name for name, _ in ParameterList([torch.ones(2), torch.zeros(3)]).named_parameters()]
    ['0', '1']
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        if values is not None:
            self.extend(values)

    def _renumber(self, values: Iterable[Any]) -> None:
        self.__dict__["_parameters"] = {str(i): value for i, value in enumerate(values)}

    def append(self, value: Any) -> ParameterList:
        """Adds a parameter at the end; returns self."""
        self._parameters[str(len(self))] = _parameter(self, value)
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Adds parameters at the end; returns self.

        Raises:
            TypeError: for one tensor, or anything else that is no list of them.
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(f"values: ParameterList.extend needs parameters in a list, got {type(values).__name__}")
        for value in [_parameter(self, value) for value in values]:
            self.append(value)
        return self

    __iadd__ = extend

    def pop(self, index: int = -1) -> Any:
        """Takes a parameter out and returns it; those after it move up."""
        held = list(self)
        value = held.pop(index)
        self._renumber(held)
        return value

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return list(self._parameters.values())[index]

    def __setitem__(self, index: int, value: Any) -> None:
        held = list(self)
        held[index] = _parameter(self, value)
        self._renumber(held)

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._parameters.values()))

    def extra_repr(self) -> str:
        return ", ".join(_told(i, p) for i, p in enumerate(self))


class ParameterDict(Module):
    """A dict whose parameters are found by ``parameters()`` and the rest; tensors become parameters.

    Args:
        values: a mapping, or pairs.
    """

    def __init__(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        super().__init__()
        if values is not None:
            self.update(values)

    def update(self, values: Any) -> None:
        """Adds or replaces parameters by name.

        Raises:
            TypeError: for what is neither a mapping nor pairs.
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(f"values: ParameterDict.update needs a mapping or pairs, got {type(values).__name__}")
        pairs = values.items() if isinstance(values, (Mapping, ParameterDict)) else values
        for name, value in pairs:
            self[name] = value

    def __getitem__(self, name: str) -> Any:
        return self._parameters[name]

    def __setitem__(self, name: str, value: Any) -> None:
        made = _parameter(self, value)
        if name in self._parameters:
            self._parameters[name] = made
        else:
            self.register_parameter(name, made)

    def __delitem__(self, name: str) -> None:
        del self._parameters[name]

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._parameters))

    def __reversed__(self) -> Iterator[str]:
        names: list[str] = list(self._parameters)
        return reversed(names)

    def __contains__(self, name: object) -> bool:
        return name in self._parameters

    def __or__(self, other: ParameterDict) -> ParameterDict:
        new = self.copy()
        new.update(other)
        return new

    def __ior__(self, other: ParameterDict) -> ParameterDict:
        self.update(other)
        return self

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._parameters.keys()  # type: ignore[no-any-return]

    def values(self) -> Iterable[Any]:
        """The parameters."""
        return self._parameters.values()  # type: ignore[no-any-return]

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and parameters."""
        return self._parameters.items()  # type: ignore[no-any-return]

    def get(self, name: str, default: Any = None) -> Any:
        """The parameter, or ``default`` where there is none."""
        return self._parameters.get(name, default)

    def setdefault(self, name: str, default: Any) -> Any:
        """The parameter; where there is none it is ``default`` from now on."""
        if name not in self:
            self[name] = default
        return self[name]

    def pop(self, name: str) -> Any:
        """Takes a parameter out and returns it."""
        return self._parameters.pop(name)

    def popitem(self) -> tuple[str, Any]:
        """Takes the last parameter out; returns its name and it."""
        return self._parameters.popitem()  # type: ignore[no-any-return]

    def clear(self) -> None:
        """Takes all parameters out."""
        self._parameters.clear()

    def copy(self) -> ParameterDict:
        """Another dict of the same parameters."""
        return type(self)(self.items())

    def fromkeys(self, names: Iterable[str], default: Any = None) -> ParameterDict:
        """A new dict with the value ``default`` under each name."""
        return type(self)([(name, default) for name in names])

    def extra_repr(self) -> str:
        return ", ".join(_told(name, p) for name, p in self.items())
