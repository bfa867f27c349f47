"""Every model of the corpus as ONNX: it is valid, and ONNX Runtime gives what we give, or the error says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
from lua_compat.errors import ExportError
from lua_compat.export.onnx import write
from pytorch_from_lua import nn
from pytorch_from_lua.tensor import Tensor
from tests.corpus_models import MODELS, NAMES
from tests.export.onnx_runs import Written
from tests.mapping.test_corpus_models import labels_from_0

_DRAWS = "draws its windows anew each time that it is run, and ONNX draws otherwise"
#: The models that cannot be written, with what the error says.
REFUSED = {
    "SpatialFractionalMaxPooling": f"FractionalMaxPool2d: {_DRAWS}",
    "SpatialFractionalMaxPooling_by_ratio": f"FractionalMaxPool2d: {_DRAWS}",
    "VolumetricFractionalMaxPooling": f"FractionalMaxPool3d: {_DRAWS}",
}
#: Those that take a batch of one size only: their input is a single sample, or has none, or its size matters.
FIXED = {
    *("Constant", "DepthConcat", "FlattenTable", "IndexLinear", "LayerNormalization", "Linear_of_one_vector"),
    *("LogSoftMax_of_one_vector", "MaskedSelect", "Min", "NarrowTable", "Parallel", "Reshape_of_one"),
    *(
        "SpatialConvolutionMap",
        "SpatialConvolution_of_one",
        "SpatialDivisiveNormalization",
        "SpatialFullConvolutionMap",
    ),
    *("SpatialSubtractiveNormalization", "Sum", "TemporalConvolution", "TemporalDynamicKMaxPooling"),
    *("TemporalSubSampling", "View_with_1", "VolumetricConvolution_strided_and_padded", "ZipTable"),
    "ZipTableOneToMany",
}
#: A batch of one, whose dimension Torch7's View drops and the graph keeps.
OF_ONE = {"net_lenet_ascii"}


def model_and_input(name: str) -> tuple[Any, Any]:
    """The module of a record, and its input with indices counted from 0."""
    record = lua_compat.load(MODELS / f"{name}.t7")
    module = record["module"]
    given = labels_from_0(module, record["input"])
    if isinstance(module, nn.OneHot):
        given = given.to("int64")
    if isinstance(module, nn.Index):
        given = [given[0], given[1].to("int64")]
    return module, given


@pytest.mark.parametrize("name", [name for name in NAMES if name not in REFUSED])
def test_a_model_gives_the_same_in_the_runtime(name: str, tmp_path: Path) -> None:
    module, given = model_and_input(name)
    written = Written(module, tmp_path, given)
    if name in OF_ONE:
        assert any("a batch of 1 keeps its dimension, which" in note for note in written.notes)
        module.eval()
        assert written.run(given)[0].shape == (1, *module(given).shape)
    else:
        written.agree(given)
    assert written.any_batch != (name in FIXED)
    assert any(note.startswith("all sizes are fixed") for note in written.notes) == (name in FIXED)
    if name not in FIXED:
        written.agree(written.with_batch(given, 5))


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_cannot_be_written_says_why(name: str, tmp_path: Path) -> None:
    module, given = model_and_input(name)
    with pytest.raises(ExportError) as caught:
        write(module, tmp_path / "model.onnx", given)
    assert str(caught.value) == f"ONNX: the model has modules that cannot be written:\n  {REFUSED[name]}"
    assert list(tmp_path.iterdir()) == []


def test_the_lists_name_models_that_there_are() -> None:
    assert set(REFUSED) | FIXED | OF_ONE <= set(NAMES)
    assert len(REFUSED) < 0.1 * len(NAMES)


def test_a_saved_net_has_the_shapes_of_its_shape_alone(tmp_path: Path) -> None:
    module, given = model_and_input("net_vgg_float")
    by_shape = Written(module, tmp_path, tuple(given.shape))
    assert by_shape.session.get_inputs()[0].shape == ["batch", 3, 16, 16]
    assert by_shape.session.get_outputs()[0].shape == ["batch", 10]
    by_shape.agree(given)


def test_indices_are_found_out_where_only_shapes_are_given(tmp_path: Path) -> None:
    module, given = model_and_input("net_char_rnn_gModule")
    written = Written(module, tmp_path, [tuple(t.shape) for t in given])
    assert [port.type for port in written.session.get_inputs()] == ["tensor(int64)", "tensor(float)", "tensor(float)"]
    assert f"indices, counted from 0: {written.inputs[0]}" in written.notes
    written.agree(given)


def test_a_graph_with_states_runs_step_by_step(tmp_path: Path) -> None:
    module, given = model_and_input("net_lstm_cell_gModule")
    written = Written(module, tmp_path, given)
    module.eval()
    x, c, h = given
    state = [c, h]
    for _ in range(4):
        c, h = module([x, c, h])
        state = [Tensor.from_array(array) for array in written.run([x, *state])]
    np.testing.assert_allclose(state[0].array, c.array, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(state[1].array, h.array, rtol=1e-4, atol=1e-4)
