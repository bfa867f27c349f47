"""Models as tables: shapes, parameters and multiply-adds against figures computed by hand, and published ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn.costs import COSTS
from tests.module_cases import CASES

MODELS = Path(__file__).parents[2] / "models"

#: A module, its input, its parameters and its multiply-adds, each written out as the product that it is.
BY_HAND: list[tuple[str, Any, int, int]] = [
    ("nn.Linear(5, 3)", (4, 5), 5 * 3 + 3, 4 * 5 * 3),
    ("nn.Linear(5, 3, bias=False)", (5,), 5 * 3, 5 * 3),
    ("nn.Conv2d(3, 4, 3)", (2, 3, 7, 6), 3 * 4 * 9 + 4, 2 * 4 * 5 * 4 * 3 * 9),
    ("nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2)", (1, 4, 8, 8), 2 * 6 * 9 + 6, 6 * 4 * 4 * 2 * 9),
    ("nn.ConvTranspose2d(3, 4, 2, stride=2)", (2, 3, 5, 4), 3 * 4 * 4 + 4, 2 * 3 * 5 * 4 * 4 * 4),
    ("nn.Conv3d(2, 3, 2)", (1, 2, 3, 4, 5), 2 * 3 * 8 + 3, 3 * (2 * 3 * 4) * 2 * 8),
    ("nn.SpatialConvolutionMap([(0, 1), (2, 0), (0, 0)], 2)", (3, 4, 5), 3 * 4 + 2, 3 * 4 * (3 * 4)),
    ("nn.SpatialFullConvolutionMap([(0, 1), (1, 0), (0, 0)], 2)", (2, 3, 4), 3 * 4 + 2, 3 * 4 * (3 * 4)),
    ("nn.SpatialDepthWiseConvolution(3, 2, 3)", (2, 3, 5, 6), 2 * 3 * 9 + 6, 2 * 6 * (3 * 4) * 9),
    ("nn.SpatialConvolutionLocal(2, 3, (4, 5), 3)", (2, 2, 4, 5), 6 * 3 * 2 * 9 + 18, 2 * (2 * 3) * 3 * 2 * 9),
    ("nn.TemporalConvolution(3, 2, 3)", (8, 3), 2 * 9 + 2, 6 * 2 * 9),
    ("nn.Bilinear(4, 3, 2)", [(5, 4), (5, 3)], 2 * 4 * 3 + 2, 5 * 2 * 4 * 3),
    ("nn.Cosine(4, 3)", (5, 4), 12, 5 * 12),
    ("nn.MM()", [(2, 3, 4), (2, 4, 5)], 0, 2 * 3 * 5 * 4),
    ("nn.MM(trans_a=True)", [(4, 3), (4, 5)], 0, 3 * 5 * 4),
    ("nn.MV(trans=True)", [(4, 3), (4,)], 0, 3 * 4),
    ("nn.BatchNorm2d(3)", (2, 3, 4, 5), 6, 2 * 3 * 4 * 5),
    ("nn.MaxPool2d(2)", (1, 2, 4, 4), 0, 0),
    ("nn.ReLU()", (4, 5), 0, 0),
    ("nn.Embedding(7, 4)", (3,), 28, 0),
    ("nn.PReLU(3)", (2, 3), 3, 0),
    ("nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))", (5, 4), 15 + 8, 5 * (12 + 6)),
    ("nn.ConcatTable(nn.Linear(4, 3), nn.Linear(4, 2))", (1, 4), 15 + 10, 12 + 8),
]
#: What is a matrix without being multiplied by.
NOT_MULTIPLIED = {
    "Add",
    "CAdd",
    "CMul",
    "Embedding",
    "EmbeddingBag",
    "IndexLinear",
    "Kmeans",
    "Mul",
    "PReLU",
    "SparseLinear",
    "WeightNorm",
}


@pytest.mark.parametrize(("module", "shape", "parameters", "cost"), BY_HAND, ids=[row[0] for row in BY_HAND])
def test_figures_computed_by_hand(module: str, shape: Any, parameters: int, cost: int) -> None:
    made = nn.summary(eval(module), shape)
    assert (made.parameters, made.multiply_adds) == (parameters, cost)


def model(name: str) -> Any:
    """One of the example models, by its file."""
    sys.path.insert(0, str(MODELS / name))
    try:
        return __import__(name)
    finally:
        sys.path.remove(str(MODELS / name))


def test_resnet_18_has_the_published_figures() -> None:
    net, _ = model("resnet").imagenet(18, 64, 1000, 224)
    made = nn.summary(net, (1, 3, 224, 224))
    assert made.parameters == 11_689_512
    assert made.multiply_adds == 1_814_073_344 + 2_483_712  # convolutions and the last layer; normalisation
    assert "Multiply-adds  1.82 G (1,816,557,056) for an input of 1x3x224x224" in str(made)


def test_vgg_11_has_the_published_figures() -> None:
    layers: list[Any] = []
    came = 3
    for planes in (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"):
        if planes == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(came, planes, 3, padding=1), nn.ReLU(inplace=True)]
            came = planes
    # A picture of an eighth of the size in each direction: a 64th of 7.49 G; with the classifier, 7.61 G.
    made = nn.summary(nn.Sequential(*layers), (2, 3, 32, 32))
    convolutions = 7_485_456_384
    assert made.multiply_adds == 2 * convolutions * 32**2 // 224**2
    assert made.parameters + 102_764_544 + 16_781_312 + 4_097_000 == 132_863_336
    classifier = nn.Sequential(nn.Linear(25088, 64), nn.Linear(64, 10))
    assert nn.summary(classifier, (1, 25088)).multiply_adds == 25088 * 64 + 640


@pytest.mark.parametrize("case", [c for c in CASES if not c.is_loss], ids=str)
def test_every_module_has_a_summary_and_stays_what_it_was(case: Any) -> None:
    module, given = case.build(), case.input()
    torch.manual_seed(3)
    before = {name: t.array.copy() for name, t in module.state_dict().items()}
    stream, training = torch.get_rng_state().tolist(), [m.training for m in module.modules()]
    made = nn.summary(module, given)
    assert made.parameters == sum(p.numel() for p in module.parameters())
    assert str(made).splitlines()[0].split() == ["Place", "Module", "Output", "Parameters", "Multiply-adds"]
    assert all((module.state_dict()[name].array == values).all() for name, values in before.items())
    assert torch.get_rng_state().tolist() == stream
    assert [m.training for m in module.modules()] == training
    assert all(m._hooks is None for m in module.modules())
    assert made.rows[0].output is not None


def test_every_class_with_a_matrix_has_a_cost() -> None:
    for case in CASES:
        for module in case.build().modules():
            names = {base.__name__ for base in type(module).__mro__}
            matrices = [p for p in module._parameters.values() if p is not None and p.ndim > 1]
            assert not matrices or names & (set(COSTS) | NOT_MULTIPLIED), type(module).__name__


def test_shared_parameters_and_modules_are_counted_once() -> None:
    layer, tied = nn.Linear(3, 3), nn.Linear(3, 3)
    tied.weight = layer.weight
    made = nn.summary(nn.Sequential(layer, nn.Sequential(layer), tied), (2, 3))
    assert made.parameters == 9 + 3 + 3
    assert made.multiply_adds == 3 * 18
    assert [row.parameters for row in made.rows] == [0, 12, 0, 0, 3]
    assert [row.shared for row in made.rows] == [None, None, None, "0", None]
    assert "Linear(in_features=3, out_features=3, bias=True), as 0" in str(made)
    assert nn.summary(nn.MapTable(nn.Linear(3, 2)), [(1, 3), (1, 3)]).multiply_adds == 12


def test_without_an_input_there_are_no_shapes() -> None:
    net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)).double()
    net[0].requires_grad_(False)
    made = nn.summary(net)
    assert made.input is made.multiply_adds is made.rows[0].output is None
    text = str(made)
    assert "Parameters     21 (224 bytes with buffers), 6 trainable" in text
    assert "Buffers        7" in text
    assert "Output" not in text
    assert made.to_dict()["rows"][1]["parameters"] == 15


def test_inputs_as_tensors_shapes_and_lists() -> None:
    net = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 2)).double()
    assert nn.summary(net, (2, 4)).rows[-1].output == [2, 4, 2]
    assert nn.summary(nn.CAddTable(), [(2, 3), torch.ones(2, 3)]).rows[0].output == [2, 3]
    for wrong in (3, "2x3", (2, "3")):
        with pytest.raises(ModuleError, match="input: needs a tensor, a shape, or a list of them"):
            nn.summary(net, wrong)
    with pytest.raises(ValueError, match=r"in module 0 of Sequential: Linear"):
        nn.summary(nn.Sequential(nn.Linear(3, 2)), (2, 4))
