"""Tensors of PyTorch in a loaded model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as ours
from lua_compat.errors import ExportError
from lua_compat.export.files import write_model
from lua_compat.export.into import load_weights
from lua_compat.export.pytorch.source import source
from lua_compat.export.records import read_record
from lua_compat.export.state import state_of
from pytorch_from_lua import nn
from tests.corpus_models import MODELS


def zeroed(module: Any) -> Any:
    for tensor in state_of(module).values():
        tensor.array[...] = 0
    return module


def model(name: str = "net_resnet") -> Any:
    return read_record(MODELS / f"{name}.t7").module


def agree(one: Any, other: Any) -> None:
    for name, tensor in state_of(one).items():
        np.testing.assert_array_equal(state_of(other)[name].array, tensor.array)


@pytest.mark.parametrize("ending", [".safetensors", ".npz", ".pt"])
def test_files(ending: str, tmp_path: Path) -> None:
    write_model(model(), tmp_path / f"state{ending}")
    made = zeroed(model())
    assert load_weights(made, tmp_path / f"state{ending}") is made
    agree(model(), made)


@pytest.mark.parametrize("name", ["net_resnet", "net_siamese", "net_lstm_cell_gModule", "inception_block"])
@pytest.mark.parametrize("chosen", [None, "source"])
def test_names_of_the_source(name: str, chosen: str | None) -> None:
    whole = model(name)
    state = source(whole).state(whole)
    assert set(state) != set(state_of(whole))
    agree(whole, load_weights(zeroed(model(name)), state, names=chosen))


def test_before_all_names_and_without_counters() -> None:
    state = {f"module.{n}": t.array.copy() for n, t in state_of(model()).items() if "num_batches" not in n}
    made = zeroed(model())
    load_weights(made, state)
    agree(load_weights(made, {"module.more.num_batches_tracked": np.array(3)} | state), made)
    np.testing.assert_array_equal(made[0].weight.array, model()[0].weight.array)


def test_in_order_whatever_the_names() -> None:
    state = {f"name_{i}": t.array for i, (n, t) in enumerate(state_of(model()).items()) if "num_batches" not in n}
    with pytest.raises(ExportError, match="no name is the model's: names='order'"):
        load_weights(model(), state)
    made = load_weights(zeroed(model()), state, names="order")
    np.testing.assert_array_equal(made[7].bias.array, model()[7].bias.array)


def test_types_are_those_of_the_model() -> None:
    made = nn.Linear(2, 1, dtype="float64")
    load_weights(made, {"weight": np.array([[1, 2]], np.float32), "bias": ours.tensor([3])})
    assert made.weight.dtype.name == "float64"
    assert made(ours.tensor([1.0, 1.0], dtype="float64")).item() == 6


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    made = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    before = {n: t.array.copy() for n, t in state_of(made).items()}
    given = {"0.weight": np.zeros((3, 2)), "0.bias": np.zeros(4), "2.weight": np.zeros((1, 3)), "head": np.zeros(1)}
    with pytest.raises(ExportError) as caught:
        load_weights(made, given)
    assert str(caught.value) == (
        "weights do not fit the model\n"
        "  missing: 2.bias (1,)\n"
        "  unexpected: head (1,)\n"
        "  of another shape: 0.bias (4,), the model has (3,)"
    )
    for name, array in before.items():
        np.testing.assert_array_equal(state_of(made)[name].array, array)
    with pytest.raises(ExportError) as caught:
        load_weights(made, dict(list(given.items())[:2] + [("x", np.zeros((1, 3)))]), names="order")
    assert str(caught.value) == (
        "weights do not fit the model in their order\n"
        "  of another shape: 0.bias (4,) comes where 0.bias (3,) is\n"
        "  missing: 2.bias (1,)"
    )


def test_other_arguments() -> None:
    with pytest.raises(ExportError, match="names: needs one of 'ours', 'source', 'torchvision', 'order', got 'mine'"):
        load_weights(nn.Tanh(), {}, names="mine")
    with pytest.raises(ExportError, match="weight needs to be numbers, is str"):
        load_weights(nn.Mul(), {"weight": "x"})
    with pytest.raises(ExportError, match="the model is none of"):
        load_weights(nn.Mul(), {"weight": [1.0]}, names="torchvision")


@pytest.mark.peer
def test_a_state_dict_of_pytorch_itself() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    made = load_weights(nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), theirs.state_dict())
    np.testing.assert_array_equal(made[0].weight.array, theirs[0].weight.detach().numpy())
