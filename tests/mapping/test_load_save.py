"""`load` and `save`: Python values, sharing, cycles, depth, classes of one's own, and everything that does not fit."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat import t7
from lua_compat.errors import MappingError
from lua_compat.mapping import Table, TorchObject, to_python, to_torch7
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua import nn, optim
from pytorch_from_lua.nn.protocol import tree_leaves
from pytorch_from_lua.tensor import Tensor
from tests.module_cases import CASES, WITHOUT_TORCH7, Case

MODELS = Path(__file__).parents[1] / "conformance" / "models"


def round_trip(value: Any, path: Path, **options: Any) -> Any:
    lua_compat.save(path / "value.t7", value, **options)
    return lua_compat.load(path / "value.t7")


# -- values -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["binary", "ascii"])
@pytest.mark.parametrize("long_size", [4, 8])
@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -3,
        2**52,
        0.1,
        -0.0,
        math.inf,
        1e300,
        "",
        "text with ünïcode\n\0",
        b"\xff\xfe no text",
        [],
        [1, 2.5, "three", [4, [5]], True],
        {"a": 1, "b": {"c": [1, 2]}},
        {2: "sparse", 4: "keys"},
        {True: 1, "x": 2, 0.5: 3, 7: 4},
    ],
    ids=repr,
)
def test_values(value: Any, format: str, long_size: int, tmp_path: Path) -> None:
    got = round_trip(value, tmp_path, format=format, long_size=long_size)
    assert type(got) is (Table if isinstance(value, dict) else type(value))
    assert repr(got) == repr(value)


def test_not_a_number(tmp_path: Path) -> None:
    assert math.isnan(round_trip(math.nan, tmp_path))


def test_whole_numbers_are_int_as_far_as_doubles_are_exact(tmp_path: Path) -> None:
    got = round_trip([1.0, np.int32(3), np.float32(0.5), 2.0**53 - 1, 2.0**53, 1e300], tmp_path)
    assert [type(x) for x in got] == [int, int, float, int, float, float]


def test_tuples_arrays_and_numpy_numbers(tmp_path: Path) -> None:
    got = round_trip({"t": (1, 2), "a": np.arange(6.0).reshape(2, 3).T, "i": np.array([1, 2])}, tmp_path)
    assert got.t == [1, 2]
    assert got.a.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert got.i.dtype.name == "int64"
    array = np.array([True, False])
    same = round_trip([array, array, np.bool_(True), np.array(2.0)], tmp_path)
    assert same[0] is same[1]
    assert same[0].tolist() == [1, 0]
    assert same[2] is True
    assert same[3].tolist() == [2.0]


def test_what_is_not_there_comes_back(tmp_path: Path) -> None:
    given = {"a": None, "b": [1, None, 3]}
    assert round_trip(given, tmp_path) == given


@pytest.mark.parametrize("key", [None, math.nan])
def test_keys_that_lua_has_not(key: Any, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=rf"value\.a \(the key {key}\)"):
        lua_compat.save(tmp_path / "m.t7", {"a": {key: 1}})


@pytest.mark.parametrize("name", ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"])
def test_element_types(name: str, tmp_path: Path) -> None:
    x = torch.arange(6).to(name).reshape(2, 3)
    got = round_trip(x, tmp_path)
    assert got.dtype.name == name
    assert got.tolist() == x.tolist()
    assert type(got) is Tensor


def test_what_torch7_has_not_becomes_the_nearest(tmp_path: Path) -> None:
    assert round_trip(torch.tensor([True, False]), tmp_path).tolist() == [1, 0]
    assert round_trip(torch.tensor(2.5), tmp_path).tolist() == [2.5]
    assert round_trip(torch.zeros(0), tmp_path).numel() == 0


# -- tables as attributes ---------------------------------------------------------------------------------------


def test_keys_are_attributes() -> None:
    table = Table({"epoch": 3, "items": 4, 5: 6})
    assert table.epoch == 3
    assert table["items"] == 4
    assert list(table.items()) == [("epoch", 3), ("items", 4), (5, 6)]
    table.rate = 0.1
    assert table["rate"] == 0.1
    with pytest.raises(AttributeError, match=r"no key 'model'; it has \['epoch', 'items', 5, 'rate'\]"):
        _ = table.model
    assert {table: 1}[table] == 1


def test_a_checkpoint_of_torch7() -> None:
    checkpoint = lua_compat.load(MODELS / "checkpoint.t7")
    assert set(checkpoint) == {
        *("model", "optimState", "epoch", "confusion", "losses", "input", "output", "opt"),
        *("flat_parameters", "criterion", "classes"),
    }
    assert isinstance(checkpoint.model, nn.Sequential)
    assert [type(m).__name__ for m in checkpoint.model][:3] == ["Conv2d", "ReLU", "MaxPool2d"]
    assert isinstance(checkpoint.criterion, nn.NLLLoss)
    assert checkpoint.epoch == 3
    assert checkpoint.losses == pytest.approx([2.230153498641043, 2.16566626291995, 2.1052380755202735])
    assert checkpoint.opt.gpu is False
    assert checkpoint.opt.name == "lenet"
    assert checkpoint.classes == ["0", "1", "2"]
    assert checkpoint.optimState.learningRate == 0.05
    assert checkpoint.confusion.class_name == "optim.ConfusionMatrix"
    assert checkpoint.confusion.nclasses == 10
    np.testing.assert_allclose(checkpoint.model.eval()(checkpoint.input).array, checkpoint.output.array, atol=1e-12)
    flat = checkpoint.flat_parameters
    assert flat.numel() == sum(p.numel() for p in checkpoint.model.parameters())
    assert all(p.storage() is flat.storage() for p in checkpoint.model.parameters())


def test_training_goes_on_from_a_checkpoint() -> None:
    checkpoint = lua_compat.load(MODELS / "checkpoint.t7")
    model, labels = checkpoint.model.train(), torch.tensor([0, 3, 1, 9])
    sgd = optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for _ in range(8):
        sgd.zero_grad()
        loss = checkpoint.criterion(model(checkpoint.input), labels)
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.1


# -- one object stays one object --------------------------------------------------------------------------------


def test_sharing_and_cycles(tmp_path: Path) -> None:
    inner = [1]
    table: dict[Any, Any] = {"a": inner, "b": inner}
    table["self"] = table
    inner.append(table)  # type: ignore[arg-type]
    got = round_trip(table, tmp_path)
    assert got.self is got
    assert got.a is got.b
    assert got.a[1] is got


def test_depth_is_no_limit(tmp_path: Path) -> None:
    deep: Any = []
    for k in range(100_000):
        deep = [deep] if k % 2 else {"next": deep}
    got, depth = round_trip(deep, tmp_path), 0
    while got:
        got = got["next"] if isinstance(got, dict) else got[0]
        depth += 1
    assert depth == 100_000


def test_tensors_of_one_storage_stay_so(tmp_path: Path) -> None:
    x = torch.arange(12.0).reshape(3, 4)
    got = round_trip([x, x[1:, :2], x.t(), x], tmp_path)
    assert got[0] is got[3]
    assert len({id(t.storage()) for t in got}) == 1
    got[0][1, 0] = 50.0
    assert got[1].tolist() == [[50.0, 5.0], [8.0, 9.0]]
    assert got[2][0, 1].item() == 50.0


def test_shared_parameters_are_one_parameter(tmp_path: Path) -> None:
    shared = nn.Linear(3, 3)
    tied = nn.Linear(3, 3)
    tied.weight = shared.weight
    net = nn.Sequential(shared, tied, shared)
    net[1].share(net[0], "bias")
    got = round_trip(net, tmp_path)
    assert got[1] is not got[0]
    assert got[0].weight is got[1].weight is got[2].weight
    assert got[0].bias is got[1].bias is got[2].bias
    assert len(list(got.parameters())) == 2


def test_one_module_at_two_places_gives_the_same_numbers_in_lua(tmp_path: Path) -> None:
    """There a module keeps the output of its last input, so it has to become two on the same parameters."""
    block = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
    net = nn.ParallelTable(block, nn.Sequential(block, block)).double()
    given = [torch.randn(2, 3).double(), torch.randn(2, 3).double()]
    output = net.updateOutput(given)
    gradient = net.backward(given, [torch.ones(2, 3).double(), torch.ones(2, 3).double()])
    lua_compat.save(tmp_path / "net.t7", {"net": net, "again": [net, block], "x": given})
    lua = lua_compat.Runtime()
    got = lua.to_python(
        lua.execute(
            """require 'nn'
               local saved = torch.load((...))
               local net, ones = saved.net, torch.ones(2, 3)
               local p, g = net:getParameters()
               g:zero()
               local y = net:forward(saved.x)
               local gx = net:backward(saved.x, {ones, ones})
               return {y, gx, g, p:nElement(), net == saved.again[1], net.modules[1] == saved.again[2]}""",
            str(tmp_path / "net.t7"),
        )
    )
    grads = torch.cat([p.grad.reshape(-1) for p in net.parameters()])
    for ours, theirs in zip(tree_leaves(got[:3]), tree_leaves([output, gradient, grads]), strict=True):
        np.testing.assert_allclose(ours.array, theirs.array, rtol=1e-10)
    assert got[3:] == [12, True, True]


def test_writing_to_what_was_loaded_never_reaches_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.t7"
    lua_compat.save(path, nn.Linear(40, 30))
    before = path.read_bytes()
    model = lua_compat.load(path)
    sgd = optim.SGD(model.parameters(), lr=1.0)
    model(torch.ones(2, 40)).sum().backward()
    sgd.step()
    model.bias.detach().fill_(7.0)
    assert path.read_bytes() == before
    assert lua_compat.load(path).bias.tolist() != model.bias.tolist()
    lua_compat.save(path, model)  # over the very file that it is mapped from
    assert lua_compat.load(path).bias.tolist() == [7.0] * 30
    assert model.bias.tolist() == [7.0] * 30


def test_everything_read_at_once_is_the_same(tmp_path: Path) -> None:
    lua_compat.save(tmp_path / "model.t7", nn.Linear(4, 3))
    mapped, read = [lua_compat.load(tmp_path / "model.t7", mmap=m) for m in (True, False)]
    np.testing.assert_array_equal(mapped.weight.array, read.weight.array)


# -- every case -------------------------------------------------------------------------------------------------


#: Saved as classes that find the dimension of the channels themselves.
WITHOUT_A_DIMENSION = {"nn.SpatialSoftMax", "nn.SpatialLogSoftMax"}
#: Over dimension 0, whatever the input: what Torch7 has does that for inputs of one dimension only.
NOT_SAVED = {"nn.Softmax(0)", "nn.LogSoftmax(0)", "nn.Softmin(0)"}
SAVED = [c for c in CASES if c not in WITHOUT_TORCH7 and c.python not in NOT_SAVED and "nn.Flatten()" not in c.python]


@pytest.mark.parametrize("case", SAVED, ids=str)
def test_every_case_comes_back_the_same(case: Case, tmp_path: Path) -> None:
    module = case.build()
    for p in module.parameters():
        p.grad = torch.ones(*p.shape, dtype="float64")
    if not case.is_loss:
        case.run(module, case.input())  # so that running statistics are not what they start from
    module.eval()
    got = round_trip(module, tmp_path)
    assert type(got) is type(module)
    if case.torch7 not in WITHOUT_A_DIMENSION:
        assert re.sub(r"\.0\b", "", repr(got)) == re.sub(r"\.0\b", "", repr(module))
    assert [m.training for m in got.modules()] == [m.training for m in module.modules()]
    ours, theirs = module.state_dict(), got.state_dict()
    assert list(ours) == list(theirs)
    for name, tensor in ours.items():
        assert tensor.dtype is theirs[name].dtype
        np.testing.assert_array_equal(tensor.array, theirs[name].array)
    assert all(p.grad is None for p in got.parameters())  # a file's are stale
    for mode in (True, False):
        for a, b in zip(
            tree_leaves(case.run(module.train(mode), case.input())),
            tree_leaves(case.run(got.train(mode), case.input())),
            strict=True,
        ):
            np.testing.assert_array_equal(a.array, b.array)


@pytest.mark.parametrize("case", SAVED, ids=str)
def test_every_case_is_said_by_its_own_class(case: Case) -> None:
    graph = to_torch7(case.build())
    assert isinstance(graph, T7Object)
    if case.torch7 is not None and case.torch7 not in WITHOUT_A_DIMENSION:
        again = to_python(graph)
        assert to_torch7(again).class_name == graph.class_name
        same_python = {
            "nn.SpatialClassNLLCriterion": "nn.ClassNLLCriterion",
            "nn.SpatialConvolutionMM": "nn.SpatialConvolution",
            "nn.SpatialMaxUnpooling": "nn.Sequential",  # with its pooling module before it
            "nn.VolumetricMaxUnpooling": "nn.Sequential",
        }
        assert graph.class_name == same_python.get(case.torch7, case.torch7)


def test_a_class_that_it_was_loaded_by_is_kept(tmp_path: Path) -> None:
    name = "SpatialConvolutionMM"
    record = t7.read_file(MODELS / f"{name}.t7")
    module = to_python(record["module"])
    graph = to_torch7(module)
    assert graph.class_name == "nn.SpatialConvolutionMM"
    assert len(graph.contents.get("weight").shape) == 2
    module.dilation = (2, 2)
    assert to_torch7(module).class_name == "nn.SpatialDilatedConvolution"


@pytest.mark.parametrize("case", WITHOUT_TORCH7, ids=str)
def test_what_torch7_has_nothing_for_is_refused(case: Case, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=rf"value\[1\] \({case.class_name}\("):
        lua_compat.save(tmp_path / "model.t7", nn.Sequential(nn.Tanh(), case.build()))
    assert list(tmp_path.iterdir()) == []


# -- classes without a counterpart ------------------------------------------------------------------------------


def unknown() -> Any:
    layer = TorchObject("nn.MyLayer")
    layer.fields.update(alpha=3, weight=torch.ones(2, 3), inner=nn.Linear(3, 2), text="x" * 100)
    layer.fields["self"] = layer
    return layer


def test_unknown_classes_show_their_fields(tmp_path: Path) -> None:
    got = round_trip(nn.Sequential(nn.Tanh(), unknown()), tmp_path)[1]
    assert isinstance(got, TorchObject)
    assert got.class_name == "nn.MyLayer"
    assert got.alpha == 3
    assert got.fields.alpha == 3
    assert got.weight.shape == (2, 3)
    assert isinstance(got.inner, nn.Linear)
    assert got.self is got
    text = repr(got)
    assert "nn.MyLayer, alpha=3, weight=tensor(2, 3)" in text
    assert "text=str" in text
    with pytest.raises(AttributeError, match=r"nn.MyLayer has no field 'beta'; it has \['alpha', 'weight'"):
        _ = got.beta
    got.alpha = 4
    assert got.fields.alpha == 4


def test_running_an_unknown_class_names_it() -> None:
    with pytest.raises(MappingError, match=r"nn.MyLayer has no Python counterpart: .*classes=\{'nn.MyLayer': ...\}"):
        nn.Sequential(unknown())(torch.ones(1))


def test_unknown_classes_are_saved_as_they_were(tmp_path: Path) -> None:
    first = round_trip(unknown(), tmp_path)
    before = (tmp_path / "value.t7").read_bytes()
    first.alpha = 3
    again = round_trip(first, tmp_path)
    assert (tmp_path / "value.t7").read_bytes() == before
    assert list(again.fields) == list(first.fields)
    first.alpha = 8
    assert round_trip(first, tmp_path).alpha == 8


def test_makers_for_classes_of_ones_own(tmp_path: Path) -> None:
    class MyLayer(nn.Module):
        def __init__(self, alpha: float, inner: nn.Module) -> None:
            super().__init__()
            self.alpha, self.inner = alpha, inner

        def forward(self, x: Any) -> Any:
            return self.inner(x) * self.alpha

    layer = unknown()
    del layer.fields["self"]
    lua_compat.save(tmp_path / "m.t7", [nn.Sequential(layer, nn.Tanh()), layer])
    seen = []

    def make(fields: Table) -> Any:
        seen.append(fields)
        return MyLayer(fields.alpha, fields.inner)

    net, alone = lua_compat.load(tmp_path / "m.t7", classes={"nn.MyLayer": make})
    assert net[0] is alone
    assert len(seen) == 1
    assert net(torch.ones(1, 3)).shape == (1, 2)
    assert [name for name, _ in net.named_parameters()] == ["0.inner.weight", "0.inner.bias"]
    instead = lua_compat.load(tmp_path / "m.t7", classes={"nn.Tanh": lambda fields: nn.ReLU(), "nn.MyLayer": make})
    assert isinstance(instead[0][1], nn.ReLU)


def test_a_maker_of_no_module_cannot_stand_in_a_container(tmp_path: Path) -> None:
    lua_compat.save(tmp_path / "m.t7", nn.Sequential(nn.Tanh()))
    with pytest.raises(MappingError, match=r"value.modules\[1\]: needs to be a module"):
        lua_compat.load(tmp_path / "m.t7", classes={"nn.Tanh": lambda fields: 3})


def test_an_object_that_holds_itself_comes_to_its_maker_as_an_error(tmp_path: Path) -> None:
    lua_compat.save(tmp_path / "m.t7", unknown())
    with pytest.raises(MappingError, match=r"nn\.MyLayer contains itself"):
        lua_compat.load(tmp_path / "m.t7", classes={"nn.MyLayer": lambda fields: fields})


# -- what does not fit ------------------------------------------------------------------------------------------


def test_all_that_torch7_has_nothing_for_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "m.t7"
    lua_compat.save(path, 1)

    class Mine(nn.Linear):
        pass

    value = {
        "net": nn.Sequential(nn.Tanh(), nn.Sequential(nn.Flatten(), Mine(2, 2))),
        "list": [1, {2}],
        "fine": 3,
        "loss": nn.MSELoss(reduction="none"),
        "made": object(),
        "large": 10**400,
        "complex": np.zeros(2, complex),
    }
    with pytest.raises(MappingError, match="Torch7 has nothing for: ") as caught:
        lua_compat.save(path, value)
    told = str(caught.value)
    for place in ("value.net[1][0] (Flatten(", "value.net[1][1] (Mine(", "value.list[1] (set)", "value.loss (MSELoss("):
        assert place in told
    for place in ("value.made (object)", "value.large (a number beyond", "value.complex (array of complex128)"):
        assert place in told
    assert lua_compat.load(path) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["m.t7"]


def linear(**fields: Any) -> T7Object:
    return T7Object("nn.Linear", 1, T7Table.of(fields))


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (linear(), r"value: nn.Linear has no field 'weight'"),
        (linear(weight=3.0), r"value: nn.Linear.weight needs to be a tensor, is 3.0"),
        (
            T7Object("nn.Sequential", 1, T7Table.of({"modules": T7Table.of([linear()])})),
            r"value.modules\[1\]: nn.Linear has no field",
        ),
        (
            T7Object("nn.Sequential", 1, T7Table.of({"modules": T7Table.of([3.0])})),
            r"value.modules\[1\]: needs to be a module, is 3.0",
        ),
        (
            T7Object("nn.Sequential", 1, T7Table.of({"modules": 3.0})),
            r"nn.Sequential.modules needs to be a table, is 3.0",
        ),
        (T7Object("nn.Select", 1, T7Table.of({"dimension": "x", "index": 1.0})), "nn.Select.dimension cannot be 'x'"),
        (T7Object("nn.Select", 1, T7Table.of({"index": 1.0})), "nn.Select: .*dim"),
        (T7Object("nn.Dropout", 1, T7Table.of({"p": 1.5, "v2": True})), "nn.Dropout: p: a probability"),
        (T7Object("nn.Dropout", 1, T7Table.of({"p": "x"})), "nn.Dropout: "),
        (T7Object("nn.View", 1, T7Table()), "nn.View: "),
        (
            T7Object("nn.Linear", 1, T7Table.of({"weight": Tensor.from_array(np.ones(3))})),
            "nn.Linear: ",
        ),
    ],
)
def test_fields_that_are_not_those_of_the_class(graph: Any, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        to_python(graph)


def test_a_module_inside_of_itself_is_told() -> None:
    outer = T7Object("nn.Sequential", 1, T7Table())
    outer.contents["modules"] = T7Table.of([outer])
    with pytest.raises(MappingError, match=r"value.modules\[1\]: nn.Sequential contains itself"):
        to_python(outer)


def test_fields_beside_those_of_the_class_are_kept(tmp_path: Path) -> None:
    graph = to_torch7(nn.Tanh())
    graph.contents["name"] = "mine"
    graph.contents["more"] = T7Table.of({"a": 1.0})
    got = to_python(graph)
    assert got.torch7_fields == {"name": "mine", "more": {"a": 1}}
    again = round_trip(got, tmp_path)
    assert again.torch7_fields == {"name": "mine", "more": {"a": 1}}


def test_a_list_that_is_a_key_is_found_by_what_it_is(tmp_path: Path) -> None:
    key = t7.T7Table.of([1.0, 2.0])
    t7.write_file(tmp_path / "keys.t7", t7.T7Table([key, "again"], ["value", key]))
    loaded = lua_compat.load(tmp_path / "keys.t7")
    found = next(k for k in loaded if k != "again")
    assert list(found) == [1, 2]
    assert loaded[found] == "value"
    assert list(loaded.again) == [1, 2]


CORPUS = Path(__file__).parents[1] / "conformance"
FILES = sorted([*CORPUS.glob("t7/*.t7"), *CORPUS.glob("models/*.t7")])


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_file_of_the_corpus_loads_mapped_and_read_at_once(path: Path) -> None:
    mapped, read = lua_compat.load(path), lua_compat.load(path, mmap=False)
    assert type(mapped) is type(read)
    if not re.search(r" at 0x", repr(mapped)):
        assert repr(mapped) == repr(read)


def test_a_module_that_an_unknown_class_holds_in_a_way_of_its_own_shows_itself() -> None:
    raw = t7.read_file(CORPUS / "models" / "WeightNorm.t7")["module"]
    raw.class_name = "user.WeightNorm"
    module = to_python(raw)
    assert (module.class_name, module.fields.modules[0].class_name) == ("user.WeightNorm", "nn.Linear")
    with pytest.raises(MappingError, match=r"user\.WeightNorm has no Python counterpart"):
        module(torch.ones(2))


def test_reversals_of_the_first_version_turn_the_gradient_round_once() -> None:
    fields = T7Table.of({"_type": "torch.DoubleTensor", "output": Tensor.from_array(np.empty(0))})
    module = to_python(T7Object("nn.GradientReversal", 1, fields))
    assert module.lambd == 1


def test_distances_as_pytorch_makes_them_are_torch7_s_but_for_their_eps() -> None:
    saved = to_torch7(nn.PairwiseDistance(3.0))
    assert (saved.class_name, saved.contents["norm"]) == ("nn.PairwiseDistance", 3.0)
    again = to_python(saved)
    assert (again.norm, again.eps, again.grad_eps) == (3.0, 0.0, 1e-6)
    with pytest.raises(MappingError, match="PairwiseDistance"):
        to_torch7(nn.PairwiseDistance(keepdim=True))
