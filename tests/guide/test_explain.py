"""``t7 explain``: what the registry knows of a name of Torch7, Python or PyTorch."""

from __future__ import annotations

import contextlib
import io
import textwrap
from typing import Any

import pytest

import lua_compat
from lua_compat import Runtime
from lua_compat.commands import t7
from lua_compat.errors import MappingError
from lua_compat.guide.calls import CHAPTERS
from lua_compat.guide.explain import explain
from lua_compat.guide.functions import GROUPS
from lua_compat.guide.lookup import find, known_names
from lua_compat.guide.optimizers import OPTIMIZERS
from lua_compat.mapping.registry import REGISTRY
from tests.module_cases import doubles


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_names_both_sides(name: str) -> None:
    text = explain(name)
    assert text.startswith(f"{name} in Lua is nn.{REGISTRY[name].python.__name__} in Python")
    for wanted in (REGISTRY[name].examples[0].lua, REGISTRY[name].examples[0].python, "To run in PyTorch:"):
        assert wanted in text


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


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("Linear", "nn.Linear"),
        ("nn.Conv2d", "nn.SpatialConvolution"),
        ("torch.nn.Conv2d", "nn.SpatialConvolution"),
        ("NLLLoss", "nn.ClassNLLCriterion"),
        ("F.cross_entropy", "nn.CrossEntropyCriterion"),
        ("torch.relu", "nn.ReLU"),
        ("max_pool2d", "nn.SpatialMaxPooling"),
        ("cudnn.ReLU", "nn.ReLU"),
        ("optim.sgd", "optim.sgd"),
        ("torch.optim.SGD", "optim.sgd"),
        ("adam", "optim.adam"),
        ("m:getParameters", "nn.Module:getParameters"),
        ("getParameters()", "nn.Module:getParameters"),
        ("nn.Module.training", "nn.Module:training"),
        ("nn.Linear:updateOutput", "nn.Module:updateOutput"),
        ("nn.MSECriterion:forward", "nn.Criterion:forward"),
        ("m:get", "nn.Container:get"),
        ("c:backward", "nn.Criterion:backward"),
        ("zero_grad", "nn.Module:zeroGradParameters"),
        ("nn.Dropout:setp", "nn.Dropout:setp"),
        ("optim.ConfusionMatrix", "optim.ConfusionMatrix"),
        ("nn.StochasticGradient", "nn.StochasticGradient"),
        ("torch.cat", "torch.cat"),
        ("x:narrow", "x:narrow"),
        ("Tensor.narrow", "Tensor.narrow"),
        ("x.masked_fill_", "x.masked_fill_"),
        ("paths.concat", "paths.concat"),
        ("conv2d", "nn.SpatialConvolution"),
        ("f:readInt", "f:readInt"),
        ("torch.Timer:reset", "torch.Timer:reset"),
    ],
)
def test_names_of_either_language_are_understood(asked: str, wanted: str) -> None:
    assert find(asked).name == wanted


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("nn.SpatialConvoluton", "nn.SpatialConvolution"),
        ("nn.conv2D", "nn.Conv2d"),
        ("optim.sdg", "optim.sgd"),
        ("m:getParamters", "nn.Module:getParameters"),
        ("torch.rnadn", "torch.randn"),
        ("x:narow", "x:narrow"),
    ],
)
def test_near_misses_are_told_what_is_meant(asked: str, near: str) -> None:
    with pytest.raises(MappingError, match="did you mean") as caught:
        find(asked)
    assert near in str(caught.value)


def test_nothing_like_it_is_no_hint() -> None:
    with pytest.raises(MappingError, match=r"zzzzzzzz has no Python counterpart here$"):
        find("zzzzzzzz")


def test_everything_that_has_a_row_is_explained() -> None:
    for name in known_names():
        assert len(explain(name)) > 20, name
    assert {row.name for row in OPTIMIZERS} <= set(known_names())
    names = [name for chapter in CHAPTERS for call in chapter.calls for name in call.names.split()]
    assert {name for name in names if not find(name).calls} == {"nn.gModule"}
    assert len(GROUPS) > 10


def test_a_name_without_a_row_says_why() -> None:
    assert "runs nn's own tests" in explain("nn.test")
    assert "in Python `import`" in explain("torch.include")
    assert "reference counts" in explain("x:retain")
    assert "called by the class itself" in explain("nn.LookupTable:makeInputContiguous")


def test_what_differs_and_other_classes_of_the_same() -> None:
    text = explain("nn.Conv2d")
    assert "  The same class in Python: nn.SpatialConvolutionMM, nn.SpatialDilatedConvolution" in text
    assert "    Sizes are width, height in Lua, (height, width) in Python." in text
    assert "dampening (momentum)" in explain("optim.sgd")
    assert "class CAddTable(nn.Module):" in explain("nn.CAddTable")


def program(text: str, language: str) -> str:
    """The program of a language in the text."""
    _, _, after = text.partition(f"  To run in {language}:\n")
    return textwrap.dedent(after.partition("\n  To run in ")[0])


@pytest.mark.parametrize("name", ["nn.Linear", "nn.JoinTable", "nn.ClassNLLCriterion", "m:getParameters", "cm:zero"])
def test_the_programs_run_as_they_are_printed(name: str) -> None:
    text = explain(name)
    spoken: list[Any] = []
    lua = Runtime()
    lua.set_global("note", spoken.append)
    lua.execute("print = function(value) note(tostring(value)) end\n" + program(text, "Lua"))
    said = io.StringIO()
    with doubles(), contextlib.redirect_stdout(said):
        exec(program(text, "Python"), {})
    assert spoken
    assert said.getvalue()


def test_it_is_a_function_of_the_package() -> None:
    assert lua_compat.explain("Tanh") == explain("nn.Tanh")
