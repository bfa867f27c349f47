"""Writing models as ONNX: what is asked for, what is refused, what the file tells, and what stays as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat.errors import ExportError
from lua_compat.export.onnx import library, write
from lua_compat.mapping import TorchObject
from pytorch_from_lua import nn
from pytorch_from_lua.errors import TensorError
from pytorch_from_lua.nn import functional as F
from tests.export.onnx_runs import Written


def inputs_of(path: Path) -> list[tuple[str, list[Any]]]:
    """The names and shapes of a file's inputs."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return [(port.name, port.shape) for port in session.get_inputs()]


# -- the input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "shapes"),
    [
        (nn.Sequential(nn.Linear(4, 3), nn.Tanh()), [["batch", 4]]),
        (nn.Sequential(nn.Dropout(), nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 1))), [["batch", 5]]),
        (nn.Bilinear(4, 3, 2), [["batch", 4], ["batch", 3]]),
        (nn.ParallelTable(nn.Linear(2, 2), nn.Linear(3, 2)), [["batch", 2], ["batch", 3]]),
        (nn.Concat(1, nn.Identity(), nn.Linear(6, 2)), [["batch", 6]]),
        (nn.SpatialConvolutionLocal(2, 3, (4, 5), 2), [["batch", 2, 4, 5]]),
        (nn.WeightNorm(nn.Linear(7, 2)), [["batch", 7]]),
        (nn.Graph(x := nn.Node(), nn.Node(nn.CMulTable(), x >> nn.Tanh(), x >> nn.Linear(3, 3))), [["batch", 3]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_model_whose_first_layer_tells_needs_no_shape(model: Any, shapes: Any, tmp_path: Path) -> None:
    write(model, tmp_path / "model.onnx")
    assert [shape for _, shape in inputs_of(tmp_path / "model.onnx")] == shapes


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (nn.Sequential(nn.ReLU(), nn.Conv2d(3, 4, 3)), "Conv2d takes Nx3xHxW"),
        (nn.TemporalConvolution(5, 4, 3), "TemporalConvolution takes NxTx5"),
        (nn.LSTM(5, 4), "LSTM takes TxNx5"),
        (nn.Embedding(5, 4), "Embedding takes N or NxT, whole numbers"),
        (nn.Sequential(nn.View(12), nn.Linear(12, 2)), "View takes any shape"),
        (nn.ParallelTable(nn.Linear(2, 2), nn.Tanh()), "Tanh takes any shape"),
        (
            nn.Graph(
                [x := nn.Node(), y := nn.Node(name="state")],
                nn.Node(nn.CAddTable(), x >> nn.Linear(3, 3), y),
            ),
            r"input 1 \(state\) of the graph: CAddTable takes any shape",
        ),
    ],
)
def test_a_model_that_does_not_tell_is_asked_about(model: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=f"^input: the model does not tell .*{words}; give it, such as --input 1x3"):
        write(model, tmp_path / "model.onnx")


@pytest.mark.parametrize("given", ["2x3", 4, [], [(2, 3), "x"], 1.5])
def test_what_is_no_input_is_refused(given: Any, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"^input: needs a shape, a tensor, or a list of them, got"):
        write(nn.Tanh(), tmp_path / "model.onnx", given)


def test_sizes_are_at_least_1(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"^input: needs sizes of 1 or more, got \(2, 0\)"):
        write(nn.Tanh(), tmp_path / "model.onnx", (2, 0))


def test_an_input_that_does_not_fit_is_told_with_its_place(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Tanh(), nn.Sequential(nn.Linear(4, 3)))
    with pytest.raises(TensorError, match=r"in module 1\.0 of Sequential: Linear") as caught:
        write(model, tmp_path / "model.onnx", (2, 5))
    assert "got (2, 5)" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [[0.5, 1.0], [1.0, 5.0], [3, 5]])
def test_what_is_looked_up_needs_to_be_there(given: list[float], tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"^input: the model looks it up: needs whole numbers from 0 to 4$"):
        write(nn.Embedding(5, 4), tmp_path / "model.onnx", torch.tensor(given))


