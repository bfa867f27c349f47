"""``t7 explain``: what the registry knows of a class."""

from __future__ import annotations

import pytest

from lua_compat.commands import t7
from lua_compat.errors import MappingError
from lua_compat.mapping.explain import explain
from lua_compat.mapping.registry import REGISTRY


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_names_both_sides(name: str) -> None:
    text = explain(name)
    assert text.startswith(f"{name} in Lua is nn.{REGISTRY[name].python.__name__} in Python")
    assert REGISTRY[name].examples[0].python in text


def test_the_command_takes_a_name_without_its_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert t7(["explain", "ELU"]) == 0
    assert "alpha" in capsys.readouterr().out


def test_an_unknown_class_is_told_with_what_is_like_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MappingError, match=r"nn\.Linaer has no Python counterpart here; did you mean nn\.Linear"):
        explain("Linaer")
    assert t7(["explain", "nn.Linaer"]) == 1
    with pytest.raises(MappingError, match="a file: explain takes a class"):
        explain("model.t7")
    assert "did you mean nn.Linear" in capsys.readouterr().err
