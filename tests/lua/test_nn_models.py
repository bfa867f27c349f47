"""Modules that a real Torch7 saved give in Lua what they gave there; errors name module and sizes."""

from __future__ import annotations

from functools import cache

import pytest

from lua_compat.bridge.runtime import Runtime
from pytorch_from_lua.nn.protocol import tree_leaves
from tests.corpus_models import GRADIENT_SCALE, MODELS, NAMES, RUN, agree


@cache
def runtime() -> Runtime:
    """One Lua for all of this file: which models there are to run depends on the classes that it has."""
    lua = Runtime()
    lua.execute("require 'nngraph'")
    return lua


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return runtime()


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_module_gives_what_torch7_gave(lua: Runtime, name: str) -> None:
    compared = lua.to_python(lua.execute(RUN, str(MODELS / f"{name}.t7"), GRADIENT_SCALE.get(name, 1.0)))
    assert list(tree_leaves(compared["evaluate_output"][1])), "nothing was recorded"
    for what, (ours, theirs) in compared.items():
        agree(ours, theirs, what)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("nn.Linear(5, 3):forward(torch.ones(4, 6))", ["nn.Linear", "4x6", "5"]),
        ("nn.SpatialConvolution(2, 3, 3, 3):forward(torch.ones(3, 5, 5))", ["nn.SpatialConvolution", "3x5x5", "2"]),
        ("nn.BatchNormalization(4):forward(torch.ones(6, 5))", ["nn.BatchNormalization", "6x5", "4"]),
        ("nn.View(7):forward(torch.ones(2, 3))", ["nn.View", "2x3", "7"]),
    ],
)
def test_an_error_names_the_module_and_the_sizes(lua: Runtime, code: str, words: list[str]) -> None:
    ok, message = lua.execute(f"require 'nn'; return pcall(function() return {code} end)")
    assert not ok
    for word in words:
        assert word in message
