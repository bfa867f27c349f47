"""What `pytorch_from_lua.nn` and its `functional` offer says what it computes, or of what shapes."""

from __future__ import annotations

import inspect
import re
from types import ModuleType

import pytest

from pytorch_from_lua import nn
from pytorch_from_lua.nn import functional

OFFERED = {
    f"{namespace.__name__.partition('.')[2]}.{name}": getattr(namespace, name)
    for namespace in (nn, functional)
    for name in namespace.__all__
    if not isinstance(getattr(namespace, name), ModuleType)
}
#: A formula or a shape in literals, or a sentence of shapes.
SAYS = re.compile(r"``[^`]+``|\b[Ss]hapes?\b")


def _own(thing: object) -> str:
    """The docstring, not one of a parent."""
    return str(vars(thing).get("__doc__") or "") if inspect.isclass(thing) else str(thing.__doc__ or "")


@pytest.mark.parametrize("name", OFFERED)
def test_a_docstring_with_a_shape_or_a_formula(name: str) -> None:
    text = _own(OFFERED[name])
    assert SAYS.search(text), text


def test_what_is_looked_at_is_all_there_is() -> None:
    assert len(OFFERED) > 300
    assert {"nn.Linear", "nn.Sequential", "nn.functional.conv2d"} <= set(OFFERED)
    assert not SAYS.search("One step of `RNN`.")
