"""``t7 convert`` of models: the ending of the output says the form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import lua_compat
from lua_compat.commands import t7
from lua_compat.export.files import read_state
from lua_compat.export.records import read_record
from lua_compat.export.state import state_of
from pytorch_from_lua import nn
from tests.corpus_models import MODELS


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def running(*arguments: Any) -> tuple[int, str, str]:
        code = t7([str(a) for a in arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a model alone."""
    lua_compat.save(tmp_path / "model.t7", read_record(MODELS / "net_lenet.t7").module)
    return tmp_path / "model.t7"


@pytest.mark.parametrize("ending", [".safetensors", ".npz", ".pt", ".pth"])
def test_state(ending: str, file: Path, run: Any) -> None:
    assert run("convert", file, file.with_suffix(ending)) == (0, "", "")
    assert set(read_state(file.with_suffix(ending))) == set(state_of(lua_compat.load(file)))


def test_source_has_its_weights_beside_it(file: Path, run: Any) -> None:
    out = file.with_name("net.py")
    assert run("convert", file, out) == (0, "", f"t7: {out.with_suffix('.safetensors')} has its weights\n")
    text = out.read_text()
    assert text.startswith('"""Model from model.t7, for PyTorch;')
    assert "View(128)," in text
    assert run("convert", file, out, "--input", "2x1x28x28")[0] == 0
    assert "nn.Flatten()," in out.read_text()
    assert "nn.LogSoftmax(dim=1)," in out.read_text()
    assert "class View" not in out.read_text()
    assert sorted(path.name for path in file.parent.iterdir()) == ["model.t7", "net.py", "net.safetensors"]


