"""Modules that hold modules: PyTorch's, and Torch7's containers for tables of tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn.module import Module

#: What a slice of a container does not take over: it holds other modules and has its own hooks and results.
_OF_ONE_MODULE = {"_modules", "_hooks", "_trace", "output", "gradInput"}


class _Numbered(Module):
    """Modules under the names "0", "1", ...: what every list of modules shares."""

    def __init__(self, *modules: Module) -> None:
        super().__init__()
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> Any:
        """Adds a module at the end; returns self."""
        self._check_module(module)
        number = len(self._modules)
        while str(number) in self._modules:  # modules with names of their own may have taken it
            number += 1
        self._modules[str(number)] = module
        return self

    add = append

    def insert(self, index: int, module: Module) -> Any:
        """Adds a module before the one at ``index``; returns self."""
        self._check_module(module)
        held = list(self._modules.values())
        if not -len(held) <= index <= len(held):
            raise IndexError(f"index: {index} is outside of {type(self).__name__}, which holds {len(held)} modules")
        held.insert(index, module)
        return self._renumber(held)

    def extend(self, modules: Iterable[Module]) -> Any:
        """Adds modules at the end, all or, where one is none, nothing; returns self."""
        if not isinstance(modules, Iterable):
            raise TypeError(f"modules: {type(self).__name__}.extend needs modules, got {type(modules).__name__}")
        added = list(modules)
        for module in added:
            self._check_module(module)
        for module in added:
            self.append(module)
        return self

    __iadd__ = extend

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Iterable):
            return NotImplemented
        return self[:].extend(other)

    def pop(self, index: int = -1) -> Any:
        """Takes the module at ``index`` out and returns it; those after it move up."""
        module = self[index]
        del self[index]
        return module

    def _check_module(self, module: Any) -> None:
        if not isinstance(module, Module):
            raise ModuleError(f"module: {type(self).__name__} holds modules, got {type(module).__name__}")

    def _renumber(self, modules: Iterable[Module | None]) -> Any:
        self.__dict__["_modules"] = {str(i): m for i, m in enumerate(modules)}
        return self

    def _index(self, index: int) -> str:
        n = len(self._modules)
        if not -n <= index < n:
            raise IndexError(f"index: {index} is outside of {type(self).__name__}, which holds {n} modules")
        return str(index % n)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            new = type(self).__new__(type(self))
            Module.__init__(new)
            new.__dict__.update({k: v for k, v in self.__dict__.items() if k not in _OF_ONE_MODULE})
            return new._renumber(list(self._modules.values())[index])
        return self._modules[self._index(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        self._check_module(module)
        self._modules[self._index(index)] = module

    def __delitem__(self, index: int | slice) -> None:
        held = list(self._modules.values())
        if isinstance(index, int):
            index = int(self._index(index))
        del held[index]
        self._renumber(held)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())


class Sequential(_Numbered):
    """Each module's output is the next one's input: ``f_n(... f_2(f_1(x)))`` (Torch7's ``nn.Sequential``).

    Args:
        modules: the modules in order, or one dict of name to module.
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self.register_module(name, module)
        else:
            self.extend(modules)

    def _index(self, index: int) -> str:
        n = len(self._modules)
        if not -n <= index < n:
            raise IndexError(f"index: {index} is outside of {type(self).__name__}, which holds {n} modules")
        return list(self._modules)[index % n]  # type: ignore[no-any-return]

    def __getitem__(self, index: int | slice) -> Any:
        new = super().__getitem__(index)
        if isinstance(index, slice):  # a part keeps the names, as in PyTorch: its state is a part of the state
            new.__dict__["_modules"] = dict(list(self._modules.items())[index])
        return new

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Sequential):
            return NotImplemented
        return self[:]._renumber([*self, *other])

    def __mul__(self, times: int) -> Any:
        if not isinstance(times, int):
            return NotImplemented
        if times <= 0:
            raise ValueError(f"times: Sequential can be repeated once or more, got {times}")
        return self[:]._renumber(list(self) * times)

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Any:
        repeated = self * times
        self.__dict__["_modules"] = repeated._modules
        return self

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)
        return input


class ModuleList(_Numbered):
    """A list whose modules are found by ``parameters()`` and the rest; it has no forward of its own."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__(*([] if modules is None else modules))


class ModuleDict(Module):
    """A dict whose modules are found by ``parameters()`` and the rest; it has no forward of its own."""

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Adds or replaces modules by name, from a mapping or from pairs."""
        if not isinstance(modules, Iterable):
            raise TypeError(f"modules: ModuleDict.update needs a mapping or pairs, got {type(modules).__name__}")
        pairs = modules.items() if isinstance(modules, (Mapping, ModuleDict)) else modules
        for name, module in pairs:
            self[name] = module

    def clear(self) -> None:
        """Takes all modules out."""
        self._modules.clear()

    def pop(self, name: str) -> Any:
        """Takes a module out and returns it."""
        return self._modules.pop(name)

    def __getitem__(self, name: str) -> Any:
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        if name in self._modules and isinstance(module, Module):
            self._modules[name] = module
        else:
            self.register_module(name, module)

    def __delitem__(self, name: str) -> None:
        del self._modules[name]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()  # type: ignore[no-any-return]

    def values(self) -> Iterable[Any]:
        """The modules."""
        return self._modules.values()  # type: ignore[no-any-return]

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and modules."""
        return self._modules.items()  # type: ignore[no-any-return]


class ConcatTable(_Numbered):
    """The list of what each module gives for the same input (Torch7's ``nn.ConcatTable``)."""

    def forward(self, input: Any) -> Any:
        return [module(input) for module in self._modules.values()]


class ParallelTable(_Numbered):
    """Module ``i`` applied to element ``i`` of a list (Torch7's ``nn.ParallelTable``)."""

    def forward(self, input: Any) -> Any:
        if len(input) < len(self._modules):
            raise ModuleError(f"input: ParallelTable of {len(self._modules)} modules got {len(input)} tensors")
        return [module(x) for module, x in zip(self._modules.values(), input, strict=False)]


class MapTable(_Numbered):
    """One module applied to every element of a list (Torch7's ``nn.MapTable``)."""

    def forward(self, input: Any) -> Any:
        return [self[0](x) for x in input]


class Concat(_Numbered):
    """What the modules give for the same input, joined along ``dim`` (Torch7's ``nn.Concat``)."""

    def __init__(self, dim: int, *modules: Module) -> None:
        super().__init__(*modules)
        self.dim = dim

    def forward(self, input: Any) -> Any:
        from pytorch_from_lua import cat

        return cat([module(input) for module in self._modules.values()], self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Parallel(_Numbered):
    """Module ``i`` applied to index ``i`` of ``input_dim``, results joined along ``output_dim`` (``nn.Parallel``)."""

    def __init__(self, input_dim: int, output_dim: int, *modules: Module) -> None:
        super().__init__(*modules)
        self.input_dim, self.output_dim = input_dim, output_dim

    def forward(self, input: Any) -> Any:
        from pytorch_from_lua import cat

        parts = [module(input.select(self.input_dim, i)) for i, module in enumerate(self._modules.values())]
        return cat(parts, self.output_dim)

    def extra_repr(self) -> str:
        return f"input_dim={self.input_dim}, output_dim={self.output_dim}"


__all__ = [
    "Concat",
    "ConcatTable",
    "MapTable",
    "ModuleDict",
    "ModuleList",
    "Parallel",
    "ParallelTable",
    "Sequential",
]
