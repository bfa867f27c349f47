"""What ``t7 inspect`` says beside the tables of models: options, optimizers, logs and tensors."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat.commands import t7
from lua_compat.inspection.checkpoint import METHODS, checkpoint
from lua_compat.inspection.cli import read_raw
from lua_compat.inspection.places import TOP, Place, walk
from lua_compat.t7 import T7Object, T7Table, write_file
from pytorch_from_lua import nn

CHECKPOINT = str(Path(__file__).parents[1] / "conformance" / "models" / "checkpoint.t7")


def inspected(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert t7(["inspect", *arguments]) == 0
    return capsys.readouterr().out


def test_a_checkpoint_of_torch7(capsys: pytest.CaptureFixture[str]) -> None:
    told = inspected(capsys, CHECKPOINT)
    for block in (
        "Values\n  epoch   3\n",
        'Options, opt\n  batchSize   4\n  gpu         false\n  name        "lenet"\n',
        "Optimizer, optimState: optim.sgd or nag\n  evalCounter    3\n  learningRate   0.05\n  momentum       0.9\n",
        "  dfdx    Double   3702   -0.1535   0.1176   -0.001037   0.01886   1,239\n",
    ):
        assert block in told
    assert re.search(r"^losses +3 +2\.23 +2\.105 +2\.105 +2\.23$", told, re.MULTILINE)
    assert "Tensors" not in told


def test_tensors_have_their_statistics(capsys: pytest.CaptureFixture[str]) -> None:
    told = inspected(capsys, CHECKPOINT, "--tensors")
    assert "Tensors: 67\n" in told
    assert re.search(
        r"^model\.modules\[1\]\.weight +Double +4x1x5x5 +-0\.2041 +0\.1976 +-0\.001298 +0\.1256$", told, re.M
    )
    assert re.search(r"^confusion\.valids .* 6$", told, re.M)  # its NaN
    assert "model.modules[1].finput" not in told
    assert "42 more are what modules keep between calls (--all shows them)" in told
    everything = inspected(capsys, CHECKPOINT, "--tensors", "--all")
    assert re.search(r"^model\.modules\[1\]\.finput +Double", everything, re.M)


def test_json_holds_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(inspected(capsys, CHECKPOINT, "--json"))
    assert told["values"] == {"epoch": 3}
    assert told["options"] == [{"place": "opt", "values": {"gpu": False, "batchSize": 4, "name": "lenet"}}]
    (state,) = told["optimizers"]
    assert (state["place"], state["method"], state["values"]["evalCounter"]) == ("optimState", "sgd or nag", 3)
    assert state["tensors"][0]["statistics"]["zeros"] == 1239
    assert told["logs"][0]["x"] == [1, 2, 3]
    assert len(told["tensors"]) == 67
    assert {t["place"]: t["class"] for t in told["tensors"]}["confusion.mat"] == "torch.LongTensor"


@pytest.mark.parametrize(
    ("method", "config"),
    [
        ("sgd", "{learningRate = 0.1}"),
        ("sgd", "{learningRate = 0.1, momentum = 0.9}"),
        ("nag", "{learningRate = 0.1, momentum = 0.9}"),
        *((name, "{}") for name in ("adam", "adamax", "adagrad", "adadelta", "rmsprop", "rprop", "asgd", "lbfgs")),
    ],
)
def test_states_that_optim_leaves_are_known(tmp_path: Path, method: str, config: str) -> None:
    lua = lua_compat.Runtime()
    path = tmp_path / "state.t7"
    lua.execute(
        f"""
        require 'optim'
        local x, state = torch.ones(3), {config}
        for _ = 1, 3 do optim.{method}(function(x) return x:dot(x), x * 2 end, x, state) end
        torch.save('{path}', {{state = state, other = 1}})
        """
    )
    (state,) = checkpoint(read_raw(str(path))).optimizers
    assert str(state.place) == "state"
    assert state.method is not None
    assert method in state.method.split(" or ")
    assert {name for name, _ in METHODS} >= {state.method}


def test_the_state_before_the_first_step_and_states_in_lists(tmp_path: Path) -> None:
    path = tmp_path / "states.t7"
    state = {"t": 1, "m": torch.zeros(2), "v": torch.zeros(2)}
    lua_compat.save(path, {"sgdState": {"learningRate": 0.1}, "all": [state, dict(state)], "net": {"momentum": 0.1}})
    found = {str(s.place): s.method for s in checkpoint(read_raw(str(path))).optimizers}
    assert found == {"sgdState": None, "all[1]": "adam", "all[2]": "adam"}


def test_a_file_of_a_state_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "optimState_7.t7")
    lua_compat.save(path, {"evalCounter": 9, "dfdx": torch.zeros(3), "learningRate": 0.1})
    told = inspected(capsys, path)
    assert "Optimizer, (top): optim.sgd or nag" in told
    assert re.search(r"^  dfdx +Float +3 +0 +0 +0 +0 +3$", told, re.M)


def test_logs_with_gaps_and_vectors_are_logs_and_options_are_not(tmp_path: Path) -> None:
    path = tmp_path / "logs.t7"
    value: dict[str, Any] = {
        "val_losses": {1000: 2.5, 2000: 2.0, 500: 3.0},
        "train_err": torch.tensor([3.0, 2.0]),
        "vocab": {"a": 1, "b": 2},
        "mean": [0.1, 0.2, 0.3],
        "many": [float(i) for i in range(20)],
        "opt": {"rates": [0.1, 0.01], "size": 3},
        "net": nn.Linear(2, 2),
    }
    lua_compat.save(path, value)
    found = {str(g.place): (g.x, g.y) for g in checkpoint(read_raw(str(path))).logs}
    assert set(found) == {"val_losses", "train_err", "many"}
    assert found["val_losses"] == ([500, 1000, 2000], [3, 2.5, 2])
    assert found["train_err"] == ([1, 2], [3, 2])


def test_json_has_no_numbers_that_json_has_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "nan.t7")
    lua_compat.save(path, {"losses": [float("nan"), float("inf"), 1.5], "best": float("-inf"), "x": torch.ones(1)})

    def refuse(word: str) -> None:
        raise AssertionError(word)

    told = json.loads(inspected(capsys, path, "--json"), parse_constant=refuse)
    assert told["logs"][0]["y"] == ["nan", "inf", 1.5]
    assert told["values"] == {"best": "-inf"}
    assert re.search(r"^losses +3 +nan +1\.5 +1\.5 +1\.5$", inspected(capsys, path), re.M)


def test_places_are_written_as_lua_writes_them() -> None:
    place = TOP
    for key in ("net", "modules", 1.0, "end", "a b", True, 0.5, b"\xff"):
        place = Place(place, key)
    assert str(place) == 'net.modules[1]["end"]["a b"][true][0.5]["\\xff"]'
    for _ in range(100):
        place = Place(place, 1.0)
    assert str(place) == 'net.modules[1]["end"]...(92 more)...' + "[1]" * 12


def test_a_walk_meets_every_object_once_at_its_shortest_place(tmp_path: Path) -> None:
    inner = T7Table.of({"x": 1.0})
    inner["self"] = inner
    deep = T7Table.of([T7Table.of([inner])])
    key = T7Table.of([5.0])
    top = T7Object("my.Class", 1, T7Table.of({"deep": deep, "near": inner}))
    top.contents[key] = 1.0
    write_file(tmp_path / "graph.t7", top)
    places = [str(place) for place, _ in walk(read_raw(str(tmp_path / "graph.t7")))]
    assert places == ["(top)", "deep", "deep[1]", "near", "(key)"]


def test_a_very_deep_table_is_walked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = T7Table.of({"losses": T7Table.of([2.0, 1.0])})
    for _ in range(20_000):
        value = T7Table.of([value])
    write_file(tmp_path / "deep.t7", value)
    told = inspected(capsys, str(tmp_path / "deep.t7"))
    assert re.search(r"^\[1\]\[1\]\[1\]\[1\]\.\.\.\(19985 more\).*2 +2 +1 +1 +2$", told, re.M)