def test_graph(file: Path, run: Any) -> None:
    out = file.with_suffix(".onnx")
    code, _, err = run("convert", file, out)
    assert code == 1
    assert err.startswith(
        "t7: input: the model does not tell the shape of what it takes: Conv2d takes Nx1xHxW; give it"
    )
    assert not out.exists()
    code, _, err = run("convert", file, out, "--input", "1x1x28x28", "--opset", "21")
    assert code == 0
    assert err.splitlines() == [
        "t7: written as it behaves in evaluation; the model was in training mode",
        "t7: a batch of 1 keeps its dimension, which the model drops on the way",
        "t7: float64 became float32",
    ]
    model = onnx.load(out)
    assert model.opset_import[0].version == 21
    assert [d.dim_param or d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == ["batch", 1, 28, 28]
    assert run("convert", file, file.with_suffix(".npz"), "--opset", "21") == (
        1, "", "t7: opset: goes with .onnx only, got .npz\n"
    )  # fmt: skip
    assert (
        run("convert", file, file.with_name("other.t7"), "--opset", "21")[2]
        == "t7: opset: goes with .onnx only, got .t7\n"
    )


def test_encodings_stay_what_they_were(file: Path, run: Any) -> None:
    text, plain = file.with_name("ascii.t7"), file.with_name("no_ending")
    assert run("convert", file, text, "--ascii") == (0, "", "")
    assert text.read_bytes().startswith(b"4\n")
    assert run("convert", text, plain) == (0, "", "")
    assert repr(lua_compat.load(plain)) == repr(lua_compat.load(file))


def test_the_model_of_a_checkpoint(file: Path, run: Any) -> None:
    one, other = nn.Linear(2, 3), nn.Tanh()
    lua_compat.save(file, {"net": one, "other": other, "criterion": nn.MSELoss(), "epoch": 3})
    code, _, err = run("convert", file, file.with_suffix(".npz"))
    assert (code, err) == (1, f"t7: {file}: choose one with --module: net, other, criterion\n")
    assert run("convert", file, file.with_suffix(".npz"), "--module", "net") == (0, "", "")
    assert set(read_state(file.with_suffix(".npz"))) == {"weight", "bias"}
    assert run("convert", file, file.with_name("net.t7"), "--module", "net") == (0, "", "")
    assert repr(lua_compat.load(file.with_name("net.t7"))) == repr(one)
    assert "has no module head; it has net, other, criterion" in run("convert", file, "x.npz", "--module", "head")[2]
    lua_compat.save(file, {"net": one, "criterion": nn.MSELoss()})
    assert run("convert", file, file.with_suffix(".npz"))[0] == 0


def test_weights_into_a_model(file: Path, run: Any) -> None:
    trained = lua_compat.load(file)
    weights, out = file.with_name("weights.npz"), file.with_name("out.t7")
    np.savez(weights, **{name: t.array + 1 for name, t in state_of(trained).items()})
    lua_compat.save(file, {"net": trained, "epoch": 3})
    assert run("convert", weights, out, "--into", file) == (0, "", "")
    made = lua_compat.load(out)
    assert made.epoch == 3
    np.testing.assert_array_equal(made.net[0].weight.array, trained[0].weight.array + 1)
    np.testing.assert_array_equal(lua_compat.load(file).net[0].weight.array, trained[0].weight.array)
    assert run("convert", weights, file.with_suffix(".safetensors"), "--into", file)[0] == 0
    np.testing.assert_array_equal(
        read_state(file.with_suffix(".safetensors"))["0.bias"].array, trained[0].bias.array + 1
    )


def test_weights_that_do_not_fit(file: Path, run: Any) -> None:
    weights, out = file.with_name("weights.npz"), file.with_name("out.t7")
    np.savez(weights, head=np.zeros(3))
    code, _, err = run("convert", weights, out, "--into", file)
    assert code == 1
    assert err.startswith(f"t7: {weights} do not fit the model; no name is the model's: names='order' (--names order)")
    assert "\n  missing: 0.weight (4, 1, 5, 5)\n" in err
    assert err.endswith("  unexpected: head (3,)\n")
    assert not out.exists()
    assert "comes where 0.weight (4, 1, 5, 5) is" in run("convert", weights, out, "--into", file, "--names", "order")[2]


def test_weights_are_not_written_over(file: Path, run: Any) -> None:
    weights = file.with_name("weights.safetensors")
    assert run("convert", file, weights)[0] == 0
    before = weights.read_bytes()
    code, _, err = run("convert", weights, weights.with_suffix(".py"), "--into", file)
    assert code == 1
    assert "its weights would be written over" in err
    assert weights.read_bytes() == before
    assert run("convert", weights, file.with_name("other.py"), "--into", file)[0] == 0


def test_what_is_refused(file: Path, run: Any) -> None:
    out = file.with_name("out.npz")
    assert run("convert", file, out, "--names", "torchvision")[2].startswith("t7: torchvision: the model is none of")
    assert "names: .t7 has no names" in run("convert", file, "x.t7", "--names", "torchvision")[2]
    code, _, err = run("convert", file, file.with_suffix(".safetensor"))
    assert (code, err) == (
        2,
        f"t7: {file.with_suffix('.safetensor')}: .safetensor is no form; did you mean .safetensors?\n",
    )
    np.savez(out, a=np.zeros(3))
    assert "has tensors and no model; --into MODEL.t7" in run("convert", out, file.with_suffix(".py"))[2]
    lua_compat.save(file, {"x": 1})
    assert "holds no module" in run("convert", file, out)[2]
    assert run("convert", file.with_name("none.t7"), out)[0] == 1
    lua_compat.save(file, nn.Sequential(nn.Linear(2, 2)))
    assert "the ending says the form" in run("convert", file, "x.bin", "--input", "2x2")[2]


def test_modules_without_a_form_are_told_at_once(file: Path, run: Any) -> None:
    class_file = MODELS.parent / "t7"
    assert class_file.is_dir()
    model = nn.Sequential(nn.Tanh())
    lua_compat.save(file, model)
    raw = file.read_bytes().replace(b"nn.Tanh", b"nn.Tonh")
    file.write_bytes(raw)
    code, _, err = run("convert", file, file.with_suffix(".py"))
    assert code == 1
    assert "nn.Tonh" in err
    assert not file.with_suffix(".py").exists()