def test_whole_numbers_of_a_floating_point_type_become_indices(tmp_path: Path) -> None:
    write(nn.Embedding(5, 4), tmp_path / "model.onnx", torch.tensor([0.0, 4.0]))
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert session.get_inputs()[0].type == "tensor(int64)"


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_indices_of_small_types_are_looked_up(dtype: str, tmp_path: Path) -> None:
    given = torch.tensor([[3, 0, 4]]).to(dtype)
    Written(nn.Embedding(5, 4), tmp_path, given).agree(given)


def test_a_type_that_an_operation_does_not_take_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"^ONNX: a module was given a type, or a shape, that its operation does not"):
        write(nn.AddConstant(1.5), tmp_path / "model.onnx", torch.tensor([1, 2]))
    assert list(tmp_path.iterdir()) == []


def test_the_smallest_table_tells_what_indices_may_be(tmp_path: Path) -> None:
    model = nn.Sequential(nn.ConcatTable(nn.Embedding(500, 2), nn.Embedding(3, 2)), nn.CAddTable())
    written = Written(model, tmp_path, (6, 4))
    written.agree(torch.tensor([[0, 1, 2, 2]]))


def test_a_batch_of_1_is_a_batch_also_where_the_model_drops_its_dimension(tmp_path: Path) -> None:
    """As VGG does: View gives (512,) for a batch of 1, which BatchNorm1d does not take."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.View(8), nn.BatchNorm1d(8))
    written = Written(model, tmp_path, (1, 1, 4, 4))
    assert written.notes[-1] == "a batch of 1 keeps its dimension, which the model drops on the way"
    written.agree(torch.randn(3, 1, 4, 4))
    assert written.run(torch.randn(1, 1, 4, 4))[0].shape == (1, 8)


def test_inputs_that_begin_with_other_sizes_may_be_no_batch(tmp_path: Path) -> None:
    given = [torch.randn(5, 2), torch.tensor([4, 0, 3])]
    written = Written(nn.Index(0), tmp_path, given)
    assert written.batch == [None, 0]
    written.agree(written.with_batch(given, 7))
    by_shape = Written(nn.Sequential(nn.MM(False, True), nn.Tanh()), tmp_path, [(3, 4), (6, 4)])
    assert by_shape.batch == [0, None]


def test_names_tell_the_place_in_a_table(tmp_path: Path) -> None:
    given = [(2, 3), [(2, 3), (2, 3)]]
    written = Written(nn.Sequential(nn.ZipTableOneToMany(), nn.MapTable(nn.CAddTable())), tmp_path, given)
    assert written.inputs == ["input_0", "input_1_0", "input_1_1"]
    assert [port.name for port in written.session.get_outputs()] == ["output_0", "output_1"]


def test_named_nodes_give_their_names_to_inputs(tmp_path: Path) -> None:
    x, y = nn.Node(name="image"), nn.Node(name="code")
    written = Written(nn.Graph([x, y], nn.Node(nn.CAddTable(), x, y)), tmp_path, [(2, 3), (2, 3)])
    assert written.inputs == ["image", "code"]


# -- what is refused -------------------------------------------------------------------------------------------------


def test_one_error_lists_all_modules_with_place_and_reason(tmp_path: Path) -> None:
    model = nn.Sequential(
        TorchObject("nn.MyLayer"), nn.Tanh(), nn.Sequential(nn.FractionalMaxPool2d(2, (2, 2)), TorchObject("a.B"))
    )
    with pytest.raises(ExportError) as caught:
        write(model, tmp_path / "model.onnx", (1, 2, 8, 8))
    assert str(caught.value).split("\n") == [
        "ONNX: the model has modules that cannot be written:",
        "  at 0: nn.MyLayer: has no Python counterpart",
        "  at 2.0: FractionalMaxPool2d: draws its windows anew each time that it is run, and ONNX draws otherwise",
        "  at 2.1: a.B: has no Python counterpart",
    ]


def test_what_only_a_run_shows_is_listed_too(tmp_path: Path) -> None:
    far = nn.MaxPool2d(2, 2)
    model = nn.Sequential(
        nn.ConcatTable(
            nn.SpatialMaxUnpooling(far), nn.Sequential(nn.Tanh(), nn.AdaptiveMaxPool2d(3, return_indices=True))
        )
    )
    far.eval()
    far(torch.ones(1, 1, 8, 8))  # the pooling module has seen an input, but stands in no model
    with pytest.raises(ExportError) as caught:
        write(model, tmp_path / "model.onnx", (1, 1, 4, 4))
    assert str(caught.value).split("\n")[1:] == [
        "  at 0.0: SpatialMaxUnpooling: its pooling module stands nowhere before it in the model",
        "  at 0.1.1: AdaptiveMaxPool2d: gives the places of its elements",
    ]


def test_a_class_of_ones_own_is_refused_also_where_it_extends_one_of_ours(tmp_path: Path) -> None:
    class Doubled(nn.Linear):
        def forward(self, input: Any) -> Any:
            return super().forward(input) * 2

    with pytest.raises(ExportError, match="Doubled: no ONNX form of it is known here"):
        write(nn.Sequential(Doubled(3, 2)), tmp_path / "model.onnx", (1, 3))


def test_losses_are_no_models(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="MSELoss: is a loss"):
        write(nn.MSELoss(), tmp_path / "model.onnx", (1, 3))
    with pytest.raises(ExportError, match="model: needs a module, got dict"):
        write({}, tmp_path / "model.onnx", (1, 3))  # type: ignore[arg-type]


def test_hooks_are_not_written_but_that_of_a_normalised_weight(tmp_path: Path) -> None:
    model = nn.Sequential(nn.utils.weight_norm(nn.Linear(3, 2)), nn.Tanh())
    Written(model, tmp_path, (2, 3)).agree(torch.randn(2, 3))
    model[1].register_forward_hook(lambda module, inputs, output: output * 2)
    with pytest.raises(ExportError, match=r"at 1: Tanh: has hooks, which are not written"):
        write(model, tmp_path / "model.onnx", (2, 3))


def test_a_class_of_ones_own_is_written_as_one_says(tmp_path: Path) -> None:
    class Standardize(nn.Module):
        def forward(self, input: Any) -> Any:
            return (input - 0.5) / 2.0

    def emit(c: Any) -> str:
        return str(c.op("Div", c.op("Sub", c.x, 0.5), 2.0))

    model = nn.Sequential(nn.Linear(3, 2), Standardize())
    with pytest.raises(ExportError, match=r"at 1: Standardize: no ONNX form of it is known here"):
        write(model, tmp_path / "model.onnx")
    Written(model, tmp_path, (2, 3), emitters={Standardize: emit}).agree(torch.randn(2, 3))


def test_without_the_package_it_says_what_to_install(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['onnx'] = None\n"
        "from lua_compat.export.onnx import write\nfrom pytorch_from_lua import nn\n"
        "write(nn.Linear(2, 2), 'model.onnx')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("needs the package onnx: pip install 'pytorch-from-lua[onnx]'\n")


@pytest.mark.parametrize("opset", [20, 21, 22])
def test_older_operations_can_be_asked_for(opset: int, tmp_path: Path) -> None:
    write(nn.Sequential(nn.Linear(3, 2), nn.Softmax()), tmp_path / "model.onnx", opset=opset)
    assert onnx.load(tmp_path / "model.onnx").opset_import[0].version == opset


@pytest.mark.parametrize(
    ("installed", "opset"),
    [
        ({"onnxruntime": "1.99.0"}, 28),
        ({"onnxruntime": "1.23.2"}, 23),
        ({"onnxruntime-gpu": "1.20.1"}, 21),
        ({"onnxruntime": "1.2.0"}, 20),
        ({}, 28),
    ],
)
def test_an_older_runtime_gets_operations_that_it_reads(
    installed: dict[str, str], opset: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if name not in installed:
            raise library.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(library.metadata, "version", version)
    write(nn.Linear(3, 2), tmp_path / "model.onnx")
    assert onnx.load(tmp_path / "model.onnx").opset_import[0].version == min(opset, onnx.defs.onnx_opset_version())


@pytest.mark.parametrize("opset", [19, 1000])
def test_operations_that_are_too_old_or_unknown_are_refused(opset: int, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=f"^opset: allowed are 20 to [0-9]+, got {opset}"):
        write(nn.Linear(3, 2), tmp_path / "model.onnx", opset=opset)


# -- what the file holds ---------------------------------------------------------------------------------------------


def test_the_file_tells_what_became_of_the_model(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Embedding(9, 4, dtype="float64"), nn.Dropout())
    notes = write(model, tmp_path / "model.onnx", (3, 2))
    assert notes == [
        "written as it behaves in evaluation; the model was in training mode",
        "float64 became float32",
        "indices, counted from 0: input",
    ]
    found = onnx.load(tmp_path / "model.onnx")
    assert found.doc_string.split("\n") == notes
    assert {p.key: p.value for p in found.metadata_props} == {"indices": "from 0", "mode": "evaluation"}
    assert found.producer_name == "pytorch-from-lua"


def test_half_precision_becomes_float32(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).half().eval()
    written = Written(model, tmp_path, (2, 3))
    assert written.notes == ["float16 became float32"]
    assert written.batch == [0]
    given = torch.randn(2, 3)
    assert float(abs(written.run(given)[0] - model(given.half()).array).max()) < 1e-2
    assert model[0].weight.dtype is torch.float16


def test_a_model_in_evaluation_needs_no_note(tmp_path: Path) -> None:
    assert write(nn.Linear(3, 2).eval(), tmp_path / "model.onnx") == []


def test_weights_are_called_by_their_place_and_shared_ones_stand_once(tmp_path: Path) -> None:
    shared = nn.Linear(3, 3)
    twin = nn.Linear(3, 3)
    twin.share(shared, "weight", "bias")
    model = nn.Sequential(shared, nn.Tanh(), shared, nn.MapTable(twin))
    write(nn.Sequential(nn.ConcatTable(model[0:3], model[0:3]), model[3]), tmp_path / "model.onnx")
    found = onnx.load(tmp_path / "model.onnx").graph.initializer
    assert {t.name for t in found} == {"0.0.0.weight", "0.0.0.bias"}


def test_what_no_output_needs_is_left_out(tmp_path: Path) -> None:
    model = nn.Sequential(nn.ConcatTable(nn.Linear(3, 2), nn.Linear(3, 4)), nn.SelectTable(1))
    write(model, tmp_path / "model.onnx", (1, 3))
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert [node.op_type for node in graph.node] == ["Gemm"]
    assert {t.name for t in graph.initializer} == {"0.1.weight", "0.1.bias"}


def test_an_output_that_is_an_input_or_another_output_has_a_name_of_its_own(tmp_path: Path) -> None:
    given = torch.tensor([[1.0, -2.0]])
    written = Written(nn.Sequential(nn.ReLU(), nn.ConcatTable(nn.Identity(), nn.Identity())), tmp_path, given)
    written.agree(given)
    Written(nn.Identity(), tmp_path, given).agree(given)


def test_large_weights_stand_in_a_file_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "LARGEST", 1000)
    model, given = nn.Linear(50, 40), torch.randn(3, 50)
    written = Written(model, tmp_path, given)
    assert {path.name for path in tmp_path.iterdir()} == {"model.onnx", "model.onnx.data"}
    assert (tmp_path / "model.onnx.data").stat().st_size >= 50 * 40 * 4
    assert (tmp_path / "model.onnx").stat().st_size < 2000
    written.agree(given)
    Written(model, tmp_path, given).agree(given)  # over what is there


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(nn.Linear(2, 2), tmp_path / "nowhere" / "model.onnx")
    assert list(tmp_path.iterdir()) == []


# -- what the model computes -----------------------------------------------------------------------------------------


def test_what_a_module_writes_over_is_seen_by_all_that_take_it_afterwards(tmp_path: Path) -> None:
    given = torch.randn(4, 3)
    model = nn.Sequential(
        nn.ConcatTable(nn.Identity(), nn.View(3), nn.Sequential(nn.ReLU(inplace=True), nn.Linear(3, 3))),
        nn.ParallelTable(nn.AddConstant(1.0), nn.MulConstant(2.0), nn.Tanh()),
    )
    written = Written(model, tmp_path, given)
    written.agree(given)
    assert float(written.run(given)[0].min()) >= 1.0  # the rectifier's, not the input's
    written.agree(written.with_batch(given, 6))


def test_a_sum_in_place_changes_its_first_tensor(tmp_path: Path) -> None:
    given = [torch.randn(2, 3), torch.randn(2, 3)]
    model = nn.ConcatTable(nn.CAddTable(inplace=True), nn.SelectTable(0), nn.SelectTable(1))
    Written(model, tmp_path, given).agree(given)


def test_a_view_that_the_graph_cannot_follow_is_refused(tmp_path: Path) -> None:
    model = nn.ConcatTable(nn.Sequential(nn.Select(1, 0), nn.ReLU(inplace=True)), nn.Tanh())
    with pytest.raises(
        ExportError, match=r"at 1: Tanh: takes another view of what the module at 0\.1 wrote over in place"
    ):
        write(model, tmp_path / "model.onnx", (2, 3))


def test_nothing_of_the_model_changes(tmp_path: Path) -> None:
    model = nn.Sequential(
        nn.Embedding(6, 3, max_norm=0.5), nn.BatchNorm1d(3), nn.Dropout(), nn.WeightNorm(nn.Linear(3, 2))
    )
    model[1].eval()
    before = {name: t.array.copy() for name, t in model.state_dict().items()}
    stream = torch.get_rng_state().array.copy()
    write(model, tmp_path / "model.onnx", (4,))
    after = model.state_dict()
    assert before.keys() == after.keys()
    for name, array in before.items():
        np.testing.assert_array_equal(after[name].array, array)
    assert [m.training for m in model] == [True, False, True, True]
    assert (torch.get_rng_state().array == stream).all()


def test_windows_that_were_fixed_are_those_of_one_size_of_the_batch(tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = nn.Sequential(nn.Tanh(), nn.FractionalMaxPool3d(2, output_ratio=0.6).fix_pooling_regions())
    given = torch.randn(3, 2, 6, 5, 7)
    model(given)
    samples = model[1]._random_samples.array.copy()
    written = Written(model, tmp_path, given)
    assert written.notes[-1] == "all sizes are fixed: the windows of FractionalMaxPool3d were drawn for batches of 3"
    written.agree(given)
    with pytest.raises(ExportError, match="were drawn for batches of 3"):
        write(model, tmp_path / "other.onnx", (4, 2, 6, 5, 7))
    np.testing.assert_array_equal(model[1]._random_samples.array, samples)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_bags_of_padding_alone_and_rows_that_are_too_long(mode: str, tmp_path: Path) -> None:
    torch.manual_seed(4)
    model = nn.EmbeddingBag(6, 3, max_norm=0.5, mode=mode, padding_idx=-2)
    written = Written(model, tmp_path, (2, 3))
    written.agree(torch.tensor([[4, 4, 4], [4, 1, 5], [0, 0, 4]]))


def test_states_of_recurrent_layers_are_inputs(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = nn.LSTM(3, 4, num_layers=2, bidirectional=True)
    given = [torch.randn(5, 2, 3), [torch.randn(4, 2, 4), torch.randn(4, 2, 4)]]
    written = Written(model, tmp_path, given)
    assert written.batch == [1, 1, 1]

    def call(taken: Any) -> Any:
        return model(taken[0], tuple(taken[1]))

    written.agree(given, call)
    written.agree(written.with_batch(given, 3), call)


def test_the_whole_way_from_a_file(tmp_path: Path) -> None:
    torch.manual_seed(2)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(True), nn.MaxPool2d(2), nn.View(64), nn.Linear(64, 3)
    )
    lua_compat.save(tmp_path / "net.t7", net)
    loaded = lua_compat.load(tmp_path / "net.t7")
    given = torch.randn(2, 1, 10, 10)
    written = Written(loaded, tmp_path, (1, 1, 10, 10))
    written.agree(given)
    net.eval()
    assert F.mse_loss(torch.tensor(written.run(given)[0].tolist()), net(given)).item() < 1e-10
