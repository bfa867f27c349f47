"""What a value becomes when nothing more special is known: a dict with attributes, an object that shows itself."""

from __future__ import annotations

from typing import Any

from lua_compat.errors import MappingError
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Tensor


class Table(dict[Any, Any]):
    """A Lua table whose keys are not 1..n: a dict whose string keys can also be read as attributes.

    >>> checkpoint = Table({"epoch": 3})
    >>> checkpoint.epoch, checkpoint["epoch"]
    (3, 3)
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the table has no key {name!r}; it has {list(self)[:20]}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)  # as in Lua, where tables may be keys


class ListKey(list[Any]):
    """A list that is a key of a `Table`: found by what it is, not by what it holds, as tables are in Lua."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other


class TorchObject(Module):
    """An object of a Torch7 class that has no Python counterpart here.

    Its fields can be read as attributes and through ``fields``; it is saved again as it was. Running it says which
    class is missing.

    Attributes:
        class_name: the Torch7 class, such as ``"nn.MyLayer"``.
        fields: the fields by name.
    """

    def __init__(self, class_name: str, version: int | None = 1) -> None:
        super().__init__()
        d = self.__dict__
        d["class_name"], d["version"], d["fields"] = class_name, version, Table()
        d["contents"] = None

    def __getattr__(self, name: str) -> Any:
        fields = self.__dict__.get("fields")
        if fields is not None and name in fields:
            return fields[name]
        try:
            return super().__getattr__(name)
        except AttributeError:
            known = list(fields)[:20] if fields is not None else []
            raise AttributeError(f"{self.__dict__.get('class_name')} has no field {name!r}; it has {known}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__:
            super().__setattr__(name, value)
        else:
            self.fields[name] = value

    def forward(self, *inputs: Any, **options: Any) -> Any:
        raise MappingError(
            f"{self.class_name} has no Python counterpart: write one and give it as "
            f"lua_compat.load(path, classes={{{self.class_name!r}: ...}}), or run the model in Lua"
        )

    def extra_repr(self) -> str:
        shown = [f"{name}={_short(value)}" for name, value in list(self.fields.items())[:12]]
        return ", ".join([self.class_name, *shown])


def _short(value: Any) -> str:
    """A few words for a field; what it holds is not followed, as it may hold the object itself."""
    if isinstance(value, Tensor):
        return f"tensor{value.shape}"
    if isinstance(value, Module):
        return str(getattr(value, "class_name", type(value).__name__))
    if isinstance(value, (list, dict)):
        return f"{type(value).__name__} of {len(value)}"
    text = repr(value)
    return text if len(text) < 60 else type(value).__name__
