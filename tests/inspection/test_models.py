"""``t7 inspect`` and ``t7 draw``: the models of files, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lua_compat
from lua_compat.commands import t7
from lua_compat.inspection.models import modules_in
from lua_compat.t7 import T7Object, T7Table, write_file
from pytorch_from_lua import nn

CHECKPOINT = str(Path(__file__).parents[1] / "conformance" / "models" / "checkpoint.t7")


@pytest.fixture
def nested(tmp_path: Path) -> str:
    """A checkpoint with two models, one of them twice, and what is none."""
    small, large = nn.Linear(3, 2), nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    path = tmp_path / "nested.t7"
    lua_compat.save(path, {"epoch": 3, "best": {"net": large, "twice": large}, "all": [small, 5]})
    return str(path)


@pytest.fixture
def unknown(tmp_path: Path) -> str:
    """A net with a layer of a class that nobody knows."""
    path = tmp_path / "unknown.t7"
    lua_compat.save(path, nn.Sequential(nn.Linear(3, 2), nn.Tanh()))
    net = lua_compat.t7.read_file(path)  # type: ignore[attr-defined]
    net.contents["modules"][2.0] = T7Object("my.Layer", 1, T7Table.of({"size": 3.0}))
    write_file(path, net)
    return str(path)


def test_finds_the_models_of_a_checkpoint(nested: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert t7(["inspect", nested]) == 0
    told = capsys.readouterr().out
    assert f"{nested}, best.net: Sequential\n" in told
    assert f"{nested}, all[0]: Linear\n" in told
    assert told.count(nested) == 2
    assert {found.place for found in modules_in(lua_compat.load(nested))} == {"best.net", "all[0]"}
    assert t7(["inspect", CHECKPOINT, "--input", "2x1x28x28"]) == 0
    told = capsys.readouterr().out
    assert "checkpoint.t7, model: Sequential" in told
    assert "Multiply-adds  223 k (223,120) for an input of 2x1x28x28" in told
    assert "ConfusionMatrix" not in told


def test_json_has_the_same_in_it(nested: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert t7(["inspect", nested, "--json", "--input", "2x3", "--module", "best.net", "--train"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["models"]
    assert (found["place"], found["parameters"], found["multiply_adds"]) == ("best.net", 16, 24)
    assert found["rows"][1]["output"] == [2, 4]
    assert found["unknown"] == []
    assert found["error"] is None


def test_an_unknown_class_is_named(unknown: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert t7(["inspect", unknown]) == 0
    assert "Unknown        my.Layer at 1; what they hold is not counted" in capsys.readouterr().out
    assert t7(["inspect", unknown, "--input", "1x3"]) == 1
    told = capsys.readouterr()
    assert "Linear(in_features=3, out_features=2, bias=True)" in told.out
    assert "the input was not run: my.Layer has no Python counterpart" in told.err


def test_draws_a_model(nested: str, unknown: str, tmp_path: Path) -> None:
    out = tmp_path / "net.dot"
    assert t7(["draw", nested, "-o", str(out), "--module", "best.net", "--input", "2x3"]) == 0
    assert '[label="2x4"]' in out.read_text()
    assert t7(["draw", unknown, "-o", str(out)]) == 0
    assert "my.Layer" in out.read_text()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["draw", "-o", "x.dot"], "choose one with --module: best.net, all[0]"),
        (["draw", "-o", "x.jpeg", "--module", "best.net"], "a drawing ends in"),
        (["inspect", "--module", "worst"], "has no module worst; it has best.net, all[0]"),
        (["inspect", "--input", "7x7", "--module", "best.net"], "in module 0 of Sequential: Linear"),
    ],
)
def test_mistakes_are_told(
    nested: str, command: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert t7([command[0], nested, *command[1:]]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "x.dot").exists()


@pytest.mark.parametrize("shape", ["", "x", "1xa", "2x3,"])
def test_an_input_is_sizes(nested: str, shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        t7(["inspect", nested, "--input", shape])
    assert "needs sizes such as 1x3x224x224" in capsys.readouterr().err


def test_a_file_without_a_model_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data: Any = {"a": 1}
    lua_compat.save(tmp_path / "data.t7", data)
    assert t7(["inspect", str(tmp_path / "data.t7")]) == 1
    assert "holds no module; t7 show says what it holds" in capsys.readouterr().err
