"""Modules of tables and of one module, beside what the list of cases checks: two arguments, modes, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.errors import ModuleError, RangeError, ShapeError
from pytorch_from_lua.tensor import Tensor


def ones(*shape: int) -> Tensor:
    return torch.ones(shape)


BAD: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: nn.DotProduct()([ones(2, 3), ones(2, 4)]), ShapeError, r"DotProduct .*\(2, 3\) and \(2, 4\)"),
    (lambda: nn.DotProduct()([ones(2, 3)]), ModuleError, "DotProduct needs two tensors, got a list of 1"),
    (lambda: nn.DotProduct()(ones(2, 3)), ModuleError, "DotProduct needs two tensors, got one tensor"),
    (lambda: nn.MM()([ones(2, 3), ones(2, 3)]), ShapeError, r"MM.*\(2, 3\) and \(2, 3\), which do not fit"),
    (lambda: nn.MM()([ones(2, 3), ones(3)]), ShapeError, "MM needs two matrices"),
    (lambda: nn.MV(trans=True)([ones(2, 3), ones(3)]), ShapeError, "MV.*do not fit"),
    (lambda: nn.PairwiseDistance()(ones(2, 3), ones(4)), ShapeError, "do not broadcast"),
    (lambda: nn.CosineSimilarity()(ones(2, 3), ones(4)), ShapeError, "do not broadcast"),
    (lambda: nn.ZipTable()([[1, 2], [1]]), ModuleError, r"lists of one length, got \[2, 1\]"),
    (lambda: nn.ZipTableOneToMany()([ones(1), ones(1)]), ModuleError, "ZipTableOneToMany needs"),
    (lambda: nn.CAddTensorTable()([ones(2), [ones(3)]]), ShapeError, r"shape \(2,\), got \(3,\)"),
    (lambda: nn.MixtureTable()([ones(2, 3), [ones(2, 4)]]), ShapeError, "gater of shape"),
    (lambda: nn.MixtureTable()([ones(2, 1), [ones(3, 4)]]), ShapeError, "batch of 2"),
    (lambda: nn.MixtureTable()([ones(2, 1, 1), [ones(3, 4)]]), ShapeError, "one or two dimensions"),
    (lambda: nn.MaskedSelect()([ones(2), ones(3)]), ShapeError, r"mask of shape \(2,\), got \(3,\)"),
    (lambda: nn.OneHot(3)(torch.tensor([0, 3])), RangeError, r"OneHot\(3\) got 0 to 3, needs 0 to 2"),
    (lambda: nn.Index(0)([ones(3), torch.tensor([3])]), Exception, "index"),
    (lambda: nn.Constant("a"), ModuleError, "value: Constant needs a number or a tensor, got str"),  # type: ignore[arg-type]
    (lambda: nn.Convert(output_shape="bf"), ModuleError, "input_shape"),
    (lambda: nn.Convert("bchw", "bct"), ModuleError, "no way from 'bchw' to 'bct'"),
    (lambda: nn.Convert("bchw", "bf")(ones(2, 3)), ShapeError, r"Convert\('bchw', 'bf'\) got shape \(2, 3\)"),
    (lambda: nn.Bottle()(ones(2, 3)), ModuleError, "Bottle: holds 0 modules, needs one"),
    (lambda: nn.Bottle(nn.Linear(4, 2), 2, 1)(ones(2, 3, 4)), ShapeError, "num_output_dims=1"),
    (lambda: nn.DepthConcat(1, nn.Identity(), nn.View(-1))(ones(2, 3)), ShapeError, "outputs of shapes"),
]


@pytest.mark.parametrize(("call", "kind", "words"), BAD)
def test_what_makes_no_sense_is_refused(call: Callable[[], Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call()


ARGUMENTS = [
    ("nn.CosineSimilarity()", (5, 4), (5, 4)),
    ("nn.CosineSimilarity(dim=0, eps=1e-3)", (5, 4), (5, 4)),
    ("nn.CosineSimilarity(-1)", (5, 4), (1, 4)),
    ("nn.PairwiseDistance()", (5, 4), (5, 4)),
    ("nn.PairwiseDistance(p=1, eps=1e-3, keepdim=True)", (5, 4), (5, 4)),
    ("nn.PairwiseDistance(3.0)", (4,), (5, 4)),
]


@pytest.mark.peer
@pytest.mark.parametrize(("code", "first", "second"), ARGUMENTS)
def test_of_two_arguments_as_in_pytorch(code: str, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    random = np.random.RandomState(3)
    arrays = [random.standard_normal(first), random.standard_normal(second)]
    ours = [Tensor.from_array(a).requires_grad_() for a in arrays]
    theirs = [peer.tensor(a, requires_grad=True) for a in arrays]
    mine, wanted = eval(code, {"nn": nn})(*ours), eval(code, {"nn": peer.nn})(*theirs)
    np.testing.assert_allclose(mine.detach().array, wanted.detach().numpy(), rtol=1e-10)
    (mine * mine).sum().backward()
    (wanted * wanted).sum().backward()
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x.grad.array, y.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_rows_that_are_zero_or_equal_have_finite_gradients() -> None:
    x = torch.zeros(2, 3, requires_grad=True)
    nn.CosineSimilarity()(x, torch.ones(2, 3)).sum().backward()
    nn.PairwiseDistance()(x, torch.zeros(2, 3)).sum().backward()
    nn.PairwiseDistance(eps=0, grad_eps=1e-6)([x, torch.zeros(2, 3)]).sum().backward()
    assert np.isfinite(x.grad.array).all()


def test_the_gradient_is_turned_round_and_the_factor_may_grow() -> None:
    x = torch.ones(3, requires_grad=True)
    module = nn.GradientReversal()
    module.set_lambda(0.25)
    out = module(x)
    assert out.tolist() == [1, 1, 1]
    (out * 2).sum().backward()
    assert x.grad.tolist() == [-0.5] * 3


def test_the_penalty_is_kept_and_added_to_the_gradient() -> None:
    x = torch.tensor([1.0, -2.0, 0.0], requires_grad=True)
    module = nn.L1Penalty(0.5)
    module(x).sum().backward()
    assert module.loss == 1.5
    assert x.grad.tolist() == [1.5, 0.5, 1.0]


def test_a_module_that_keeps_its_type_does_so_in_a_model() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.DontCast(nn.Sequential(nn.Linear(2, 2)), cast_in=True), nn.Linear(2, 1))
    model.double()
    assert [p.dtype.name for p in model.parameters()] == ["float64"] * 2 + ["float32"] * 2 + ["float64"] * 2
    out = model(torch.ones(3, 2, dtype=torch.float64))
    assert out.dtype is torch.float64
    out.sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_nan_is_told_with_where_it_came_from() -> None:
    bad = torch.tensor([float("nan")])
    with pytest.raises(ModuleError, match="input: NaN found in the input of module 'x', Identity"):
        nn.NaN(nn.Identity(), id="x")(bad)
    linear = nn.Linear(1, 1)
    linear.weight.array[...] = np.nan
    with pytest.raises(ModuleError, match="parameters: NaN"):
        nn.NaN(linear)(torch.ones(1, 1))
    with pytest.raises(ModuleError, match="output: NaN"):
        nn.NaN(nn.Log())(-torch.ones(1))
    first, second = nn.NaN(nn.Identity()), nn.NaN(nn.Identity())
    assert second.id == first.id + 1
    assert first(torch.ones(1)).tolist() == [1]


def test_what_is_printed(capsys: Any) -> None:
    profiled = nn.Profile(nn.Identity(), print_interval=2, name="it")
    for _ in range(4):
        profiled(ones(1))
    told = capsys.readouterr().out.splitlines()
    assert [line.split(" took ")[0] for line in told] == ["it", "it"]
    assert [line.rsplit(" for ")[1] for line in told] == ["2 forward passes", "4 forward passes"]
    x = torch.ones(2, 3, requires_grad=True)
    nn.PrintSize("p")(x).sum().backward()
    nn.PrintSize("q")([x, [x]])
    assert capsys.readouterr().out.splitlines() == [
        "p: input (2, 3)",
        "p: gradOutput (2, 3)",
        "q: input ['(2, 3)', \"['(2, 3)']\"]",
    ]


def test_a_bottle_takes_empty_batches_and_other_numbers_of_dimensions() -> None:
    assert nn.Bottle(nn.Linear(4, 2))(torch.zeros(0, 3, 4)).shape == (0, 3, 2)
    assert nn.Bottle(nn.Sum(1), 2, 1)(ones(2, 5, 3, 4)).shape == (2, 5, 3)


CONVERSIONS = [
    ("bhwc", "bchw", (2, 3, 4, 5), lambda a: a.transpose(0, 3, 1, 2)),
    ("hwc", "chw", (3, 4, 5), lambda a: a.transpose(2, 0, 1)),
    ("bchw", "bf", (2, 3, 2, 2), lambda a: a.reshape(2, 12)),
    ("fb", "bf", (3, 2), lambda a: a.T),
    ("tbf", "bf", (3, 2, 4), lambda a: a.transpose(1, 0, 2).reshape(2, 12)),
    ("bct", "tb", (2, 3, 2), lambda a: a.reshape(2, 6).T),
    ("bf", "b", (2, 3), lambda a: a[:, 0]),
    ("b", "bf", (4,), lambda a: a.reshape(4, 1)),
]


@pytest.mark.parametrize(("given", "wanted", "shape", "expected"), CONVERSIONS)
def test_conversions_of_shapes(given: str, wanted: str, shape: tuple[int, ...], expected: Any) -> None:
    array = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    np.testing.assert_array_equal(nn.Convert(given, wanted)(Tensor.from_array(array)).array, expected(array))
