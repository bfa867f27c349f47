"""Every model of the corpus in every form: what comes out there is what Torch7 gave, or the tool says why it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from lua_compat.export import runner, table
from lua_compat.export.table import PASSES, Row, main, render, rows
from tests.corpus_models import MODELS, NAMES

_DRAWS = "draws its windows anew each time that it is run, and ONNX draws otherwise"
_REFUSED = "cannot, because ONNX: the model has modules that cannot be written:"
#: What is no pass in ONNX.
CANNOT = {
    "SpatialFractionalMaxPooling": f"{_REFUSED} FractionalMaxPool2d: {_DRAWS}",
    "SpatialFractionalMaxPooling_by_ratio": f"{_REFUSED} FractionalMaxPool2d: {_DRAWS}",
    "VolumetricFractionalMaxPooling": f"{_REFUSED} FractionalMaxPool3d: {_DRAWS}",
}


@pytest.fixture(scope="module")
def found() -> dict[str, Row]:
    return {row.name: row for row in rows([MODELS / f"{name}.t7" for name in NAMES])}


@pytest.mark.parametrize("name", NAMES)
def test_state_and_torch7_file(name: str, found: dict[str, Row]) -> None:
    assert (found[name].safetensors, found[name].t7) == (PASSES, PASSES)


@pytest.mark.peer
@pytest.mark.skipif(bool(runner.missing("pytorch")), reason="PyTorch, which runs the sources, is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_source_in_pytorch(name: str, found: dict[str, Row]) -> None:
    assert found[name].pytorch == PASSES


@pytest.mark.peer
@pytest.mark.skipif(bool(runner.missing("onnx")), reason="ONNX Runtime, which runs the graphs, is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_graph_in_onnx_runtime(name: str, found: dict[str, Row]) -> None:
    assert found[name].onnx == CANNOT.get(name, PASSES)


def test_what_cannot_be_written_is_in_the_corpus() -> None:
    assert set(CANNOT) <= set(NAMES)


def test_a_difference_is_no_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = table.read_record(MODELS / "Linear.t7")
    record.module.bias.array[0] += 1
    monkeypatch.setattr(table, "read_record", lambda path: record)
    row = rows([MODELS / "Linear.t7"])[0]
    assert "from what was recorded" in row.t7
    assert row.t7 == row.pytorch or runner.missing("pytorch")


def test_the_command_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Tanh.t7").write_bytes((MODELS / "Tanh.t7").read_bytes())
    assert main([str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("| Model | safetensors | PyTorch source | t7 | ONNX |\n")
    assert "| Tanh | passes |" in out
    assert "Of 1 models pass: safetensors 1" in out
    assert render([Row("a", PASSES, "cannot, because |", PASSES, PASSES)]).splitlines()[2].count("\\|") == 1
